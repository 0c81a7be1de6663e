//! A packet that was put together.

use std::net::IpAddr;

use super::Key;
use super::partial::Head;
use crate::base::label::Sink;
use crate::base::span::{Octets, Piece};
use crate::decode::transport::{Ip, Part};
use crate::decode::walk::Walk;
use crate::decode::{Cooked, Decoded, Hop, Network, content_of, decoded, innermost, ipv4, ipv6};

/// The content of an IP packet, put together from fragments.
#[derive(Debug)]
pub struct Whole {
    /// As many octets as the capture holds from the beginning.
    pub octets: Vec<u8>,
    /// Where they stand, in order; as long as they were on the wire.
    pub pieces: Vec<Piece>,
    /// Octets at the front that are named as headers in their frame already.
    pub named: u32,
    /// Octets of the frames that brought it.
    pub on_wire: u64,
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    protocol: u8,
    hop: Hop,
    network: Network,
    cooked: Option<Cooked>,
}

impl Whole {
    pub(super) fn new(
        key: &Key,
        head: Head,
        (octets, pieces): (Vec<u8>, Vec<Piece>),
        on_wire: u64,
    ) -> Self {
        Self {
            octets,
            pieces,
            named: head.named,
            on_wire,
            src: key.src,
            dst: key.dst,
            id: key.id,
            protocol: head.protocol,
            hop: head.hop,
            network: key.network,
            cooked: key.cooked,
        }
    }

    /// Reads what it carries, as if the octets were a frame.
    pub fn read<S: Sink>(&self, sink: &mut S) -> Decoded<'_> {
        let on_wire = |len: u32, piece: &Piece| len.saturating_add(piece.wire_len);
        let ahead = Octets {
            captured: &self.octets,
            offset: 0,
            wire_len: self.pieces.iter().fold(0, on_wire),
        };
        let mut walk = Walk::at(ahead, sink);
        (walk.network, walk.cooked) = (self.network, self.cooked);
        let mut ip = Ip {
            src: self.src,
            dst: self.dst,
            id: self.src.is_ipv4().then_some(self.id as u16),
            protocol: Some(self.protocol),
            part: Part::Whole,
            hop: self.hop,
        };
        match self.src {
            IpAddr::V4(_) => ipv4::authenticated(&mut walk, &mut ip),
            IpAddr::V6(_) => ipv6::extensions(&mut walk, &mut ip),
        }
        let content = content_of(&ip, &mut walk);
        let reached = innermost((ip, content), &mut walk);
        decoded(&walk, Some(reached))
    }
}
