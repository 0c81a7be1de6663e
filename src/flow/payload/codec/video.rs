//! What video payloads keep: VP8 (RFC 7741), VP9 (RFC 9628), AV1; those of NAL units are in `nal`.

use super::{PAIRS, Rule, nal};
use crate::flow::payload::gather::Head;

pub(super) const VP8: &str = "VP8";
/// Sizes of pictures that are kept.
const PICTURES: usize = 4;

/// In the order in which they are tried. H.265 before H.264, whose rule its packets keep too, and
/// VP9 after both.
pub(super) const RULES: [Rule; 5] = [
    Rule {
        codec: VP8,
        keeps: vp8,
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

/// What the payload descriptor and header of a VP8 packet say.
struct Vp8 {
    descriptor: usize,
    starts_frame: bool,
    /// Width and height of a key frame that starts here.
    key_frame: Option<(u16, u16)>,
}

/// Reads a VP8 packet; `None` where a reserved bit is set or the start code is wrong (RFC 7741,
/// sections 4.2 and 4.3).
fn read_vp8(octets: &[u8]) -> Option<Vp8> {
    let first = *octets.first()?;
    if first & 0x48 != 0 {
        return None;
    }
    let mut descriptor = 1;
    if first & 0x80 != 0 {
        let extension = *octets.get(1)?;
        if extension & 0x0F != 0 {
            return None;
        }
        descriptor = 2;
        if extension & 0x80 != 0 {
            descriptor += 1 + usize::from(octets.get(descriptor)? >> 7);
        }
        descriptor += usize::from(extension & 0x40 != 0);
        descriptor += usize::from(extension & 0x30 != 0);
    }
    let starts_frame = first & 0x17 == 0x10;
    let mut key_frame = None;
    if starts_frame && octets.get(descriptor)? & 1 == 0 {
        let header = octets.get(descriptor..descriptor + 10)?;
        let [_, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1] = header else {
            return None;
        };
        // The two upper bits scale.
        let size = |low: &u8, high: &u8| u16::from_le_bytes([*low, *high]) & 0x3FFF;
        key_frame = Some((size(w0, w1), size(h0, h1)));
    }
    Some(Vp8 {
        descriptor,
        starts_frame,
        key_frame,
    })
}

/// A frame starts exactly where the timestamp changes.
fn vp8(one: &Head, other: &Head) -> bool {
    let (Some(_), Some(next)) = (read_vp8(one.octets()), read_vp8(other.octets())) else {
        return false;
    };
    next.starts_frame == (one.timestamp != other.timestamp)
}

/// After the descriptor and the three octets that each frame begins with (RFC 7741, section 4.3).
///
/// Only where a frame begins: what goes on in the next packet is as uniform in clear as sealed. Key
/// frames begin with ten octets, and are too few to matter.
fn vp8_header(head: &Head) -> Option<usize> {
    let packet = read_vp8(head.octets())?;
    let asked = packet.starts_frame && packet.key_frame.is_none();
    asked.then_some(packet.descriptor + 3)
}

/// Sizes of the key frames, in the order of appearance.
pub(super) fn pictures(heads: &[Head]) -> Vec<(u16, u16)> {
    let mut pictures = Vec::new();
    for picture in heads
        .iter()
        .filter_map(|head| read_vp8(head.octets())?.key_frame)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The first packet of a key frame of 640 by 480: a descriptor with a picture of 15 bits.
    const KEY: [u8; 14] = [
        0x90, 0x80, 0x81, 0x02, 0x50, 0x21, 0x00, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0xE0, 0x01,
    ];

    #[test]
    fn a_vp8_key_frame_tells_its_size() {
        let packet = read_vp8(&KEY).expect("VP8");
        assert_eq!((packet.descriptor, packet.starts_frame), (4, true));
        assert_eq!(packet.key_frame, Some((640, 480)));
    }

    #[test]
    fn a_reserved_bit_or_a_wrong_start_code_is_not_vp8() {
        for (at, octet) in [(0, 0xD0), (0, 0x98), (1, 0x81), (7, 0x9C)] {
            let mut packet = KEY;
            packet[at] = octet;
            assert!(read_vp8(&packet).is_none());
        }
    }

    #[test]
    fn temporal_layers_lengthen_the_descriptor() {
        let packet = read_vp8(&[0x80, 0xE0, 0x81, 0x02, 7, 0x40, 9]).expect("VP8");
        assert_eq!((packet.descriptor, packet.starts_frame), (6, false));
    }
}
