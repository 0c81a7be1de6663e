//! IPv6 (RFC 8200) with its extension headers, up to its content.

use std::net::IpAddr;

use etherparse::err::{ip_auth, ipv6::HeaderSliceError};
use etherparse::{
    IpAuthHeaderSlice, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice, Ipv6RawExtHeaderSlice,
};

use crate::base::anomaly::Anomaly;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

use super::Hop;
use super::fragment::Fragment;
use super::transport::{Ip, Part};
use super::walk::Walk;

/// Reads the header and the chain of extension headers.
///
/// Leaves the walk at the content, which ends where the packet does.
pub(super) fn read<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ip> {
    let header = match Ipv6HeaderSlice::from_slice(walk.captured()) {
        Ok(header) => header,
        Err(HeaderSliceError::Len(_)) => {
            walk.short();
            return None;
        }
        Err(HeaderSliceError::Content(_)) => {
            walk.odd(Anomaly::BadHeader);
            return None;
        }
    };
    if S::ACTIVE {
        label(walk, &header);
    }
    walk.advance(40);
    // Zero is a jumbogram (RFC 2675) or a packet that the card was to cut into pieces.
    let len = match u32::from(header.payload_length()) {
        0 if header.next_header().0 != NO_NEXT_HEADER => walk.ahead().wire_len,
        len => len,
    };
    if len > walk.ahead().wire_len {
        walk.odd(Anomaly::IpLength);
    }
    walk.limit(len);
    let mut ip = Ip {
        src: IpAddr::V6(header.source_addr()),
        dst: IpAddr::V6(header.destination_addr()),
        id: None,
        protocol: Some(header.next_header().0),
        part: Part::Whole,
        hop: Hop {
            limit: header.hop_limit(),
            class: header.traffic_class(),
        },
    };
    extensions(walk, &mut ip);
    Some(ip)
}

fn label<S: Sink>(walk: &mut Walk<'_, '_, S>, header: &Ipv6HeaderSlice<'_>) {
    let class = u64::from(header.traffic_class());
    let flow = u64::from(header.flow_label().value());
    let hops = u64::from(header.hop_limit());
    walk.mark(0, 4, Field::Ipv6Flow, Value::Number(flow));
    walk.fact(0, 2, Field::IpDsField, Value::Number(class));
    let len = u64::from(header.payload_length());
    let next = u64::from(header.next_header().0);
    walk.mark(4, 6, Field::Ipv6Length, Value::Number(len));
    walk.mark(6, 7, Field::Ipv6Next, Value::Number(next));
    walk.mark(7, 8, Field::Ipv6HopLimit, Value::Number(hops));
    let src = Value::Ip(header.source_addr().into());
    let dst = Value::Ip(header.destination_addr().into());
    walk.mark(8, 24, Field::Ipv6Src, src);
    walk.mark(24, 40, Field::Ipv6Dst, dst);
}

/// Steps over the extension headers; `ip.protocol` becomes that of the content.
pub(super) fn extensions<S: Sink>(walk: &mut Walk<'_, '_, S>, ip: &mut Ip) {
    while ip.part != Part::Later
        && let Some(protocol) = ip.protocol
    {
        ip.protocol = match protocol {
            HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HIP | SHIM6 => extension(walk),
            FRAGMENT => fragment(walk, ip),
            AUTHENTICATION => authentication(walk, Field::Ipv6Extension),
            _ => return,
        };
    }
}

fn extension<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<u8> {
    let Ok(header) = Ipv6RawExtHeaderSlice::from_slice(walk.captured()) else {
        walk.short();
        return None;
    };
    let len = header.slice().len() as u32;
    walk.mark(0, len, Field::Ipv6Extension, Value::None);
    walk.advance(len);
    Some(header.next_header().0)
}

fn fragment<S: Sink>(walk: &mut Walk<'_, '_, S>, ip: &mut Ip) -> Option<u8> {
    let Ok(header) = Ipv6FragmentHeaderSlice::from_slice(walk.captured()) else {
        walk.short();
        return None;
    };
    walk.mark(0, 8, Field::Ipv6Extension, Value::None);
    walk.advance(8);
    // A fragment that is first and last is a whole packet (RFC 6946).
    match (header.fragment_offset().value(), header.more_fragments()) {
        (0, false) => {}
        (0, true) => ip.part = Part::First,
        _ => ip.part = Part::Later,
    }
    let protocol = header.next_header().0;
    if ip.part != Part::Whole {
        walk.fragment = Some(Fragment {
            id: header.identification(),
            protocol,
            start: u32::from(header.fragment_offset().value()).saturating_mul(8),
            more: header.more_fragments(),
            content: walk.ahead(),
            named: 0,
            v6: true,
            before: walk.anomalies,
        });
    }
    Some(protocol)
}

/// Steps over an authentication header (RFC 4302), which hides nothing; its octets are `field`.
pub(super) fn authentication<S: Sink>(walk: &mut Walk<'_, '_, S>, field: Field) -> Option<u8> {
    match IpAuthHeaderSlice::from_slice(walk.captured()) {
        Ok(header) => {
            let len = header.slice().len() as u32;
            walk.mark(0, len, field, Value::None);
            walk.advance(len);
            Some(header.next_header().0)
        }
        Err(ip_auth::HeaderSliceError::Len(_)) => {
            walk.short();
            None
        }
        Err(ip_auth::HeaderSliceError::Content(_)) => {
            walk.odd(Anomaly::BadHeader);
            None
        }
    }
}

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
/// Protocol number of the authentication header, in IPv4 too.
pub(super) const AUTHENTICATION: u8 = 51;
const NO_NEXT_HEADER: u8 = 59;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HIP: u8 = 139;
const SHIM6: u8 = 140;

#[cfg(test)]
mod tests {
    use super::super::Payload;
    use super::super::tests::{IPV6_UDP, RAW, address, see};
    use super::*;
    use crate::base::cursor::Cursor;
    use crate::base::label::Labels;
    use crate::base::span::{Octets, Span};

    /// The sample with extension headers, the first of kind `next`.
    fn with(next: u8, headers: &[u8]) -> Vec<u8> {
        let mut octets = [&IPV6_UDP[..40], headers, &IPV6_UDP[40..]].concat();
        octets[5] += headers.len() as u8;
        octets[6] = next;
        octets
    }

    #[test]
    fn labels_are_those_of_a_cursor() {
        let mut labels = Labels::default();
        let mut cursor = Cursor::new(Octets::whole(&IPV6_UDP, 0), &mut labels);
        let src = Value::Ip("2001:db8::1".parse().unwrap());
        let dst = Value::Ip("2001:db8::2".parse().unwrap());
        let read = |cursor: &mut Cursor<'_, '_, Labels>| {
            cursor.skip(4, Field::Ipv6Flow)?;
            cursor.fact(4, Field::Ipv6Flow, Value::Number(0x1_2345));
            cursor.u16(Field::Ipv6Length)?;
            cursor.u8(Field::Ipv6Next)?;
            cursor.u8(Field::Ipv6HopLimit)?;
            cursor.skip(16, Field::Ipv6Src)?;
            cursor.fact(16, Field::Ipv6Src, src);
            cursor.skip(16, Field::Ipv6Dst)?;
            cursor.fact(16, Field::Ipv6Dst, dst);
            cursor.u16(Field::UdpSrcPort)
        };
        assert_eq!(read(&mut cursor), Ok(4660));
        let seen = see(RAW, &IPV6_UDP);
        let mut facts = seen.labels.facts().to_vec();
        let class = facts.remove(1);
        assert_eq!(class.value, Value::Number(0xb8));
        assert_eq!(facts[..labels.facts().len()], *labels.facts());
    }

    #[test]
    fn ports_and_addresses_make_the_five_tuple() {
        let Payload::Udp { five_tuple, .. } = see(RAW, &IPV6_UDP).decoded.payload else {
            panic!("not UDP");
        };
        assert_eq!(five_tuple.src, address("[2001:db8::1]:4660"));
        assert_eq!(five_tuple.dst, address("[2001:db8::2]:3478"));
    }

    #[test]
    fn a_chain_of_extension_headers_is_stepped_over() {
        let chain = [
            [60, 0, 1, 4, 0, 0, 0, 0],
            [43, 0, 1, 4, 0, 0, 0, 0],
            [51, 0, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        let authentication = [17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];
        let octets = with(0, &[&chain[..], &authentication].concat());
        let seen = see(RAW, &octets);
        assert_eq!(seen.udp().offset, 40 + 36 + 8);
        assert_eq!(seen.field_at(75), Field::Ipv6Extension);
    }

    #[test]
    fn a_fragment_that_is_the_whole_is_read() {
        let octets = with(44, &[17, 0, 0, 0, 0, 0, 0, 9]);
        let seen = see(RAW, &octets);
        assert_eq!(seen.udp().captured, [1, 2, 3, 4]);
        assert_eq!(seen.anomalies(), []);
    }

    #[test]
    fn any_other_fragment_is_not_handed_out() {
        for (low, field) in [(1, Field::UdpSrcPort), (8, Field::Unparsed)] {
            let octets = with(44, &[17, 0, 0, low, 0, 0, 0, 9]);
            let seen = see(RAW, &octets);
            let fragment = seen.fragment();
            assert_eq!((fragment.id, fragment.protocol), (9, 17));
            assert_eq!(
                (fragment.start, fragment.more),
                (u32::from(low & !1), low == 1)
            );
            assert_eq!(fragment.content.span(), Span::new(48, 60));
            assert_eq!(seen.anomalies(), []);
            assert_eq!(seen.field_at(48), field);
        }
    }

    #[test]
    fn a_broken_extension_header_keeps_the_addresses() {
        let octets = with(0, &[17, 9, 0, 0, 0, 0, 0, 0]);
        let seen = see(RAW, &octets);
        assert_eq!(seen.decoded.payload, Payload::Other);
        assert_eq!(seen.decoded.dst, Some("2001:db8::2".parse().unwrap()));
        assert_eq!(seen.anomalies(), [Anomaly::BadHeader]);
    }

    #[test]
    fn a_payload_length_of_zero_takes_the_frame_unless_nothing_follows() {
        let mut octets = IPV6_UDP.to_vec();
        octets[5] = 0;
        assert_eq!(see(RAW, &octets).udp().wire_len, 4);
        octets[6] = 59;
        let seen = see(RAW, &octets);
        assert_eq!(seen.field_at(40), Field::FrameTrailer);
        assert_eq!(seen.anomalies(), []);
    }

    #[test]
    fn a_payload_length_beyond_the_frame_takes_the_frame() {
        let mut octets = IPV6_UDP.to_vec();
        octets[4] = 1;
        let seen = see(RAW, &octets);
        assert_eq!(seen.udp().wire_len, 4);
        assert_eq!(seen.anomalies(), [Anomaly::IpLength]);
    }
}
