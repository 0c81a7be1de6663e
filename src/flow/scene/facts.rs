//! What is true of a capture as a whole, and bears on the verdicts of every call in it.

use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use super::Scene;
use crate::flow::{Association, SessionDescription};

/// Who relays and who is served, over all calls.
#[derive(Debug, Default)]
pub struct Facts<'t> {
    /// Hosts of servers with an allocation.
    pub servers: HashSet<IpAddr>,
    /// Hosts of clients with an allocation.
    pub clients: HashSet<IpAddr>,
    /// Hosts of relayed addresses.
    pub relays: HashSet<IpAddr>,
    /// Who speaks with each host of a server.
    pub neighbours: HashMap<IpAddr, Neighbours>,
    /// Hosts with connections that are not read, or not whole.
    pub unread: HashSet<IpAddr>,
    /// Whether an allocation is known only by what it carries.
    pub inferred: bool,
    /// Whether signalling carries a media key, in the capture or in what was given beside it.
    pub media_key: bool,
    /// Handshakes that offer SRTP on a flow that neither is a leg of a relay nor ends at an address
    /// at which one relays.
    pub keying: Vec<&'t Association>,
}

/// What is remembered of hosts when the calls that showed it have gone, so that what is said of
/// those that stay does not change.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Remembered {
    pub(in crate::flow) servers: HashSet<IpAddr>,
    relays: HashSet<IpAddr>,
    /// Of servers only.
    neighbours: HashMap<IpAddr, Neighbours>,
}

/// Hosts that are remembered of one kind; a network has few that relay.
const REMEMBERED: usize = 1 << 12;

impl Remembered {
    /// What is to be remembered when all that shows these facts goes.
    pub(in crate::flow) fn of(facts: &Facts<'_>) -> Self {
        Self {
            servers: facts.servers.iter().take(REMEMBERED).copied().collect(),
            relays: facts.relays.iter().take(REMEMBERED).copied().collect(),
            neighbours: facts
                .neighbours
                .clone()
                .into_iter()
                .take(REMEMBERED)
                .collect(),
        }
    }
}

/// Who speaks with a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbours {
    one: IpAddr,
    several: bool,
}

impl Neighbours {
    /// Whether more than one does.
    pub const fn are_several(self) -> bool {
        self.several
    }

    /// Whether nobody but `host` does.
    pub fn are_only(self, host: IpAddr) -> bool {
        self.one == host && !self.several
    }
}

impl<'t> Facts<'t> {
    pub(super) fn of(scene: &Scene<'t>) -> Self {
        let known = scene.tracker.remembered.clone();
        let mut facts = Self {
            servers: known.servers,
            relays: known.relays,
            neighbours: known.neighbours,
            ..Self::default()
        };
        for allocation in &scene.allocations {
            facts.servers.insert(allocation.ends.dst.ip());
            facts.clients.insert(allocation.ends.src.ip());
            let relayed = allocation.relayed.iter();
            facts.relays.extend(relayed.map(std::net::SocketAddr::ip));
            facts.inferred |= allocation.inferred;
        }
        for flow in &scene.flows {
            let (a, b) = (flow.key.a.ip(), flow.key.b.ip());
            facts.meet(a, b);
            facts.meet(b, a);
            if flow.unread > 0 {
                facts.unread.extend([a, b]);
            }
        }
        let associations = scene.associations.iter().copied();
        facts.keying = associations
            .filter(|a| keys_without_relay(scene, a))
            .collect();
        // Of a description that nothing binds to a call it is not known that its key is for none.
        let given = scene.given.iter().map(|given| &given.description);
        let mut described = scene.descriptions().chain(given);
        facts.media_key = described.any(SessionDescription::carries_key);
        facts
    }

    fn meet(&mut self, server: IpAddr, other: IpAddr) {
        if self.servers.contains(&server) {
            let new = Neighbours {
                one: other,
                several: false,
            };
            let known = self.neighbours.entry(server).or_insert(new);
            known.several |= known.one != other;
        }
    }

    /// Whether nobody but `client` speaks with the host of a server.
    pub fn serves_only(&self, server: IpAddr, client: IpAddr) -> bool {
        let neighbours = self.neighbours.get(&server);
        neighbours.is_none_or(|neighbours| neighbours.are_only(client))
    }
}

fn keys_without_relay(scene: &Scene<'_>, association: &Association) -> bool {
    let offered = association.offered_profiles.as_ref();
    let flow = &association.flow;
    let relays = |end| scene.tracker.relayed_by(end).is_some();
    offered.is_some_and(|profiles| !profiles.is_empty())
        && !scene.tracker.flow(flow).is_some_and(|flow| flow.turn)
        && !relays(&flow.a)
        && !relays(&flow.b)
}
