//! Sessions of several parties, each of whom speaks with each other directly.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::Session;

/// Makes one session of those in which each of three or more parties speaks with each other at
/// one time. One who speaks with several who do not know each other may be a server.
pub(super) fn join(sessions: &mut Vec<Session>) {
    let mut met = BTreeMap::<IpAddr, BTreeSet<IpAddr>>::new();
    for session in sessions.iter().filter(|session| is_direct(session)) {
        if let [one, other] = *session.parties.as_slice() {
            met.entry(one).or_default().insert(other);
            met.entry(other).or_default().insert(one);
        }
    }
    let mut meshes = BTreeSet::new();
    for (party, others) in &met {
        let all: BTreeSet<_> = others.iter().chain([party]).copied().collect();
        let knows_all = |of: &IpAddr| {
            met.get(of)
                .is_some_and(|met| met.len() + 1 == all.len() && met.is_subset(&all))
        };
        if all.len() > 2 && all.iter().all(knows_all) {
            meshes.insert(all);
        }
    }
    for parties in meshes {
        join_one(sessions, &parties);
    }
}

fn is_direct(session: &Session) -> bool {
    session.server.is_none() && session.paths.is_empty() && !session.direct.is_empty()
}

fn join_one(sessions: &mut Vec<Session>, parties: &BTreeSet<IpAddr>) {
    let (within, rest): (Vec<_>, Vec<_>) = std::mem::take(sessions)
        .into_iter()
        .partition(|s| is_direct(s) && s.parties.iter().all(|party| parties.contains(party)));
    *sessions = rest;
    let first = within.iter().map(|session| session.first).max();
    let last = within.iter().map(|session| session.last).min();
    let mut within = within.into_iter();
    if first > last {
        // One after the other: no call of all.
        sessions.extend(within);
        return;
    }
    let Some(mut mesh) = within.next() else {
        return;
    };
    for session in within {
        mesh.first = mesh.first.min(session.first);
        mesh.last = mesh.last.max(session.last);
        mesh.direct.extend(session.direct);
        mesh.behind.extend(session.behind);
    }
    mesh.parties = parties.iter().copied().collect();
    sessions.push(mesh);
}
