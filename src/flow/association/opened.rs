//! What keys open of DTLS: the part of a handshake that DTLS 1.3 seals, and data.

use super::{Association, Associations, Role, Seen, add_once};
use crate::base::span::Octets;
use crate::dissect::dtls::handshake::{Handshake, fragments};
use crate::dissect::dtls::names::{ContentType, HandshakeType, Version};
use crate::dissect::dtls::{Dtls, Extensions, sealed};
use crate::dissect::sctp::Sctp;
use crate::flow::{Place, Tracker};
use crate::keys::NotOpened;

impl Tracker {
    /// Opens the sealed records of a datagram whose records in clear were taken, where a key log
    /// was given.
    pub(in crate::flow) fn open_dtls(&mut self, place: Place, dtls: &Dtls<'_>) {
        if self.keys.logs() == 0 {
            return;
        }
        let (seen, mut early) = (Seen::at(place), false);
        // They stand aside while what they open is taken.
        let mut openings = std::mem::take(&mut self.dtls_openings);
        for record in dtls.records().filter(|record| !record.is_clear()) {
            let Some(association) = self.associations.recent(&seen.key).next() else {
                break;
            };
            let of = (association, &self.keys);
            match openings.open(of, place.direction, &record) {
                Ok((ContentType::HANDSHAKE, octets)) => self.associations.opened(&seen, octets),
                Ok((ContentType::APPLICATION_DATA, octets)) => self.opened_data(place, octets),
                Ok(_) => {}
                Err(why) => early |= matches!(why, NotOpened::Unknown | NotOpened::Secrets),
            }
        }
        self.dtls_openings = openings;
        if early {
            self.early_records.keep(place, dtls.octets());
        }
    }

    /// Looks once more at what came before its secrets: a key log has grown.
    pub(in crate::flow) fn open_early_records(&mut self) {
        for kept in self.early_records.take() {
            if let Some(dtls) = kept.dtls() {
                self.open_dtls(kept.place, &dtls);
            }
        }
    }
}

impl Associations {
    /// Takes a packet of SCTP that was opened.
    pub(in crate::flow) fn sctp(&mut self, seen: &Seen, sctp: &Sctp<'_>) {
        if let Some(association) = self.current(&seen.key) {
            let role = association.role(seen.direction);
            let senders = association.data.get_or_insert_default();
            if let Some(sender) = senders.get_mut(role.index()) {
                sender.packet(seen.number, sctp);
            }
        }
    }

    /// Takes what a record of a sealed handshake holds.
    fn opened(&mut self, seen: &Seen, octets: &[u8]) {
        for fragment in fragments(Octets::whole(octets, 0)) {
            let Some(association) = self.current(&seen.key) else {
                return;
            };
            let told = matches!(
                fragment.kind,
                HandshakeType::ENCRYPTED_EXTENSIONS | HandshakeType::CERTIFICATE
            );
            if !told || association.version != Some(Version::DTLS_1_3) {
                continue;
            }
            association.note(seen, &fragment);
            if fragment.is_whole() {
                association.take_opened(seen, fragment.kind, fragment.body);
                continue;
            }
            let (from, at) = ((seen.key, seen.direction), (seen.number, seen.time));
            let done = self.reassembly.add(from, at, &fragment);
            if let (Some(done), Some(association)) = (done, self.current(&seen.key)) {
                association.take_opened(seen, done.kind, Octets::whole(&done.octets, 0));
            }
        }
    }
}

impl Association {
    fn take_opened(&mut self, seen: &Seen, kind: HandshakeType, message: Octets<'_>) {
        let role = self.role(seen.direction);
        match sealed::parse(kind, message) {
            Handshake::EncryptedExtensions(extensions) if role == Role::Server => {
                add_once(&mut self.choice_opened, seen.number);
                self.take_encrypted_extensions(&extensions);
            }
            Handshake::Certificate(chain) => self.take_certificates((role, true), &chain),
            _ => {}
        }
    }

    fn take_encrypted_extensions(&mut self, extensions: &Extensions<'_>) {
        if let Some((mut profiles, mki)) = extensions.use_srtp() {
            self.profile = profiles.next();
            self.mki = mki.to_vec();
        }
    }
}
