//! Rules that hold for every frame, and the frames on which the other tests stand.

use std::net::SocketAddr;

use proptest::prelude::*;

use crate::base::anomaly::Anomaly;
use crate::base::field::Field;
use crate::base::label::{Label, Labels, Quiet};
use crate::base::span::{Octets, Span};
use crate::base::time::Timestamp;
use crate::capture::{LinkType, RawPacket};

use super::fragment::Fragment;
use super::{Decoded, Payload, frame, quote};

pub(super) const ETHERNET: u16 = 1;
pub(super) const RAW: u16 = 101;

/// 192.0.2.1:4660 to 198.51.100.2:3478, four octets of UDP payload.
pub(super) const IPV4_UDP: [u8; 32] = [
    0x45, 0xb8, 0, 32, 0x12, 0x34, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, //
    0x12, 0x34, 0x0d, 0x96, 0, 12, 0xab, 0xcd, 1, 2, 3, 4,
];

/// `[2001:db8::1]:4660` to `[2001:db8::2]:3478`, four octets of UDP payload.
pub(super) const IPV6_UDP: [u8; 52] = [
    0x6b, 0x81, 0x23, 0x45, 0, 12, 17, 64, //
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, //
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, //
    0x12, 0x34, 0x0d, 0x96, 0, 12, 0xab, 0xcd, 1, 2, 3, 4,
];

/// A segment of 192.0.2.1:4660 to 198.51.100.2:3478 with one option and two octets.
pub(super) const IPV4_TCP: [u8; 46] = [
    0x45, 0, 0, 46, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, //
    0x12, 0x34, 0x0d, 0x96, 0, 0, 0, 1, 0, 0, 0, 2, 0x60, 0x18, 0, 1, 0, 0, 0, 0, 1, 1, 1,
    1, //
    5, 6,
];

pub(super) const ETHERNET_IPV4: [u8; 14] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0];

/// What was read from a frame, with and without labels.
pub(super) struct Seen<'a> {
    pub(super) decoded: Decoded<'a>,
    pub(super) labels: Labels,
    captured_len: u32,
    wire_len: u32,
}

pub(super) fn see(link: u16, octets: &[u8]) -> Seen<'_> {
    see_cut(link, octets, octets.len() as u32)
}

pub(super) fn see_cut(link: u16, octets: &[u8], wire_len: u32) -> Seen<'_> {
    let packet = RawPacket {
        number: 1,
        time: Timestamp(0),
        wire_len,
        link: LinkType(link),
        interface: 0,
        octets,
    };
    let mut labels = Labels::default();
    let decoded = frame(&packet, &mut labels);
    assert_eq!(decoded, frame(&packet, &mut Quiet));
    Seen {
        decoded,
        labels,
        captured_len: octets.len() as u32,
        wire_len,
    }
}

impl<'a> Seen<'a> {
    /// The frame as regions.
    pub(super) fn regions(&self) -> Vec<(u32, u32, Field)> {
        self.labels
            .regions(self.captured_len, self.wire_len)
            .iter()
            .map(|label| (label.span.start, label.span.end, label.field))
            .collect()
    }

    /// The field of one octet.
    pub(super) fn field_at(&self, at: u32) -> Field {
        let regions = self.regions();
        let region = regions.iter().find(|(_, end, _)| at < *end);
        region.expect("an octet of the frame").2
    }

    /// The UDP payload.
    pub(super) fn udp(&self) -> Octets<'a> {
        match self.decoded.payload {
            Payload::Udp { payload, .. } => payload,
            other => panic!("not UDP: {other:?} {:?}", self.anomalies()),
        }
    }

    /// The fragment.
    pub(super) fn fragment(&self) -> Fragment<'a> {
        match self.decoded.payload {
            Payload::Fragment(fragment) => fragment,
            other => panic!("no fragment: {other:?} {:?}", self.anomalies()),
        }
    }

    pub(super) fn anomalies(&self) -> Vec<Anomaly> {
        self.decoded.anomalies.iter().collect()
    }
}

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// Frames that reach every layer, with their link types.
fn samples() -> Vec<(u16, Vec<u8>)> {
    let ethernet = |kind: &[u8], rest: &[u8]| [&ETHERNET_IPV4[..12], kind, rest].concat();
    let v6 = |next: u8, header: &[u8]| {
        let mut octets = [&IPV6_UDP[..40], header, &IPV6_UDP[40..]].concat();
        octets[5] += header.len() as u8;
        octets[6] = next;
        octets
    };
    let within = |protocol: u8, header: &[u8], inside: &[u8]| {
        let mut octets = [&IPV4_UDP[..20], header, inside].concat();
        (octets[3], octets[9]) = (octets.len() as u8, protocol);
        octets
    };
    let icmp = [
        &[
            0x45, 0, 0, 60, 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, //
            3, 3, 0, 0, 0, 0, 0, 0,
        ],
        &IPV4_UDP[..],
    ]
    .concat();
    vec![
        (ETHERNET, ethernet(&[0x08, 0], &IPV4_UDP)),
        (ETHERNET, ethernet(&[0x08, 0], &IPV4_TCP)),
        (ETHERNET, ethernet(&[0x08, 0], &icmp)),
        (ETHERNET, ethernet(&[0x86, 0xdd], &IPV6_UDP)),
        (
            ETHERNET,
            ethernet(&[0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0], &IPV4_UDP),
        ),
        (
            ETHERNET,
            ethernet(&[0, 40, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &IPV4_UDP),
        ),
        (
            ETHERNET,
            ethernet(&[0x88, 0x64, 0x11, 0, 0, 1, 0, 34, 0, 0x21], &IPV4_UDP),
        ),
        (
            ETHERNET,
            ethernet(&[0x88, 0x47, 0, 0, 0x10, 64, 0, 0, 0x11, 64], &IPV4_UDP),
        ),
        (
            ETHERNET,
            ethernet(
                &[0x88, 0x47, 0, 0, 0x11, 64, 0, 0, 0, 0],
                &[&ETHERNET_IPV4[..], &IPV4_UDP].concat(),
            ),
        ),
        (RAW, within(4, &[], &IPV4_UDP)),
        (RAW, within(41, &[], &IPV6_UDP)),
        (
            RAW,
            within(97, &[0x30, 0], &[&ETHERNET_IPV4[..], &IPV4_UDP].concat()),
        ),
        (RAW, within(47, &[0x20, 0, 8, 0, 0, 0, 0, 1], &IPV4_UDP)),
        (0, [&[2, 0, 0, 0][..], &IPV4_UDP].concat()),
        (9, [&[0xff, 3, 0, 0x57][..], &IPV6_UDP].concat()),
        (
            113,
            [
                &[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0][..],
                &IPV4_UDP,
            ]
            .concat(),
        ),
        (
            276,
            [
                &[8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0][..],
                &IPV4_UDP,
            ]
            .concat(),
        ),
        (RAW, v6(0, &[17, 0, 1, 4, 0, 0, 0, 0])),
        (RAW, v6(44, &[17, 0, 0, 0, 0, 0, 0, 9])),
        (RAW, v6(51, &[17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1])),
    ]
}

/// Where the payload begins and who speaks, where there is one.
fn heads(payload: Payload<'_>) -> Option<(SocketAddr, SocketAddr, u32)> {
    match payload {
        Payload::Udp {
            five_tuple,
            payload,
        }
        | Payload::Tcp {
            five_tuple,
            payload,
            ..
        } => Some((five_tuple.src, five_tuple.dst, payload.offset)),
        _ => None,
    }
}

fn assert_partition(seen: &Seen<'_>) {
    let mut at = 0;
    for (start, end, _) in seen.regions() {
        assert!(start == at && end > start);
        at = end;
    }
    assert_eq!(at, seen.wire_len);
    let mut marks = seen.labels.facts().to_vec();
    marks.retain(|label| label.field != Field::IpDsField && label.field != Field::IcmpMtu);
    marks.sort_by_key(|label| label.span);
    for pair in marks.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{pair:?}");
    }
    if let Payload::Icmp {
        message,
        quote: Some(quoted),
    } = seen.decoded.payload
    {
        let mut labels = Labels::default();
        if let Some(found) = quote(quoted, message, &mut labels)
            && let Some(datagram) = found.datagram
        {
            assert!(datagram.span().end <= quoted.span().end);
        }
        let outside = |label: &&Label| {
            label.span.start < quoted.span().start || label.span.end > quoted.span().end
        };
        assert_eq!(labels.facts().iter().find(outside), None);
    }
    let (Payload::Udp { payload, .. } | Payload::Tcp { payload, .. }) = seen.decoded.payload else {
        return;
    };
    assert!(payload.captured.len() as u32 <= payload.wire_len);
    assert!(payload.span().end <= seen.wire_len);
}

#[test]
fn a_frame_cut_at_any_length_keeps_what_its_headers_say() {
    for (link, octets) in samples() {
        let whole = see(link, &octets);
        let wire_len = octets.len() as u32;
        let headers_end = heads(whole.decoded.payload).map_or(wire_len, |(.., offset)| offset);
        for len in 0..octets.len() {
            let cut = see_cut(link, &octets[..len], wire_len);
            assert_partition(&cut);
            assert_eq!(cut.anomalies(), [Anomaly::CutFrame], "{link} {len}");
            if len as u32 >= headers_end {
                let (was, is) = (whole.decoded.payload, cut.decoded.payload);
                assert_eq!(heads(was), heads(is), "{link} {len}");
                assert_eq!(whole.decoded.identity, cut.decoded.identity);
            }
        }
    }
}

#[test]
fn every_sample_is_read_without_a_doubt() {
    for (link, octets) in samples() {
        let seen = see(link, &octets);
        assert_eq!(seen.anomalies(), [], "{link} {octets:x?}");
        let unparsed =
            |(start, end, field)| (field == Field::Unparsed).then_some(Span::new(start, end));
        let left: Vec<_> = seen.regions().into_iter().filter_map(unparsed).collect();
        match seen.decoded.payload {
            Payload::Udp { payload, .. } | Payload::Tcp { payload, .. } => {
                assert_eq!(left, [payload.span()]);
            }
            Payload::Icmp {
                quote: Some(quote), ..
            } => assert_eq!(left, [quote.span()]),
            _ => assert_eq!(left, []),
        }
    }
}

proptest! {
    #[test]
    fn any_octets_are_read_and_labelled_once(
        link in prop_oneof![
            prop::sample::select(vec![0, 1, 9, 12, 50, 51, 101, 104, 108, 113, 166, 204, 228, 229, 276]),
            any::<u16>(),
        ],
        octets in prop::collection::vec(any::<u8>(), 0..160),
        more in prop_oneof![Just(0), 0..2000_u32, Just(u32::MAX - 200)],
    ) {
        let wire_len = octets.len() as u32 + more;
        assert_partition(&see_cut(link, &octets, wire_len));
    }

    #[test]
    fn any_change_to_a_good_frame_is_survived(
        sample in prop::sample::select(samples()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5),
        keep in any::<prop::sample::Index>(),
        more in 0..100_u32,
    ) {
        let (link, mut octets) = sample;
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        octets.truncate(octets.len() / 2 + keep.index(octets.len()));
        let wire_len = octets.len() as u32 + more;
        assert_partition(&see_cut(link, &octets, wire_len));
    }
}
