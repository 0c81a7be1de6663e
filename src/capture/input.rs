//! Octets of a file or of standard input, opened where they are compressed.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

use super::CaptureError;

/// Octets that the longest file header has.
const HEAD: usize = 24;

/// A file from its first octet on.
pub(super) struct Input {
    octets: Box<dyn Read + Send>,
    compressed: bool,
}

/// How far a reading came.
pub(super) enum Reached {
    /// There may be more.
    On,
    /// The end.
    End,
    /// The end, before the compressed form says so.
    Cut(&'static str),
}

/// A file from any octet on, whoever else reads through the same handle.
pub(super) struct Shared {
    file: File,
    offset: u64,
}

impl Shared {
    pub(super) const fn new(file: File, offset: u64) -> Self {
        Self { file, offset }
    }
}

impl Read for Shared {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(self.offset))?;
        let read = self.file.read(octets)?;
        self.offset += read as u64;
        Ok(read)
    }
}

impl Input {
    /// Goes on in a file that is not compressed.
    pub(super) fn resume(octets: Box<dyn Read + Send>) -> Self {
        Self {
            octets,
            compressed: false,
        }
    }

    pub(super) const fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// Reads the first octets, and opens what they say is compressed.
    pub(super) fn open(mut octets: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Self)> {
        let mut head = Vec::with_capacity(HEAD);
        octets.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let gzip = head.starts_with(&[0x1F, 0x8B]);
        if !gzip && !head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            let plain = Self {
                octets,
                compressed: false,
            };
            return Ok((head, plain));
        }
        let whole = io::Cursor::new(std::mem::take(&mut head)).chain(octets);
        let mut input = Self {
            octets: if gzip {
                Box::new(flate2::read::MultiGzDecoder::new(whole))
            } else {
                Box::new(zstd::stream::read::Decoder::new(whole)?)
            },
            compressed: true,
        };
        let read = input
            .octets
            .by_ref()
            .take(HEAD as u64)
            .read_to_end(&mut head);
        match read {
            Err(error) if head.is_empty() => Err(error),
            // What is wrong further on is told when it is reached.
            _ => Ok((head, input)),
        }
    }

    /// Reads until `block` is `wanted` octets long, or the file ends.
    pub(super) fn fill(&mut self, block: &mut Vec<u8>, wanted: usize) -> io::Result<Reached> {
        let missing = wanted.saturating_sub(block.len()) as u64;
        match self.octets.by_ref().take(missing).read_to_end(block) {
            Ok(read) if (read as u64) < missing => Ok(Reached::End),
            Ok(_) => Ok(Reached::On),
            // The system numbers its errors, a decoder does not; what it gave before counts.
            Err(error) if self.compressed && error.raw_os_error().is_none() => Ok(Reached::Cut(
                if error.kind() == io::ErrorKind::UnexpectedEof {
                    "ends in the middle of its compressed form"
                } else {
                    "is damaged in its compressed form"
                },
            )),
            Err(error) => Err(error),
        }
    }
}

/// Standard input in a file of its own, which ends with the program.
///
/// # Errors
/// [`CaptureError::Keep`] where there is no room for it.
pub(super) fn keep(mut octets: impl Read) -> Result<File, CaptureError> {
    let failed = |source| CaptureError::Keep { source };
    let mut file = tempfile::tempfile().map_err(failed)?;
    io::copy(&mut octets, &mut file).map_err(failed)?;
    Ok(file)
}
