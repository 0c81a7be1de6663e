//! What payloads of NAL units keep: H.264 (RFC 6184), H.265 (RFC 7798), H.266 (RFC 9328).

use super::{PAIRS, Rule};
use crate::flow::payload::gather::Head;

/// Octets of headers in which nothing of the picture stands, slice headers among them.
const HEADERS: usize = 8;

pub(super) const H264: Rule = rule("H264", |one, other| keeps(read_h264, one, other));
pub(super) const H265: Rule = rule("H265", |one, other| keeps(read_h265, one, other));
pub(super) const H266: Rule = rule("H266", |one, other| keeps(read_h266, one, other));

const fn rule(codec: &'static str, keeps: fn(&Head, &Head) -> bool) -> Rule {
    Rule {
        codec,
        keeps,
        longest_step: u32::MAX,
        content: |_| Some(HEADERS),
        sealed_after: None,
        pairs: PAIRS,
    }
}

/// A packet of NAL units: whole ones, or a part of one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Whole,
    Part { kind: u8, starts: bool, ends: bool },
}

/// A part goes on in the next packet of the same frame until it ends.
fn keeps(read: fn(&[u8]) -> Option<Unit>, one: &Head, other: &Head) -> bool {
    let (Some(first), Some(second)) = (read(one.octets()), read(other.octets())) else {
        return false;
    };
    let left_open = match first {
        Unit::Part {
            kind, ends: false, ..
        } => Some(kind),
        _ => None,
    };
    let goes_on = match second {
        Unit::Part {
            kind,
            starts: false,
            ..
        } => Some(kind),
        _ => None,
    };
    let same_frame = one.timestamp == other.timestamp;
    left_open == goes_on && (goes_on.is_none() || same_frame)
}

/// The header of a fragment: S and E, never both, then what the codec needs for the type.
fn part(header: u8, kind: u8) -> Option<Unit> {
    let (starts, ends) = (header & 0x80 != 0, header & 0x40 != 0);
    (!(starts && ends)).then_some(Unit::Part { kind, starts, ends })
}

/// F is zero, types 1 to 24 and FU-A (RFC 6184, sections 5.3 and 5.8).
fn read_h264(octets: &[u8]) -> Option<Unit> {
    match octets {
        [first, ..] if first & 0x80 != 0 => None,
        [first, header, ..] if first & 0x1F == 28 => {
            let kind = header & 0x1F;
            (header & 0x20 == 0 && (1..24).contains(&kind)).then_some(())?;
            part(*header, kind)
        }
        [first, ..] => (1..=24).contains(&(first & 0x1F)).then_some(Unit::Whole),
        [] => None,
    }
}

/// F and the layer are zero, the temporal id is not; types in use, and FU (RFC 7798, sections 1.1.4
/// and 4.4.3).
fn read_h265(octets: &[u8]) -> Option<Unit> {
    let [first, second, rest @ ..] = octets else {
        return None;
    };
    if first & 0x81 != 0 || !(1..8).contains(second) {
        return None;
    }
    match first >> 1 {
        0..=9 | 16..=21 | 32..=40 | 48 => Some(Unit::Whole),
        49 => rest.first().and_then(|header| part(*header, header & 0x3F)),
        _ => None,
    }
}

/// F, Z and the layer are zero, the temporal id is not; types in use, and FU (RFC 9328, sections
/// 1.1.4 and 4.3.3).
fn read_h266(octets: &[u8]) -> Option<Unit> {
    let [0, second, rest @ ..] = octets else {
        return None;
    };
    if second.is_multiple_of(8) {
        return None;
    }
    match second >> 3 {
        0..=3 | 7..=10 | 12..=25 | 28 => Some(Unit::Whole),
        29 => rest.first().and_then(|header| part(*header, header & 0x1F)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn fragment(kind: u8, starts: bool, ends: bool) -> Unit {
        Unit::Part { kind, starts, ends }
    }

    #[test]
    fn units_of_h264_are_read() {
        assert!(read_h264(&[0x67, 0x42]) == Some(Unit::Whole));
        assert!(read_h264(&[0x7C, 0x85]) == Some(fragment(5, true, false)));
        assert!(read_h264(&[0x7C, 0x45]) == Some(fragment(5, false, true)));
        for wrong in [
            &[0xE7_u8, 0][..],
            &[0x60, 0],
            &[0x7C, 0xC5],
            &[0x7C, 0xA5],
            &[0x1E],
            &[],
        ] {
            assert!(read_h264(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn units_of_h265_and_h266_are_read() {
        assert!(read_h265(&[0x62, 0x01, 0x93]) == Some(fragment(19, true, false)));
        assert!(read_h265(&[0x40, 0x01]) == Some(Unit::Whole));
        assert!(read_h265(&[0x40, 0x00]).is_none() && read_h265(&[0x7C, 0x05]).is_none());
        assert!(read_h266(&[0x00, 0xE9, 0x87]) == Some(fragment(7, true, false)));
        assert!(read_h266(&[0x00, 0x79]) == Some(Unit::Whole));
        assert!(read_h266(&[0x01, 0x79]).is_none() && read_h266(&[0x00, 0x78]).is_none());
    }
}
