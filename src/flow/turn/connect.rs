//! Connections to peers, of allocations that relay TCP (RFC 6062).

use std::net::SocketAddr;

use super::Turn;
use super::request::{Request, connection};
use crate::base::addr::{FiveTuple, FlowKey, Transport};
use crate::base::time::Timestamp;
use crate::decode::tcp::Segment;
use crate::dissect::stun::Stun;
use crate::flow::allocation::{OpenedBy, PeerConnection};

impl Turn {
    /// The relay tells its client of a connection to a peer, and what names it (RFC 6062,
    /// sections 5.2 and 5.3).
    pub(super) fn connected(
        &mut self,
        allocation: u64,
        (peer, opened_by): (SocketAddr, OpenedBy),
        (number, time): (u64, Timestamp),
        stun: &Stun<'_>,
    ) {
        let id = connection(stun);
        let (Some(id), Some(allocation)) = (id, self.allocations.get_mut(&allocation)) else {
            return;
        };
        let connection = PeerConnection {
            id,
            peer,
            opened_by,
            told_by: number,
            flow: None,
        };
        allocation.connect(connection, &self.room);
        if let Some(relayed) = allocation.relayed_to(peer) {
            self.data.told(allocation.id, (relayed, peer), time);
        }
    }

    /// The relay joins the connection on `flow` to that of a peer (RFC 6062, section 5.4).
    pub(super) fn bound(&mut self, flow: FlowKey, request: &Request) {
        let Some(id) = request.connection else {
            return;
        };
        let FiveTuple { src, dst, .. } = request.ends;
        let own = self.allocations.values_mut().rev();
        let of_server = own.filter(|allocation| allocation.ends.dst.ip() == dst.ip());
        let ends = of_server.filter_map(|allocation| {
            let peer = allocation.join(id, flow)?;
            Some((allocation.relayed_to(peer), peer))
        });
        if let Some((Some(relayed), peer)) = { ends }.next() {
            self.data.join(flow, src, (relayed, peer));
        }
    }

    /// Takes a segment of any connection: it may be that of a peer.
    pub(in crate::flow) fn peer_segment(
        &mut self,
        time: Timestamp,
        FiveTuple { src, dst, .. }: FiveTuple,
        segment: &Segment<'_>,
    ) {
        for (ends, to_peer) in [((src, dst), true), ((dst, src), false)] {
            let holder = self.of_relayed(&ends.0).map(|a| (a.id, a.peer_transport));
            if let Some((id, None | Some(Transport::Tcp))) = holder {
                self.data.at_peer(time, (id, ends), to_peer, segment);
            }
        }
    }
}
