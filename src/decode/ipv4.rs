//! IPv4 (RFC 791), up to its content.

use std::net::IpAddr;

use etherparse::Ipv4HeaderSlice;
use etherparse::err::ipv4::HeaderSliceError;

use crate::base::anomaly::Anomaly;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

use super::Hop;
use super::fragment::Fragment;
use super::ipv6;
use super::transport::{Ip, Part};
use super::walk::Walk;

/// Reads the header, with the authentication header that may follow it (RFC 4302).
///
/// Leaves the walk at the content, which ends where the packet does.
pub(super) fn read<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ip> {
    let header = match Ipv4HeaderSlice::from_slice(walk.captured()) {
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
    let header_len = header.slice().len() as u32;
    let is_possible = bound(walk, &header);
    if S::ACTIVE {
        label(walk, &header);
    }
    walk.advance(header_len);
    let part = match (header.fragments_offset().value(), header.more_fragments()) {
        (0, false) => Part::Whole,
        (0, true) => Part::First,
        _ => Part::Later,
    };
    let mut ip = Ip {
        src: IpAddr::V4(header.source_addr()),
        dst: IpAddr::V4(header.destination_addr()),
        id: Some(header.identification()),
        protocol: is_possible.then_some(header.protocol().0),
        part,
        hop: Hop {
            limit: header.ttl(),
            class: header.dcp().value() << 2 | header.ecn().value(),
        },
    };
    if part != Part::Whole && is_possible {
        walk.fragment = Some(Fragment {
            id: header.identification().into(),
            protocol: header.protocol().0,
            start: u32::from(header.fragments_offset().value()).saturating_mul(8),
            more: header.more_fragments(),
            content: walk.ahead(),
            named: 0,
            v6: false,
            before: walk.anomalies,
        });
    }
    if part != Part::Later {
        authenticated(walk, &mut ip);
    }
    Some(ip)
}

/// Steps over the authentication header, where one is ahead (RFC 4302).
pub(super) fn authenticated<S: Sink>(walk: &mut Walk<'_, '_, S>, ip: &mut Ip) {
    if ip.protocol == Some(ipv6::AUTHENTICATION) {
        ip.protocol = ipv6::authentication(walk, Field::IpHeader);
    }
}

/// Ends the walk where the packet ends; false where the total length cannot be.
fn bound<S: Sink>(walk: &mut Walk<'_, '_, S>, header: &Ipv4HeaderSlice<'_>) -> bool {
    let there = walk.ahead().wire_len;
    match u32::from(header.total_len()) {
        // The card was to cut this packet into pieces and to fill in their lengths.
        0 => {}
        len if len < header.slice().len() as u32 => {
            walk.odd(Anomaly::BadHeader);
            return false;
        }
        len if len > there => walk.odd(Anomaly::IpLength),
        len => walk.limit(len),
    }
    true
}

fn label<S: Sink>(walk: &mut Walk<'_, '_, S>, header: &Ipv4HeaderSlice<'_>) {
    let class = header.dcp().value() << 2 | header.ecn().value();
    let id = u64::from(header.identification());
    let src = Value::Ip(header.source_addr().into());
    let dst = Value::Ip(header.destination_addr().into());
    walk.mark(0, 1, Field::IpHeader, Value::None);
    walk.mark(1, 2, Field::IpDsField, Value::Number(u64::from(class)));
    let len = u64::from(header.total_len());
    walk.mark(2, 4, Field::IpLength, Value::Number(len));
    walk.mark(4, 6, Field::IpId, Value::Number(id));
    walk.mark(6, 8, Field::IpHeader, Value::None);
    walk.mark(8, 9, Field::IpTtl, Value::Number(u64::from(header.ttl())));
    let protocol = u64::from(header.protocol().0);
    walk.mark(9, 10, Field::IpProtocol, Value::Number(protocol));
    walk.mark(10, 12, Field::IpHeader, Value::None);
    walk.mark(12, 16, Field::IpSrc, src);
    walk.mark(16, 20, Field::IpDst, dst);
    let end = header.slice().len() as u32;
    walk.mark(20, end, Field::IpOptions, Value::None);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{IPV4_UDP, RAW, see};
    use super::super::{Identity, Payload};
    use super::*;
    use crate::base::cursor::Cursor;
    use crate::base::label::Labels;
    use crate::base::span::Octets;

    fn changed(changes: &[(usize, u8)]) -> Vec<u8> {
        let mut octets = IPV4_UDP.to_vec();
        for (at, octet) in changes {
            octets[*at] = *octet;
        }
        octets
    }

    #[test]
    fn labels_are_those_of_a_cursor() {
        let mut labels = Labels::default();
        let mut cursor = Cursor::new(Octets::whole(&IPV4_UDP, 0), &mut labels);
        let src = Value::Ip("192.0.2.1".parse().unwrap());
        let dst = Value::Ip("198.51.100.2".parse().unwrap());
        let read = |cursor: &mut Cursor<'_, '_, Labels>| {
            cursor.skip(1, Field::IpHeader)?;
            cursor.u8(Field::IpDsField)?;
            cursor.u16(Field::IpLength)?;
            cursor.u16(Field::IpId)?;
            cursor.skip(2, Field::IpHeader)?;
            cursor.u8(Field::IpTtl)?;
            cursor.u8(Field::IpProtocol)?;
            cursor.skip(2, Field::IpHeader)?;
            cursor.skip(4, Field::IpSrc)?;
            cursor.fact(4, Field::IpSrc, src);
            cursor.skip(4, Field::IpDst)?;
            cursor.fact(4, Field::IpDst, dst);
            cursor.u16(Field::UdpSrcPort)?;
            cursor.u16(Field::UdpDstPort)?;
            cursor.u16(Field::UdpLength)?;
            cursor.u16(Field::UdpChecksum)
        };
        assert_eq!(read(&mut cursor), Ok(0xabcd));
        let seen = see(RAW, &IPV4_UDP);
        assert_eq!(seen.labels.facts(), labels.facts());
        let regions = labels.regions(32, 32);
        let regions: Vec<_> = regions
            .iter()
            .map(|label| (label.span.start, label.span.end, label.field))
            .collect();
        assert_eq!(seen.regions(), regions);
    }

    #[test]
    fn identification_and_checksum_tell_one_datagram_from_another() {
        let identity = Identity {
            ip_id: Some(0x1234),
            udp_checksum: Some(0xabcd),
        };
        assert_eq!(see(RAW, &IPV4_UDP).decoded.identity, identity);
    }

    #[test]
    fn options_are_stepped_over() {
        let octets = [&[0x46], &IPV4_UDP[1..3], &[36], &IPV4_UDP[4..20], &[1; 4]].concat();
        let octets = [&octets[..], &IPV4_UDP[20..]].concat();
        let seen = see(RAW, &octets);
        assert_eq!(seen.udp().offset, 32);
        assert_eq!(seen.field_at(20), Field::IpOptions);
    }

    #[test]
    fn a_total_length_of_zero_takes_the_frame() {
        let octets = changed(&[(3, 0)]);
        let seen = see(RAW, &octets);
        assert_eq!(seen.udp().wire_len, 4);
        assert_eq!(seen.anomalies(), []);
    }

    #[test]
    fn a_total_length_beyond_the_frame_takes_the_frame() {
        let octets = changed(&[(2, 1)]);
        let seen = see(RAW, &octets);
        assert_eq!(seen.udp().wire_len, 4);
        assert_eq!(seen.anomalies(), [Anomaly::IpLength]);
    }

    #[test]
    fn a_total_length_within_the_header_ends_the_reading() {
        let octets = changed(&[(3, 19)]);
        let seen = see(RAW, &octets);
        assert_eq!(seen.decoded.payload, Payload::Other);
        assert_eq!(seen.decoded.src, Some("192.0.2.1".parse().unwrap()));
        assert_eq!(seen.anomalies(), [Anomaly::BadHeader]);
        assert_eq!(seen.field_at(20), Field::Unparsed);
    }

    #[test]
    fn the_first_fragment_is_labelled_and_not_handed_out() {
        let octets = changed(&[(6, 0x20), (25, 99)]);
        let seen = see(RAW, &octets);
        let fragment = seen.fragment();
        assert_eq!((fragment.id, fragment.protocol), (0x1234, 17));
        assert_eq!((fragment.start, fragment.more), (0, true));
        assert_eq!((fragment.content.offset, fragment.named), (20, 8));
        assert_eq!(seen.anomalies(), []);
        assert_eq!(seen.field_at(20), Field::UdpSrcPort);
    }

    #[test]
    fn a_header_that_ends_with_the_first_fragment_is_not_broken() {
        for protocol in [6, 17, 51] {
            let octets = [
                &changed(&[(3, 28), (6, 0x20), (9, protocol)])[..20],
                &[9; 8],
            ]
            .concat();
            let mut octets = octets;
            octets[21] = 0x20;
            let seen = see(RAW, &octets);
            assert_eq!(seen.fragment().content.wire_len, 8);
            assert_eq!(seen.anomalies(), []);
        }
    }

    #[test]
    fn a_later_fragment_has_no_transport_header() {
        let octets = changed(&[(7, 9)]);
        let seen = see(RAW, &octets);
        let fragment = seen.fragment();
        assert_eq!((fragment.start, fragment.more), (72, false));
        assert_eq!((fragment.content.wire_len, fragment.named), (12, 0));
        assert_eq!(seen.anomalies(), []);
        assert_eq!(seen.field_at(20), Field::Unparsed);
    }

    #[test]
    fn an_authentication_header_hides_nothing() {
        let header = [17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];
        let mut octets = [&IPV4_UDP[..20], &header, &IPV4_UDP[20..]].concat();
        octets[3] += 12;
        octets[9] = 51;
        assert_eq!(see(RAW, &octets).udp().offset, 40);
        octets[21] = 0;
        let broken = see(RAW, &octets);
        assert_eq!(broken.decoded.payload, Payload::Other);
        assert_eq!(broken.anomalies(), [Anomaly::BadHeader]);
        assert!(broken.decoded.src.is_some());
    }
}
