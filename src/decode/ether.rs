//! Ethernet with its tags, and LLC.

use etherparse::{Ethernet2HeaderSlice, SingleVlanHeaderSlice};

use crate::base::anomaly::Anomaly;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

use super::link::{Ahead, by_ether_type};
use super::walk::Walk;

/// Ethernet addresses and the type of what follows, or its length.
pub(super) fn ethernet<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let Ok(header) = Ethernet2HeaderSlice::from_slice(walk.captured()) else {
        walk.short();
        return None;
    };
    walk.mark(0, 6, Field::EthDst, Value::Octets);
    walk.mark(6, 12, Field::EthSrc, Value::Octets);
    typed(walk, 12, header.ether_type().0)
}

/// A tag (IEEE 802.1Q), whose own EtherType was read before it.
pub(super) fn vlan<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let Ok(tag) = SingleVlanHeaderSlice::from_slice(walk.captured()) else {
        walk.short();
        return None;
    };
    let id = tag.vlan_identifier().value();
    walk.mark(0, 2, Field::VlanTag, Value::Number(id.into()));
    walk.enter(Field::VlanTag, id.into());
    typed(walk, 2, tag.ether_type().0)
}

/// Two octets at `at` end a header: the type of what follows, or its length (IEEE 802.3, 3.2.6).
///
/// The length is not needed to find padding, since IP has its own; where the two disagree, more
/// is read.
fn typed<S: Sink>(walk: &mut Walk<'_, '_, S>, at: u32, number: u16) -> Option<Ahead> {
    let is_length = number <= MAX_LENGTH;
    let field = if is_length {
        Field::EthLength
    } else {
        Field::EthType
    };
    let end = at.saturating_add(2);
    walk.mark(at, end, field, Value::Number(u64::from(number)));
    walk.advance(end);
    if !is_length {
        return by_ether_type(walk, number);
    }
    if u32::from(number) > walk.ahead().wire_len {
        walk.odd(Anomaly::BadHeader);
    }
    Some(Ahead::Llc)
}

/// IEEE 802.2, alone or with the SNAP that carries an EtherType (RFC 1042).
pub(super) fn llc<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    if let Some(&[0xaa, 0xaa, 0x03, 0, 0, 0 | 0xf8, high, low]) = walk.captured().first_chunk() {
        let number = u16::from_be_bytes([high, low]);
        walk.mark(0, 6, Field::LlcHeader, Value::None);
        walk.mark(6, 8, Field::EthType, Value::Number(u64::from(number)));
        walk.advance(8);
        return by_ether_type(walk, number);
    }
    let Some(&[dsap, ssap, control]) = walk.captured().first_chunk() else {
        walk.short();
        return None;
    };
    walk.mark(0, 3, Field::LlcHeader, Value::None);
    walk.advance(3);
    (dsap == 0x06 && ssap == 0x06 && control == 0x03).then_some(Ahead::Ipv4)
}

/// Up to here the two octets after the Ethernet addresses are a length, not a type.
const MAX_LENGTH: u16 = 1500;

#[cfg(test)]
mod tests {
    use super::super::tests::{ETHERNET, ETHERNET_IPV4, IPV4_UDP, see};
    use super::*;
    use crate::base::cursor::Cursor;
    use crate::base::label::Labels;
    use crate::base::span::Octets;

    fn tagged(tags: &[u8]) -> Vec<u8> {
        [&ETHERNET_IPV4[..12], tags, &[8, 0], &IPV4_UDP].concat()
    }

    #[test]
    fn labels_are_those_of_a_cursor() {
        let octets = tagged(&[0x81, 0, 0xe0, 5]);
        let mut labels = Labels::default();
        let mut cursor = Cursor::new(Octets::whole(&octets, 0), &mut labels);
        let read = |cursor: &mut Cursor<'_, '_, Labels>| {
            cursor.octets(6, Field::EthDst)?;
            cursor.octets(6, Field::EthSrc)?;
            cursor.u16(Field::EthType)?;
            cursor.skip(2, Field::VlanTag)?;
            cursor.fact(2, Field::VlanTag, Value::Number(5));
            cursor.u16(Field::EthType)
        };
        assert_eq!(read(&mut cursor), Ok(0x0800));
        let facts = labels.facts();
        assert_eq!(&see(ETHERNET, &octets).labels.facts()[..facts.len()], facts);
    }

    #[test]
    fn any_number_of_tags_is_stepped_over() {
        let tag = [[0x88, 0xa8, 0, 1], [0x91, 0, 0, 2], [0x81, 0, 0, 3]].concat();
        let octets = tagged(&tag.repeat(5000));
        assert_eq!(see(ETHERNET, &octets).udp().captured, [1, 2, 3, 4]);
    }

    #[test]
    fn padding_after_the_packet_is_no_payload() {
        let octets = [&ETHERNET_IPV4[..], &IPV4_UDP, &[0; 14]].concat();
        let seen = see(ETHERNET, &octets);
        assert_eq!(seen.udp().wire_len, 4);
        let last = seen.regions().pop();
        assert_eq!(last, Some((46, 60, Field::FrameTrailer)));
    }

    #[test]
    fn a_length_instead_of_a_type_announces_llc() {
        let snap = [0, 40, 0xaa, 0xaa, 3, 0, 0, 0];
        let octets = tagged(&snap);
        let seen = see(ETHERNET, &octets);
        assert_eq!(seen.udp().offset, 50);
        let expected = [
            (12, 14, Field::EthLength),
            (14, 20, Field::LlcHeader),
            (20, 22, Field::EthType),
        ];
        assert_eq!(seen.regions()[2..5], expected);
    }

    #[test]
    fn llc_of_another_protocol_is_no_ip() {
        let octets = [&ETHERNET_IPV4[..12], &[0, 4, 0x42, 0x42, 3, 0]].concat();
        let seen = see(ETHERNET, &octets);
        assert_eq!(seen.decoded.src, None);
        assert_eq!(seen.anomalies(), []);
    }

    #[test]
    fn a_length_beyond_the_frame_is_told() {
        let octets = tagged(&[0, 90, 0xaa, 0xaa, 3, 0, 0, 0]);
        let seen = see(ETHERNET, &octets);
        assert_eq!(seen.anomalies(), [Anomaly::BadHeader]);
        assert_eq!(seen.udp().wire_len, 4);
    }

    #[test]
    fn a_header_that_ends_too_early_is_broken() {
        let seen = see(ETHERNET, &ETHERNET_IPV4[..13]);
        assert_eq!(seen.anomalies(), [Anomaly::BadHeader]);
        assert_eq!(seen.regions(), [(0, 13, Field::Unparsed)]);
    }
}
