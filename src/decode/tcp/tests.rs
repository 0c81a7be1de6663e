//! Streams cut, doubled, dropped and mixed up, against a model that knows all of them.

use proptest::prelude::*;

use super::*;

const ISN: u32 = u32::MAX - 20;

fn segment(number: u64, at: u32, payload: &[u8]) -> Segment<'_> {
    Segment {
        number,
        seq: ISN.wrapping_add(1).wrapping_add(at),
        ack: 0,
        flags: TcpFlags::ACK,
        payload: Octets::whole(payload, 100),
    }
}

/// Everything that arrives, a gap as `None`.
#[derive(Default)]
struct Seen(Vec<Option<(u64, Vec<u8>)>>);

impl Seen {
    fn take(&mut self, arrived: Arrived<'_>) {
        self.0.push(match arrived {
            Arrived::Run(number, octets) => Some((number, octets.captured.to_vec())),
            Arrived::Gap(_) => None,
        });
    }

    fn octets(&self) -> Vec<u8> {
        self.0
            .iter()
            .flatten()
            .flat_map(|(_, run)| run.clone())
            .collect()
    }

    fn gaps(&self) -> usize {
        self.0.iter().filter(|run| run.is_none()).count()
    }
}

fn begun() -> HalfStream {
    let mut stream = HalfStream::default();
    stream.begin(ISN.wrapping_add(1));
    stream
}

#[test]
fn a_segment_out_of_order_waits_for_what_is_missing() {
    let (mut stream, mut seen) = (begun(), Seen::default());
    let mut out = |arrived: Arrived<'_>| seen.take(arrived);
    stream.take(&segment(1, 2, b"cd"), &mut out);
    assert!(stream.holds(1) && stream.held() == 2);
    stream.take(&segment(2, 0, b"ab"), &mut out);
    assert!(!stream.holds(1) && stream.held() == 0);
    let runs = [Some((2, b"ab".to_vec())), Some((1, b"cd".to_vec()))];
    assert_eq!(seen.0, runs);
}

#[test]
fn of_octets_that_come_twice_the_first_count() {
    let (mut stream, mut seen) = (begun(), Seen::default());
    let mut out = |arrived: Arrived<'_>| seen.take(arrived);
    stream.take(&segment(1, 0, b"abc"), &mut out);
    let again = stream.take(&segment(2, 0, b"XYZ"), &mut out);
    assert_eq!((again.octets, again.overlaps), (3, false));
    let again = stream.take(&segment(3, 2, b"Zde"), &mut out);
    assert_eq!((again.octets, again.overlaps), (1, true));
    assert_eq!(seen.octets(), b"abcde");
}

#[test]
fn a_gap_ends_when_the_receiver_has_acknowledged_it() {
    let (mut stream, mut seen) = (begun(), Seen::default());
    stream.take(&segment(1, 4, b"ef"), &mut |arrived| seen.take(arrived));
    stream.acknowledge(ISN.wrapping_add(3), &mut |arrived| seen.take(arrived));
    assert!(seen.0.is_empty());
    stream.acknowledge(ISN.wrapping_add(5), &mut |arrived| seen.take(arrived));
    assert_eq!(seen.0, [None, Some((1, b"ef".to_vec()))]);
    let mut lens = Vec::new();
    stream.take(&segment(2, 9, b"jk"), &mut |_| ());
    stream.give_up(&mut |arrived| {
        if let Arrived::Gap(len) = arrived {
            lens.push(len);
        }
    });
    assert_eq!(lens, [3]);
}

#[test]
fn a_gap_behind_which_too_much_waits_is_given_up() {
    let (mut stream, mut seen) = (begun(), Seen::default());
    let mut out = |arrived: Arrived<'_>| seen.take(arrived);
    for number in 0..=SEGMENTS as u32 {
        let at = 1 + 2 * number;
        stream.take(&segment(number.into(), at, b"x"), &mut out);
    }
    assert_eq!((stream.waiting.len(), seen.gaps()), (SEGMENTS, 1));
}

#[test]
fn a_stream_that_begins_in_the_middle_begins_with_its_first_segment() {
    let (mut stream, mut seen) = (HalfStream::default(), Seen::default());
    stream.take(&segment(1, 700, b"ab"), &mut |arrived| seen.take(arrived));
    assert!(!stream.is_whole());
    assert_eq!(seen.octets(), b"ab");
}

#[test]
fn a_segment_far_off_begins_anew_and_the_gap_is_told() {
    let (mut stream, mut seen) = (begun(), Seen::default());
    let mut out = |arrived: Arrived<'_>| seen.take(arrived);
    stream.take(&segment(1, 0, b"ab"), &mut out);
    stream.take(&segment(2, 1 << 30, b"yz"), &mut out);
    assert_eq!((seen.octets(), seen.gaps()), (b"abyz".to_vec(), 1));
}

#[test]
fn neither_a_syn_nor_a_reset_brings_octets_of_its_own() {
    let (mut stream, mut seen) = (begun(), Seen::default());
    let mut out = |arrived: Arrived<'_>| seen.take(arrived);
    let syn = Segment {
        seq: ISN,
        flags: TcpFlags::SYN,
        ..segment(1, 0, b"ab")
    };
    stream.take(&syn, &mut out);
    let reset = Segment {
        flags: TcpFlags::RST,
        ..segment(2, 2, b"go away")
    };
    stream.take(&reset, &mut out);
    assert_eq!(seen.octets(), b"ab");
}

#[test]
fn another_beginning_is_that_of_another_connection() {
    let stream = begun();
    assert!(!stream.is_another(ISN.wrapping_add(1)));
    assert!(stream.is_another(7) && !HalfStream::default().is_another(7));
}

#[test]
fn what_the_snap_length_cut_keeps_its_place() {
    let (mut stream, mut lens) = (begun(), Vec::new());
    let mut cut = segment(1, 0, b"ab");
    cut.payload.wire_len = 5;
    let mut out = |arrived: Arrived<'_>| {
        if let Arrived::Run(_, octets) = arrived {
            lens.push((octets.captured.len(), octets.wire_len));
        }
    };
    stream.take(&cut, &mut out);
    stream.take(&segment(2, 5, b"f"), &mut out);
    assert_eq!(lens, [(2, 5), (1, 1)]);
}

/// What the model says: at each place the octet that came first, and nothing where none came.
fn model(len: usize, segments: &[(usize, Vec<u8>)]) -> Vec<Option<u8>> {
    let mut known = vec![None; len];
    for (at, octets) in segments {
        for (place, octet) in octets.iter().enumerate() {
            known[at + place].get_or_insert(*octet);
        }
    }
    known
}

const LEN: usize = 60;

fn segments() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    let one = (0..LEN, 1..20_usize, any::<u8>()).prop_map(|(at, len, mark)| {
        let end = (at + len).min(LEN);
        // Another mark in each segment: of an overlap one sees which was taken.
        (at, (at..end).map(|place| mark ^ place as u8).collect())
    });
    proptest::collection::vec(one, 1..40)
}

proptest! {
    #[test]
    fn any_segments(segments in segments()) {
        let (mut stream, mut seen) = (begun(), Seen::default());
        let mut again = 0_usize;
        for (number, (at, octets)) in segments.iter().enumerate() {
            let segment = segment(number as u64, *at as u32, octets);
            again += stream.take(&segment, &mut |arrived| seen.take(arrived)).octets as usize;
        }
        let known = model(LEN, &segments);
        let whole: Vec<u8> = known.iter().map_while(|octet| *octet).collect();
        prop_assert_eq!(seen.octets(), whole);
        stream.give_up(&mut |arrived| seen.take(arrived));
        let all: Vec<u8> = known.iter().flatten().copied().collect();
        let sent: usize = segments.iter().map(|(_, octets)| octets.len()).sum();
        prop_assert_eq!(again + all.len(), sent);
        prop_assert_eq!(seen.octets(), all);
        prop_assert_eq!(stream.held(), 0);
    }

    #[test]
    fn a_stream_split_anywhere_and_mixed_up_comes_out_whole(
        cuts in proptest::collection::btree_set(1..LEN, 0..LEN),
        order in proptest::collection::vec(any::<u16>(), LEN),
    ) {
        let all: Vec<u8> = (0..LEN as u8).collect();
        let mut ends: Vec<_> = cuts.into_iter().chain([LEN]).collect();
        let starts: Vec<_> = [0].into_iter().chain(ends.iter().copied()).collect();
        let mut parts: Vec<_> = starts.into_iter().zip(ends.drain(..)).collect();
        parts.sort_by_key(|(at, _)| order[*at]);
        let (mut stream, mut seen) = (begun(), Seen::default());
        for (number, (start, end)) in parts.into_iter().enumerate() {
            let segment = segment(number as u64, start as u32, &all[start..end]);
            stream.take(&segment, &mut |arrived| seen.take(arrived));
        }
        prop_assert_eq!((seen.octets(), seen.gaps()), (all, 0));
    }
}
