//! DTLS records and what of them is in clear (RFC 6347, section 4; RFC 9147, section 4).
//!
//! Reads what stands outside the encryption. Whether a handshake passed before is the tracker's
//! knowledge: a unified header is only taken for one where the caller allows it. A record with a
//! connection id (RFC 9146) is not read: how long that is was agreed elsewhere.

mod extension;
pub mod handshake;
mod hello;
mod list;
pub mod names;
pub mod sealed;
mod suites;
pub(super) mod words;

use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink};
use crate::base::span::Octets;
use handshake::Fragment;
use list::Prefix;
use names::{AlertDescription, ContentType};

pub use extension::{Extension, ExtensionValue, Extensions, Hello};
pub use hello::{ClientHello, Random, ServerHello};
pub use list::{Numbers, Texts};
pub use suites::CipherSuite;

/// One record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Content type; `None` under a unified header, which seals it.
    pub content: Option<ContentType>,
    /// Epoch; under a unified header its two low bits.
    pub epoch: u16,
    /// Record number; under a unified header the masked octets.
    pub number: u64,
    /// The header as it stands on the wire.
    pub header: &'a [u8],
    /// What stands after the header, in clear or sealed.
    pub body: Octets<'a>,
}

/// The records of one datagram.
#[derive(Debug, Clone, Copy)]
pub struct Dtls<'a> {
    /// The first record.
    pub first: Record<'a>,
    /// Whether any of its records is in clear.
    pub clear: bool,
    octets: Octets<'a>,
}

/// Reads a datagram of DTLS records and labels all of it.
///
/// `None` where it is none: headers of 13 octets with a type from 20 to 26, a DTLS version, and
/// lengths that end exactly with the datagram. After such a record, or where `unified` allows it,
/// a unified header (DTLS 1.3) is read too.
pub fn parse<'a, S: Sink>(octets: Octets<'a>, unified: bool, sink: &mut S) -> Option<Dtls<'a>> {
    let dtls = walk(octets, unified)?;
    if S::ACTIVE {
        let mut cursor = Cursor::new(octets, sink);
        while cursor.left() > 0 && record(&mut cursor, true).is_ok() {}
    }
    Some(dtls)
}

impl<'a> Dtls<'a> {
    /// The octets of the datagram.
    pub const fn octets(&self) -> Octets<'a> {
        self.octets
    }

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

impl<'a> Record<'a> {
    /// Whether the content is in clear: no keys are in use in epoch 0.
    pub const fn is_clear(&self) -> bool {
        self.epoch == 0 && self.content.is_some()
    }

    /// The handshake messages in clear, up to the first that cannot be read.
    pub fn fragments(&self) -> impl Iterator<Item = Fragment<'a>> + use<'a> {
        let clear = self.is_clear() && self.content == Some(ContentType::HANDSHAKE);
        handshake::fragments(self.body.part(0, if clear { u32::MAX } else { 0 }))
    }

    /// The alert in clear.
    pub fn alert(&self) -> Option<AlertDescription> {
        match self.body.captured {
            [_, alert] if self.is_clear() && self.content == Some(ContentType::ALERT) => {
                Some(AlertDescription(*alert))
            }
            _ => None,
        }
    }
}

/// The records, where they fill the datagram, as far as it was captured.
fn walk(octets: Octets<'_>, unified: bool) -> Option<Dtls<'_>> {
    let mut quiet = Quiet;
    let mut cursor = Cursor::new(octets, &mut quiet);
    let mut dtls: Option<Dtls<'_>> = None;
    while cursor.left() > 0 {
        match record(&mut cursor, unified || dtls.is_some()) {
            Ok(record) => {
                let dtls = dtls.get_or_insert(Dtls {
                    first: record,
                    clear: false,
                    octets,
                });
                dtls.clear |= record.is_clear();
            }
            Err(_) if octets.is_cut() => break,
            Err(_) => return None,
        }
    }
    dtls
}

fn record<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    unified: bool,
) -> Result<Record<'a>, Malformed> {
    let ahead = cursor.ahead();
    let at = cursor.position();
    let first = ahead.captured.first().copied().unwrap_or_default();
    if first >> 5 == 1 && unified {
        return unified_record(cursor);
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
    let header = before(ahead, cursor);
    let mut inside = cursor.sub(len);
    let record = Record {
        content: Some(content),
        epoch,
        number,
        header,
        body: inside.ahead(),
    };
    if S::ACTIVE {
        label(&mut inside, record);
    }
    Ok(record)
}

/// Labels the inside of a record.
fn label<S: Sink>(cursor: &mut Cursor<'_, '_, S>, record: Record<'_>) {
    let clear = record.is_clear();
    // What is broken ends the reading of its record; the rest of it is named below.
    let _ = match record.content {
        Some(ContentType::HANDSHAKE) if clear => handshakes(cursor),
        Some(ContentType::ALERT) if clear && cursor.left() == 2 => cursor
            .u8(Field::DtlsAlertLevel)
            .and_then(|_| cursor.u8(Field::DtlsAlert))
            .map(drop),
        Some(ContentType::CHANGE_CIPHER_SPEC) if clear => cursor.u8(Field::DtlsCcs).map(drop),
        Some(ContentType::ACK) if clear => acknowledged(cursor),
        _ => Ok(()),
    };
    if cursor.left() > 0 {
        cursor.rest(if clear {
            Field::DtlsFragment
        } else {
            Field::DtlsSealed
        });
    }
}

fn handshakes<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    while cursor.left() > 0 {
        handshake::fragment(cursor)?;
    }
    Ok(())
}

/// Numbers of the records that arrived (RFC 9147, section 7).
fn acknowledged<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    let prefix = Prefix::Two(Field::DtlsAcksLength);
    list::vector(cursor, prefix, |inside| {
        inside.u64(Field::DtlsAckEpoch)?;
        inside.u64(Field::DtlsAckNumber).map(drop)
    })
    .map(drop)
}

/// A record with a unified header (RFC 9147, section 4): 001CSLEE. The length of a connection id
/// is agreed inside the encryption, so a record with one is not read.
fn unified_record<'a, S: Sink>(cursor: &mut Cursor<'a, '_, S>) -> Result<Record<'a>, Malformed> {
    let (at, ahead) = (cursor.position(), cursor.ahead());
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
    let header = before(ahead, cursor);
    let body = cursor.sub(len).rest(Field::DtlsSealed);
    Ok(Record {
        content: None,
        epoch: u16::from(first & 0x03),
        number,
        header,
        body,
    })
}

/// What was taken of these octets.
fn before<'a, S: Sink>(octets: Octets<'a>, cursor: &Cursor<'a, '_, S>) -> &'a [u8] {
    let taken = cursor.ahead().offset.saturating_sub(octets.offset);
    octets.part(0, taken).captured
}

#[cfg(test)]
mod tests {
    use super::*;
    use names::HandshakeType;

    fn hello(offset: u8) -> Vec<u8> {
        let mut record = vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 5, 0, 14];
        record.extend([1, 0, 0, 9, 0, 0, 0, 0, offset, 0, 0, 2, 0xAA, 0xBB]);
        record
    }

    #[test]
    fn a_record_must_end_with_its_datagram() {
        let mut datagram = hello(0);
        let dtls = parse(Octets::whole(&datagram, 0), false, &mut Quiet).expect("DTLS");
        let fragment = dtls.first.fragments().next().expect("a fragment");
        assert_eq!(fragment.kind, HandshakeType::CLIENT_HELLO);
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
