//! Fragments of IP packets, put together (RFC 791, RFC 815, RFC 8200).
//!
//! Whoever follows a capture owns a [`Fragments`], which holds what has not come whole: bounded in
//! packets, in octets and in capture time. Of octets that come twice the first ones count; in IPv6
//! a packet whose fragments overlap is dropped (RFC 5722). What a packet carries may be in
//! fragments again, where it is a tunnel.

mod partial;
#[cfg(test)]
mod tests;
mod torn;
mod whole;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use hashbrown::{HashMap, HashSet};

use super::{Cooked, Decoded, Hop, Network, Payload};
use crate::base::anomaly::{Anomalies, Anomaly};
use crate::base::span::{Octets, Piece, Span};
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use partial::{Added, Partial};

pub use torn::Torn;
pub use whole::Whole;

/// Time in which all fragments of a packet must come: hosts give them 15 to 60 seconds.
pub const WITHIN: Duration = Duration::from_secs(30);
/// Packets that are put together at one time.
const PACKETS: usize = 1024;
/// Octets that are held for them, with what it takes to know where each belongs.
const HELD: usize = 8 << 20;
/// The longest content that a length field of IP can tell.
const LONGEST: u32 = u16::MAX as u32;
/// Packets that came whole last, of which a fragment may come again.
const RECENT: usize = 32;

/// A part of an IP packet, as one frame carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// Identification of the packet.
    pub(super) id: u32,
    /// What its content begins with.
    pub(super) protocol: u8,
    /// Place of the first octet in the content of the packet.
    pub(super) start: u32,
    /// Whether others follow behind it.
    pub(super) more: bool,
    pub(super) content: Octets<'a>,
    /// Octets at its front that were read as headers.
    pub(super) named: u32,
    /// Whether it is one of IPv6.
    pub(super) v6: bool,
    /// What was odd about the headers before it.
    pub(super) before: Anomalies,
}

impl Fragment<'_> {
    /// Where its octets belong in the content of the packet.
    const fn place(&self) -> Span {
        let end = self.start.saturating_add(self.content.wire_len);
        Span::new(self.start, end)
    }

    /// Whether it brings octets, whole words unless it is the last, and none beyond any packet.
    const fn can_be(&self) -> bool {
        let place = self.place();
        let is_even = !self.more || place.len().is_multiple_of(8);
        is_even && !place.is_empty() && place.end <= LONGEST
    }

    /// The same, of which all before `rest` was read.
    pub(super) const fn named_up_to(self, rest: Octets<'_>) -> Self {
        Self {
            named: rest.offset.saturating_sub(self.content.offset),
            ..self
        }
    }
}

/// What came of a fragment.
#[derive(Debug, Default)]
pub struct Arrived {
    /// The packet that is whole with it.
    pub whole: Option<Whole>,
    /// What was odd about it.
    pub odd: Anomalies,
    /// Numbers of the frames whose fragments will not be put together.
    pub lost: Vec<u64>,
}

/// Packets of which fragments have come.
#[derive(Debug, Default)]
pub struct Fragments {
    partial: HashMap<Key, Partial>,
    /// In the order in which their first fragments came.
    waiting: BTreeMap<u64, Key>,
    /// Those of which all that has come had come before, and nothing may be missing.
    again: BTreeMap<u64, Key>,
    begun: u64,
    held: usize,
    /// The frames whose fragments are held.
    frames: HashSet<u64>,
    recent: VecDeque<(Key, Box<[u8]>)>,
    torn: Torn,
    squeezed_out: u64,
}

/// What the fragments of one packet have in common, at one place of capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    /// In IPv4 each protocol has identifications of its own.
    protocol: Option<u8>,
    network: Network,
    interface: u32,
    cooked: Option<Cooked>,
}

impl Fragments {
    /// Takes what a frame carries, if it is a fragment.
    pub fn frame(&mut self, packet: &RawPacket<'_>, decoded: &Decoded<'_>) -> Arrived {
        let piece = Piece {
            number: packet.number,
            offset: 0,
            wire_len: packet.wire_len,
            captured: packet.octets.len() as u32,
        };
        self.take(packet, decoded, (&[piece], u64::from(packet.wire_len)))
    }

    /// Takes what a packet carries that came whole with this frame, if it is a fragment again.
    pub fn inside(
        &mut self,
        packet: &RawPacket<'_>,
        decoded: &Decoded<'_>,
        whole: &Whole,
    ) -> Arrived {
        self.take(packet, decoded, (&whole.pieces, whole.on_wire))
    }

    /// Whether a fragment of this frame waits for others.
    pub fn holds(&self, number: u64) -> bool {
        self.frames.contains(&number)
    }

    /// Whether a packet has waited for its fragments since `time`, or longer.
    pub fn waits_since(&self, time: Timestamp) -> bool {
        let first = self.waiting.first_key_value();
        first.is_some_and(|(_, key)| {
            let partial = self.partial.get(key);
            partial.is_some_and(|partial| partial.time <= time)
        })
    }

    /// Where packets passed that were not put together, or in one of several ways.
    pub const fn torn(&self) -> &Torn {
        &self.torn
    }

    /// Forgets where such packets passed before: nothing that was alive then is asked for any more.
    pub fn forget_torn(&mut self, since: Timestamp) {
        self.torn.forget(since);
    }

    /// Packets that were let go for want of room.
    pub const fn squeezed_out(&self) -> u64 {
        self.squeezed_out
    }

    /// The capture has ended: numbers of the frames whose fragments were never put together.
    pub fn finish(&mut self) -> Vec<u64> {
        let mut lost = Vec::new();
        while !self.partial.is_empty() {
            self.let_go(&mut lost);
        }
        lost
    }

    fn take(
        &mut self,
        packet: &RawPacket<'_>,
        decoded: &Decoded<'_>,
        carrier: (&[Piece], u64),
    ) -> Arrived {
        let mut arrived = Arrived::default();
        let Payload::Fragment(fragment) = decoded.payload else {
            return arrived;
        };
        arrived.lost = self.expire(packet.time);
        let Some(key) = Key::of(packet, decoded, &fragment) else {
            return arrived;
        };
        let ends = [key.src, key.dst];
        if !fragment.can_be() {
            arrived.odd.insert(Anomaly::FragmentShape);
            self.torn.add(ends, packet.time);
            return arrived;
        }
        let mut partial = self
            .partial
            .remove(&key)
            .unwrap_or_else(|| self.begin(key, packet.time));
        self.held = self.held.saturating_sub(partial.held());
        self.put(
            &mut partial,
            (&fragment, decoded.hop),
            carrier,
            &mut arrived,
        );
        if arrived.odd.contains(Anomaly::FragmentOverlap) {
            self.torn.add(ends, packet.time);
        }
        self.again.remove(&partial.serial);
        if partial.is_whole() {
            self.waiting.remove(&partial.serial);
            arrived.whole = partial.into_whole(&key);
            if let Some(whole) = &arrived.whole {
                self.release(&whole.pieces);
                self.remember(key, &whole.octets);
            }
            return arrived;
        }
        if partial.repeats() {
            self.again.insert(partial.serial, key);
        } else {
            self.waiting.insert(partial.serial, key);
        }
        self.held = self.held.saturating_add(partial.held());
        self.partial.insert(key, partial);
        while self.held > HELD || self.partial.len() > PACKETS {
            let waiting = self.waiting.len();
            self.let_go(&mut arrived.lost);
            let fewer = waiting.saturating_sub(self.waiting.len());
            self.squeezed_out = self.squeezed_out.saturating_add(fewer as u64);
        }
        arrived
    }

    fn begin(&mut self, key: Key, time: Timestamp) -> Partial {
        self.begun = self.begun.saturating_add(1);
        let recent = self.recent.iter().position(|(recent, _)| *recent == key);
        let before = recent.and_then(|place| self.recent.remove(place));
        Partial::new(self.begun, time, before.map(|(_, octets)| octets))
    }

    /// Puts a fragment in its place, unless it overlaps and that spoils the packet.
    fn put(
        &mut self,
        partial: &mut Partial,
        (fragment, hop): (&Fragment<'_>, Hop),
        (pieces, on_wire): (&[Piece], u64),
        arrived: &mut Arrived,
    ) {
        let content = fragment.content.span();
        let numbers = Piece::cut(pieces, content).map(|piece| piece.number);
        match partial.add(fragment, hop, pieces) {
            Added::Again => return,
            Added::Kept { overlaps } => {
                self.frames.extend(numbers);
                partial.on_wire = partial.on_wire.saturating_add(on_wire);
                if !overlaps {
                    return;
                }
            }
            Added::Refused => {}
            Added::Spoils => {
                arrived.lost.extend(numbers);
                arrived.lost.extend(self.release(&partial.spoil()));
            }
            Added::TooLate => {
                arrived.lost.extend(numbers);
                return;
            }
        }
        arrived.odd.insert(Anomaly::FragmentOverlap);
    }

    /// Lets go what began too long before `now`: numbers of the frames whose fragments will not be
    /// put together.
    pub fn expire(&mut self, now: Timestamp) -> Vec<u64> {
        let mut lost = Vec::new();
        let too_old = |partial: &Partial| now.since(partial.time) > WITHIN;
        for again in [true, false] {
            while let Some((_, key)) = self.line(again).first_key_value()
                && self.partial.get(key).is_none_or(too_old)
            {
                self.drop_first(again, &mut lost);
            }
        }
        lost
    }

    /// Lets go the packet that can best be spared: the first of those that came again, which are
    /// no loss, or else the first of all.
    fn let_go(&mut self, lost: &mut Vec<u64>) {
        self.drop_first(!self.again.is_empty(), lost);
    }

    fn drop_first(&mut self, again: bool, lost: &mut Vec<u64>) {
        let line = if again {
            &mut self.again
        } else {
            &mut self.waiting
        };
        let Some((_, key)) = line.pop_first() else {
            return;
        };
        if let Some(mut partial) = self.partial.remove(&key) {
            self.held = self.held.saturating_sub(partial.held());
            let numbers = self.release(&partial.spoil());
            if !again {
                lost.extend(numbers);
                self.torn.add([key.src, key.dst], partial.time);
            }
        }
    }

    const fn line(&self, again: bool) -> &BTreeMap<u64, Key> {
        if again { &self.again } else { &self.waiting }
    }

    /// The frames of these pieces wait no longer.
    fn release(&mut self, pieces: &[Piece]) -> Vec<u64> {
        let mut numbers: Vec<_> = pieces.iter().map(|piece| piece.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in &numbers {
            self.frames.remove(number);
        }
        numbers
    }

    fn remember(&mut self, key: Key, octets: &[u8]) {
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((key, octets.into()));
    }
}

impl Key {
    fn of(packet: &RawPacket<'_>, decoded: &Decoded<'_>, fragment: &Fragment<'_>) -> Option<Self> {
        let (src, dst) = (decoded.src?, decoded.dst?);
        Some(Self {
            src,
            dst,
            id: fragment.id,
            protocol: src.is_ipv4().then_some(fragment.protocol),
            network: decoded.network,
            interface: packet.interface,
            cooked: decoded.cooked,
        })
    }
}
