//! DTLS records and handshake headers (RFC 6347, section 4; RFC 9147, section 4).
//!
//! Reads what stands outside the encryption. Whether a handshake passed before is the tracker's
//! knowledge: a unified header is only taken for one where the caller allows it.

use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink};
use crate::base::span::Octets;

/// Content type of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentType(pub u8);

impl ContentType {
    /// `change_cipher_spec` (RFC 5246, section 7.1).
    pub const CHANGE_CIPHER_SPEC: Self = Self(20);
    /// alert (RFC 5246, section 7.2).
    pub const ALERT: Self = Self(21);
    /// handshake (RFC 5246, section 7.4).
    pub const HANDSHAKE: Self = Self(22);
}

/// Type of a handshake message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandshakeType(pub u8);

impl HandshakeType {
    /// `client_hello`
    pub const CLIENT_HELLO: Self = Self(1);
    /// `server_hello`
    pub const SERVER_HELLO: Self = Self(2);
    /// certificate
    pub const CERTIFICATE: Self = Self(11);

    /// Its registered name.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "HelloRequest",
            1 => "ClientHello",
            2 => "ServerHello",
            3 => "HelloVerifyRequest",
            4 => "NewSessionTicket",
            11 => "Certificate",
            12 => "ServerKeyExchange",
            13 => "CertificateRequest",
            14 => "ServerHelloDone",
            15 => "CertificateVerify",
            16 => "ClientKeyExchange",
            20 => "Finished",
            _ => "handshake",
        }
    }
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Content type; `None` under a unified header, which seals it.
    pub content: Option<ContentType>,
    /// Epoch; under a unified header its two low bits.
    pub epoch: u16,
    /// Record number; under a unified header the masked octets.
    pub number: u64,
    /// First handshake message of the record: its type and the offset of this fragment.
    pub handshake: Option<(HandshakeType, u32)>,
    /// Header and content.
    pub octets: Octets<'a>,
}

/// The records of one datagram.
#[derive(Debug, Clone, Copy)]
pub struct Dtls<'a> {
    /// The first record.
    pub first: Record<'a>,
    octets: Octets<'a>,
}

/// Reads a datagram of DTLS records and labels all of it.
///
/// `None` where it is none: headers of 13 octets with a type from 20 to 26, a DTLS version, and
/// lengths that end exactly with the datagram. After such a record, or where `unified` allows it,
/// a unified header (DTLS 1.3) is read too.
pub fn parse<'a, S: Sink>(octets: Octets<'a>, unified: bool, sink: &mut S) -> Option<Dtls<'a>> {
    let first = record(&mut Cursor::new(octets, &mut Quiet), unified).ok()?;
    if !ends_exactly(octets, unified) {
        return None;
    }
    if S::ACTIVE {
        let mut cursor = Cursor::new(octets, sink);
        while cursor.left() > 0 && record(&mut cursor, true).is_ok() {}
    }
    Some(Dtls { first, octets })
}

impl<'a> Dtls<'a> {
    /// The records in their order.
    pub fn records(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        let octets = self.octets;
        let mut at = 0;
        std::iter::from_fn(move || {
            let mut quiet = Quiet;
            let mut cursor = Cursor::new(octets.after(at), &mut quiet);
            if cursor.left() == 0 {
                return None;
            }
            let record = record(&mut cursor, true).ok()?;
            at = at.saturating_add(cursor.taken());
            Some(record)
        })
    }
}

/// Whether records fill the datagram, as far as it was captured.
fn ends_exactly(octets: Octets<'_>, unified: bool) -> bool {
    let mut quiet = Quiet;
    let mut cursor = Cursor::new(octets, &mut quiet);
    let mut allowed = unified;
    while cursor.left() > 0 {
        if cursor.captured_left() == 0 && octets.is_cut() {
            return true;
        }
        if record(&mut cursor, allowed).is_err() {
            return octets.is_cut() && cursor.taken() > 0;
        }
        allowed = true;
    }
    true
}

fn record<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    unified: bool,
) -> Result<Record<'a>, Malformed> {
    let ahead = cursor.ahead();
    let at = cursor.position();
    let first = ahead.captured.first().copied().unwrap_or_default();
    if first >> 5 == 1 && unified {
        return unified_record(cursor, ahead);
    }
    let version = ahead.captured.get(1..3);
    let known = matches!(version, Some([0xFE, 0xFF | 0xFD | 0xFC] | [0x01, 0x00]));
    if !(20..=26).contains(&first) || !known {
        return Err(Malformed::Value {
            field: Field::DtlsType,
            value: first.into(),
            at,
        });
    }
    let content = ContentType(cursor.u8(Field::DtlsType)?);
    cursor.u16(Field::DtlsVersion)?;
    let epoch = cursor.u16(Field::DtlsEpoch)?;
    let number = cursor.u48(Field::DtlsSequence)?;
    let len = u32::from(cursor.u16(Field::DtlsLength)?);
    if len > cursor.left() {
        return Err(Malformed::Length {
            field: Field::DtlsLength,
            value: len,
            at,
        });
    }
    let handshake = self::content(&mut cursor.sub(len), content, epoch);
    let octets = ahead.part(0, len.saturating_add(13));
    Ok(Record {
        content: Some(content),
        epoch,
        number,
        handshake,
        octets,
    })
}

/// Reads the inside of a record; gives its first handshake message.
fn content<S: Sink>(
    cursor: &mut Cursor<'_, '_, S>,
    content: ContentType,
    epoch: u16,
) -> Option<(HandshakeType, u32)> {
    let clear = epoch == 0 && content.0 <= 22;
    let mut first = None;
    match content {
        ContentType::HANDSHAKE if clear => {
            while cursor.left() > 0 {
                match handshake(cursor) {
                    Ok(message) => first = first.or(Some(message)),
                    Err(_) => break,
                }
            }
        }
        ContentType::ALERT if clear && cursor.left() == 2 => {
            let _ = cursor
                .u8(Field::DtlsAlertLevel)
                .and_then(|_| cursor.u8(Field::DtlsAlert));
        }
        ContentType::CHANGE_CIPHER_SPEC if clear => {
            let _ = cursor.u8(Field::DtlsCcs);
        }
        _ => {}
    }
    if cursor.left() > 0 {
        cursor.rest(if clear {
            Field::DtlsFragment
        } else {
            Field::DtlsSealed
        });
    }
    first
}

/// Header and body of one handshake message or fragment (RFC 6347, section 4.2.2).
fn handshake<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(HandshakeType, u32), Malformed> {
    let at = cursor.position();
    let kind = HandshakeType(cursor.u8(Field::DtlsHandshakeType)?);
    cursor.u24(Field::DtlsHandshakeLength)?;
    cursor.u16(Field::DtlsMessageSeq)?;
    let offset = cursor.u24(Field::DtlsFragmentOffset)?;
    let len = cursor.u24(Field::DtlsFragmentLength)?;
    if len > cursor.left() {
        return Err(Malformed::Length {
            field: Field::DtlsFragmentLength,
            value: len,
            at,
        });
    }
    let mut body = cursor.sub(len);
    if body.left() > 0 {
        body.rest(Field::DtlsHandshakeBody);
    }
    Ok((kind, offset))
}

/// A record with a unified header (RFC 9147, section 4): 001CSLEE. The length of a connection id
/// is agreed inside the encryption, so a record with one is not read.
fn unified_record<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    ahead: Octets<'a>,
) -> Result<Record<'a>, Malformed> {
    let at = cursor.position();
    let first = cursor.u8(Field::DtlsUnifiedHeader)?;
    if first & 0x10 != 0 {
        return Err(Malformed::Value {
            field: Field::DtlsUnifiedHeader,
            value: first.into(),
            at,
        });
    }
    let number = if first & 0x08 == 0 {
        u64::from(cursor.u8(Field::DtlsMaskedNumber)?)
    } else {
        u64::from(cursor.u16(Field::DtlsMaskedNumber)?)
    };
    let len = match first & 0x04 {
        0 => cursor.left(),
        _ => u32::from(cursor.u16(Field::DtlsLength)?),
    };
    // The shortest record is a tag and one octet (RFC 9147, section 4.2.3 needs 16 octets).
    if len > cursor.left() || len < 16 {
        return Err(Malformed::Length {
            field: Field::DtlsLength,
            value: len,
            at,
        });
    }
    let mut inside = cursor.sub(len);
    inside.rest(Field::DtlsSealed);
    let octets = ahead.part(0, cursor.position().saturating_sub(at));
    let epoch = u16::from(first & 0x03);
    Ok(Record {
        content: None,
        epoch,
        number,
        handshake: None,
        octets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(offset: u8) -> Vec<u8> {
        let mut record = vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 5, 0, 14];
        record.extend([1, 0, 0, 9, 0, 0, 0, 0, offset, 0, 0, 2, 0xAA, 0xBB]);
        record
    }

    #[test]
    fn a_record_must_end_with_its_datagram() {
        let mut datagram = hello(0);
        let dtls = parse(Octets::whole(&datagram, 0), false, &mut Quiet).expect("DTLS");
        assert_eq!(dtls.first.handshake, Some((HandshakeType::CLIENT_HELLO, 0)));
        datagram.push(0);
        assert!(parse(Octets::whole(&datagram, 0), false, &mut Quiet).is_none());
    }

    #[test]
    fn several_records_share_a_datagram() {
        let datagram = [hello(0), hello(2)].concat();
        let dtls = parse(Octets::whole(&datagram, 0), false, &mut Quiet).expect("DTLS");
        assert_eq!(dtls.records().count(), 2);
    }

    #[test]
    fn a_unified_header_needs_a_handshake_before_it() {
        let mut datagram = vec![0x2E, 1, 2, 0, 16];
        datagram.extend([7; 16]);
        assert!(parse(Octets::whole(&datagram, 0), false, &mut Quiet).is_none());
        let dtls = parse(Octets::whole(&datagram, 0), true, &mut Quiet).expect("DTLS");
        assert_eq!((dtls.first.content, dtls.first.epoch), (None, 2));
    }
}
