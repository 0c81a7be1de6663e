//! Records what is captured: pcapng files that are whole at every moment.
//!
//! Whatever is given is written before the call returns: a program that is killed loses only what
//! it was not yet given, and its file ends in the middle of a block at worst. Counters of lost
//! packets are written where they grew, each beside the reading before, so that the file tells the
//! same intervals as the capture itself. No clock is read here.

mod error;
mod name;
mod part;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::pcapng::write::{self, Statistics};
use super::{Block, Interface, LinkType, RawPacket, Reading, Secrets};
use crate::base::time::Timestamp;
use part::{Part, is_standard_output};

pub use error::RecordError;

/// Octets of secrets that are kept for further files; of more, the oldest are let go.
const SECRETS: usize = 16 << 20;

/// Counters are waited for so long before a file ends without them.
const COUNTERS: Duration = Duration::from_secs(2);

/// What a recording begins with.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// The interfaces, in the order in which packets count them.
    pub interfaces: Vec<Interface>,
    /// Keys to open the packets with, written before them.
    pub secrets: Vec<Secrets>,
    /// When one file ends and the next begins; by default never.
    pub division: Division,
}

/// How much one file of a recording holds. A file without a packet never ends.
///
/// Where counters are read, a file ends with the next reading, so that it tells all that it lost:
/// it may grow by a second beyond its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Division {
    /// Octets of a file.
    pub octets: Option<u64>,
    /// Capture time of a file.
    pub duration: Option<Duration>,
}

/// What was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Files.
    pub files: u64,
    /// Packets in all of them.
    pub packets: u64,
    /// Octets of all of them.
    pub octets: u64,
}

/// Writes a capture to one file, or to several of bounded size.
///
/// Each file stands for itself: it has its interfaces, secrets and counters. A divided recording
/// to `call.pcapng` is written to `call_00001_20240229235959.pcapng` and so on: the number of the
/// file, and the time in UTC at which it begins. After [`create`](Self::create), only a divided
/// recording opens files, and these are new ones in the same folder.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    recording: Recording,
    /// What each interface counted.
    counters: Vec<Counter>,
    /// When counters were read last.
    counted: Option<Timestamp>,
    part: Part,
    /// When the file began.
    began: Timestamp,
    /// All files before this one.
    before: Recorded,
    /// Blocks that are not written yet: none, outside of a call.
    blocks: Vec<u8>,
}

/// What an interface counted since the file began.
#[derive(Debug, Clone, Copy)]
struct Counter {
    /// Since when it counts: a reading before the file began, where it was not read at that time.
    began: Timestamp,
    /// As it was read last.
    last: Option<Reading>,
    /// Packets received and lost.
    counts: [u64; 2],
    /// Whether the file tells when it was read last.
    told: bool,
}

impl Recorder {
    /// Begins a recording to a new file; `-` is standard output, a device or a pipe is written as
    /// it is. Counters count from `now`.
    ///
    /// # Errors
    /// [`RecordError::Exists`] where there is such a file: a capture cannot be made a second time.
    /// [`RecordError::Create`] and [`RecordError::Write`] as the system says,
    /// [`RecordError::Undivided`] where standard output is to be divided.
    pub fn create(path: &Path, recording: Recording, now: Timestamp) -> Result<Self, RecordError> {
        let divided = recording.division != Division::default();
        if divided && is_standard_output(path) {
            return Err(RecordError::Undivided);
        }
        let first = if divided {
            name::divided(path, 1, now)
        } else {
            path.to_owned()
        };
        let counter = Counter {
            began: now,
            last: None,
            counts: [0; 2],
            told: true,
        };
        let mut recorder = Self {
            path: path.to_owned(),
            counters: vec![counter; recording.interfaces.len()],
            recording,
            counted: None,
            part: Part::create(first)?,
            began: now,
            before: Recorded {
                files: 0,
                packets: 0,
                octets: 0,
            },
            blocks: Vec::new(),
        };
        recorder.head();
        recorder.flush()?;
        Ok(recorder)
    }

    /// The open file that is written now; `None` for standard output.
    pub const fn file(&self) -> Option<&File> {
        self.part.file()
    }

    /// The file that is written now.
    pub fn path(&self) -> &Path {
        self.part.path()
    }

    /// Records packets. What is no packet, such as a block of another kind, is left out.
    ///
    /// # Errors
    /// As [`tick`](Self::tick), and [`RecordError::Interface`] where a packet comes from an
    /// interface that was not given at the beginning.
    pub fn record(&mut self, block: &Block) -> Result<(), RecordError> {
        let is_packet = |packet: &RawPacket<'_>| packet.link != LinkType::NONE;
        for packet in block.packets().filter(is_packet) {
            if packet.interface as usize >= self.counters.len() {
                self.flush()?;
                return Err(RecordError::Interface {
                    number: packet.number,
                    interface: packet.interface,
                });
            }
            self.divide(packet.time, self.is_left_uncounted(packet.time))?;
            write::packet(&mut self.blocks, &packet);
        }
        self.flush()
    }

    /// Records what the counters of interfaces say, all that were read at one time.
    ///
    /// # Errors
    /// As [`tick`](Self::tick). Readings of interfaces that are not recorded are left out.
    pub fn count(&mut self, readings: &[Reading]) -> Result<(), RecordError> {
        for reading in readings {
            let known = self.counters.get_mut(reading.interface as usize);
            let Some(counter) = known else { continue };
            let before = *counter;
            counter.read(*reading);
            if counter.counts[1] > before.counts[1] {
                let blocks = [before, *counter];
                counter.told = true;
                for counter in blocks.into_iter().filter(|counter| !counter.told) {
                    self.statistics(&counter, reading.interface, None);
                }
            }
            self.counted = self.counted.max(Some(reading.time));
        }
        self.flush()?;
        match self.counted {
            Some(now) => self.divide(now, true),
            None => Ok(()),
        }
    }

    /// Records further secrets, also at the beginning of every further file.
    ///
    /// # Errors
    /// As [`tick`](Self::tick).
    pub fn open_with(&mut self, secrets: Secrets) -> Result<(), RecordError> {
        write::secrets(&mut self.blocks, &secrets);
        let kept = &mut self.recording.secrets;
        kept.push(secrets);
        let mut octets: usize = kept.iter().map(|secrets| secrets.octets.len()).sum();
        while octets > SECRETS {
            octets -= kept.remove(0).octets.len();
        }
        self.flush()
    }

    /// Lets time pass where no packet does: a file whose time is over ends.
    ///
    /// # Errors
    /// [`RecordError::Write`] where the system takes no more, [`RecordError::Create`] or
    /// [`RecordError::Exists`] where there can be no next file. What was recorded before stands,
    /// and what could not be recorded is missing: it is for the caller to go on without.
    pub fn tick(&mut self, now: Timestamp) -> Result<(), RecordError> {
        self.divide(now, self.is_left_uncounted(now))
    }

    /// Ends the recording: the counters of every interface are told once more.
    ///
    /// # Errors
    /// As [`tick`](Self::tick).
    pub fn finish(mut self, now: Timestamp) -> Result<Recorded, RecordError> {
        self.tail(now)?;
        Ok(self.recorded())
    }

    /// Ends the file and begins the next one, where it is full and `counted`.
    fn divide(&mut self, now: Timestamp, counted: bool) -> Result<(), RecordError> {
        let Division { octets, duration } = self.recording.division;
        let held = self.part.octets() + self.blocks.len() as u64;
        let full = octets.is_some_and(|most| held >= most)
            || duration.is_some_and(|longest| now.since(self.began) >= longest);
        if !full || !counted {
            return Ok(());
        }
        self.flush()?;
        if self.part.packets() == 0 {
            return Ok(());
        }
        self.tail(now)?;
        let path = name::divided(&self.path, self.before.files + 2, now);
        let next = Part::create(path)?;
        self.before = self.recorded();
        self.part = next;
        self.began = now;
        for counter in &mut self.counters {
            *counter = Counter {
                began: counter.last.map_or(counter.began, |last| last.time),
                counts: [0; 2],
                told: true,
                ..*counter
            };
        }
        self.head();
        self.flush()
    }

    /// Whether nobody reads counters, or no longer: then files do not wait for them.
    fn is_left_uncounted(&self, now: Timestamp) -> bool {
        self.counted.is_none_or(|last| now.since(last) > COUNTERS)
    }

    /// What is recorded so far.
    pub fn recorded(&self) -> Recorded {
        Recorded {
            files: self.before.files + 1,
            packets: self.before.packets + self.part.packets(),
            octets: self.before.octets + self.part.octets(),
        }
    }

    /// What stands at the beginning of each file.
    fn head(&mut self) {
        let application = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
        write::section(&mut self.blocks, application);
        for interface in &self.recording.interfaces {
            write::interface(&mut self.blocks, interface);
        }
        for secrets in &self.recording.secrets {
            write::secrets(&mut self.blocks, secrets);
        }
    }

    /// What stands at the end of each.
    fn tail(&mut self, now: Timestamp) -> Result<(), RecordError> {
        for (interface, counter) in (0..).zip(self.counters.clone()) {
            self.statistics(&counter, interface, Some(now));
        }
        self.flush()
    }

    fn statistics(&mut self, counter: &Counter, interface: u32, ended: Option<Timestamp>) {
        let read = counter.last.map(|last| last.time);
        let statistics = Statistics {
            interface,
            time: read.or(ended).unwrap_or(counter.began),
            began: counter.began,
            ended,
            counted: read.map(|_| counter.counts),
        };
        write::statistics(&mut self.blocks, &statistics);
    }

    fn flush(&mut self) -> Result<(), RecordError> {
        let written = self.part.write(&self.blocks);
        self.blocks.clear();
        written
    }
}

impl Counter {
    /// Adds what was counted since the reading before. A count that is lower began anew.
    fn read(&mut self, reading: Reading) {
        let last = self
            .last
            .map_or([0; 2], |last| [last.received, last.dropped]);
        let now = [reading.received, reading.dropped];
        for ((count, last), now) in self.counts.iter_mut().zip(last).zip(now) {
            *count = count.saturating_add(now.checked_sub(last).unwrap_or(now));
        }
        self.last = Some(reading);
        self.told = false;
    }
}
