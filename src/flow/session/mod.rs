//! Sessions: who speaks with whom, put together from the paths through relays and the flows that
//! run without one.
//!
//! A party is a host, by its address as the capture shows it: its ports change with every flow.
//! Where a party is hidden behind another relay, it is the address behind which it stands.

mod media;
mod mesh;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::{Flow, RelayPath, Role, Scene, ServerRole, Tracker, Untold};
use crate::base::addr::FlowKey;
use crate::base::time::Timestamp;

/// How the parties of a session are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// Datagrams pass between the parties themselves.
    Direct,
    /// Datagrams pass through a relay.
    Relayed,
    /// A server of media passes streams on (RFC 7667, section 3.7).
    ForwardedBySfu,
    /// A server of media mixes what it receives (RFC 7667, section 3.6.1).
    MixedByMcu,
    /// Each of three parties or more speaks with each other directly.
    Mesh,
    /// One end may be a server that stands between parties, or what it does cannot be told.
    Unknown,
}

impl Topology {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Relayed => "relayed",
            Self::ForwardedBySfu => "forwarded-by-sfu",
            Self::MixedByMcu => "mixed-by-mcu",
            Self::Mesh => "mesh",
            Self::Unknown => "unknown",
        }
    }
}

/// Parties and all that passes between them at one time.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its number, from 1, in the order of appearance.
    pub id: u64,
    /// The parties, the lower address first: the clients of a server of media, else those at the
    /// two ends.
    pub parties: Vec<IpAddr>,
    /// The server of media at which they meet, and what it does.
    pub server: Option<(SocketAddr, Result<ServerRole, Untold>)>,
    /// Numbers of the paths through relays.
    pub paths: Vec<u64>,
    /// Flows between the parties themselves, or with their server.
    pub direct: Vec<FlowKey>,
    /// Flows to a TURN server's host, behind which somebody else stands.
    pub behind: Vec<FlowKey>,
    /// Which of the two parties may be servers, and why that cannot be told.
    pub may_serve: Vec<(IpAddr, Untold)>,
    /// First datagram.
    pub first: Timestamp,
    /// Last datagram.
    pub last: Timestamp,
}

/// A silence that ends a session: consent to send expires after half of it (RFC 7675).
const SILENCE: Duration = Duration::from_mins(1);

/// How long browsers let a certificate last (WebRTC 1.0, section 4.10.2), in seconds, with a day
/// before its making for clocks that go wrong.
const BROWSER: i64 = 31 * 24 * 3600;

impl Session {
    /// One of which nothing passes yet.
    fn begun(parties: Vec<IpAddr>, (first, last): (Timestamp, Timestamp)) -> Self {
        Self {
            id: 0,
            parties,
            server: None,
            paths: Vec::new(),
            direct: Vec::new(),
            behind: Vec::new(),
            may_serve: Vec::new(),
            first,
            last,
        }
    }

    /// Its paths, of all those of the capture, in the order of their numbers.
    pub fn paths_of<'p, 't>(
        &self,
        all: &'p [RelayPath<'t>],
    ) -> impl Iterator<Item = &'p RelayPath<'t>> {
        let mut ids = self.paths.clone();
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| numbered(all, id))
    }

    /// How its media passes: through a relay where any does, unless media passes directly too.
    pub fn topology(&self, tracker: &Tracker) -> Topology {
        match self.server {
            Some((_, Ok(ServerRole::Sfu))) => return Topology::ForwardedBySfu,
            Some((_, Ok(ServerRole::Mcu))) => return Topology::MixedByMcu,
            Some(_) => return Topology::Unknown,
            None if self.parties.len() > 2 => return Topology::Mesh,
            None => {}
        }
        let media = |key: &FlowKey| tracker.flow(key).is_some_and(Flow::carries_media);
        let relayed = !self.paths.is_empty() || !self.behind.is_empty();
        match self.direct.iter().any(media) {
            false if relayed => Topology::Relayed,
            _ if !self.may_serve.is_empty() => Topology::Unknown,
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
    let at_servers = media::all(scene);
    let mut sessions = between_two(scene, &at_servers);
    mesh::join(&mut sessions);
    mark_servers(scene, &mut sessions);
    sessions.extend(at_servers);
    sessions.sort_by(|one, other| (one.first, &one.parties).cmp(&(other.first, &other.parties)));
    for (session, id) in sessions.iter_mut().zip(1..) {
        session.id = id;
    }
    sessions
}

/// The sessions of two, of what does not belong to those at servers of media.
fn between_two(scene: &Scene<'_>, at_servers: &[Session]) -> Vec<Session> {
    let tracker = scene.tracker;
    let taken: BTreeSet<_> = at_servers.iter().flat_map(|s| &s.paths).collect();
    let relayed = scene.paths.iter().filter(|path| !taken.contains(&path.id));
    let relayed = relayed.filter_map(|path| of_path(tracker, path));
    let mut members: Vec<_> = relayed.collect();
    let servers = scene.relays().map(|relay| relay.ip());
    let servers = servers.chain(tracker.remembered.servers.iter().copied());
    let servers: BTreeSet<_> = servers.collect();
    let taken: BTreeSet<_> = at_servers.iter().flat_map(|s| &s.direct).collect();
    let direct = scene.flows.iter().filter(|flow| !taken.contains(&flow.key));
    members.extend(direct.filter_map(|flow| of_flow(tracker, flow, &servers)));
    members.sort_by_key(|(_, first, ..)| *first);
    let mut sessions = Vec::<Session>::new();
    let mut current = BTreeMap::<[IpAddr; 2], usize>::new();
    let mut by_checks = BTreeMap::<[&str; 2], usize>::new();
    for (parties, first, last, member) in members {
        // Two ways with the same connectivity checks are those of one call.
        let checks = match &member {
            Member::Direct(key) | Member::Behind(key) => {
                tracker.flow(key).and_then(|flow| flow.outer.checks())
            }
            Member::Path(id) => {
                let path = numbered(&scene.paths, *id);
                path.and_then(|path| checks_on(tracker, path))
            }
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
            sessions.push(Session::begun(parties.to_vec(), (first, last)));
        }
        current.insert(parties, open);
        if let Some(checks) = checks {
            by_checks.insert(checks, open);
        }
        if let Some(session) = sessions.get_mut(open) {
            session.last = session.last.max(last);
            // Of two ways, one may show who stands behind a relay.
            if session.parties.iter().any(|party| servers.contains(party)) {
                session.parties = parties.to_vec();
            }
            match member {
                Member::Path(id) => session.paths.push(id),
                Member::Direct(key) => session.direct.push(key),
                Member::Behind(key) => session.behind.push(key),
            }
        }
    }
    sessions
}

/// Marks sessions of which one party has direct sessions with others too, or a certificate that
/// outlives those of browsers.
fn mark_servers(scene: &Scene<'_>, sessions: &mut [Session]) {
    let mut lasting = BTreeSet::<(FlowKey, IpAddr)>::new();
    for association in &scene.associations {
        let (client, server) = association.ends();
        for (end, role) in [(client, Role::Client), (server, Role::Server)] {
            let mut own = association
                .certificates
                .iter()
                .filter(|own| own.role == role);
            if own.any(|own| own.lasts() > Some(BROWSER)) {
                lasting.insert((association.flow, end.ip()));
            }
        }
    }
    let mut others = BTreeMap::<IpAddr, BTreeSet<IpAddr>>::new();
    for session in sessions.iter().filter(|session| !session.direct.is_empty()) {
        if let [one, other] = *session.parties.as_slice() {
            others.entry(one).or_default().insert(other);
            others.entry(other).or_default().insert(one);
        }
    }
    for session in sessions {
        let several = |party: &IpAddr| others.get(party).is_some_and(|met| met.len() > 1);
        let lasts = |party: &IpAddr| {
            let mut direct = session.direct.iter();
            direct.any(|flow| lasting.contains(&(*flow, *party)))
        };
        let doubt = |party: &IpAddr| match () {
            () if several(party) => Some((*party, Untold::SeveralPeers)),
            () if lasts(party) => Some((*party, Untold::LastingCertificate)),
            () => None,
        };
        session.may_serve = session.parties.iter().filter_map(doubt).collect();
    }
}

/// The path with this number.
fn numbered<'p, 't>(all: &'p [RelayPath<'t>], id: u64) -> Option<&'p RelayPath<'t>> {
    all.get(usize::try_from(id).ok()?.checked_sub(1)?)
}

/// The user fragments of the connectivity checks that a path carries.
fn checks_on<'t>(tracker: &'t Tracker, path: &RelayPath<'_>) -> Option<[&'t str; 2]> {
    let (relayed, peer) = path.relayed.zip(path.peer)?;
    let leg = tracker.flow(&path.allocation.ends.key().0)?;
    let mut checkers = leg.carried.checkers.iter();
    let between = [(relayed, peer), (peer, relayed)];
    checkers
        .find(|known| between.contains(&known.ends))?
        .fragments()
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
    if !call || flow.turn || flow.turn_tls.is_some() || relays {
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
