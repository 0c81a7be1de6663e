//! What stands below IP: one header after the other, until IP is ahead.

use crate::base::anomaly::Anomaly;
use crate::base::label::Sink;
use crate::capture::LinkType;

use super::walk::Walk;
use super::{cooked, ether, mpls, ppp};

/// Version of IP ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// RFC 791.
    V4,
    /// RFC 8200.
    V6,
}

/// What the octets ahead begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    Ethernet,
    Vlan,
    Llc,
    Cooked,
    Cooked2,
    Loopback,
    Pppoe,
    Ppp,
    PppWithDirection,
    Pppd,
    CiscoHdlc,
    Mpls,
    Ip,
    Ipv4,
    Ipv6,
}

/// Steps over every header below IP; `None` where there is no IP.
///
/// A loop, since nothing bounds the number of tags in a frame.
pub(super) fn peel<S: Sink>(mut ahead: Ahead, walk: &mut Walk<'_, '_, S>) -> Option<Version> {
    loop {
        ahead = match ahead {
            Ahead::Ethernet => ether::ethernet(walk),
            Ahead::Vlan => ether::vlan(walk),
            Ahead::Llc => ether::llc(walk),
            Ahead::Cooked => cooked::version_1(walk),
            Ahead::Cooked2 => cooked::version_2(walk),
            Ahead::Loopback => cooked::loopback(walk),
            Ahead::Pppoe => ppp::pppoe(walk),
            Ahead::Ppp => ppp::ppp(walk),
            Ahead::PppWithDirection => ppp::with_direction(walk),
            Ahead::Pppd => ppp::pppd(walk),
            Ahead::CiscoHdlc => ppp::cisco_hdlc(walk),
            Ahead::Mpls => mpls::label(walk),
            Ahead::Ip => ip(walk),
            Ahead::Ipv4 => return Some(Version::V4),
            Ahead::Ipv6 => return Some(Version::V6),
        }?;
    }
}

/// Link types by their registered numbers (`LINKTYPE_`).
///
/// Raw IP is 101 in files, yet some programs write the numbers that it has in their own system.
pub(super) fn first<S: Sink>(link: LinkType, walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    Some(match link.0 {
        0 | 108 => Ahead::Loopback,
        1 => Ahead::Ethernet,
        9 | 50 => Ahead::Ppp,
        12 | 14 | 101 => Ahead::Ip,
        51 => Ahead::Pppoe,
        104 => Ahead::CiscoHdlc,
        113 => Ahead::Cooked,
        166 => Ahead::Pppd,
        204 => Ahead::PppWithDirection,
        228 => Ahead::Ipv4,
        229 => Ahead::Ipv6,
        276 => Ahead::Cooked2,
        _ => {
            walk.odd(Anomaly::UnknownLink);
            return None;
        }
    })
}

/// What an EtherType announces; `None` for what carries no IP.
pub(super) fn by_ether_type<S: Sink>(walk: &mut Walk<'_, '_, S>, number: u16) -> Option<Ahead> {
    Some(match number {
        0x0800 => Ahead::Ipv4,
        0x86dd => Ahead::Ipv6,
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => Ahead::Vlan,
        0x8847 | 0x8848 => Ahead::Mpls,
        0x8864 => Ahead::Pppoe,
        // MACsec and provider backbone bridges hide a frame in a frame.
        0x88e5 | 0x88e7 => {
            walk.odd(Anomaly::Tunnel);
            return None;
        }
        _ => return None,
    })
}

/// IP without a link header.
fn ip<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    match version(walk)? {
        4 => Some(Ahead::Ipv4),
        6 => Some(Ahead::Ipv6),
        _ => {
            walk.odd(Anomaly::BadHeader);
            None
        }
    }
}

/// The first four bits ahead, which are the version where IP follows.
pub(super) fn version<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<u8> {
    let Some(first) = walk.captured().first() else {
        walk.short();
        return None;
    };
    Some(first >> 4)
}

#[cfg(test)]
mod tests {
    use super::super::Payload;
    use super::super::tests::{ETHERNET, ETHERNET_IPV4, IPV4_UDP, IPV6_UDP, RAW, see};
    use super::*;
    use crate::base::field::Field;

    #[test]
    fn raw_ip_tells_its_own_version() {
        for link in [12, 14, RAW, 228] {
            assert_eq!(see(link, &IPV4_UDP).udp().offset, 28);
        }
        for link in [12, 14, RAW, 229] {
            assert_eq!(see(link, &IPV6_UDP).udp().offset, 48);
        }
        assert_eq!(see(RAW, &[0x50; 40]).anomalies(), [Anomaly::BadHeader]);
    }

    #[test]
    fn an_unknown_link_is_told_and_not_read() {
        let seen = see(147, &IPV4_UDP);
        assert_eq!(seen.decoded.payload, Payload::None);
        assert_eq!(seen.anomalies(), [Anomaly::UnknownLink]);
        assert_eq!(seen.regions(), [(0, 32, Field::Unparsed)]);
    }

    #[test]
    fn a_frame_inside_a_frame_is_a_tunnel() {
        let pseudowire = [0x88, 0x47, 0, 0, 0x11, 64, 0, 0, 0, 0];
        let backbone = [0x88, 0xe7, 0, 0, 0, 1];
        for rest in [&pseudowire[..], &backbone] {
            let octets = [&ETHERNET_IPV4[..12], rest].concat();
            assert_eq!(see(ETHERNET, &octets).anomalies(), [Anomaly::Tunnel]);
        }
    }

    #[test]
    fn arp_is_no_ip_and_nothing_odd() {
        let octets = [&ETHERNET_IPV4[..12], &[8, 6], &[0; 28]].concat();
        let seen = see(ETHERNET, &octets);
        assert_eq!(seen.decoded.payload, Payload::None);
        assert_eq!(seen.anomalies(), []);
    }
}
