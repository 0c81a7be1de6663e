//! Fragments against a naive model, and one rule after the other.

use proptest::prelude::*;

use super::*;
use crate::base::anomaly::Anomaly;
use crate::base::label::Quiet;
use crate::capture::LinkType;
use crate::decode::tests::{IPV4_UDP, IPV6_UDP, RAW};
use crate::decode::{Payload, frame};

/// A frame with the octets of `content` in `place`, the last of them unless `more`.
#[derive(Debug, Clone)]
struct Sent {
    place: std::ops::Range<usize>,
    more: bool,
    content: Vec<u8>,
    v6: bool,
    id: u8,
}

impl Sent {
    fn octets(&self) -> Vec<u8> {
        let start = (self.place.start / 8) as u16;
        let part = &self.content[self.place.clone()];
        if self.v6 {
            let len = (8 + part.len()) as u16;
            let words = (start << 3 | u16::from(self.more)).to_be_bytes();
            let header = [17, 0, words[0], words[1], 0, 0, 0, self.id];
            let mut octets = [&IPV6_UDP[..40], &header, part].concat();
            octets[4..6].copy_from_slice(&len.to_be_bytes());
            octets[6] = 44;
            return octets;
        }
        let mut octets = [&IPV4_UDP[..20], part].concat();
        let len = octets.len() as u16;
        octets[2..4].copy_from_slice(&len.to_be_bytes());
        octets[5] = self.id;
        octets[6..8].copy_from_slice(&(u16::from(self.more) << 13 | start).to_be_bytes());
        octets
    }
}

/// A capture in which fragments come one after the other.
#[derive(Default)]
struct Capture {
    fragments: Fragments,
    number: u64,
    seconds: i64,
    /// How many octets of each frame are captured at most.
    snap: Option<usize>,
}

impl Capture {
    fn take(&mut self, sent: &Sent) -> Arrived {
        let octets = sent.octets();
        self.number += 1;
        let kept = self
            .snap
            .map_or(octets.len(), |snap| snap.min(octets.len()));
        let packet = RawPacket {
            number: self.number,
            time: Timestamp(self.seconds * 1_000_000_000),
            wire_len: octets.len() as u32,
            link: LinkType(RAW),
            interface: 0,
            octets: &octets[..kept],
        };
        let decoded = frame(&packet, &mut Quiet);
        let arrived = self.fragments.frame(&packet, &decoded);
        assert!(self.fragments.held <= HELD && self.fragments.partial.len() <= PACKETS);
        let lines = [&self.fragments.waiting, &self.fragments.again];
        let waiting: usize = lines.iter().map(|line| line.len()).sum();
        assert_eq!(waiting, self.fragments.partial.len());
        arrived
    }
}

/// A UDP datagram with this payload.
fn datagram(payload: &[u8]) -> Vec<u8> {
    let len = (8 + payload.len() as u16).to_be_bytes();
    [&[0x12, 0x34, 0x0d, 0x96], &len[..], &[0xab, 0xcd], payload].concat()
}

/// A datagram cut at these words.
fn cut(content: &[u8], words: &[usize], v6: bool, id: u8) -> Vec<Sent> {
    let mut places: Vec<_> = words.iter().map(|word| 8 * (1 + word)).collect();
    places.retain(|place| *place < content.len());
    places.extend([0, content.len()]);
    places.sort_unstable();
    places.dedup();
    let part = |pair: &[usize]| Sent {
        place: pair[0]..pair[1],
        more: pair[1] < content.len(),
        content: content.to_vec(),
        v6,
        id,
    };
    places.windows(2).map(part).collect()
}

fn payload(whole: &Whole) -> Vec<u8> {
    match whole.read(&mut Quiet).payload {
        Payload::Udp { payload, .. } => payload.captured.to_vec(),
        other => panic!("not UDP: {other:?}"),
    }
}

fn three(v6: bool) -> (Vec<u8>, Vec<Sent>) {
    let octets: Vec<u8> = (0..60).collect();
    let sent = cut(&datagram(&octets), &[1, 4], v6, 7);
    assert_eq!(sent.len(), 3);
    (octets, sent)
}

proptest! {
    #[test]
    fn datagrams_cut_anywhere_mixed_up_and_doubled_come_out_whole(
        v6 in any::<bool>(),
        one in prop::collection::vec(any::<u8>(), 9..600),
        other in prop::collection::vec(any::<u8>(), 9..600),
        words in prop::collection::vec(0..75_usize, 1..12),
        doubled in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        order in prop::collection::vec(any::<u32>(), 40),
    ) {
        let mut sent = cut(&datagram(&one), &words, v6, 1);
        sent.extend(cut(&datagram(&other), &words, v6, 2));
        prop_assume!(sent.iter().all(|sent| sent.place.len() < sent.content.len()));
        let again: Vec<_> = doubled.iter().map(|at| sent[at.index(sent.len())].clone()).collect();
        sent.extend(again);
        let mut keyed: Vec<_> = order.iter().cycle().zip(sent).collect();
        keyed.sort_by_key(|(key, _)| **key);
        let mut capture = Capture::default();
        let mut seen = [false; 2];
        for (_, sent) in keyed {
            let arrived = capture.take(&sent);
            prop_assert!(arrived.odd.is_empty() && arrived.lost.is_empty());
            if let Some(whole) = arrived.whole {
                let expected = if sent.id == 1 { &one } else { &other };
                prop_assert_eq!(&payload(&whole), expected);
                seen[usize::from(sent.id == 2)] = true;
            }
        }
        prop_assert_eq!(seen, [true; 2]);
        prop_assert_eq!(capture.fragments.finish(), Vec::<u64>::new());
        prop_assert!(capture.fragments.frames.is_empty() && capture.fragments.held == 0);
    }

    #[test]
    fn of_ipv4_octets_that_come_twice_the_first_count(
        pieces in prop::collection::vec((0..20_usize, 1..8_usize, any::<u8>()), 1..40),
        len in 161..180_usize,
    ) {
        let mut model = vec![None; len];
        let mut has_end = false;
        let mut capture = Capture::default();
        let last = [(18, 99, 0xee)];
        for (word, words, fill) in pieces.into_iter().chain(last) {
            let place = 8 * word..(8 * (word + words)).min(len);
            let sent = Sent {
                more: place.end < len,
                content: vec![fill; len],
                v6: false,
                id: 3,
                place: place.clone(),
            };
            let overlaps = model[place.clone()].iter().any(Option::is_some);
            let arrived = capture.take(&sent);
            if arrived.odd.contains(Anomaly::FragmentOverlap) {
                prop_assert!(overlaps);
            }
            has_end |= place.end == len;
            for octet in &mut model[place] {
                octet.get_or_insert(fill);
            }
            let expected: Option<Vec<u8>> = model.iter().copied().collect();
            prop_assert_eq!(arrived.whole.is_some(), has_end && expected.is_some());
            if let Some(whole) = arrived.whole {
                prop_assert_eq!(Some(whole.octets), expected);
                return Ok(());
            }
        }
    }
}

#[test]
fn each_frame_waits_until_its_packet_is_whole() {
    let (octets, sent) = three(false);
    let mut capture = Capture::default();
    for at in [2, 0] {
        assert!(capture.take(&sent[at]).whole.is_none());
    }
    assert!(capture.fragments.holds(1) && capture.fragments.holds(2));
    let whole = capture.take(&sent[1]).whole.expect("all three");
    assert_eq!(payload(&whole), octets);
    let places: Vec<_> = whole
        .pieces
        .iter()
        .map(|p| (p.number, p.offset, p.wire_len))
        .collect();
    assert_eq!(places, [(2, 20, 16), (3, 20, 24), (1, 20, 28)]);
    assert_eq!((whole.named, whole.on_wire), (8, 3 * 20 + 68));
    assert!(!capture.fragments.holds(1));
}

#[test]
fn what_the_snap_length_cut_ends_what_is_held_and_not_the_length() {
    let (octets, sent) = three(false);
    let mut capture = Capture {
        snap: Some(40),
        ..Capture::default()
    };
    let wholes: Vec<_> = sent
        .iter()
        .filter_map(|sent| capture.take(sent).whole)
        .collect();
    assert_eq!(payload(&wholes[0]), octets[..28]);
    let decoded = wholes[0].read(&mut Quiet);
    assert_eq!(decoded.datagram().expect("UDP").wire_len, 60);
}

#[test]
fn an_overlap_is_told_and_spoils_a_packet_of_ipv6() {
    for v6 in [false, true] {
        let (_, mut sent) = three(v6);
        sent[2].place.start = 32;
        let mut capture = Capture::default();
        capture.take(&sent[0]);
        capture.take(&sent[1]);
        let arrived = capture.take(&sent[2]);
        assert!(arrived.odd.contains(Anomaly::FragmentOverlap));
        assert_eq!(arrived.whole.is_some(), !v6);
        assert_eq!(arrived.lost, if v6 { vec![3, 1, 2] } else { vec![] });
        if v6 {
            assert_eq!(capture.take(&sent[1]).lost, [4]);
        }
    }
}

#[test]
fn the_same_place_with_other_octets_is_told_and_the_first_count() {
    let (octets, sent) = three(false);
    let mut capture = Capture::default();
    let mut other = sent[1].clone();
    other.content.fill(0xee);
    capture.take(&sent[1]);
    assert!(capture.take(&other).odd.contains(Anomaly::FragmentOverlap));
    capture.take(&sent[0]);
    let whole = capture.take(&sent[2]).whole.expect("all three");
    assert_eq!(payload(&whole), octets);
}

#[test]
fn what_never_comes_whole_is_let_go_in_time_and_told() {
    let (_, sent) = three(false);
    let mut capture = Capture::default();
    capture.take(&sent[0]);
    capture.take(&sent[1]);
    capture.seconds = 31;
    let arrived = capture.take(&sent[2]);
    assert_eq!((arrived.whole.is_none(), arrived.lost), (true, vec![1, 2]));
    assert_eq!(capture.fragments.finish(), [3]);
    assert_eq!(capture.fragments.squeezed_out(), 0);
}

#[test]
fn another_packet_with_the_same_identification_is_a_packet_of_its_own() {
    let (octets, sent) = three(false);
    let mut capture = Capture::default();
    let other: Vec<u8> = octets.iter().map(|octet| octet ^ 0xff).collect();
    let second = cut(&datagram(&other), &[1, 4], false, 7);
    let mut wholes = Vec::new();
    for sent in sent.iter().chain(&second) {
        wholes.extend(capture.take(sent).whole.as_ref().map(payload));
    }
    assert_eq!(wholes, [octets, other]);
}

#[test]
fn a_fragment_that_cannot_be_is_told_and_left_out() {
    let (_, sent) = three(false);
    let mut uneven = sent[0].clone();
    uneven.place.end -= 3;
    let mut empty = sent[2].clone();
    empty.place.end = empty.place.start;
    for bad in [uneven, empty] {
        let mut capture = Capture::default();
        let arrived = capture.take(&bad);
        assert!(arrived.odd.contains(Anomaly::FragmentShape));
        assert_eq!(capture.fragments.partial.len(), 0);
    }
}

#[test]
fn the_packets_that_began_first_go_when_there_are_too_many() {
    let mut capture = Capture::default();
    let content = datagram(&[0; 1000]);
    let mut lost = 0;
    for number in 0..PACKETS * 4 {
        let mut sent = cut(&content, &[1, 4], true, number as u8).swap_remove(0);
        // Another identification for each, also beyond one octet.
        sent.content[0] = (number / 256) as u8;
        let octets = sent.octets();
        capture.number += 1;
        let mut octets = octets;
        octets[46] = (number / 256) as u8;
        let packet = RawPacket {
            number: capture.number,
            time: Timestamp(0),
            wire_len: octets.len() as u32,
            link: LinkType(RAW),
            interface: 0,
            octets: &octets,
        };
        let decoded = frame(&packet, &mut Quiet);
        lost += capture.fragments.frame(&packet, &decoded).lost.len();
    }
    assert_eq!(capture.fragments.partial.len(), PACKETS);
    assert_eq!(lost, PACKETS * 3);
    assert_eq!(capture.fragments.squeezed_out(), PACKETS as u64 * 3);
}
