//! A capture call by call: scenes that share nothing on which a verdict rests.
//!
//! What belongs together is found by what ties it: a relayed address, a handshake that passes
//! twice, the same connectivity checks, a session, what signalling announced. A trunk that
//! carries the signalling of many calls makes them one.

use std::net::SocketAddr;
use std::sync::Arc;

use hashbrown::HashMap;

use super::Scene;
use crate::base::addr::{FiveTuple, FlowKey};
use crate::flow::{Flow, RelayPath, Server, Session, Source, server};

impl Scene<'_> {
    /// The calls of a whole scene, in the order of their first flow, each with all that hangs on
    /// it; what belongs to no call is in none. Numbers begin anew in each.
    pub fn by_call(&self) -> Vec<Self> {
        let mut ties = Ties::default();
        ties.flows(self);
        ties.sessions(self);
        ties.associations(self);
        ties.signalling(self);
        let mut parts = HashMap::<usize, Self>::new();
        self.deal(&mut ties, &mut parts);
        let mut parts: Vec<_> = parts.into_values().filter(Self::is_call).collect();
        for part in &mut parts {
            part.renumber();
            part.servers = part.granting();
            part.servers.extend(self.media_of(&part.flows));
            part.servers.extend(server::signalling(&part.calls));
            part.servers.extend(server::doubtful(part));
        }
        parts.sort_by_key(Self::number);
        parts
    }

    /// The servers of media at which any of these flows ends.
    fn media_of(&self, flows: &[&Flow]) -> Vec<(SocketAddr, Server)> {
        let of_call = |server: &Server| {
            flows
                .iter()
                .any(|flow| server.flows.contains_key(&flow.key))
        };
        let media = self.media_servers();
        let media = media.filter(|(_, server)| of_call(server));
        media
            .map(|(address, server)| (address, server.clone()))
            .collect()
    }

    /// Number of the call: that of its first flow.
    pub fn number(&self) -> u64 {
        self.flows.first().map_or(0, |flow| flow.id)
    }

    fn is_call(&self) -> bool {
        let members = self.legs.len() + self.sessions.len() + self.calls.len();
        members > 0 && !self.flows.is_empty()
    }

    fn empty(&self) -> Self {
        Self {
            tracker: self.tracker,
            flows: Vec::new(),
            streams: Vec::new(),
            senders: Vec::new(),
            doubted_streams: Vec::new(),
            doubted_senders: Vec::new(),
            associations: Vec::new(),
            legs: Vec::new(),
            allocations: Vec::new(),
            paths: Vec::new(),
            sessions: Vec::new(),
            calls: Vec::new(),
            given: Vec::new(),
            servers: std::collections::BTreeMap::new(),
            facts: Arc::clone(&self.facts),
        }
    }

    /// Gives every member to its call.
    fn deal(&self, ties: &mut Ties, parts: &mut HashMap<usize, Self>) {
        let mut give = |flow: FlowKey, take: &mut dyn FnMut(&mut Self)| {
            let root = ties.root_of(flow);
            take(parts.entry(root).or_insert_with(|| self.empty()));
        };
        for flow in &self.flows {
            give(flow.key, &mut |call| call.flows.push(flow));
        }
        for stream in &self.streams {
            give(stream.key.flow, &mut |call| call.streams.push(stream));
        }
        for sender in &self.senders {
            give(sender.key.flow, &mut |call| call.senders.push(sender));
        }
        for stream in &self.doubted_streams {
            give(stream.key.flow, &mut |call| {
                call.doubted_streams.push(stream);
            });
        }
        for sender in &self.doubted_senders {
            give(sender.key.flow, &mut |call| {
                call.doubted_senders.push(sender);
            });
        }
        for association in &self.associations {
            give(association.flow, &mut |call| {
                call.associations.push(association);
            });
        }
        for leg in &self.legs {
            give(leg.ends.key().0, &mut |call| call.legs.push(leg));
        }
        for allocation in &self.allocations {
            let flow = allocation.ends.key().0;
            give(flow, &mut |call| call.allocations.push(allocation));
        }
        for path in &self.paths {
            give(client_flow(path), &mut |call| call.paths.push(*path));
        }
        for session in &self.sessions {
            if let Some(flow) = flows_of(session, &self.paths).next() {
                give(flow, &mut |call| call.sessions.push(session.clone()));
            }
        }
        for known in &self.calls {
            if let Some(flow) = known.flows.keys().next() {
                give(*flow, &mut |call| call.calls.push(known));
            }
        }
        for given in &self.given {
            if let Some(flow) = given.flows.first() {
                give(*flow, &mut |call| call.given.push(given));
            }
        }
    }

    /// Numbers paths and sessions by their place here.
    fn renumber(&mut self) {
        let places: HashMap<_, _> = self.paths.iter().map(|path| path.id).zip(1..).collect();
        let place = |id: &u64| places.get(id).copied();
        for (session, id) in self.sessions.iter_mut().zip(1..) {
            session.id = id;
            session.paths = session.paths.iter().filter_map(place).collect();
        }
        for (path, id) in self.paths.iter_mut().zip(1..) {
            path.id = id;
        }
    }
}

fn client_flow(path: &RelayPath<'_>) -> FlowKey {
    path.allocation.ends.key().0
}

fn flows_of<'s>(
    session: &'s Session,
    paths: &'s [RelayPath<'_>],
) -> impl Iterator<Item = FlowKey> + 's {
    let flows = session.direct.iter().chain(&session.behind).copied();
    session.paths_of(paths).map(client_flow).chain(flows)
}

/// Which flows belong together: a forest of disjoint sets, each flow a node.
#[derive(Debug, Default)]
struct Ties {
    nodes: HashMap<FlowKey, usize>,
    parents: Vec<usize>,
}

impl Ties {
    fn node(&mut self, flow: FlowKey) -> usize {
        let next = self.parents.len();
        let node = *self.nodes.entry(flow).or_insert(next);
        if node == next {
            self.parents.push(node);
        }
        node
    }

    /// The node that stands for all that are tied to this flow.
    fn root_of(&mut self, flow: FlowKey) -> usize {
        let mut node = self.node(flow);
        while let Some(parent) = self.parents.get(node).copied()
            && parent != node
        {
            // Each look makes the next one shorter.
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(own) = self.parents.get_mut(node) {
                *own = above;
            }
            node = above;
        }
        node
    }

    fn tie(&mut self, one: FlowKey, other: FlowKey) {
        let (one, other) = (self.root_of(one), self.root_of(other));
        if let Some(parent) = self.parents.get_mut(one.max(other)) {
            *parent = one.min(other);
        }
    }

    /// Ties all flows that share a key.
    fn tie_all<K: Eq + std::hash::Hash>(&mut self, keyed: impl Iterator<Item = (K, FlowKey)>) {
        let mut first = HashMap::new();
        for (key, flow) in keyed {
            let known = *first.entry(key).or_insert(flow);
            self.tie(known, flow);
        }
    }

    /// Ties flows to the client's leg of the allocation at which they end or to which they belong,
    /// and to those with the same connectivity checks.
    fn flows(&mut self, scene: &Scene<'_>) {
        for flow in &scene.flows {
            if flow.key.transport.is_inside() {
                self.tie(flow.key, flow.key.around());
            }
            for end in [flow.key.a, flow.key.b] {
                if let Some(allocation) = scene.tracker.relayed_by(&end) {
                    self.tie(flow.key, allocation.ends.key().0);
                }
            }
        }
        for allocation in &scene.allocations {
            for joined in allocation.connections.iter().filter_map(|c| c.flow) {
                self.tie(joined, allocation.ends.key().0);
            }
            for (src, _) in &allocation.former {
                let ends = FiveTuple {
                    src: *src,
                    ..allocation.ends
                };
                self.tie(ends.key().0, allocation.ends.key().0);
            }
        }
        for stream in &scene.streams {
            if let Source::Forwarded { of, .. } = stream.source {
                self.tie(stream.key.flow, of.flow);
            }
        }
        let checks = scene.flows.iter().flat_map(|flow| checks_of(flow));
        self.tie_all(checks);
    }

    fn sessions(&mut self, scene: &Scene<'_>) {
        for path in &scene.paths {
            if let Some(other) = path.peer_allocation {
                self.tie(client_flow(path), other.ends.key().0);
            }
        }
        for session in &scene.sessions {
            self.tie_all(flows_of(session, &scene.paths).map(|flow| ((), flow)));
        }
    }

    fn associations(&mut self, scene: &Scene<'_>) {
        let seen = scene.associations.iter();
        self.tie_all(seen.filter_map(|a| Some((a.client_random.zip(a.server_random)?, a.flow))));
    }

    fn signalling(&mut self, scene: &Scene<'_>) {
        for given in &scene.given {
            self.tie_all(given.flows.iter().map(|flow| ((), *flow)));
        }
        if scene.calls.is_empty() {
            return;
        }
        let mut at = HashMap::<SocketAddr, Vec<FlowKey>>::new();
        for flow in &scene.flows {
            for end in [flow.key.a, flow.key.b] {
                at.entry(end).or_default().push(flow.key);
            }
        }
        for call in &scene.calls {
            let media = call.descriptions.iter().flat_map(|d| &d.media);
            let announced = media.flat_map(|media| media.addresses());
            let carrying = announced.filter_map(|address| at.get(&address)).flatten();
            let all = call.flows.keys().chain(carrying);
            self.tie_all(all.map(|flow| ((), *flow)));
        }
    }
}

/// The connectivity checks on a flow, bare and carried: their two user fragments, in order.
fn checks_of(flow: &Flow) -> impl Iterator<Item = ([&str; 2], FlowKey)> {
    [&flow.outer, &flow.carried]
        .into_iter()
        .filter_map(|level| Some((level.checks()?, flow.key)))
}
