use super::*;
use crate::base::anomaly::Anomalies;
use crate::base::span::Octets;
use crate::dissect::rtp::Ssrc;

/// A packet of payload type 96.
pub(super) fn rtp(seq: u16, timestamp: u32, payload: &[u8]) -> Rtp<'_> {
    Rtp {
        ssrc: Ssrc(1),
        seq,
        timestamp,
        payload_type: 96,
        marker: false,
        padding: false,
        csrcs: &[],
        extension: None,
        header_len: 12,
        payload: Octets::whole(payload, 54),
        anomalies: Anomalies::default(),
    }
}

/// Octets without structure (Marsaglia's xorshift).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32
    }

    fn octets(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| (self.next() >> 13) as u8).collect()
    }
}

fn feed(packets: impl IntoIterator<Item = (u16, u32, Vec<u8>)>) -> Payload {
    let mut payload = Payload::new();
    for (number, (seq, timestamp, octets)) in (1..).zip(packets) {
        payload.add(&rtp(seq, timestamp, &octets), number);
    }
    payload
}

#[test]
fn what_a_cipher_writes_is_never_structured() {
    let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
    for trial in 0..1_000 {
        let payload = feed((0..128).map(|seq| (seq, u32::from(seq) * 960, noise.octets(40))));
        let structure = payload.structure();
        let Structure::Uniform {
            packets: 128,
            octets: 5_120,
            p_value,
        } = structure
        else {
            panic!("trial {trial}: {structure:?}");
        };
        assert!(p_value > 1e-9, "trial {trial}: {p_value}");
        assert_eq!(payload.codec(true), None);
        assert!(payload.evidence().packets().is_empty());
    }
}

#[test]
fn a_constant_octet_is_found_in_five_packets_and_they_are_named() {
    let mut noise = Noise(1);
    let packets = (0..5).map(|seq| {
        let mut octets = noise.octets(30);
        octets[7] = 0xF8;
        (seq, 0, octets)
    });
    let payload = feed(packets);
    let Structure::Structured {
        by: By::TopValue {
            offset: 7,
            value: 0xF8,
        },
        offsets: 0x80,
        packets: 5,
        p_value,
    } = payload.structure()
    else {
        panic!("{:?}", payload.structure());
    };
    assert!((2.3e-10..2.4e-10).contains(&p_value));
    assert_eq!(payload.evidence().packets(), [1, 2, 3, 4, 5]);
    let strip = payload.judgement().expect("judged").strip;
    assert_eq!((strip[7].value, strip[7].count), (0xF8, 5));
    assert_eq!(strip[7].spread(), Spread::Structured);
    assert_eq!(strip[8].spread(), Spread::Unknown);
}

#[test]
fn clear_packets_before_sealed_ones_are_still_named() {
    let mut noise = Noise(12);
    let payload = feed((0..128).map(|seq| {
        let mut octets = noise.octets(40);
        if seq < 5 {
            octets[3] = 0x42;
        } else if seq > 40 {
            octets[3] %= 8;
        }
        (seq, 0, octets)
    }));
    assert_eq!(
        payload.evidence().packets().get(..5),
        Some(&[1, 2, 3, 4, 5][..])
    );
    assert!(payload.evidence().total() < 10);
}

#[test]
fn packets_captured_twice_count_once() {
    let mut noise = Noise(2);
    let packets = (0..256_u16).map(|half| (half / 2, 0, noise.octets(64)));
    let once: Vec<_> = packets.step_by(2).collect();
    let twice = feed(
        once.iter()
            .flat_map(|packet| [packet.clone(), packet.clone()]),
    );
    assert_eq!(twice.structure(), feed(once).structure());
    assert!(matches!(
        twice.structure(),
        Structure::Uniform { packets: 128, .. }
    ));
}

#[test]
fn a_few_packets_or_octets_prove_neither() {
    let mut noise = Noise(3);
    let few = feed((0..49).map(|seq| (seq, 0, noise.octets(200))));
    assert_eq!(few.structure(), Structure::TooFew { packets: 49 });
    let small = feed((0..100).map(|seq| (seq, 0, noise.octets(39))));
    assert_eq!(small.structure(), Structure::TooFew { packets: 100 });
    assert_eq!(Payload::new().structure(), Structure::TooFew { packets: 0 });
}

#[test]
fn uneven_octets_without_a_header_are_found_together() {
    let mut noise = Noise(4);
    let packets = (0..8).map(|seq| {
        let octets = noise.octets(160).iter().map(|octet| octet | 0x80).collect();
        (seq, u32::from(seq) * 160, octets)
    });
    let payload = feed(packets);
    let structure = payload.structure();
    let Structure::Structured { by, packets, .. } = structure else {
        panic!("{structure:?}");
    };
    assert_eq!((by, packets), (By::Pooled, 8));
    assert_eq!(payload.evidence().total(), 8);
}

#[test]
fn each_payload_type_is_judged_by_itself() {
    let mut noise = Noise(5);
    let mut payload = Payload::new();
    for seq in 0..60 {
        let octets = noise.octets(80);
        payload.add(&rtp(seq, 0, &octets), 1);
        let event = Rtp {
            payload_type: 101,
            ..rtp(seq, 0, &[5, 0x0A, 0, 160])
        };
        payload.add(&event, 2);
    }
    let structured: Vec<_> = payload
        .judgements()
        .map(|judgement| (judgement.payload_type, judgement.is_structured()))
        .collect();
    assert_eq!(structured, [(96, false), (101, true)]);
    let guess = payload.codec(true).expect("a codec");
    assert_eq!((guess.codec, guess.events), ("telephone-event", 1));
    assert_eq!(payload.content_readable(false), Content::Readable);
}

#[test]
fn a_frame_cut_by_the_snap_length_is_judged_as_far_as_it_goes_and_counted() {
    let mut payload = Payload::new();
    let mut cut = rtp(1, 0, &[1, 2, 3]);
    cut.payload.wire_len = 900;
    payload.add(&cut, 1);
    let judgement = payload.judgement().expect("judged");
    assert_eq!((judgement.packets, judgement.cut), (1, 1));
    assert_eq!(judgement.strip[3], Position::default());
}

#[test]
fn what_was_judged_is_freed_and_says_the_same() {
    let mut noise = Noise(6);
    let mut payload = feed((0..60).map(|seq| (seq, 0, noise.octets(90))));
    let before = payload.judgement();
    payload.settle();
    payload.add(&rtp(61, 0, &[1; 90]), 99);
    assert_eq!(payload.judgement(), before);
    assert!(matches!(payload.types[0].state, State::Judged(_)));
}

/// Opus of 20 ms with the TOC in clear and `body` behind it.
fn opus(body: impl FnMut(u16) -> Vec<u8>) -> Payload {
    let mut body = body;
    feed((0..100).map(|seq| {
        let mut octets = vec![0x78];
        octets.extend(body(seq));
        (seq, u32::from(seq) * 960, octets)
    }))
}

#[test]
fn opus_is_known_by_its_durations_and_readable_beyond_its_toc() {
    let mut noise = Noise(7);
    let payload = opus(|_| {
        let mut octets = noise.octets(60);
        octets[0] &= 0x07;
        octets
    });
    let guess = payload.codec(false).expect("a codec");
    assert_eq!((guess.codec, guess.pairs), ("opus", 99));
    assert!(guess.share > 0.99);
    assert_eq!(guess.content, Content::Readable);
}

#[test]
fn a_layer_inside_leaves_the_header_of_the_codec_only() {
    let mut noise = Noise(8);
    let payload = opus(|_| {
        let mut octets = noise.octets(60);
        octets.extend([0x0C, 0]);
        octets
    });
    assert!(payload.judgement().expect("judged").is_structured());
    let Content::HeaderOnly { packets, p_value } = payload.content_readable(false) else {
        panic!("{:?}", payload.codec(false));
    };
    assert!(packets == 100 && p_value > 1e-6);
}

/// Frames of three packets; the first of each begins with `start`, all with the descriptor `rest`.
fn frames(start: &[u8], rest: &[u8], body: usize) -> Payload {
    let mut noise = Noise(9);
    feed((0..99).map(|seq| {
        let mut octets = if seq % 3 == 0 { start } else { rest }.to_vec();
        octets.extend(noise.octets(body));
        (seq, u32::from(seq / 3) * 3_000, octets)
    }))
}

#[test]
fn vp8_is_known_by_where_its_frames_start() {
    let start = [
        0x90, 0x80, 0x81, 2, 0x50, 0x21, 0, 0x9D, 1, 0x2A, 0x40, 1, 0xB4, 0,
    ];
    let payload = frames(&start, &[0x80, 0x80, 0x81, 2], 100);
    let guess = payload.codec(true).expect("a codec");
    assert_eq!((guess.codec, guess.pairs), ("VP8", 98));
    assert_eq!(guess.pictures, [(320, 180)]);
    // Only 33 packets start a frame.
    assert_eq!(guess.content, Content::Unknown);
    assert_eq!(payload.codec(false), None);
}

#[test]
fn fragments_of_h264_are_consistent() {
    let mut noise = Noise(10);
    let payload = feed((0..99).map(|seq| {
        let header = [0x85, 0x05, 0x45][usize::from(seq % 3)];
        let mut octets = vec![0x7C, header];
        octets.extend(noise.octets(100));
        (seq, u32::from(seq / 3) * 3_000, octets)
    }));
    assert_eq!(payload.codec(true).map(|guess| guess.codec), Some("H264"));
}

#[test]
fn padding_packets_are_left_out_of_the_codec() {
    let mut zeros = vec![0; 254];
    zeros.push(255);
    let payload = feed((0..60).map(|seq| (seq, 0, zeros.clone())));
    assert!(payload.judgement().expect("judged").is_structured());
    assert_eq!(payload.codec(true), None);
}

#[test]
fn a_stream_that_turns_clear_is_noticed() {
    let (mut noise, mut payload) = (Noise(7), Payload::new());
    for seq in 0..3200_u16 {
        let mut octets = noise.octets(100);
        if seq > 3000 {
            octets[0] = 0x78;
        }
        payload.add(&rtp(seq, u32::from(seq) * 960, &octets), seq.into());
        let structured = payload.judgement().is_some_and(|j| j.is_structured());
        assert!(!structured || seq > 3000);
    }
    let judged = payload.judgement().expect("a judgement");
    assert!(judged.is_structured());
    assert!(judged.evidence.first() > Some(3000));
}
