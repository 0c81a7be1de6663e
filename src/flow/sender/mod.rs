//! Senders of RTCP: what each sent in clear, what it sealed, and how that is known.
//!
//! One clear packet is never averaged away by a thousand sealed ones: every packet is judged by
//! itself first, and only what cannot be read is asked whether a trailer counts. Keeps texts that
//! were seen in clear, a bounded number of them, and no packet.

mod opened;
mod tail;
mod text;

use std::mem::take;
use std::net::SocketAddr;

pub(super) use tail::Tail;
pub use text::{Said, SdesText};

use super::room::Room;
use super::srtp::OpenedReports;
use super::stream::StreamKey;
use super::table::Aged;
use super::volume::{Held, ReportVolume};
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::rtcp::{Beside, Guard, OFFSETS, Rtcp};

/// What stands at the end of packets that cannot be read to their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrailerKind {
    /// An SRTCP trailer with E=1 (RFC 3711, section 3.4).
    Sealed,
    /// An SRTCP trailer with E=0: authenticated at most, and readable.
    NullCipher,
    /// A little-endian counter over all datagrams of the direction: sealed by the application.
    Counter,
}

/// The trailer of a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer {
    /// What it is.
    pub kind: TrailerKind,
    /// Octets from its beginning to the end of the datagram: 4 for AEAD, 14 for an 80-bit tag,
    /// more where an MKI stands in it.
    pub offset: u32,
    /// Whether it was seen to count; else one packet alone shows it, which is probable.
    pub certain: bool,
}

/// All RTCP of one SSRC in one direction of one flow, bare or carried by TURN.
#[derive(Debug, Clone)]
pub struct RtcpSender {
    /// Flow, direction, level and SSRC.
    pub key: StreamKey,
    /// Sender and receiver on the peer side of the relay, where TURN carries it.
    pub pair: Option<(SocketAddr, SocketAddr)>,
    /// Octets of these packets that the capture holds.
    pub octets: ReportVolume,
    /// Packets that are readable to the last octet.
    pub plain: Sample,
    /// Packets with an SRTCP trailer that says encrypted.
    pub sealed: Sample,
    /// Packets with an SRTCP trailer that says not encrypted.
    pub null_cipher: Sample,
    /// Packets that end in the counter of an application.
    pub counted: Sample,
    /// Packets of which neither can be said.
    pub undecided: Sample,
    /// The trailer, where there is one.
    pub trailer: Option<Trailer>,
    /// SRTCP index of the first and of the last packet that has one.
    pub index: Option<(u32, u32)>,
    /// Types of the first packets of its compounds: bit 0 is type 192.
    pub types: u32,
    /// What it said in clear.
    pub said: Said,
    /// What keys open of the sealed ones, or try to.
    pub(super) opened: Option<Box<OpenedReports>>,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// Whether it is RTCP beyond doubt of its shape.
    pub believed: bool,
    waiting: u64,
    fitting: [u64; OFFSETS.len()],
    before: [Option<u32>; OFFSETS.len()],
    open: Option<(u32, u32, u8)>,
}

/// What is known of the direction in which a packet was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Surroundings {
    /// Where the trailer of other senders stands.
    pub(super) trailer: Option<u32>,
    /// Whether media, ICE or signalling say that reports run here.
    pub(super) media: bool,
    /// Whether all datagrams end in a counter.
    pub(super) counter: bool,
}

/// The trailer of an application that counts.
const COUNTER: Trailer = Trailer {
    kind: TrailerKind::Counter,
    offset: 4,
    certain: true,
};
/// How far the index may jump from packet to packet.
const JUMP: u32 = 1000;
/// Packets that an index with E=0 must count through.
const OPEN: u8 = 4;

impl Aged for RtcpSender {
    fn last(&self) -> Timestamp {
        self.last
    }
}

impl RtcpSender {
    pub(super) fn new(key: StreamKey, time: Timestamp) -> Self {
        Self {
            key,
            pair: None,
            octets: ReportVolume::default(),
            plain: Sample::default(),
            sealed: Sample::default(),
            null_cipher: Sample::default(),
            counted: Sample::default(),
            undecided: Sample::default(),
            trailer: None,
            index: None,
            types: 0,
            said: Said::default(),
            opened: None,
            first: time,
            last: time,
            believed: false,
            waiting: 0,
            fitting: [0; OFFSETS.len()],
            before: [None; OFFSETS.len()],
            open: None,
        }
    }

    /// Sender and receiver: those on the peer side where a relay carries it and they are known.
    pub fn ends(&self) -> (SocketAddr, SocketAddr) {
        self.pair
            .unwrap_or_else(|| self.key.flow.ends(self.key.direction))
    }

    /// All its packets.
    pub fn total(&self) -> u64 {
        let kinds = [
            &self.plain,
            &self.sealed,
            &self.null_cipher,
            &self.counted,
            &self.undecided,
        ];
        kinds.iter().map(|packets| packets.total()).sum()
    }

    /// Its first packet.
    pub fn first_packet(&self) -> Option<u64> {
        let kinds = [
            &self.plain,
            &self.sealed,
            &self.null_cipher,
            &self.counted,
            &self.undecided,
        ];
        kinds.iter().filter_map(|packets| packets.first()).min()
    }

    /// Where the trailer with E=1 stands, once it was seen to count.
    pub(super) fn sealed_at(&self) -> Option<u32> {
        self.trailer
            .filter(|trailer| trailer.certain && trailer.kind == TrailerKind::Sealed)
            .map(|trailer| trailer.offset)
    }

    /// Adds a datagram; returns how many have become RTCP by it.
    pub(super) fn add(
        &mut self,
        (number, time): (u64, Timestamp),
        rtcp: &Rtcp<'_>,
        around: Surroundings,
        room: &Room,
    ) -> u64 {
        self.last = self.last.max(time);
        self.types |= 1 << (rtcp.packet_type.0 & 31);
        if rtcp.guard == Guard::Plain {
            self.plain.add(number);
            self.octets.plain += Held::of(rtcp.octets);
            self.believed = true;
            self.said.read(number, rtcp, room);
        } else {
            self.guarded(number, rtcp, around);
            // Lengths that lead exactly to the end of what is sealed do so by no accident.
            let exact = matches!(rtcp.guard, Guard::Trailer { offset, .. }
                if rtcp.after == Some(offset + Beside::trailer_at(offset).aead_tag));
            self.believed |= exact || self.is_certain() || self.fits(around.media);
        }
        if self.believed {
            1 + take(&mut self.waiting)
        } else {
            self.waiting += 1;
            0
        }
    }

    /// Believes what only waited for media on its flow, or for its direction to count; returns
    /// how many have become RTCP.
    pub(super) fn settle(&mut self, around: Surroundings) -> u64 {
        if let Some(offset) = around.trailer
            && self.trailer.is_none_or(|trailer| trailer.offset == offset)
            && self.undecided.total() > 0
            && self.fits_at(offset)
        {
            self.certain(offset);
        }
        if around.counter && self.trailer.is_none_or(|t| t.kind == TrailerKind::Counter) {
            let undecided = take(&mut self.undecided);
            if undecided.total() > 0 {
                self.counted.merge(&undecided);
                self.octets.counted += take(&mut self.octets.undecided);
                self.trailer = Some(COUNTER);
            }
        }
        self.believed |= self.is_certain() || self.fits(around.media);
        if self.believed {
            take(&mut self.waiting)
        } else {
            0
        }
    }

    fn is_certain(&self) -> bool {
        self.trailer.is_some_and(|trailer| trailer.certain)
    }

    /// Whether media beside it make RTCP of it: all its types are in use, or a trailer is there.
    const fn fits(&self, media: bool) -> bool {
        const COMMON: u32 = 0xFF << (200 - 192);
        media && (self.types & !COMMON == 0 || self.trailer.is_some())
    }

    fn guarded(&mut self, number: u64, rtcp: &Rtcp<'_>, around: Surroundings) {
        let held = Held::of(rtcp.octets);
        let known = self.sealed_at().or(around.trailer);
        if let Some(offset) = known
            && let Some((true, index)) = rtcp.trailer(offset)
        {
            self.certain(offset);
            self.seal((number, held), index);
            return;
        }
        let words = OFFSETS.map(|offset| match rtcp.trailer(offset) {
            Some((true, index)) => Some(index),
            _ => None,
        });
        let before = std::mem::replace(&mut self.before, words);
        if let Some((offset, index)) = counting(&before, &words) {
            self.certain(offset);
            self.seal((number, held), index);
        } else if let Guard::Trailer { offset, index } = rtcp.guard
            && self.may_stand(offset)
        {
            self.seal((number, held), index);
        } else if let Guard::Open { offset, index } = rtcp.guard {
            self.not_encrypted((number, held), offset, index);
        } else if around.counter {
            self.trailer.get_or_insert(COUNTER);
            self.counted.add(number);
            self.octets.counted += held;
        } else {
            self.undecided.add(number);
            self.octets.undecided += held;
            for (fitting, word) in self.fitting.iter_mut().zip(words) {
                *fitting += u64::from(word.is_some());
            }
        }
    }

    /// Takes a trailer that counts; what was undecided and fits it was sealed too.
    fn certain(&mut self, offset: u32) {
        if self.sealed_at() == Some(offset) {
            return;
        }
        if self.fits_at(offset) {
            let undecided = take(&mut self.undecided);
            self.sealed.merge(&undecided);
            self.octets.sealed += take(&mut self.octets.undecided);
        }
        self.trailer = Some(Trailer {
            kind: TrailerKind::Sealed,
            offset,
            certain: true,
        });
    }

    /// Whether all that is undecided has E=1 there.
    fn fits_at(&self, offset: u32) -> bool {
        let place = OFFSETS.iter().position(|place| *place == offset);
        let fitting = place.and_then(|place| self.fitting.get(place));
        fitting.is_some_and(|fitting| *fitting == self.undecided.total())
    }

    /// Whether a trailer that one packet alone shows may be believed here. Another place than
    /// before makes both doubtful.
    fn may_stand(&mut self, offset: u32) -> bool {
        match self.trailer {
            None => {
                self.trailer = Some(Trailer {
                    kind: TrailerKind::Sealed,
                    offset,
                    certain: false,
                });
                true
            }
            Some(trailer) if trailer.offset == offset => trailer.kind == TrailerKind::Sealed,
            Some(trailer) if !trailer.certain => {
                let doubtful = take(&mut self.sealed);
                self.undecided.merge(&doubtful);
                self.octets.undecided += take(&mut self.octets.sealed);
                self.trailer = None;
                false
            }
            Some(_) => false,
        }
    }

    fn seal(&mut self, (number, held): (u64, Held), index: u32) {
        self.sealed.add(number);
        self.octets.sealed += held;
        self.indexed(index);
    }

    fn indexed(&mut self, index: u32) {
        let (first, _) = self.index.unwrap_or((index, index));
        self.index = Some((first, index));
    }

    /// Follows an index with E=0: a NULL cipher where it counts by one, four times.
    fn not_encrypted(&mut self, (number, held): (u64, Held), offset: u32, index: u32) {
        let run = match self.open {
            Some((place, last, run)) if place == offset && index == last.wrapping_add(1) => {
                run.saturating_add(1)
            }
            _ => 1,
        };
        self.open = Some((offset, index, run));
        if run < OPEN {
            self.undecided.add(number);
            self.octets.undecided += held;
            return;
        }
        if run == OPEN {
            let undecided = take(&mut self.undecided);
            self.null_cipher.merge(&undecided);
            self.octets.null_cipher += take(&mut self.octets.undecided);
            self.trailer = Some(Trailer {
                kind: TrailerKind::NullCipher,
                offset,
                certain: true,
            });
        }
        self.null_cipher.add(number);
        self.octets.null_cipher += held;
        self.indexed(index);
    }
}

/// The one place where an index with E=1 counted on from the packet before.
fn counting(
    before: &[Option<u32>; OFFSETS.len()],
    words: &[Option<u32>; OFFSETS.len()],
) -> Option<(u32, u32)> {
    let mut found =
        OFFSETS
            .iter()
            .zip(before.iter().zip(words))
            .filter_map(|(offset, (before, now))| {
                let (before, now) = ((*before)?, (*now)?);
                let step = now.wrapping_sub(before);
                (1..=JUMP).contains(&step).then_some((*offset, now))
            });
    let one = found.next()?;
    found.next().is_none().then_some(one)
}

#[cfg(test)]
mod tests;
