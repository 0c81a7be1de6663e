//! What a DTLS handshake shows to whoever sees it pass.

use super::{Reader, Visibility, What};
use crate::base::label::hex;
use crate::base::sample::Sample;
use crate::base::told::{Name, Told, told};
use crate::flow::{Association, Certificate, DataChannel, Role};

const HELLO: &str = "5 and 6: ClientHello";

impl Reader<'_> {
    pub(super) fn handshake(&mut self, association: &Association) {
        let (asked, answered) = (&association.client_hello, &association.server_hello);
        let mut hellos = asked.clone();
        hellos.merge(answered);
        let version = match (association.version, association.offered_versions.as_slice()) {
            (Some(version), _) => version.to_string(),
            (None, []) => "begun".to_owned(),
            (None, offered) => format!("{} offered, not answered", listed(offered)),
        };
        let plain = |what: What, words: String, packets: &Sample| {
            (what, Told::plain(words), packets.clone())
        };
        let mut rows = vec![plain(
            ("DTLS handshake", "dtls.handshake.version", HELLO),
            version,
            &hellos,
        )];
        if let Some(cipher) = association.cipher {
            let what = ("DTLS cipher", "dtls.handshake.ciphersuite", HELLO);
            rows.push(plain(what, cipher.to_string(), answered));
        }
        if let Some(offered) = association.offered_profiles.as_deref()
            && !offered.is_empty()
        {
            let what = (
                "SRTP offered",
                "dtls.use_srtp.protection_profile",
                "5: use_srtp",
            );
            rows.push(plain(what, listed(offered), asked));
        }
        let reads_choice = self.reads_opened(association.opens_choice());
        if let Some(profile) = association.profile.filter(|_| reads_choice) {
            let what = (
                "SRTP chosen",
                "dtls.use_srtp.protection_profile",
                "5: use_srtp",
            );
            let packets = if association.opens_choice() {
                &association.choice_opened
            } else {
                answered
            };
            let words = Told::plain(profile.to_string());
            rows.push((what, words, packets.clone()));
        }
        if let Some(name) = &association.sni {
            let what = (
                "server name",
                "dtls.handshake.extensions_server_name",
                "5: SNI / ALPN",
            );
            let name = Name::Host.of(name.clone());
            rows.push((what, name, asked.clone()));
        }
        if !association.alpn.is_empty() {
            let what = (
                "application",
                "dtls.handshake.extensions_alpn_str",
                "5: SNI / ALPN",
            );
            rows.push(plain(what, association.alpn.join(" "), asked));
        }
        for (what, value, packets) in rows {
            self.push(what, value, &packets);
        }
        self.certificates(association);
        self.data_channels(association);
        let [from_client, from_server] = association.protected;
        let sealed = format!(
            "{} records, sealed; sizes and times",
            from_client + from_server
        );
        let what = (
            "sealed records",
            "dtls.record.length",
            "5: application data",
        );
        self.push(what, Told::plain(sealed), &association.packets);
    }

    /// What keys opened of data channels, for whoever may hold those: sizes, and nothing of what the
    /// messages say.
    fn data_channels(&mut self, association: &Association) {
        let opened = association.data.as_deref();
        let Some([client, server]) = opened.filter(|_| self.reads_opened(true)) else {
            return;
        };
        let (asking, answering) = association.ends();
        for (sender, from) in [(client, asking), (server, answering)] {
            for (stream, channel) in sender.channels() {
                let Some((least, most)) = channel.lengths else {
                    continue;
                };
                let (messages, octets) = (channel.messages.total(), channel.octets);
                let words = format!(
                    ", stream {stream}: {messages} messages of {least} to {most} octets, {octets} \
                     in all{}",
                    kinds(channel)
                );
                let value = told![self.behind(from), Told::plain(words)];
                let what = (
                    "data messages",
                    "sctp.data_sid",
                    "5: application data (SCTP)",
                );
                self.push(what, value, &channel.messages);
            }
        }
    }

    /// Whether this observer reads what keys had to open, or did not: where it may hold keys, those
    /// that were given are taken for its own.
    pub(super) const fn reads_opened(&self, opened: bool) -> bool {
        !opened || self.vantage.may_hold_keys()
    }

    fn certificates(&mut self, association: &Association) {
        let what = (
            "certificate",
            "dtls.handshake.certificate",
            "5: both certificates",
        );
        let [of_client, of_server] = &association.certificate_packets;
        for certificate in &association.certificates {
            let packets = match certificate.role {
                Role::Client => of_client,
                Role::Server => of_server,
            };
            if self.reads_opened(certificate.opened) {
                self.push(what, self::certificate(certificate), packets);
            }
        }
        let read = association.opens_choice() && self.reads_opened(true);
        if association.seals_certificates() && !read {
            let what = (
                "certificates",
                "dtls.handshake.certificate",
                "6: Certificates",
            );
            let words = "sealed by DTLS 1.3, and so is the SRTP profile".into();
            self.entry(what, words, &association.packets, Visibility::Hidden, None);
        }
    }
}

/// Of which kinds messages are, as the application says.
fn kinds(channel: &DataChannel) -> String {
    let mut names: Vec<_> = channel.kinds.iter().filter_map(|of| of.name()).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] => String::new(),
        names => format!(", {}", names.join(" and ")),
    }
}

/// Whose certificate it is, who sent it, and its fingerprint.
pub(super) fn certificate(certificate: &Certificate) -> Told {
    let subject = certificate.subject.clone();
    let subject = subject.unwrap_or_else(|| "not readable".to_owned());
    told![
        Name::Subject.of(subject),
        " (",
        certificate.role.name(),
        ") ",
        Name::Fingerprint.of(hex(&certificate.sha256))
    ]
}

pub(super) fn listed<T: ToString>(values: &[T]) -> String {
    let texts: Vec<_> = values.iter().map(T::to_string).collect();
    texts.join(" ")
}
