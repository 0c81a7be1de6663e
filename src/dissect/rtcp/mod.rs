//! RTCP (RFC 3550, section 6; RFC 5506) and SRTCP (RFC 3711, section 3.4).
//!
//! Plain RTCP is a compound whose lengths end exactly where the datagram ends. What does not, and
//! carries a trailer with the E flag, is sealed: only its first eight octets are read as RTCP.
//! One datagram only tells what it may be; whether that is believed is for the tracker, which
//! sees whether the index counts.

mod feedback;
mod label;
mod names;
mod report;
pub(super) mod words;

pub use names::{PacketType, SdesType};

use super::rtp::Ssrc;
use crate::base::label::Sink;
use crate::base::span::Octets;

/// What one datagram tells of how it is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The compound ends exactly: readable to the last octet.
    Plain,
    /// A trailer with E=1 stands `offset` octets before the end, and counts `index`.
    Trailer {
        /// Octets from the trailer to the end: 4 for AEAD, 14 for an 80-bit tag.
        offset: u32,
        /// The 31-bit SRTCP index.
        index: u32,
    },
    /// The compound ends exactly where a trailer with E=0 may stand: a NULL cipher, where the
    /// index counts.
    Open {
        /// Octets from the trailer to the end.
        offset: u32,
        /// The 31-bit SRTCP index.
        index: u32,
    },
    /// Neither can be seen: another trailer, a cut frame, or no RTCP at all.
    Undecided,
}

/// One datagram of RTCP.
#[derive(Debug, Clone, Copy)]
pub struct Rtcp<'a> {
    /// Type of the first packet of the compound.
    pub packet_type: PacketType,
    /// SSRC of its sender.
    pub ssrc: Ssrc,
    /// How it is guarded as far as this datagram tells.
    pub guard: Guard,
    /// Octets after the last packet that the lengths lead to; `None` where the frame was cut.
    pub after: Option<u32>,
    /// The datagram.
    pub octets: Octets<'a>,
}

/// One packet of a compound.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// Its type.
    pub packet_type: PacketType,
    /// Report count, source count, feedback message type or subtype.
    pub count: u8,
    /// What follows the four octets of its header, padding included.
    pub body: Octets<'a>,
}

/// Where a trailer may stand, in octets before the end: an 80-bit tag, AEAD, then either with an
/// MKI of up to four octets.
pub const OFFSETS: [u32; 10] = [14, 4, 15, 16, 17, 18, 5, 6, 7, 8];
/// What an SRTCP datagram keeps in clear at its beginning.
pub const CLEAR: u32 = 8;
/// Octets of E flag and index.
pub const INDEX: u32 = 4;
/// The largest index that one datagram alone is believed.
const SMALL: u32 = 0x1_0000;

/// Reads the shape of RTCP and labels nothing.
///
/// `known` is the place of the trailer in this direction, where earlier or later datagrams have
/// told it. `None` where it cannot be RTCP: another version, a first type outside 192 to 223,
/// fewer than eight octets, or neither a whole compound nor a first length that leaves room.
pub fn shape(octets: Octets<'_>, known: Option<u32>) -> Option<Rtcp<'_>> {
    let [first, packet_type, l0, l1, s0, s1, s2, s3, ..] = octets.captured else {
        return None;
    };
    if first >> 6 != 2 || !(192..=223).contains(packet_type) {
        return None;
    }
    let after = after_compound(octets);
    let claimed = u32::from(u16::from_be_bytes([*l0, *l1]))
        .saturating_add(1)
        .saturating_mul(4);
    if claimed > octets.wire_len {
        return None;
    }
    let mut rtcp = Rtcp {
        packet_type: PacketType(*packet_type),
        ssrc: Ssrc(u32::from_be_bytes([*s0, *s1, *s2, *s3])),
        guard: Guard::Undecided,
        after,
        octets,
    };
    rtcp.guard = rtcp.judge(known);
    Some(rtcp)
}

/// What stands beside the E flag and the index at the end of SRTCP, in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside {
    /// The tag of an AEAD, which ends what is sealed (RFC 7714, section 9.2).
    pub aead_tag: u32,
    /// The master key identifier.
    pub key: u32,
    /// The tag of an HMAC.
    pub tag: u32,
}

impl Beside {
    /// What stands there where the trailer begins `offset` octets before the end.
    pub const fn trailer_at(offset: u32) -> Self {
        let behind = offset.saturating_sub(INDEX);
        let (aead_tag, tag) = match offset {
            4..=7 => (16, 0),
            14..=18 => (0, 10),
            _ => (0, behind),
        };
        Self {
            aead_tag,
            key: behind.saturating_sub(tag),
            tag,
        }
    }
}

impl<'a> Rtcp<'a> {
    /// Octets of the datagram that the capture holds.
    pub fn captured_len(&self) -> u32 {
        self.octets.captured.len() as u32
    }

    /// E flag and index of a trailer `offset` octets before the end.
    pub fn trailer(&self, offset: u32) -> Option<(bool, u32)> {
        let start = self.octets.wire_len.checked_sub(offset)?;
        if start < CLEAR {
            return None;
        }
        let rest = self.octets.captured.get(start as usize..)?;
        let word = u32::from_be_bytes(*rest.first_chunk()?);
        Some((word >> 31 == 1, word & 0x7FFF_FFFF))
    }

    /// The packets of the compound, as far as the lengths lead: sealed, the first only counts.
    pub fn packets(&self) -> impl Iterator<Item = Packet<'a>> + use<'a> {
        let mut rest = self.octets;
        std::iter::from_fn(move || {
            let (packet, len) = packet_at(rest)?;
            rest = rest.after(len);
            Some(packet)
        })
    }

    /// Labels all of it, as its guard allows.
    pub fn label<S: Sink>(&self, sink: &mut S) {
        if S::ACTIVE {
            label::datagram(self, sink);
        }
    }

    /// Whether its first packet is of a type that is in use for reports and feedback.
    pub const fn is_common(&self) -> bool {
        matches!(self.packet_type.0, 200..=207)
    }

    fn judge(&self, known: Option<u32>) -> Guard {
        if self.after == Some(0) {
            return Guard::Plain;
        }
        if let Some(offset) = known
            && let Some((true, index)) = self.trailer(offset)
        {
            return Guard::Trailer { offset, index };
        }
        if let Some(offset) = self.sealed_at() {
            let index = self.trailer(offset).map_or(0, |(_, index)| index);
            return Guard::Trailer { offset, index };
        }
        if let Some(offset) = self.after.filter(|after| OFFSETS.contains(after))
            && let Some((false, index)) = self.trailer(offset)
        {
            return Guard::Open { offset, index };
        }
        Guard::Undecided
    }

    /// The trailer, where exactly one of the usual places holds E=1 and a small index.
    fn sealed_at(&self) -> Option<u32> {
        let counts = |offset: &u32| {
            self.trailer(*offset)
                .is_some_and(|(encrypted, index)| encrypted && index < SMALL)
        };
        let (usual, with_mki) = OFFSETS.split_at(2);
        for places in [usual, with_mki] {
            let mut found = places.iter().copied().filter(counts);
            if let Some(offset) = found.next() {
                return found.next().is_none().then_some(offset);
            }
        }
        None
    }
}

/// Octets left after the last packet that the lengths lead to; `None` where the frame was cut
/// before that can be seen.
fn after_compound(octets: Octets<'_>) -> Option<u32> {
    let mut rest = octets;
    while let Some((_, len)) = packet_at(rest) {
        rest = rest.after(len);
    }
    let unseen = rest.captured.len() < 4 && rest.wire_len >= 4;
    (!unseen).then_some(rest.wire_len)
}

/// The packet at the beginning of these octets, with its whole length.
fn packet_at(octets: Octets<'_>) -> Option<(Packet<'_>, u32)> {
    let [first, packet_type, l0, l1, ..] = octets.captured else {
        return None;
    };
    let len = u32::from(u16::from_be_bytes([*l0, *l1]))
        .saturating_add(1)
        .saturating_mul(4);
    if first >> 6 != 2 || !(192..=223).contains(packet_type) || len > octets.wire_len {
        return None;
    }
    let packet = Packet {
        packet_type: PacketType(*packet_type),
        count: first & 0x1F,
        body: octets.part(4, len.saturating_sub(4)),
    };
    Some((packet, len))
}

impl<'a> Packet<'a> {
    /// The items of a source description, each with its kind and text (RFC 3550, section 6.5).
    pub fn items(&self) -> impl Iterator<Item = (SdesType, &'a [u8])> + use<'a> {
        let of_sdes = self.packet_type == PacketType::SDES;
        let mut rest = if of_sdes {
            self.body
        } else {
            self.body.part(0, 0)
        };
        let start = rest.offset;
        let mut in_chunk = false;
        std::iter::from_fn(move || {
            loop {
                match (in_chunk, rest.captured) {
                    (false, [_, _, _, _, ..]) => {
                        rest = rest.after(4);
                        in_chunk = true;
                    }
                    (true, [0, ..]) => {
                        rest = rest.after(chunk_padding(rest.offset.saturating_sub(start)));
                        in_chunk = false;
                    }
                    (true, [kind, len, ..]) => {
                        let text = rest.part(2, u32::from(*len));
                        let item = (SdesType(*kind), text.captured);
                        rest = rest.after(u32::from(*len).saturating_add(2));
                        return Some(item);
                    }
                    _ => return None,
                }
            }
        })
    }
}

/// Octets from the end of the items of a chunk to its own end: one to four, all zero.
const fn chunk_padding(taken: u32) -> u32 {
    4_u32.saturating_sub(taken & 3)
}

#[cfg(test)]
mod tests;
