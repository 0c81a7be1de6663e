//! From a frame to the datagram in it: link, network and transport headers.
//!
//! Keeps what it understood: cut frames, lengths that lie and broken headers are anomalies, not
//! the end. Checksums are not verified, since network cards fill them in after the capture.
//! Fragments are told and not put together.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod link;
mod net;
mod transport;

use crate::base::addr::FiveTuple;
use crate::base::anomaly::{Anomalies, Anomaly};
use crate::base::label::Sink;
use crate::base::span::Octets;
use crate::capture::RawPacket;

/// What was understood of one frame.
#[derive(Debug, Clone, Copy, Default)]
pub struct Decoded<'a> {
    /// Source, destination and protocol; `None` where there is no UDP or TCP.
    pub five_tuple: Option<FiveTuple>,
    /// Payload of a whole UDP datagram.
    pub datagram: Option<Octets<'a>>,
    /// What is odd about the frame.
    pub anomalies: Anomalies,
}

/// Decodes a frame and labels its headers; the payload of UDP is left to the next floor.
pub fn frame<'a, S: Sink>(packet: &RawPacket<'a>, sink: &mut S) -> Decoded<'a> {
    let mut decoded = Decoded::default();
    let octets = Octets {
        captured: packet.octets,
        offset: 0,
        wire_len: packet.wire_len,
    };
    if octets.is_cut() {
        decoded.anomalies.insert(Anomaly::CutFrame);
    }
    match link::peel(packet.link, octets, sink) {
        link::Peeled::Network(octets) => net::read(octets, sink, &mut decoded),
        link::Peeled::Other => {}
        link::Peeled::Broken => decoded.anomalies.insert(Anomaly::BadHeader),
        link::Peeled::UnknownLink => decoded.anomalies.insert(Anomaly::UnknownLink),
    }
    decoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::label::{Labels, Quiet};
    use crate::base::time::Timestamp;
    use crate::capture::LinkType;

    fn packet(octets: &[u8], link: u16, wire_len: u32) -> RawPacket<'_> {
        let link = LinkType(link);
        RawPacket {
            number: 1,
            time: Timestamp(0),
            wire_len,
            link,
            interface: 0,
            octets,
        }
    }

    /// Ethernet with two VLAN tags, IPv4, UDP with "hi", two octets of padding.
    fn tagged() -> Vec<u8> {
        let mut frame = vec![
            1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0x88, 0xA8, 0, 5, 0x81, 0, 0, 6,
        ];
        frame.extend([
            0x08, 0, 0x45, 0, 0, 30, 0, 9, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        ]);
        frame.extend([0x13, 0x88, 0x0D, 0x96, 0, 10, 0, 0, b'h', b'i', 0, 0]);
        frame
    }

    #[test]
    fn tags_are_peeled_and_padding_is_no_payload() {
        let octets = tagged();
        let mut labels = Labels::default();
        let decoded = frame(&packet(&octets, 1, octets.len() as u32), &mut labels);
        let five_tuple = decoded.five_tuple.expect("UDP");
        assert_eq!(five_tuple.src.to_string(), "10.0.0.1:5000");
        assert_eq!(five_tuple.dst.to_string(), "10.0.0.2:3478");
        assert_eq!(decoded.datagram.expect("payload").captured, b"hi");
        assert!(decoded.anomalies.is_empty());
    }

    #[test]
    fn both_cooked_headers_are_peeled() {
        let ip = &tagged()[22..];
        let mut first = vec![0; 14];
        first.extend([8, 0]);
        let mut second = vec![8, 0];
        second.resize(20, 0);
        for (link, header) in [
            (113, first),
            (276, second),
            (108, vec![0, 0, 0, 2]),
            (101, vec![]),
        ] {
            let octets = [&header, ip].concat();
            let decoded = frame(&packet(&octets, link, octets.len() as u32), &mut Quiet);
            assert_eq!(
                decoded.datagram.expect("payload").captured,
                b"hi",
                "link type {link}"
            );
        }
    }

    #[test]
    fn a_cut_frame_keeps_the_length_of_its_datagram() {
        let octets = tagged();
        let decoded = frame(&packet(&octets[..51], 1, octets.len() as u32), &mut Quiet);
        let datagram = decoded.datagram.expect("payload");
        assert_eq!((datagram.captured, datagram.wire_len), (b"h".as_slice(), 2));
        assert!(decoded.anomalies.contains(Anomaly::CutFrame));
    }

    #[test]
    fn a_udp_length_that_lies_is_told_and_the_packet_counts() {
        let mut octets = tagged();
        octets[47] = 0xFF;
        let decoded = frame(&packet(&octets, 1, octets.len() as u32), &mut Quiet);
        assert_eq!(decoded.datagram.expect("payload").captured, b"hi");
        assert!(decoded.anomalies.contains(Anomaly::UdpLength));
    }

    #[test]
    fn a_fragment_is_told_and_not_taken_for_a_datagram() {
        let mut octets = tagged();
        octets[28] = 0x20;
        let decoded = frame(&packet(&octets, 1, octets.len() as u32), &mut Quiet);
        assert!(decoded.datagram.is_none());
        assert!(decoded.anomalies.contains(Anomaly::IpFragment));
    }

    proptest! {
        #[test]
        fn any_octets_under_any_link_are_partitioned(
            octets in proptest::collection::vec(any::<u8>(), 0..120),
            link in prop_oneof![Just(0_u16), Just(1), Just(101), Just(113), Just(276), any::<u16>()],
            cut in 0_u32..40,
            valid in any::<bool>(),
        ) {
            let octets = if valid { [tagged(), octets].concat() } else { octets };
            let (captured, wire) = (octets.len() as u32, octets.len() as u32 + cut);
            let mut labels = Labels::default();
            frame(&packet(&octets, link, wire), &mut labels);
            let mut at = 0;
            for region in labels.regions(captured, wire) {
                prop_assert_eq!(region.span.start, at);
                prop_assert!(region.span.end > at);
                at = region.span.end;
            }
            prop_assert_eq!(at, wire);
        }
    }
}
