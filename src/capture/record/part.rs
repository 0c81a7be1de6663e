//! One file of a recording, whole up to its last block at every moment.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::super::pcap::word;
use super::RecordError;
use crate::base::label::printable_path;

/// A file that grows by whole blocks.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    out: Out,
    /// Octets that were written.
    octets: u64,
    /// Packets among them.
    packets: u64,
}

#[derive(Debug)]
enum Out {
    File(File),
    Standard(io::Stdout),
}

impl Part {
    /// The file, where it is one.
    pub(super) const fn file(&self) -> Option<&File> {
        match &self.out {
            Out::File(file) => Some(file),
            Out::Standard(_) => None,
        }
    }

    /// Makes a new file; a device or a pipe is written as it is, and `-` is standard output.
    pub(super) fn create(path: PathBuf) -> Result<Self, RecordError> {
        let out = if is_standard_output(&path) {
            Out::Standard(io::stdout())
        } else {
            Out::File(open(&path)?)
        };
        Ok(Self {
            path,
            out,
            octets: 0,
            packets: 0,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn octets(&self) -> u64 {
        self.octets
    }

    pub(super) const fn packets(&self) -> u64 {
        self.packets
    }

    /// Writes whole blocks. Where that fails, the file ends with the last one that fitted.
    pub(super) fn write(&mut self, blocks: &[u8]) -> Result<(), RecordError> {
        let (written, failed) = match &mut self.out {
            Out::File(file) => write(file, blocks),
            Out::Standard(out) => match out.write_all(blocks).and_then(|()| out.flush()) {
                Ok(()) => (blocks.len(), None),
                // How much came through is not told.
                Err(error) => (0, Some(error)),
            },
        };
        let (octets, packets) = whole(blocks.get(..written).unwrap_or_default());
        self.octets += octets;
        self.packets += packets;
        let Some(source) = failed else { return Ok(()) };
        if let Out::File(file) = &mut self.out {
            // A pipe cannot be cut, and is read up to its last whole block all the same.
            let _ = file.set_len(self.octets);
            let _ = file.seek(SeekFrom::Start(self.octets));
        }
        Err(RecordError::Write {
            path: match self.out {
                Out::File(_) => printable_path(&self.path),
                Out::Standard(_) => "standard output".to_owned(),
            },
            packets: self.packets,
            source,
        })
    }
}

/// Whether a recording to this path is written to standard output.
pub(super) fn is_standard_output(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A new file, which its owner alone may read: it holds what people say to each other.
fn open(path: &Path) -> Result<File, RecordError> {
    let name = || printable_path(path);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if fs::metadata(path).is_ok_and(|known| known.is_file()) {
                return Err(RecordError::Exists { path: name() });
            }
            File::options().write(true).open(path)
        }
        opened => opened,
    };
    opened.map_err(|source| RecordError::Create {
        path: name(),
        source,
    })
}

/// Writes as many octets as can be written; says how many, and why not more.
fn write(file: &mut impl Write, octets: &[u8]) -> (usize, Option<io::Error>) {
    let mut written = 0;
    while let Some(rest) = octets.get(written..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return (written, Some(ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (written, Some(error)),
        }
    }
    (written, None)
}

/// Octets of the whole blocks at the front, and packets among them.
fn whole(blocks: &[u8]) -> (u64, u64) {
    let (mut at, mut packets) = (0, 0);
    while let Some(ahead) = blocks.get(at..)
        && let (Some(kind), Some(len)) = (word(ahead, 0, false), word(ahead, 4, false))
        && ahead.len() >= len as usize
    {
        at += len as usize;
        packets += u64::from(kind == 6);
    }
    (at as u64, packets)
}

#[cfg(test)]
mod tests {
    use super::super::super::pcapng::tests::{interface, packet, section};
    use super::*;

    /// Takes so many octets, five at a time, and no more.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            let taken = octets.len().min(5).min(self.0);
            self.0 -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn of_what_was_written_in_part_the_whole_blocks_count() {
        let blocks = [section(), interface(6), packet(0, 1, 1), packet(0, 2, 2)].concat();
        let before = section().len() + interface(6).len();
        let len = packet(0, 1, 1).len();
        for room in 0..=blocks.len() {
            let (written, failed) = write(&mut Full(room), &blocks);
            assert_eq!((written, failed.is_some()), (room, room < blocks.len()));
            let (octets, packets) = whole(&blocks[..written]);
            assert!(octets <= written as u64);
            let complete = room.saturating_sub(before) / len;
            assert_eq!(packets, complete as u64, "room for {room}");
        }
    }
}
