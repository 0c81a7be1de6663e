//! Hosts at which media of several meet, and what they do with it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use hashbrown::HashMap;

use super::{Server, ServerRole, Untold, keying};
use crate::base::addr::FlowKey;
use crate::base::sample::Sample;
use crate::flow::{Association, Kind, Role, RtpStream, Scene, Source, StreamKey};

/// Clients that a mixer must serve: of fewer, the legs of others may not be in the capture.
const MIXED: usize = 3;
/// Packets of sound that somebody is sent before another client sends any: two or three may be
/// those of a call that was already going on.
const EARLY: usize = 5;

/// The servers of media, by the address of their first flow.
pub(in crate::flow) fn media(scene: &Scene<'_>) -> BTreeMap<SocketAddr, Server> {
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
        let delays = self.forwards(&mut packets);
        let mixed = self.names_sources();
        let is_server = !delays.is_empty() || mixed.total() > 0;
        let is_server = is_server || self.shows_one_certificate(&mut packets);
        let role = match () {
            () if !delays.is_empty() => Ok(ServerRole::Sfu),
            () if mixed.total() > 0 => Ok(ServerRole::Mcu),
            () if is_server && self.mixes() => Ok(ServerRole::Mcu),
            () => Err(Untold::Undecided),
        };
        if mixed.total() > 0 {
            packets.merge(&mixed);
        } else if role == Ok(ServerRole::Mcu) {
            let media = self.sent.iter().filter(|s| s.kind() == Kind::Audio);
            media.for_each(|stream| packets.merge(&stream.packets));
        }
        let keying = keying(self.associations.iter().map(|(a, _)| *a));
        let address = self.address?;
        let server = Server {
            negotiated: role != Ok(ServerRole::Mcu) && keying.total() > 0,
            packets,
            clients: self.flows.values().copied().collect(),
            keying,
            flows: self.flows,
            delays,
            mixed,
            ..Server::new(role)
        };
        is_server.then_some((address, server))
    }

    /// How long each stream takes that it passes on with other numbers, or under a handshake of
    /// its own.
    fn forwards(&self, packets: &mut Sample) -> Vec<u32> {
        let mut delays = Vec::new();
        for stream in &self.sent {
            let Source::Forwarded {
                of,
                as_it_was,
                delay,
            } = stream.source
            else {
                continue;
            };
            if as_it_was && !self.ends_both(&stream.key.flow, &of.flow) {
                continue;
            }
            delays.push(delay);
            packets.merge(&stream.packets);
            if let Some(received) = self.received.get(&of) {
                packets.merge(&received.packets);
            }
        }
        delays
    }

    /// Packets in which it names, as the sources of what it sends, several whose streams it
    /// received from different clients.
    fn names_sources(&self) -> Sample {
        let mut packets = Sample::default();
        for stream in &self.sent {
            let named = &stream.contributors.named;
            let received = self.received.values();
            let received = received.filter(|received| named.contains(&received.key.ssrc));
            let clients: BTreeSet<_> = received.filter_map(|of| self.client(of)).collect();
            if clients.len() > 1 {
                packets.merge(&stream.contributors.mixed);
            }
        }
        packets
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
            && self.sent.iter().any(|stream| self.is_early(stream))
    }

    /// Whether it sends sound to a client before any other sends it some: who only passes sound on
    /// has none yet.
    fn is_early(&self, stream: &RtpStream) -> bool {
        let client = self.client(stream);
        let others = self
            .received
            .values()
            .filter(|of| self.client(of) != client);
        let Some(first) = others.filter_map(|of| of.packets.first()).min() else {
            return false;
        };
        let before = stream
            .packets
            .packets()
            .iter()
            .filter(|number| **number < first);
        stream.kind() == Kind::Audio && before.count() >= EARLY
    }
}
