use super::*;
use crate::dissect::rtp;

/// Octets without structure (Marsaglia's xorshift).
struct Noise(u64);

impl Noise {
    fn octets(&mut self, len: usize) -> Vec<u8> {
        let mut next = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as u8
        };
        (0..len).map(|_| next()).collect()
    }
}

/// What is found inside packets of so many payloads each 20 ms, or pictures of one packet.
fn inner(kind: Kind, announced: Option<&str>, payloads: &[Vec<u8>]) -> Inner {
    let (mut payload, mut frames) = (Payload::new(), Frames::default());
    let step = if kind == Kind::Video { 3_000 } else { 960 };
    for (seq, octets) in (0_u16..).zip(payloads) {
        let mut packet = vec![0x80, if kind == Kind::Video { 0xE0 } else { 0x60 }];
        packet.extend(seq.to_be_bytes());
        packet.extend((u32::from(seq) * step).to_be_bytes());
        packet.extend([0, 0, 0, 1]);
        packet.extend(octets);
        let rtp = rtp::parse(Octets::whole(&packet, 0), &mut Quiet).expect("RTP");
        payload.add(&rtp, u64::from(seq) + 1);
        frames.add(&rtp, u64::from(seq) + 1);
    }
    frames.inner(&payload, (kind, announced))
}

/// Opus of 20 ms whose frame is sealed, with a trailer of key 5.
fn sealed_sound(count: usize) -> Vec<Vec<u8>> {
    let mut noise = Noise(1);
    let payload = |_| {
        let mut octets = vec![0x78];
        octets.extend(noise.octets(72));
        octets.extend([0x0C, 5]);
        octets
    };
    (0..count).map(payload).collect()
}

#[test]
fn a_trailer_on_every_frame_shows_a_layer() {
    let Inner::Sealed(layer) = inner(Kind::Audio, None, &sealed_sound(100)) else {
        panic!("a layer");
    };
    assert_eq!(layer.mark, LayerMark::Trailer(vec![5]));
    assert_eq!((layer.frames.total(), layer.header), (100, Some("opus")));
    assert_eq!(layer.uniform.0, 100);
}

#[test]
fn a_frame_without_the_mark_that_others_bear_is_named() {
    let mut payloads = sealed_sound(100);
    payloads[40].truncate(40);
    let Inner::Partly(bare) = inner(Kind::Audio, None, &payloads) else {
        panic!("a frame without the mark");
    };
    assert_eq!(bare.packets(), [41]);
}

#[test]
fn few_frames_show_no_layer() {
    assert_eq!(inner(Kind::Audio, None, &sealed_sound(79)), Inner::TooFew);
    assert_eq!(inner(Kind::Audio, None, &sealed_sound(19)), Inner::Unknown);
}

#[test]
fn a_trailer_behind_readable_sound_is_no_layer() {
    let mut payloads = sealed_sound(100);
    for octets in &mut payloads {
        octets[3] &= 0x03;
    }
    let found = inner(Kind::Audio, None, &payloads);
    assert!(matches!(found, Inner::Readable(_)), "{found:?}");
}

#[test]
fn a_vector_that_repeats_is_no_mark() {
    let mut payloads = sealed_sound(100);
    for octets in &mut payloads {
        octets[61..73].fill(9);
    }
    let found = inner(Kind::Audio, None, &payloads);
    assert!(!matches!(found, Inner::Sealed(_)), "{found:?}");
}

#[test]
fn uniform_frames_without_a_mark_show_no_layer() {
    let mut payloads = sealed_sound(100);
    for octets in &mut payloads {
        octets.truncate(70);
    }
    assert_eq!(inner(Kind::Audio, None, &payloads), Inner::Uniform);
    let mut noise = Noise(2);
    let bare: Vec<_> = (0..100).map(|_| noise.octets(70)).collect();
    assert_eq!(inner(Kind::Audio, None, &bare), Inner::Uniform);
}

#[test]
fn a_codec_that_was_announced_and_refuses_the_frames_shows_a_layer() {
    let mut noise = Noise(3);
    let payloads: Vec<_> = (0..100).map(|_| noise.octets(70)).collect();
    let Inner::Sealed(layer) = inner(Kind::Audio, Some("OPUS"), &payloads) else {
        panic!("a layer");
    };
    let LayerMark::Refused { codec, kept, pairs } = layer.mark else {
        panic!("refused");
    };
    assert!(codec == "opus" && pairs == 99 && kept < 40, "{kept}");
    // Nothing here reads G.729, so it refuses nothing.
    let unknown = inner(Kind::Audio, Some("G729"), &payloads);
    assert_eq!(unknown, Inner::Uniform);
}

/// A frame behind a header of `SFrame`, which counts from `first` on under key `key`.
fn sframe(noise: &mut Noise, key: u8, counter: u16) -> Vec<u8> {
    let mut octets = vec![key << 4 | 9];
    octets.extend(counter.to_be_bytes());
    octets.extend(noise.octets(70));
    octets
}

#[test]
fn headers_that_count_show_a_layer_whatever_else_counts_with_them() {
    let mut noise = Noise(4);
    // Another stream of the sender seals two frames for each of these.
    let payload = |at: u16| sframe(&mut noise, 3, 200 + at * 3);
    let payloads: Vec<_> = (0..110).map(payload).collect();
    let Inner::Sealed(layer) = inner(Kind::Audio, None, &payloads) else {
        panic!("a layer");
    };
    assert_eq!(layer.mark, LayerMark::Sframe(vec![3]));
    assert_eq!((layer.frames.total(), layer.header), (110, None));
}

#[test]
fn a_header_of_sframe_that_looks_like_that_of_opus_is_none() {
    let mut noise = Noise(7);
    let payload = |at: u8| {
        let mut octets = vec![0x78, 100 + at];
        octets.extend(noise.octets(70));
        octets
    };
    let payloads: Vec<_> = (0..110).map(payload).collect();
    let Inner::Sealed(layer) = inner(Kind::Audio, None, &payloads) else {
        panic!("a layer");
    };
    assert_eq!(layer.mark, LayerMark::Sframe(vec![7]));
    assert_eq!(layer.header, None);
}

#[test]
fn a_new_key_begins_to_count_anew() {
    let mut noise = Noise(5);
    let payload = |at: u16| match at {
        ..60 => sframe(&mut noise, 1, 1_000 + at),
        _ => sframe(&mut noise, 2, at - 60),
    };
    let payloads: Vec<_> = (0..120).map(payload).collect();
    let Inner::Sealed(layer) = inner(Kind::Audio, None, &payloads) else {
        panic!("a layer");
    };
    assert_eq!(layer.mark, LayerMark::Sframe(vec![1, 2]));
}

#[test]
fn frames_of_vp8_end_with_their_trailer_and_begin_in_clear() {
    let mut noise = Noise(6);
    let payload = |at: u8| {
        let mut octets = vec![0x90, 0x80, 0x80, at, 0x31, 0x02, 0x00];
        octets.extend(noise.octets(90));
        octets.extend([0x0C, 0]);
        octets
    };
    let payloads: Vec<_> = (0..70).map(payload).collect();
    let Inner::Sealed(layer) = inner(Kind::Video, None, &payloads) else {
        panic!("a layer");
    };
    assert_eq!((layer.header, layer.uniform.0), (Some("VP8"), 70));
    let clear: Vec<_> = payloads
        .iter()
        .map(|octets| octets[..97].to_vec())
        .collect();
    assert_eq!(inner(Kind::Video, None, &clear), Inner::Uniform);
}

#[test]
fn packets_that_repeat_others_have_no_frames_of_their_own() {
    assert_eq!(inner(Kind::Rtx, None, &sealed_sound(100)), Inner::Unknown);
}

#[test]
fn of_a_codec_whose_header_has_no_known_end_only_readable_frames_are_told() {
    let mut noise = Noise(8);
    let payload = |_| {
        let mut octets = vec![0x41];
        octets.extend(noise.octets(80));
        octets.extend([0x0C, 0]);
        octets
    };
    let mut payloads: Vec<_> = (0..100).map(payload).collect();
    assert_eq!(inner(Kind::Video, None, &payloads), Inner::Unknown);
    for octets in &mut payloads {
        octets[9] &= 0x03;
    }
    let found = inner(Kind::Video, None, &payloads);
    assert!(matches!(found, Inner::Readable(_)), "{found:?}");
}
