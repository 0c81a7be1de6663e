//! The files that are one capture, and the filter on it: given once, opened as often as needed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::file::{Place, STANDARD_INPUT};
use super::filter::Filter;
use super::input::{Shared, keep};
use super::merge::Merged;
use super::{Block, CaptureError, CaptureSummary, FileSource, PacketSource};
use crate::base::label::printable_path;

/// Which files are one capture, and which of its packets are read.
#[derive(Debug)]
pub struct Files {
    given: Vec<Given>,
    filter: Option<String>,
}

/// A file as given.
#[derive(Debug)]
pub(super) enum Given {
    /// By its name.
    Named(PathBuf),
    /// Standard input.
    Stdin,
    /// What can be read only once, kept in a file without a name, and how it is called.
    Kept(File, String),
}

/// The packets of [`Files`], from front to back.
pub struct Capture {
    source: Source,
    filter: Option<Filter>,
}

/// A place in a capture from which its packets can be read again.
#[derive(Debug, Clone)]
pub struct Bookmark(Place);

enum Source {
    One(Box<FileSource>),
    Several(Box<Merged>),
}

impl Files {
    /// Takes the files, of which `-` is standard input, and a filter in the language of pcap-filter.
    ///
    /// # Errors
    /// [`CaptureError::Twice`] where two names lead to one file.
    pub fn new(paths: &[PathBuf], filter: Option<&str>) -> Result<Self, CaptureError> {
        let mut known = Vec::new();
        let mut given = Vec::new();
        for path in paths {
            // What cannot be found is told when it is opened.
            let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
            if known.contains(&real) {
                return Err(CaptureError::Twice {
                    path: printable_path(path),
                });
            }
            known.push(real);
            given.push(if path.as_os_str() == "-" {
                Given::Stdin
            } else {
                Given::Named(path.clone())
            });
        }
        Ok(Self {
            given,
            filter: filter.map(ToOwned::to_owned),
        })
    }

    /// Copies what can be read only once, such as standard input, into a file that ends with the
    /// program: the capture can be opened again after that.
    ///
    /// # Errors
    /// [`CaptureError::Keep`] where there is no room.
    pub fn keep(&mut self) -> Result<(), CaptureError> {
        for given in &mut self.given {
            match given {
                Given::Stdin => {
                    *given = Given::Kept(keep(io::stdin().lock())?, STANDARD_INPUT.to_owned());
                }
                Given::Named(path) if is_stream(path) => {
                    let name = printable_path(path);
                    let octets = File::open(&path).map_err(|source| CaptureError::Open {
                        path: name.clone(),
                        source,
                    })?;
                    *given = Given::Kept(keep(octets)?, name);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Opens the files.
    ///
    /// # Errors
    /// Those of [`FileSource::open`], of the first file that has one.
    pub fn open(&self) -> Result<Capture, CaptureError> {
        let source = match self.given.as_slice() {
            [one] => Source::One(Box::new(one.open()?)),
            several => Source::Several(Box::new(Merged::open(several)?)),
        };
        Ok(self.chosen(source))
    }

    /// Opens the capture where it is marked. What is told of it beside the packets is not read
    /// again.
    ///
    /// # Errors
    /// [`CaptureError::Open`] where the file is gone.
    pub fn open_at(&self, mark: &Bookmark) -> Result<Capture, CaptureError> {
        let [one] = self.given.as_slice() else {
            return self.open();
        };
        let source = one.resume(&mark.0)?;
        Ok(self.chosen(Source::One(Box::new(source))))
    }

    /// Octets of the files as they lie on the disk, where that says how many will be read: not of
    /// pipes, nor of several.
    pub fn octets(&self) -> Option<u64> {
        let [one] = self.given.as_slice() else {
            return None;
        };
        match one {
            Given::Named(path) if is_stream(path) => None,
            Given::Named(path) => Some(fs::metadata(path).ok()?.len()),
            Given::Kept(file, _) => Some(file.metadata().ok()?.len()),
            Given::Stdin => None,
        }
    }

    fn chosen(&self, source: Source) -> Capture {
        let filter = self.filter.as_deref().map(Filter::new);
        let mut capture = Capture { source, filter };
        let choice = capture.filter.as_ref().map(Filter::choice);
        capture.summary_mut().filter = choice;
        capture
    }
}

impl Given {
    pub(super) fn open(&self) -> Result<FileSource, CaptureError> {
        match self {
            Self::Named(path) => FileSource::open(path),
            Self::Stdin => FileSource::open(Path::new("-")),
            Self::Kept(file, name) => {
                let failed = |source| CaptureError::Keep { source };
                let file = file.try_clone().map_err(failed)?;
                FileSource::from_reader(Box::new(Shared::new(file, 0)), name)
            }
        }
    }

    fn resume(&self, place: &Place) -> Result<FileSource, CaptureError> {
        let (file, name) = match self {
            Self::Named(path) => {
                let name = printable_path(path);
                match File::open(path) {
                    Ok(file) => (file, name),
                    Err(source) => return Err(CaptureError::Open { path: name, source }),
                }
            }
            Self::Kept(file, name) => {
                let failed = |source| CaptureError::Keep { source };
                (file.try_clone().map_err(failed)?, name.clone())
            }
            Self::Stdin => return self.open(),
        };
        let octets = Shared::new(file, place.offset);
        Ok(FileSource::resume(Box::new(octets), &name, place))
    }

    /// The name of a file that can be closed and opened again.
    pub(super) fn regular(&self) -> Option<PathBuf> {
        match self {
            Self::Named(path) if !is_stream(path) => Some(path.clone()),
            _ => None,
        }
    }
}

/// Whether a file gives its octets only once: a pipe, a device.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|known| !known.is_file() && !known.is_dir())
}

impl Capture {
    /// Where the next block begins, to be read again from there with [`Files::open_at`]; `None`
    /// where a capture can be read from its beginning only: a compressed one, or several files.
    pub fn bookmark(&self) -> Option<Bookmark> {
        match &self.source {
            Source::One(file) => file.place().map(Bookmark),
            Source::Several(_) => None,
        }
    }

    fn summary_mut(&mut self) -> &mut CaptureSummary {
        match &mut self.source {
            Source::One(file) => &mut file.summary,
            Source::Several(files) => &mut files.summary,
        }
    }
}

impl PacketSource for Capture {
    fn next_block(&mut self, block: &mut Block) -> Result<bool, CaptureError> {
        loop {
            let (more, summary) = match &mut self.source {
                Source::One(file) => (file.next_block(block)?, &mut file.summary),
                Source::Several(files) => (files.next_block(block)?, &mut files.summary),
            };
            let Some(filter) = &mut self.filter else {
                return Ok(more);
            };
            if !more {
                filter.check(summary)?;
                return Ok(false);
            }
            filter.apply(block, summary)?;
            if !block.frames.is_empty() {
                return Ok(true);
            }
        }
    }

    fn summary(&self) -> &CaptureSummary {
        match &self.source {
            Source::One(file) => &file.summary,
            Source::Several(files) => &files.summary,
        }
    }
}

impl Bookmark {
    /// Octets of the file before it.
    pub const fn octets(&self) -> u64 {
        self.0.offset
    }
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture")
            .field("sources", &self.summary().sources)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(capture: &mut Capture) -> Vec<(u64, usize)> {
        let mut block = Block::default();
        let mut numbers = Vec::new();
        while capture.next_block(&mut block).expect("readable") {
            numbers.extend(
                block
                    .packets()
                    .map(|packet| (packet.number, packet.octets.len())),
            );
        }
        numbers
    }

    #[test]
    fn a_capture_goes_on_where_it_is_marked() {
        for name in ["both-clients-one-relay.pcap", "two-interfaces.pcapng"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("captures")
                .join(name);
            let files = Files::new(&[path], None).expect("a file");
            let mut capture = files.open().expect("a capture");
            let start = capture.bookmark().expect("it is not compressed");
            let whole = numbers(&mut files.open_at(&start).expect("the same"));
            assert!(whole.len() > 100, "{name}");
            let mut block = Block::default();
            let mut known = 0;
            while capture.next_block(&mut block).expect("readable") {
                known += block.packets().count();
                let mark = capture.bookmark().expect("it is not compressed");
                let rest = numbers(&mut files.open_at(&mark).expect("the same"));
                assert_eq!(rest, whole[known..], "{name}");
            }
        }
    }
}
