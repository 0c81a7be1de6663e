//! A saved capture, read once from front to back in large blocks.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::pcap::Pcap;
use super::pcapng::Pcapng;
use super::{Block, CaptureError, CaptureSummary, EndedEarly, Frame, PacketSource};

/// Octets that are read at once.
const BLOCK: usize = 1 << 20;

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

enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// A capture file, or standard input.
pub struct FileSource {
    input: Box<dyn Read>,
    path: String,
    format: Format,
    /// Octets read and not yet used: the front of a record that the last block cut.
    carry: Vec<u8>,
    offset: u64,
    number: u64,
    done: bool,
    summary: CaptureSummary,
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
        let name = path.display().to_string();
        let failed = |source| CaptureError::Open {
            path: name.clone(),
            source,
        };
        if path.as_os_str() == "-" {
            return Self::from_reader(Box::new(io::stdin()), "standard input");
        }
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
    pub fn from_reader(input: Box<dyn Read>, path: &str) -> Result<Self, CaptureError> {
        let failed = |source| CaptureError::Read {
            path: path.to_owned(),
            source,
        };
        let (mut head, mut input) = peek(input).map_err(failed)?;
        if head.starts_with(&[0x1F, 0x8B]) || head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            let whole = io::Cursor::new(head.clone()).chain(input);
            let opened: Box<dyn Read> = if head.starts_with(&[0x1F, 0x8B]) {
                Box::new(flate2::read::MultiGzDecoder::new(whole))
            } else {
                Box::new(zstd::stream::read::Decoder::new(whole).map_err(failed)?)
            };
            (head, input) = peek(opened).map_err(failed)?;
        }
        if head.is_empty() {
            return Err(CaptureError::Empty {
                path: path.to_owned(),
            });
        }
        let foreign = || CaptureError::Foreign {
            path: path.to_owned(),
            found: crate::base::label::hex(head.get(..4).unwrap_or(&head)),
        };
        let format = if head.starts_with(&[0x0A, 0x0D, 0x0D, 0x0A]) {
            Format::Pcapng(Pcapng::default())
        } else {
            Format::Pcap(Pcap::recognise(&head).ok_or_else(foreign)?)
        };
        let short = Path::new(path)
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let short = short.unwrap_or_else(|| path.to_owned());
        Ok(Self {
            input,
            path: path.to_owned(),
            format,
            carry: head,
            offset: 0,
            number: 0,
            done: false,
            summary: CaptureSummary {
                sources: vec![short],
                ..CaptureSummary::default()
            },
        })
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
                Format::Pcapng(pcapng) => pcapng.step(ahead, &mut self.summary),
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
                    if !self.summary.link_types.contains(&frame.link) {
                        self.summary.link_types.push(frame.link);
                    }
                    at += len;
                }
                Step::Skip(len) => at += len,
                Step::Need(len) if len <= LONGEST_RECORD => {
                    needed = len;
                    break;
                }
                Step::Need(_) => {
                    self.end(at, "has a record of an impossible length");
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
        self.summary.ended_early = Some(EndedEarly {
            file: self.summary.sources.first().cloned().unwrap_or_default(),
            offset: self.offset + at as u64,
            packets: self.number,
            reason,
        });
    }
}

impl PacketSource for FileSource {
    fn next_block(&mut self, block: &mut Block) -> Result<bool, CaptureError> {
        let mut wanted = BLOCK;
        block.frames.clear();
        while !self.done && block.frames.is_empty() {
            block.octets.clear();
            block.octets.append(&mut self.carry);
            let missing = wanted.saturating_sub(block.octets.len()) as u64;
            let read = self
                .input
                .by_ref()
                .take(missing)
                .read_to_end(&mut block.octets);
            let (ended, cut) = match read {
                Ok(read) => ((read as u64) < missing, false),
                // A compressed file that was cut fails while it is opened: what came out counts.
                Err(error) if is_cut(&error) => (true, true),
                Err(source) => {
                    return Err(CaptureError::Read {
                        path: self.path.clone(),
                        source,
                    });
                }
            };
            let needed = self.slice(block);
            wanted = BLOCK.max(needed);
            if ended && !self.done {
                self.done = true;
                if cut || !self.carry.is_empty() {
                    self.end(0, "ends in the middle of a packet record");
                }
            }
        }
        Ok(!block.frames.is_empty())
    }

    fn summary(&self) -> &CaptureSummary {
        &self.summary
    }
}

fn is_cut(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
    )
}

/// Reads the first octets, as many as the longest file header has.
fn peek(mut input: Box<dyn Read>) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut head = Vec::with_capacity(24);
    match input.by_ref().take(24).read_to_end(&mut head) {
        Err(error) if !is_cut(&error) || head.is_empty() => Err(error),
        _ => Ok((head, input)),
    }
}
