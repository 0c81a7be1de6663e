//! What keys opened of one stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::key::MediaKey;
use super::ring::Ring;
use super::tries::{Candidates, Tries, counters};
use crate::base::label::Quiet;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::dissect::header_ext::{Form, elements};
use crate::dissect::rtp::{self, Rtp};
use crate::flow::frames::Frames;
use crate::flow::payload::Payload;
use crate::keys::{NotOpened, Rollover};

/// Packets in a row that do not open under the key of their stream before no counter far away is
/// looked for any more.
const PATIENCE: u8 = 8;
/// Tags of 32 bits under which one of so many is believed at once: that any of them fits by
/// accident happens less than once in a million times.
const FEW: u32 = 4096;

/// What keys opened of one stream.
#[derive(Debug, Clone, Default)]
pub struct OpenedMedia {
    settled: Option<Settled>,
    tries: Tries,
    /// Packets whose tag verified.
    pub authenticated: Sample,
    /// Packets among them that were encrypted.
    pub decrypted: u64,
    /// Packets whose tag does not verify with the key.
    pub refused: Sample,
    /// Packets that the capture does not hold whole, since the key was known.
    pub cut: u64,
    /// What the octets of the opened payloads say.
    pub payload: Payload,
    /// Elements of header extensions that were sealed (RFC 9335), by id, with their packets.
    pub elements: BTreeMap<u8, Sample>,
    /// What an end-to-end layer leaves on its frames.
    pub(in crate::flow) frames: Frames,
    failures: u8,
}

/// The key of a stream.
#[derive(Debug, Clone)]
struct Settled {
    key: Arc<MediaKey>,
    rollover: Rollover,
    /// The packet that verified by a short tag after many tries: a second one must bear it out.
    doubted: Option<u64>,
}

/// A packet to be opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed<'a> {
    pub(super) number: u64,
    pub(super) octets: Octets<'a>,
    pub(super) candidates: &'a Candidates,
}

impl OpenedMedia {
    /// The key with which its packets open, if any did.
    pub fn key(&self) -> Option<&Arc<MediaKey>> {
        let settled = self.settled.as_ref()?;
        settled.doubted.is_none().then_some(&settled.key)
    }

    /// Opens one of its packets once more, into `out`; returns whether its tag verifies.
    pub fn again(&self, packet: Octets<'_>, rtp: &Rtp<'_>, out: &mut Vec<u8>) -> bool {
        self.settled.as_ref().is_some_and(|settled| {
            let last = settled.rollover.counter();
            let context = &settled.key.context;
            context.search_rtp(packet, rtp, last, out).is_ok()
        })
    }

    /// Opens a packet into `out`, or tries to; returns the packets of which is known by now that
    /// their tags do not verify: somebody else sealed them, or nobody.
    pub(super) fn take(&mut self, sealed: &Sealed<'_>, ring: &Ring, out: &mut Vec<u8>) -> Vec<u64> {
        if sealed.octets.is_cut() {
            self.cut += u64::from(self.settled.is_some());
            return Vec::new();
        }
        let Some(rtp) = rtp::parse(sealed.octets, &mut Quiet) else {
            return Vec::new();
        };
        let was_known = self.key().is_some();
        let refused = if let Some(Ok(counter)) = self.open(sealed.octets, &rtp, out) {
            self.verified(sealed.number, &rtp, counter, out);
            Vec::new()
        } else {
            self.not_opened(sealed, &rtp, ring, out)
        };
        if was_known {
            return refused;
        }
        let before = self.refused_before(ring);
        for number in &before {
            self.refused.add(*number);
        }
        before
    }

    /// Takes a packet that does not open under the key of its stream, or whose stream has none;
    /// returns it where it is refused.
    fn not_opened(
        &mut self,
        sealed: &Sealed<'_>,
        rtp: &Rtp<'_>,
        ring: &Ring,
        out: &mut Vec<u8>,
    ) -> Vec<u64> {
        if self.settled.as_ref().is_some_and(|s| s.doubted.is_some()) {
            self.settled = None;
        }
        if let Some(settled) = self.search(sealed, rtp, ring, out) {
            let counter = settled.rollover.guess(rtp.seq);
            self.settled = Some(settled);
            self.verified(sealed.number, rtp, counter, out);
            return Vec::new();
        }
        if self.settled.is_none() {
            return Vec::new();
        }
        self.failures = self.failures.saturating_add(1);
        self.refused.add(sealed.number);
        vec![sealed.number]
    }

    /// The packets on which the key of the stream was tried before it was found to be that.
    fn refused_before(&self, ring: &Ring) -> Vec<u64> {
        let Some(settled) = self.settled.as_ref().filter(|s| s.doubted.is_none()) else {
            return Vec::new();
        };
        let counter = settled.rollover.counter();
        let mut tried = self.tries.of(&settled.key, counter, ring);
        tried.retain(|number| !self.authenticated.packets().contains(number));
        tried
    }

    /// Opens a packet with the key of the stream; `None` where none is known.
    fn open(
        &self,
        packet: Octets<'_>,
        rtp: &Rtp<'_>,
        out: &mut Vec<u8>,
    ) -> Option<Result<u32, NotOpened>> {
        let settled = self.settled.as_ref()?;
        let counter = settled.rollover.guess(rtp.seq);
        let opened = settled.key.context.open_rtp(packet, rtp, counter, out);
        Some(opened.map(|()| counter))
    }

    /// Looks for the key of a packet among those that may be tried, and for its counter: of a
    /// stream whose key is known, much may be missing.
    fn search(
        &mut self,
        sealed: &Sealed<'_>,
        rtp: &Rtp<'_>,
        ring: &Ring,
        out: &mut Vec<u8>,
    ) -> Option<Settled> {
        let mut keys = self.tries.next(sealed.number, sealed.candidates, ring);
        if let Some(settled) = self.settled.as_ref().filter(|_| self.failures < PATIENCE) {
            keys.insert(0, Arc::clone(&settled.key));
        }
        // Most captures begin with their streams: each key is tried so before any is tried further.
        let counters = [0, counters(keys.len())];
        let mut tries = counters
            .into_iter()
            .flat_map(|last| keys.iter().map(move |key| (key, last)));
        tries.find_map(|(key, last)| {
            let context = &key.context;
            let found = context.search_rtp(sealed.octets, rtp, last, out);
            let short = context.suite().tag_len() == 4;
            let doubted = short && keys.len() as u32 * (last + 1) > FEW;
            found.ok().map(|rollover| Settled {
                key: Arc::clone(key),
                rollover,
                doubted: doubted.then_some(sealed.number),
            })
        })
    }

    /// Takes a packet that verified, which `out` holds.
    fn verified(&mut self, number: u64, rtp: &Rtp<'_>, counter: u32, out: &[u8]) {
        let Some(settled) = &mut self.settled else {
            return;
        };
        settled.rollover.advance(counter, rtp.seq);
        match settled.doubted {
            Some(first) if first == number => return,
            Some(first) => {
                settled.doubted = None;
                self.authenticated.add(first);
            }
            None => {}
        }
        self.failures = 0;
        self.authenticated.add(number);
        if !settled.key.master.suite.is_null() {
            self.decrypted = self.authenticated.total();
        }
        if let Some(opened) = rtp::parse(Octets::whole(out, 0), &mut Quiet) {
            self.payload.add(&opened, number);
            self.frames.add(&opened, number);
            self.elements(number, (rtp, &opened));
        }
    }

    /// Takes the elements of a packet that sealed them, as it came and as it was opened.
    fn elements(&mut self, number: u64, (sealed, opened): (&Rtp<'_>, &Rtp<'_>)) {
        let sealed = sealed.extension.map(|(profile, _)| Form::of(profile));
        let Some((profile, body)) = opened.extension.filter(|_| sealed == Some(Form::Cryptex))
        else {
            return;
        };
        for element in elements(profile, body) {
            self.elements.entry(element.id).or_default().add(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SrtpKeys;

    /// The master key of RFC 9335, appendix A, and its first two packets under counter mode.
    const KEY: &str = "AES_CM_128_HMAC_SHA1_80 \
                       e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6";
    const SEALED: [&str; 2] = [
        "900f1235decafbadcafebabec0de0001eb92365251c3e036f8de27e9c27ee3e0b4651d9fbc4218a7\
         0244522f34a5",
        "900f1236decafbadcafebabec2de00014ed9cc4e6a712b3096c5ca77339d4204ce0d77396cab6958\
         5fbce38194a5",
    ];

    fn octets(text: &str) -> Vec<u8> {
        let octet = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
        (0..text.len()).step_by(2).map(octet).collect()
    }

    #[test]
    fn elements_that_were_sealed_are_named_by_their_ids() {
        let (mut ring, mut keys) = (Ring::default(), SrtpKeys::default());
        keys.read("keys", KEY.as_bytes());
        keys.all().iter().cloned().for_each(|key| ring.give(key));
        let candidates = Candidates {
            near: Arc::default(),
            latest: ring.latest(),
        };
        let mut opened = OpenedMedia::default();
        for (number, packet) in (7..).zip(SEALED.map(octets)) {
            let sealed = Sealed {
                number,
                octets: Octets::whole(&packet, 0),
                candidates: &candidates,
            };
            assert!(opened.take(&sealed, &ring, &mut Vec::new()).is_empty());
        }
        let found: Vec<_> = opened
            .elements
            .iter()
            .map(|(id, of)| (*id, of.packets()))
            .collect();
        assert_eq!(found, [(5, &[7, 8][..])]);
    }
}
