//! RTCP (RFC 3550, section 6) and SRTCP (RFC 3711, section 3.4).
//!
//! Plain RTCP is a compound whose lengths end exactly where the datagram ends. What does not, and
//! carries a trailer with the E flag, is sealed: only its first eight octets are read as RTCP.

use super::rtp::Ssrc;
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink, Value};
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
    /// Neither can be seen: another trailer, a cut frame, or no RTCP at all.
    Undecided,
}

/// One datagram of RTCP.
#[derive(Debug, Clone, Copy)]
pub struct Rtcp {
    /// Type of the first packet of the compound.
    pub packet_type: u8,
    /// SSRC of its sender.
    pub ssrc: Ssrc,
    /// How it is guarded as far as this datagram tells.
    pub guard: Guard,
}

/// Reads RTCP and labels all of it.
///
/// `None` where it cannot be RTCP: another version, a first type outside 192 to 223, fewer than
/// eight octets, or neither a whole compound nor a length that leaves room for sealed octets.
pub fn parse<S: Sink>(octets: Octets<'_>, sink: &mut S) -> Option<Rtcp> {
    let [first, packet_type, l0, l1, s0, s1, s2, s3, ..] = octets.captured else {
        return None;
    };
    if first >> 6 != 2 || !(192..=223).contains(packet_type) {
        return None;
    }
    let ssrc = Ssrc(u32::from_be_bytes([*s0, *s1, *s2, *s3]));
    let guard = guard(octets);
    let claimed = u32::from(u16::from_be_bytes([*l0, *l1]))
        .saturating_add(1)
        .saturating_mul(4);
    let defined = (200..=207).contains(packet_type);
    if guard != Guard::Plain && (claimed > octets.wire_len || !defined) {
        return None;
    }
    if S::ACTIVE {
        let mut cursor = Cursor::new(octets, sink);
        match guard {
            Guard::Plain => while cursor.left() > 0 && packet(&mut cursor).is_ok() {},
            Guard::Trailer { offset, .. } => sealed(&mut cursor, offset).ok()?,
            Guard::Undecided => {
                header(&mut cursor).ok()?;
                cursor.rest(Field::SrtcpSealed);
            }
        }
    }
    Some(Rtcp {
        packet_type: *packet_type,
        ssrc,
        guard,
    })
}

fn guard(octets: Octets<'_>) -> Guard {
    if octets.is_cut() {
        return Guard::Undecided;
    }
    let mut quiet = Quiet;
    let mut cursor = Cursor::new(octets, &mut quiet);
    while cursor.left() > 0 {
        if packet(&mut cursor).is_err() {
            return trailer(octets);
        }
    }
    Guard::Plain
}

/// The trailer, where exactly one of the usual places holds E=1 and a small index: 14 octets
/// before the end (80-bit tag) or 4 (AEAD), each with up to 4 octets of MKI.
fn trailer(octets: Octets<'_>) -> Guard {
    let at = |offset: u32| {
        let start = octets
            .wire_len
            .checked_sub(offset)
            .filter(|start| *start >= 8)?;
        let word = octets.captured.get(start as usize..)?.first_chunk::<4>()?;
        let word = u32::from_be_bytes(*word);
        let index = word & 0x7FFF_FFFF;
        (word >> 31 == 1 && index < 0x1_0000).then_some((offset, index))
    };
    for places in [[14, 4].as_slice(), &[15, 16, 17, 18, 5, 6, 7, 8]] {
        let mut found = places.iter().filter_map(|offset| at(*offset));
        if let Some((offset, index)) = found.next() {
            return match found.next() {
                None => Guard::Trailer { offset, index },
                Some(_) => Guard::Undecided,
            };
        }
    }
    Guard::Undecided
}

/// First octet, type and length; returns the octets that follow them in this packet.
fn header<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(u8, u32), Malformed> {
    let at = cursor.position();
    let first = cursor.u8(Field::RtcpFirst)?;
    for (field, value) in [
        (Field::RtcpVersion, first >> 6),
        (Field::RtcpPadding, first >> 5 & 1),
        (Field::RtcpCount, first & 0x1F),
    ] {
        cursor.fact(1, field, Value::Number(value.into()));
    }
    let packet_type = cursor.u8(Field::RtcpType)?;
    let words = u32::from(cursor.u16(Field::RtcpLength)?);
    if first >> 6 != 2 || !(192..=223).contains(&packet_type) {
        return Err(Malformed::Value {
            field: Field::RtcpType,
            value: packet_type.into(),
            at,
        });
    }
    let len = words.saturating_mul(4);
    if len >= 4 {
        cursor.u32(Field::RtcpSenderSsrc)?;
    }
    Ok((packet_type, len.saturating_sub(4)))
}

/// One packet of a plain compound.
fn packet<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    let at = cursor.position();
    let (packet_type, len) = header(cursor)?;
    if len > cursor.left() {
        return Err(Malformed::Length {
            field: Field::RtcpLength,
            value: len,
            at,
        });
    }
    let mut body = cursor.sub(len);
    // Source description: SSRC was the first chunk's; items follow (RFC 3550, section 6.5).
    if packet_type == 202 {
        while body.left() >= 2 && items(&mut body).is_ok() {}
    }
    if body.left() > 0 {
        body.rest(Field::RtcpBody);
    }
    Ok(())
}

/// One item of a source description, or the end of its chunk.
fn items<S: Sink>(body: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    match body.ahead().captured {
        [kind @ 1..=8, len, rest @ ..] if rest.len() >= usize::from(*len) => {
            let (kind, len) = (*kind, u32::from(*len));
            body.skip(2, Field::RtcpBody)?;
            body.text(
                len,
                if kind == 1 {
                    Field::RtcpCname
                } else {
                    Field::RtcpText
                },
            )?;
            Ok(())
        }
        _ => body.skip(body.left(), Field::RtcpBody).map(|_| ()),
    }
}

fn sealed<S: Sink>(cursor: &mut Cursor<'_, '_, S>, offset: u32) -> Result<(), Malformed> {
    cursor.u8(Field::RtcpFirst)?;
    cursor.u8(Field::RtcpType)?;
    cursor.u16(Field::RtcpLength)?;
    cursor.u32(Field::RtcpSenderSsrc)?;
    cursor.skip(cursor.left().saturating_sub(offset), Field::SrtcpSealed)?;
    cursor.u32(Field::SrtcpIndex)?;
    cursor.rest(Field::SrtcpTag);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard_of(octets: &[u8]) -> Option<Guard> {
        parse(Octets::whole(octets, 0), &mut Quiet).map(|rtcp| rtcp.guard)
    }

    const BYE: [u8; 8] = [0x81, 203, 0, 1, 0, 0, 0, 7];

    #[test]
    fn a_compound_that_ends_exactly_is_plain() {
        assert_eq!(guard_of(&BYE), Some(Guard::Plain));
        assert_eq!(guard_of(&[BYE, BYE].concat()), Some(Guard::Plain));
    }

    #[test]
    fn a_trailer_with_the_e_flag_is_sealed() {
        let mut sealed = BYE.to_vec();
        sealed.extend([0x80, 0, 0, 1]);
        sealed.extend([0xAA; 10]);
        assert_eq!(
            guard_of(&sealed),
            Some(Guard::Trailer {
                offset: 14,
                index: 1
            })
        );
    }

    #[test]
    fn a_name_server_answer_is_not_rtcp() {
        assert_eq!(
            guard_of(&[0x81, 0xC8, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]),
            None
        );
    }
}
