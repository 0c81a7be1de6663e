//! Where packets come from. Knows files and frames, and no protocol.
//!
//! A source fills [`Block`]s: about a mebibyte of the file as it stands, with the frames as
//! positions in it. Nothing is copied per packet, and nothing is mapped: reading into a buffer of
//! the size of a processor's cache was measured to be faster than mapping the file. Only where
//! several files are one capture are frames copied, each behind the one before it in time; and
//! where they are captured live, since the kernel wants its ring back.

mod device;
mod error;
mod file;
mod files;
mod filter;
mod input;
pub mod live;
mod loss;
mod merge;
mod pcap;
mod pcapng;
mod record;
mod summary;

use std::borrow::Cow;

pub use device::{Device, default_device, devices};
pub use error::{CaptureError, EndedEarly};
pub use file::FileSource;
pub use files::{Bookmark, Capture, Files};
pub use loss::{Loss, Losses, Reading};
pub use record::{Division, RecordError, Recorded, Recorder, Recording};
pub use summary::{CaptureSummary, Choice, Comment, Commented, Interface, Secrets};

use crate::base::time::Timestamp;

/// Link type of a capture, as registered for pcap (LINKTYPE_).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// Linux cooked capture.
    pub const LINUX_SLL: Self = Self(113);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);

    /// No link: the block holds no packet.
    pub const NONE: Self = Self(u16::MAX);

    /// Its name in reports.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self.0 {
            0 | 108 => "bsd-loopback",
            1 => "ethernet",
            12 | 14 | 101 => "raw-ip",
            113 => "linux-cooked",
            228 => "ipv4",
            229 => "ipv6",
            276 => "linux-cooked-v2",
            u16::MAX => "none",
            other => return Cow::Owned(format!("link-type-{other}")),
        })
    }
}

/// One captured frame.
#[derive(Debug, Clone, Copy)]
pub struct RawPacket<'a> {
    /// Number in the capture, from 1, as other viewers count.
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// Octets that the frame had on the wire.
    pub wire_len: u32,
    /// What the frame begins with.
    pub link: LinkType,
    /// Index of the interface in the capture, from 0.
    pub interface: u32,
    /// The octets that were captured, at most `wire_len`.
    pub octets: &'a [u8],
}

/// A frame that is kept beyond its block.
#[derive(Debug, Clone)]
pub struct KeptPacket {
    number: u64,
    time: Timestamp,
    wire_len: u32,
    link: LinkType,
    interface: u32,
    octets: Box<[u8]>,
}

impl KeptPacket {
    /// The frame as it was captured.
    pub const fn packet(&self) -> RawPacket<'_> {
        RawPacket {
            number: self.number,
            time: self.time,
            wire_len: self.wire_len,
            link: self.link,
            interface: self.interface,
            octets: &self.octets,
        }
    }
}

impl From<&RawPacket<'_>> for KeptPacket {
    fn from(packet: &RawPacket<'_>) -> Self {
        Self {
            number: packet.number,
            time: packet.time,
            wire_len: packet.wire_len,
            link: packet.link,
            interface: packet.interface,
            octets: packet.octets.into(),
        }
    }
}

/// Where one frame stands in its block.
#[derive(Debug, Clone, Copy)]
struct Frame {
    number: u64,
    time: Timestamp,
    order: Order,
    wire_len: u32,
    link: LinkType,
    interface: u32,
    start: usize,
    len: usize,
}

/// How a frame finds its place among those of other files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// By its time.
    Timed,
    /// Its file does not tell the time: that of the packet before stands for it.
    Untimed,
    /// A block that forbids to be copied: it stays out of a capture of several files.
    Alone,
}

/// A stretch of a capture: octets, and the frames in them.
#[derive(Debug, Default)]
pub struct Block {
    octets: Vec<u8>,
    frames: Vec<Frame>,
}

impl Block {
    /// The frames in their order.
    pub fn packets(&self) -> impl Iterator<Item = RawPacket<'_>> {
        self.frames.iter().map(|frame| RawPacket {
            number: frame.number,
            time: frame.time,
            wire_len: frame.wire_len,
            link: frame.link,
            interface: frame.interface,
            octets: self
                .octets
                .get(frame.start..frame.start + frame.len)
                .unwrap_or_default(),
        })
    }

    /// Copies a frame behind the others.
    fn append(&mut self, frame: Frame, octets: &[u8]) {
        self.frames.push(Frame {
            start: self.octets.len(),
            len: octets.len(),
            ..frame
        });
        self.octets.extend_from_slice(octets);
    }
}

/// Something that hands out packets.
pub trait PacketSource {
    /// Fills `block` with the next packets; `false` at the end of the capture.
    ///
    /// # Errors
    /// [`CaptureError::Read`] where the system cannot read on. A file that ends in the middle of a
    /// packet is no error: see [`CaptureSummary::ended_early`].
    fn next_block(&mut self, block: &mut Block) -> Result<bool, CaptureError>;

    /// What is known of the capture so far.
    fn summary(&self) -> &CaptureSummary;
}
