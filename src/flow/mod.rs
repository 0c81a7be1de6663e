//! What packets say together: flows, allocations, streams, and the comparison of the two legs.
//!
//! Everything is bounded by what lives at one time, never by the length of the capture. What a
//! shape only seems to be is believed here, or not.

mod allocation;
mod clock;
mod compare;
mod known;
mod leg;
mod path;
mod stream;
mod table;
mod tally;
mod turn;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::base::addr::{Direction, FiveTuple, FlowKey};
use crate::base::anomaly::Anomaly;
use crate::base::label::Quiet;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use crate::decode::Decoded;
use crate::dissect::dtls::HandshakeType;
use crate::dissect::rtcp::Guard;
use crate::dissect::rtp::{Rtp, Ssrc};
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::{AttributeType, Method};
use crate::dissect::{ByShape, Message, datagram};
use compare::{Comparison, Content, Datagram, Point};
use table::Bounded;
use turn::Turn;

pub use allocation::{Allocation, ChannelBinding, Permission, State};
pub use compare::{Hop, HopCount, Pair};
pub use known::{FlowBelief, Totals};
pub use leg::TurnLeg;
pub use path::{RelayPath, Side};
pub use stream::{RtpStream, StreamKey};
pub use tally::{Flow, Level, Messages};

/// Flows and streams that are kept at one time.
const FLOWS: usize = 1 << 16;

/// Follows a capture packet by packet.
#[derive(Debug)]
pub struct Tracker {
    flows: Bounded<FlowKey, Flow>,
    streams: Bounded<StreamKey, RtpStream>,
    turn: Turn,
    comparison: Comparison,
    anomalies: BTreeMap<Anomaly, Sample>,
    totals: Totals,
    clock: clock::Clock,
    made: u64,
}

impl Default for Tracker {
    fn default() -> Self {
        Self {
            flows: Bounded::new(FLOWS),
            streams: Bounded::new(FLOWS),
            turn: Turn::new(),
            comparison: Comparison::new(),
            anomalies: BTreeMap::new(),
            totals: Totals::default(),
            clock: clock::Clock::default(),
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
        self.totals.add(packet);
        self.comparison
            .advance(self.clock.tick(packet.interface, packet.time));
        for anomaly in decoded.anomalies.iter() {
            self.anomalies
                .entry(anomaly)
                .or_default()
                .add(packet.number);
        }
        let Some(ends) = decoded.five_tuple() else {
            return;
        };
        let (key, direction) = ends.key();
        let made = &mut self.made;
        let flow = self.flows.entry(key, || {
            *made += 1;
            Flow::new(*made, key, packet.time)
        });
        flow.add(packet, direction);
        if let Some(octets) = decoded.datagram() {
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

    fn datagram(&mut self, place: Place, ends: FiveTuple, octets: Octets<'_>) {
        let dissected = datagram(octets, &ByShape, &mut Quiet);
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
            // ChannelData is counted when it is believed.
            Message::ChannelData(_) | Message::Sip => {}
            Message::Rtp(_) | Message::Unknown => level.messages.unknown += 1,
        }
        Content::Other
    }

    fn rtp(&mut self, place: Place, rtp: &Rtp<'_>) -> Content {
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
        octets: Octets<'_>,
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
    fn bare(&mut self, place: Place, ends: FiveTuple, octets: Octets<'_>, content: Content) {
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
    fn tie(&mut self, place: Place, pair: (SocketAddr, SocketAddr), octets: &Octets<'_>) {
        let Some(ssrc) = octets.captured.get(8..).and_then(|rest| rest.first_chunk()) else {
            return;
        };
        let ssrc = Ssrc(u32::from_be_bytes(*ssrc));
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
