//! The pass-through comparison: what enters the relay on one leg against what leaves on another.
//!
//! Every relayed datagram belongs to a directed pair of addresses on the peer side of the relay,
//! whichever leg it was seen on. It can be seen at three points: on the leg of the client that
//! sends (1), bare between relay and peer (2), on the leg of the client that receives (3). A hop
//! leads from one point to a later one. Equality is decided octet by octet; hashes only say where
//! to look.

mod identity;
mod window;

use std::net::SocketAddr;
use std::time::Duration;

use hashbrown::HashMap;
use hdrhistogram::Histogram;

use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use window::{State, WINDOW, Window};

/// A leaving datagram may be captured before the entering one, by so much.
const PATIENCE: Duration = Duration::from_millis(50);

/// Pairs that are kept at most.
const PAIRS: usize = 1 << 16;

/// What a datagram is, as far as the comparison asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// RTP or RTCP.
    Media,
    /// DTLS handshake in clear.
    Handshake,
    /// Anything else.
    Other,
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

/// Which two points a hop joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    /// From the client's leg to the bare leg.
    ToPeer = 0,
    /// From the bare leg to the client's leg.
    ToClient = 1,
    /// From one client's leg to another's, where no bare leg is on the wire.
    Across = 2,
}

/// What was counted on one hop of one pair.
#[derive(Debug, Clone)]
pub struct HopCount {
    /// Datagrams that left as they had entered.
    pub unchanged: u64,
    /// Octets of these.
    pub octets_unchanged: u64,
    /// Media datagrams among these.
    pub media: u64,
    /// Datagrams of a DTLS handshake among these.
    pub handshake: u64,
    /// Of these, those compared in part, because the capture cut them.
    pub cut: u64,
    /// First packets that entered and left unchanged, in pairs.
    pub pairs: Vec<(u64, u64)>,
    /// Packets that entered and left altered, in pairs.
    pub altered: Vec<(u64, u64)>,
    /// How many left altered.
    pub altered_total: u64,
    /// Further copies of a matched datagram.
    pub duplicated: Sample,
    /// Packets that left without having entered.
    pub left_only: Sample,
    /// Those among them that left while the entering leg was captured whole.
    pub injected: Sample,
    /// Forwarding delay in nanoseconds, to two digits.
    pub delay: Histogram<u32>,
}

/// One directed pair of addresses on the peer side.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Sender: a relayed address, or a peer.
    pub src: SocketAddr,
    /// Receiver: a peer, or a relayed address.
    pub dst: SocketAddr,
    /// Datagrams seen at each point.
    pub seen: [Sample; 3],
    /// The counts of each hop, by [`Hop`].
    pub hops: [HopCount; 3],
    since: Option<Timestamp>,
}

#[derive(Debug)]
struct Pending {
    pair: u32,
    from: u8,
    hop: Hop,
    number: u64,
    time: Timestamp,
    octets: Vec<u8>,
    wire_len: u32,
    content: Content,
    whole: bool,
}

/// The comparison of a whole capture.
#[derive(Debug)]
pub(super) struct Comparison {
    index: HashMap<(SocketAddr, SocketAddr), u32>,
    pairs: Vec<Pair>,
    window: Window,
    pending: std::collections::VecDeque<Pending>,
    /// Datagrams of pairs beyond the cap.
    pub(super) not_compared: u64,
}

impl Comparison {
    pub(super) fn new() -> Self {
        Self {
            index: HashMap::new(),
            pairs: Vec::new(),
            window: Window::default(),
            pending: std::collections::VecDeque::new(),
            not_compared: 0,
        }
    }

    /// Takes one datagram; `since` is from when on its entering leg is known to be captured.
    pub(super) fn datagram(
        &mut self,
        ends: (SocketAddr, SocketAddr),
        point: Point,
        relayed: (bool, bool),
        since: Timestamp,
        datagram: &Datagram<'_>,
    ) {
        self.advance(datagram.time);
        let Some(index) = self.pair(ends) else {
            self.not_compared += 1;
            return;
        };
        let Some(pair) = self.pairs.get_mut(index as usize) else {
            return;
        };
        let place = point as usize - 1;
        if let Some(seen) = pair.seen.get_mut(place) {
            seen.add(datagram.number);
        }
        let since = *pair.since.get_or_insert(since);
        let bare = pair.seen.get(1).is_some_and(|seen| seen.total() > 0);
        let (leaves, enters) = match point {
            Point::FromClient => (None, true),
            Point::Bare => (relayed.0.then_some(Hop::ToPeer), relayed.1),
            Point::ToClient => (Some(if bare { Hop::ToClient } else { Hop::Across }), false),
        };
        if let Some(hop) = leaves {
            self.leave(index, hop, since, datagram);
        }
        if enters {
            self.window.insert((index, point as u8), datagram);
        }
    }

    fn pair(&mut self, (src, dst): (SocketAddr, SocketAddr)) -> Option<u32> {
        if let Some(index) = self.index.get(&(src, dst)) {
            return Some(*index);
        }
        if self.pairs.len() >= PAIRS {
            return None;
        }
        let index = self.pairs.len() as u32;
        let hops = [HopCount::new(), HopCount::new(), HopCount::new()];
        self.pairs.push(Pair {
            src,
            dst,
            seen: Default::default(),
            hops,
            since: None,
        });
        self.index.insert((src, dst), index);
        Some(index)
    }

    fn leave(&mut self, pair: u32, hop: Hop, since: Timestamp, datagram: &Datagram<'_>) {
        let from = hop.from();
        if self.try_match(pair, hop, datagram) {
            return;
        }
        let entered = self
            .pairs
            .get(pair as usize)
            .and_then(|pair| pair.seen.get(from as usize - 1));
        let whole = entered.is_some_and(|seen| seen.total() > 0)
            && datagram.time.since(since) >= WINDOW
            && self.window.squeezed_out == 0;
        self.pending.push_back(Pending {
            pair,
            from,
            hop,
            number: datagram.number,
            time: datagram.time,
            octets: datagram.octets.captured.to_vec(),
            wire_len: datagram.octets.wire_len,
            content: datagram.content,
            whole,
        });
    }

    /// Counts `datagram` where the same octets have entered.
    fn try_match(&mut self, pair: u32, hop: Hop, datagram: &Datagram<'_>) -> bool {
        let Some(entry) = self.window.find((pair, hop.from()), datagram) else {
            return false;
        };
        let Some(count) = self
            .pairs
            .get_mut(pair as usize)
            .and_then(|p| p.hops.get_mut(hop as usize))
        else {
            return false;
        };
        if entry.state == State::Matched {
            count.duplicated.add(datagram.number);
            return true;
        }
        entry.state = State::Matched;
        let cut = datagram.octets.is_cut() || (entry.octets.len() as u32) < entry.wire_len;
        let delay = datagram.time.nanos_since(entry.time).max(0).unsigned_abs();
        count.matched((entry.number, datagram.number), datagram, cut, delay);
        true
    }

    /// Lets time go on to `now`: decides what has waited long enough.
    fn advance(&mut self, now: Timestamp) {
        while self
            .pending
            .front()
            .is_some_and(|pending| now.since(pending.time) > PATIENCE)
        {
            if let Some(pending) = self.pending.pop_front() {
                self.decide(&pending);
            }
        }
        self.window.expire(now);
    }

    /// Decides everything that still waits: the capture has ended.
    pub(super) fn finish(&mut self) {
        while let Some(pending) = self.pending.pop_front() {
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
        if self.try_match(pending.pair, pending.hop, &datagram) {
            return;
        }
        let alike = |entry: &window::Entry| identity::alike(&entry.octets, &pending.octets);
        let altered = self
            .window
            .find_altered((pending.pair, pending.from), alike)
            .map(|entry| {
                entry.state = State::Altered;
                (entry.number, number)
            });
        let Some(pair) = self.pairs.get_mut(pending.pair as usize) else {
            return;
        };
        let Some(count) = pair.hops.get_mut(pending.hop as usize) else {
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
        if pending.whole {
            count.injected.add(number);
        }
    }

    /// All pairs, in the order in which they were first seen.
    pub(super) fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// The pair from `src` to `dst`.
    pub(super) fn find(&self, src: SocketAddr, dst: SocketAddr) -> Option<&Pair> {
        self.index
            .get(&(src, dst))
            .and_then(|index| self.pairs.get(*index as usize))
    }

    /// Datagrams that the bounded window let go before their time.
    pub(super) const fn squeezed_out(&self) -> u64 {
        self.window.squeezed_out
    }
}

impl Hop {
    /// The point from which it leads.
    const fn from(self) -> u8 {
        match self {
            Self::ToPeer | Self::Across => Point::FromClient as u8,
            Self::ToClient => Point::Bare as u8,
        }
    }

    /// Places, counted from 0, of the points it joins.
    pub const fn points(self) -> (usize, usize) {
        match self {
            Self::ToPeer => (0, 1),
            Self::ToClient => (1, 2),
            Self::Across => (0, 2),
        }
    }
}

impl Pair {
    /// What was counted on `hop`.
    pub fn hop(&self, hop: Hop) -> &HopCount {
        let [to_peer, to_client, across] = &self.hops;
        match hop {
            Hop::ToPeer => to_peer,
            Hop::ToClient => to_client,
            Hop::Across => across,
        }
    }

    /// Datagrams that entered and that left on `hop`.
    pub fn totals(&self, hop: Hop) -> (u64, u64) {
        let (from, to) = hop.points();
        let total = |point: usize| self.seen.get(point).map_or(0, Sample::total);
        (total(from), total(to))
    }
}

impl HopCount {
    fn new() -> Self {
        Self {
            unchanged: 0,
            octets_unchanged: 0,
            media: 0,
            handshake: 0,
            cut: 0,
            pairs: Vec::new(),
            altered: Vec::new(),
            altered_total: 0,
            duplicated: Sample::default(),
            left_only: Sample::default(),
            injected: Sample::default(),
            delay: histogram(),
        }
    }

    fn matched(&mut self, numbers: (u64, u64), datagram: &Datagram<'_>, cut: bool, delay: u64) {
        self.unchanged += 1;
        self.octets_unchanged += u64::from(datagram.octets.wire_len);
        self.media += u64::from(datagram.content == Content::Media);
        self.handshake += u64::from(datagram.content == Content::Handshake);
        self.cut += u64::from(cut);
        if self.pairs.len() < Sample::KEPT / 2 {
            self.pairs.push(numbers);
        }
        self.delay.saturating_record(delay);
    }
}

/// A histogram that grows with the delays it sees; two digits of the delay are kept.
fn histogram() -> Histogram<u32> {
    #[expect(
        clippy::expect_used,
        reason = "two digits are within the bounds of the crate"
    )]
    let mut histogram = Histogram::new(2).expect("0 to 5 digits are allowed");
    histogram.auto(true);
    histogram
}
