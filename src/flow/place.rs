//! Where a message was seen.

use std::net::SocketAddr;

use super::StreamKey;
use crate::base::addr::{Direction, FlowKey};
use crate::base::time::Timestamp;
use crate::dissect::rtp::Ssrc;

/// Where and when a message was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) time: Timestamp,
    pub(super) flow: FlowKey,
    pub(super) direction: Direction,
    pub(super) relayed: bool,
    /// The peer for which TURN carries it, where that is known.
    pub(super) peer: Option<SocketAddr>,
    /// Its way through the relay, where TURN carries it and that is known.
    pub(super) way: Option<Way>,
}

/// The way of a datagram that an allocation carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// Sender and receiver on the peer side of the relay.
    pub(super) pair: (SocketAddr, SocketAddr),
    /// Whether the client sends it.
    pub(super) to_peer: bool,
    /// Whether the allocation is known only by what it carries.
    pub(super) inferred: bool,
}

impl Place {
    /// Sender and receiver: on the peer side of the relay, where TURN carries it and that is known.
    pub(super) fn between(&self) -> (SocketAddr, SocketAddr) {
        let pair = self.way.map(|way| way.pair);
        pair.unwrap_or_else(|| self.flow.ends(self.direction))
    }

    /// What names a stream, or a sender of reports, that was seen here.
    pub(super) const fn stream(&self, ssrc: Ssrc) -> StreamKey {
        StreamKey {
            flow: self.flow,
            direction: self.direction,
            relayed: self.relayed,
            ssrc,
        }
    }
}
