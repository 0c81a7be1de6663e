//! STUN messages (RFC 8489; RFC 3489 without the magic cookie).
//!
//! Reads what an endpoint would refuse: bad fingerprints, unknown attributes, odd lengths. It
//! checks no integrity and remembers no transaction.

pub mod attribute;
mod check;
mod layout;
mod ms_turn;
pub mod names;
mod value;
pub(super) mod words;

use std::borrow::Cow;

use crate::base::anomaly::{Anomalies, Anomaly, Malformed};
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink, Value, hex};
use crate::base::span::Octets;
use crate::dissect::dtls::{self, Dtls};
use attribute::{Attribute, AttributeValue, Reading};
use names::{AttributeType, Class, MessageType, Method};

/// Number in octets 4 to 7 of every STUN message since RFC 5389.
pub const MAGIC_COOKIE: u32 = 0x2112_A442;

/// Octets of the header, with which the length field does not count.
pub const HEADER_LEN: u32 = 20;

/// Transaction id with the four octets before it: the cookie, or in RFC 3489 part of the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub [u8; 16]);

impl TransactionId {
    /// Whether the first four octets are the magic cookie.
    pub fn has_cookie(&self) -> bool {
        self.0.starts_with(&MAGIC_COOKIE.to_be_bytes())
    }

    /// Hexadecimal, as other tools print it: 12 octets, or 16 where there is no cookie.
    pub fn text(&self) -> String {
        let skip = if self.has_cookie() { 4 } else { 0 };
        hex(self.0.get(skip..).unwrap_or_default())
    }
}

/// One STUN message.
#[derive(Debug, Clone, Copy)]
pub struct Stun<'a> {
    /// Method and class.
    pub message_type: MessageType,
    /// Transaction id.
    pub id: TransactionId,
    /// Header and attributes, without what follows the message.
    pub octets: Octets<'a>,
    /// What is odd about it.
    pub anomalies: Anomalies,
    reading: Reading,
}

/// What MESSAGE-INTEGRITY guards, and its HMAC-SHA1.
#[derive(Debug, Clone, Copy)]
pub struct Guarded<'a> {
    /// The header, its length as if the message ended with the attribute.
    pub header: [u8; 20],
    /// The attributes before it.
    pub attributes: &'a [u8],
    /// Its 20 octets.
    pub tag: &'a [u8],
}

/// Reads a STUN message and labels all of it but the data that it carries.
///
/// `None` where this is no STUN: the two first bits are not zero, or there is no magic cookie and
/// it is not a whole RFC 3489 message either. With the cookie it is STUN however broken.
pub fn parse<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Option<Stun<'a>> {
    let mut stun = shape(octets)?;
    let mut cursor = Cursor::new(octets, sink);
    let body = header(&mut cursor, &stun).unwrap_or(0);
    stun.octets = octets.part(0, body.saturating_add(HEADER_LEN));
    if !body.is_multiple_of(4) {
        stun.anomalies.insert(Anomaly::StunLength);
    }
    if body > cursor.left() {
        stun.anomalies.insert(Anomaly::StunAttribute);
    }
    let attributes = cursor.inside(body);
    stun.reading = Reading::of(attributes, stun.message_type, stun.id);
    if cursor.left() > 0 {
        stun.anomalies.insert(Anomaly::StunTrailing);
        cursor.rest(Field::StunTrailing);
    }
    if S::ACTIVE {
        attribute::label(attributes, stun.reading, sink);
        stun.label_dtls(sink);
    }
    stun.anomalies.extend(check::check(&stun));
    Some(stun)
}

/// The message type and transaction id, if this is STUN by its shape.
fn shape(octets: Octets<'_>) -> Option<Stun<'_>> {
    let [t0, t1, l0, l1, rest @ ..] = octets.captured else {
        return None;
    };
    let message_type = MessageType(u16::from_be_bytes([*t0, *t1]));
    let length = u32::from(u16::from_be_bytes([*l0, *l1]));
    let id = TransactionId(*rest.first_chunk()?);
    let body = octets.after(HEADER_LEN);
    let reading = Reading::of(body, message_type, id);
    let stun = Stun {
        message_type,
        id,
        octets,
        anomalies: Anomalies::default(),
        reading,
    };
    // MS-TURN sends its Data indications without the cookie of the header.
    let known = id.has_cookie()
        || ((message_type.is_rfc3489() || reading.ms_turn)
            && length.saturating_add(HEADER_LEN) == octets.wire_len
            && attribute::walks_to_the_end(body, reading));
    (message_type.0 < 0x4000 && known).then_some(stun)
}

fn header<S: Sink>(cursor: &mut Cursor<'_, '_, S>, stun: &Stun<'_>) -> Result<u32, Malformed> {
    cursor.named_u16(Field::StunType, |_| stun.name_of_its_own())?;
    let length = cursor.u16(Field::StunLength)?;
    if stun.id.has_cookie() {
        cursor.u32(Field::StunCookie)?;
        cursor.octets(12, Field::StunId)?;
    } else {
        cursor.octets(16, Field::StunId)?;
    }
    Ok(u32::from(length))
}

impl<'a> Stun<'a> {
    /// Whether it is MS-TURN, by the cookie of its own that this begins with ([MS-TURN] 2.2.2).
    pub const fn is_ms_turn(&self) -> bool {
        self.reading.ms_turn
    }

    /// Method and class in words.
    pub fn name(&self) -> Cow<'static, str> {
        match self.name_of_its_own() {
            Some(name) => name.into(),
            None => self.message_type.to_string().into(),
        }
    }

    /// The name that the message type has in MS-TURN and nowhere else.
    fn name_of_its_own(&self) -> Option<&'static str> {
        let name = || ms_turn::message_name(self.message_type.0);
        self.reading.ms_turn.then(name)?
    }

    /// What is asked, answered or told; in MS-TURN the method of the RFCs that means the same.
    pub fn method(&self) -> Method {
        self.meaning().method()
    }

    /// Request, indication, success or error.
    pub fn class(&self) -> Class {
        self.meaning().class()
    }

    const fn meaning(&self) -> MessageType {
        if self.reading.ms_turn {
            ms_turn::meaning_of_message(self.message_type)
        } else {
            self.message_type
        }
    }

    /// The attributes in their order, up to the first that cannot be read.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        attribute::read_all(self.octets.after(HEADER_LEN), self.reading)
    }

    /// The value of the first attribute of this type.
    pub fn find(&self, wanted: AttributeType) -> Option<AttributeValue<'a>> {
        self.attributes()
            .find(|attribute| attribute.kind == wanted)
            .map(|found| found.value)
    }

    /// The datagram that an indication or a DATA attribute carries.
    pub fn data(&self) -> Option<Octets<'a>> {
        match self.find(AttributeType::DATA) {
            Some(AttributeValue::Data(data)) => Some(data),
            _ => None,
        }
    }

    /// The DTLS records that libwebrtc sends inside a Binding.
    pub fn dtls(&self) -> Option<Dtls<'a>> {
        match self.find(AttributeType::META_DTLS_IN_STUN)? {
            AttributeValue::Data(data) => dtls::parse(data, true, &mut Quiet),
            _ => None,
        }
    }

    fn label_dtls<S: Sink>(&self, sink: &mut S) {
        if let Some(AttributeValue::Data(data)) = self.find(AttributeType::META_DTLS_IN_STUN)
            && dtls::parse(data, true, sink).is_none()
        {
            sink.mark(data.span(), Field::StunDtls, Value::None);
        }
    }

    /// What MESSAGE-INTEGRITY guards; `None` where there is none or the capture does not hold the
    /// message up to its end.
    pub fn guarded(&self) -> Option<Guarded<'a>> {
        let mut all = self.attributes();
        let found = all.find(|attribute| attribute.kind == AttributeType::MESSAGE_INTEGRITY)?;
        let before = found.at.checked_sub(self.octets.offset)? as usize;
        let (message, end) = self.octets.captured.split_at_checked(before)?;
        let tag = end.get(4..24).filter(|_| found.octets.len() == 20)?;
        let (header, attributes) = message.split_first_chunk::<20>()?;
        let mut header = *header;
        // As if the message ended with this attribute (RFC 8489, section 14.5).
        let len = u16::try_from(attributes.len().checked_add(24)?).ok()?;
        header.get_mut(2..4)?.copy_from_slice(&len.to_be_bytes());
        Some(Guarded {
            header,
            attributes,
            tag,
        })
    }

    /// Whether FINGERPRINT matches the message; `None` where there is none or the capture does not
    /// hold the whole message (RFC 8489, section 14.7).
    pub fn fingerprint(&self) -> Option<bool> {
        let attribute = self
            .attributes()
            .find(|attribute| attribute.kind == AttributeType::FINGERPRINT)?;
        let AttributeValue::Number(told) = attribute.value else {
            return None;
        };
        let before = attribute.at.saturating_sub(self.octets.offset);
        let message = self.octets.captured.get(..before as usize)?;
        Some(u64::from(crc32fast::hash(message) ^ FINGERPRINT_XOR) == told)
    }
}

/// With this number the CRC-32 of a STUN message is exclusive-ored: "STUN" in ASCII.
const FINGERPRINT_XOR: u32 = 0x5354_554E;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Labels;

    /// A Binding request with SOFTWARE "test" and its FINGERPRINT.
    fn binding() -> Vec<u8> {
        let mut message = vec![0x00, 0x01, 0x00, 0x10, 0x21, 0x12, 0xA4, 0x42];
        message.extend([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        message.extend([0x80, 0x22, 0, 4, b't', b'e', b's', b't']);
        let crc = crc32fast::hash(&message) ^ FINGERPRINT_XOR;
        message.extend([0x80, 0x28, 0, 4]);
        message.extend(crc.to_be_bytes());
        message
    }

    #[test]
    fn every_octet_of_a_message_is_named() {
        let (message, mut labels) = (binding(), Labels::default());
        let stun = parse(Octets::whole(&message, 0), &mut labels).expect("STUN");
        assert_eq!(stun.fingerprint(), Some(true));
        assert!(stun.anomalies.is_empty());
        let len = message.len() as u32;
        assert!(
            labels
                .regions(len, len)
                .iter()
                .all(|region| region.field != Field::Unparsed)
        );
    }

    #[test]
    fn an_altered_message_no_longer_has_its_fingerprint() {
        let mut message = binding();
        message[25] ^= 1;
        let stun = parse(Octets::whole(&message, 0), &mut Quiet).expect("STUN");
        assert_eq!(stun.fingerprint(), Some(false));
        assert!(stun.anomalies.contains(Anomaly::StunFingerprint));
    }

    #[test]
    fn octets_after_the_message_are_told() {
        let mut message = binding();
        message.extend([0; 3]);
        let stun = parse(Octets::whole(&message, 0), &mut Quiet).expect("STUN");
        assert!(stun.anomalies.contains(Anomaly::StunTrailing));
        assert_eq!(stun.octets.wire_len, 36);
    }

    #[test]
    fn without_the_cookie_only_a_whole_rfc_3489_message_is_stun() {
        let mut message = vec![0x00, 0x01, 0x00, 0x08];
        message.extend([7; 16]);
        message.extend([0x00, 0x03, 0, 4, 0, 0, 0, 6]);
        assert!(parse(Octets::whole(&message, 0), &mut Quiet).is_some());
        message.push(0);
        assert!(parse(Octets::whole(&message, 0), &mut Quiet).is_none());
    }
}
