//! What was counted between two points of the relay.

use std::net::SocketAddr;

use super::delay::Delays;
use super::window::WINDOW;
use super::{Content, Datagram, Point};
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::flow::table::Aged;

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
    /// Those among them that left while the entering leg was captured whole: something entered
    /// shortly before and shortly after.
    pub injected: Sample,
    /// Those of which it is not known yet whether anything enters after them.
    suspects: Sample,
    suspected: Timestamp,
    /// Forwarding delays of those that left unchanged.
    pub delay: Delays,
}

/// One directed pair of addresses on the peer side.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Its number, from 1, in the order of appearance.
    pub(super) id: u64,
    /// Sender: a relayed address, or a peer.
    pub src: SocketAddr,
    /// Receiver: a peer, or a relayed address.
    pub dst: SocketAddr,
    /// Datagrams seen at each point.
    pub seen: [Sample; 3],
    /// The counts of each hop, by [`Hop`].
    pub hops: [HopCount; 3],
    pub(super) since: Option<Timestamp>,
    /// When the last datagram was seen at each point.
    pub(super) last: [Option<Timestamp>; 3],
}

impl Aged for Pair {
    fn last(&self) -> Timestamp {
        self.last
            .iter()
            .flatten()
            .max()
            .copied()
            .unwrap_or_default()
    }
}

impl Hop {
    const ALL: [Self; 3] = [Self::ToPeer, Self::ToClient, Self::Across];

    /// The point from which it leads.
    pub(super) const fn from(self) -> u8 {
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
    pub(super) fn new(id: u64, (src, dst): (SocketAddr, SocketAddr)) -> Self {
        Self {
            id,
            src,
            dst,
            seen: Default::default(),
            hops: [HopCount::new(), HopCount::new(), HopCount::new()],
            since: None,
            last: [None; 3],
        }
    }

    /// What was counted on `hop`.
    pub fn hop(&self, hop: Hop) -> &HopCount {
        let [to_peer, to_client, across] = &self.hops;
        match hop {
            Hop::ToPeer => to_peer,
            Hop::ToClient => to_client,
            Hop::Across => across,
        }
    }

    /// Whether the hop between the two addresses was seen bare.
    pub(super) fn is_bare(&self) -> bool {
        self.seen.get(1).is_some_and(|seen| seen.total() > 0)
    }

    /// Notes that a datagram was seen at `point`, counted from 0. Up to `interrupted` others may
    /// have been missed.
    pub(super) fn saw(&mut self, point: usize, datagram: &Datagram<'_>, interrupted: Timestamp) {
        if let (Some(seen), Some(last)) = (self.seen.get_mut(point), self.last.get_mut(point)) {
            seen.add(datagram.number);
            *last = (*last).max(Some(datagram.time));
        }
        for (count, hop) in self.hops.iter_mut().zip(Hop::ALL) {
            if hop.points().0 == point {
                count.entered(datagram.time, interrupted);
            }
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
    /// How many datagrams were decided on: it grows with each.
    pub fn decided(&self) -> u64 {
        let copies = self.duplicated.total() + self.injected.total();
        self.unchanged + self.altered_total + self.left_only.total() + copies
    }

    /// Notes that a datagram left at `left` without having entered. What entered last before it is
    /// `before`, and last of all `latest`.
    pub(super) fn unexplained(
        &mut self,
        (number, left): (u64, Timestamp),
        before: Option<Timestamp>,
        latest: Option<Timestamp>,
    ) {
        if before.is_none_or(|before| left.since(before) > WINDOW) {
            return;
        }
        if latest.is_some_and(|latest| latest > left) {
            self.injected.add(number);
            return;
        }
        if self.suspects.total() == 0 {
            self.suspected = left;
        }
        self.suspects.add(number);
    }

    /// Something enters: the leg is still captured, unless it was silent for long, or lost some.
    fn entered(&mut self, time: Timestamp, interrupted: Timestamp) {
        if self.suspects.total() > 0 {
            let suspects = std::mem::take(&mut self.suspects);
            if time.since(self.suspected) <= WINDOW && self.suspected > interrupted {
                self.injected.merge(&suspects);
            }
        }
    }

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
            suspects: Sample::default(),
            suspected: Timestamp::default(),
            delay: Delays::default(),
        }
    }

    pub(super) fn matched(
        &mut self,
        numbers: (u64, u64),
        datagram: &Datagram<'_>,
        cut: bool,
        delay: u64,
    ) {
        self.unchanged += 1;
        self.octets_unchanged += u64::from(datagram.octets.wire_len);
        self.media += u64::from(datagram.content == Content::Media);
        self.handshake += u64::from(datagram.content == Content::Handshake);
        self.cut += u64::from(cut);
        if self.pairs.len() < Sample::KEPT / 2 {
            self.pairs.push(numbers);
        }
        self.delay.add(delay);
    }
}
