//! What packets say together: flows, allocations, streams, and the comparison of the two legs.
//!
//! Everything is bounded by what lives at one time, never by the length of the capture. What a
//! shape only seems to be is believed here, or not.

mod allocation;
mod announce;
mod association;
mod begun;
mod bond;
mod clock;
mod compare;
mod connection;
mod copies;
mod data_channel;
mod data_connection;
mod dialect;
mod early;
mod evicted;
mod forget;
mod forward;
mod fragment;
mod frames;
mod known;
mod leg;
mod message;
mod path;
mod payload;
mod place;
mod refusal;
mod relay;
mod room;
mod scene;
mod seen;
mod segment;
mod sender;
mod server;
mod session;
mod signalling;
mod srtp;
mod stream;
mod table;
mod tally;
mod tls;
mod turn;
mod volume;

use std::collections::BTreeMap;

use crate::base::addr::{Direction, FiveTuple, FlowKey};
use crate::base::anomaly::Anomaly;
use crate::base::label::{Labels, Quiet};
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use crate::decode::fragment::Fragments;
use crate::decode::{self, Decoded, Payload as Carried};
use crate::dissect::dialect::Mark;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::{AttributeType, Method};
use crate::dissect::turn::ChannelNumber;
use crate::dissect::{ByShape, Message, datagram};
use crate::keys::KeyLog;
use association::Associations;
use compare::Comparison;
use copies::Copies;
use early::Early;
use forward::Arrivals;
use place::{Place, Way};
use refusal::Refusals;
use scene::Remembered;
use srtp::MediaKeys;
use table::Bounded;
use turn::Turn;

pub use allocation::{
    Allocation, ChannelBinding, EvenPort, OpenedBy, PeerConnection, Permission, RefusedFamily,
    State,
};
pub use association::{Association, Certificate, DtlsOpenings, Role};
pub use compare::{Delays, Hop, HopCount, Pair};
pub use connection::{Carries, Connection, Connections, Event, StreamMessage};
pub use data_channel::{DataChannel, DataSender};
pub use data_connection::{Course, DataConnection, Doubt};
pub use dialect::Dialects;
pub use forget::Forgotten;
pub use forward::Source;
pub use frames::{Inner, Layer, LayerMark};
pub use known::{FlowBelief, Totals};
pub use leg::TurnLeg;
pub use path::{RelayPath, Side};
pub use payload::{
    By, CodecGuess, Content, Judgement as PayloadJudgement, Payload, Position, Spread, Structure,
};
pub use scene::{Facts, Neighbours, Scene};
pub use seen::{Seen, SeenAttribute, SeenValue};
pub use sender::{RtcpSender, Said, SdesText, Trailer, TrailerKind};
pub use server::{Server, ServerRole, Untold};
pub use session::{Session, Topology};
pub use signalling::{
    Bond, Call, Candidate, Crypto, DescriptionFault, Fingerprint, Given, GivenFault,
    MediaDescription, NoDescription, PayloadMap, Provenance, SdpFile, SessionDescription,
    Signalling,
};
pub use srtp::{KeySource, MediaKey, OpenedMedia, OpenedReports};
pub use stream::{Announcement, Basis, Contributors, Extension, Kind, Meter, RtpStream, StreamKey};
pub use tally::{Checker, Flow, Level, Messages};
pub use tls::{Inside, Likeness, OpenedFlow, Openings, TlsRecords, TlsSession};
pub use volume::{Held, MediaVolume, ReportVolume, Volume};

/// Flows and streams that are kept at one time.
const FLOWS: usize = 1 << 16;

/// Follows a capture packet by packet.
#[derive(Debug)]
pub struct Tracker {
    flows: Bounded<FlowKey, Flow>,
    streams: Bounded<StreamKey, RtpStream>,
    senders: Bounded<StreamKey, RtcpSender>,
    signalling: Signalling,
    turn: Turn,
    associations: Associations,
    comparison: Comparison,
    connections: Connections,
    copies: Copies,
    /// Lengths of media that arrived of late, to find them leaving.
    arrivals: Arrivals,
    fragments: Fragments,
    /// Handshakes of TLS over TCP.
    tls: Bounded<FlowKey, TlsSession>,
    keys: KeyLog,
    /// What the keys open of it.
    openings: Openings,
    /// What they open of DTLS.
    dtls_openings: DtlsOpenings,
    /// Datagrams of DTLS that came before their secrets.
    early_records: Early,
    /// What is not opened of it and may be TURN.
    watch: tls::Watch,
    media_keys: MediaKeys,
    anomalies: BTreeMap<Anomaly, Sample>,
    totals: Totals,
    /// Octets of frames without UDP or TCP, but for the errors that are kept.
    elsewhere: Volume,
    refusals: Refusals,
    forgotten: Forgotten,
    remembered: Remembered,
    labels: Labels,
    clock: clock::Clock,
    room: room::Room,
    made: u64,
}

/// The flow of this key, which may begin here.
fn flow_of<'t>(
    key: FlowKey,
    time: Timestamp,
    (flows, made): (&'t mut Bounded<FlowKey, Flow>, &mut u64),
) -> &'t mut Flow {
    flows.entry(key, || {
        *made += 1;
        Flow::new(*made, key, time)
    })
}

impl Tracker {
    /// Tells how many interfaces the capture has, as far as it was read: of several, each may
    /// have seen the same datagrams.
    pub const fn expect_interfaces(&mut self, count: usize) {
        self.copies.expect_interfaces(count);
    }

    /// Takes a key log, which opens what begins from here on; `source` is how it is called.
    pub fn take_keys(&mut self, source: &str, log: &[u8]) {
        self.keys.read(source, log);
        self.learn_all_media_keys();
    }

    /// Takes more of a key log that grew since it was taken; its first line has the number `first`.
    pub fn take_more_keys(&mut self, source: &str, first: u64, log: &[u8]) {
        self.keys.read_on(source, first, log);
        self.learn_all_media_keys();
        self.open_early_records();
    }

    /// Takes the next packet.
    pub fn packet(&mut self, packet: &RawPacket<'_>, decoded: &Decoded<'_>) {
        self.totals.add(packet);
        let now = self.clock.tick(packet.interface, packet.time);
        if self.fragments.waits_since(now.before(compare::PATIENCE)) {
            self.wait_for_fragments(packet.time, now);
        }
        self.comparison.advance(now);
        for anomaly in decoded.anomalies.iter() {
            self.odd(anomaly, packet.number);
        }
        let Some(ends) = decoded.five_tuple() else {
            if let Carried::Fragment(_) = decoded.payload {
                self.fragment(packet, decoded, now);
            } else if !self.refused(packet, decoded) {
                self.elsewhere.other_frame(packet, &mut self.labels);
            }
            return;
        };
        let (key, direction) = ends.key();
        let on_wire = u64::from(packet.wire_len);
        if self.copies.is_copy(packet, decoded, now) {
            let flow = self.flows.get_mut(&key);
            let volume = flow.map_or(&mut self.elsewhere, |flow| &mut flow.volume);
            volume.copies += on_wire;
            return;
        }
        let flow = flow_of(key, packet.time, (&mut self.flows, &mut self.made));
        let elsewhere = flow.add(packet, on_wire, decoded, direction);
        let payload = decoded.held();
        let odd = |anomaly: Anomaly| anomaly != Anomaly::CutFrame;
        if decoded.anomalies.iter().any(odd) {
            flow.volume.odd_frame(packet, payload, &mut self.labels);
        } else {
            flow.volume.frame(packet, payload);
        }
        if elsewhere {
            self.odd(Anomaly::OtherNetwork, packet.number);
        }
        self.carried(packet, decoded, (ends, key, direction));
    }

    /// Takes what a frame carries, or a packet that came whole with it.
    fn carried(
        &mut self,
        packet: &RawPacket<'_>,
        decoded: &Decoded<'_>,
        (ends, key, direction): (FiveTuple, FlowKey, Direction),
    ) {
        let place = Place {
            number: packet.number,
            time: packet.time,
            flow: key,
            direction,
            relayed: false,
            peer: None,
            way: None,
        };
        if let Some(octets) = decoded.datagram() {
            self.datagram(place, ends, octets);
        } else if let Some(segment) = decoded.segment(packet.number) {
            self.segment(place, &segment);
        }
    }

    /// Keeps an ICMP error, as far as there is room; returns whether it did.
    fn refused(&mut self, packet: &RawPacket<'_>, decoded: &Decoded<'_>) -> bool {
        let Carried::Icmp {
            message,
            quote: Some(quoted),
        } = decoded.payload
        else {
            return false;
        };
        let quote = decode::quote(quoted, message, &mut Quiet);
        let flow = quote.map(|quote| quote.five_tuple.key().0);
        self.refusals.keep(packet, flow)
    }

    fn datagram(&mut self, place: Place, ends: FiveTuple, octets: Octets<'_>) {
        let dissected = datagram(octets, &ByShape, &mut Quiet);
        let carries = matches!(&dissected.outer, Message::Stun(stun)
            if matches!(stun.method(), Method::SEND | Method::DATA));
        let outer = (&dissected.outer, octets, carries);
        let content = self.message(place, ends, outer);
        let Some(inner) = dissected.inner else {
            self.bare(place, ends, octets, content);
            return;
        };
        let content = (&inner.message, inner.octets, false);
        match &dissected.outer {
            // Its sender is a peer of the relay, not a client.
            Message::ChannelData(channel) if channel.channel == ChannelNumber::MULTIPLEXED => {
                self.channel_header(place, octets, inner.octets);
                if let Some(flow) = self.flows.get_mut(&place.flow) {
                    flow.dialects.mark(place.number, Mark::MsSharedPort);
                }
                let inside = Place {
                    relayed: true,
                    ..place
                };
                self.message(inside, ends, content);
            }
            Message::ChannelData(channel) => {
                self.channel(place, ends, octets, (channel.channel, &inner));
            }
            Message::Stun(stun) if carries => {
                let peer = match stun.find(AttributeType::XOR_PEER_ADDRESS) {
                    Some(AttributeValue::Address(peer)) => Some(peer),
                    _ => None,
                };
                let inside = Place {
                    peer,
                    ..self.inside(place, |_| peer)
                };
                let content = self.message(inside, ends, content);
                self.relayed(inside, inner.octets, content);
            }
            _ => {}
        }
    }

    fn odd(&mut self, anomaly: Anomaly, number: u64) {
        self.anomalies.entry(anomaly).or_default().add(number);
    }

    /// Ends the capture: decides what still waited.
    pub fn finish(&mut self) {
        self.settle_fragments();
        self.comparison.finish();
        self.open_waiting_media();
        self.settle_senders();
        self.settle_dtls();
        self.settle_connections();
        self.settle_tls();
        let streams = self.streams.values_mut();
        streams.for_each(RtpStream::settle_payloads);
        self.turn.finish(self.totals.last.unwrap_or_default());
        self.settle();
    }
}
