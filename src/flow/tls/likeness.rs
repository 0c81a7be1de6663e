//! Records of TLS beside datagrams of peers: whether lengths and times of the records of one
//! connection are those of what a relay would pass through it.
//!
//! A datagram of n octets is ChannelData of 4 + n octets, padded to four (RFC 8656, section 12.5),
//! and sealing adds as much to each. That records are so long, when datagrams are, may be an
//! accident: how often it is one is counted at other times, at which the two cannot belong
//! together.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::turn;

/// By how much a datagram may stand away from its record: a relay takes less than a millisecond,
/// and sends what waited for its connection in one go.
const BESIDE: Duration = Duration::from_millis(5);
/// Times at which a record is looked for where it does not belong, in milliseconds. None is a
/// multiple of the 10 milliseconds of which sound is made.
const ELSEWHERE: [i64; 8] = [-383, -307, -239, -151, 147, 233, 311, 379];
/// How long a record waits until all of these times are past; twice as long is a datagram kept.
const WAITING: Duration = Duration::from_millis(400);
/// Peers that are compared with one connection.
const PEERS: usize = 64;
/// Records that wait at most.
const QUEUE: usize = 1 << 12;

/// Records that must agree with datagrams of one peer, how many lengths they must have, the share
/// of all while it was there, and the chance that so many agree by accident. What has one length
/// and beats like something else agrees with it for long.
const ENOUGH: u32 = 64;
/// Datagrams among these that are no whole words, so that their records are padded. Over a stream
/// TURN alone does that: RTSP sends RTP behind four octets too (RFC 7826, section 14), and so does
/// WebSocket what a server sends (RFC 6455, section 5.2), both unpadded.
const PADDED: u32 = 16;
const LENGTHS: usize = 4;
const SHARE: f64 = 0.5;
const CHANCE: f64 = 1e-12;
/// Records of which all but a few are whole messages of TURN by their length before it is said
/// that they may be: one in four is by accident.
const ALIGNED: u32 = 16;
/// Records that are no such messages before nobody looks any more, and one more for as many that
/// are: some stand in every handshake of TLS 1.3.
const MISFITS: u32 = 16;
/// Records after which nothing more is expected.
const PATIENCE: u32 = 1 << 13;
/// Octets of the longest message of a call.
const LONGEST: u32 = 1 << 12;

/// Datagrams that are kept of a host.
const KEPT: usize = 1 << 13;

/// How the records of a connection agree with the datagrams of a peer.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// Records that agree.
    pub agree: u32,
    /// All records that were sent while the peer was there.
    pub of: u32,
    /// How many agree on average where they are looked for at another time.
    pub elsewhere: f64,
    /// The chance that so many agree by accident.
    pub chance: f64,
    /// Packets of records and datagrams that agree.
    pub packets: Sample,
}

/// What a record or a datagram shows of a message of TURN.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline {
    pub(super) number: u64,
    pub(super) time: Timestamp,
    /// Whether it goes to the peer, or from it.
    pub(super) to_peer: bool,
    /// Octets of the message.
    pub(super) len: u32,
}

/// A datagram at a host that may be a relay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed {
    pub(super) peer: SocketAddr,
    pub(super) as_message: Outline,
    /// Whether that message is padded.
    padded: bool,
}

impl Passed {
    /// A datagram of so many octets, as the ChannelData that would carry it.
    pub(super) fn new(peer: SocketAddr, datagram: Outline) -> Self {
        let padded = datagram.len.next_multiple_of(4);
        let len = padded.saturating_add(turn::HEADER);
        Self {
            peer,
            as_message: Outline { len, ..datagram },
            padded: padded != datagram.len,
        }
    }
}

/// The latest datagrams at a host, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    latest: VecDeque<Passed>,
    /// How many were let go in front.
    gone: u64,
}

impl Datagrams {
    pub(super) fn add(&mut self, passed: Passed) {
        let since = passed.as_message.time.before(WAITING * 2 + BESIDE);
        while let Some(first) = self.latest.front()
            && (first.as_message.time < since || self.latest.len() >= KEPT)
        {
            self.latest.pop_front();
            self.gone += 1;
        }
        self.latest.push_back(passed);
    }

    /// Those that would belong to a message sent so much later, each with its number in order.
    fn beside(&self, message: &Outline, later: i64) -> impl Iterator<Item = (u64, &Passed)> {
        let at = Timestamp(
            message
                .time
                .0
                .saturating_add(later.saturating_mul(1_000_000)),
        );
        let (from, until) = if message.to_peer {
            (at, at.after(BESIDE))
        } else {
            (at.before(BESIDE), at)
        };
        let first = self.latest.partition_point(|of| of.as_message.time < from);
        let near = self.latest.iter().enumerate().skip(first);
        near.take_while(move |(_, of)| of.as_message.time <= until)
            .filter(|(_, of)| {
                let of = &of.as_message;
                of.to_peer == message.to_peer && of.len == message.len
            })
            .map(|(place, of)| (self.gone + place as u64, of))
    }
}

/// The records of one connection that may be TURN's.
#[derive(Debug, Default)]
pub(super) struct Compared {
    waiting: VecDeque<Outline>,
    judged: u32,
    fitting: u32,
    misfits: u32,
    peers: Vec<Beside>,
}

/// How they agree with the datagrams of one peer.
#[derive(Debug)]
struct Beside {
    peer: SocketAddr,
    /// Records that had been judged when it came.
    before: u32,
    agree: u32,
    /// Those that agree with a datagram that TURN pads.
    padded: u32,
    elsewhere: u32,
    /// Behind the datagram that agreed last, from the peer and to it: each agrees once, in order.
    next: [u64; 2],
    /// The first lengths of records that agree.
    lengths: Vec<u32>,
    packets: Sample,
}

impl Compared {
    /// Takes a record; `None` where its length is no message of TURN's, after which another may be.
    pub(super) fn record(&mut self, record: Outline) {
        if record.len < turn::HEADER || record.len > LONGEST || !record.len.is_multiple_of(4) {
            self.misfits = self.misfits.saturating_add(1);
        } else if self.waiting.len() < QUEUE {
            self.fitting = self.fitting.saturating_add(1);
            self.waiting.push_back(record);
        }
    }

    /// Whether nothing shows any more that they may be TURN's.
    pub(super) const fn is_over(&self) -> bool {
        self.misfits > MISFITS + self.fitting / MISFITS || self.judged > PATIENCE
    }

    /// Whether so many are as long as messages of TURN that this is no accident. Asked at each of
    /// them, it says so only now and then.
    pub(super) const fn is_aligned(&self) -> bool {
        self.fitting >= ALIGNED && self.fitting.is_power_of_two()
    }

    /// Judges the records that need not wait any longer.
    pub(super) fn judge(&mut self, now: Timestamp, datagrams: &Datagrams) -> Option<Likeness> {
        while let Some(first) = self.waiting.front().copied()
            && now.since(first.time) >= WAITING
        {
            self.waiting.pop_front();
            self.compare(&first, datagrams);
        }
        let tried = f64::from(self.peers.len() as u32);
        let enough = |peer: &&Beside| {
            peer.agree >= ENOUGH && peer.padded >= PADDED && peer.lengths.len() >= LENGTHS
        };
        self.peers.iter().filter(enough).find_map(|peer| {
            let likeness = peer.likeness(self.judged, tried);
            let share = f64::from(likeness.agree) >= SHARE * f64::from(likeness.of);
            (share && likeness.chance <= CHANCE).then_some(likeness)
        })
    }

    fn compare(&mut self, record: &Outline, datagrams: &Datagrams) {
        let way = usize::from(record.to_peer);
        for (place, passed) in datagrams.beside(record, 0) {
            let Some(peer) = self.peer(passed.peer) else {
                continue;
            };
            let Some(next) = peer.next.get_mut(way).filter(|next| **next <= place) else {
                continue;
            };
            *next = place + 1;
            peer.agree += 1;
            peer.padded += u32::from(passed.padded);
            if peer.lengths.len() < LENGTHS && !peer.lengths.contains(&record.len) {
                peer.lengths.push(record.len);
            }
            peer.packets.add(record.number);
            peer.packets.add(passed.as_message.number);
            break;
        }
        for later in ELSEWHERE {
            let mut found = Vec::<SocketAddr>::new();
            for (_, passed) in datagrams.beside(record, later) {
                if !found.contains(&passed.peer)
                    && let Some(peer) = self.peer(passed.peer)
                {
                    peer.elsewhere += 1;
                    found.push(passed.peer);
                }
            }
        }
        self.judged = self.judged.saturating_add(1);
    }

    /// What is known of this peer; `None` where there are too many.
    fn peer(&mut self, address: SocketAddr) -> Option<&mut Beside> {
        let known = self.peers.iter().any(|of| of.peer == address);
        if !known && self.peers.len() < PEERS {
            self.peers.push(Beside {
                peer: address,
                before: self.judged,
                agree: 0,
                padded: 0,
                elsewhere: 0,
                next: [0; 2],
                lengths: Vec::new(),
                packets: Sample::default(),
            });
        }
        self.peers.iter_mut().find(|of| of.peer == address)
    }
}

impl Beside {
    fn likeness(&self, judged: u32, tried: f64) -> Likeness {
        let of = judged.saturating_sub(self.before);
        let times = f64::from(ELSEWHERE.len() as u32);
        // As if one more had been found there: what was not seen may still be.
        let accident = (f64::from(self.elsewhere) + 1.0) / (f64::from(of) * times + 1.0);
        Likeness {
            agree: self.agree,
            of,
            elsewhere: f64::from(self.elsewhere) / times,
            chance: (tail(of, self.agree, accident) * tried).min(1.0),
            packets: self.packets.clone(),
        }
    }
}

/// An upper bound of the chance that `found` or more of `tries` succeed, each with the chance
/// `one` (Hoeffding, 1963, theorem 1).
fn tail(tries: u32, found: u32, one: f64) -> f64 {
    let (n, share) = (f64::from(tries), f64::from(found) / f64::from(tries.max(1)));
    if share <= one || one >= 1.0 {
        return 1.0;
    }
    let part = |share: f64, one: f64| {
        if share > 0.0 {
            share * (share / one).ln()
        } else {
            0.0
        }
    };
    f64::exp(-n * (part(share, one) + part(1.0 - share, 1.0 - one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: i64 = 1_000_000;

    /// What comes of records and datagrams that are sent every 20 milliseconds, the datagrams so
    /// much after the records, each with its length by its place.
    fn compared(
        after: i64,
        record: impl Fn(u32) -> u32,
        datagram: impl Fn(u32) -> u32,
    ) -> Option<Likeness> {
        let peer = "192.0.2.1:5000".parse().expect("an address");
        let (mut records, mut datagrams) = (Compared::default(), Datagrams::default());
        (0..400).find_map(|place| {
            let at = |after: i64| Timestamp(i64::from(place) * 20 * MILLISECOND + after);
            let sent = |len, time| Outline {
                number: place.into(),
                time,
                to_peer: true,
                len,
            };
            let likeness = records.judge(at(0), &datagrams);
            records.record(sent(record(place), at(0)));
            datagrams.add(Passed::new(peer, sent(datagram(place), at(after))));
            likeness
        })
    }

    /// Lengths without order.
    fn mixed(place: u32) -> u32 {
        60 + place.wrapping_mul(2_654_435_761) % 97
    }

    fn as_channel_data(len: u32) -> u32 {
        len.next_multiple_of(4) + turn::HEADER
    }

    #[test]
    fn records_that_come_with_their_datagrams_agree() {
        let found = compared(MILLISECOND, |n| as_channel_data(mixed(n)), mixed).expect("alike");
        assert_eq!((found.agree, found.of), (ENOUGH, ENOUGH));
        assert!(found.chance < CHANCE && found.elsewhere < 10.0);
    }

    #[test]
    fn what_comes_too_late_or_too_early_or_is_another_does_not_agree() {
        let alike = |n| as_channel_data(mixed(n));
        assert_eq!(compared(9 * MILLISECOND, alike, mixed), None);
        assert_eq!(compared(-MILLISECOND, alike, mixed), None);
        let other = |n| as_channel_data(mixed(n + 7));
        assert_eq!(compared(MILLISECOND, other, mixed), None);
    }

    #[test]
    fn datagrams_behind_four_octets_that_nothing_pads_may_be_other_protocols() {
        let words = |n| 4 * mixed(n);
        assert_eq!(compared(MILLISECOND, |n| words(n) + 4, words), None);
        // But for one datagram in twenty, whose record is no message of TURN.
        let most = |n: u32| words(n) + u32::from(n.is_multiple_of(20));
        assert_eq!(compared(MILLISECOND, |n| most(n) + 4, most), None);
    }

    #[test]
    fn one_length_at_one_beat_shows_nothing() {
        assert_eq!(compared(MILLISECOND, |_| 176, |_| 172), None);
    }

    #[test]
    fn records_that_are_no_messages_end_it() {
        let outline = |len| Outline {
            number: 1,
            time: Timestamp(0),
            to_peer: true,
            len,
        };
        for len in [0, 30, 41, LONGEST + 4] {
            let mut records = Compared::default();
            (0..=MISFITS).for_each(|_| records.record(outline(len)));
            assert!(records.is_over() && !records.is_aligned(), "{len}");
        }
        let mut records = Compared::default();
        (0..ALIGNED).for_each(|_| records.record(outline(20)));
        assert!(records.is_aligned() && !records.is_over());
    }

    #[test]
    fn the_bound_of_a_tail_is_the_one_of_a_table() {
        // All of ten with a half each is 2^-10, which the bound meets.
        assert!((tail(10, 10, 0.5) - 2.0_f64.powi(-10)).abs() < 1e-12);
        assert!((tail(10, 5, 0.5) - 1.0).abs() < 1e-12);
        assert!(tail(0, 0, 0.1) >= 1.0);
    }
}
