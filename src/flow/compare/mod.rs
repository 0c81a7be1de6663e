//! The pass-through comparison: what enters the relay on one leg against what leaves on another.
//!
//! Every relayed datagram belongs to a directed pair of addresses on the peer side of the relay,
//! whichever leg it was seen on. It can be seen at three points: on the leg of the client that
//! sends (1), bare between relay and peer (2), on the leg of the client that receives (3). A hop
//! leads from one point to a later one. Equality is decided octet by octet; hashes only say where
//! to look.

mod delay;
mod hop;
mod identity;
mod window;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use super::table::Bounded;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
pub use delay::Delays;
pub use hop::{Hop, HopCount, Pair};
use window::{Place, State, WINDOW, Window};

/// A leaving datagram may be captured before the entering one, by so much.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);

/// Pairs that are kept at one time.
const PAIRS: usize = 1 << 16;

/// Octets that wait for patience at most, with what surrounds them; beyond, the oldest are decided
/// early.
const CAP: usize = 64 << 20;
const WAITING: usize = size_of::<Pending>();

/// What a datagram is, as far as the comparison asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// RTP or RTCP.
    Media,
    /// DTLS handshake in clear.
    Handshake,
    /// Anything else.
    Other,
    /// Nothing that is understood, or believed.
    Unknown,
}

/// One application datagram at one point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Datagram<'a> {
    pub(super) number: u64,
    pub(super) time: Timestamp,
    pub(super) octets: Octets<'a>,
    pub(super) content: Content,
}

/// Where a datagram was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// On the leg of the client that sends it.
    FromClient = 1,
    /// Bare, between relay and peer.
    Bare = 2,
    /// On the leg of the client that receives it.
    ToClient = 3,
}

/// Sender and receiver on the peer side of the relay.
type Ends = (SocketAddr, SocketAddr);

/// A datagram that left and waits for the one that entered.
#[derive(Debug)]
struct Pending {
    ends: Ends,
    /// `None` where it is not known yet whether the bare leg is in the capture.
    hop: Option<Hop>,
    number: u64,
    time: Timestamp,
    octets: Vec<u8>,
    wire_len: u32,
    content: Content,
    /// From when on the entering leg is captured.
    since: Timestamp,
    /// What had been seen at each point when it left.
    before: [Option<Timestamp>; 3],
}

/// The comparison of a whole capture.
#[derive(Debug)]
pub(super) struct Comparison {
    pairs: Bounded<Ends, Pair>,
    made: u64,
    window: Window,
    pending: VecDeque<Pending>,
    /// Octets of those that are pending, with what surrounds them.
    waiting: usize,
    /// When messages of a connection were last found again behind others that were missed.
    interrupted: Timestamp,
}

impl Comparison {
    pub(super) fn new() -> Self {
        Self {
            pairs: Bounded::new(PAIRS),
            made: 0,
            window: Window::default(),
            pending: VecDeque::new(),
            waiting: 0,
            interrupted: Timestamp(i64::MIN),
        }
    }

    /// Takes one datagram; `since` is from when on its entering leg is known to be captured.
    ///
    /// Time goes on by [`advance`](Self::advance), not by datagrams: they may be out of order.
    pub(super) fn datagram(
        &mut self,
        ends: (SocketAddr, SocketAddr),
        point: Point,
        relayed: (bool, bool),
        since: Timestamp,
        datagram: &Datagram<'_>,
    ) {
        let made = &mut self.made;
        let pair = self.pairs.entry(ends, || {
            *made += 1;
            Pair::new(*made, ends)
        });
        let before = pair.last;
        pair.saw(point as usize - 1, datagram, self.interrupted);
        let since = *pair.since.get_or_insert(since);
        let (id, bare) = (pair.id, pair.is_bare());
        let (leaves, enters) = match point {
            Point::FromClient => (false, true),
            Point::Bare => (relayed.0, relayed.1),
            Point::ToClient => (true, false),
        };
        if leaves {
            let hop = match point {
                Point::Bare => Some(Hop::ToPeer),
                // Between two clients of one relay the bare hop may be in the capture or not, and
                // on another interface it may come later in the file.
                _ if relayed.0 && !bare => None,
                _ => Some(Hop::ToClient),
            };
            let matched = |hop| try_match(&mut self.window, pair, hop, datagram);
            if !hop.is_some_and(matched) {
                self.wait(ends, hop, (since, before), datagram);
            }
        }
        if enters {
            self.window.insert(Place::new(id, point as u8), datagram);
        }
    }

    fn wait(
        &mut self,
        ends: Ends,
        hop: Option<Hop>,
        (since, before): (Timestamp, [Option<Timestamp>; 3]),
        datagram: &Datagram<'_>,
    ) {
        self.pending.push_back(Pending {
            ends,
            hop,
            number: datagram.number,
            time: datagram.time,
            octets: datagram.octets.captured.to_vec(),
            wire_len: datagram.octets.wire_len,
            content: datagram.content,
            since,
            before,
        });
        self.waiting += WAITING + datagram.octets.captured.len();
        while self.waiting > CAP {
            self.window.squeezed_out += 1;
            self.decide_next();
        }
    }

    /// Lets time go on to `now`: decides what has waited long enough.
    pub(super) fn advance(&mut self, now: Timestamp) {
        while self
            .pending
            .front()
            .is_some_and(|pending| now.since(pending.time) > PATIENCE)
        {
            self.decide_next();
        }
        self.window.expire(now);
    }

    /// Messages of a connection were missed: for a window nothing shows that what leaves without
    /// having entered is the relay's own.
    pub(super) fn interrupt(&mut self, now: Timestamp) {
        self.interrupted = self.interrupted.max(now);
    }

    /// Decides everything that still waits: the capture has ended.
    pub(super) fn finish(&mut self) {
        while !self.pending.is_empty() {
            self.decide_next();
        }
        self.window.clear();
    }

    fn decide_next(&mut self) {
        if let Some(pending) = self.pending.pop_front() {
            self.waiting -= WAITING + pending.octets.len();
            self.decide(&pending);
        }
    }

    fn decide(&mut self, pending: &Pending) {
        let octets = Octets {
            captured: &pending.octets,
            offset: 0,
            wire_len: pending.wire_len,
        };
        let Pending {
            number,
            time,
            content,
            ..
        } = *pending;
        let datagram = Datagram {
            number,
            time,
            octets,
            content,
        };
        let Some(pair) = self.pairs.get_mut(&pending.ends) else {
            return;
        };
        let hop = pending.hop.unwrap_or(if pair.is_bare() {
            Hop::ToClient
        } else {
            Hop::Across
        });
        let (entered, _) = pair.totals(hop);
        if try_match(&mut self.window, pair, hop, &datagram) {
            return;
        }
        let alike = identity::alike(&pending.octets);
        let altered = self
            .window
            .find_altered(Place::new(pair.id, hop.from()), alike)
            .map(|entry| {
                entry.state = State::Altered;
                (entry.number, number)
            });
        let since = pending.since.max(self.interrupted);
        let whole = entered > 0 && time.since(since) >= WINDOW && self.window.squeezed_out == 0;
        let from = hop.points().0;
        let at = |times: &[Option<Timestamp>; 3]| times.get(from).copied().flatten();
        let (before, latest) = (at(&pending.before), at(&pair.last));
        let Some(count) = pair.hops.get_mut(hop as usize) else {
            return;
        };
        if let Some(numbers) = altered {
            count.altered_total += 1;
            if count.altered.len() < Sample::KEPT {
                count.altered.push(numbers);
            }
            return;
        }
        count.left_only.add(number);
        if whole {
            count.unexplained((number, time), before, latest);
        }
    }

    /// All pairs, in the order in which they were first seen.
    pub(super) fn pairs(&self) -> Vec<&Pair> {
        let mut pairs: Vec<_> = self.pairs.values().collect();
        pairs.sort_by_key(|pair| pair.id);
        pairs
    }

    /// The pair from `src` to `dst`.
    pub(super) fn find(&self, src: SocketAddr, dst: SocketAddr) -> Option<&Pair> {
        self.pairs.get(&(src, dst))
    }

    /// Keeps the pairs that `keeps` names; returns how many others there were.
    pub(super) fn retain(&mut self, keeps: impl FnMut(&Pair) -> bool) -> u64 {
        self.pairs.retain(keeps)
    }

    /// Pairs that the cap has let go.
    pub(super) const fn evicted(&self) -> u64 {
        self.pairs.evicted()
    }

    /// Datagrams that the bounded window let go before their time.
    pub(super) const fn squeezed_out(&self) -> u64 {
        self.window.squeezed_out
    }
}

/// Counts `datagram` where the same octets have entered.
fn try_match(window: &mut Window, pair: &mut Pair, hop: Hop, datagram: &Datagram<'_>) -> bool {
    let Some(entry) = window.find(Place::new(pair.id, hop.from()), datagram) else {
        return false;
    };
    let Some(count) = pair.hops.get_mut(hop as usize) else {
        return false;
    };
    if entry.state == State::Matched {
        count.duplicated.add(datagram.number);
        return true;
    }
    entry.state = State::Matched;
    let cut = datagram.octets.is_cut() || entry.captured < entry.wire_len;
    let delay = datagram.time.nanos_since(entry.time).max(0).unsigned_abs();
    count.matched((entry.number, datagram.number), datagram, cut, delay);
    true
}
