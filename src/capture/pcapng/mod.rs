//! The pcapng format (draft-ietf-opsawg-pcapng): sections, interfaces, blocks.
//!
//! Names, comments, secrets and losses go to the summary; names of hosts are not read.

mod losses;
mod options;
#[cfg(test)]
pub(super) mod tests;
pub(super) mod write;

use std::sync::Arc;

use super::file::Step;
use super::pcap::word;
use super::summary::{Comment, Commented, Secrets};
use super::{CaptureSummary, Frame, LinkType, Order};
use crate::base::label::printable;
use crate::base::time::Timestamp;
use options::{COMMENT, half, long, options, stamp};

/// What the blocks so far said.
#[derive(Debug, Clone, Default)]
pub(super) struct Pcapng {
    big_endian: bool,
    /// All interfaces of the file; those of the current section begin at `section`.
    /// Places from which the file can be read again share them.
    interfaces: Arc<Vec<Interface>>,
    /// What was told of each.
    told: Vec<Told>,
    section: usize,
    /// Time of the first packet that had one.
    first: Option<Timestamp>,
    /// Time of the last packet that had one: that of those after it that have none.
    time: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Interface {
    link: LinkType,
    snap_len: u32,
    /// Units of time in a second.
    resolution: u128,
    offset_seconds: i64,
}

/// What blocks told of an interface.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    /// Time of its last packet.
    last: Option<Timestamp>,
    /// Whether its losses were told for the whole interface, and not packet by packet.
    counted: bool,
}

const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const BYTE_ORDER: u32 = 0x1A2B_3C4D;

/// Interfaces of one file: more are a mistake.
const INTERFACES: usize = 1 << 16;

/// Characters of the name of an interface.
const NAME_LENGTH: usize = 64;

impl Pcapng {
    /// The same, to read packets with: what was told of interfaces is not told again.
    pub(super) fn again(&self) -> Self {
        Self {
            interfaces: Arc::clone(&self.interfaces),
            told: Vec::new(),
            ..*self
        }
    }

    /// Reads the block at the front; `before` packets came before it.
    pub(super) fn step(&mut self, ahead: &[u8], before: u64, summary: &mut CaptureSummary) -> Step {
        if ahead.is_empty() {
            return Step::Need(0);
        }
        let (Some(kind), Some(order)) = (word(ahead, 0, true), word(ahead, 8, false)) else {
            return Step::Need(12);
        };
        if kind == SECTION_HEADER {
            self.big_endian = order == BYTE_ORDER.swap_bytes();
            if !self.big_endian && order != BYTE_ORDER {
                return Step::Broken("has a section of unknown byte order");
            }
        }
        let big = self.big_endian;
        let kind = word(ahead, 0, big).unwrap_or_default();
        let len = word(ahead, 4, big).unwrap_or_default() as usize;
        if len < 12 || !len.is_multiple_of(4) {
            return Step::Broken("has a block of an impossible length");
        }
        let Some(block) = ahead.get(..len) else {
            return Step::Need(len);
        };
        if word(block, len - 4, big) != Some(len as u32) {
            return Step::Broken("has a block whose two lengths differ");
        }
        let body = block.get(8..len - 4).unwrap_or_default();
        match self.block(kind, body, before, summary) {
            Ok(None) => Step::Skip(len),
            Ok(Some(frame)) => {
                self.note(&frame);
                Step::Packet(frame, len)
            }
            Err(reason) => Step::Broken(reason),
        }
    }

    fn block(
        &mut self,
        kind: u32,
        body: &[u8],
        before: u64,
        summary: &mut CaptureSummary,
    ) -> Result<Option<Frame>, &'static str> {
        let big = self.big_endian;
        match kind {
            SECTION_HEADER => self.section(body, summary)?,
            1 => self.interface(body, summary)?,
            2 => {
                let lost = half(body, 2, big).filter(|lost| *lost != u16::MAX);
                let interface = half(body, 0, big).unwrap_or_default();
                let frame = self.packet(body, interface.into(), before, summary)?;
                self.lost(&frame, lost.map(u64::from), summary);
                return Ok(Some(frame));
            }
            3 => return self.simple(body).map(Some),
            5 => self.statistics(body, summary),
            6 => {
                let interface = word(body, 0, big).unwrap_or_default();
                return self
                    .packet(body, interface as usize, before, summary)
                    .map(Some);
            }
            10 => self.secrets(body, summary),
            // A journal entry or a custom block is no packet, but other viewers number it as one.
            9 | 0x0BAD => return Ok(Some(self.other(body, Order::Untimed))),
            0x4000_0BAD => return Ok(Some(self.other(body, Order::Alone))),
            _ => {}
        }
        Ok(None)
    }

    fn section(&mut self, body: &[u8], summary: &mut CaptureSummary) -> Result<(), &'static str> {
        let big = self.big_endian;
        if half(body, 4, big) != Some(1) {
            return Err("has a section of an unknown version");
        }
        self.section = self.interfaces.len();
        comments(body.get(16..), big, Commented::Section, summary);
        Ok(())
    }

    fn interface(&mut self, body: &[u8], summary: &mut CaptureSummary) -> Result<(), &'static str> {
        if self.interfaces.len() == INTERFACES {
            return Err("has more than 65,536 interfaces");
        }
        let big = self.big_endian;
        let mut interface = Interface {
            link: LinkType(half(body, 0, big).unwrap_or_default()),
            snap_len: word(body, 4, big).unwrap_or_default(),
            resolution: 1_000_000,
            offset_seconds: 0,
        };
        let mut name = None;
        let place = self.interfaces.len() as u32;
        for (code, value) in options(body.get(8..).unwrap_or_default(), big) {
            match (code, value) {
                (2, value) => name = Some(printable(value).chars().take(NAME_LENGTH).collect()),
                (9, [exponent, ..]) => {
                    let base: u128 = if exponent & 0x80 == 0 { 10 } else { 2 };
                    let power = u32::from(exponent & 0x7F).min(if base == 2 { 100 } else { 30 });
                    interface.resolution = base.pow(power);
                }
                (14, value) => {
                    let seconds = long(value, big).unwrap_or_default();
                    interface.offset_seconds = seconds.cast_signed();
                }
                _ => {}
            }
        }
        comments(body.get(8..), big, Commented::Interface(place), summary);
        summary.interfaces.push(super::Interface {
            source: 0,
            name,
            link: interface.link,
            snap_len: (interface.snap_len > 0).then_some(interface.snap_len),
            dropped: None,
        });
        Arc::make_mut(&mut self.interfaces).push(interface);
        self.told.push(Told::default());
        Ok(())
    }

    /// An enhanced packet block, or the obsolete packet block, which differs in its first word.
    fn packet(
        &self,
        body: &[u8],
        interface: usize,
        before: u64,
        summary: &mut CaptureSummary,
    ) -> Result<Frame, &'static str> {
        const SHORT: &str = "has a packet longer than its block";
        let big = self.big_endian;
        let index = self.section.saturating_add(interface);
        let Some(interface) = self.interfaces.get(index).copied() else {
            return Err("has a packet without its interface");
        };
        let field = |at| word(body, at, big).ok_or(SHORT);
        let units = stamp(body, 4, big).ok_or(SHORT)?;
        let (captured, wire_len) = (field(12)?, field(16)?);
        let after = body.get(20..).unwrap_or_default();
        if after.len() < captured as usize {
            return Err(SHORT);
        }
        let frame = Frame {
            number: 0,
            time: interface.time(units),
            order: Order::Timed,
            wire_len: wire_len.max(captured),
            link: interface.link,
            interface: index as u32,
            start: 28,
            len: captured as usize,
        };
        let told = after.get((captured as usize).next_multiple_of(4)..);
        if let Some(told) = told.filter(|told| !told.is_empty()) {
            comments(Some(told), big, Commented::Packet(before + 1), summary);
            let lost = options(told, big).find(|(code, _)| *code == 4);
            self.lost(
                &frame,
                lost.and_then(|(_, count)| long(count, big)),
                summary,
            );
        }
        Ok(frame)
    }

    /// Keeps the times of a packet.
    fn note(&mut self, frame: &Frame) {
        self.time = frame.time;
        if frame.order == Order::Timed {
            self.first.get_or_insert(frame.time);
            if let Some(told) = self.told.get_mut(frame.interface as usize) {
                told.last = Some(frame.time);
            }
        }
    }

    /// A simple packet block: no time, and its captured length follows from the snap length.
    fn simple(&self, body: &[u8]) -> Result<Frame, &'static str> {
        let Some(interface) = self.interfaces.get(self.section) else {
            return Err("has a packet without its interface");
        };
        let (Some(wire_len), Some(octets)) = (word(body, 0, self.big_endian), body.get(4..)) else {
            return Err("has a packet longer than its block");
        };
        let limit = if interface.snap_len == 0 {
            wire_len
        } else {
            interface.snap_len
        };
        Ok(Frame {
            number: 0,
            time: self.time,
            order: Order::Untimed,
            wire_len,
            link: interface.link,
            interface: self.section as u32,
            start: 12,
            len: (wire_len.min(limit) as usize).min(octets.len()),
        })
    }

    /// A block that holds no packet.
    fn other(&self, body: &[u8], order: Order) -> Frame {
        Frame {
            number: 0,
            time: self.time,
            order,
            wire_len: body.len() as u32,
            link: LinkType::NONE,
            interface: 0,
            start: 8,
            len: body.len(),
        }
    }

    /// Keys to open the packets with.
    fn secrets(&self, body: &[u8], summary: &mut CaptureSummary) {
        let big = self.big_endian;
        let (Some(kind), Some(len)) = (word(body, 0, big), word(body, 4, big)) else {
            return;
        };
        let octets = body.get(8..).unwrap_or_default();
        let octets = octets.get(..len as usize).unwrap_or(octets).to_vec();
        summary.add_secrets(Secrets { kind, octets });
    }
}

/// Keeps the comments among the options of a block.
fn comments(told: Option<&[u8]>, big: bool, on: Commented, summary: &mut CaptureSummary) {
    options(told.unwrap_or_default(), big)
        .filter(|(code, _)| *code == COMMENT)
        .for_each(|(_, text)| summary.add_comment(Comment::new(on, text)));
}

impl Interface {
    fn time(&self, units: u64) -> Timestamp {
        let nanos = u128::from(units).saturating_mul(1_000_000_000) / self.resolution;
        let nanos = i64::try_from(nanos).unwrap_or(i64::MAX);
        Timestamp(nanos.saturating_add(self.offset_seconds.saturating_mul(1_000_000_000)))
    }
}
