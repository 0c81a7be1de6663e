//! TURN state, from requests that were answered with success (RFC 8656).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use hashbrown::HashMap;

use super::table::{Aged, Bounded};
use crate::base::addr::{FiveTuple, FlowKey};
use crate::base::label::printable;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::{AttributeType, Class, Method};
use crate::dissect::stun::{Stun, TransactionId};

/// A permission lasts five minutes (RFC 8656, section 9).
const PERMISSION: Duration = Duration::from_mins(5);
/// A channel binding lasts ten (RFC 8656, section 12).
const CHANNEL: Duration = Duration::from_mins(10);
/// Lifetime of an allocation whose answer does not tell (RFC 8656, section 3.2).
const LIFETIME: u32 = 600;
/// Requests that wait for their answer at most, and values kept of one kind on one leg.
const PENDING: usize = 1 << 14;
const VALUES: usize = 64;
/// Allocations and legs that are kept.
const KEPT: usize = 1 << 16;

/// How an allocation stands at the end of the capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In use.
    Active,
    /// Deleted by a Refresh with a lifetime of zero.
    Deleted,
    /// Not refreshed in time.
    Expired,
}

/// A channel bound to a peer.
#[derive(Debug, Clone)]
pub struct ChannelBinding {
    /// Its number.
    pub number: u16,
    /// The peer that it stands for.
    pub peer: SocketAddr,
    /// When it ends without being bound anew.
    pub expires: Timestamp,
    /// Packets that bound it.
    pub packets: Sample,
}

/// A permission for a peer's address, whatever its port.
#[derive(Debug, Clone)]
pub struct Permission {
    /// The peer as it was named.
    pub peer: SocketAddr,
    /// When it ends without being renewed.
    pub expires: Timestamp,
    /// Packets that asked for it.
    pub packets: Sample,
}

/// What a TURN client asked and told on its leg, granted or not.
#[derive(Debug, Clone)]
pub struct TurnLeg {
    /// Number of the leg, from 1, in the order of appearance.
    pub id: u64,
    /// Client and server as seen.
    pub ends: FiveTuple,
    /// User names in clear, each with the packets that name it.
    pub usernames: BTreeMap<String, Sample>,
    /// Realms.
    pub realms: BTreeMap<String, Sample>,
    /// SOFTWARE of the client, and of the server.
    pub software: [BTreeMap<String, Sample>; 2],
    /// Peers as the client named them.
    pub peers: BTreeMap<SocketAddr, Sample>,
    /// Requests that carry a hash instead of the name.
    pub userhash: Sample,
    /// Requests without a user name that were answered with success.
    pub nameless: Sample,
    /// Address of the client as the server tells it.
    pub mapped: Option<(SocketAddr, u64)>,
    /// All TURN messages of the leg.
    pub messages: Sample,
    last: Timestamp,
}

/// A relayed address that a server holds for a client (RFC 8656, section 3.2).
#[derive(Debug, Clone)]
pub struct Allocation {
    /// Its number, from 1, in the order of appearance.
    pub id: u64,
    /// Client and server as seen.
    pub ends: FiveTuple,
    /// Addresses at which the server relays, none where the capture began after the answer.
    pub relayed: Vec<SocketAddr>,
    /// Packet whose answer told them.
    pub told_by: Option<u64>,
    /// Address of the client as the server tells it.
    pub mapped: Option<SocketAddr>,
    /// User name of the granted request.
    pub username: Option<String>,
    /// Realm of the granted request.
    pub realm: Option<String>,
    /// SOFTWARE of client and server, as last told on the leg.
    pub software: [Option<String>; 2],
    /// Lifetime last granted, in seconds.
    pub lifetime: Option<u32>,
    /// Whether the answer was not seen: known only by what came later.
    pub inferred: bool,
    /// How it stands.
    pub state: State,
    /// When it ends without a refresh.
    pub expires: Timestamp,
    /// Its permissions.
    pub permissions: Vec<Permission>,
    /// Its channels.
    pub channels: Vec<ChannelBinding>,
    /// First message.
    pub first: Timestamp,
    /// Last message.
    pub last: Timestamp,
}

#[derive(Debug)]
struct Request {
    time: Timestamp,
    number: u64,
    method: Method,
    ends: FiveTuple,
    lifetime: Option<u32>,
    channel: Option<u16>,
    peers: Vec<SocketAddr>,
    username: Option<String>,
    realm: Option<String>,
}

impl Aged for Request {
    fn last(&self) -> Timestamp {
        self.time
    }
}

impl Aged for TurnLeg {
    fn last(&self) -> Timestamp {
        self.last
    }
}

/// All TURN state of a capture.
#[derive(Debug)]
pub(super) struct Turn {
    requests: Bounded<(FlowKey, TransactionId), Request>,
    pub(super) legs: Bounded<FlowKey, TurnLeg>,
    pub(super) allocations: BTreeMap<u64, Allocation>,
    current: HashMap<FlowKey, u64>,
    relayed: HashMap<SocketAddr, u64>,
    made: u64,
    legs_made: u64,
    pub(super) forgotten: u64,
}

impl Turn {
    pub(super) fn new() -> Self {
        Self {
            requests: Bounded::new(PENDING),
            legs: Bounded::new(KEPT),
            allocations: BTreeMap::new(),
            current: HashMap::new(),
            relayed: HashMap::new(),
            made: 0,
            legs_made: 0,
            forgotten: 0,
        }
    }

    /// The allocation in use on a flow at this time.
    pub(super) fn on_flow(&self, flow: &FlowKey, now: Timestamp) -> Option<&Allocation> {
        let allocation = self.allocations.get(self.current.get(flow)?)?;
        (now <= allocation.expires && allocation.state == State::Active).then_some(allocation)
    }

    /// The allocation that holds this relayed address now, or held it last.
    pub(super) fn of_relayed(&self, address: &SocketAddr) -> Option<&Allocation> {
        self.allocations.get(self.relayed.get(address)?)
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
            Class::Request => self.request(number, time, ends, stun),
            Class::Success => self.success(number, time, client_ends, stun),
            Class::Error => {
                self.requests.remove(&(flow, stun.id));
            }
            Class::Indication => {
                self.inferred(flow, client_ends, time);
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
        let made = &mut self.legs_made;
        let leg = self.legs.entry(ends.key().0, || {
            *made += 1;
            TurnLeg::new(*made, ends, time)
        });
        leg.last = leg.last.max(time);
        leg.messages.add(number);
        for attribute in stun.attributes() {
            match (attribute.kind, attribute.value) {
                (AttributeType::USERNAME, AttributeValue::Text(text)) => {
                    note(&mut leg.usernames, printable(text), number);
                }
                (AttributeType::REALM, AttributeValue::Text(text)) => {
                    note(&mut leg.realms, printable(text), number);
                }
                (AttributeType::SOFTWARE, AttributeValue::Text(text)) => {
                    let [client, server] = &mut leg.software;
                    note(
                        if from_client { client } else { server },
                        printable(text),
                        number,
                    );
                }
                (AttributeType::XOR_PEER_ADDRESS, AttributeValue::Address(peer)) => {
                    note(&mut leg.peers, peer, number);
                }
                (AttributeType::USERHASH, _) => leg.userhash.add(number),
                (AttributeType::XOR_MAPPED_ADDRESS, AttributeValue::Address(mapped)) => {
                    leg.mapped.get_or_insert((mapped, number));
                }
                _ => {}
            }
        }
    }

    fn request(&mut self, number: u64, time: Timestamp, ends: FiveTuple, stun: &Stun<'_>) {
        let mut request = Request {
            time,
            number,
            method: stun.method(),
            ends,
            lifetime: None,
            channel: None,
            peers: Vec::new(),
            username: None,
            realm: None,
        };
        for attribute in stun.attributes() {
            match (attribute.kind, attribute.value) {
                (AttributeType::LIFETIME, AttributeValue::Number(n)) => {
                    request.lifetime = Some(n as u32);
                }
                (AttributeType::CHANNEL_NUMBER, AttributeValue::Number(n)) => {
                    request.channel = Some(n as u16);
                }
                (AttributeType::XOR_PEER_ADDRESS, AttributeValue::Address(peer))
                    if request.peers.len() < VALUES =>
                {
                    request.peers.push(peer);
                }
                (AttributeType::USERNAME, AttributeValue::Text(text)) => {
                    request.username = Some(printable(text));
                }
                (AttributeType::REALM, AttributeValue::Text(text)) => {
                    request.realm = Some(printable(text));
                }
                _ => {}
            }
        }
        self.requests.insert((ends.key().0, stun.id), request);
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
                let lifetime = match stun.find(AttributeType::LIFETIME) {
                    Some(AttributeValue::Number(seconds)) => seconds as u32,
                    _ => request.lifetime.unwrap_or(LIFETIME),
                };
                allocation.refresh(time, lifetime);
            }
            Method::CREATE_PERMISSION => {
                request
                    .peers
                    .iter()
                    .for_each(|peer| allocation.permit(*peer, time, request.number));
            }
            Method::CHANNEL_BIND => {
                if let (Some(channel), [peer, ..]) = (request.channel, request.peers.as_slice()) {
                    allocation.permit(*peer, time, request.number);
                    allocation.bind(channel, *peer, time, request.number);
                }
            }
            _ => {}
        }
    }

    fn allocate(
        &mut self,
        number: u64,
        time: Timestamp,
        ends: FiveTuple,
        stun: &Stun<'_>,
        request: Option<&Request>,
    ) {
        let relayed: Vec<SocketAddr> = stun
            .attributes()
            .filter_map(|attribute| match (attribute.kind, attribute.value) {
                (AttributeType::XOR_RELAYED_ADDRESS, AttributeValue::Address(found)) => Some(found),
                _ => None,
            })
            .collect();
        let flow = ends.key().0;
        if let Some(current) = self.on_flow(&flow, time)
            && current.relayed == relayed
        {
            return;
        }
        let id = self.make(flow, ends, time, false);
        let Some(allocation) = self.allocations.get_mut(&id) else {
            return;
        };
        allocation.mapped = match stun.find(AttributeType::XOR_MAPPED_ADDRESS) {
            Some(AttributeValue::Address(mapped)) => Some(mapped),
            _ => None,
        };
        let lifetime = match stun.find(AttributeType::LIFETIME) {
            Some(AttributeValue::Number(seconds)) => seconds as u32,
            _ => LIFETIME,
        };
        allocation.told_by = Some(number);
        allocation.refresh(time, lifetime);
        if let Some(request) = request {
            allocation.first = request.time;
            allocation.ends = request.ends;
            allocation.username.clone_from(&request.username);
            allocation.realm.clone_from(&request.realm);
        }
        for address in &relayed {
            self.relayed.insert(*address, id);
        }
        allocation.relayed = relayed;
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
            self.forgotten += 1;
            self.current.retain(|_, id| *id != old);
            gone.relayed.iter().for_each(|address| {
                self.relayed.remove(address);
            });
        }
        id
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

    /// Notes traffic of an allocation.
    pub(super) fn touch(&mut self, id: u64, time: Timestamp) {
        if let Some(allocation) = self.allocations.get_mut(&id) {
            allocation.last = allocation.last.max(time);
        }
    }
}

fn is_turn(method: Method) -> bool {
    matches!(method.0, 0x003..=0x00C)
}

fn note<K: Ord>(values: &mut BTreeMap<K, Sample>, value: K, number: u64) {
    if values.len() < VALUES || values.contains_key(&value) {
        values.entry(value).or_default().add(number);
    }
}

impl TurnLeg {
    fn new(id: u64, ends: FiveTuple, time: Timestamp) -> Self {
        Self {
            id,
            ends,
            usernames: BTreeMap::new(),
            realms: BTreeMap::new(),
            software: [BTreeMap::new(), BTreeMap::new()],
            peers: BTreeMap::new(),
            userhash: Sample::default(),
            nameless: Sample::default(),
            mapped: None,
            messages: Sample::default(),
            last: time,
        }
    }
}

impl Allocation {
    fn new(id: u64, ends: FiveTuple, time: Timestamp, inferred: bool) -> Self {
        Self {
            id,
            ends,
            relayed: Vec::new(),
            told_by: None,
            mapped: None,
            username: None,
            realm: None,
            software: [None, None],
            lifetime: None,
            inferred,
            state: State::Active,
            // What is inferred ends when the capture says so, not by a lifetime nobody saw.
            expires: Timestamp(i64::MAX),
            permissions: Vec::new(),
            channels: Vec::new(),
            first: time,
            last: time,
        }
    }

    fn refresh(&mut self, time: Timestamp, lifetime: u32) {
        self.last = self.last.max(time);
        if lifetime == 0 {
            self.state = State::Deleted;
            return;
        }
        self.lifetime = Some(lifetime);
        self.expires = time.after(Duration::from_secs(lifetime.into()));
    }

    fn permit(&mut self, peer: SocketAddr, time: Timestamp, number: u64) {
        let expires = time.after(PERMISSION);
        if let Some(known) = self.permissions.iter_mut().find(|known| known.peer == peer) {
            known.expires = expires;
            known.packets.add(number);
        } else if self.permissions.len() < VALUES {
            let mut packets = Sample::default();
            packets.add(number);
            self.permissions.push(Permission {
                peer,
                expires,
                packets,
            });
        }
    }

    fn bind(&mut self, channel: u16, peer: SocketAddr, time: Timestamp, number: u64) {
        let expires = time.after(CHANNEL);
        let known = |c: &&mut ChannelBinding| c.number == channel && c.peer == peer;
        if let Some(known) = self.channels.iter_mut().find(known) {
            known.expires = expires;
            known.packets.add(number);
        } else {
            let mut packets = Sample::default();
            packets.add(number);
            self.channels.push(ChannelBinding {
                number: channel,
                peer,
                expires,
                packets,
            });
        }
    }

    /// The peer for which a channel stands at this time.
    pub fn peer_of(&self, channel: u16, now: Timestamp) -> Option<SocketAddr> {
        let bound = |c: &&ChannelBinding| c.number == channel && now <= c.expires;
        self.channels
            .iter()
            .rev()
            .find(bound)
            .map(|found| found.peer)
    }
}
