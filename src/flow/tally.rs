//! Flows: all datagrams between two addresses, and what they are.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::Inside;
use super::dialect::Dialects;
use super::leg::text;
use super::relay::Channels;
use super::seen::Seen;
use super::sender::{Surroundings, Tail};
use super::stream::Lane;
use super::table::Aged;
use super::volume::{DoubtedDtls, Volume};
use crate::base::addr::{Direction, FlowKey};
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use crate::decode::{Decoded, Hop, Network};
use crate::dissect::stun::Stun;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::{AttributeType, Class, Method};

/// Hop limits and traffic classes that are kept of one direction.
const HOPS: usize = 8;
/// Addresses that are kept of one level.
const ADDRESSES: usize = 64;
/// Who checks whom, as far as it is kept of one level: a leg to a relay may carry several calls.
const CHECKERS: usize = 16;

/// How many messages of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Messages {
    /// STUN, TURN's requests, answers and indications among it.
    pub stun: u64,
    /// ChannelData.
    pub channel_data: u64,
    /// Datagrams of DTLS records.
    pub dtls: u64,
    /// RTP.
    pub rtp: u64,
    /// RTCP, plain or sealed.
    pub rtcp: u64,
    /// RTCP that ends exactly, readable to the last octet.
    pub rtcp_plain: u64,
    /// SIP.
    pub sip: u64,
    /// ZRTP.
    pub zrtp: u64,
    /// QUIC.
    pub quic: u64,
    /// None of these.
    pub unknown: u64,
}

/// What was seen on one level of a flow: bare, or carried by TURN.
#[derive(Debug, Clone, Default)]
pub struct Level {
    /// How many messages of each kind.
    pub messages: Messages,
    /// ICE connectivity checks, with their valid fingerprint.
    pub ice: Sample,
    /// Who checks whom, the first of them first.
    pub checkers: Vec<Checker>,
    /// Whether a ServerHello passed.
    pub server_hello: bool,
    /// RTCP packets that are readable to the last octet.
    pub plain_rtcp: Sample,
    /// What STUN said in clear.
    pub seen: Seen,
    /// Addresses that STUN names in clear, with where each first stood.
    pub addresses: BTreeMap<IpAddr, u64>,
    /// Whether signalling announced one of the ends for media.
    pub announced: bool,
    /// DTLS under unified headers, until something bears it out.
    pub(super) doubted: DoubtedDtls,
    /// Where the trailer of SRTCP stands, for each direction, once it was seen to count.
    pub(super) trailers: [Option<u32>; 2],
    /// How the datagrams of media end, for each direction.
    pub(super) tails: [Tail; 2],
    /// What the RTP streams of each direction have in common.
    pub(super) lanes: [Option<Box<Lane>>; 2],
}

/// One who checks by ICE whether another can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checker {
    /// User fragments of the receiver and of the sender, as `receiver:sender` (RFC 8445, section
    /// 7.2.2).
    pub user: String,
    /// Sender and receiver: on the peer side of the relay, where TURN carries the checks.
    pub ends: (SocketAddr, SocketAddr),
    /// The checks.
    pub packets: Sample,
    /// Whether the password that was given for the receiver verifies the first of them; `None`
    /// where none was given for its user fragment.
    pub authentic: Option<bool>,
}

impl Checker {
    /// The two user fragments, in order.
    pub(super) fn fragments(&self) -> Option<[&str; 2]> {
        let (one, other) = self.user.split_once(':')?;
        Some([one.min(other), one.max(other)])
    }
}

/// All datagrams between two addresses.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its number, from 1, in the order of appearance.
    pub id: u64,
    /// Its ends.
    pub key: FlowKey,
    /// Packets, from a to b and from b to a; inside TLS messages.
    pub packets: [u64; 2],
    /// Octets on the wire, frames whole; inside TLS those of the messages.
    pub octets: [u64; 2],
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// Numbers of its packets.
    pub seen: Sample,
    /// Hop limits and traffic classes of each direction, with where each was seen.
    pub hops: [Vec<(Hop, Sample)>; 2],
    /// In which network the first packet of each direction passed.
    networks: [Option<Network>; 2],
    /// Octets that belong to no stream of media and to no sender of reports.
    pub volume: Volume,
    /// What its datagrams are.
    pub outer: Level,
    /// What they carry through TURN.
    pub carried: Level,
    /// Whose dialects it speaks, bare or through TURN.
    pub dialects: Dialects,
    /// Whether TURN is spoken: requests, indications, or ChannelData that proved itself.
    pub turn: bool,
    /// Why TURN is known to run inside the TLS or DTLS that this is, where it is.
    pub turn_tls: Option<Inside>,
    /// Octets of a connection on the wire that belong to no message: it carries something else, or
    /// what was captured of it has gaps, whose octets count here too.
    pub unread: u64,
    /// ChannelData of channels that may be bound, and of reserved ones.
    pub(super) channels: [Channels; 2],
}

impl Aged for Flow {
    fn last(&self) -> Timestamp {
        self.last
    }
}

impl Level {
    /// The two user fragments of its connectivity checks, in order.
    pub fn checks(&self) -> Option<[&str; 2]> {
        self.checkers.first()?.fragments()
    }

    /// What is known of a direction for the reports in it.
    pub(super) fn surroundings(&self, direction: Direction) -> Surroundings {
        let lane = direction.index();
        Surroundings {
            trailer: self.trailers.get(lane).copied().flatten(),
            media: self.has_media(),
            counter: self.tails.get(lane).is_some_and(|tail| tail.counts()),
        }
    }

    /// Whether a handshake or ICE bear out what a unified header of DTLS 1.3 only seems to be.
    pub(super) const fn bears_dtls(&self) -> bool {
        self.server_hello || self.ice.total() > 0
    }

    /// Whether RTP, ICE or signalling say that media run here.
    pub(super) const fn has_media(&self) -> bool {
        self.messages.rtp > 0 || self.ice.total() > 0 || self.announced
    }

    /// Notes an ICE check from one end to the other: a Binding with a valid fingerprint (RFC 8445,
    /// section 7). Returns who sends it where it is the first of them.
    pub(super) fn ice(
        &mut self,
        number: u64,
        ends: (SocketAddr, SocketAddr),
        stun: &Stun<'_>,
    ) -> Option<&mut Checker> {
        if stun.method() != Method::BINDING || stun.fingerprint() != Some(true) {
            return None;
        }
        self.ice.add(number);
        let Some(AttributeValue::Text(user)) = stun.find(AttributeType::USERNAME) else {
            return None;
        };
        if stun.class() != Class::Request {
            return None;
        }
        let user = text(user);
        let mut known = self.checkers.iter_mut();
        if let Some(checker) = known.find(|known| known.ends == ends && known.user == user) {
            checker.packets.add(number);
            return None;
        }
        if self.checkers.len() >= CHECKERS {
            return None;
        }
        self.checkers.push(Checker {
            user,
            ends,
            packets: Sample::of(number),
            authentic: None,
        });
        self.checkers.last_mut()
    }

    /// Whether there was room for every address that was named.
    pub fn has_all_addresses(&self) -> bool {
        self.addresses.len() < ADDRESSES
    }

    /// Notes the addresses that a message names.
    pub(super) fn addresses(&mut self, number: u64, stun: &Stun<'_>) {
        for attribute in stun.attributes() {
            if let AttributeValue::Address(address) = attribute.value
                && self.addresses.len() < ADDRESSES
            {
                self.addresses.entry(address.ip()).or_insert(number);
            }
        }
    }
}

impl Flow {
    pub(super) fn new(id: u64, key: FlowKey, time: Timestamp) -> Self {
        Self {
            id,
            key,
            packets: [0; 2],
            octets: [0; 2],
            first: time,
            last: time,
            seen: Sample::default(),
            hops: [Vec::new(), Vec::new()],
            networks: [None; 2],
            volume: Volume::default(),
            outer: Level::default(),
            carried: Level::default(),
            dialects: Dialects::default(),
            turn: false,
            turn_tls: None,
            unread: 0,
            channels: <[Channels; 2]>::default(),
        }
    }

    /// What runs inside TLS, of which `unread` octets were not read up to here.
    pub(super) fn inside(id: u64, key: FlowKey, time: Timestamp, unread: u64) -> Self {
        Self {
            unread,
            ..Self::new(id, key, time)
        }
    }

    /// Whether any of its packets may have come through a tunnel, or behind a tag.
    pub(super) fn is_tunnelled(&self) -> bool {
        let mut networks = self.networks.iter().flatten();
        networks.any(|network| *network != Network::default())
    }

    /// Whether media or a handshake runs bare on it.
    pub const fn is_media(&self) -> bool {
        let messages = &self.outer.messages;
        messages.rtp > 0 || messages.rtcp > 0 || messages.dtls > 0
    }

    /// Whether media or a handshake runs bare on it, more than reports.
    pub const fn carries_media(&self) -> bool {
        self.outer.messages.rtp > 0 || self.outer.messages.dtls > 0
    }

    /// What is seen bare, or carried by TURN.
    pub(super) const fn level(&mut self, relayed: bool) -> &mut Level {
        if relayed {
            &mut self.carried
        } else {
            &mut self.outer
        }
    }

    /// Takes a packet that came with this frame, in frames of `on_wire` octets; returns whether it
    /// came through another network than those before it.
    pub(super) fn add(
        &mut self,
        packet: &RawPacket<'_>,
        on_wire: u64,
        decoded: &Decoded<'_>,
        direction: Direction,
    ) -> bool {
        let hop = decoded.hop;
        if let (Some(packets), Some(octets)) = (
            self.packets.get_mut(direction.index()),
            self.octets.get_mut(direction.index()),
        ) {
            *packets += 1;
            *octets += on_wire;
        }
        if let Some(hops) = self.hops.get_mut(direction.index()) {
            if let Some((_, packets)) = hops.iter_mut().find(|(known, _)| *known == hop) {
                packets.add(packet.number);
            } else if hops.len() < HOPS {
                hops.push((hop, Sample::of(packet.number)));
            }
        }
        self.see(packet.number, packet.time);
        let network = decoded.network;
        let networks = self.networks.get_mut(direction.index());
        networks.is_some_and(|known| *known.get_or_insert(network) != network)
    }

    /// Takes a message of so many octets that runs inside TLS or DTLS, and ends in this packet.
    pub(super) fn add_message(
        &mut self,
        (number, time): (u64, Timestamp),
        (direction, wire_len): (Direction, u32),
    ) {
        let way = direction.index();
        if let (Some(packets), Some(octets)) = (self.packets.get_mut(way), self.octets.get_mut(way))
        {
            *packets += 1;
            *octets += u64::from(wire_len);
        }
        self.see(number, time);
    }

    fn see(&mut self, number: u64, time: Timestamp) {
        self.seen.add(number);
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }
}
