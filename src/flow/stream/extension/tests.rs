//! One rule each, on packets made for it.

use super::*;
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::dissect::rtp;
use crate::flow::stream::Kind;

/// Elements of one packet: stream, marker, elements by id.
type Packet = (usize, bool, Vec<(u8, Vec<u8>)>);

/// What the ids mean to streams of `kinds`, of which each sends a packet every 20 ms.
fn meanings(
    kinds: &[Kind],
    packets: u32,
    packet: impl Fn(usize, u32) -> (bool, Vec<(u8, Vec<u8>)>),
) -> Vec<(u8, &'static str)> {
    let mut seen = Vec::new();
    for n in 0..packets {
        for stream in 0..kinds.len() {
            let (marked, elements) = packet(stream, n);
            seen.push((stream, marked, elements));
        }
    }
    decided(kinds, 0, &seen, &mut Lane::default())
}

fn decided(
    kinds: &[Kind],
    csrcs: u8,
    packets: &[Packet],
    lane: &mut Lane,
) -> Vec<(u8, &'static str)> {
    let mut rows = vec![(Rows::default(), 0_u16); kinds.len()];
    for (at, (stream, marked, elements)) in packets.iter().enumerate() {
        let round = i64::from((at / kinds.len()) as u32);
        let (rows, sent) = &mut rows[*stream];
        let octets = written(*stream as u8, csrcs, *sent, *marked, elements);
        let rtp = rtp::parse(Octets::whole(&octets, 0), &mut Quiet).expect("RTP");
        rows.add(at as u64, Timestamp(round * 20_000_000), &rtp, lane);
        *sent += 1;
    }
    let uses: Vec<_> = kinds
        .iter()
        .zip(&rows)
        .map(|(kind, (rows, sent))| Use {
            kind: *kind,
            packets: (*sent).into(),
            rows,
        })
        .collect();
    let mut meant: Vec<_> = decide(lane, &uses)
        .into_iter()
        .map(|meant| (meant.id, meant.meaning.name()))
        .collect();
    meant.sort_unstable();
    meant
}

/// An RTP packet with elements in the two-octet form.
fn written(ssrc: u8, csrcs: u8, seq: u16, marked: bool, elements: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (id, value) in elements {
        body.extend([*id, value.len() as u8]);
        body.extend(value);
    }
    body.resize(body.len().next_multiple_of(4), 0);
    let [high, low] = seq.to_be_bytes();
    let second = u8::from(marked) << 7 | 0x60;
    let mut packet = vec![0x90 | csrcs, second, high, low, 0, 0, 0, 0, 0, 0, 0, ssrc];
    packet.resize(12 + 4 * usize::from(csrcs), 7);
    packet.extend([0x10, 0, 0, (body.len() / 4) as u8]);
    packet.extend(body);
    packet
}

#[test]
fn one_octet_on_every_packet_of_sound_is_a_level() {
    let loud = |_, n: u32| (false, vec![(1, vec![0x80 | (n % 90) as u8])]);
    assert_eq!(meanings(&[Kind::Audio], 30, loud), [(1, "audio-level")]);
    assert_eq!(meanings(&[Kind::Audio, Kind::Video], 30, loud), []);
    assert_eq!(meanings(&[Kind::Unknown], 30, loud), []);
    let constant = |_, _| (false, vec![(1, vec![0x97])]);
    assert_eq!(meanings(&[Kind::Audio], 30, constant), [(1, "audio-level")]);
}

#[test]
fn one_constant_character_on_every_packet_of_one_stream_is_undecided() {
    let character = |_, _| (false, vec![(4, vec![b'0'])]);
    assert_eq!(meanings(&[Kind::Audio], 30, character), []);
}

#[test]
fn a_name_on_sound_and_pictures_or_on_the_first_packets_is_a_mid() {
    let both = |stream, _| (false, vec![(4, vec![b'0' + stream as u8])]);
    assert_eq!(meanings(&[Kind::Audio, Kind::Video], 9, both), [(4, "mid")]);
    let first = |_, n| (false, if n < 5 { vec![(4, vec![b'0'])] } else { vec![] });
    assert_eq!(meanings(&[Kind::Audio], 9, first), [(4, "mid")]);
    let long = |_, _| (false, vec![(4, b"audio".to_vec())]);
    assert_eq!(meanings(&[Kind::Audio], 9, long), [(4, "mid")]);
}

#[test]
fn layers_and_what_repairs_them_are_named_beside_their_section() {
    let kinds = [Kind::Audio, Kind::Video, Kind::Video, Kind::Rtx];
    let packet = |stream: usize, _| {
        let mut elements = vec![(4, vec![b'0' + u8::from(stream > 0)])];
        match stream {
            1 => elements.push((10, b"q".to_vec())),
            2 => elements.push((10, b"h".to_vec())),
            3 => elements.push((11, b"h".to_vec())),
            _ => {}
        }
        (false, elements)
    };
    let all = [(4, "mid"), (10, "rid"), (11, "repaired-rid")];
    assert_eq!(meanings(&kinds, 9, packet), all);
}

#[test]
fn names_of_two_pictures_alone_may_be_sections_or_layers() {
    let packet = |stream, _| (false, vec![(4, vec![b'0' + stream as u8])]);
    assert_eq!(meanings(&[Kind::Video, Kind::Video], 9, packet), []);
}

#[test]
fn a_small_octet_on_some_pictures_is_an_orientation() {
    let turned = |_, n| {
        (
            true,
            if n % 5 == 0 {
                vec![(13, vec![1])]
            } else {
                vec![]
            },
        )
    };
    assert_eq!(
        meanings(&[Kind::Video], 30, turned),
        [(13, "video-orientation")]
    );
    let always = |_, _| (true, vec![(13, vec![1])]);
    assert_eq!(meanings(&[Kind::Video], 30, always), []);
}

#[test]
fn times_and_colours_stand_on_the_last_packet_of_a_frame() {
    let timing = vec![0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 0, 0, 0];
    let packet = |marked| {
        let timing = timing.clone();
        move |_: usize, n: u32| {
            let colours = (8, vec![6, 6, 6, 0x10]);
            let both = vec![(7, timing.clone()), colours];
            (marked, if n.is_multiple_of(9) { both } else { vec![] })
        }
    };
    assert_eq!(
        meanings(&[Kind::Video], 30, packet(true)),
        [(7, "video-timing"), (8, "color-space")]
    );
    assert_eq!(meanings(&[Kind::Video], 30, packet(false)), []);
}

#[test]
fn a_counter_over_all_streams_is_transport_cc() {
    let packet = |stream, n: u32| {
        let number = (n * 2 + stream as u32) as u16;
        (false, vec![(3, number.to_be_bytes().to_vec())])
    };
    let kinds = [Kind::Audio, Kind::Video];
    assert_eq!(meanings(&kinds, 9, packet), [(3, "transport-cc")]);
    assert_eq!(meanings(&kinds, 2, packet), []);
}

#[test]
fn three_octets_run_with_time_or_stay_near_zero_or_are_two_delays() {
    let clock = |_, n: u32| (false, vec![(2, (n * 5243).to_be_bytes()[1..].to_vec())]);
    assert_eq!(meanings(&[Kind::Video], 30, clock), [(2, "abs-send-time")]);
    assert_eq!(meanings(&[Kind::Video], 9, clock), []);
    let offset = |_, n: u32| (false, vec![(2, (n % 7 * 9).to_be_bytes()[1..].to_vec())]);
    assert_eq!(meanings(&[Kind::Video], 30, offset), [(2, "toffset")]);
    assert_eq!(meanings(&[Kind::Audio], 30, offset), []);
    let delays = |_, _| (false, vec![(2, vec![0, 0, 40])]);
    assert_eq!(meanings(&[Kind::Video], 30, delays), [(2, "playout-delay")]);
    let nothing = |_, _| (false, vec![(2, vec![0, 0, 0])]);
    assert_eq!(meanings(&[Kind::Video], 30, nothing), []);
}

#[test]
fn frame_numbers_that_go_on_with_the_frames_are_a_dependency_descriptor() {
    let packet = |_, n: u32| {
        let (start, end) = (n.is_multiple_of(3), n % 3 == 2);
        let flags = u8::from(start) << 7 | u8::from(end) << 6;
        let [.., high, low] = (n / 3).to_be_bytes();
        (end, vec![(12, vec![flags, high, low])])
    };
    let found = meanings(&[Kind::Video], 60, packet);
    assert_eq!(found, [(12, "dependency-descriptor")]);
}

#[test]
fn an_octet_for_each_source_is_the_level_of_a_mix() {
    let packets: Vec<Packet> = (0..9)
        .map(|n| (0, false, vec![(5, vec![n, n + 1])]))
        .collect();
    let mut lane = Lane::default();
    let found = decided(&[Kind::Audio], 2, &packets, &mut lane);
    assert_eq!(found, [(5, "csrc-audio-level")]);
    // One octet for one source may be the level of either.
    let packets: Vec<Packet> = (0..9).map(|n| (0, false, vec![(5, vec![n])])).collect();
    let found = decided(&[Kind::Audio], 1, &packets, &mut Lane::default());
    assert_eq!(found, []);
}

#[test]
fn two_ids_that_behave_alike_are_undecided() {
    let loud = |_, n: u32| {
        let level = vec![0x80 | (n % 90) as u8];
        (false, vec![(1, level.clone()), (2, level)])
    };
    assert_eq!(meanings(&[Kind::Audio], 30, loud), []);
}

#[test]
fn what_signalling_says_counts_more() {
    let packets: Vec<Packet> = (0..30).map(|n| (0, false, vec![(1, vec![n])])).collect();
    let mut lane = Lane::default();
    lane.announce(1, Meaning::VideoContentType);
    let found = decided(&[Kind::Audio], 0, &packets, &mut lane);
    assert_eq!(found, [(1, "video-content-type")]);
}

#[test]
fn elements_that_do_not_fill_the_extension_are_sealed() {
    let mut lane = Lane::default();
    let packets: Vec<Packet> = (0..30).map(|n| (0, false, vec![(1, vec![n])])).collect();
    lane.misfits = 9;
    assert_eq!(decided(&[Kind::Audio], 0, &packets, &mut lane), []);
}
