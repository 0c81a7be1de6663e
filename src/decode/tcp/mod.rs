//! One direction of a TCP connection, its octets put in order (RFC 9293).
//!
//! Of octets that come twice the first ones count. What the capture never shows is told as a gap,
//! once the receiver has acknowledged it or too much waits behind it. Knows no message.

use std::collections::BTreeMap;

use super::TcpFlags;
use crate::base::span::Octets;

/// A segment as one frame carries it.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// Number of the frame.
    pub number: u64,
    /// Sequence number of the first octet of the payload, or of the SYN.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Control bits.
    pub flags: TcpFlags,
    /// Octets of the stream, perhaps none.
    pub payload: Octets<'a>,
}

/// What comes next in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived<'a> {
    /// Octets, and the number of the frame in which they stand.
    Run(u64, Octets<'a>),
    /// So many octets that no frame of the capture holds.
    Gap(u64),
}

/// What was odd about a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Again {
    /// Octets of it, on the wire, that had been sent before.
    pub octets: u32,
    /// Whether it brought new octets too: it was cut in another way than before.
    pub overlaps: bool,
}

/// Octets of one direction, in order from where its beginning was seen, or its first segment.
#[derive(Debug, Clone, Default)]
pub struct HalfStream {
    /// Place of the next octet; its lower half is the sequence number.
    next: Option<u64>,
    /// Sequence number of its first octet, where the SYN was seen, or the answer to it.
    first: Option<u32>,
    /// The receiver has everything before this place.
    acknowledged: u64,
    /// What came out of order, by its place, without overlaps.
    waiting: BTreeMap<u64, Waiting>,
    held: usize,
}

#[derive(Debug, Clone)]
struct Waiting {
    number: u64,
    offset: u32,
    wire_len: u32,
    captured: Box<[u8]>,
}

impl Waiting {
    fn octets(&self) -> Octets<'_> {
        Octets {
            captured: &self.captured,
            offset: self.offset,
            wire_len: self.wire_len,
        }
    }
}

/// Octets and segments that wait behind a gap at most: a window of the sender without scaling, a
/// few times over.
const HELD: usize = 1 << 18;
const SEGMENTS: usize = 512;
/// Octets between two segments beyond which they belong to no common stream.
const FAR: u64 = 1 << 24;
/// Where places begin: far enough from zero that a stream can be followed backwards.
const BASE: u64 = 1 << 32;

impl HalfStream {
    /// Begins at this sequence number, which a SYN or its answer has told.
    pub fn begin(&mut self, seq: u32) {
        if self.next.is_none() {
            self.next = Some(BASE.saturating_add(seq.into()));
            self.first = Some(seq);
        }
    }

    /// Whether it is followed from its first octet on.
    pub const fn is_whole(&self) -> bool {
        self.first.is_some()
    }

    /// Whether a SYN that begins at this sequence number is that of another connection.
    pub fn is_another(&self, seq: u32) -> bool {
        self.next.is_some() && self.first != Some(seq)
    }

    /// Octets that wait behind a gap.
    pub const fn held(&self) -> usize {
        self.held
    }

    /// Whether octets of this frame wait behind a gap.
    pub fn holds(&self, number: u64) -> bool {
        self.waiting
            .values()
            .any(|waiting| waiting.number == number)
    }

    /// Takes a segment and hands on what is next in order.
    pub fn take(&mut self, segment: &Segment<'_>, out: &mut dyn FnMut(Arrived<'_>)) -> Again {
        let octets = segment.payload;
        let syn = u32::from(segment.flags.contains(TcpFlags::SYN));
        // What a reset carries is a message to people (RFC 9293, section 3.5.3).
        if octets.wire_len == 0 || segment.flags.contains(TcpFlags::RST) {
            return Again::default();
        }
        let seq = segment.seq.wrapping_add(syn);
        let next = *self.next.get_or_insert(BASE.saturating_add(seq.into()));
        let start = place(next, seq);
        if start.abs_diff(next) > FAR {
            self.leap(start, out);
        }
        let next = self.next.unwrap_or(start);
        if start == next && self.waiting.is_empty() {
            self.next = Some(start.saturating_add(octets.wire_len.into()));
            out(Arrived::Run(segment.number, octets));
            return Again::default();
        }
        let again = self.keep(segment.number, start, octets);
        self.deliver(out);
        while self.held > HELD || self.waiting.len() > SEGMENTS {
            self.skip(out);
        }
        self.skip_acknowledged(out);
        again
    }

    /// The receiver has everything before `ack`: what of it is missing was lost to the capture.
    pub fn acknowledge(&mut self, ack: u32, out: &mut dyn FnMut(Arrived<'_>)) {
        if let Some(next) = self.next {
            let acknowledged = place(next, ack);
            if acknowledged.abs_diff(next) <= FAR {
                self.acknowledged = self.acknowledged.max(acknowledged);
            }
            self.skip_acknowledged(out);
        }
    }

    /// Waits no longer: what is there is handed on, with the gaps in it.
    pub fn give_up(&mut self, out: &mut dyn FnMut(Arrived<'_>)) {
        while !self.waiting.is_empty() {
            self.skip(out);
        }
    }

    fn skip_acknowledged(&mut self, out: &mut dyn FnMut(Arrived<'_>)) {
        while let Some(first) = self.waiting.keys().next()
            && *first <= self.acknowledged
        {
            self.skip(out);
        }
    }

    /// Goes on behind the first gap.
    fn skip(&mut self, out: &mut dyn FnMut(Arrived<'_>)) {
        if let Some(first) = self.waiting.keys().next()
            && let Some(next) = self.next.replace(*first)
        {
            out(Arrived::Gap(first.saturating_sub(next)));
        }
        self.deliver(out);
    }

    /// Goes on somewhere else: this is no octet that the stream could have reached.
    fn leap(&mut self, start: u64, out: &mut dyn FnMut(Arrived<'_>)) {
        self.give_up(out);
        let next = self.next.replace(start.max(BASE)).unwrap_or(start);
        out(Arrived::Gap(start.abs_diff(next)));
        self.acknowledged = 0;
    }

    /// Hands on what waits at the next place.
    fn deliver(&mut self, out: &mut dyn FnMut(Arrived<'_>)) {
        while let Some(entry) = self.waiting.first_entry()
            && Some(*entry.key()) == self.next
        {
            let (at, waiting) = entry.remove_entry();
            self.next = Some(at.saturating_add(waiting.wire_len.into()));
            self.held = self.held.saturating_sub(waiting.captured.len());
            out(Arrived::Run(waiting.number, waiting.octets()));
        }
    }

    /// Keeps what is new of these octets.
    fn keep(&mut self, number: u64, start: u64, octets: Octets<'_>) -> Again {
        let end = start.saturating_add(octets.wire_len.into());
        let next = self.next.unwrap_or(start);
        let mut at = start.max(next.min(end));
        let mut fresh = 0_u32;
        while at < end {
            let before = self.waiting.range(..=at).next_back();
            let covered = before
                .map(|(from, known)| from.saturating_add(known.wire_len.into()))
                .filter(|until| *until > at);
            if let Some(until) = covered {
                at = until.min(end);
                continue;
            }
            let after = self.waiting.range(at..).next();
            let until = after.map_or(end, |(from, _)| end.min(*from));
            let len = until.saturating_sub(at) as u32;
            let part = octets.part(at.saturating_sub(start) as u32, len);
            self.held = self.held.saturating_add(part.captured.len());
            let waiting = Waiting {
                number,
                offset: part.offset,
                wire_len: len,
                captured: part.captured.into(),
            };
            self.waiting.insert(at, waiting);
            fresh = fresh.saturating_add(len);
            at = until;
        }
        let again = octets.wire_len.saturating_sub(fresh);
        Again {
            octets: again,
            overlaps: again > 0 && fresh > 0,
        }
    }
}

/// The place of a sequence number, near to the next place (RFC 9293, section 3.4).
fn place(next: u64, seq: u32) -> u64 {
    let ahead = seq.wrapping_sub(next as u32).cast_signed();
    next.saturating_add_signed(ahead.into())
}

#[cfg(test)]
mod tests;
