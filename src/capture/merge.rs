//! Several files as one capture in the order of time, numbered as `mergecap` numbers them.
//!
//! Of the packets that stand first in each file, the earliest comes next; a file's own order is
//! kept even where its times go backwards. Of equal times the later file comes first, and what has
//! no time comes at once: so does `mergecap`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;

use super::file::BLOCK;
use super::files::Given;
use super::summary::{Comment, Commented, Interface};
use super::{Block, CaptureError, CaptureSummary, FileSource, Frame, Order, PacketSource};
use crate::base::time::Timestamp;

/// Files that are kept open while they wait for their time. Of more, those that have not begun are
/// closed again.
const OPEN: usize = 64;

/// Octets that are read at once of each of many files.
const SMALL_BLOCK: usize = 1 << 16;

/// Several files as one capture.
pub(super) struct Merged {
    parts: Vec<Part>,
    /// The first packet of each file that has one left; the next one of all on top.
    heads: BinaryHeap<Reverse<Head>>,
    number: u64,
    pub(super) summary: CaptureSummary,
}

/// What the packet says that comes next in a file: files are ordered by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    time: Option<Timestamp>,
    /// Decides between equal times.
    place: isize,
    part: usize,
}

/// One of the files.
struct Part {
    /// Where to open it again, if it can be.
    path: Option<PathBuf>,
    source: Option<FileSource>,
    block: Block,
    /// Place of the next frame in the block.
    at: usize,
    /// For each interface of the file, which one of the capture it is.
    interfaces: Vec<u32>,
    /// Comments and secrets that were passed on.
    comments: usize,
    secrets: usize,
}

impl Merged {
    /// Opens every file and reads what stands first in it.
    pub(super) fn open(given: &[Given]) -> Result<Self, CaptureError> {
        let mut merged = Self {
            parts: Vec::new(),
            heads: BinaryHeap::new(),
            number: 0,
            summary: CaptureSummary::default(),
        };
        let many = given.len() > OPEN;
        for given in given {
            let source = given.open()?;
            merged
                .summary
                .sources
                .extend(source.summary.sources.clone());
            let mut part = Part {
                path: given.regular(),
                source: Some(if many {
                    source.in_blocks_of(SMALL_BLOCK)
                } else {
                    source
                }),
                block: Block::default(),
                at: 0,
                interfaces: Vec::new(),
                comments: 0,
                secrets: 0,
            };
            let place = merged.parts.len();
            if part.load(place, &mut merged.summary)? {
                merged.heads.extend(part.head(place).map(Reverse));
                if many && part.path.is_some() {
                    part.source = None;
                    part.block = Block::default();
                }
            }
            merged.parts.push(part);
        }
        Ok(merged)
    }

    /// Copies frames of one file as long as they come before those of all others.
    fn run(&mut self, head: Head, block: &mut Block) -> Result<(), CaptureError> {
        let next = self.heads.peek().map(|Reverse(next)| *next);
        let Some(part) = self.parts.get_mut(head.part) else {
            return Ok(());
        };
        part.resume(head.part, &mut self.summary)?;
        while let Some(head) = part.head(head.part) {
            if next.is_some_and(|next| next < head) || block.octets.len() >= BLOCK {
                self.heads.push(Reverse(head));
                break;
            }
            part.copy(&mut self.number, block, &mut self.summary);
            if part.at == part.block.frames.len() && !part.load(head.part, &mut self.summary)? {
                break;
            }
        }
        Ok(())
    }
}

impl PacketSource for Merged {
    fn next_block(&mut self, block: &mut Block) -> Result<bool, CaptureError> {
        block.frames.clear();
        block.octets.clear();
        while block.octets.len() < BLOCK
            && let Some(Reverse(head)) = self.heads.pop()
        {
            self.run(head, block)?;
        }
        Ok(!block.frames.is_empty())
    }

    fn summary(&self) -> &CaptureSummary {
        &self.summary
    }
}

impl Part {
    /// Opens the file again if it was closed while it waited.
    fn resume(&mut self, place: usize, summary: &mut CaptureSummary) -> Result<(), CaptureError> {
        if let (None, Some(path)) = (&self.source, &self.path) {
            self.source = Some(FileSource::open(path)?.in_blocks_of(SMALL_BLOCK));
            self.load(place, summary)?;
        }
        Ok(())
    }

    /// Reads the next block; `false`, and closed, at the end of the file.
    fn load(&mut self, place: usize, summary: &mut CaptureSummary) -> Result<bool, CaptureError> {
        let Some(source) = &mut self.source else {
            return Ok(false);
        };
        self.at = 0;
        let more = source.next_block(&mut self.block)?;
        self.tell(place, summary);
        if !more && let Some(ended) = self.source.take() {
            self.block = Block::default();
            summary.losses.extend(&ended.summary.losses);
            summary.ended_early.extend(ended.summary.ended_early);
            summary.more_comments += ended.summary.more_comments;
            summary.more_secrets += ended.summary.more_secrets;
        }
        Ok(more)
    }

    /// Tells the capture what the file said so far.
    fn tell(&mut self, place: usize, summary: &mut CaptureSummary) {
        let Some(source) = &self.source else { return };
        let told = &source.summary;
        for (at, interface) in told.interfaces.iter().enumerate() {
            if let Some(known) = self.interfaces.get(at) {
                if let Some(known) = summary.interfaces.get_mut(*known as usize) {
                    known.dropped = interface.dropped;
                }
                continue;
            }
            self.interfaces.push(summary.interfaces.len() as u32);
            summary.interfaces.push(Interface {
                source: place,
                ..interface.clone()
            });
        }
        for secrets in told.secrets.iter().skip(self.secrets) {
            summary.add_secrets(secrets.clone());
        }
        self.secrets = self.secrets.max(told.secrets.len());
        self.comment(0, 0, summary);
    }

    /// Passes comments on, up to the one on this packet, which has another number in the capture.
    fn comment(&mut self, own: u64, number: u64, summary: &mut CaptureSummary) {
        let Some(source) = &self.source else { return };
        while let Some(comment) = source.summary.comments.get(self.comments) {
            let on = match comment.on {
                Commented::Packet(packet) if packet > own => break,
                Commented::Packet(_) => Commented::Packet(number),
                Commented::Interface(at) => Commented::Interface(self.interface(at)),
                Commented::Section => Commented::Section,
            };
            let text = comment.text.clone();
            summary.add_comment(Comment { on, text });
            self.comments += 1;
        }
    }

    fn interface(&self, own: u32) -> u32 {
        let known = self.interfaces.get(own as usize);
        known.copied().unwrap_or_default()
    }

    fn head(&self, part: usize) -> Option<Head> {
        let frame = self.block.frames.get(self.at)?;
        let place = part.cast_signed();
        let timed = frame.order == Order::Timed;
        Some(Head {
            time: timed.then_some(frame.time),
            place: if timed { -place } else { place },
            part,
        })
    }

    /// Copies the next frame behind those in `block`; `number` is that of the one before.
    fn copy(&mut self, number: &mut u64, block: &mut Block, summary: &mut CaptureSummary) {
        let Some(frame) = self.block.frames.get(self.at).copied() else {
            return;
        };
        self.at += 1;
        if frame.order == Order::Alone {
            return;
        }
        *number += 1;
        self.comment(frame.number, *number, summary);
        summary.add_link(frame.link);
        let octets = self.block.octets.get(frame.start..frame.start + frame.len);
        let frame = Frame {
            number: *number,
            interface: self.interface(frame.interface),
            ..frame
        };
        block.append(frame, octets.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::super::pcapng::tests::{
        block as block_of, interface, interface_with, option, packet, packet_with, section,
        section_with,
    };
    use super::*;

    /// Writes the files to a folder of their own and reads them as one capture.
    fn merged(files: &[Vec<u8>]) -> (Vec<(u64, u32, u8)>, CaptureSummary) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut given = Vec::new();
        for (place, octets) in files.iter().enumerate() {
            let path = folder.path().join(format!("{place}.pcapng"));
            std::fs::write(&path, octets).expect("writable");
            given.push(Given::Named(path));
        }
        let mut merged = Merged::open(&given).expect("captures");
        let (mut block, mut out) = (Block::default(), Vec::new());
        while merged.next_block(&mut block).expect("readable") {
            out.extend(block.packets().map(|packet| {
                let octet = packet.octets.first().copied().unwrap_or_default();
                (packet.number, packet.interface, octet)
            }));
        }
        (out, merged.summary)
    }

    fn file(packets: &[(u32, u8)]) -> Vec<u8> {
        let packets = packets.iter().map(|(time, octet)| packet(0, *time, *octet));
        let head = [section(), interface(6)].concat();
        [head, packets.collect::<Vec<_>>().concat()].concat()
    }

    fn octets(files: &[Vec<u8>]) -> Vec<u8> {
        merged(files).0.iter().map(|(_, _, octet)| *octet).collect()
    }

    #[test]
    fn the_earliest_head_comes_next_and_of_equal_times_the_later_file() {
        // What mergecap 4.0 writes of these files.
        let files = [
            file(&[(1, 10), (2, 11), (2, 12), (5, 13), (3, 14), (6, 15)]),
            file(&[(1, 20), (2, 21), (2, 22), (4, 23), (6, 24)]),
            file(&[(2, 30), (6, 31)]),
        ];
        let order = [20, 10, 30, 21, 22, 11, 12, 23, 13, 14, 31, 24, 15];
        assert_eq!(octets(&files), order);
    }

    #[test]
    fn what_has_no_time_comes_at_once() {
        let simple = block_of(3, &[60, 0, 0, 0, 99]);
        let mut timed = file(&[(7, 10)]);
        timed.extend(simple);
        timed.extend(packet(0, 9, 11));
        assert_eq!(
            octets(&[timed, file(&[(7, 20), (8, 21)])]),
            [20, 10, 99, 21, 11]
        );
    }

    #[test]
    fn a_block_that_forbids_to_be_copied_stays_out() {
        let alone = [file(&[(7, 10)]), block_of(0x4000_0BAD, &[99; 8])].concat();
        let copied = [file(&[(8, 20)]), block_of(0x0BAD, &[98; 8])].concat();
        let (packets, _) = merged(&[alone, copied]);
        assert_eq!(packets, [(1, 0, 10), (2, 1, 20), (3, 1, 98)]);
    }

    #[test]
    fn interfaces_stay_apart_and_comments_follow_their_packets() {
        let named = |name: &[u8]| interface_with(1, &option(2, name));
        let comment = |text: &[u8]| option(1, text);
        let first = [
            section_with(&comment(b"first file")),
            named(b"eth0"),
            named(b"eth1"),
            packet(1, 5, 10),
            packet_with(0, 9, 11, &comment(b"late")),
        ];
        let second = [
            section(),
            named(b"lo"),
            packet_with(0, 7, 20, &comment(b"between")),
        ];
        let (packets, summary) = merged(&[first.concat(), second.concat()]);
        assert_eq!(packets, [(1, 1, 10), (2, 2, 20), (3, 0, 11)]);
        let interfaces: Vec<_> = summary
            .interfaces
            .iter()
            .map(|i| (i.source, i.name.as_deref()))
            .collect();
        assert_eq!(
            interfaces,
            [(0, Some("eth0")), (0, Some("eth1")), (1, Some("lo"))]
        );
        let comments: Vec<_> = summary
            .comments
            .iter()
            .map(|c| (c.on, c.text.as_str()))
            .collect();
        let told = [
            (Commented::Section, "first file"),
            (Commented::Packet(2), "between"),
            (Commented::Packet(3), "late"),
        ];
        assert_eq!(comments, told);
    }

    #[test]
    fn many_files_are_closed_until_their_time() {
        let files: Vec<_> = (0..OPEN as u32 + 9)
            .rev()
            .map(|n| file(&[(n * 2, n as u8), (n * 2 + 3, n as u8)]))
            .collect();
        let (packets, summary) = merged(&files);
        assert_eq!(packets.len(), files.len() * 2);
        assert_eq!(summary.interfaces.len(), files.len());
        let first: Vec<_> = packets.iter().take(5).map(|(_, _, octet)| *octet).collect();
        assert_eq!(first, [0, 1, 0, 2, 1]);
    }

    #[test]
    fn each_file_that_was_cut_is_told() {
        let mut files = [file(&[(1, 10), (3, 11)]), file(&[(2, 20)])];
        for octets in &mut files {
            octets.truncate(octets.len() - 1);
        }
        let (packets, summary) = merged(&files);
        assert_eq!(packets.len(), 1);
        let told: Vec<_> = summary
            .ended_early
            .iter()
            .map(|e| e.file.as_str())
            .collect();
        assert_eq!(told, ["1.pcapng", "0.pcapng"]);
    }
}
