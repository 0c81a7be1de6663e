//! Servers: what an address does with the streams or the signalling that reach it, by evidence
//! alone.
//!
//! A host at which several clients meet passes their streams on (an SFU), mixes them (an MCU), or
//! does what cannot be told. That it is more than one party of several calls is shown by streams
//! that it passes on, by sources that it names, or by one certificate towards all: a browser makes
//! a new one for each connection. What a certificate names proves nothing.

mod host;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hashbrown::HashMap;

use super::{Association, Call, Scene};
use crate::base::addr::FlowKey;
use crate::base::sample::Sample;

pub(super) use host::media;

/// What a server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerRole {
    /// It relays (RFC 8656).
    Turn,
    /// It passes streams on (RFC 7667, section 3.7).
    Sfu,
    /// It mixes what it receives (RFC 7667, section 3.6.1).
    Mcu,
    /// It passes signalling on, or registers parties (RFC 3261, sections 10 and 16).
    Sip,
    /// None: it is a party like those with whom it speaks.
    Peer,
}

impl ServerRole {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Sfu => "sfu",
            Self::Mcu => "mcu",
            Self::Sip => "sip",
            Self::Peer => "peer",
        }
    }
}

/// Why it cannot be told what a host does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// It ends the handshakes of several, and neither passes on what it receives as it was, nor
    /// shows that it mixes.
    Undecided,
    /// It speaks with one host, and has a certificate that outlives those of browsers.
    LastingCertificate,
    /// It speaks with several hosts, and nothing that it receives is found in what it sends.
    SeveralPeers,
}

impl Untold {
    /// The roles that it may have.
    pub const fn may_be(self) -> &'static [ServerRole] {
        match self {
            Self::Undecided => &[ServerRole::Sfu, ServerRole::Mcu],
            Self::LastingCertificate | Self::SeveralPeers => {
                &[ServerRole::Peer, ServerRole::Sfu, ServerRole::Mcu]
            }
        }
    }

    /// Which evidence is missing, in a sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Undecided => {
                "what it sends has not the lengths of what it receives, as that of an SFU that \
                 passes on who speaks may not, and nothing shows that it mixes: no packet names \
                 several sources, and it sends nobody sound before another client does"
            }
            Self::LastingCertificate => {
                "only one client of it is in the capture, and its certificate outlives those of \
                 browsers: the legs of others would show whether it is a server"
            }
            Self::SeveralPeers => {
                "it speaks with several hosts, and nothing that it receives was found in what it \
                 sends: it may be a party of several calls"
            }
        }
    }
}

/// A server, or what may be one, and what shows it.
#[derive(Debug, Clone)]
pub struct Server {
    /// What it does, or why that cannot be told.
    pub role: Result<ServerRole, Untold>,
    /// Whether messages or handshakes show that, rather than lengths alone.
    pub negotiated: bool,
    /// The packets that show it.
    pub packets: Sample,
    /// Who speaks with it.
    pub clients: BTreeSet<IpAddr>,
    /// Flows with it, each with its client, but for those of TURN.
    pub flows: BTreeMap<FlowKey, IpAddr>,
    /// Packets of handshakes that offer SRTP and end at it.
    pub keying: Sample,
    /// How long it takes to pass streams on, in microseconds: the median of each stream.
    pub delays: Vec<u32>,
    /// Packets that name several sources of which it received streams.
    pub mixed: Sample,
}

impl Server {
    /// One of which nothing is known yet but what it does.
    pub(super) fn new(role: Result<ServerRole, Untold>) -> Self {
        Self {
            role,
            negotiated: true,
            packets: Sample::default(),
            clients: BTreeSet::new(),
            flows: BTreeMap::new(),
            keying: Sample::default(),
            delays: Vec::new(),
            mixed: Sample::default(),
        }
    }

    /// How long it takes to pass a stream on: the median of its streams.
    pub fn delay(&self) -> Option<Duration> {
        let mut delays = self.delays.clone();
        delays.sort_unstable();
        let median = delays.get(delays.len() / 2)?;
        Some(Duration::from_micros((*median).into()))
    }

    /// Whether media of several meet at it.
    pub fn is_of_media(&self) -> bool {
        let roles = [
            Ok(ServerRole::Sfu),
            Ok(ServerRole::Mcu),
            Err(Untold::Undecided),
        ];
        roles.contains(&self.role)
    }
}

/// The servers that pass signalling on, or register parties.
pub(super) fn signalling(calls: &[&Call]) -> BTreeMap<SocketAddr, Server> {
    let mut servers = BTreeMap::<_, Server>::new();
    for call in calls {
        for (address, shown) in call.servers() {
            let server = servers.entry(address);
            let server = server.or_insert_with(|| Server::new(Ok(ServerRole::Sip)));
            server.packets.merge(&shown);
            for flow in call.flows.keys() {
                let ends = [(flow.a, flow.b), (flow.b, flow.a)];
                let others = ends.into_iter().filter(|(own, _)| *own == address);
                server.clients.extend(others.map(|(_, other)| other.ip()));
            }
        }
    }
    servers
}

/// The hosts that may be servers of media, or parties: ends of sessions between two.
pub(super) fn doubtful(scene: &Scene<'_>) -> BTreeMap<SocketAddr, Server> {
    let mut found = BTreeMap::<IpAddr, (SocketAddr, Server)>::new();
    let mut handshakes = HashMap::<FlowKey, Vec<&Association>>::new();
    for association in scene.associations.iter().filter(|a| !a.relayed) {
        handshakes
            .entry(association.flow)
            .or_default()
            .push(association);
    }
    for session in &scene.sessions {
        let doubts = session.may_serve.iter();
        let all = doubts.flat_map(|doubt| session.direct.iter().map(move |key| (doubt, key)));
        for ((host, why), key) in all {
            let ends = [(key.a, key.b), (key.b, key.a)];
            let ends = ends.into_iter().find(|(own, _)| own.ip() == *host);
            let (Some((own, other)), Some(flow)) = (ends, scene.tracker.flow(key)) else {
                continue;
            };
            let new = || (own, Server::new(Err(*why)));
            let (_, server) = found.entry(*host).or_insert_with(new);
            server.clients.insert(other.ip());
            server.flows.insert(*key, other.ip());
            server.packets.merge(&flow.seen);
            let here = handshakes.get(key).into_iter().flatten();
            server.keying.merge(&keying(here.copied()));
        }
    }
    found.into_values().collect()
}

/// Packets of the handshakes that offer SRTP.
fn keying<'a>(handshakes: impl Iterator<Item = &'a Association>) -> Sample {
    let mut packets = Sample::default();
    let offers = |a: &&Association| a.offered_profiles.as_ref().is_some_and(|p| !p.is_empty());
    handshakes
        .filter(offers)
        .for_each(|a| packets.merge(&a.packets));
    packets
}
