//! Labels name every octet of every frame exactly once, for any octets.

mod common;

use common::{captures, each_view, file, settled};
use proptest::prelude::*;
use relayscope::base::time::Timestamp;
use relayscope::capture::{FileSource, LinkType, RawPacket};
use relayscope::exposure::{Lens, PacketView};
use relayscope::run::track;

fn check(packet: &RawPacket<'_>, view: &PacketView) {
    let mut at = 0;
    for region in &view.regions {
        let span = region.label.span;
        assert_eq!(span.start, at, "packet {}", packet.number);
        assert!(span.end > at, "packet {}", packet.number);
        at = span.end;
    }
    assert_eq!(at, packet.wire_len, "packet {}", packet.number);
}

#[test]
fn every_frame_of_every_capture() {
    for path in captures() {
        let tracker = track(&mut FileSource::open(&path).expect("a capture")).expect("readable");
        each_view(&path, &tracker, |packet, view| check(packet, &view));
    }
}

/// Ethernet, IPv4 and UDP around a payload.
fn framed(payload: &[u8]) -> Vec<u8> {
    let udp = payload.len() as u16 + 8;
    let mut frame = vec![2; 12];
    frame.extend([8, 0, 0x45, 0]);
    frame.extend((udp + 20).to_be_bytes());
    frame.extend([
        0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x13, 0x88, 0x0D, 0x96,
    ]);
    frame.extend(udp.to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(payload);
    frame
}

/// Ethernet, IPv4 and TCP around octets of a stream, in one direction or the other.
fn segment(at: u32, back: bool, octets: &[u8]) -> Vec<u8> {
    let mut frame = framed(octets);
    frame.truncate(34);
    frame[16..18].copy_from_slice(&(octets.len() as u16 + 40).to_be_bytes());
    frame[23] = 6;
    let mut ports = [0x13, 0x88, 0x0D, 0x96];
    if back {
        frame[26..34].rotate_left(4);
        ports.rotate_left(2);
    }
    frame.extend(ports);
    frame.extend(at.to_be_bytes());
    frame.extend((at / 2).to_be_bytes());
    frame.extend([0x50, if at == 0 { 2 } else { 16 }, 9, 9, 0, 0, 0, 0]);
    frame.extend(octets);
    frame
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let noise = || proptest::collection::vec(any::<u8>(), 0..160);
    let starts = prop_oneof![
        Just(vec![]),
        Just(vec![0, 1, 0, 60, 0x21, 0x12, 0xA4, 0x42]),
        Just(vec![0, 0x16, 0, 60, 0x21, 0x12, 0xA4, 0x42]),
        Just(vec![0x40, 0, 0, 60]),
        Just(vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60]),
        Just(vec![0x2E, 0, 0]),
        Just(vec![0xB0, 111]),
        Just(vec![0x81, 200, 0, 6]),
        Just(b"INVITE x SIP/2.0\r\n".to_vec()),
        Just(b"SIP/2.0 200 OK\r\nf: sip:a:b@c\r\n\r\nv=0\r\na=crypto:1 S inline:k".to_vec()),
        Just(vec![0x82, 202, 0, 9, 0, 0, 0, 7, 1, 2]),
        Just(vec![0x8F, 206, 0, 9, 0, 0, 0, 7]),
        Just(vec![0x80, 207, 0, 9, 0, 0, 0, 7, 6, 0, 0, 9]),
        Just(b"\x10\0\0\x01ZRTP\0\0\0\x07\x50\x5A\0\x03".to_vec()),
        Just(vec![0xC0, 0, 0, 0, 1, 8]),
    ];
    let plain = (starts, noise()).prop_map(|(start, noise)| [start, noise].concat());
    prop_oneof![plain, handshake()]
}

/// A DTLS record whose lengths fit, around a handshake message that begins as one does.
fn handshake() -> impl Strategy<Value = Vec<u8>> {
    let start = prop_oneof![
        Just(vec![]),
        Just(
            [
                &[0xFE, 0xFD],
                [7; 32].as_slice(),
                &[0, 0, 0, 2, 0x13, 1, 1, 0]
            ]
            .concat()
        ),
        Just([&[0xFE, 0xFD], [7; 32].as_slice(), &[0, 0x13, 1, 0]].concat()),
        Just(vec![0, 0, 60, 0, 0, 30]),
    ];
    let small = proptest::collection::vec(prop_oneof![0_u8..60, any::<u8>()], 0..90);
    (1_u8..14, any::<bool>(), start, small).prop_map(|(kind, more, start, noise)| {
        let body = [start, noise].concat();
        let len = body.len() as u8;
        let told = len.saturating_add(u8::from(more));
        let mut octets = vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, len + 12];
        octets.extend([kind, 0, 0, told, 0, 0, 0, 0, 0, 0, 0, len]);
        octets.extend(body);
        octets
    })
}

proptest! {
    #[test]
    fn any_datagrams(payloads in proptest::collection::vec(payload(), 1..8), cut in 0_u32..20) {
        let frames: Vec<_> = payloads.iter().map(|payload| framed(payload)).collect();
        check_all(&frames, cut);
    }

    #[test]
    fn any_segments(
        segments in proptest::collection::vec((0_u32..400, any::<bool>(), payload()), 1..12),
        begun in any::<bool>(),
        cut in 0_u32..3,
    ) {
        let mut frames: Vec<_> = segments
            .iter()
            .map(|(at, back, octets)| segment(*at, *back, octets))
            .collect();
        if begun {
            frames.insert(0, segment(0, false, &[]));
        }
        check_all(&frames, cut);
    }

    #[test]
    fn any_stream_of_messages(
        messages in proptest::collection::vec(payload(), 1..8),
        sizes in proptest::collection::vec(1_usize..90, 60),
        order in any::<bool>(),
    ) {
        let start = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        let stream = [vec![start], messages].concat().concat();
        let (mut frames, mut at) = (vec![segment(0, false, &[])], 0);
        for size in sizes {
            let part = &stream[at..(at + size).min(stream.len())];
            frames.push(segment(at as u32 + 1, false, part));
            at += part.len();
        }
        if order {
            frames[1..].reverse();
        }
        check_all(&frames, 0);
    }
}

fn check_all(frames: &[Vec<u8>], cut: u32) {
    let records: Vec<_> = frames
        .iter()
        .enumerate()
        .map(|(n, frame)| common::Record {
            micros: n as u64 * 1000,
            wire_len: frame.len() as u32 + cut,
            octets: frame.clone(),
        })
        .collect();
    let input = Box::new(std::io::Cursor::new(file(&records)));
    let mut source = FileSource::from_reader(input, "test.pcap").expect("a capture");
    let tracker = track(&mut source).expect("readable");
    let mut lens = Lens::new(&tracker);
    for (n, frame) in frames.iter().enumerate() {
        let packet = RawPacket {
            number: n as u64 + 1,
            time: Timestamp(0),
            wire_len: frame.len() as u32 + cut,
            link: LinkType::ETHERNET,
            interface: 0,
            octets: frame,
        };
        lens.look(&packet);
    }
    lens.end();
    settled(&mut lens, |packet, view| check(packet, &view));
}
