//! Media opened with keys: which key is that of a stream shows by its tags.
//!
//! Reports are opened at once, media in batches. Nothing opened changes what is sealed on the
//! wire; it says what a holder of the keys reads, and what was authentic.

mod batch;
mod key;
mod media;
mod reports;
mod ring;
mod tries;

use super::association::Key;
use super::early::Early;
use super::{Place, StreamKey, Tracker};
use crate::base::addr::FlowKey;
use crate::base::anomaly::Anomaly;
use crate::base::span::Octets;
use crate::dissect::Message;
use crate::dissect::rtcp::{Guard, Rtcp};
use crate::keys::{MasterKey, SrtpKeys};
use batch::Batch;
use ring::Ring;
use tries::Candidates;

pub use key::{KeySource, MediaKey};
pub use media::OpenedMedia;
pub(super) use reports::OpenedReport;
pub use reports::OpenedReports;

/// Keys of media, and what waits for them.
#[derive(Debug)]
pub(super) struct MediaKeys {
    ring: Ring,
    batch: Batch,
    early: Early,
    given: SrtpKeys,
    threads: usize,
    /// Octets of an opened report, to be used again.
    out: Vec<u8>,
}

impl Default for MediaKeys {
    fn default() -> Self {
        Self {
            ring: Ring::default(),
            batch: Batch::default(),
            early: Early::default(),
            given: SrtpKeys::default(),
            threads: 1,
            out: Vec::new(),
        }
    }
}

impl Tracker {
    /// Opens media on so many threads.
    pub const fn open_on(&mut self, threads: usize) {
        self.media_keys.threads = threads;
    }

    /// Takes a file of SRTP keys; `source` is how it is called.
    pub fn take_srtp_keys(&mut self, source: &str, text: &[u8]) {
        let keys = &mut self.media_keys;
        let before = keys.given.all().len();
        keys.given.read(source, text);
        let given: Vec<MasterKey> = keys.given.all().iter().skip(before).cloned().collect();
        for key in given {
            keys.ring.give(key);
        }
    }

    /// The SRTP keys that were given.
    pub const fn srtp_keys(&self) -> &SrtpKeys {
        &self.media_keys.given
    }

    /// Keys of media that the bounded table let go.
    pub const fn media_keys_evicted(&self) -> u64 {
        self.media_keys.ring.evicted()
    }

    /// Looks for keys of the handshake that runs there, whose hellos have passed.
    pub(super) fn learn_media_keys(&mut self, level: Key) {
        if self.keys.logs() == 0 {
            return;
        }
        for association in self.associations.recent(&level) {
            self.media_keys.ring.learn(association, &self.keys);
        }
        self.open_early();
    }

    /// Looks again for keys of all handshakes: a key log has grown.
    pub(super) fn learn_all_media_keys(&mut self) {
        for association in self.associations.all() {
            self.media_keys.ring.learn(association, &self.keys);
        }
        self.open_early();
    }

    /// Takes the keys that signalling has announced since the last time.
    pub(super) fn announce_media_keys(&mut self) {
        let keyed = self.signalling.take_keyed();
        for media in &keyed {
            self.media_keys.ring.announce(media);
        }
        if !keyed.is_empty() {
            self.open_early();
        }
    }

    /// Looks once more at what came before the keys that are known now.
    fn open_early(&mut self) {
        self.open_waiting_media();
        let mut early = self.media_keys.early.take();
        // What has a key by now was opened when it came.
        early.retain(|kept| {
            let stream = kept.stream();
            let media = stream.and_then(|key| self.streams.get(&key)?.opened());
            let reports = stream.and_then(|key| self.senders.get(&key)?.opened());
            media.is_none() && reports.is_none()
        });
        for kept in early {
            let (place, octets) = (kept.place, kept.octets());
            match kept.message() {
                Some(Message::Rtcp(rtcp)) => {
                    self.open_report(place, place.stream(rtcp.ssrc), &rtcp);
                }
                Some(Message::Rtp(rtp)) => self.open_media(place, place.stream(rtp.ssrc), octets),
                _ => {}
            }
        }
    }

    /// Keeps a packet that no key opens, where one may be still to come.
    fn keep_early(&mut self, place: Place, octets: Octets<'_>) {
        if self.keys.logs() > 0 || self.signalling.speaks_of(&place.flow) {
            self.media_keys.early.keep(place, octets);
        }
    }

    fn candidates(&mut self, place: Place) -> Option<(Key, Candidates)> {
        let keys = &mut self.media_keys;
        if keys.ring.is_empty() {
            return None;
        }
        let level = Key {
            flow: place.flow,
            relayed: place.relayed,
            peer: place.peer,
        };
        let candidates = Candidates {
            near: keys.ring.near(level, place.direction, &self.associations),
            latest: keys.ring.latest(),
        };
        Some((level, candidates))
    }

    /// Takes a packet of media that may be opened.
    pub(super) fn open_media(&mut self, place: Place, stream: StreamKey, packet: Octets<'_>) {
        let Some((level, candidates)) = self.candidates(place) else {
            self.keep_early(place, packet);
            return;
        };
        if candidates.near.is_empty() {
            let known = self.streams.get(&stream);
            if known.is_none_or(|known| known.opened().is_none()) {
                self.keep_early(place, packet);
            }
        }
        let of = (stream, level, place.number);
        if self.media_keys.batch.push(of, packet, candidates) {
            self.open_waiting_media();
        }
    }

    /// Opens what waits.
    pub(super) fn open_waiting_media(&mut self) {
        let keys = &mut self.media_keys;
        if keys.batch.is_empty() {
            return;
        }
        let streams = &mut self.streams;
        let state = |key: &StreamKey| {
            let stream = streams.get_mut(key)?;
            Some(stream.opened.take().unwrap_or_default())
        };
        let done = keys.batch.open(keys.threads, &keys.ring, state);
        let mut refused = Vec::new();
        for work in done {
            refused.extend(&work.refused);
            if let Some(key) = work.opened.key().filter(|_| !work.was_settled) {
                keys.ring.found(work.level, work.stream.direction, key);
            }
            if let Some(stream) = streams.get_mut(&work.stream) {
                stream.opened = Some(work.opened);
            }
        }
        keys.batch.clear();
        refused.sort_unstable();
        for number in refused {
            self.odd(Anomaly::SrtpTag, number);
        }
    }

    /// Opens a report, if a key is known.
    pub(super) fn open_report(
        &mut self,
        place: Place,
        sender: StreamKey,
        rtcp: &Rtcp<'_>,
    ) -> Option<OpenedReport> {
        let Some((level, candidates)) = self.candidates(place) else {
            if rtcp.guard != Guard::Plain {
                self.keep_early(place, rtcp.octets);
            }
            return None;
        };
        let known = self.senders.get_mut(&sender)?;
        if rtcp.guard == Guard::Plain {
            let promised = known.opened().is_some() || !candidates.near.is_empty();
            if promised || self.promises_key(place) {
                self.odd(Anomaly::RtcpInClear, place.number);
            }
            return None;
        }
        let reports = known.opened.get_or_insert_default();
        let was_settled = reports.key().is_some();
        let keys = &mut self.media_keys;
        let mut refused = Vec::new();
        let of = (place.number, rtcp, &self.room);
        let beside = (&keys.ring, &mut refused);
        let opened = reports.take(of, &candidates, beside, &mut keys.out);
        let unknown = reports.key().is_none();
        if let Some(key) = reports.key().filter(|_| !was_settled) {
            keys.ring.found(level, place.direction, key);
        }
        for number in refused {
            self.odd(Anomaly::SrtpTag, number);
        }
        if unknown {
            self.keep_early(place, rtcp.octets);
        }
        opened
    }

    /// Whether whoever sends here has announced a key in signalling.
    fn promises_key(&self, place: Place) -> bool {
        let (sender, _) = place.between();
        let media = self.signalling.announced(&sender);
        media.iter().any(|media| !media.crypto.is_empty())
    }

    /// Forgets the keys of flows and handshakes that are gone.
    pub(super) fn retain_media_keys(&mut self, stays: impl Fn(&FlowKey) -> bool) {
        self.media_keys.ring.retain(stays, &self.associations);
    }
}
