//! STUN attributes: where each stands, and what it says.
//!
//! One reading serves all: quietly for values, with labels for the packet view.

use std::net::SocketAddr;

use super::layout::{Layout, field_of};
use super::names::{AttributeType as T, MessageType, Method};
use super::value::value;
use super::{TransactionId, layout, ms_turn};
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink, Value};
use crate::base::span::Octets;

/// One attribute of a message.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    /// Its type; where MS-TURN has a number of its own, the one of the RFCs that means the same.
    pub kind: T,
    /// Position in the frame of its type field.
    pub at: u32,
    /// The octets of its value, as far as they were captured.
    pub octets: &'a [u8],
    /// What it says.
    pub value: AttributeValue<'a>,
}

impl Attribute<'_> {
    /// Whether a bit is set that is reserved and zero when sent.
    pub(super) fn has_reserved_bits(&self) -> bool {
        let reserved = layout::reserved_bits(self.kind);
        let mut pairs = self.octets.iter().zip(reserved);
        pairs.any(|(octet, reserved)| octet & reserved != 0)
    }
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
    /// Whether the numbers are those of MS-TURN.
    pub(super) ms_turn: bool,
    /// Whether user names are those of accounts, not of ICE.
    pub(super) names_account: bool,
}

impl Reading {
    /// Padded, unless the length of the message excludes it and only the other way fits.
    pub(super) fn of(body: Octets<'_>, kind: MessageType, id: TransactionId) -> Self {
        let [padded, bare] = [true, false].map(|padded| Self {
            id,
            padded,
            ms_turn: ms_turn::is_ms_turn(body.captured),
            names_account: kind.method() != Method::BINDING,
        });
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
    reading: Reading,
) -> Result<Attribute<'a>, Malformed> {
    let at = cursor.position();
    let mut kind = T(cursor.named_u16(Field::StunAttrType, |number| {
        reading.ms_turn.then(|| ms_turn::attribute_name(number))?
    })?);
    let len = u32::from(cursor.u16(Field::StunAttrLength)?);
    if reading.ms_turn {
        kind = ms_turn::meaning(kind, len);
    }
    if len > cursor.left() {
        return Err(Malformed::Length {
            field: Field::StunAttrLength,
            value: len,
            at,
        });
    }
    let octets = cursor.ahead().part(0, len).captured;
    let value = match layout_of(kind, reading) {
        Layout::Data(_) => AttributeValue::Data(cursor.inside(len)),
        layout => {
            let mut inside = cursor.sub(len);
            let value = value(layout, &mut inside, reading);
            // An empty attribute is a flag: that it is there is all it says.
            if len == 0 {
                inside.fact(0, field_of(layout), Value::Octets);
            } else if inside.left() > 0 {
                inside.rest(match (value, layout) {
                    (Ok(_), _) => Field::StunReserved,
                    // What the capture has of it is as it is whole, a password above all.
                    (_, Layout::Text(field) | Layout::Octets(field) | Layout::Secret(field)) => {
                        field
                    }
                    (Err(_), _) => Field::StunAttrValue,
                });
            }
            value.unwrap_or(AttributeValue::Octets(octets))
        }
    };
    // Padding may be missing after the last attribute of a message of odd length.
    let padding = if reading.padded {
        len.wrapping_neg() & 3
    } else {
        0
    };
    if padding > 0 && cursor.captured_left() > 0 {
        cursor.skip(padding.min(cursor.captured_left()), Field::StunAttrPadding)?;
    }
    Ok(Attribute {
        kind,
        at,
        octets,
        value,
    })
}

/// The layout of an attribute; no address of MS-TURN is masked but the one that says so.
const fn layout_of(kind: T, reading: Reading) -> Layout {
    match layout::layout(kind) {
        Layout::XorAddress(field) if reading.ms_turn && kind.0 != T::XOR_MAPPED_ADDRESS.0 => {
            Layout::Address(field)
        }
        layout => layout,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Labels;

    const ID: TransactionId = TransactionId([
        0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);

    const READING: Reading = Reading {
        id: ID,
        padded: true,
        ms_turn: false,
        names_account: true,
    };

    fn only(body: &[u8]) -> AttributeValue<'_> {
        read_all(Octets::whole(body, 0), READING)
            .next()
            .expect("one attribute")
            .value
    }

    #[test]
    fn a_message_of_odd_length_may_be_without_padding() {
        let body = [0x80, 0x22, 0, 1, b'x', 0x80, 0x22, 0, 1, b'y'];
        let octets = Octets::whole(&body, 0);
        let reading = Reading::of(octets, MessageType(1), ID);
        assert!(!reading.padded);
        assert_eq!(read_all(octets, reading).count(), 2);
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
    fn what_the_capture_has_of_a_cut_value_keeps_its_name() {
        let body = [0x00, 0x07, 0, 8, b's', b'e', b'c'];
        let octets = Octets {
            captured: &body,
            offset: 0,
            wire_len: 12,
        };
        let mut labels = Labels::default();
        label(octets, READING, &mut labels);
        let last = labels.regions(7, 12).iter().rev().nth(1).copied();
        assert_eq!(last.map(|label| label.field), Some(Field::StunPassword));
    }

    #[test]
    fn an_attribute_beyond_its_message_ends_the_reading() {
        let body = [0x80, 0x22, 0, 9, b'x', b'y', b'z', 0];
        assert_eq!(read_all(Octets::whole(&body, 0), READING).count(), 0);
        assert!(!walks_to_the_end(Octets::whole(&body, 0), READING));
    }
}
