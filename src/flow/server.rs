//! Servers of media: what an address does with the streams that reach it, by evidence alone.
//!
//! A host at which several clients meet passes their streams on (an SFU), mixes them (an MCU), or
//! does what cannot be told. That it is more than one party of several calls is shown by streams
//! that it passes on, or by one certificate towards all: a browser makes a new one for each
//! connection. What a certificate names proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use hashbrown::HashMap;

use super::{Association, Kind, Role, RtpStream, Scene, Source, StreamKey};
use crate::base::addr::FlowKey;
use crate::base::sample::Sample;

/// What a server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerRole {
    /// It relays (RFC 8656).
    Turn,
    /// It passes streams on (RFC 7667, section 3.7).
    Sfu,
    /// It mixes what it receives (RFC 7667, section 3.6.1).
    Mcu,
}

impl ServerRole {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Sfu => "sfu",
            Self::Mcu => "mcu",
        }
    }
}

/// A server, and what shows it.
#[derive(Debug, Clone)]
pub struct Server {
    /// What it does; `None` for a server of media that may be either kind.
    pub role: Option<ServerRole>,
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
}

impl Server {
    /// A TURN server of which nothing is known yet but that it granted something.
    pub(super) fn turn() -> Self {
        Self {
            role: Some(ServerRole::Turn),
            negotiated: true,
            packets: Sample::default(),
            clients: BTreeSet::new(),
            flows: BTreeMap::new(),
            keying: Sample::default(),
        }
    }
}

/// Clients that a mixer must serve: of fewer, the legs of others may not be in the capture.
const MIXED: usize = 3;

/// The servers of media, by the address of their first flow.
pub(super) fn media(scene: &Scene<'_>) -> BTreeMap<SocketAddr, Server> {
    let mut hosts = BTreeMap::<IpAddr, Host<'_>>::new();
    let media = scene.flows.iter();
    for flow in media.filter(|flow| flow.carries_media() && !flow.turn) {
        for (own, other) in [(flow.key.a, flow.key.b), (flow.key.b, flow.key.a)] {
            if scene.tracker.relayed_by(&own).is_some() {
                continue;
            }
            let behind = scene.tracker.relayed_by(&other);
            let client = behind.map_or(other, |allocation| allocation.ends.src);
            let host = hosts.entry(own.ip()).or_default();
            host.address.get_or_insert(own);
            host.flows.insert(flow.key, client.ip());
        }
    }
    hosts.retain(|_, host| host.flows.len() > 1);
    for association in scene.associations.iter().filter(|a| !a.relayed) {
        let (client, server) = association.ends();
        for (end, role) in [(client, Role::Client), (server, Role::Server)] {
            if let Some(host) = hosts.get_mut(&end.ip()) {
                host.associations.push((*association, role));
            }
        }
    }
    for stream in scene.streams.iter().filter(|stream| !stream.key.relayed) {
        let (from, to) = stream.ends();
        if let Some(host) = hosts.get_mut(&from.ip()) {
            host.sent.push(stream);
        }
        if let Some(host) = hosts.get_mut(&to.ip()) {
            host.received.insert(stream.key, stream);
            let client = host.client(stream);
            host.heard.extend(client);
        }
    }
    let found = hosts.into_values();
    found.filter_map(Host::judged).collect()
}

/// All that is known of a host.
#[derive(Debug, Default)]
struct Host<'t> {
    address: Option<SocketAddr>,
    /// Its flows, each with who is at the other end.
    flows: BTreeMap<FlowKey, IpAddr>,
    /// Handshakes that end at it, and as whom.
    associations: Vec<(&'t Association, Role)>,
    sent: Vec<&'t RtpStream>,
    received: HashMap<StreamKey, &'t RtpStream>,
    /// Clients from which it receives media.
    heard: BTreeSet<IpAddr>,
}

impl Host<'_> {
    fn judged(self) -> Option<(SocketAddr, Server)> {
        let mut packets = Sample::default();
        let forwards = self.forwards(&mut packets);
        let is_server = forwards || self.shows_one_certificate(&mut packets);
        let role = match () {
            () if forwards => Some(ServerRole::Sfu),
            () if is_server && self.mixes() => Some(ServerRole::Mcu),
            () => None,
        };
        if role == Some(ServerRole::Mcu) {
            let media = self.sent.iter().filter(|s| s.kind() == Kind::Audio);
            media.for_each(|stream| packets.merge(&stream.packets));
        }
        let keying = self.keying();
        let address = self.address?;
        let server = Server {
            role,
            negotiated: role != Some(ServerRole::Mcu) && keying.total() > 0,
            packets,
            clients: self.flows.values().copied().collect(),
            keying,
            flows: self.flows,
        };
        is_server.then_some((address, server))
    }

    /// Whether it passes on a stream with other numbers, or under a handshake of its own.
    fn forwards(&self, packets: &mut Sample) -> bool {
        let mut forwards = false;
        for stream in &self.sent {
            let Source::Forwarded { of, as_it_was } = stream.source else {
                continue;
            };
            if as_it_was && !self.ends_both(&stream.key.flow, &of.flow) {
                continue;
            }
            forwards = true;
            packets.merge(&stream.packets);
            if let Some(received) = self.received.get(&of) {
                packets.merge(&received.packets);
            }
        }
        forwards
    }

    /// Whether two flows carry different handshakes.
    fn ends_both(&self, one: &FlowKey, other: &FlowKey) -> bool {
        let random = |flow: &FlowKey| {
            let mut on = self.associations.iter().filter(|(a, _)| a.flow == *flow);
            on.find_map(|(a, _)| a.server_random)
        };
        matches!((random(one), random(other)), (Some(one), Some(other)) if one != other)
    }

    /// Whether it shows one certificate to several clients from which it receives media, in
    /// handshakes of their own.
    fn shows_one_certificate(&self, packets: &mut Sample) -> bool {
        let mut shown = HashMap::<[u8; 32], BTreeMap<IpAddr, &Association>>::new();
        for (association, role) in &self.associations {
            let mut own = association.certificates.iter().filter(|c| c.role == *role);
            let client = self.flows.get(&association.flow);
            if let (Some(own), Some(client)) =
                (own.next(), client.filter(|ip| self.heard.contains(*ip)))
            {
                shown
                    .entry(own.sha256)
                    .or_default()
                    .insert(*client, association);
            }
        }
        let most = shown.into_values().max_by_key(BTreeMap::len);
        let Some(most) = most.filter(|clients| clients.len() > 1) else {
            return false;
        };
        let randoms = most.values().filter_map(|a| a.server_random);
        if randoms.collect::<std::collections::HashSet<_>>().len() < most.len() {
            return false;
        }
        for association in most.values() {
            packets.merge(&association.packets);
        }
        true
    }

    /// The client at the other end of a stream.
    fn client(&self, stream: &RtpStream) -> Option<IpAddr> {
        self.flows.get(&stream.key.flow).copied()
    }

    /// Whether it sends one stream of sound, its own, to each of several who all send sound to it.
    fn mixes(&self) -> bool {
        let sound = |streams: &mut dyn Iterator<Item = &&RtpStream>| {
            let mut of = BTreeMap::<_, u64>::new();
            let sound = streams.filter(|s| s.kind() == Kind::Audio);
            sound.for_each(|stream| *of.entry(self.client(stream)).or_default() += 1);
            of
        };
        let (heard, told) = (
            sound(&mut self.received.values()),
            sound(&mut self.sent.iter()),
        );
        let mut media = self.sent.iter().filter(|s| s.kind() != Kind::Rtx);
        told.len() >= MIXED
            && told.keys().eq(heard.keys())
            && told.values().all(|streams| *streams == 1)
            && media.all(|stream| stream.source == Source::Own)
    }

    fn keying(&self) -> Sample {
        let mut packets = Sample::default();
        let offers = |a: &Association| a.offered_profiles.as_ref().is_some_and(|p| !p.is_empty());
        let keying = self.associations.iter().filter(|(a, _)| offers(a));
        keying.for_each(|(a, _)| packets.merge(&a.packets));
        packets
    }
}
