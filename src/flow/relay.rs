//! What passes through a relay: which channel data is believed, and what is handed to the
//! comparison from the legs of clients and from the bare legs.

use std::net::SocketAddr;

use super::compare::{Content, Datagram, Point};
use super::{Place, StreamKey, Tracker};
use crate::base::addr::FiveTuple;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use crate::dissect::rtp::Ssrc;

impl Tracker {
    /// Whether ChannelData is believed: where the channel is bound, where TURN was spoken or the
    /// inside is known, or after further messages whose length fits.
    pub(super) fn channel_fits(&mut self, place: Place, channel: u16, opens: bool) -> bool {
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

    pub(super) fn peer_of(&self, place: Place, channel: u16) -> Option<SocketAddr> {
        self.turn
            .on_flow(&place.flow, place.time)?
            .peer_of(channel, place.time)
    }

    /// A datagram that the relay carries, seen on a client's leg.
    pub(super) fn relayed(
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
        let pair = peer.and_then(|peer| allocation.peer_side(ends.src, peer));
        self.turn.touch(id, place.time);
        let (Some(pair), Some(peer)) = (pair, peer) else {
            return;
        };
        let since = self.since(inferred);
        let point = if to_peer {
            Point::FromClient
        } else {
            Point::ToClient
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
    pub(super) fn bare(
        &mut self,
        place: Place,
        ends: FiveTuple,
        octets: Octets<'_>,
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
}
