//! MS-TURN: the header of STUN with other numbers.
//!
//! It grew out of a draft of TURN (draft-rosenberg-midcom-turn-08), and Teams and Skype speak it
//! still. Its numbers are told here in those of the RFCs, so that nobody else need know them.

use super::names::{AttributeType as T, MessageType};

/// Whether attributes begin with the magic cookie that marks every such message ([MS-TURN] 2.2.2).
pub(super) fn is_ms_turn(body: &[u8]) -> bool {
    body.starts_with(&[0x00, 0x0F, 0, 4, 0x72, 0xC6, 0x4B, 0xC6])
}

/// The message type of RFC 8656 that means the same.
pub(super) const fn meaning_of_message(kind: MessageType) -> MessageType {
    match kind.0 {
        SEND => MessageType(0x0016),
        DATA => MessageType(0x0017),
        _ => kind,
    }
}

/// The attribute of RFC 8489 and 8656 that means the same.
///
/// MAPPED-ADDRESS stands only in the answer to Allocate, and is the relayed address there. Later
/// versions make MESSAGE-INTEGRITY with SHA-256, and its length alone tells.
pub(super) const fn meaning(kind: T, len: u32) -> T {
    match kind.0 {
        0x0008 if len == 32 => T::MESSAGE_INTEGRITY_SHA256,
        0x0001 => T::XOR_RELAYED_ADDRESS,
        0x000E => T::ALTERNATE_SERVER,
        0x0011 | 0x0012 => T::XOR_PEER_ADDRESS,
        0x0014 => T::NONCE,
        0x0015 => T::REALM,
        0x8020 => T::XOR_MAPPED_ADDRESS,
        _ => kind,
    }
}

/// Name of a message type where it is not that of the RFCs.
pub(super) const fn message_name(kind: u16) -> Option<&'static str> {
    Some(match kind {
        SEND => "MS-TURN Send request",
        DATA => "MS-TURN Data indication",
        0x0006 => "MS-TURN Set Active Destination request",
        0x0106 => "MS-TURN Set Active Destination success",
        0x0116 => "MS-TURN Set Active Destination error",
        _ => return None,
    })
}

/// Name of an attribute where it is not that of the RFCs.
pub(super) const fn attribute_name(kind: u16) -> Option<&'static str> {
    Some(match kind {
        0x0001 => "MAPPED-ADDRESS, in MS-TURN the relayed address",
        0x000E => "MS-TURN ALTERNATE-SERVER",
        0x000F => "MS-TURN MAGIC-COOKIE",
        0x0011 => "MS-TURN DESTINATION-ADDRESS",
        0x0012 => "MS-TURN REMOTE-ADDRESS",
        0x0014 => "MS-TURN NONCE",
        0x0015 => "MS-TURN REALM",
        _ => return None,
    })
}

const SEND: u16 = 0x0004;
const DATA: u16 = 0x0115;

#[cfg(test)]
mod tests {
    use super::super::attribute::AttributeValue;
    use super::super::names::{Class, Method};
    use super::super::{Stun, parse};
    use super::*;
    use crate::base::label::Quiet;
    use crate::base::span::Octets;

    /// A message of MS-TURN with these attributes behind its cookie.
    fn message(kind: u16, id: [u8; 4], attributes: &[u8]) -> Vec<u8> {
        let mut message = kind.to_be_bytes().to_vec();
        message.extend([0, attributes.len() as u8 + 8]);
        message.extend(id);
        message.extend([9; 12]);
        message.extend([0x00, 0x0F, 0, 4, 0x72, 0xC6, 0x4B, 0xC6]);
        message.extend(attributes);
        message
    }

    fn read(message: &[u8]) -> Option<Stun<'_>> {
        parse(Octets::whole(message, 0), &mut Quiet)
    }

    const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

    #[test]
    fn nonce_and_realm_have_each_other_s_number() {
        let octets = message(0x0003, COOKIE, &[0x00, 0x15, 0, 4, b'r', b't', b'c', b'm']);
        let stun = read(&octets).expect("STUN");
        assert_eq!(stun.find(T::REALM), Some(AttributeValue::Text(b"rtcm")));
        assert_eq!(stun.find(T::NONCE), None);
    }

    #[test]
    fn the_address_of_a_peer_is_not_masked() {
        let remote = [0x00, 0x12, 0, 8, 0, 1, 0x0d, 0x96, 192, 0, 2, 1];
        let octets = message(0x0115, [1, 2, 3, 4], &remote);
        let stun = read(&octets).expect("without the cookie of the header");
        let peer = "192.0.2.1:3478".parse().expect("an address");
        let found = stun.find(T::XOR_PEER_ADDRESS);
        assert_eq!(found, Some(AttributeValue::Address(peer)));
        assert_eq!(
            (stun.method(), stun.class()),
            (Method::DATA, Class::Indication)
        );
        assert_eq!(stun.name(), "MS-TURN Data indication");
    }

    #[test]
    fn without_either_cookie_it_is_no_stun() {
        let mut octets = message(0x0115, [1, 2, 3, 4], &[]);
        octets[24] ^= 1;
        assert!(read(&octets).is_none());
    }

    #[test]
    fn the_address_that_is_masked_is_masked_with_the_transaction() {
        let mut mapped = [0x80, 0x20, 0, 8, 0, 1, 0x0d, 0x96, 192, 0, 2, 1];
        let mask = [1, 2, 1, 2, 3, 4];
        mapped[6..]
            .iter_mut()
            .zip(mask)
            .for_each(|(octet, mask)| *octet ^= mask);
        let octets = message(0x0103, [1, 2, 3, 4], &mapped);
        let expected = "192.0.2.1:3478".parse().expect("an address");
        let found = read(&octets).expect("STUN").find(T::XOR_MAPPED_ADDRESS);
        assert_eq!(found, Some(AttributeValue::Address(expected)));
    }
}
