//! Letting go of what has fallen silent, so that a capture may last for weeks.
//!
//! A call goes whole: while one of its flows is alive, all stay, with all that verdicts rest on,
//! though its handshake be hours old. Only so much is kept of what falls silent while its call
//! goes on that a call of weeks, or a trunk of many, takes no more room than it needs.

use std::cmp::Reverse;
use std::hash::Hash;
use std::net::SocketAddr;

use hashbrown::{HashMap, HashSet};

use super::scene::{Remembered, Scene};
use super::table::Aged;
use super::{
    Allocation, Association, Call, Flow, Pair, RtcpSender, RtpStream, State, StreamKey, Tracker,
    TurnLeg,
};
use crate::base::addr::FlowKey;
use crate::base::time::Timestamp;

/// What is kept of the silent flows and pairs of a call that lives, and of the silent streams,
/// senders and associations of one of its flows: the latest.
const SILENT: usize = 64;

/// What was let go because it had fallen silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Flows.
    pub flows: u64,
    /// Frames of these, and ICMP errors.
    pub packets: u64,
    /// Octets that the frames had on the wire.
    pub octets: u64,
    /// Streams, believed or not.
    pub streams: u64,
    /// Senders of reports, believed or not.
    pub senders: u64,
    /// DTLS associations.
    pub associations: u64,
    /// Allocations.
    pub allocations: u64,
    /// Compared pairs of addresses.
    pub pairs: u64,
    /// Exchanges of signalling.
    pub calls: u64,
}

impl Tracker {
    /// Lets go of every call that has been silent since then, and of all that was gathered of it.
    ///
    /// What goes is no gap in the evidence for what stays. Who follows a live capture asks now and
    /// then, with a time some minutes ago: what speaks again begins anew, and a datagram that has
    /// left must have been compared.
    pub fn forget(&mut self, since: Timestamp) {
        if !self.is_any_silent(since) {
            return;
        }
        self.open_waiting_media();
        let scene = Scene::whole(self);
        let remembered = Remembered::of(&scene.facts);
        let gone = Gone::of(&scene, since);
        self.remembered = remembered;
        let forgotten = &mut self.forgotten;
        for flow in self.flows.values() {
            // What ran inside TLS or DTLS is counted with the frames around it.
            if gone.flows.contains(&flow.key) && !flow.key.transport.is_inside() {
                forgotten.packets += flow.packets.iter().sum::<u64>();
                forgotten.octets += flow.octets.iter().sum::<u64>();
            }
        }
        let Gone { flows, .. } = &gone;
        let stays = |flow: &FlowKey| !flows.contains(flow);
        forgotten.flows += self.flows.retain(|flow| stays(&flow.key));
        self.connections.retain(stays);
        self.tls.retain(|of| stays(&of.flow));
        self.openings.retain(stays);
        self.dtls_openings.retain(stays);
        self.watch.retain(stays);
        let streams = |of: &RtpStream| stays(&of.key.flow) && !gone.streams.contains(&of.key);
        forgotten.streams += self.streams.retain(streams);
        let senders = |of: &RtcpSender| stays(&of.key.flow) && !gone.senders.contains(&of.key);
        forgotten.senders += self.senders.retain(senders);
        let associations =
            |of: &Association| stays(&of.flow) && !gone.associations.contains(&of.id);
        forgotten.associations += self.associations.retain(since, associations);
        let allocations = |of: &Allocation| !gone.allocations.contains(&of.id);
        let legs = |of: &TurnLeg| stays(&of.ends.key().0);
        forgotten.allocations += self.turn.retain(since, allocations, legs);
        let pairs = |of: &Pair| !gone.pairs.contains(&(of.src, of.dst));
        forgotten.pairs += self.comparison.retain(pairs);
        forgotten.calls += self.signalling.retain(|call| !gone.calls.contains(&call));
        let (errors, octets) = self
            .refusals
            .retain(since, |flow| self.flows.get(flow).is_some());
        forgotten.packets += errors;
        forgotten.octets += octets;
        self.retain_media_keys(stays);
        self.forget_torn(since);
    }

    /// What was let go because it had fallen silent.
    pub const fn forgotten(&self) -> Forgotten {
        self.forgotten
    }

    /// Whether anything is there to be let go: most of what is asked finds nothing.
    fn is_any_silent(&self, since: Timestamp) -> bool {
        self.flows.any_before(since)
            || self.streams.any_before(since)
            || self.senders.any_before(since)
            || self.turn.any_before(since)
            || self.signalling.any_before(since)
    }
}

/// What is to go.
#[derive(Debug)]
struct Gone {
    flows: HashSet<FlowKey>,
    /// Of flows that stay: streams, senders of reports, and numbers of associations.
    streams: HashSet<StreamKey>,
    senders: HashSet<StreamKey>,
    associations: HashSet<u64>,
    /// Numbers of allocations.
    allocations: HashSet<u64>,
    pairs: HashSet<(SocketAddr, SocketAddr)>,
    /// Numbers of exchanges of signalling.
    calls: HashSet<u64>,
}

impl Gone {
    fn of(scene: &Scene<'_>, since: Timestamp) -> Self {
        let tracker = scene.tracker;
        let silence = Silence::of(scene, since);
        let all = scene.flows.iter();
        let unused = all.filter(|flow| !silence.used.contains(&flow.key));
        let of_calls = unused.map(|flow| (silence.call(&flow.key), flow.last, flow.key));
        let mut flows = silence.gone(of_calls);
        let calls = calls(scene, since, &mut flows);
        let allocations = allocations(scene, &silence, &flows);
        let leg = |address| {
            let holder = tracker.turn.of_relayed(address)?;
            let stays = !allocations.contains(&holder.id);
            stays.then(|| holder.ends.key().0)
        };
        let pairs = tracker.pairs().into_iter().map(|pair| {
            let leg = leg(&pair.src).or_else(|| leg(&pair.dst));
            let call = leg.and_then(|leg| silence.call(&leg));
            (call, pair.last(), (pair.src, pair.dst))
        });
        let pairs = silence.gone(pairs);
        let stays = |flow: FlowKey| {
            let known = tracker.flow(&flow).map(|_| flow);
            known.filter(|flow| !flows.contains(flow))
        };
        let streams = tracker.streams.values();
        let senders = tracker.senders.values();
        let associations = scene.associations.iter();
        Self {
            streams: silence.gone(streams.map(|of| (stays(of.key.flow), of.last, of.key))),
            senders: silence.gone(senders.map(|of| (stays(of.key.flow), of.last, of.key))),
            associations: silence.gone(associations.map(|of| (stays(of.flow), of.last, of.id))),
            flows,
            allocations,
            pairs,
            calls,
        }
    }
}

/// Which calls live, and since when what is silent has been so.
#[derive(Debug)]
struct Silence {
    since: Timestamp,
    /// Legs of allocations that are in use though nothing may pass.
    used: HashSet<FlowKey>,
    /// The flows of calls that live, each with the number of its call.
    living: HashMap<FlowKey, u64>,
}

impl Silence {
    fn of(scene: &Scene<'_>, since: Timestamp) -> Self {
        let used = scene.allocations.iter().filter(|a| is_used(a, since));
        let used: HashSet<_> = used.map(|a| a.ends.key().0).collect();
        let lives = |flow: &&Flow| flow.last >= since || used.contains(&flow.key);
        let mut living = HashMap::new();
        for call in scene.by_call() {
            if call.flows.iter().any(lives) {
                living.extend(call.flows.iter().map(|flow| (flow.key, call.number())));
            }
        }
        Self {
            since,
            used,
            living,
        }
    }

    /// The call to which a flow belongs, if it lives.
    fn call(&self, flow: &FlowKey) -> Option<u64> {
        self.living.get(flow).copied()
    }

    /// Those that are to go, each given with what lives of which it is a part, if anything does,
    /// and when it was seen last.
    fn gone<P, K>(&self, all: impl Iterator<Item = (Option<P>, Timestamp, K)>) -> HashSet<K>
    where
        P: Hash + Eq,
        K: Hash + Eq,
    {
        let mut gone = HashSet::new();
        let mut silent = HashMap::<P, Vec<_>>::new();
        for (part_of, last, of) in all.filter(|(_, last, _)| *last < self.since) {
            if let Some(part_of) = part_of {
                silent.entry(part_of).or_default().push((last, of));
            } else {
                gone.insert(of);
            }
        }
        for mut parts in silent.into_values().filter(|parts| parts.len() > SILENT) {
            parts.sort_unstable_by_key(|(last, _)| Reverse(*last));
            gone.extend(parts.drain(SILENT..).map(|(_, of)| of));
        }
        gone
    }
}

/// Whether a client holds an allocation, though it may say nothing for long. Nobody saw how long
/// one lasts that is inferred.
fn is_used(allocation: &Allocation, since: Timestamp) -> bool {
    allocation.state == State::Active && !allocation.inferred && allocation.expires >= since
}

/// Allocations whose leg goes, and earlier ones on a leg that stays.
fn allocations(scene: &Scene<'_>, silence: &Silence, flows: &HashSet<FlowKey>) -> HashSet<u64> {
    let stays = |of: &&&Allocation| {
        let leg = of.ends.key().0;
        let recent = of.last >= silence.since || is_used(of, silence.since);
        let stands = recent || scene.tracker.turn.is_latest(of);
        stands && scene.tracker.flow(&leg).is_some() && !flows.contains(&leg)
    };
    let gone = scene.allocations.iter().filter(|of| !stays(of));
    gone.map(|of| of.id).collect()
}

/// Silent exchanges of signalling, unless media flow where they said. What carried those stays with
/// them: it is taken out of `flows`.
fn calls(scene: &Scene<'_>, since: Timestamp, flows: &mut HashSet<FlowKey>) -> HashSet<u64> {
    if scene.calls.is_empty() {
        return HashSet::new();
    }
    let signalling = scene.tracker.signalling();
    let stay = scene.flows.iter().filter(|flow| !flows.contains(&flow.key));
    let ends: HashSet<_> = stay.flat_map(|flow| [flow.key.a, flow.key.b]).collect();
    let in_use = |call: &Call| signalling.is_in_use(call, |end| ends.contains(end));
    let (kept, gone): (Vec<&Call>, Vec<&Call>) = scene
        .calls
        .iter()
        .copied()
        .partition(|call| call.last >= since || in_use(call));
    for flow in kept.iter().flat_map(|call| call.flows.keys()) {
        flows.remove(flow);
    }
    gone.iter().map(|call| call.id).collect()
}
