//! PPP and what carries it: `PPPoE`, HDLC framing, Cisco HDLC.

use crate::base::anomaly::Anomaly;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

use super::link::{Ahead, by_ether_type};
use super::walk::Walk;

/// PPP (RFC 1661), with or without the address and control octets of HDLC (RFC 1662).
///
/// Both these octets and the first one of the protocol may be compressed away: a protocol number
/// ends with the first odd octet, and 0xff never begins one.
pub(super) fn ppp<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    match walk.captured() {
        [0xff, 0x03, ..] => {
            walk.mark(0, 2, Field::LinkHeader, Value::None);
            walk.advance(2);
        }
        [0x0f | 0x8f, 0x00, ..] => return cisco_hdlc(walk),
        _ => {}
    }
    protocol(walk)
}

fn protocol<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let (number, len) = match *walk.captured() {
        [odd, ..] if odd & 1 == 1 => (u16::from(odd), 1),
        [high, low, ..] => (u16::from_be_bytes([high, low]), 2),
        _ => {
            walk.short();
            return None;
        }
    };
    walk.mark(0, len, Field::LinkHeader, Value::Number(u64::from(number)));
    walk.advance(len);
    match number {
        0x0021 => Some(Ahead::Ipv4),
        0x0057 => Some(Ahead::Ipv6),
        0x0281 | 0x0283 => Some(Ahead::Mpls),
        _ => None,
    }
}

/// PPP behind one octet for the direction (`LINKTYPE_PPP_WITH_DIR`).
pub(super) fn with_direction<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    if walk.captured().is_empty() {
        walk.short();
        return None;
    }
    walk.mark(0, 1, Field::LinkHeader, Value::None);
    walk.advance(1);
    Some(Ahead::Ppp)
}

/// PPP whose address octet was made the direction (`LINKTYPE_PPP_PPPD`).
pub(super) fn pppd<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    if walk.captured().len() < 2 {
        walk.short();
        return None;
    }
    walk.mark(0, 2, Field::LinkHeader, Value::None);
    walk.advance(2);
    protocol(walk)
}

/// Cisco HDLC: address, control, EtherType.
pub(super) fn cisco_hdlc<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let Some(&[_, _, high, low]) = walk.captured().first_chunk() else {
        walk.short();
        return None;
    };
    let number = u16::from_be_bytes([high, low]);
    walk.mark(0, 2, Field::LinkHeader, Value::None);
    walk.mark(2, 4, Field::EthType, Value::Number(u64::from(number)));
    walk.advance(4);
    by_ether_type(walk, number)
}

/// `PPPoE`, session stage (RFC 2516, section 4).
///
/// Its length is not needed to find padding, since IP has its own; where the two disagree, more is
/// read.
pub(super) fn pppoe<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let Some(&[version, code, _, _, high, low]) = walk.captured().first_chunk() else {
        walk.short();
        return None;
    };
    if version != 0x11 {
        walk.odd(Anomaly::BadHeader);
        return None;
    }
    walk.mark(0, 6, Field::LinkHeader, Value::None);
    walk.advance(6);
    if code != 0 {
        return None;
    }
    let len = u32::from(u16::from_be_bytes([high, low]));
    if len > walk.ahead().wire_len {
        walk.odd(Anomaly::BadHeader);
    }
    Some(Ahead::Ppp)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ETHERNET, ETHERNET_IPV4, IPV4_UDP, IPV6_UDP, see};
    use super::*;

    fn reads(link: u16, header: &[u8], ip: &[u8]) {
        let octets = [header, ip].concat();
        let seen = see(link, &octets);
        assert_eq!(seen.udp().captured, [1, 2, 3, 4], "{header:x?}");
        assert_eq!(seen.field_at(0), Field::LinkHeader);
        assert_eq!(seen.anomalies(), []);
    }

    #[test]
    fn address_control_and_protocol_may_be_compressed() {
        let headers: [&[u8]; 4] = [&[0xff, 3, 0, 0x21], &[0xff, 3, 0x21], &[0, 0x21], &[0x21]];
        for header in headers {
            reads(9, header, &IPV4_UDP);
        }
        reads(50, &[0, 0x57], &IPV6_UDP);
    }

    #[test]
    fn the_direction_stands_before_or_in_place_of_the_address() {
        reads(204, &[1, 0xff, 3, 0, 0x21], &IPV4_UDP);
        reads(166, &[1, 3, 0, 0x21], &IPV4_UDP);
    }

    #[test]
    fn cisco_hdlc_carries_an_ether_type() {
        reads(104, &[0x0f, 0, 8, 0], &IPV4_UDP);
        reads(50, &[0x8f, 0, 0x86, 0xdd], &IPV6_UDP);
    }

    #[test]
    fn a_pppoe_session_is_read_and_its_padding_told_apart() {
        let session = [0x88, 0x64, 0x11, 0, 0, 1, 0, 34, 0, 0x21];
        let octets = [&ETHERNET_IPV4[..12], &session, &IPV4_UDP, &[0; 6]].concat();
        let seen = see(ETHERNET, &octets);
        assert_eq!((seen.udp().offset, seen.udp().wire_len), (50, 4));
        assert_eq!(seen.field_at(54), Field::FrameTrailer);
        assert_eq!(seen.anomalies(), []);
    }

    #[test]
    fn a_pppoe_length_beyond_the_frame_is_told() {
        let octets = [&[0x11, 0, 0, 1, 0, 99, 0, 0x21][..], &IPV4_UDP].concat();
        let seen = see(51, &octets);
        assert_eq!(seen.udp().wire_len, 4);
        assert_eq!(seen.anomalies(), [Anomaly::BadHeader]);
    }

    #[test]
    fn another_protocol_keeps_the_label_of_its_number() {
        let seen = see(9, &[0xff, 3, 0xc0, 0x21, 1]);
        assert_eq!(seen.decoded.src, None);
        assert_eq!(seen.regions()[1], (2, 4, Field::LinkHeader));
        assert_eq!(seen.regions()[2], (4, 5, Field::Unparsed));
    }
}
