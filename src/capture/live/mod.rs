//! Packets as they pass on interfaces of this machine.
//!
//! One thread reads all interfaces ([`spread`]) and hands what it read to everybody who wants it in
//! batches, through queues that it never waits for: what has no room is counted as lost, for the
//! ring of the kernel would overflow while it waits, and lose more. Nobody else names libpcap's
//! handles, and no other part of the library reads a clock.

mod batch;
mod counters;
mod spread;
mod tap;

use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::file::BLOCK;
use super::summary::{Choice, Interface};
use super::{
    Block, CaptureError, CaptureSummary, Device, EndedEarly, Reading, default_device, devices,
};
use crate::base::label::printable;
use crate::base::time::Timestamp;
use tap::{QUOTA, Tap};

pub use batch::{Batch, Outlet, outlet};
pub use spread::spread;

/// The name under which Linux captures on all interfaces at once.
pub const ANY: &str = "any";

/// What is captured, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names of the interfaces; none for the default one.
    pub interfaces: Vec<String>,
    /// Only packets that pass this, in the language of pcap-filter; the kernel takes out others.
    pub filter: Option<String>,
    /// Octets that are kept of each frame.
    pub snap_len: u32,
    /// MiB of each interface's ring, in which the kernel keeps frames until they are read.
    pub buffer: u32,
    /// Whether frames for other hosts are captured too.
    pub promiscuous: bool,
}

/// Something whose packets come by themselves: interfaces, or what stands for them in a test.
pub trait LiveSource {
    /// Copies frames that are there behind those in `block`, until it is full or none is left;
    /// where none is there, waits for one at most `patience`. Tells which interfaces ended.
    fn read(&mut self, block: &mut Block, patience: Duration) -> Vec<EndedEarly>;

    /// Whether every interface ended.
    fn is_over(&self) -> bool;

    /// What each interface has counted until `now`.
    fn readings(&mut self, now: Timestamp) -> Vec<Reading>;
}

/// Interfaces that are captured on.
#[derive(Debug)]
pub struct Live {
    taps: Vec<Tap>,
    /// Of the last packet, over all interfaces.
    number: u64,
    summary: CaptureSummary,
}

impl Live {
    /// Opens the interfaces: from here on, the kernel keeps their frames.
    ///
    /// # Errors
    /// [`CaptureError`] where one cannot be captured on: there is none of that name, it is not
    /// permitted, the filter cannot be used.
    pub fn open(options: &Options) -> Result<Self, CaptureError> {
        let names = match options.interfaces.as_slice() {
            [] => vec![default_name()?],
            given => given.to_vec(),
        };
        let mut live = Self {
            taps: Vec::new(),
            number: 0,
            summary: CaptureSummary {
                filter: options.filter.as_ref().map(|filter| Choice {
                    filter: printable(filter.as_bytes()),
                    hidden: None,
                }),
                ..CaptureSummary::default()
            },
        };
        for (place, name) in names.iter().enumerate() {
            if live.taps.iter().any(|tap| tap.name == *name) {
                return Err(CaptureError::Twice { path: name.clone() });
            }
            let tap = Tap::open(place as u32, name, options)?;
            live.summary.sources.push(name.clone());
            live.summary.interfaces.push(Interface {
                source: place,
                name: Some(name.clone()),
                link: tap.link,
                snap_len: Some(options.snap_len),
                dropped: None,
            });
            live.taps.push(tap);
        }
        Ok(live)
    }

    /// What is known of the capture before its first packet.
    pub fn summary(&self) -> &CaptureSummary {
        &self.summary
    }

    /// Waits until one of the interfaces has frames, or something to tell.
    fn wait(&self, patience: Duration) {
        let taps = self.taps.iter().filter(|tap| tap.ended.is_none());
        let mut waiting: Vec<_> = taps.map(|tap| PollFd::new(tap, PollFlags::IN)).collect();
        let longest = Timespec::try_from(patience).ok();
        match poll(&mut waiting, longest.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            // Then they are read without having been waited for.
            Err(_) => thread::sleep(patience),
        }
    }

    /// Reads the interfaces in turn, so that none waits for another that is never dry.
    fn collect(&mut self, block: &mut Block) -> Vec<EndedEarly> {
        let mut ended = Vec::new();
        let mut dry = false;
        while !dry && !block.is_full() {
            dry = true;
            for tap in self.taps.iter_mut().filter(|tap| tap.ended.is_none()) {
                dry &= tap.read(block, &mut self.number) < QUOTA;
                ended.extend(tap.ended.clone());
            }
        }
        ended
    }
}

impl LiveSource for Live {
    fn read(&mut self, block: &mut Block, patience: Duration) -> Vec<EndedEarly> {
        let before = block.frames.len();
        let ended = self.collect(block);
        if block.frames.len() > before || !ended.is_empty() {
            return ended;
        }
        self.wait(patience);
        self.collect(block)
    }

    fn is_over(&self) -> bool {
        self.taps.iter().all(|tap| tap.ended.is_some())
    }

    fn readings(&mut self, now: Timestamp) -> Vec<Reading> {
        self.taps.iter_mut().map(|tap| tap.reading(now)).collect()
    }
}

impl Block {
    /// A block with room for what is handed on at once.
    fn roomy() -> Self {
        Self {
            octets: Vec::with_capacity(BLOCK + BLOCK / 2),
            frames: Vec::with_capacity(BLOCK / 128),
        }
    }

    fn is_full(&self) -> bool {
        self.octets.len() >= BLOCK
    }
}

/// The name of the interface that is taken where none is given.
fn default_name() -> Result<String, CaptureError> {
    let devices = devices()?;
    match default_device(&devices) {
        Some(device) => Ok(device.name.clone()),
        None => Err(CaptureError::NoDefaultDevice {
            names: names_of(&devices),
        }),
    }
}

fn names_of(devices: &[Device]) -> String {
    let names: Vec<_> = devices.iter().map(|device| device.name.as_str()).collect();
    names.join(", ")
}
