//! One packet of which some fragments have come.

use std::collections::BTreeMap;

use super::{Fragment, Key, Whole};
use crate::base::span::{Octets, Piece, Span};
use crate::base::time::Timestamp;
use crate::decode::Hop;

/// Fragments by the place of their first octet, without overlaps.
#[derive(Debug)]
pub(super) struct Partial {
    /// Which of all packets it was that began.
    pub(super) serial: u64,
    /// When its first fragment came.
    pub(super) time: Timestamp,
    /// Octets of the frames that brought something.
    pub(super) on_wire: u64,
    parts: BTreeMap<u32, Part>,
    /// Octets that have come, captured or not.
    covered: u32,
    /// Where the content ends, once the last fragment has come.
    end: Option<u32>,
    held: usize,
    head: Option<Head>,
    spoiled: bool,
    /// Content of the packet with the same identification that came whole shortly before, while
    /// all that has come is in it too.
    before: Option<Box<[u8]>>,
}

#[derive(Debug)]
struct Part {
    captured: Box<[u8]>,
    wire_len: u32,
    /// Where the octets stand: several pieces where the fragment was itself put together.
    pieces: Box<[Piece]>,
}

/// What the fragment with the first octet tells of the packet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) protocol: u8,
    pub(super) hop: Hop,
    /// Octets at the front that were read as headers in the frame.
    pub(super) named: u32,
}

/// What became of a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// It brought octets; some of them came before.
    Kept { overlaps: bool },
    /// It came before.
    Again,
    /// It brought nothing new, and says something else than those before it.
    Refused,
    /// It overlaps others, and the packet is dropped for it (RFC 5722).
    Spoils,
    /// The packet was dropped before.
    TooLate,
}

/// What it takes to hold a packet, and each part of it, beside the octets.
const PACKET: usize = size_of::<Partial>() + size_of::<Key>();
const PART: usize = 2 * size_of::<Part>() + 4 * size_of::<u64>();

impl Partial {
    pub(super) const fn new(serial: u64, time: Timestamp, before: Option<Box<[u8]>>) -> Self {
        Self {
            serial,
            time,
            on_wire: 0,
            parts: BTreeMap::new(),
            covered: 0,
            end: None,
            held: PACKET,
            head: None,
            spoiled: false,
            before,
        }
    }

    /// Puts a fragment in its place; `pieces` are those of what carries it.
    pub(super) fn add(&mut self, fragment: &Fragment<'_>, hop: Hop, pieces: &[Piece]) -> Added {
        if self.spoiled {
            return Added::TooLate;
        }
        let place = fragment.place();
        let gaps = self.gaps(place);
        if self.has(fragment) {
            return Added::Again;
        }
        let is_alone = gaps == [place] && self.fits(fragment);
        if !is_alone && fragment.v6 {
            return Added::Spoils;
        }
        if !self.fits(fragment) || gaps.is_empty() {
            return Added::Refused;
        }
        self.compare(fragment);
        if !fragment.more {
            self.end = Some(place.end);
        }
        for gap in gaps {
            let skip = gap.start.saturating_sub(place.start);
            self.keep(gap.start, fragment.content.part(skip, gap.len()), pieces);
        }
        if fragment.start == 0 {
            let first = self.parts.get(&0).map_or(0, |part| part.wire_len);
            self.head = Some(Head {
                protocol: fragment.protocol,
                hop,
                named: fragment.named.min(first),
            });
        }
        Added::Kept {
            overlaps: !is_alone,
        }
    }

    /// Whether nothing is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.end == Some(self.covered)
    }

    /// Whether all that has come is in the packet before, too.
    pub(super) const fn repeats(&self) -> bool {
        self.before.is_some()
    }

    /// Octets that it takes to hold it.
    pub(super) fn held(&self) -> usize {
        let before = self.before.as_ref().map_or(0, |before| before.len());
        self.held.saturating_add(before)
    }

    /// Forgets what has come, and takes no more; returns where it stands.
    pub(super) fn spoil(&mut self) -> Vec<Piece> {
        self.spoiled = true;
        self.before = None;
        self.held = PACKET;
        let parts = std::mem::take(&mut self.parts);
        parts.into_values().flat_map(|part| part.pieces).collect()
    }

    /// The packet, if the first fragment told what it carries.
    pub(super) fn into_whole(self, key: &Key) -> Option<Whole> {
        let mut octets = Vec::with_capacity(self.covered as usize);
        let mut pieces = Vec::with_capacity(self.parts.len());
        let mut is_cut = false;
        for part in self.parts.into_values() {
            if !is_cut {
                octets.extend_from_slice(&part.captured);
                is_cut = (part.captured.len() as u32) < part.wire_len;
            }
            pieces.extend(part.pieces);
        }
        Some(Whole::new(key, self.head?, (octets, pieces), self.on_wire))
    }

    fn keep(&mut self, at: u32, octets: Octets<'_>, pieces: &[Piece]) {
        let pieces: Box<[_]> = Piece::cut(pieces, octets.span()).collect();
        let cost = PART
            .saturating_add(octets.captured.len())
            .saturating_add(pieces.len().saturating_mul(size_of::<Piece>()));
        self.held = self.held.saturating_add(cost);
        self.covered = self.covered.saturating_add(octets.wire_len);
        let part = Part {
            captured: octets.captured.into(),
            wire_len: octets.wire_len,
            pieces,
        };
        self.parts.insert(at, part);
    }

    /// The parts of `place` that have not come.
    fn gaps(&self, place: Span) -> Vec<Span> {
        let before = self.parts.range(..=place.start).next_back();
        let inside = self
            .parts
            .range(place.start.saturating_add(1)..place.end.max(1));
        let (mut at, mut gaps) = (place.start, Vec::new());
        for (start, part) in before.into_iter().chain(inside) {
            gaps.push(Span::new(at, (*start).min(place.end)));
            at = at.max(start.saturating_add(part.wire_len));
        }
        gaps.push(Span::new(at, place.end));
        gaps.retain(|gap| !gap.is_empty());
        gaps
    }

    /// Whether the very fragment has come.
    fn has(&self, fragment: &Fragment<'_>) -> bool {
        let is_last = self.end == Some(fragment.place().end);
        self.parts.get(&fragment.start).is_some_and(|part| {
            part.wire_len == fragment.content.wire_len
                && alike(&part.captured, fragment.content.captured)
                && is_last != fragment.more
        })
    }

    /// Whether it ends where the packet may end.
    fn fits(&self, fragment: &Fragment<'_>) -> bool {
        let end = fragment.place().end;
        let last = self.parts.last_key_value();
        let so_far = last.map_or(0, |(start, part)| start.saturating_add(part.wire_len));
        if fragment.more {
            self.end.is_none_or(|known| end <= known)
        } else {
            self.end.is_none_or(|known| end == known) && so_far <= end
        }
    }

    /// Looks whether what comes is in the packet before, too.
    fn compare(&mut self, fragment: &Fragment<'_>) {
        let Span { start, end } = fragment.place();
        let range = start as usize..end as usize;
        let before = self.before.as_deref();
        if before.and_then(|octets| octets.get(range)) != Some(fragment.content.captured) {
            self.before = None;
        }
    }
}

/// Whether two readings of the same octets agree, as far as both were captured.
fn alike(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).all(|(one, other)| one == other)
}
