//! All data connections of a capture, bounded.

use std::net::SocketAddr;

use hashbrown::HashMap;

use super::{DataConnection, Doubt};
use crate::base::addr::{Direction, FlowKey};
use crate::base::time::Timestamp;
use crate::decode::tcp::{Arrived, Segment};
use crate::flow::table::Bounded;

/// Data connections that are kept.
const KEPT: usize = 1 << 14;
/// Octets of one that wait at most: more than a relay holds back, and a peer before it is joined.
const AHEAD: usize = 4 << 20;
/// Octets of all that wait at most.
const HELD: usize = 64 << 20;

/// Relayed address and peer.
pub(in crate::flow) type Ends = (SocketAddr, SocketAddr);

/// Data connections by their ends on the peer side.
#[derive(Debug)]
pub(in crate::flow) struct DataConnections {
    table: Bounded<Ends, DataConnection>,
    /// The connections of clients that are joined, each with its client.
    joined: HashMap<FlowKey, (Ends, SocketAddr)>,
    made: u64,
    held: usize,
    /// How many had been evicted when `held` was summed up.
    summed: u64,
}

impl DataConnections {
    pub(in crate::flow) fn new() -> Self {
        Self {
            table: Bounded::new(KEPT),
            joined: HashMap::new(),
            made: 0,
            held: 0,
            summed: 0,
        }
    }

    /// The relay tells its client of a connection.
    pub(in crate::flow) fn told(&mut self, allocation: u64, ends: Ends, time: Timestamp) {
        self.with(allocation, ends, |connection| {
            connection.told = true;
            connection.last = connection.last.max(time);
        });
    }

    /// The relay joins the connection of the client to that of the peer.
    pub(in crate::flow) fn join(&mut self, flow: FlowKey, client: SocketAddr, ends: Ends) {
        self.joined.retain(|_, (known, _)| *known != ends);
        self.joined.insert(flow, (ends, client));
    }

    /// Takes what a connection of a client carries behind the messages that join it.
    pub(in crate::flow) fn at_client(
        &mut self,
        time: Timestamp,
        (flow, direction): (FlowKey, Direction),
        arrived: Arrived<'_>,
    ) {
        let Some((ends, client)) = self.joined.get(&flow).copied() else {
            return;
        };
        let to_peer = flow.ends(direction).0 == client;
        if let Some(allocation) = self.table.get(&ends).map(|known| known.allocation) {
            self.with(allocation, ends, |connection| {
                connection.at_client(time, to_peer, arrived);
            });
        }
    }

    /// Octets of a client's connection came twice, in one direction or the other.
    pub(in crate::flow) fn again(&mut self, flow: &FlowKey) {
        if let Some(connection) = self.joined_to(flow) {
            connection
                .courses
                .iter_mut()
                .for_each(|course| course.again = true);
        }
    }

    /// Octets of a client's connection are not in the capture, or were not kept.
    pub(in crate::flow) fn missed(&mut self, flow: &FlowKey) {
        if let Some(connection) = self.joined_to(flow) {
            let before = connection.held();
            connection.give_up(Doubt::Missing);
            self.held = self.held.saturating_sub(before);
        }
    }

    fn joined_to(&mut self, flow: &FlowKey) -> Option<&mut DataConnection> {
        let (ends, _) = self.joined.get(flow)?;
        self.table.get_mut(ends)
    }

    /// Takes a segment of a connection of a peer; `to_peer` is whether the relay sends it.
    pub(in crate::flow) fn at_peer(
        &mut self,
        time: Timestamp,
        (allocation, ends): (u64, Ends),
        to_peer: bool,
        segment: &Segment<'_>,
    ) {
        let mut another = false;
        self.with(allocation, ends, |connection| {
            another = connection.at_peer(time, to_peer, segment);
        });
        if another {
            self.joined.retain(|_, (known, _)| *known != ends);
        }
    }

    /// Lets `step` move a connection on, which is made where there is none, and sees to its bound.
    fn with(&mut self, allocation: u64, ends: Ends, step: impl FnOnce(&mut DataConnection)) {
        let made = &mut self.made;
        let connection = self.table.entry(ends, || {
            *made += 1;
            DataConnection::new(*made, allocation, ends)
        });
        connection.allocation = allocation;
        let before = connection.held();
        step(connection);
        self.held = self.held.saturating_sub(before);
        if connection.held() > AHEAD || self.held + connection.held() > HELD {
            connection.give_up(Doubt::Full);
        }
        self.held += connection.held();
        if self.table.evicted() != self.summed {
            self.summed = self.table.evicted();
            self.sum();
        }
    }

    fn sum(&mut self) {
        self.held = self.table.values().map(DataConnection::held).sum();
        let table = &self.table;
        self.joined.retain(|_, (ends, _)| table.get(ends).is_some());
    }

    /// Those of which the relay told, in the order of appearance.
    pub(in crate::flow) fn all(&self) -> Vec<&DataConnection> {
        let mut told: Vec<_> = self.table.values().filter(|known| known.told).collect();
        told.sort_by_key(|connection| connection.id);
        told
    }

    /// Keeps those of the allocations that `keeps` names.
    pub(in crate::flow) fn retain(&mut self, keeps: impl Fn(u64) -> bool) {
        if self.table.retain(|known| keeps(known.allocation)) > 0 {
            self.sum();
        }
    }

    /// Those that the cap has let go.
    pub(in crate::flow) const fn evicted(&self) -> u64 {
        self.table.evicted()
    }
}
