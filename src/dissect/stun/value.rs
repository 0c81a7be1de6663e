//! What the value of an attribute says, by its layout.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::TransactionId;
use super::attribute::{AttributeValue, Reading};
use super::layout::Layout;
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Span;

/// Reads a value up to the end of what its layout knows.
pub(super) fn value<'a, S: Sink>(
    layout: Layout,
    cursor: &mut Cursor<'a, '_, S>,
    reading: Reading,
) -> Result<AttributeValue<'a>, Malformed> {
    let len = cursor.left();
    match layout {
        Layout::Address(field) => address(cursor, field, None),
        Layout::XorAddress(field) => address(cursor, field, Some(reading.id)),
        Layout::Text(field) => cursor.text(len, field).map(AttributeValue::Text),
        Layout::Username => username(cursor, reading.names_account),
        Layout::Nonce => nonce(cursor),
        Layout::Secret(field) => cursor.skip(len, field).map(AttributeValue::Octets),
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
        Layout::Error => {
            cursor.skip(2, Field::StunReserved)?;
            error(cursor)
        }
        Layout::AddressError => {
            cursor.u8(Field::StunFamily)?;
            cursor.skip(1, Field::StunReserved)?;
            error(cursor)
        }
        Layout::Icmp => icmp(cursor),
        Layout::PasswordAlgorithms => password_algorithms(cursor),
        Layout::NetworkInfo => {
            let network = cursor.u16(Field::StunNetworkId)?;
            let cost = cursor.u16(Field::StunNetworkCost)?;
            Ok(AttributeValue::Number(
                (u64::from(network) << 16) | u64::from(cost),
            ))
        }
        Layout::MsSequence => {
            cursor.octets(20, Field::StunMsConnection)?;
            number(cursor, 4, Field::StunMsSequence)
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

/// A user name; that of the TURN REST scheme is the end of its validity, a colon, and the user
/// (draft-uberti-behave-turn-rest, section 2.2).
fn username<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    names_account: bool,
) -> Result<AttributeValue<'a>, Malformed> {
    let start = cursor.position();
    let text = cursor.text(cursor.left(), Field::StunUsername)?;
    if S::ACTIVE
        && names_account
        && let Some(colon) = text.iter().position(|octet| *octet == b':')
        && let Some(expiry) = text.get(..colon).and_then(unix_time)
    {
        let end = start.saturating_add(colon as u32);
        let span = Span::new(start, end);
        let sink = cursor.sink();
        sink.fact(span, Field::StunUserExpiry, Value::Number(expiry));
        let user = (text.len() as u32).saturating_sub(colon as u32);
        cursor.fact(user.saturating_sub(1), Field::StunUserId, Value::Text);
    }
    Ok(AttributeValue::Text(text))
}

/// Ten digits that are a moment between 2001 and 2286.
fn unix_time(digits: &[u8]) -> Option<u64> {
    let moment: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (digits.len() == 10 && moment >= 1_000_000_000).then_some(moment)
}

/// A nonce, which may begin with the security features of the server (RFC 8489, section 9.2).
fn nonce<'a, S: Sink>(cursor: &mut Cursor<'a, '_, S>) -> Result<AttributeValue<'a>, Malformed> {
    let start = cursor.position();
    let text = cursor.text(cursor.left(), Field::StunNonce)?;
    if S::ACTIVE
        && let Some(digits) = text.strip_prefix(NONCE_COOKIE)
        && let Some(features) = digits.first_chunk().copied().and_then(base64)
    {
        let start = start.saturating_add(NONCE_COOKIE.len() as u32);
        let span = Span::new(start, start.saturating_add(4));
        let value = Value::Number(features.into());
        cursor.sink().fact(span, Field::StunSecurityFeatures, value);
    }
    Ok(AttributeValue::Text(text))
}

/// Four digits of base64 (RFC 4648, section 4): 24 bits.
fn base64(digits: [u8; 4]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |bits, digit| {
        let value = match digit {
            b'A'..=b'Z' => digit.wrapping_sub(b'A'),
            b'a'..=b'z' => digit.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => digit.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        Some(bits << 6 | u32::from(value))
    })
}

/// An ICMP error that the relay received (RFC 8656, section 18.13).
fn icmp<'a, S: Sink>(cursor: &mut Cursor<'a, '_, S>) -> Result<AttributeValue<'a>, Malformed> {
    let told = number(cursor, 4, Field::StunIcmp)?;
    if cursor.left() >= 4 {
        number(cursor, 4, Field::StunIcmpData)?;
    }
    Ok(told)
}

fn error<'a, S: Sink>(cursor: &mut Cursor<'a, '_, S>) -> Result<AttributeValue<'a>, Malformed> {
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
    let [m0, m1, ..] = mask;
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

/// With this a nonce begins that tells the security features of the server.
const NONCE_COOKIE: &[u8] = b"obMatJos2";

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::base::label::{Label, Labels};
    use crate::base::span::Octets;

    /// The labels of a message of this type with these attributes, and its octets.
    fn read(kind: u16, attributes: &[u8]) -> (Vec<Label>, Vec<u8>) {
        let mut message = kind.to_be_bytes().to_vec();
        message.extend([0, attributes.len() as u8, 0x21, 0x12, 0xA4, 0x42]);
        message.extend([9; 12]);
        message.extend(attributes);
        let mut labels = Labels::default();
        parse(Octets::whole(&message, 0), &mut labels).expect("STUN");
        (labels.facts().to_vec(), message)
    }

    fn told(kind: u16, attributes: &[u8], field: Field) -> Option<String> {
        let (facts, message) = read(kind, attributes);
        let fact = facts.iter().find(|fact| fact.field == field)?;
        fact.text(&message)
    }

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let [high, low] = kind.to_be_bytes();
        let padding = value.len().next_multiple_of(4) - value.len();
        let head = [high, low, 0, value.len() as u8];
        [&head[..], value, &vec![0; padding]].concat()
    }

    #[test]
    fn the_name_of_an_account_may_hold_its_end_and_its_user() {
        let name = attribute(0x0006, b"1636988335:@user:example.com");
        let allocate = |field| told(0x0003, &name, field);
        assert_eq!(
            allocate(Field::StunUserExpiry).as_deref(),
            Some("1636988335")
        );
        let user = allocate(Field::StunUserId);
        assert_eq!(user.as_deref(), Some("@user:example.com"));
        assert_eq!(told(0x0001, &name, Field::StunUserId), None);
        let other = attribute(0x0006, b"163698833x:user");
        assert_eq!(told(0x0003, &other, Field::StunUserExpiry), None);
    }

    #[test]
    fn a_nonce_may_tell_the_security_features() {
        let nonce = |text| {
            told(
                0x0113,
                &attribute(0x0015, text),
                Field::StunSecurityFeatures,
            )
        };
        assert_eq!(nonce(b"obMatJos2wAAArest").as_deref(), Some("0xc00000"));
        assert_eq!(nonce(b"obMatJos2w"), None);
        assert_eq!(nonce(b"0123456789abcdef"), None);
    }

    #[test]
    fn a_password_is_not_told() {
        let password = attribute(0x0007, b"secret");
        assert_eq!(told(0x0102, &password, Field::StunPassword), None);
    }

    #[test]
    fn an_error_may_hold_for_one_address_family() {
        let error = attribute(0x8001, &[2, 0, 4, 40, b'n', b'o']);
        let told = |field| told(0x0103, &error, field);
        assert_eq!(told(Field::StunFamily).as_deref(), Some("0x02"));
        assert_eq!(told(Field::StunErrorCode).as_deref(), Some("440"));
        assert_eq!(told(Field::StunErrorReason).as_deref(), Some("no"));
    }

    #[test]
    fn every_password_algorithm_is_told() {
        let list = attribute(0x8002, &[0, 2, 0, 0, 0, 1, 0, 0]);
        let (facts, message) = read(0x0113, &list);
        let algorithms = facts
            .iter()
            .filter(|fact| fact.field == Field::StunPasswordAlgorithm);
        let algorithms: Vec<_> = algorithms.filter_map(|fact| fact.text(&message)).collect();
        assert_eq!(algorithms, ["0x0002", "0x0001"]);
    }
}
