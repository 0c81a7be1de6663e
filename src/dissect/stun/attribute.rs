//! STUN attributes: where each stands, and what it says.
//!
//! One reading serves all: quietly for values, with labels for the packet view.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::layout::{Layout, field_of, layout};
use super::names::AttributeType as T;
use super::{MAGIC_COOKIE, TransactionId};
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink, Value};
use crate::base::span::Octets;

/// One attribute of a message.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    /// Its type.
    pub kind: T,
    /// Position in the frame of its type field.
    pub at: u32,
    /// What it says.
    pub value: AttributeValue<'a>,
}

/// What an attribute says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeValue<'a> {
    /// An address, any exclusive-or taken off.
    Address(SocketAddr),
    /// UTF-8 text, as far as the sender kept to it.
    Text(&'a [u8]),
    /// A number of up to 64 bits.
    Number(u64),
    /// An error code and its reason (RFC 8489, section 14.8).
    Error(u16, &'a [u8]),
    /// A datagram carried inside.
    Data(Octets<'a>),
    /// Octets whose meaning is not known here, or not as their type asks.
    Octets(&'a [u8]),
}

/// How the attributes of a message are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// Transaction id, with which addresses are exclusive-ored.
    pub(super) id: TransactionId,
    /// Whether values are padded to four octets, as RFC 8489 asks and MS-TURN does not.
    pub(super) padded: bool,
}

impl Reading {
    /// Padded, unless the length of the message excludes it and only the other way fits.
    pub(super) fn of(body: Octets<'_>, id: TransactionId) -> Self {
        let [padded, bare] = [true, false].map(|padded| Self { id, padded });
        let fits = |reading| walks_to_the_end(body, reading);
        if body.wire_len.is_multiple_of(4) || fits(padded) || !fits(bare) {
            padded
        } else {
            bare
        }
    }
}

/// The attributes in `body`, up to the first that cannot be read.
pub(super) fn read_all(body: Octets<'_>, reading: Reading) -> impl Iterator<Item = Attribute<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut quiet = Quiet;
        let mut cursor = Cursor::new(body.after(at), &mut quiet);
        if cursor.left() == 0 {
            return None;
        }
        let attribute = read(&mut cursor, reading).ok()?;
        at = at.saturating_add(cursor.taken());
        Some(attribute)
    })
}

/// Labels every attribute in `body`; the data that one carries is left to whoever reads it.
pub(super) fn label<S: Sink>(body: Octets<'_>, reading: Reading, sink: &mut S) {
    let mut cursor = Cursor::new(body, sink);
    while cursor.left() > 0 && read(&mut cursor, reading).is_ok() {}
}

/// Whether attributes fill `body` exactly.
pub(super) fn walks_to_the_end(body: Octets<'_>, reading: Reading) -> bool {
    let mut quiet = Quiet;
    let mut cursor = Cursor::new(body, &mut quiet);
    while cursor.left() > 0 {
        if read(&mut cursor, reading).is_err() {
            return false;
        }
    }
    true
}

fn read<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    Reading { id, padded }: Reading,
) -> Result<Attribute<'a>, Malformed> {
    let at = cursor.position();
    let kind = T(cursor.u16(Field::StunAttrType)?);
    let len = u32::from(cursor.u16(Field::StunAttrLength)?);
    if len > cursor.left() {
        return Err(Malformed::Length {
            field: Field::StunAttrLength,
            value: len,
            at,
        });
    }
    let whole = cursor.ahead().part(0, len);
    let value = match layout(kind) {
        Layout::Data(_) => AttributeValue::Data(cursor.inside(len)),
        layout => {
            let mut inside = cursor.sub(len);
            let value =
                value(layout, &mut inside, id).unwrap_or(AttributeValue::Octets(whole.captured));
            // An empty attribute is a flag: that it is there is all it says.
            if len == 0 {
                inside.fact(0, field_of(layout), Value::Octets);
            } else if inside.left() > 0 {
                inside.rest(Field::StunReserved);
            }
            value
        }
    };
    // Padding may be missing after the last attribute of a message of odd length.
    let padding = if padded { len.wrapping_neg() & 3 } else { 0 };
    if padding > 0 && cursor.captured_left() > 0 {
        cursor.skip(padding.min(cursor.captured_left()), Field::StunAttrPadding)?;
    }
    Ok(Attribute { kind, at, value })
}

fn value<'a, S: Sink>(
    layout: Layout,
    cursor: &mut Cursor<'a, '_, S>,
    id: TransactionId,
) -> Result<AttributeValue<'a>, Malformed> {
    let len = cursor.left();
    match layout {
        Layout::Address(field) => address(cursor, field, None),
        Layout::XorAddress(field) => address(cursor, field, Some(id)),
        Layout::Text(field) => cursor.text(len, field).map(AttributeValue::Text),
        Layout::Octets(field) | Layout::Data(field) => {
            cursor.octets(len, field).map(AttributeValue::Octets)
        }
        Layout::Number(width, field) => number(cursor, width, field),
        Layout::List(width, field) => {
            let first = number(cursor, width, field)?;
            while cursor.left() >= width {
                number(cursor, width, field)?;
            }
            Ok(first)
        }
        Layout::Error => error(cursor),
        Layout::PasswordAlgorithms => password_algorithms(cursor),
        Layout::NetworkInfo => {
            let network = cursor.u16(Field::StunNetworkId)?;
            let cost = cursor.u16(Field::StunNetworkCost)?;
            Ok(AttributeValue::Number(
                (u64::from(network) << 16) | u64::from(cost),
            ))
        }
    }
}

fn number<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    width: u32,
    field: Field,
) -> Result<AttributeValue<'a>, Malformed> {
    Ok(AttributeValue::Number(match width {
        1 => cursor.u8(field)?.into(),
        2 => cursor.u16(field)?.into(),
        4 => cursor.u32(field)?.into(),
        _ => cursor.u64(field)?,
    }))
}

fn error<'a, S: Sink>(cursor: &mut Cursor<'a, '_, S>) -> Result<AttributeValue<'a>, Malformed> {
    cursor.skip(2, Field::StunReserved)?;
    let [class, number, ..] = cursor.ahead().captured else {
        return cursor
            .octets(cursor.left(), Field::StunErrorCode)
            .map(AttributeValue::Octets);
    };
    let code = u16::from(class & 0x07)
        .saturating_mul(100)
        .saturating_add(u16::from(*number));
    cursor.value(2, Field::StunErrorCode, Value::Number(code.into()))?;
    let reason = cursor.text(cursor.left(), Field::StunErrorReason)?;
    Ok(AttributeValue::Error(code, reason))
}

/// Each algorithm is a number, the length of its parameters, and these, padded to four octets.
fn password_algorithms<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<AttributeValue<'a>, Malformed> {
    let mut first = None;
    while cursor.left() >= 4 {
        let algorithm = cursor.u16(Field::StunPasswordAlgorithm)?;
        first.get_or_insert(algorithm);
        let parameters = u32::from(cursor.u16(Field::StunAttrLength)?);
        let padded = parameters.saturating_add(parameters.wrapping_neg() & 3);
        cursor.skip(padded.min(cursor.left()), Field::StunAttrValue)?;
    }
    Ok(AttributeValue::Number(first.unwrap_or_default().into()))
}

/// An address (RFC 8489, sections 14.1 and 14.2), exclusive-ored where `xor` is given.
fn address<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    field: Field,
    xor: Option<TransactionId>,
) -> Result<AttributeValue<'a>, Malformed> {
    let value = cursor.ahead().captured;
    let mask = xor.map_or([0; 16], |id| id.0);
    let [m0, m1, ..] = if xor.is_some() {
        MAGIC_COOKIE.to_be_bytes()
    } else {
        [0; 4]
    };
    let found = match value {
        [_, 0x01, p0, p1, ip @ ..] => ip.first_chunk().map(|ip: &[u8; 4]| {
            let mut unmasked = *ip;
            unmasked
                .iter_mut()
                .zip(mask)
                .for_each(|(octet, mask)| *octet ^= mask);
            (IpAddr::from(Ipv4Addr::from(unmasked)), p0, p1, 6)
        }),
        [_, 0x02, p0, p1, ip @ ..] => ip.first_chunk().map(|ip: &[u8; 16]| {
            let mut unmasked = *ip;
            unmasked
                .iter_mut()
                .zip(mask)
                .for_each(|(octet, mask)| *octet ^= mask);
            (IpAddr::from(Ipv6Addr::from(unmasked)), p0, p1, 18)
        }),
        _ => None,
    };
    let Some((ip, p0, p1, len)) = found else {
        return cursor
            .octets(cursor.left(), field)
            .map(AttributeValue::Octets);
    };
    let address = SocketAddr::new(ip, u16::from_be_bytes([p0 ^ m0, p1 ^ m1]));
    cursor.skip(1, Field::StunReserved)?;
    cursor.u8(Field::StunFamily)?;
    cursor.value(len, field, Value::Address(address))?;
    Ok(AttributeValue::Address(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: TransactionId = TransactionId([
        0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);

    const READING: Reading = Reading {
        id: ID,
        padded: true,
    };

    #[test]
    fn a_message_of_odd_length_may_be_without_padding() {
        let body = [0x80, 0x22, 0, 1, b'x', 0x80, 0x22, 0, 1, b'y'];
        let octets = Octets::whole(&body, 0);
        let reading = Reading::of(octets, ID);
        assert!(!reading.padded);
        assert_eq!(read_all(octets, reading).count(), 2);
    }

    fn only(body: &[u8]) -> AttributeValue<'_> {
        read_all(Octets::whole(body, 0), READING)
            .next()
            .expect("one attribute")
            .value
    }

    #[test]
    fn an_xor_address_is_read_without_its_mask() {
        let body = [0x00, 0x20, 0, 8, 0, 1, 0x2c, 0x8a, 0x2b, 0x5f, 0xa5, 0x40];
        assert_eq!(
            only(&body),
            AttributeValue::Address("10.77.1.2:3480".parse().expect("address"))
        );
    }

    #[test]
    fn the_mask_of_an_ipv6_address_goes_on_into_the_transaction_id() {
        let mut body = vec![0x00, 0x12, 0, 20, 0, 2, 0x21, 0x13];
        body.extend(ID.0);
        assert_eq!(
            only(&body),
            AttributeValue::Address("[::]:1".parse().expect("address"))
        );
    }

    #[test]
    fn an_error_code_is_class_and_number() {
        let body = [0x00, 0x09, 0, 6, 0, 0, 4, 1, b'n', b'o', 0, 0];
        assert_eq!(only(&body), AttributeValue::Error(401, b"no"));
    }

    #[test]
    fn an_address_of_unknown_family_is_octets() {
        let body = [0x00, 0x01, 0, 4, 0, 9, 1, 2];
        assert_eq!(only(&body), AttributeValue::Octets(&[0, 9, 1, 2]));
    }

    #[test]
    fn an_attribute_beyond_its_message_ends_the_reading() {
        let body = [0x80, 0x22, 0, 9, b'x', b'y', b'z', 0];
        assert_eq!(read_all(Octets::whole(&body, 0), READING).count(), 0);
        assert!(!walks_to_the_end(Octets::whole(&body, 0), READING));
    }
}
