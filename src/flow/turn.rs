//! TURN state, from requests that were answered with success (RFC 8656).

mod allocate;
mod connect;
mod held;
mod request;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use hashbrown::{HashMap, HashSet};

use super::allocation::{Allocation, OpenedBy, State};
use super::data_connection::DataConnections;
use super::leg::TurnLeg;
use super::room::Room;
use super::table::Bounded;
use crate::base::addr::{FiveTuple, FlowKey};
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::{AttributeType, Class, Method};
use crate::dissect::stun::{Stun, TransactionId};
use held::Held;
use request::{Request, lifetime, ticket};

/// Lifetime of an allocation whose answer does not tell (RFC 8656, section 3.2).
const LIFETIME: u32 = 600;
/// Requests that wait for their answer at most, and values kept of one kind.
const PENDING: usize = 1 << 14;
const VALUES: usize = 64;
/// Allocations and legs that are kept.
const KEPT: usize = 1 << 16;

/// All TURN state of a capture.
#[derive(Debug)]
pub(super) struct Turn {
    requests: Bounded<(FlowKey, TransactionId), Request>,
    pub(super) legs: Bounded<FlowKey, TurnLeg>,
    pub(super) allocations: BTreeMap<u64, Allocation>,
    /// The allocation of each flow, and the one that holds each relayed address: those of
    /// allocations that are kept.
    current: HashMap<FlowKey, u64>,
    relayed: HashMap<SocketAddr, u64>,
    held: Held,
    room: Room,
    pub(super) data: DataConnections,
    /// Servers of the legs, as many as there may be legs.
    servers: HashSet<SocketAddr>,
    made: u64,
    legs_made: u64,
    pub(super) evicted: u64,
}

impl Turn {
    pub(super) fn new(room: Room) -> Self {
        Self {
            requests: Bounded::new(PENDING),
            legs: Bounded::new(KEPT),
            allocations: BTreeMap::new(),
            current: HashMap::new(),
            relayed: HashMap::new(),
            held: Held::default(),
            room,
            data: DataConnections::new(),
            servers: HashSet::new(),
            made: 0,
            legs_made: 0,
            evicted: 0,
        }
    }

    /// The allocation in use on a flow at this time.
    pub(super) fn on_flow(&self, flow: &FlowKey, now: Timestamp) -> Option<&Allocation> {
        let allocation = self.allocations.get(self.current.get(flow)?)?;
        (now <= allocation.expires && allocation.state == State::Active).then_some(allocation)
    }

    /// The same, for a datagram that it carries now.
    pub(super) fn carrier(&mut self, flow: &FlowKey, now: Timestamp) -> Option<&Allocation> {
        let allocation = self.allocations.get_mut(self.current.get(flow)?)?;
        let in_use = now <= allocation.expires && allocation.state == State::Active;
        let carrier = in_use.then_some(allocation)?;
        carrier.last = carrier.last.max(now);
        Some(carrier)
    }

    /// Whether any request has waited for its answer since then.
    pub(super) fn any_before(&self, time: Timestamp) -> bool {
        self.requests.any_before(time)
    }

    /// Whether an allocation is the latest on its flow.
    pub(super) fn is_latest(&self, allocation: &Allocation) -> bool {
        self.current.get(&allocation.ends.key().0) == Some(&allocation.id)
    }

    /// The allocation that holds this relayed address now, or held it last.
    pub(super) fn of_relayed(&self, address: &SocketAddr) -> Option<&Allocation> {
        self.allocations.get(self.relayed.get(address)?)
    }

    /// Whether TURN was spoken to this address.
    pub(super) fn serves(&self, address: &SocketAddr) -> bool {
        self.servers.contains(address)
    }

    /// Whether TURN was spoken to this host, at any port.
    pub(super) fn serves_host(&self, host: IpAddr) -> bool {
        self.servers.iter().any(|server| server.ip() == host)
    }

    /// Takes a STUN message that is TURN's; returns whether it was.
    pub(super) fn message(
        &mut self,
        number: u64,
        time: Timestamp,
        ends: FiveTuple,
        stun: &Stun<'_>,
    ) -> bool {
        let method = stun.method();
        if !is_turn(method) {
            return false;
        }
        let from_client = match (stun.class(), method) {
            (Class::Request, _) | (Class::Indication, Method::SEND) => true,
            (Class::Indication, Method::CONNECTION_ATTEMPT | Method::DATA)
            | (Class::Success | Class::Error, _) => false,
            (Class::Indication, _) => return false,
        };
        let client_ends = if from_client {
            ends
        } else {
            FiveTuple {
                src: ends.dst,
                dst: ends.src,
                ..ends
            }
        };
        let flow = ends.key().0;
        self.note(number, time, client_ends, from_client, stun);
        match stun.class() {
            Class::Request => {
                let request = Request::read(number, time, ends, stun);
                self.requests.insert((flow, stun.id), request);
            }
            Class::Success => self.success(number, time, client_ends, stun),
            Class::Error => {
                self.requests.remove(&(flow, stun.id));
            }
            Class::Indication => {
                let id = self.inferred(flow, client_ends, time);
                if method == Method::CONNECTION_ATTEMPT
                    && let Some(AttributeValue::Address(peer)) =
                        stun.find(AttributeType::XOR_PEER_ADDRESS)
                {
                    self.connected(id, (peer, OpenedBy::Peer), (number, time), stun);
                }
            }
        }
        true
    }

    /// Keeps what the leg shows, whether or not it is granted.
    fn note(
        &mut self,
        number: u64,
        time: Timestamp,
        ends: FiveTuple,
        from_client: bool,
        stun: &Stun<'_>,
    ) {
        if self.servers.len() < KEPT {
            self.servers.insert(ends.dst);
        }
        let made = &mut self.legs_made;
        let leg = self.legs.entry(ends.key().0, || {
            *made += 1;
            TurnLeg::new(*made, ends, time)
        });
        leg.note((number, time), from_client, stun, &self.room);
    }

    /// Keeps that the leg is TLS and carries TURN, of which nothing can be read, and the packets
    /// that say so.
    pub(super) fn sealed_leg(&mut self, packets: Sample, time: Timestamp, ends: FiveTuple) {
        let made = &mut self.legs_made;
        let leg = self.legs.entry(ends.key().0, || {
            *made += 1;
            TurnLeg::new(*made, ends, time)
        });
        leg.last = leg.last.max(time);
        leg.sealed = packets;
    }

    fn success(&mut self, number: u64, time: Timestamp, ends: FiveTuple, stun: &Stun<'_>) {
        let flow = ends.key().0;
        // Without its request an answer says nothing that could be relied on, except Allocate's.
        let request = self
            .requests
            .remove(&(flow, stun.id))
            .filter(|r| r.method == stun.method());
        if let Some(request) = &request
            && request.username.is_none()
            && let Some(leg) = self.legs.get_mut(&flow)
        {
            leg.nameless.add(request.number);
        }
        if stun.method() == Method::ALLOCATE {
            self.allocate(number, time, ends, stun, request.as_ref());
            return;
        }
        let Some(request) = request else { return };
        // It carries the octets of one peer from here on, and is no leg with an allocation of its
        // own (RFC 6062, section 4.3).
        if request.method == Method::CONNECTION_BIND {
            self.bound(flow, &request);
            return;
        }
        if let Some(ticket) = &request.ticket {
            self.move_client(ends, time, request.number, ticket);
        }
        let id = self.inferred(flow, ends, time);
        let Some(allocation) = self.allocations.get_mut(&id) else {
            return;
        };
        if allocation.username.is_none() {
            allocation.username.clone_from(&request.username);
            allocation.realm.clone_from(&request.realm);
        }
        match request.method {
            Method::REFRESH => {
                let asked = request.lifetime.unwrap_or(LIFETIME);
                allocation.refresh(time, lifetime(stun).unwrap_or(asked));
                if let Some(ticket) = ticket(stun) {
                    self.held.give(allocation, ticket);
                }
            }
            Method::CREATE_PERMISSION => {
                let at = (request.number, time);
                let peers = request.peers.iter();
                peers.for_each(|peer| allocation.permit(*peer, at, &self.room));
            }
            Method::CHANNEL_BIND => {
                if let (Some(channel), [peer, ..]) = (request.channel, request.peers.as_slice()) {
                    let at = (request.number, time);
                    allocation.permit(*peer, at, &self.room);
                    allocation.bind((channel, *peer), at, &self.room);
                }
            }
            Method::CONNECT => {
                if let [peer, ..] = request.peers.as_slice() {
                    self.connected(id, (*peer, OpenedBy::Client), (number, time), stun);
                }
            }
            _ => {}
        }
    }

    /// A client that moved takes its allocation along: it shows the ticket on the new flow
    /// (RFC 8016, section 3.2).
    fn move_client(&mut self, ends: FiveTuple, time: Timestamp, number: u64, ticket: &[u8]) {
        let flow = ends.key().0;
        if self.on_flow(&flow, time).is_some() {
            return;
        }
        let held = self.held.by_ticket(ticket);
        let Some(allocation) = held.and_then(|id| self.allocations.get_mut(&id)) else {
            return;
        };
        self.current.remove(&allocation.ends.key().0);
        self.current.insert(flow, allocation.id);
        let former = std::mem::replace(&mut allocation.ends, ends);
        if allocation.former.len() < VALUES {
            allocation.former.push((former.src, number));
        }
    }

    /// The allocation on this flow; where its answer was not seen, one that is marked as inferred.
    pub(super) fn inferred(&mut self, flow: FlowKey, ends: FiveTuple, time: Timestamp) -> u64 {
        if let Some(allocation) = self.on_flow(&flow, time) {
            return allocation.id;
        }
        // A deleted allocation may still be answered for a moment; that makes no new one.
        if let Some(id) = self.current.get(&flow)
            && let Some(last) = self.allocations.get(id)
            && last.state == State::Deleted
        {
            return *id;
        }
        self.make(flow, ends, time, true)
    }

    fn make(&mut self, flow: FlowKey, ends: FiveTuple, time: Timestamp, inferred: bool) -> u64 {
        self.made += 1;
        let id = self.made;
        self.allocations
            .insert(id, Allocation::new(id, ends, time, inferred));
        self.current.insert(flow, id);
        if self.allocations.len() > KEPT
            && let Some((old, gone)) = self.allocations.pop_first()
        {
            self.evicted += 1;
            self.held.forget(&gone);
            let flow = gone.ends.key().0;
            if self.current.get(&flow) == Some(&old) {
                self.current.remove(&flow);
            }
            for address in &gone.relayed {
                if self.relayed.get(address) == Some(&old) {
                    self.relayed.remove(address);
                }
            }
        }
        id
    }

    /// Keeps the allocations and legs that are named, and all that leads to them; returns how many
    /// allocations did not stay.
    pub(super) fn retain(
        &mut self,
        since: Timestamp,
        allocation: impl Fn(&Allocation) -> bool,
        leg: impl Fn(&TurnLeg) -> bool,
    ) -> u64 {
        let before = self.allocations.len();
        self.allocations.retain(|_, kept| allocation(kept));
        let gone = before - self.allocations.len();
        self.requests.retain(|request| request.time >= since);
        if self.legs.retain(leg) > 0 {
            self.servers = self.legs.values().map(|leg| leg.ends.dst).collect();
        }
        if gone > 0 {
            let kept = &self.allocations;
            self.current.retain(|_, id| kept.contains_key(id));
            self.relayed.retain(|_, id| kept.contains_key(id));
            self.data.retain(|id| kept.contains_key(&id));
            self.held.retain(|id| kept.contains_key(&id));
        }
        gone as u64
    }

    /// Marks what was not refreshed by the end of the capture.
    pub(super) fn finish(&mut self, end: Timestamp) {
        for allocation in self.allocations.values_mut() {
            if let Some(leg) = self.legs.get(&allocation.ends.key().0) {
                allocation.software = leg.software.each_ref().map(|s| s.keys().next().cloned());
            }
            if allocation.state == State::Active && allocation.expires < end {
                allocation.state = State::Expired;
            }
        }
    }
}

fn is_turn(method: Method) -> bool {
    matches!(method.0, 0x003..=0x00C)
}

#[cfg(test)]
mod tests;
