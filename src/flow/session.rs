//! Sessions: who speaks with whom, put together from the paths through relays and the flows that
//! run without one.
//!
//! A party is a host, by its address as the capture shows it: its ports change with every flow.
//! Where a party is hidden behind another relay, it is the address behind which it stands.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::{Flow, RelayPath, Tracker};
use crate::base::addr::FlowKey;
use crate::base::time::Timestamp;

/// How the parties of a session are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// Datagrams pass between the parties themselves.
    Direct,
    /// Datagrams pass through a relay.
    Relayed,
}

impl Topology {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Relayed => "relayed",
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
    /// First datagram.
    pub first: Timestamp,
    /// Last datagram.
    pub last: Timestamp,
}

/// A silence that ends a session: consent to send expires after half of it (RFC 7675).
const SILENCE: Duration = Duration::from_mins(1);

impl Session {
    /// How its media passes: through a relay where any of it does and nothing but checks is
    /// exchanged directly.
    pub fn topology(&self, tracker: &Tracker) -> Topology {
        let media = |key: &FlowKey| tracker.flow(key).is_some_and(Flow::is_media);
        if self.paths.is_empty() || self.direct.iter().any(media) {
            Topology::Direct
        } else {
            Topology::Relayed
        }
    }
}

/// What belongs to a session: one path, or one flow.
enum Member {
    Path(u64),
    Direct(FlowKey),
}

/// All sessions, in the order of appearance.
pub(super) fn all(tracker: &Tracker, paths: &[RelayPath<'_>]) -> Vec<Session> {
    let mut members: Vec<_> = paths
        .iter()
        .filter_map(|path| of_path(tracker, path))
        .collect();
    let direct = tracker.flows().into_iter();
    members.extend(direct.filter_map(|flow| of_flow(tracker, flow)));
    members.sort_by_key(|(_, first, ..)| *first);
    let mut sessions = Vec::<Session>::new();
    let mut current = BTreeMap::<[IpAddr; 2], usize>::new();
    for (parties, first, last, member) in members {
        let open = current
            .get(&parties)
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
                first,
                last,
            });
            current.insert(parties, open);
        }
        if let Some(session) = sessions.get_mut(open) {
            session.last = session.last.max(last);
            match member {
                Member::Path(id) => session.paths.push(id),
                Member::Direct(key) => session.direct.push(key),
            }
        }
    }
    sessions
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
fn of_flow(tracker: &Tracker, flow: &Flow) -> Option<Found> {
    let relays = [flow.key.a, flow.key.b]
        .iter()
        .any(|address| tracker.relayed_by(address).is_some());
    let call = flow.is_media() || flow.outer.ice.total() > 0;
    let parties = pair(flow.key.a.ip(), flow.key.b.ip());
    (call && !flow.turn && !relays).then_some((
        parties,
        flow.first,
        flow.last,
        Member::Direct(flow.key),
    ))
}

fn pair(one: IpAddr, other: IpAddr) -> [IpAddr; 2] {
    [one.min(other), one.max(other)]
}
