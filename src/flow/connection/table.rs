//! All connections of a capture, bounded.

use super::{Carries, Connection, Event, StreamMessage};
use crate::base::addr::{Direction, FlowKey};
use crate::base::time::Timestamp;
use crate::decode::tcp::Segment;
use crate::flow::FLOWS;
use crate::flow::table::Bounded;

/// Octets that wait in all connections at most.
const HELD: usize = 64 << 20;

/// Connections by the flow on which each runs.
#[derive(Debug)]
pub struct Connections {
    table: Bounded<FlowKey, Connection>,
    held: usize,
    /// How many had been evicted when `held` was summed up.
    summed: u64,
    /// How often a connection gave up what waited, for want of room.
    given_up: u64,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            table: Bounded::new(FLOWS),
            held: 0,
            summed: 0,
            given_up: 0,
        }
    }
}

impl Connections {
    /// Takes a segment; hands on the messages that have become whole, of whichever direction.
    pub fn segment(
        &mut self,
        (key, direction): (FlowKey, Direction),
        time: Timestamp,
        segment: &Segment<'_>,
        out: &mut impl FnMut(Event<StreamMessage<'_>>),
    ) {
        let connection = self.table.entry(key, Connection::default);
        let before = connection.held();
        connection.segment((time, direction), segment, out);
        self.held = self.held.saturating_sub(before);
        if self.held + connection.held() > HELD {
            connection.give_up(out);
            self.given_up += 1;
        }
        self.held += connection.held();
        if self.table.evicted() != self.summed {
            self.summed = self.table.evicted();
            self.held = self.table.values().map(Connection::held).sum();
        }
    }

    /// Reads no more of the TLS on a flow.
    pub fn leave(&mut self, key: &FlowKey, out: &mut impl FnMut(Event<StreamMessage<'_>>)) {
        if let Some(connection) = self.table.get_mut(key) {
            self.held = self.held.saturating_sub(connection.held());
            connection.leave(out);
        }
    }

    /// What a flow carries; `None` where it is no connection, or one that was let go.
    pub fn carries(&self, key: &FlowKey) -> Option<Carries> {
        self.table.get(key).map(Connection::carries)
    }

    /// Whether octets of this frame wait to become a message.
    pub fn holds(&self, key: &FlowKey, number: u64) -> bool {
        let connection = self.table.get(key);
        connection.is_some_and(|connection| connection.holds(number))
    }

    /// Keeps the connections of the flows that `keeps` names.
    pub(in crate::flow) fn retain(&mut self, keeps: impl Fn(&FlowKey) -> bool) {
        self.table.retain_keys(keeps);
        self.held = self.table.values().map(Connection::held).sum();
    }

    /// Connections that were let go, or whose octets were.
    pub(in crate::flow) const fn evicted(&self) -> u64 {
        self.table.evicted() + self.given_up
    }

    /// How many octets of each connection wait and begin no message.
    pub(in crate::flow) fn open(&self) -> impl Iterator<Item = (&FlowKey, u64)> {
        let all = self.table.iter();
        all.map(|(key, connection)| (key, connection.open()))
    }
}
