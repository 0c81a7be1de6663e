//! The servers of media in a call: who meets at each, and what passes there.

use std::net::{IpAddr, SocketAddr};

use super::rows::StreamRow;
use crate::base::addr::FlowKey;
use crate::flow::{Scene, Server, ServerRole};

/// A server that forwards or mixes streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRow {
    /// The server.
    pub address: SocketAddr,
    /// What it does; `None` where it may be either.
    pub role: Option<ServerRole>,
    /// The first packet that shows it.
    pub told_by: Option<u64>,
    /// The first packet of a handshake that offers SRTP and ends at it: it holds the keys.
    pub keyed_by: Option<u64>,
    /// Its legs, each with somebody who meets others there.
    pub legs: Vec<LegRow>,
}

/// A flow between a server of media and somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegRow {
    /// Its end at the server.
    pub server: SocketAddr,
    /// The other end.
    pub client: SocketAddr,
    /// Who stands there, behind a relay where there is one.
    pub party: IpAddr,
    /// What the server receives.
    pub received: Carried,
    /// What it sends.
    pub sent: Carried,
}

/// What the streams of one direction come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// Streams.
    pub streams: u64,
    /// Packets of RTP.
    pub packets: u64,
    /// Packets that keys opened.
    pub opened: u64,
}

/// All of them, with what `streams` of the call pass there.
pub(super) fn servers(scene: &Scene<'_>, streams: &[StreamRow]) -> Vec<ServerRow> {
    let media = scene.servers.iter();
    let media = media.filter(|(_, server)| server.is_of_media());
    let row = |(address, server): (&SocketAddr, &Server)| ServerRow {
        address: *address,
        role: server.role.ok(),
        told_by: server.packets.packets().first().copied(),
        keyed_by: server.keying.packets().first().copied(),
        legs: legs(address.ip(), server, streams),
    };
    media.map(row).collect()
}

fn legs(host: IpAddr, server: &Server, streams: &[StreamRow]) -> Vec<LegRow> {
    let leg = |(flow, party): (&FlowKey, &IpAddr)| {
        let (server, client) = if flow.a.ip() == host {
            (flow.a, flow.b)
        } else {
            (flow.b, flow.a)
        };
        LegRow {
            server,
            client,
            party: *party,
            received: Carried::of(streams, [client, server]),
            sent: Carried::of(streams, [server, client]),
        }
    };
    server.flows.iter().map(leg).collect()
}

impl Carried {
    /// From one end to the other.
    fn of(streams: &[StreamRow], ends: [SocketAddr; 2]) -> Self {
        let mut all = Self::default();
        for stream in streams.iter().filter(|stream| stream.ends == ends) {
            all.streams += 1;
            all.packets += stream.packets;
            all.opened += stream.opened.unwrap_or_default();
        }
        all
    }
}
