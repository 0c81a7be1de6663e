//! One rule each, on streams made for it.

use std::net::SocketAddr;

use super::*;
use crate::base::addr::{Direction, FlowKey, Transport};
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use crate::dissect::rtp;
use crate::flow::stream::StreamKey;

/// A packet: payload type, marker, padding, timestamp, octets of payload.
type Packet = (u8, bool, bool, u16, usize);

/// One stream for each list, whose packets go by turns, 20 ms apart; judged.
fn judged<const N: usize>(
    sent: &[Vec<Packet>; N],
    told: Option<(u8, Announcement)>,
) -> [RtpStream; N] {
    let end: SocketAddr = "10.0.0.1:5000".parse().expect("address");
    let flow = FlowKey {
        a: end,
        b: end,
        transport: Transport::Udp,
    };
    let mut lane = Box::new(Lane::default());
    let mut streams = std::array::from_fn(|ssrc| {
        let key = StreamKey {
            flow,
            direction: Direction::AToB,
            relayed: false,
            ssrc: Ssrc(ssrc as u32),
        };
        RtpStream::new(key, Timestamp(0))
    });
    let rounds = sent.iter().map(Vec::len).max().unwrap_or_default();
    for round in 0..rounds {
        for (ssrc, (stream, packets)) in streams.iter_mut().zip(sent).enumerate() {
            let Some((pt, marked, padded, timestamp, len)) = packets.get(round) else {
                continue;
            };
            let [high, low] = timestamp.to_be_bytes();
            let first = 0x80 | u8::from(*padded) << 5;
            let second = u8::from(*marked) << 7 | pt;
            let mut octets = vec![first, second, 0, round as u8, 0, 0, high, low, 0, 0, 0];
            octets.push(ssrc as u8);
            octets.resize(12 + len, 7);
            let rtp = rtp::parse(Octets::whole(&octets, 0), &mut Quiet).expect("RTP");
            let time = Timestamp(i64::from(round as u32) * 20_000_000);
            stream.add(1, time, &rtp, true, &mut lane);
        }
    }
    if let Some((pt, told)) = told {
        streams[0].announce(pt, told);
    }
    judge(Some(&mut lane), &mut streams.each_mut());
    streams
}

/// Speech of 20 ms a packet at 8 kHz, or at 16 kHz.
fn speech(pt: u8, step: u16) -> Vec<Packet> {
    (0..30).map(|n| (pt, false, false, n * step, 100)).collect()
}

/// Pictures, a packet and a frame every 20 ms.
fn pictures() -> Vec<Packet> {
    let frame = |n: u16| (96, true, false, n * 1800, 600 + usize::from(n));
    (0..30).map(frame).collect()
}

#[test]
fn a_static_payload_type_names_its_codec() {
    let [stream] = judged(&[speech(0, 160)], None);
    assert_eq!(stream.codec(), Some(("PCMU", Basis::PayloadType)));
    assert_eq!(
        (stream.kind(), stream.clock_rate()),
        (Kind::Audio, Some(8_000))
    );
}

#[test]
fn a_clock_that_contradicts_the_payload_type_leaves_the_codec_open() {
    let [stream] = judged(&[speech(0, 320)], None);
    assert_eq!(stream.codec(), None);
    assert_eq!(
        (stream.kind(), stream.clock_rate()),
        (Kind::Audio, Some(16_000))
    );
    assert_eq!(stream.clock_basis(), Some(Basis::Behaviour));
}

#[test]
fn a_dynamic_payload_type_names_nothing_until_signalling_does() {
    let [stream] = judged(&[speech(111, 960)], None);
    assert_eq!((stream.codec(), stream.kind()), (None, Kind::Audio));
    let opus = Announcement {
        kind: Kind::Audio,
        codec: Some("opus".into()),
        clock_rate: Some(48_000),
    };
    let [stream] = judged(&[speech(111, 960)], Some((111, opus.clone())));
    assert_eq!(stream.codec(), Some(("opus", Basis::Negotiated)));
    assert_eq!(stream.kind_basis(), Some(Basis::Negotiated));
    let [stream] = judged(&[speech(111, 960)], Some((109, opus)));
    assert_eq!(stream.codec(), None);
}

#[test]
fn what_is_sent_again_is_tied_to_its_pictures() {
    let probe = (97, false, true, 9, 265);
    let again = |n: u16| (97, true, false, n * 1800, 602 + usize::from(n));
    let mut repairs = vec![probe; 9];
    repairs.extend((3..9).map(again));
    let [video, rtx] = judged(&[pictures(), repairs], None);
    assert_eq!(video.kind(), Kind::Video);
    assert_eq!((rtx.kind(), rtx.repairs()), (Kind::Rtx, Some(Ssrc(0))));
    assert_eq!(rtx.kind_basis(), Some(Basis::Retransmission));
    assert_eq!(rtx.clock_rate(), None);
    let [_, probes] = judged(&[pictures(), vec![probe; 9]], None);
    assert_eq!(
        (probes.kind(), probes.kind_basis()),
        (Kind::Rtx, Some(Basis::Padding))
    );
}

#[test]
fn padding_without_pictures_is_nobodys_stream() {
    let probes = vec![(97, false, true, 9, 265); 12];
    let [_, probes] = judged(&[speech(111, 960), probes], None);
    assert_eq!(probes.kind(), Kind::Unknown);
}

#[test]
fn what_has_no_clock_beside_pictures_that_have_one_is_not_told() {
    let burst = (0..30).map(|n| (97, true, false, 7_000 + n % 3, 900));
    let burst: Vec<Packet> = burst.collect();
    let [_, other] = judged(&[pictures(), burst.clone()], None);
    assert_eq!(other.kind(), Kind::Unknown);
    let [alone] = judged(&[burst], None);
    assert_eq!(alone.kind(), Kind::Video);
}
