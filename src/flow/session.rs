//! Sessions: who speaks with whom, put together from the paths through relays and the flows that
//! run without one.
//!
//! A party is a host, by its address as the capture shows it: its ports change with every flow.
//! Where a party is hidden behind another relay, it is the address behind which it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use super::{Flow, RelayPath, Scene, Tracker};
use crate::base::addr::FlowKey;
use crate::base::time::Timestamp;

/// How the parties of a session are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// Datagrams pass between the parties themselves.
    Direct,
    /// Datagrams pass through a relay.
    Relayed,
    /// One of the two speaks with others too: it may be a server that stands between them.
    Unknown,
}

impl Topology {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Relayed => "relayed",
            Self::Unknown => "unknown",
        }
    }
}

/// Two parties and all that passes between them at one time.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its number, from 1, in the order of appearance.
    pub id: u64,
    /// The two parties, the lower address first.
    pub parties: [IpAddr; 2],
    /// Numbers of the paths through relays.
    pub paths: Vec<u64>,
    /// Flows between the parties themselves.
    pub direct: Vec<FlowKey>,
    /// Flows to a TURN server's host, behind which somebody else stands.
    pub behind: Vec<FlowKey>,
    /// Whether one of the parties speaks with others at the same address.
    pub shared: bool,
    /// First datagram.
    pub first: Timestamp,
    /// Last datagram.
    pub last: Timestamp,
}

/// A silence that ends a session: consent to send expires after half of it (RFC 7675).
const SILENCE: Duration = Duration::from_mins(1);

impl Session {
    /// Its paths, of all those of the capture, in the order of their numbers.
    pub fn paths_of<'p, 't>(
        &self,
        all: &'p [RelayPath<'t>],
    ) -> impl Iterator<Item = &'p RelayPath<'t>> {
        let mut ids = self.paths.clone();
        ids.sort_unstable();
        let place = |id: u64| usize::try_from(id).ok()?.checked_sub(1);
        ids.into_iter().filter_map(move |id| all.get(place(id)?))
    }

    /// How its media passes: through a relay where any does, unless media passes directly too.
    pub fn topology(&self, tracker: &Tracker) -> Topology {
        let media = |key: &FlowKey| tracker.flow(key).is_some_and(Flow::carries_media);
        let relayed = !self.paths.is_empty() || !self.behind.is_empty();
        match self.direct.iter().any(media) {
            false if relayed => Topology::Relayed,
            _ if self.shared => Topology::Unknown,
            _ => Topology::Direct,
        }
    }
}

/// What belongs to a session: one path, or one flow.
enum Member {
    Path(u64),
    Direct(FlowKey),
    Behind(FlowKey),
}

/// All sessions, in the order of appearance.
pub(super) fn all(scene: &Scene<'_>) -> Vec<Session> {
    let tracker = scene.tracker;
    let relayed = scene.paths.iter().filter_map(|path| of_path(tracker, path));
    let mut members: Vec<_> = relayed.collect();
    let servers = scene.relays().map(|relay| relay.ip());
    let servers = servers.chain(tracker.remembered.servers.iter().copied());
    let servers = servers.collect();
    let direct = scene.flows.iter();
    members.extend(direct.filter_map(|flow| of_flow(tracker, flow, &servers)));
    members.sort_by_key(|(_, first, ..)| *first);
    let mut sessions = Vec::<Session>::new();
    let mut current = BTreeMap::<[IpAddr; 2], usize>::new();
    let mut by_checks = BTreeMap::<[&str; 2], usize>::new();
    for (parties, first, last, member) in members {
        // Two flows with the same connectivity checks are two ways of one call.
        let checks = match &member {
            Member::Direct(key) | Member::Behind(key) => {
                tracker.flow(key).and_then(|flow| flow.outer.checks())
            }
            Member::Path(_) => None,
        };
        let known = checks.as_ref().and_then(|checks| by_checks.get(checks));
        let open = known
            .or_else(|| current.get(&parties))
            .copied()
            .filter(|place| {
                let session = sessions.get(*place);
                session.is_some_and(|session| first.since(session.last) <= SILENCE)
            })
            .unwrap_or(sessions.len());
        if open == sessions.len() {
            sessions.push(Session {
                id: open as u64 + 1,
                parties,
                paths: Vec::new(),
                direct: Vec::new(),
                behind: Vec::new(),
                shared: false,
                first,
                last,
            });
        }
        current.insert(parties, open);
        if let Some(checks) = checks {
            by_checks.insert(checks, open);
        }
        if let Some(session) = sessions.get_mut(open) {
            session.last = session.last.max(last);
            match member {
                Member::Path(id) => session.paths.push(id),
                Member::Direct(key) => session.direct.push(key),
                Member::Behind(key) => session.behind.push(key),
            }
        }
    }
    mark_shared(&mut sessions);
    sessions
}

/// Marks sessions of which one party has direct sessions with others too.
fn mark_shared(sessions: &mut [Session]) {
    let mut others = BTreeMap::<IpAddr, BTreeSet<IpAddr>>::new();
    for session in sessions.iter().filter(|session| !session.direct.is_empty()) {
        let [one, other] = session.parties;
        others.entry(one).or_default().insert(other);
        others.entry(other).or_default().insert(one);
    }
    for session in sessions {
        let several = |party| others.get(party).is_some_and(|met| met.len() > 1);
        session.shared = session.parties.iter().any(several);
    }
}

type Found = ([IpAddr; 2], Timestamp, Timestamp, Member);

fn of_path(tracker: &Tracker, path: &RelayPath<'_>) -> Option<Found> {
    let peer = match path.peer_allocation {
        Some(other) => other.ends.src.ip(),
        None => path.peer?.ip(),
    };
    if path.to_peer.entered + path.to_client.left + path.to_client.entered == 0 {
        return None;
    }
    let allocation = path.allocation;
    let last = tracker
        .flow(&allocation.ends.key().0)
        .map_or(allocation.last, |flow| flow.last);
    Some((
        pair(allocation.ends.src.ip(), peer),
        allocation.first,
        last,
        Member::Path(path.id),
    ))
}

/// A flow that is no leg of a relay, on which a call runs or was tried.
fn of_flow(tracker: &Tracker, flow: &Flow, servers: &BTreeSet<IpAddr>) -> Option<Found> {
    let ends = [flow.key.a, flow.key.b];
    let relays = ends
        .iter()
        .any(|address| tracker.relayed_by(address).is_some());
    let call = flow.is_media() || flow.outer.ice.total() > 0;
    if !call || flow.turn || relays {
        return None;
    }
    // At the host of a TURN server it is likelier another's relayed address than the server itself.
    let behind = ends.iter().any(|end| servers.contains(&end.ip()));
    let member = if behind {
        Member::Behind(flow.key)
    } else {
        Member::Direct(flow.key)
    };
    let parties = pair(flow.key.a.ip(), flow.key.b.ip());
    Some((parties, flow.first, flow.last, member))
}

fn pair(one: IpAddr, other: IpAddr) -> [IpAddr; 2] {
    [one.min(other), one.max(other)]
}
