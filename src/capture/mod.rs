//! Where packets come from: saved captures and, later, interfaces. Knows no protocol.

use crate::base::time::Timestamp;

/// Link type of a capture, as registered for pcap (LINKTYPE_).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

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
