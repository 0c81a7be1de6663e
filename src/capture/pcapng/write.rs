//! Writes blocks of the pcapng format, least octet first and with times in nanoseconds.
//!
//! Each function puts one whole block behind what stands in `out`.

use super::super::{Interface, RawPacket, Secrets};
use super::{BYTE_ORDER, SECTION_HEADER};
use crate::base::time::Timestamp;

/// `if_tsresol`: a ten to the power of minus nine.
const NANOSECONDS: u8 = 9;

/// What an interface counted since a file began.
#[derive(Debug, Clone, Copy)]
pub(in crate::capture) struct Statistics {
    pub(in crate::capture) interface: u32,
    /// When it was counted.
    pub(in crate::capture) time: Timestamp,
    /// When counting began.
    pub(in crate::capture) began: Timestamp,
    /// When it ended; `None` where it goes on.
    pub(in crate::capture) ended: Option<Timestamp>,
    /// Packets received and lost; `None` where nobody read the counters.
    pub(in crate::capture) counted: Option<[u64; 2]>,
}

/// The header of a section whose length is not told.
pub(in crate::capture) fn section(out: &mut Vec<u8>, application: &str) {
    block(out, SECTION_HEADER, |out| {
        out.extend(BYTE_ORDER.to_le_bytes());
        out.extend([1, 0, 0, 0]);
        out.extend([0xFF; 8]);
        option(out, 4, application.as_bytes());
    });
}

/// An interface; its index is the number of those before it in the section.
pub(in crate::capture) fn interface(out: &mut Vec<u8>, interface: &Interface) {
    block(out, 1, |out| {
        out.extend(u32::from(interface.link.0).to_le_bytes());
        out.extend(interface.snap_len.unwrap_or_default().to_le_bytes());
        if let Some(name) = &interface.name {
            option(out, 2, name.as_bytes());
        }
        option(out, 9, &[NANOSECONDS]);
    });
}

/// A packet. Times before 1970 cannot be told, and become that year's beginning.
pub(in crate::capture) fn packet(out: &mut Vec<u8>, packet: &RawPacket<'_>) {
    block(out, 6, |out| {
        out.extend(packet.interface.to_le_bytes());
        out.extend(stamp(packet.time).as_flattened());
        out.extend((packet.octets.len() as u32).to_le_bytes());
        out.extend(packet.wire_len.to_le_bytes());
        out.extend_from_slice(packet.octets);
    });
}

/// Interface statistics.
pub(in crate::capture) fn statistics(out: &mut Vec<u8>, statistics: &Statistics) {
    block(out, 5, |out| {
        out.extend(statistics.interface.to_le_bytes());
        out.extend(stamp(statistics.time).as_flattened());
        option(out, 2, stamp(statistics.began).as_flattened());
        if let Some(ended) = statistics.ended {
            option(out, 3, stamp(ended).as_flattened());
        }
        for (code, count) in [4, 5].into_iter().zip(statistics.counted.iter().flatten()) {
            option(out, code, &count.to_le_bytes());
        }
    });
}

/// Decryption secrets.
pub(in crate::capture) fn secrets(out: &mut Vec<u8>, secrets: &Secrets) {
    block(out, 10, |out| {
        out.extend(secrets.kind.to_le_bytes());
        out.extend((secrets.octets.len() as u32).to_le_bytes());
        out.extend(&secrets.octets);
    });
}

/// A block around what `body` writes.
fn block(out: &mut Vec<u8>, kind: u32, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend(kind.to_le_bytes());
    out.extend([0; 4]);
    body(out);
    pad(out, start);
    let len = ((out.len() - start) as u32 + 4).to_le_bytes();
    if let Some(told) = out.get_mut(start + 4..start + 8) {
        told.copy_from_slice(&len);
    }
    out.extend(len);
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let start = out.len();
    out.extend(code.to_le_bytes());
    out.extend((value.len() as u16).to_le_bytes());
    out.extend(value);
    pad(out, start);
}

/// Fills up to four octets from `start`.
fn pad(out: &mut Vec<u8>, start: usize) {
    let padded = start + (out.len() - start).next_multiple_of(4);
    out.resize(padded, 0);
}

/// Nanoseconds, the high half first.
fn stamp(time: Timestamp) -> [[u8; 4]; 2] {
    let nanos = u64::try_from(time.0).unwrap_or_default();
    [(nanos >> 32) as u32, nanos as u32].map(u32::to_le_bytes)
}
