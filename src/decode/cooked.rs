//! Captures without a link of their own: Linux cooked headers and BSD loopback.

use crate::base::field::Field;
use crate::base::label::{Sink, Value};

use super::Cooked;
use super::link::{Ahead, by_ether_type};
use super::walk::Walk;

/// Linux cooked capture, version 1: sixteen octets, the protocol last.
pub(super) fn version_1<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let Some(&[t0, t1, h0, h1, l0, l1, .., p0, p1]) = walk.captured().first_chunk::<16>() else {
        walk.short();
        return None;
    };
    walk.cooked = Some(Cooked {
        interface: None,
        packet_type: u16::from_be_bytes([t0, t1]),
    });
    let protocol = u16::from_be_bytes([p0, p1]);
    walk.mark(0, 6, Field::SllHeader, Value::None);
    sender(walk, 6, u16::from_be_bytes([l0, l1]));
    walk.mark(14, 16, Field::EthType, Value::Number(u64::from(protocol)));
    walk.advance(16);
    by_cooked_protocol(walk, u16::from_be_bytes([h0, h1]), protocol)
}

/// Linux cooked capture, version 2: twenty octets, the protocol first.
pub(super) fn version_2<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let Some(&[p0, p1, _, _, i0, i1, i2, i3, h0, h1, kind, len, ..]) =
        walk.captured().first_chunk::<20>()
    else {
        walk.short();
        return None;
    };
    walk.cooked = Some(Cooked {
        interface: Some(u32::from_be_bytes([i0, i1, i2, i3])),
        packet_type: u16::from(kind),
    });
    let protocol = u16::from_be_bytes([p0, p1]);
    walk.mark(0, 2, Field::EthType, Value::Number(u64::from(protocol)));
    walk.mark(2, 12, Field::SllHeader, Value::None);
    sender(walk, 12, u16::from(len));
    walk.advance(20);
    by_cooked_protocol(walk, u16::from_be_bytes([h0, h1]), protocol)
}

/// Eight octets at `at` for the link address of the sender, `len` of them in use.
///
/// Six are an Ethernet address and tell as much as in an Ethernet header.
fn sender<S: Sink>(walk: &mut Walk<'_, '_, S>, at: u32, len: u16) {
    let (middle, end) = (at.saturating_add(6), at.saturating_add(8));
    if len == 6 {
        walk.mark(at, middle, Field::EthSrc, Value::Octets);
        walk.mark(middle, end, Field::SllHeader, Value::None);
    } else {
        walk.mark(at, end, Field::SllHeader, Value::None);
    }
}

/// The protocol of a cooked header: an EtherType, or one of the kernel's numbers below them.
fn by_cooked_protocol<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    hardware: u16,
    protocol: u16,
) -> Option<Ahead> {
    match (hardware, protocol) {
        // On netlink the protocol is a family of messages of the kernel.
        (HARDWARE_NETLINK, _) => None,
        (_, COOKED_LLC) => Some(Ahead::Llc),
        (_, COOKED_PPP) => Some(Ahead::Ppp),
        _ => by_ether_type(walk, protocol),
    }
}

/// BSD loopback: an address family in four octets.
///
/// NULL has the byte order of the machine that captured, LOOP network order. Families are small
/// numbers, so either order can be told by itself.
pub(super) fn loopback<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let Some(&octets) = walk.captured().first_chunk::<4>() else {
        walk.short();
        return None;
    };
    let family = u32::from_be_bytes(octets).min(u32::from_le_bytes(octets));
    walk.mark(0, 4, Field::LinkHeader, Value::Number(u64::from(family)));
    walk.advance(4);
    match family {
        2 => Some(Ahead::Ipv4),
        // Linux, NetBSD and OpenBSD, FreeBSD, Darwin.
        10 | 24 | 28 | 30 => Some(Ahead::Ipv6),
        _ => None,
    }
}

/// `ARPHRD_NETLINK` of Linux.
const HARDWARE_NETLINK: u16 = 824;
/// `LINUX_SLL_P_802_2`: LLC follows.
const COOKED_LLC: u16 = 0x0004;
/// `LINUX_SLL_P_PPPHDLC`: PPP follows.
const COOKED_PPP: u16 = 0x0007;

#[cfg(test)]
mod tests {
    use super::super::tests::{IPV4_UDP, IPV6_UDP, see};
    use super::*;

    const SLL: [u8; 14] = [0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];

    #[test]
    fn version_1_ends_with_the_protocol() {
        let octets = [&SLL[..], &[8, 0], &IPV4_UDP].concat();
        let seen = see(113, &octets);
        assert_eq!(seen.udp().offset, 16 + 28);
        let sent = Cooked {
            interface: None,
            packet_type: 4,
        };
        assert_eq!(seen.decoded.cooked, Some(sent));
        let expected = [
            (0, 6, Field::SllHeader),
            (6, 12, Field::EthSrc),
            (12, 14, Field::SllHeader),
            (14, 16, Field::EthType),
        ];
        assert_eq!(seen.regions()[..4], expected);
    }

    #[test]
    fn version_2_begins_with_the_protocol() {
        let header = [
            0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        let octets = [&header[..], &IPV6_UDP].concat();
        let seen = see(276, &octets);
        assert_eq!(seen.udp().offset, 20 + 48);
        let sent = Cooked {
            interface: Some(2),
            packet_type: 4,
        };
        assert_eq!(seen.decoded.cooked, Some(sent));
        let expected = [
            (0, 2, Field::EthType),
            (2, 12, Field::SllHeader),
            (12, 20, Field::SllHeader),
        ];
        assert_eq!(seen.regions()[..3], expected);
    }

    #[test]
    fn a_cooked_header_may_carry_tags_ppp_and_llc() {
        let tag = [&[0x81, 0, 0, 7, 8, 0][..], &IPV4_UDP].concat();
        let ppp = [&[0, 7, 0xff, 3, 0, 0x21][..], &IPV4_UDP].concat();
        let llc = [&[0, 4, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &IPV4_UDP].concat();
        for rest in [tag, ppp, llc] {
            let octets = [&SLL[..], &rest].concat();
            assert_eq!(see(113, &octets).udp().captured, [1, 2, 3, 4]);
        }
    }

    #[test]
    fn a_netlink_message_is_no_packet() {
        let mut octets = [&SLL[..], &[8, 0], &IPV4_UDP].concat();
        octets[2..4].copy_from_slice(&824_u16.to_be_bytes());
        assert_eq!(see(113, &octets).decoded.src, None);
    }

    #[test]
    fn a_loopback_family_is_read_in_either_byte_order() {
        for (link, family) in [(0, [2, 0, 0, 0]), (0, [0, 0, 0, 2]), (108, [0, 0, 0, 2])] {
            let octets = [&family[..], &IPV4_UDP].concat();
            let seen = see(link, &octets);
            assert_eq!(seen.udp().offset, 32);
            assert_eq!(seen.labels.facts()[0].value, Value::Number(2));
        }
        for family in [10, 24, 28, 30] {
            let octets = [&[family, 0, 0, 0][..], &IPV6_UDP].concat();
            assert_eq!(see(0, &octets).udp().offset, 52);
        }
    }
}
