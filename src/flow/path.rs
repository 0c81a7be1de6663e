//! Paths through a relay: the two legs that carry the same datagrams, put side by side.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::{Allocation, DataConnection, Hop, HopCount, Pair, Tracker};

/// One direction of a path.
#[derive(Debug, Clone, Copy)]
pub struct Side<'t> {
    /// Datagrams seen entering the relay.
    pub entered: u64,
    /// Datagrams seen leaving it.
    pub left: u64,
    /// What became of them; `None` where nothing was seen in this direction.
    pub count: Option<&'t HopCount>,
}

impl Side<'_> {
    /// How many of so many datagrams are not among those that left as they had entered.
    pub fn unmatched(&self, of: u64) -> u64 {
        of.saturating_sub(self.count.map_or(0, |count| count.unchanged))
    }
}

/// The way between a client and a peer, or another client, through one relay.
#[derive(Debug, Clone, Copy)]
pub struct RelayPath<'t> {
    /// Its number, from 1, in the order of appearance.
    pub id: u64,
    /// The allocation of the client.
    pub allocation: &'t Allocation,
    /// Relayed address; `None` where the capture began after it was told.
    pub relayed: Option<SocketAddr>,
    /// Peer; `None` where the capture began after it was told.
    pub peer: Option<SocketAddr>,
    /// The allocation of the peer, where it is a client of the same relay.
    pub peer_allocation: Option<&'t Allocation>,
    /// From the client to the peer.
    pub to_peer: Side<'t>,
    /// From the peer to the client.
    pub to_client: Side<'t>,
    /// Where the relay carries TCP to the peer, what was compared of it: then there are no
    /// datagrams.
    pub connection: Option<&'t DataConnection>,
}

/// All paths of a capture.
pub(super) fn all(tracker: &Tracker) -> Vec<RelayPath<'_>> {
    let mut seen = BTreeSet::new();
    let mut paths = Vec::new();
    for pair in tracker.pairs() {
        let (from, to) = (tracker.relayed_by(&pair.src), tracker.relayed_by(&pair.dst));
        let joined = from.is_some() && to.is_some() && !is_bare(tracker, pair);
        let ways = [(from, pair.src, pair.dst), (to, pair.dst, pair.src)];
        for (allocation, relayed, peer) in ways {
            let Some(allocation) = allocation else {
                continue;
            };
            let known =
                seen.contains(&(relayed, peer)) || (joined && seen.contains(&(peer, relayed)));
            if known {
                continue;
            }
            seen.insert((relayed, peer));
            let (to_peer, to_client) = if joined {
                (Hop::Across, Hop::Across)
            } else {
                (Hop::ToPeer, Hop::ToClient)
            };
            paths.push(RelayPath {
                id: paths.len() as u64 + 1,
                allocation,
                relayed: Some(relayed),
                peer: Some(peer),
                peer_allocation: tracker.relayed_by(&peer),
                to_peer: side(tracker.pair(relayed, peer), to_peer),
                to_client: side(tracker.pair(peer, relayed), to_client),
                connection: None,
            });
        }
    }
    for connection in tracker.data_connections() {
        paths.extend(of_connection(tracker, paths.len() as u64 + 1, connection));
    }
    for allocation in tracker
        .allocations()
        .filter(|a| a.inferred && a.relayed.is_empty())
    {
        paths.push(mid_call(paths.len() as u64 + 1, allocation));
    }
    paths
}

/// An allocation whose relayed address nobody told: what it carries cannot be joined.
fn mid_call(id: u64, allocation: &Allocation) -> RelayPath<'_> {
    RelayPath {
        id,
        allocation,
        relayed: None,
        peer: allocation
            .permissions
            .first()
            .map(|permission| permission.peer),
        peer_allocation: None,
        to_peer: NOTHING,
        to_client: NOTHING,
        connection: None,
    }
}

/// The way of a connection to a peer, while its allocation is kept.
fn of_connection<'t>(
    tracker: &'t Tracker,
    id: u64,
    connection: &'t DataConnection,
) -> Option<RelayPath<'t>> {
    let (relayed, peer) = connection.ends;
    Some(RelayPath {
        id,
        allocation: tracker.allocation(connection.allocation)?,
        relayed: Some(relayed),
        peer: Some(peer),
        peer_allocation: tracker.relayed_by(&peer),
        to_peer: NOTHING,
        to_client: NOTHING,
        connection: Some(connection),
    })
}

/// A direction in which no datagram was seen.
const NOTHING: Side<'static> = Side {
    entered: 0,
    left: 0,
    count: None,
};

/// Whether the hop between relay and peer was seen, in either direction.
fn is_bare(tracker: &Tracker, pair: &Pair) -> bool {
    let seen = |pair: &Pair| pair.seen.get(1).is_some_and(|seen| seen.total() > 0);
    seen(pair) || tracker.pair(pair.dst, pair.src).is_some_and(seen)
}

fn side(pair: Option<&Pair>, hop: Hop) -> Side<'_> {
    let (entered, left) = pair.map_or((0, 0), |pair| pair.totals(hop));
    Side {
        entered,
        left,
        count: pair.map(|pair| pair.hop(hop)),
    }
}

impl Side<'_> {
    /// Datagrams that entered and were not seen leaving.
    pub fn entered_only(&self) -> u64 {
        let gone = self
            .count
            .map_or(0, |count| count.unchanged + count.altered_total);
        self.entered.saturating_sub(gone)
    }
}
