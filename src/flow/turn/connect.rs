//! Connections to peers, of allocations that relay TCP (RFC 6062).

use std::net::SocketAddr;

use super::Turn;
use super::request::{Request, connection};
use crate::base::addr::FlowKey;
use crate::dissect::stun::Stun;
use crate::flow::allocation::{OpenedBy, PeerConnection};

impl Turn {
    /// The relay tells its client of a connection to a peer, and what names it (RFC 6062,
    /// sections 5.2 and 5.3).
    pub(super) fn connected(
        &mut self,
        allocation: u64,
        peer: SocketAddr,
        opened_by: OpenedBy,
        number: u64,
        stun: &Stun<'_>,
    ) {
        let id = connection(stun);
        if let (Some(id), Some(allocation)) = (id, self.allocations.get_mut(&allocation)) {
            allocation.connect(PeerConnection {
                id,
                peer,
                opened_by,
                told_by: number,
                flow: None,
            });
        }
    }

    /// The relay joins the connection on `flow` to that of a peer (RFC 6062, section 5.4).
    pub(super) fn bound(&mut self, flow: FlowKey, request: &Request) {
        let Some(id) = request.connection else {
            return;
        };
        let server = request.ends.dst.ip();
        let own = self.allocations.values_mut().rev();
        let mut of_server = own.filter(|allocation| allocation.ends.dst.ip() == server);
        of_server.find_map(|allocation| allocation.join(id, flow));
    }
}
