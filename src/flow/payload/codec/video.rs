//! What video payloads keep: VP8 (RFC 7741), VP9 (RFC 9628), AV1; those of NAL units are in `nal`.

use super::{PAIRS, Rule, nal};
use crate::base::label::Quiet;
use crate::dissect::codec::vp8::{self, Vp8};
use crate::flow::payload::gather::Head;

pub(super) const VP8: &str = "VP8";
/// Sizes of pictures that are kept.
const PICTURES: usize = 4;

/// In the order in which they are tried. H.265 before H.264, whose rule its packets keep too, and
/// VP9 after both.
pub(super) const RULES: [Rule; 5] = [
    Rule {
        codec: VP8,
        keeps: keeps_vp8,
        longest_step: u32::MAX,
        content: vp8_header,
        // Packets that begin a frame; the slowest stream needed 38 packets in all.
        sealed_after: Some(64),
        pairs: PAIRS,
    },
    nal::H266,
    nal::H265,
    nal::H264,
    Rule {
        codec: "VP9",
        keeps: vp9,
        longest_step: u32::MAX,
        content: |_| Some(12),
        sealed_after: None,
        pairs: PAIRS,
    },
];

/// To be tried where all others fail by far.
pub(super) const AV1: Rule = Rule {
    codec: "AV1-like",
    keeps: av1,
    longest_step: u32::MAX,
    content: |_| None,
    sealed_after: None,
    pairs: PAIRS,
};

/// Reads a VP8 packet, in which senders set no reserved bit.
fn read_vp8(head: &Head) -> Option<Vp8<'_>> {
    let packet = vp8::parse(head.payload(), &mut Quiet).ok()?;
    (!packet.descriptor.reserved).then_some(packet)
}

/// A frame starts exactly where the timestamp changes.
fn keeps_vp8(one: &Head, other: &Head) -> bool {
    let (Some(_), Some(next)) = (read_vp8(one), read_vp8(other)) else {
        return false;
    };
    next.descriptor.starts_frame() == (one.timestamp != other.timestamp)
}

/// After the descriptor and the three octets that each frame begins with (RFC 7741, section 4.3).
///
/// Only where a frame begins: what goes on in the next packet is as uniform in clear as sealed. Key
/// frames begin with ten octets, and are too few to matter.
fn vp8_header(head: &Head) -> Option<usize> {
    let Vp8 {
        descriptor, header, ..
    } = read_vp8(head)?;
    let header = header.filter(|header| header.key_frame.is_none())?;
    Some((descriptor.len.saturating_add(header.len)) as usize)
}

/// Sizes of the key frames, in the order of appearance.
pub(super) fn pictures(heads: &[Head]) -> Vec<(u16, u16)> {
    let mut pictures = Vec::new();
    for picture in heads
        .iter()
        .filter_map(|head| read_vp8(head)?.header?.key_frame)
    {
        if pictures.len() < PICTURES && !pictures.contains(&picture) {
            pictures.push(picture);
        }
    }
    pictures
}

/// B on the first packet of a frame, E on its last, which is marked unless another layer follows
/// (RFC 9628, section 4.2).
fn vp9(one: &Head, other: &Head) -> bool {
    let (Some(first), Some(second)) = (one.octets().first(), other.octets().first()) else {
        return false;
    };
    let (begins, ends) = (
        |octet: &u8| octet & 0x08 != 0,
        |octet: &u8| octet & 0x04 != 0,
    );
    let layered = (first | second) & 0x20 != 0;
    let new = one.timestamp != other.timestamp;
    let begins_well = if layered {
        begins(second) || !new
    } else {
        begins(second) == new
    };
    let ends_well = if layered {
        ends(second) || !other.marker
    } else {
        ends(second) == other.marker
    };
    begins_well && ends_well && ends(first) == begins(second)
}

/// Reserved bits are zero; Z goes on what Y left open, and neither crosses a frame (RTP payload
/// format for AV1, section 4.4).
fn av1(one: &Head, other: &Head) -> bool {
    let (Some(first), Some(second)) = (one.octets().first(), other.octets().first()) else {
        return false;
    };
    let goes_on = second & 0x80 != 0;
    let new = one.timestamp != other.timestamp;
    let ends_open = other.marker && second & 0x40 != 0;
    let left_open = first & 0x40 != 0;
    let reserved = (first | second).trailing_zeros() < 3;
    let wrong = reserved || new && goes_on || ends_open;
    !wrong && goes_on == left_open
}
