//! UDP and TCP: the last headers before a payload.

use super::Hop;
use std::net::{IpAddr, SocketAddr};

use etherparse::{TcpHeaderSlice, UdpHeaderSlice};

use crate::base::addr::{FiveTuple, Transport};
use crate::base::anomaly::Anomaly;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

use super::link::Ahead;
use super::walk::Walk;
use super::{Payload, TcpFlags, gre, gtp, icmp, overlay};

/// What the network headers say about the content that follows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ip {
    pub(super) src: IpAddr,
    pub(super) dst: IpAddr,
    /// Identification of the IPv4 header.
    pub(super) id: Option<u16>,
    /// Protocol number of the content; `None` where a broken header stands before it.
    pub(super) protocol: Option<u8>,
    pub(super) part: Part,
    pub(super) hop: Hop,
}

/// How much of a packet one frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The fragment that begins with the transport header.
    First,
    /// A fragment without it.
    Later,
}

/// What was read from the content of an IP packet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) payload: Payload<'a>,
    pub(super) udp_checksum: Option<u16>,
    /// What the walk stands at, where it is a tunnel that was entered.
    pub(super) inside: Option<Ahead>,
}

impl<'a> Content<'a> {
    /// Content of another kind, or that could not be read.
    pub(super) const fn unread() -> Self {
        Self::of(Payload::Other)
    }

    pub(super) const fn of(payload: Payload<'a>) -> Self {
        Self {
            payload,
            udp_checksum: None,
            inside: None,
        }
    }

    /// A tunnel, and what begins in it; `None` where that is none of ours.
    const fn tunnel(inside: Option<Ahead>) -> Self {
        Self {
            inside,
            ..Self::unread()
        }
    }
}

/// Reads the transport header that the walk stands at.
pub(super) fn read<'a, S: Sink>(walk: &mut Walk<'a, '_, S>, ip: &Ip) -> Content<'a> {
    match ip.protocol.unwrap_or(NOTHING) {
        UDP => udp(walk, ip),
        TCP => tcp(walk, ip),
        // The others have no ports, and are read when they are whole.
        _ if ip.part != Part::Whole => Content::unread(),
        ICMP => icmp::read(walk, false),
        ICMPV6 => icmp::read(walk, true),
        IPV4 => Content::tunnel(Some(Ahead::Ipv4)),
        IPV6 => Content::tunnel(Some(Ahead::Ipv6)),
        GRE => Content::tunnel(gre::read(walk)),
        ETHERNET_IN_IP => Content::tunnel(ethernet_in_ip(walk)),
        MPLS_IN_IP => Content::tunnel(Some(Ahead::Mpls)),
        // The ends agree on the length of its header, and nothing in the packet tells it.
        L2TP => {
            walk.odd(Anomaly::Tunnel);
            Content::unread()
        }
        _ => Content::unread(),
    }
}

fn udp<'a, S: Sink>(walk: &mut Walk<'a, '_, S>, ip: &Ip) -> Content<'a> {
    let Ok(header) = UdpHeaderSlice::from_slice(walk.captured()) else {
        walk.short();
        return Content::unread();
    };
    let (src, dst) = (header.source_port(), header.destination_port());
    let (length, checksum) = (header.length(), header.checksum());
    walk.mark(0, 2, Field::UdpSrcPort, Value::Number(u64::from(src)));
    walk.mark(2, 4, Field::UdpDstPort, Value::Number(u64::from(dst)));
    walk.mark(4, 6, Field::UdpLength, Value::Number(u64::from(length)));
    walk.mark(6, 8, Field::UdpChecksum, Value::Number(u64::from(checksum)));
    walk.advance(8);
    let rest = walk.ahead();
    // The first fragment promises what the later ones bring.
    let is_whole = ip.part == Part::Whole;
    let payload = match u32::from(length).checked_sub(8) {
        Some(len) if len <= rest.wire_len => {
            if is_whole && len < rest.wire_len {
                walk.odd(Anomaly::UdpLength);
            }
            rest.part(0, len)
        }
        _ => {
            if is_whole {
                walk.odd(Anomaly::UdpLength);
            }
            rest
        }
    };
    if is_whole
        && let Some(inside) =
            gtp::enter(walk, (src, dst), payload).or_else(|| overlay::enter(walk, dst, payload))
    {
        return Content::tunnel(Some(inside));
    }
    Content {
        payload: Payload::Udp {
            five_tuple: five_tuple(ip, src, dst, Transport::Udp),
            payload,
        },
        udp_checksum: Some(checksum),
        inside: None,
    }
}

/// Steps over the header of Ethernet in IP (RFC 3378): version 3, and twelve bits that are zero.
fn ethernet_in_ip<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    match walk.captured().first_chunk() {
        Some([0x30, 0]) => {
            walk.mark(0, 2, Field::LinkHeader, Value::None);
            walk.advance(2);
            Some(Ahead::Ethernet)
        }
        Some(_) => {
            walk.odd(Anomaly::Tunnel);
            None
        }
        None => {
            walk.short();
            None
        }
    }
}

fn tcp<'a, S: Sink>(walk: &mut Walk<'a, '_, S>, ip: &Ip) -> Content<'a> {
    let Some(&(mut fixed)) = walk.captured().first_chunk::<20>() else {
        walk.short();
        return Content::unread();
    };
    let header_len = u32::from(fixed[12] >> 4).saturating_mul(4);
    if header_len < 20 || header_len > walk.ahead().wire_len {
        walk.odd(Anomaly::BadHeader);
        return Content::unread();
    }
    // The snap length may cut the options, which are not read: the slice gets a header without.
    fixed[12] = 5 << 4;
    let Ok(header) = TcpHeaderSlice::from_slice(&fixed) else {
        return Content::unread();
    };
    walk.mark(0, header_len, Field::TcpHeader, Value::None);
    walk.advance(header_len);
    let payload = walk.ahead();
    let (src, dst) = (header.source_port(), header.destination_port());
    Content::of(Payload::Tcp {
        five_tuple: five_tuple(ip, src, dst, Transport::Tcp),
        seq: header.sequence_number(),
        ack: header.acknowledgment_number(),
        flags: TcpFlags(fixed[13]),
        payload,
    })
}

fn five_tuple(ip: &Ip, src: u16, dst: u16, transport: Transport) -> FiveTuple {
    FiveTuple {
        src: SocketAddr::new(ip.src, src),
        dst: SocketAddr::new(ip.dst, dst),
        transport,
    }
}

pub(super) const ICMP: u8 = 1;
const IPV4: u8 = 4;
const TCP: u8 = 6;
const UDP: u8 = 17;
const IPV6: u8 = 41;
const GRE: u8 = 47;
pub(super) const ICMPV6: u8 = 58;
/// No next header.
const NOTHING: u8 = 59;
const ETHERNET_IN_IP: u8 = 97;
const L2TP: u8 = 115;
const MPLS_IN_IP: u8 = 137;

#[cfg(test)]
mod tests {
    use super::super::tests::{
        ETHERNET_IPV4, IPV4_TCP, IPV4_UDP, IPV6_UDP, RAW, address, see, see_cut,
    };
    use super::*;

    fn with_udp_length(length: u8) -> Vec<u8> {
        let mut octets = IPV4_UDP.to_vec();
        octets[25] = length;
        octets
    }

    #[test]
    fn a_udp_length_that_cannot_be_takes_the_packet() {
        for length in [0, 7, 13, 255] {
            let octets = with_udp_length(length);
            let seen = see(RAW, &octets);
            assert_eq!(seen.udp().captured, [1, 2, 3, 4]);
            assert_eq!(seen.anomalies(), [Anomaly::UdpLength]);
        }
    }

    #[test]
    fn octets_after_the_datagram_are_told_and_stay_without_a_name() {
        let octets = with_udp_length(10);
        let seen = see(RAW, &octets);
        assert_eq!(seen.udp().captured, [1, 2]);
        assert_eq!(seen.anomalies(), [Anomaly::UdpLength]);
        assert_eq!(seen.field_at(31), Field::Unparsed);
    }

    #[test]
    fn a_cut_payload_keeps_the_length_that_it_had() {
        let payload = see_cut(RAW, &IPV4_UDP[..30], 32).udp();
        assert_eq!((payload.captured, payload.wire_len), (&[1, 2][..], 4));
    }

    #[test]
    fn a_segment_tells_its_place_in_the_stream() {
        let seen = see(RAW, &IPV4_TCP);
        let Payload::Tcp {
            five_tuple,
            seq,
            ack,
            flags,
            payload,
        } = seen.decoded.payload
        else {
            panic!("not TCP");
        };
        assert_eq!(five_tuple.src, address("192.0.2.1:4660"));
        assert_eq!(five_tuple.dst, address("198.51.100.2:3478"));
        assert_eq!((seq, ack, payload.captured), (1, 2, &[5, 6][..]));
        assert!(flags.contains(TcpFlags::ACK) && !flags.contains(TcpFlags::SYN));
        assert_eq!(seen.field_at(43), Field::TcpHeader);
        assert_eq!(seen.field_at(44), Field::Unparsed);
    }

    #[test]
    fn a_segment_cut_in_its_options_is_still_one() {
        let seen = see_cut(RAW, &IPV4_TCP[..40], 46);
        let Payload::Tcp { payload, .. } = seen.decoded.payload else {
            panic!("not TCP");
        };
        assert_eq!((payload.offset, payload.wire_len), (44, 2));
        assert!(payload.captured.is_empty());
    }

    #[test]
    fn a_tcp_header_of_impossible_length_is_broken() {
        for offset in [0x40, 0xf0] {
            let mut octets = IPV4_TCP;
            octets[32] = offset;
            let seen = see(RAW, &octets);
            assert_eq!(seen.decoded.payload, Payload::Other);
            assert_eq!(seen.anomalies(), [Anomaly::BadHeader]);
        }
    }

    /// The sample behind these headers of a tunnel, in an IPv4 packet that announces `protocol`.
    fn tunnel(protocol: u8, headers: &[u8], inside: &[u8]) -> Vec<u8> {
        let mut octets = [&IPV4_UDP[..20], headers, inside].concat();
        (octets[3], octets[9]) = (octets.len() as u8, protocol);
        // The outer source, which the inner one must not be taken for.
        octets[15] = 77;
        octets
    }

    #[test]
    fn the_packet_in_a_packet_is_the_one_that_is_read() {
        let label = [0, 0, 0x11, 64];
        let frame = [&[0x30, 0], &ETHERNET_IPV4[..]].concat();
        let samples: [(u8, &[u8], &[u8]); 4] = [
            (IPV4, &[], &IPV4_UDP),
            (IPV6, &[], &IPV6_UDP),
            (MPLS_IN_IP, &label, &IPV4_UDP),
            (ETHERNET_IN_IP, &frame, &IPV4_UDP),
        ];
        for (protocol, headers, inside) in samples {
            let octets = tunnel(protocol, headers, inside);
            let seen = see(RAW, &octets);
            assert_eq!(seen.udp().captured, [1, 2, 3, 4], "{protocol}");
            assert_ne!(seen.decoded.src, Some(address("192.0.2.77:0").ip()));
            assert_eq!(seen.anomalies(), []);
        }
    }

    #[test]
    fn a_tunnel_with_something_broken_inside_keeps_the_packet_around_it() {
        let octets = tunnel(IPV4, &[], &[0x55; 30]);
        let seen = see(RAW, &octets);
        assert_eq!(seen.decoded.payload, Payload::Other);
        assert_eq!(seen.decoded.src, Some(address("192.0.2.77:0").ip()));
        assert_eq!(seen.anomalies(), [Anomaly::BadHeader]);
    }

    #[test]
    fn tunnels_in_tunnels_are_entered_up_to_a_bound_which_is_told() {
        let nested = |depth: usize| {
            let mut octets = IPV4_UDP.to_vec();
            for _ in 0..depth {
                octets = [&IPV4_UDP[..20], &octets].concat();
                let len = (octets.len() as u16).to_be_bytes();
                octets[2..4].copy_from_slice(&len);
                octets[9] = IPV4;
            }
            octets
        };
        assert_eq!(see(RAW, &nested(8)).udp().captured, [1, 2, 3, 4]);
        for depth in [9, 1000] {
            let octets = nested(depth);
            let seen = see(RAW, &octets);
            assert_eq!(seen.decoded.payload, Payload::Other);
            assert_eq!(seen.anomalies(), [Anomaly::Tunnel]);
        }
    }

    #[test]
    fn a_tunnel_of_another_kind_is_told_and_not_read() {
        for (protocol, header) in [(L2TP, [0; 4]), (ETHERNET_IN_IP, [0x40, 0, 0, 0])] {
            let octets = tunnel(protocol, &header, &IPV4_UDP);
            let seen = see(RAW, &octets);
            assert_eq!(seen.decoded.payload, Payload::Other);
            assert_eq!(seen.anomalies(), [Anomaly::Tunnel]);
        }
    }

    #[test]
    fn a_udp_header_that_ends_too_early_is_broken() {
        let mut octets = IPV4_UDP;
        octets[3] = 27;
        let seen = see(RAW, &octets);
        assert_eq!(seen.decoded.payload, Payload::Other);
        assert_eq!(seen.anomalies(), [Anomaly::BadHeader]);
    }
}
