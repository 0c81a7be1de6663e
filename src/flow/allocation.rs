//! Allocations with their permissions and channels (RFC 8656, sections 3.2, 9 and 12).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::room::{Room, Share};
use crate::base::addr::{FiveTuple, FlowKey, Transport};
use crate::base::sample::Sample;
use crate::base::time::Timestamp;

/// A permission lasts five minutes (RFC 8656, section 9).
const PERMISSION: Duration = Duration::from_mins(5);
/// A channel binding lasts ten (RFC 8656, section 12).
const CHANNEL: Duration = Duration::from_mins(10);
/// Permissions that are kept for one allocation, channels and connections likewise.
const KEPT: usize = 1024;

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

impl State {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deleted => "deleted",
            Self::Expired => "expired",
        }
    }
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

/// What a client asked of the port at which it is relayed (RFC 8656, section 18.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvenPort {
    /// That it be even.
    Alone,
    /// That it be even, and the next one be kept for another allocation.
    WithNext,
}

/// A family of addresses that was asked for and not granted, where another was
/// (RFC 8656, section 18.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedFamily {
    /// Its number: 1 for IPv4, 2 for IPv6.
    pub family: u8,
    /// Error code.
    pub code: u16,
}

/// Who opened a connection between relay and peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedBy {
    /// The relay, since the client asked it to.
    Client,
    /// The peer.
    Peer,
}

/// A TCP connection between relay and peer (RFC 6062).
#[derive(Debug, Clone)]
pub struct PeerConnection {
    /// Its CONNECTION-ID.
    pub id: u32,
    /// The peer.
    pub peer: SocketAddr,
    /// Who opened it.
    pub opened_by: OpenedBy,
    /// Packet that told the client.
    pub told_by: u64,
    /// The connection of the client to which the relay has joined it.
    pub flow: Option<FlowKey>,
}

/// A relayed address that a server holds for a client (RFC 8656, section 3.2).
#[derive(Debug, Clone)]
pub struct Allocation {
    /// Its number, from 1, in the order of appearance.
    pub id: u64,
    /// Client and server as seen.
    pub ends: FiveTuple,
    /// Addresses that the client had before it moved (RFC 8016), each with the packet that moved
    /// it away, the oldest first.
    pub former: Vec<(SocketAddr, u64)>,
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
    /// Transport between relay and peers, as it was asked for.
    pub peer_transport: Option<Transport>,
    /// Families of addresses that were asked for and not granted.
    pub refused: Vec<RefusedFamily>,
    /// What was asked of the relayed port.
    pub even_port: Option<EvenPort>,
    /// The allocation with which the server had kept the relayed port of this one.
    pub reserved_by: Option<u64>,
    /// Connections to peers, in the order of appearance.
    pub connections: Vec<PeerConnection>,
    /// Its permissions.
    pub permissions: Vec<Permission>,
    /// Its channels.
    pub channels: Vec<ChannelBinding>,
    /// First message.
    pub first: Timestamp,
    /// Last message.
    pub last: Timestamp,
    /// The ticket with which the client may move.
    pub(super) ticket: Option<Box<[u8]>>,
    /// Host of the server that keeps the next port, and the token of that.
    pub(super) reservation: Option<(IpAddr, [u8; 8])>,
    share: Share,
}

/// Keeps what an allocation holds of a peer, if there is room.
fn keep<T>(kept: &mut Vec<T>, new: T, (room, share): (&Room, &mut Share)) {
    if kept.len() >= KEPT {
        room.refuse();
    } else if room.keep(size_of::<T>(), share) {
        kept.push(new);
    }
}

impl Allocation {
    pub(super) fn new(id: u64, ends: FiveTuple, time: Timestamp, inferred: bool) -> Self {
        Self {
            id,
            ends,
            former: Vec::new(),
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
            peer_transport: None,
            refused: Vec::new(),
            even_port: None,
            reserved_by: None,
            connections: Vec::new(),
            permissions: Vec::new(),
            channels: Vec::new(),
            first: time,
            last: time,
            ticket: None,
            reservation: None,
            share: Share::default(),
        }
    }

    /// Whether the server keeps the next port for another allocation.
    pub const fn reserves_next(&self) -> bool {
        self.reservation.is_some()
    }

    /// The address at which the server relays for a peer: that of its family.
    pub(super) fn relayed_to(&self, peer: SocketAddr) -> Option<SocketAddr> {
        let of_family = |address: &&SocketAddr| address.is_ipv4() == peer.is_ipv4();
        self.relayed.iter().find(of_family).copied()
    }

    /// Keeps a connection to a peer; an answer that was repeated tells of the same.
    pub(super) fn connect(&mut self, connection: PeerConnection, room: &Room) {
        let PeerConnection { id, peer, .. } = connection;
        let mut all = self.connections.iter();
        if !all.any(|known| known.id == id && known.peer == peer) {
            keep(&mut self.connections, connection, (room, &mut self.share));
        }
    }

    /// Notes which connection of the client is joined to that of a peer, and returns the peer.
    pub(super) fn join(&mut self, id: u32, flow: FlowKey) -> Option<SocketAddr> {
        let joined = self.connections.iter_mut().rev().find(|c| c.id == id)?;
        joined.flow = Some(flow);
        Some(joined.peer)
    }

    pub(super) fn refresh(&mut self, time: Timestamp, lifetime: u32) {
        self.last = self.last.max(time);
        if lifetime == 0 {
            self.state = State::Deleted;
            return;
        }
        self.lifetime = Some(lifetime);
        self.expires = time.after(Duration::from_secs(lifetime.into()));
    }

    pub(super) fn permit(
        &mut self,
        peer: SocketAddr,
        (number, time): (u64, Timestamp),
        room: &Room,
    ) {
        let expires = time.after(PERMISSION);
        if let Some(known) = self.permissions.iter_mut().find(|known| known.peer == peer) {
            known.expires = expires;
            known.packets.add(number);
        } else {
            let permission = Permission {
                peer,
                expires,
                packets: Sample::of(number),
            };
            keep(&mut self.permissions, permission, (room, &mut self.share));
        }
    }

    pub(super) fn bind(
        &mut self,
        (channel, peer): (u16, SocketAddr),
        (number, time): (u64, Timestamp),
        room: &Room,
    ) {
        let expires = time.after(CHANNEL);
        let known = |c: &&mut ChannelBinding| c.number == channel && c.peer == peer;
        if let Some(known) = self.channels.iter_mut().find(known) {
            known.expires = expires;
            known.packets.add(number);
        } else {
            let binding = ChannelBinding {
                number: channel,
                peer,
                expires,
                packets: Sample::of(number),
            };
            keep(&mut self.channels, binding, (room, &mut self.share));
        }
    }

    /// Sender and receiver on the peer side of what `sender` sends on the leg, for this peer.
    pub(super) fn peer_side(
        &self,
        sender: SocketAddr,
        peer: SocketAddr,
    ) -> Option<(SocketAddr, SocketAddr)> {
        let relayed = self.relayed_to(peer)?;
        Some(if self.ends.src == sender {
            (relayed, peer)
        } else {
            (peer, relayed)
        })
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
