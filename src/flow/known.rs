//! What is known after the whole capture was read, and what is believed of its packets.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::relay::Channels;
use super::stream::judge;
use super::{
    Allocation, Announcement, Carries, DataConnection, Flow, Level, Openings, Pair, RelayPath,
    RtcpSender, RtpStream, Signalling, StreamKey, Tracker, TurnLeg, Volume,
};
use crate::base::addr::{Direction, FiveTuple, FlowKey, Transport};
use crate::base::anomaly::Anomaly;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use crate::dissect::header_ext::Meaning;
use crate::dissect::rtcp::Guard;
use crate::dissect::rtp::Ssrc;
use crate::dissect::{Belief, Candidate};
use crate::keys::KeyLog;

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

impl Totals {
    pub(super) fn add(&mut self, packet: &RawPacket<'_>) {
        let cut = packet.wire_len.saturating_sub(packet.octets.len() as u32);
        self.packets += 1;
        self.octets += u64::from(packet.wire_len);
        self.octets_cut += u64::from(cut);
        self.cut += u64::from(cut > 0);
        self.first = self.first.into_iter().chain([packet.time]).min();
        self.last = self.last.max(Some(packet.time));
    }
}

impl Tracker {
    /// All flows, in the order of appearance.
    pub fn flows(&self) -> Vec<&Flow> {
        let mut flows: Vec<_> = self.flows.values().collect();
        flows.sort_by_key(|flow| flow.id);
        flows
    }

    /// Number of the first packet of all connections of which a packet came at this moment or later.
    pub fn first_of_connections(&self, moment: Timestamp) -> Option<u64> {
        let alive = |of: &&Flow| of.key.transport == Transport::Tcp && of.last >= moment;
        let alive = self.flows.values().filter(alive);
        alive.filter_map(|flow| flow.seen.first()).min()
    }

    /// The streams that are believed, in the order of their first packet.
    pub fn streams(&self) -> Vec<&RtpStream> {
        let mut streams: Vec<_> = self.streams.values().filter(|s| s.believed).collect();
        streams.sort_by_key(|stream| (stream.packets.first(), stream.key));
        streams
    }

    /// The senders of RTCP that are believed, in the order of their first packet.
    pub fn senders(&self) -> Vec<&RtcpSender> {
        let mut senders: Vec<_> = self.senders.values().filter(|s| s.believed).collect();
        senders.sort_by_key(|sender| (sender.first_packet(), sender.key));
        senders
    }

    /// What signalling in this capture said.
    pub const fn signalling(&self) -> &Signalling {
        &self.signalling
    }

    /// Believes the reports that came before the media beside them.
    pub(super) fn settle_senders(&mut self) {
        for sender in self.senders.values_mut() {
            let Some(flow) = self.flows.get_mut(&sender.key.flow) else {
                continue;
            };
            let level = flow.level(sender.key.relayed);
            let believed = sender.settle(level.surroundings(sender.key.direction));
            level.messages.rtcp += believed;
            level.messages.unknown = level.messages.unknown.saturating_sub(believed);
        }
    }

    /// Believes the DTLS that came before what bears it out.
    pub(super) fn settle_dtls(&mut self) {
        for flow in self.flows.values_mut() {
            for relayed in [false, true] {
                let level = flow.level(relayed);
                if level.bears_dtls() {
                    let doubted = std::mem::take(&mut level.doubted);
                    level.messages.dtls += doubted.messages;
                    level.messages.unknown -= doubted.messages;
                    flow.volume.believe(doubted);
                }
            }
        }
    }

    /// Judges what every stream is and what every extension id means, by all that was seen up to
    /// here. The end of the capture does it; a report before the end asks for it.
    pub fn settle(&mut self) {
        self.open_waiting_media();
        self.take_descriptions();
        let mut lanes = BTreeMap::<_, Vec<_>>::new();
        for stream in self.streams.values_mut().filter(|s| s.believed) {
            let StreamKey {
                flow,
                direction,
                relayed,
                ..
            } = stream.key;
            let lane = lanes.entry((flow, relayed, direction)).or_default();
            lane.push(stream);
        }
        for ((flow, relayed, direction), mut streams) in lanes {
            let level = self.flows.get_mut(&flow).map(|flow| flow.level(relayed));
            let lane = level.and_then(|level| level.lanes.get_mut(direction.index()));
            streams.sort_by_key(|stream| stream.key);
            judge(lane.and_then(Option::as_mut), &mut streams);
        }
    }

    /// Takes what signalling says of a payload type of a stream; counts with the next
    /// [`settle`](Self::settle).
    pub fn announce(&mut self, key: &StreamKey, payload_type: u8, announcement: Announcement) {
        if let Some(stream) = self.streams.get_mut(key) {
            stream.announce(payload_type, announcement);
        }
    }

    /// Takes what signalling says of an extension id (`a=extmap`, RFC 8285, section 5) in the
    /// direction of a stream; counts with the next [`settle`](Self::settle).
    pub fn announce_extension(&mut self, key: &StreamKey, id: u8, meaning: Meaning) {
        let level = self
            .flows
            .get_mut(&key.flow)
            .map(|flow| flow.level(key.relayed));
        let lane = level.and_then(|level| level.lanes.get_mut(key.direction.index()));
        if let Some(lane) = lane {
            lane.get_or_insert_default().announce(id, meaning);
        }
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

    /// The leg on which this flow runs, where it is one.
    pub fn leg(&self, key: &FlowKey) -> Option<&TurnLeg> {
        self.turn.legs.get(key)
    }

    /// Octets of frames without UDP or TCP, but for the [`refusals`](Self::refusals).
    pub const fn elsewhere(&self) -> Volume {
        self.elsewhere
    }

    /// ICMP errors, the first of them: what they quote belongs to flows.
    pub fn refusals(&self) -> impl Iterator<Item = RawPacket<'_>> {
        self.refusals.packets()
    }

    /// All streams, also those that are not believed, in no order.
    pub fn every_stream(&self) -> impl Iterator<Item = &RtpStream> {
        self.streams.values()
    }

    /// All senders of reports, also those that are not believed, in no order.
    pub fn every_sender(&self) -> impl Iterator<Item = &RtcpSender> {
        self.senders.values()
    }

    /// The flow with these ends.
    pub fn flow(&self, key: &FlowKey) -> Option<&Flow> {
        self.flows.get(key)
    }

    /// The stream whose packets this one sends again, where it says so and both are known.
    pub fn repaired(&self, stream: &RtpStream) -> Option<&RtpStream> {
        let ssrc = stream.repairs()?;
        self.streams.get(&StreamKey { ssrc, ..stream.key })
    }

    /// All compared pairs, in the order of appearance.
    pub fn pairs(&self) -> Vec<&Pair> {
        self.comparison.pairs()
    }

    /// The compared pair from `src` to `dst`.
    pub fn pair(&self, src: SocketAddr, dst: SocketAddr) -> Option<&Pair> {
        self.comparison.find(src, dst)
    }

    /// The connections to peers of which relays told, in the order of appearance.
    pub(super) fn data_connections(&self) -> Vec<&DataConnection> {
        self.turn.data.all()
    }

    /// The allocation with this number.
    pub(super) fn allocation(&self, id: u64) -> Option<&Allocation> {
        self.turn.allocations.get(&id)
    }

    /// The allocation that held this relayed address last.
    pub fn relayed_by(&self, address: &SocketAddr) -> Option<&Allocation> {
        self.turn.of_relayed(address)
    }

    /// Whether media or a handshake passed on a path.
    pub fn carries_call(&self, path: &RelayPath<'_>) -> bool {
        let counts = [path.to_peer.count, path.to_client.count];
        let passed = counts
            .into_iter()
            .flatten()
            .any(|count| count.media + count.handshake > 0);
        let leg = self.flow(&path.allocation.ends.key().0);
        let carried = leg.is_some_and(|flow| {
            let messages = &flow.carried.messages;
            messages.rtp + messages.dtls > 0
        });
        // What was matched is known; the rest may be what the leg carries.
        let (to_peer, to_client) = (&path.to_peer, &path.to_client);
        let unmatched = to_peer.unmatched(to_peer.entered) + to_client.unmatched(to_client.left);
        passed || carried && unmatched > 0
    }

    /// Sums over the capture.
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// Frames that are copies: their datagram was captured before on another interface.
    pub const fn copies(&self) -> u64 {
        self.copies.found
    }

    /// Frames whose datagram was captured before on another interface, under another address of
    /// one end.
    pub const fn translated(&self) -> u64 {
        self.copies.translated
    }

    /// Datagrams that were let go for want of room while copies of them could still come: such
    /// copies count as datagrams.
    pub const fn unawaited(&self) -> u64 {
        self.copies.squeezed_out
    }

    /// What was odd, with the packets.
    pub const fn anomalies(&self) -> &BTreeMap<Anomaly, Sample> {
        &self.anomalies
    }

    /// The keys that were given.
    pub const fn keys(&self) -> &KeyLog {
        &self.keys
    }

    /// What they opened.
    pub const fn openings(&self) -> &Openings {
        &self.openings
    }

    /// What a connection carries, while it is followed.
    pub fn carries(&self, key: &FlowKey) -> Option<Carries> {
        self.connections.carries(key)
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

impl<'t> FlowBelief<'t> {
    /// The stream of a packet seen here.
    pub fn stream(&self, relayed: bool, ssrc: Ssrc) -> Option<&'t RtpStream> {
        self.tracker.streams.get(&self.key(relayed, ssrc))
    }

    /// The sender of a report seen here.
    pub fn sender(&self, relayed: bool, ssrc: Ssrc) -> Option<&'t RtcpSender> {
        self.tracker.senders.get(&self.key(relayed, ssrc))
    }

    const fn key(&self, relayed: bool, ssrc: Ssrc) -> StreamKey {
        StreamKey {
            flow: self.key,
            direction: self.direction,
            relayed,
            ssrc,
        }
    }

    fn level(&self, relayed: bool) -> Option<&Level> {
        let flow = self.flow?;
        Some(if relayed { &flow.carried } else { &flow.outer })
    }
}

impl Belief for FlowBelief<'_> {
    fn trailer(&self, relayed: bool) -> Option<u32> {
        let flow = self.flow?;
        let level = if relayed { &flow.carried } else { &flow.outer };
        level.trailers.get(self.direction.index()).copied()?
    }

    fn believes(&self, relayed: bool, candidate: Candidate) -> bool {
        let Some(flow) = self.flow else { return false };
        let level = if relayed { &flow.carried } else { &flow.outer };
        match candidate {
            Candidate::Channel(number) => Channels::are_believed(&flow.channels, number),
            Candidate::Rtp(ssrc) => {
                let stream = self.stream(relayed, ssrc);
                stream.is_some_and(|stream| stream.believed)
            }
            Candidate::Rtcp(_, Guard::Plain) => true,
            Candidate::Rtcp(ssrc, _) => {
                let sender = self.sender(relayed, ssrc);
                sender.is_some_and(|sender| sender.believed)
            }
            Candidate::QuicShort => flow.outer.messages.quic > 0,
            Candidate::UnifiedDtls => level.bears_dtls(),
        }
    }

    fn meaning(&self, relayed: bool, id: u8) -> Option<Meaning> {
        let lanes = &self.level(relayed)?.lanes;
        lanes.get(self.direction.index())?.as_ref()?.meaning(id)
    }
}
