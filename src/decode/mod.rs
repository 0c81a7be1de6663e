//! From a captured frame to the payload of UDP or TCP: link, network and transport headers.
//!
//! Reading is lax: what was understood keeps its labels, what is broken or odd becomes an
//! anomaly. Checksums are never verified, since cards fill them in after the capture. Of frames
//! nothing is copied, kept or put together, save by [`tcp`] and [`fragment`], which whoever follows
//! a capture owns; what a payload means is not asked here.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::net::IpAddr;

use crate::base::addr::FiveTuple;
use crate::base::anomaly::{Anomalies, Anomaly};
use crate::base::label::Sink;
use crate::base::span::Octets;
use crate::capture::RawPacket;

mod cooked;
mod ether;
pub mod fragment;
mod gre;
mod gtp;
mod icmp;
mod ipv4;
mod ipv6;
mod link;
mod mpls;
mod network;
mod overlay;
mod ppp;
pub mod tcp;
#[cfg(test)]
mod tests;
mod transport;
mod walk;
mod words;

use fragment::Fragment;
use link::{Ahead, Version};
use tcp::Segment;
use transport::{Content, Ip, Part};
use walk::Walk;

pub use icmp::{Icmp, Quote, quote};
pub use network::Network;
pub use words::words;

/// Reads the headers of one frame, labelling their octets where `sink` keeps labels.
///
/// The payloads of UDP and TCP and the quote of an ICMP error are left without a label: whoever
/// reads them names them.
pub fn frame<'a, S: Sink>(packet: &RawPacket<'a>, sink: &mut S) -> Decoded<'a> {
    let mut walk = Walk::new(packet, sink);
    let reached = link::first(packet.link, &mut walk).and_then(|ahead| descend(ahead, &mut walk));
    decoded(&walk, reached)
}

/// Steps through the headers ahead, and through every tunnel, to the innermost IP packet.
fn descend<'a, S: Sink>(ahead: Ahead, walk: &mut Walk<'a, '_, S>) -> Option<(Ip, Content<'a>)> {
    let version = link::peel(ahead, walk)?;
    let reached = packet_of(version, walk)?;
    if reached.1.inside.is_none() {
        return Some(reached);
    }
    Some(innermost(reached, walk))
}

/// Enters the tunnels that a packet carries, and tells the last packet that could be read.
fn innermost<'a, S: Sink>(
    mut reached: (Ip, Content<'a>),
    walk: &mut Walk<'a, '_, S>,
) -> (Ip, Content<'a>) {
    for _ in 0..TUNNELS {
        let Some(ahead) = reached.1.inside else {
            return reached;
        };
        let Some(inner) = link::peel(ahead, walk).and_then(|version| packet_of(version, walk))
        else {
            return reached;
        };
        reached = inner;
    }
    if reached.1.inside.is_some() {
        walk.odd(Anomaly::Tunnel);
    }
    reached
}

/// Reads the IP packet ahead and the transport header in it.
fn packet_of<'a, S: Sink>(
    version: Version,
    walk: &mut Walk<'a, '_, S>,
) -> Option<(Ip, Content<'a>)> {
    let ip = match version {
        Version::V4 => ipv4::read(walk),
        Version::V6 => ipv6::read(walk),
    }?;
    let content = content_of(&ip, walk);
    Some((ip, content))
}

fn content_of<'a, S: Sink>(ip: &Ip, walk: &mut Walk<'a, '_, S>) -> Content<'a> {
    if ip.part == Part::Whole {
        transport::read(walk, ip)
    } else {
        part_of(ip, walk)
    }
}

#[cold]
fn part_of<'a, S: Sink>(ip: &Ip, walk: &mut Walk<'a, '_, S>) -> Content<'a> {
    if ip.part == Part::First {
        transport::read(walk, ip);
    }
    let Some(fragment) = walk.fragment.take() else {
        return Content::unread();
    };
    // A header that ends with a fragment is whole in the packet.
    walk.anomalies = fragment.before;
    Content::of(Payload::Fragment(fragment.named_up_to(walk.ahead())))
}

/// What was read on the way.
fn decoded<'a, S: Sink>(walk: &Walk<'a, '_, S>, reached: Option<(Ip, Content<'a>)>) -> Decoded<'a> {
    let Some((ip, content)) = reached else {
        return Decoded {
            src: None,
            dst: None,
            payload: Payload::None,
            identity: Identity::default(),
            hop: Hop::default(),
            network: walk.network,
            cooked: walk.cooked,
            anomalies: walk.anomalies,
        };
    };
    Decoded {
        src: Some(ip.src),
        dst: Some(ip.dst),
        payload: content.payload,
        identity: Identity {
            ip_id: ip.id,
            udp_checksum: content.udp_checksum,
        },
        hop: ip.hop,
        network: walk.network,
        cooked: walk.cooked,
        anomalies: walk.anomalies,
    }
}

/// Tunnels in tunnels that are entered. Networks nest three: a subscriber's tunnel in an overlay
/// in a provider's.
const TUNNELS: usize = 8;

/// What was read from the headers of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// Sender of the IP packet; `None` where none was read.
    pub src: Option<IpAddr>,
    /// Receiver of the IP packet; `None` where none was read.
    pub dst: Option<IpAddr>,
    /// What stands above the network headers.
    pub payload: Payload<'a>,
    /// What tells this packet from another with the same octets.
    pub identity: Identity,
    /// What the sender set, and routers counted down.
    pub hop: Hop,
    /// In which network the packet passed.
    pub network: Network,
    /// Where on its host the frame passed, where a Linux cooked header tells.
    pub cooked: Option<Cooked>,
    /// Everything odd about the headers.
    pub anomalies: Anomalies,
}

impl<'a> Decoded<'a> {
    /// Source, destination and protocol of a UDP datagram or TCP segment.
    pub const fn five_tuple(&self) -> Option<FiveTuple> {
        match self.payload {
            Payload::Udp { five_tuple, .. } | Payload::Tcp { five_tuple, .. } => Some(five_tuple),
            Payload::Icmp { .. } | Payload::Fragment(_) | Payload::Other | Payload::None => None,
        }
    }

    /// The TCP segment, which stands in the frame of this number.
    pub const fn segment(&self, number: u64) -> Option<Segment<'a>> {
        match self.payload {
            Payload::Tcp {
                seq,
                ack,
                flags,
                payload,
                ..
            } => Some(Segment {
                number,
                seq,
                ack,
                flags,
                payload,
            }),
            _ => None,
        }
    }

    /// Octets that the capture holds of the payload of UDP or TCP.
    pub const fn held(&self) -> u64 {
        match self.payload {
            Payload::Udp { payload, .. } | Payload::Tcp { payload, .. } => {
                payload.captured.len() as u64
            }
            _ => 0,
        }
    }

    /// The payload of a whole UDP datagram.
    pub const fn datagram(&self) -> Option<Octets<'a>> {
        match self.payload {
            Payload::Udp { payload, .. } => Some(payload),
            _ => None,
        }
    }
}

/// What stands in a frame above its network headers.
///
/// Positions count from the first octet of the frame. A frame cut by the snap length holds fewer
/// octets of a payload than its `wire_len` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// A whole UDP datagram.
    Udp {
        /// Who sends to whom.
        five_tuple: FiveTuple,
        /// What the UDP length promises, as far as IP packet and frame can hold it.
        payload: Octets<'a>,
    },
    /// A TCP segment.
    Tcp {
        /// Who sends to whom.
        five_tuple: FiveTuple,
        /// Sequence number of the first octet of the payload, or of the SYN.
        seq: u32,
        /// Acknowledgement number; without meaning where the ACK flag is not set.
        ack: u32,
        /// Control bits.
        flags: TcpFlags,
        /// The octets of the stream that this segment carries, perhaps none.
        payload: Octets<'a>,
    },
    /// An ICMP or `ICMPv6` message.
    Icmp {
        /// Type and code.
        message: Icmp,
        /// The packet that an error message quotes: it is no traffic of this frame. [`quote`]
        /// reads and names it.
        quote: Option<Octets<'a>>,
    },
    /// A part of an IP packet, which [`fragment::Fragments`] put together.
    Fragment(Fragment<'a>),
    /// An IP packet with something else inside, a tunnel that was not read or a broken header.
    Other,
    /// No IP packet.
    None,
}

/// What an IP header tells of the sender's system, of the way from it, and of the kind of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hop {
    /// Time to live or hop limit, as it was left.
    pub limit: u8,
    /// Differentiated services and ECN (RFC 2474, RFC 3168).
    pub class: u8,
}

/// Where on its host a frame passed, as a Linux cooked header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cooked {
    /// Index of the network interface on that host; version 1 of the header has none.
    pub interface: Option<u32>,
    /// For whom it was: 0 this host, 1 everybody, 2 a group, 3 another host; 4 where this host
    /// sent it.
    pub packet_type: u16,
}

/// What tells that one datagram was captured twice, on two interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Identity {
    /// Identification of the IPv4 header (RFC 791); IPv6 has none.
    pub ip_id: Option<u16>,
    /// UDP checksum as it stands in the header; zero where the sender made none.
    pub udp_checksum: Option<u16>,
}

/// Control bits of a TCP segment (RFC 9293, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more octets from the sender.
    pub const FIN: Self = Self(0x01);
    /// Beginning of a connection.
    pub const SYN: Self = Self(0x02);
    /// End of a connection at once.
    pub const RST: Self = Self(0x04);
    /// Deliver without waiting.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgement number has a meaning.
    pub const ACK: Self = Self(0x10);

    /// Whether every bit of `flags` is set.
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}
