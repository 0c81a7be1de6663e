//! A saved capture, read once from front to back in large blocks.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::input::{Input, Reached};
use super::pcap::Pcap;
use super::pcapng::Pcapng;
use super::{Block, CaptureError, CaptureSummary, EndedEarly, Frame, PacketSource};
use crate::base::label::{hex, printable_path};

/// Octets that are read at once.
pub(super) const BLOCK: usize = 1 << 20;

/// The name of standard input in reports.
pub(super) const STANDARD_INPUT: &str = "standard input";

/// The longest record that is believed: far above any link's frame, far below memory.
const LONGEST_RECORD: usize = 64 << 20;

/// What a format finds at the front of some octets.
pub(super) enum Step {
    /// A frame, whose start counts from the front, and the octets of its whole record.
    Packet(Frame, usize),
    /// A record without a frame, and its octets.
    Skip(usize),
    /// So many octets are needed to go on.
    Need(usize),
    /// What stands here is no record.
    Broken(&'static str),
}

#[derive(Debug, Clone)]
enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// A place in a file from which it can be read again, without what stands before it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    format: Format,
    pub(super) offset: u64,
    number: u64,
}

/// A capture file, or standard input.
pub struct FileSource {
    input: Input,
    path: String,
    format: Format,
    /// Octets that are read at once.
    block: usize,
    /// Octets read and not yet used: the front of a record that the last block cut.
    carry: Vec<u8>,
    offset: u64,
    number: u64,
    done: bool,
    pub(super) summary: CaptureSummary,
}

impl std::fmt::Debug for FileSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileSource")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl FileSource {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// [`CaptureError`] where there is no capture to read: no such file, a directory, an empty or
    /// a foreign file.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        if path.as_os_str() == "-" {
            return Self::from_reader(Box::new(io::stdin()), STANDARD_INPUT);
        }
        let name = printable_path(path);
        let failed = |source| CaptureError::Open {
            path: name.clone(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(CaptureError::Directory { path: name });
        }
        Self::from_reader(Box::new(file), &name)
    }

    /// Reads a capture from anything that can be read, under this name.
    ///
    /// # Errors
    /// As [`FileSource::open`].
    pub fn from_reader(octets: Box<dyn Read + Send>, path: &str) -> Result<Self, CaptureError> {
        let (head, input) = Input::open(octets).map_err(|source| CaptureError::Read {
            path: path.to_owned(),
            source,
        })?;
        if head.is_empty() {
            return Err(CaptureError::Empty {
                path: path.to_owned(),
            });
        }
        let foreign = || CaptureError::Foreign {
            path: path.to_owned(),
            found: hex(head.get(..4).unwrap_or(&head)),
        };
        let short = Path::new(path)
            .file_name()
            .map(|name| printable_path(Path::new(name)));
        let mut summary = CaptureSummary {
            sources: vec![short.unwrap_or_else(|| path.to_owned())],
            ..CaptureSummary::default()
        };
        let format = if head.starts_with(&[0x0A, 0x0D, 0x0D, 0x0A]) {
            Format::Pcapng(Pcapng::default())
        } else {
            let pcap = Pcap::recognise(&head).ok_or_else(foreign)?;
            summary.interfaces.push(pcap.interface());
            Format::Pcap(pcap)
        };
        Ok(Self {
            input,
            path: path.to_owned(),
            format,
            block: BLOCK,
            carry: head,
            offset: 0,
            number: 0,
            done: false,
            summary,
        })
    }

    /// Reads on from a place in the same file.
    pub(super) fn resume(octets: Box<dyn Read + Send>, path: &str, place: &Place) -> Self {
        Self {
            input: Input::resume(octets),
            path: path.to_owned(),
            format: place.format.clone(),
            block: BLOCK,
            carry: Vec::new(),
            offset: place.offset,
            number: place.number,
            done: false,
            summary: CaptureSummary::default(),
        }
    }

    /// Where the next block begins; `None` where only its beginning can be found again.
    pub(super) fn place(&self) -> Option<Place> {
        let found = !self.input.is_compressed();
        found.then(|| Place {
            format: match &self.format {
                Format::Pcap(pcap) => Format::Pcap(pcap.clone()),
                Format::Pcapng(pcapng) => Format::Pcapng(pcapng.again()),
            },
            offset: self.offset,
            number: self.number,
        })
    }

    /// The same source, read in smaller blocks where many are read at once.
    pub(super) fn in_blocks_of(mut self, octets: usize) -> Self {
        self.block = octets;
        self
    }

    /// Takes whole records from the front of `block`; keeps the rest for the next one. Returns how
    /// many octets the record that did not fit needs.
    fn slice(&mut self, block: &mut Block) -> usize {
        let mut at = 0;
        let mut needed = 0;
        loop {
            let ahead = block.octets.get(at..).unwrap_or_default();
            let step = match &mut self.format {
                Format::Pcap(pcap) => pcap.step(ahead),
                Format::Pcapng(pcapng) => pcapng.step(ahead, self.number, &mut self.summary),
            };
            match step {
                Step::Packet(frame, len) => {
                    self.number += 1;
                    let start = at + frame.start;
                    block.frames.push(Frame {
                        number: self.number,
                        start,
                        ..frame
                    });
                    self.summary.add_link(frame.link);
                    at += len;
                }
                Step::Skip(len) => at += len,
                Step::Need(len) if len <= LONGEST_RECORD => {
                    needed = len;
                    break;
                }
                Step::Need(_) => {
                    self.end(at, "has a block of an impossible length");
                    break;
                }
                Step::Broken(reason) => {
                    self.end(at, reason);
                    break;
                }
            }
        }
        self.offset += at as u64;
        self.carry.clear();
        self.carry
            .extend_from_slice(block.octets.get(at..).unwrap_or_default());
        needed
    }

    fn end(&mut self, at: usize, reason: &'static str) {
        self.done = true;
        self.summary.ended_early.push(EndedEarly {
            file: self.summary.sources.first().cloned().unwrap_or_default(),
            offset: Some(self.offset + at as u64),
            packets: self.number,
            reason: reason.into(),
        });
    }
}

impl PacketSource for FileSource {
    fn next_block(&mut self, block: &mut Block) -> Result<bool, CaptureError> {
        let mut wanted = self.block;
        block.frames.clear();
        while !self.done && block.frames.is_empty() {
            block.octets.clear();
            block.octets.append(&mut self.carry);
            let reached = self.input.fill(&mut block.octets, wanted);
            let reached = reached.map_err(|source| CaptureError::Read {
                path: self.path.clone(),
                source,
            })?;
            wanted = self.block.max(self.slice(block));
            if self.done {
                break;
            }
            match reached {
                Reached::On => {}
                Reached::Cut(reason) => self.end(0, reason),
                Reached::End if self.carry.is_empty() => self.done = true,
                Reached::End => self.end(
                    0,
                    match self.format {
                        _ if self.offset == 0 => "ends in the middle of its header",
                        Format::Pcap(_) => "ends in the middle of a packet record",
                        Format::Pcapng(_) => "ends in the middle of a block",
                    },
                ),
            }
        }
        Ok(!block.frames.is_empty())
    }

    fn summary(&self) -> &CaptureSummary {
        &self.summary
    }
}
