//! What packets say together: flows, allocations, streams, and the comparison of the two legs.
//!
//! Everything is bounded by what lives at one time, never by the length of the capture. What a
//! shape only seems to be is believed here, or not.

mod compare;
mod path;
mod stream;
mod table;
mod turn;

use std::net::SocketAddr;

use crate::base::addr::{Direction, FiveTuple, FlowKey};
use crate::base::anomaly::Anomaly;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use crate::decode::Decoded;
use crate::dissect::dtls::HandshakeType;
use crate::dissect::rtcp::Guard;
use crate::dissect::stun::Stun;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::{AttributeType, Class, Method};
use crate::dissect::{Belief, ByShape, Candidate, Message, datagram};
use compare::{Comparison, Content, Datagram, Point};
use table::{Aged, Bounded};
use turn::Turn;

pub use compare::{Hop, HopCount, Pair};
pub use path::{RelayPath, Side};
pub use stream::{RtpStream, StreamKey};
pub use turn::{Allocation, ChannelBinding, Permission, State, TurnLeg};

/// Flows and streams that are kept at one time.
const FLOWS: usize = 1 << 16;

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
    /// Neither.
    pub unknown: u64,
}

/// What was seen on one level of a flow: bare, or carried by TURN.
#[derive(Debug, Clone, Default)]
pub struct Level {
    /// How many messages of each kind.
    pub messages: Messages,
    /// ICE connectivity checks, with their valid fingerprint.
    pub ice: Sample,
    /// ICE user names, first as it was and the packets that hold one.
    pub ice_user: Option<(String, Sample)>,
    /// DTLS handshake records in clear.
    pub handshake: Sample,
    /// Whether a ServerHello passed.
    pub server_hello: bool,
    /// RTCP packets that are readable to the last octet.
    pub plain_rtcp: Sample,
    /// Addresses that STUN names in clear, with where each first stood.
    pub addresses: std::collections::BTreeMap<std::net::IpAddr, u64>,
}

/// All datagrams between two addresses.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its number, from 1, in the order of appearance.
    pub id: u64,
    /// Its ends.
    pub key: FlowKey,
    /// Packets, from a to b and from b to a.
    pub packets: [u64; 2],
    /// Octets on the wire, frames whole.
    pub octets: [u64; 2],
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// Numbers of its packets.
    pub seen: Sample,
    /// What its datagrams are.
    pub outer: Level,
    /// What they carry through TURN.
    pub carried: Level,
    /// Whether TURN is spoken: requests, indications, or ChannelData that proved itself.
    pub turn: bool,
    fitting: [u32; 2],
}

impl Aged for Flow {
    fn last(&self) -> Timestamp {
        self.last
    }
}

/// Follows a capture packet by packet.
#[derive(Debug)]
pub struct Tracker {
    flows: Bounded<FlowKey, Flow>,
    streams: Bounded<StreamKey, RtpStream>,
    turn: Turn,
    comparison: Comparison,
    anomalies: std::collections::BTreeMap<Anomaly, Sample>,
    totals: Totals,
    made: u64,
}

/// Sums over the whole capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Frames.
    pub packets: u64,
    /// Octets that they had on the wire.
    pub octets: u64,
    /// Octets cut off by the snap length.
    pub octets_cut: u64,
    /// Frames that were cut.
    pub cut: u64,
    /// Earliest frame.
    pub first: Option<Timestamp>,
    /// Latest frame.
    pub last: Option<Timestamp>,
}

impl Default for Tracker {
    fn default() -> Self {
        Self {
            flows: Bounded::new(FLOWS),
            streams: Bounded::new(FLOWS),
            turn: Turn::new(),
            comparison: Comparison::new(),
            anomalies: std::collections::BTreeMap::new(),
            totals: Totals::default(),
            made: 0,
        }
    }
}

/// Where and when a message was seen.
#[derive(Debug, Clone, Copy)]
struct Place {
    number: u64,
    time: Timestamp,
    flow: FlowKey,
    direction: Direction,
    relayed: bool,
}

impl Tracker {
    /// Takes the next packet.
    pub fn packet(&mut self, packet: &RawPacket<'_>, decoded: &Decoded<'_>) {
        let totals = &mut self.totals;
        totals.packets += 1;
        totals.octets += u64::from(packet.wire_len);
        let cut = packet.wire_len.saturating_sub(packet.octets.len() as u32);
        totals.octets_cut += u64::from(cut);
        totals.cut += u64::from(cut > 0);
        totals.first = Some(
            totals
                .first
                .map_or(packet.time, |first| first.min(packet.time)),
        );
        totals.last = Some(
            totals
                .last
                .map_or(packet.time, |last| last.max(packet.time)),
        );
        for anomaly in decoded.anomalies.iter() {
            self.anomalies
                .entry(anomaly)
                .or_default()
                .add(packet.number);
        }
        let Some(ends) = decoded.five_tuple else {
            return;
        };
        let (key, direction) = ends.key();
        let made = &mut self.made;
        let flow = self.flows.entry(key, || {
            *made += 1;
            Flow::new(*made, key, packet.time)
        });
        flow.add(packet, direction);
        if let Some(octets) = decoded.datagram {
            let place = Place {
                number: packet.number,
                time: packet.time,
                flow: key,
                direction,
                relayed: false,
            };
            self.datagram(place, ends, octets);
        }
    }

    fn datagram(&mut self, place: Place, ends: FiveTuple, octets: crate::base::span::Octets<'_>) {
        let dissected = datagram(octets, &ByShape, &mut crate::base::label::Quiet);
        let content = self.message(place, ends, &dissected.outer);
        if let Some(inner) = dissected.inner {
            let inside = Place {
                relayed: true,
                ..place
            };
            if let Message::ChannelData(channel) = &dissected.outer {
                let opens = !matches!(inner.message, Message::Unknown);
                if !self.channel_fits(place, channel.channel.0, opens) {
                    return;
                }
                let content = self.message(inside, ends, &inner.message);
                let peer = self.peer_of(place, channel.channel.0);
                self.relayed(place, ends, peer, inner.octets, content);
            } else if let Message::Stun(stun) = &dissected.outer
                && matches!(stun.method(), Method::SEND | Method::DATA)
            {
                let content = self.message(inside, ends, &inner.message);
                let peer = match stun.find(AttributeType::XOR_PEER_ADDRESS) {
                    Some(AttributeValue::Address(peer)) => Some(peer),
                    _ => None,
                };
                self.relayed(place, ends, peer, inner.octets, content);
            }
        } else {
            self.bare(place, ends, octets, content);
        }
    }

    /// Counts a message and takes what it says; tells what it is for the comparison.
    fn message(&mut self, place: Place, ends: FiveTuple, message: &Message<'_>) -> Content {
        if let Message::Rtp(rtp) = message {
            return self.rtp(place, rtp);
        }
        let Some(flow) = self.flows.get_mut(&place.flow) else {
            return Content::Other;
        };
        let anomalies = &mut self.anomalies;
        let level = if place.relayed {
            &mut flow.carried
        } else {
            &mut flow.outer
        };
        match message {
            Message::Stun(stun) => {
                level.messages.stun += 1;
                for anomaly in stun.anomalies.iter() {
                    anomalies.entry(anomaly).or_default().add(place.number);
                }
                level.ice(place.number, stun);
                level.addresses(place.number, stun);
                if !place.relayed && self.turn.message(place.number, place.time, ends, stun) {
                    flow.turn = true;
                }
            }
            Message::Dtls(dtls) => {
                let handshake = dtls.first.handshake;
                // A unified header proves little until a handshake or ICE was seen.
                if dtls.first.content.is_none() && !level.server_hello && level.ice.total() == 0 {
                    level.messages.unknown += 1;
                    return Content::Other;
                }
                level.messages.dtls += 1;
                if let Some((kind, _)) = handshake {
                    level.handshake.add(place.number);
                    level.server_hello |= kind == HandshakeType::SERVER_HELLO;
                    return Content::Handshake;
                }
            }
            Message::Rtcp(rtcp) => {
                let plain = rtcp.guard == Guard::Plain;
                let media = level.messages.rtp > 0 || level.ice.total() > 0;
                if !(plain || media || matches!(rtcp.guard, Guard::Trailer { .. })) {
                    level.messages.unknown += 1;
                    return Content::Other;
                }
                level.messages.rtcp += 1;
                if plain {
                    level.messages.rtcp_plain += 1;
                    level.plain_rtcp.add(place.number);
                }
                return Content::Media;
            }
            // Counted when it is believed.
            Message::ChannelData(_) => {}
            Message::Rtp(_) | Message::Unknown => level.messages.unknown += 1,
        }
        Content::Other
    }

    fn rtp(&mut self, place: Place, rtp: &crate::dissect::rtp::Rtp<'_>) -> Content {
        let Place {
            number,
            time,
            flow: key,
            direction,
            relayed,
        } = place;
        let Some(flow) = self.flows.get_mut(&key) else {
            return Content::Other;
        };
        for anomaly in rtp.anomalies.iter() {
            self.anomalies.entry(anomaly).or_default().add(number);
        }
        let level = if relayed {
            &mut flow.carried
        } else {
            &mut flow.outer
        };
        let announced = level.ice.total() > 0 || level.server_hello;
        let key = StreamKey {
            flow: key,
            direction,
            relayed,
            ssrc: rtp.ssrc,
        };
        let stream = self.streams.entry(key, || RtpStream::new(key, time));
        let believed = stream.add(number, time, rtp, announced);
        level.messages.rtp += believed;
        if believed == 0 {
            level.messages.unknown += 1;
            return Content::Other;
        }
        level.messages.unknown = level.messages.unknown.saturating_sub(believed - 1);
        Content::Media
    }

    /// Whether ChannelData is believed: where the channel is bound, where TURN was spoken or the
    /// inside is known, or after further messages whose length fits.
    fn channel_fits(&mut self, place: Place, channel: u16, opens: bool) -> bool {
        let allocation = self.turn.on_flow(&place.flow, place.time);
        let bound = allocation.is_some_and(|a| a.peer_of(channel, place.time).is_some());
        let Some(flow) = self.flows.get_mut(&place.flow) else {
            return false;
        };
        let reserved = channel > 0x4FFF;
        let [usual, others] = &mut flow.fitting;
        let (fitting, enough) = if reserved { (others, 3) } else { (usual, 2) };
        *fitting = fitting.saturating_add(1);
        let known = flow.turn || opens;
        let believed = bound || *fitting >= enough || (known && !reserved);
        if believed {
            flow.turn = true;
            flow.outer.messages.channel_data += 1;
        } else {
            flow.outer.messages.unknown += 1;
        }
        believed
    }

    fn peer_of(&self, place: Place, channel: u16) -> Option<SocketAddr> {
        self.turn
            .on_flow(&place.flow, place.time)?
            .peer_of(channel, place.time)
    }

    /// A datagram that the relay carries, seen on a client's leg.
    fn relayed(
        &mut self,
        place: Place,
        ends: FiveTuple,
        peer: Option<SocketAddr>,
        octets: crate::base::span::Octets<'_>,
        content: Content,
    ) {
        let Some(allocation) = self.turn.on_flow(&place.flow, place.time) else {
            return;
        };
        let (id, inferred) = (allocation.id, allocation.inferred);
        let to_peer = allocation.ends.src == ends.src;
        let of_family =
            |address: &&SocketAddr| peer.is_some_and(|p| p.is_ipv4() == address.is_ipv4());
        let relayed = allocation.relayed.iter().find(of_family).copied();
        self.turn.touch(id, place.time);
        let (Some(relayed), Some(peer)) = (relayed, peer) else {
            return;
        };
        let since = self.since(inferred);
        let (pair, point) = if to_peer {
            ((relayed, peer), Point::FromClient)
        } else {
            ((peer, relayed), Point::ToClient)
        };
        self.tie(place, pair, &octets);
        let both = self.turn.of_relayed(&peer).is_some();
        let Place { number, time, .. } = place;
        let datagram = Datagram {
            number,
            time,
            octets,
            content,
        };
        self.comparison.datagram(
            pair,
            point,
            (to_peer || both, !to_peer || both),
            since,
            &datagram,
        );
    }

    /// A datagram that may run between a relayed address and a peer.
    fn bare(
        &mut self,
        place: Place,
        ends: FiveTuple,
        octets: crate::base::span::Octets<'_>,
        content: Content,
    ) {
        let of = |address| {
            self.turn
                .of_relayed(address)
                .map(|a| (a.inferred, a.ends.dst))
        };
        let (from, to) = (of(&ends.src), of(&ends.dst));
        if from.is_none() && to.is_none() {
            return;
        }
        let inferred = from.or(to).is_some_and(|(inferred, _)| inferred);
        let since = self.since(inferred);
        let Place { number, time, .. } = place;
        let datagram = Datagram {
            number,
            time,
            octets,
            content,
        };
        let relayed = (from.is_some(), to.is_some());
        self.comparison
            .datagram((ends.src, ends.dst), Point::Bare, relayed, since, &datagram);
    }

    /// From when on the leg of an allocation is captured: from its beginning where that was seen,
    /// else from the beginning of the capture.
    fn since(&self, inferred: bool) -> Timestamp {
        if inferred {
            self.totals.first.unwrap_or_default()
        } else {
            Timestamp(i64::MIN)
        }
    }

    /// Ties a relayed stream to its pair on the peer side.
    fn tie(
        &mut self,
        place: Place,
        pair: (SocketAddr, SocketAddr),
        octets: &crate::base::span::Octets<'_>,
    ) {
        let Some(ssrc) = octets.captured.get(8..).and_then(|rest| rest.first_chunk()) else {
            return;
        };
        let ssrc = crate::dissect::rtp::Ssrc(u32::from_be_bytes(*ssrc));
        let Place {
            flow, direction, ..
        } = place;
        if let Some(stream) = self.streams.get_mut(&StreamKey {
            flow,
            direction,
            relayed: true,
            ssrc,
        }) {
            stream.pair = Some(pair);
        }
    }

    /// Ends the capture: decides what still waited.
    pub fn finish(&mut self) {
        self.comparison.finish();
        self.turn.finish(self.totals.last.unwrap_or_default());
    }
}

impl Level {
    /// Notes an ICE check: a Binding with a valid fingerprint (RFC 8445, section 7).
    fn ice(&mut self, number: u64, stun: &Stun<'_>) {
        if stun.method() != Method::BINDING || stun.fingerprint() != Some(true) {
            return;
        }
        self.ice.add(number);
        if stun.class() == Class::Request
            && let Some(AttributeValue::Text(user)) = stun.find(AttributeType::USERNAME)
        {
            let text = || (crate::base::label::printable(user), Sample::default());
            self.ice_user.get_or_insert_with(text).1.add(number);
        }
    }
}

impl Level {
    /// Notes the addresses that a message names, a bounded number of them.
    fn addresses(&mut self, number: u64, stun: &Stun<'_>) {
        for attribute in stun.attributes() {
            if let AttributeValue::Address(address) = attribute.value
                && self.addresses.len() < 64
            {
                self.addresses.entry(address.ip()).or_insert(number);
            }
        }
    }
}

impl Flow {
    fn new(id: u64, key: FlowKey, time: Timestamp) -> Self {
        Self {
            id,
            key,
            packets: [0; 2],
            octets: [0; 2],
            first: time,
            last: time,
            seen: Sample::default(),
            outer: Level::default(),
            carried: Level::default(),
            turn: false,
            fitting: [0; 2],
        }
    }

    fn add(&mut self, packet: &RawPacket<'_>, direction: Direction) {
        if let (Some(packets), Some(octets)) = (
            self.packets.get_mut(direction.index()),
            self.octets.get_mut(direction.index()),
        ) {
            *packets += 1;
            *octets += u64::from(packet.wire_len);
        }
        self.seen.add(packet.number);
        self.first = self.first.min(packet.time);
        self.last = self.last.max(packet.time);
    }
}

/// What is known after the whole capture was read.
impl Tracker {
    /// All flows, in the order of appearance.
    pub fn flows(&self) -> Vec<&Flow> {
        let mut flows: Vec<_> = self.flows.values().collect();
        flows.sort_by_key(|flow| flow.id);
        flows
    }

    /// The streams that are believed, in the order of their first packet.
    pub fn streams(&self) -> Vec<&RtpStream> {
        let mut streams: Vec<_> = self.streams.values().filter(|s| s.believed).collect();
        streams.sort_by_key(|stream| (stream.packets.first(), stream.key));
        streams
    }

    /// All allocations, in the order of appearance.
    pub fn allocations(&self) -> impl Iterator<Item = &Allocation> {
        self.turn.allocations.values()
    }

    /// All legs between a client and its server, in the order of appearance.
    pub fn legs(&self) -> Vec<&TurnLeg> {
        let mut legs: Vec<_> = self.turn.legs.values().collect();
        legs.sort_by_key(|leg| leg.id);
        legs
    }

    /// The flow with these ends.
    pub fn flow(&self, key: &FlowKey) -> Option<&Flow> {
        self.flows.get(key)
    }

    /// All compared pairs, in the order of appearance.
    pub fn pairs(&self) -> &[Pair] {
        self.comparison.pairs()
    }

    /// The compared pair from `src` to `dst`.
    pub fn pair(&self, src: SocketAddr, dst: SocketAddr) -> Option<&Pair> {
        self.comparison.find(src, dst)
    }

    /// The allocation that held this relayed address last.
    pub fn relayed_by(&self, address: &SocketAddr) -> Option<&Allocation> {
        self.turn.of_relayed(address)
    }

    /// All paths, in the order of appearance.
    pub fn paths(&self) -> Vec<RelayPath<'_>> {
        path::all(self)
    }

    /// Sums over the capture.
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// What was odd, with the packets.
    pub const fn anomalies(&self) -> &std::collections::BTreeMap<Anomaly, Sample> {
        &self.anomalies
    }

    /// What the bounded tables let go: flows, streams, allocations and legs, waiting datagrams.
    pub fn evicted(&self) -> [(&'static str, u64); 4] {
        [
            ("flows-evicted", self.flows.evicted()),
            ("streams-evicted", self.streams.evicted()),
            (
                "allocations-evicted",
                self.turn.forgotten + self.turn.legs.evicted(),
            ),
            (
                "datagrams-not-compared",
                self.comparison.squeezed_out() + self.comparison.not_compared,
            ),
        ]
    }

    /// What is believed of the packets of one flow in one direction, for a second look at them.
    pub fn beliefs(&self, ends: &FiveTuple) -> FlowBelief<'_> {
        let (key, direction) = ends.key();
        FlowBelief {
            tracker: self,
            flow: self.flows.get(&key),
            key,
            direction,
        }
    }
}

/// What is believed of the packets of one flow in one direction.
#[derive(Debug, Clone, Copy)]
pub struct FlowBelief<'t> {
    tracker: &'t Tracker,
    flow: Option<&'t Flow>,
    key: FlowKey,
    direction: Direction,
}

impl Belief for FlowBelief<'_> {
    fn believes(&self, relayed: bool, candidate: Candidate) -> bool {
        let Some(flow) = self.flow else { return false };
        let level = if relayed { &flow.carried } else { &flow.outer };
        match candidate {
            Candidate::Channel(_) => flow.turn,
            Candidate::Rtp(ssrc) => {
                let key = StreamKey {
                    flow: self.key,
                    direction: self.direction,
                    relayed,
                    ssrc,
                };
                self.tracker
                    .streams
                    .get(&key)
                    .is_some_and(|stream| stream.believed)
            }
            Candidate::Rtcp => level.messages.rtcp > 0,
            Candidate::UnifiedDtls => level.server_hello || level.ice.total() > 0,
        }
    }
}
