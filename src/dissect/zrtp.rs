//! ZRTP (RFC 6189, section 5), recognised by its cookie. The key agreement itself is not read.

use super::rtp::Ssrc;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::Sink;
use crate::base::span::Octets;

/// One ZRTP packet.
#[derive(Debug, Clone, Copy)]
pub struct Zrtp<'a> {
    /// The SSRC of the stream that it keys.
    pub ssrc: Ssrc,
    /// Type of its message: eight characters, filled with spaces.
    pub message_type: &'a [u8],
}

/// The magic cookie (RFC 6189, section 5).
const COOKIE: u32 = 0x5A52_5450;
/// What begins every message (RFC 6189, section 5.2).
const SIGNATURE: u16 = 0x505A;
/// Octets before the message and after it.
const HEADER: u32 = 12;
const CHECKSUM: u32 = 4;

/// Reads a ZRTP packet and labels all of it.
///
/// `None` where cookie, message signature or lengths do not fit.
pub fn parse<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Option<Zrtp<'a>> {
    let [
        0x10,
        _,
        _,
        _,
        c0,
        c1,
        c2,
        c3,
        s0,
        s1,
        s2,
        s3,
        m0,
        m1,
        l0,
        l1,
        rest @ ..,
    ] = octets.captured
    else {
        return None;
    };
    let words = u32::from(u16::from_be_bytes([*l0, *l1]));
    let whole = words
        .saturating_mul(4)
        .saturating_add(HEADER)
        .saturating_add(CHECKSUM);
    if u32::from_be_bytes([*c0, *c1, *c2, *c3]) != COOKIE
        || u16::from_be_bytes([*m0, *m1]) != SIGNATURE
        || whole != octets.wire_len
        || words < 3
    {
        return None;
    }
    let zrtp = Zrtp {
        ssrc: Ssrc(u32::from_be_bytes([*s0, *s1, *s2, *s3])),
        message_type: rest.get(..8)?,
    };
    let mut cursor = Cursor::new(octets, sink);
    cursor.u16(Field::ZrtpHeader).ok()?;
    cursor.u16(Field::ZrtpSequence).ok()?;
    cursor.u32(Field::ZrtpCookie).ok()?;
    cursor.u32(Field::ZrtpSsrc).ok()?;
    cursor.u16(Field::ZrtpSignature).ok()?;
    cursor.u16(Field::ZrtpLength).ok()?;
    cursor.text(8, Field::ZrtpType).ok()?;
    let body = cursor.left().saturating_sub(CHECKSUM);
    if cursor.skip(body, Field::ZrtpBody).is_err() || cursor.u32(Field::ZrtpChecksum).is_err() {
        cursor.rest(Field::ZrtpBody);
    }
    Some(zrtp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Quiet;

    fn hello(cookie: u8) -> Vec<u8> {
        let mut packet = vec![0x10, 0, 0, 1, cookie, b'R', b'T', b'P', 0, 0, 0, 7];
        packet.extend([0x50, 0x5A, 0, 3]);
        packet.extend(b"HelloACK");
        packet.extend([1, 2, 3, 4]);
        packet
    }

    #[test]
    fn the_cookie_makes_zrtp_and_its_type_block_is_read() {
        let packet = hello(b'Z');
        let zrtp = parse(Octets::whole(&packet, 0), &mut Quiet).expect("ZRTP");
        assert_eq!(
            (zrtp.ssrc, zrtp.message_type),
            (Ssrc(7), b"HelloACK".as_slice())
        );
    }

    #[test]
    fn another_cookie_or_length_makes_none() {
        assert!(parse(Octets::whole(&hello(b'Y'), 0), &mut Quiet).is_none());
        let short = &hello(b'Z')[..24];
        assert!(parse(Octets::whole(short, 0), &mut Quiet).is_none());
    }
}
