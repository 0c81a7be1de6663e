//! Overlays that carry Ethernet frames or IP in UDP: VXLAN (RFC 7348) and GENEVE (RFC 8926).
//!
//! The port alone proves nothing: every bit that a header fixes must be as it says.

use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Octets;

use super::link::Ahead;
use super::walk::Walk;

/// Steps from a UDP payload, where the walk stands, into what an overlay carries there.
///
/// Only the destination port names an overlay: the source port spreads its flows over links.
pub(super) fn enter<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    dst: u16,
    payload: Octets<'_>,
) -> Option<Ahead> {
    match dst {
        VXLAN | VXLAN_LINUX => vxlan(walk, payload.captured),
        GENEVE => geneve(walk, payload.captured),
        _ => None,
    }
}

fn vxlan<S: Sink>(walk: &mut Walk<'_, '_, S>, octets: &[u8]) -> Option<Ahead> {
    let &[0x08, 0, 0, 0, v0, v1, v2, 0] = octets.first_chunk()? else {
        return None;
    };
    let network = u32::from_be_bytes([0, v0, v1, v2]);
    walk.mark(0, 4, Field::VxlanHeader, Value::None);
    walk.mark(4, 7, Field::VxlanVni, Value::Number(network.into()));
    walk.enter(Field::VxlanVni, network);
    walk.mark(7, 8, Field::VxlanHeader, Value::None);
    walk.advance(8);
    Some(Ahead::Ethernet)
}

fn geneve<S: Sink>(walk: &mut Walk<'_, '_, S>, octets: &[u8]) -> Option<Ahead> {
    let &[first, flags, p0, p1, v0, v1, v2, 0] = octets.first_chunk()? else {
        return None;
    };
    let inside = match u16::from_be_bytes([p0, p1]) {
        0x6558 => Ahead::Ethernet,
        0x0800 => Ahead::Ipv4,
        0x86dd => Ahead::Ipv6,
        _ => return None,
    };
    // Version 0, and six bits after two flags.
    if first & 0xc0 != 0 || flags & 0x3f != 0 {
        return None;
    }
    let len = u32::from(first & 0x3f).saturating_mul(4).saturating_add(8);
    if octets.len() < len as usize {
        return None;
    }
    let network = u32::from_be_bytes([0, v0, v1, v2]);
    walk.mark(0, 4, Field::GeneveHeader, Value::None);
    walk.mark(4, 7, Field::GeneveVni, Value::Number(network.into()));
    walk.enter(Field::GeneveVni, network);
    walk.mark(7, len, Field::GeneveHeader, Value::None);
    walk.advance(len);
    Some(inside)
}

/// Registered for VXLAN.
const VXLAN: u16 = 4789;
/// Where Linux sends VXLAN unless it is told another port: its code is older than the number.
const VXLAN_LINUX: u16 = 8472;
/// Registered for GENEVE.
const GENEVE: u16 = 6081;

#[cfg(test)]
mod tests {
    use super::super::Payload;
    use super::super::tests::{ETHERNET_IPV4, IPV4_UDP, IPV6_UDP, RAW, see};
    use super::*;

    /// What stands behind this header in a datagram to this port.
    fn tunnel(port: u16, header: &[u8], inside: &[u8]) -> Vec<u8> {
        let mut octets = [&IPV4_UDP[..28], header, inside].concat();
        let len = octets.len() as u8;
        (octets[3], octets[25]) = (len, len - 20);
        octets[22..24].copy_from_slice(&port.to_be_bytes());
        octets
    }

    fn frame() -> Vec<u8> {
        [&ETHERNET_IPV4[..], &IPV4_UDP].concat()
    }

    fn reads(octets: &[u8], vni: Field) {
        let seen = see(RAW, octets);
        assert_eq!(seen.udp().captured, [1, 2, 3, 4]);
        assert_eq!(seen.udp().offset as usize, octets.len() - 4);
        let mut facts = seen.labels.facts().iter();
        let network = facts.find(|fact| fact.field == vni).unwrap();
        assert_eq!(network.value, Value::Number(0x0102));
        assert_eq!(seen.anomalies(), []);
    }

    #[test]
    fn a_frame_in_vxlan_is_read() {
        for port in [4789, 8472] {
            let octets = tunnel(port, &[8, 0, 0, 0, 0, 1, 2, 0], &frame());
            reads(&octets, Field::VxlanVni);
        }
    }

    #[test]
    fn frames_and_packets_in_geneve_are_read_behind_its_options() {
        let header = |len: u8, kind: [u8; 2]| {
            let mut header = vec![len, 0x40, kind[0], kind[1], 0, 1, 2, 0];
            header.resize(8 + 4 * usize::from(len), 9);
            header
        };
        reads(
            &tunnel(6081, &header(0, [0x65, 0x58]), &frame()),
            Field::GeneveVni,
        );
        reads(
            &tunnel(6081, &header(2, [8, 0]), &IPV4_UDP),
            Field::GeneveVni,
        );
        reads(
            &tunnel(6081, &header(1, [0x86, 0xdd]), &IPV6_UDP),
            Field::GeneveVni,
        );
    }

    #[test]
    fn a_bit_that_may_not_be_set_makes_it_a_datagram() {
        let vxlan = [8, 0, 0, 0, 0, 1, 2, 0];
        let geneve = [0, 0, 0x65, 0x58, 0, 1, 2, 0];
        for (port, header, at, octet) in [
            (4789, vxlan, 0, 0x0c),
            (4789, vxlan, 7, 1),
            (6081, geneve, 0, 0x40),
            (6081, geneve, 1, 1),
            (6081, geneve, 7, 1),
            (6081, geneve, 0, 0x3f),
            (6081, geneve, 3, 0),
            (5000, vxlan, 0, 8),
        ] {
            let mut header = header;
            header[at] = octet;
            let octets = tunnel(port, &header, &frame());
            let payload = see(RAW, &octets).decoded.payload;
            let Payload::Udp { five_tuple, .. } = payload else {
                panic!("not UDP: {payload:?}");
            };
            assert_eq!(five_tuple.dst.port(), port);
        }
    }

    #[test]
    fn what_is_no_ip_in_an_overlay_is_no_datagram_either() {
        let arp = [&ETHERNET_IPV4[..12], &[8, 6], &[0; 28]].concat();
        let octets = tunnel(4789, &[8, 0, 0, 0, 0, 1, 2, 0], &arp);
        let seen = see(RAW, &octets);
        assert_eq!(seen.decoded.payload, Payload::Other);
        assert_eq!(seen.decoded.src, Some("192.0.2.1".parse().unwrap()));
        assert_eq!(seen.anomalies(), []);
    }
}
