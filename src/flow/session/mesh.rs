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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::addr::{FlowKey, Transport};
    use crate::base::time::Timestamp;

    fn direct(one: u8, other: u8, at: i64) -> Session {
        let [a, b] = [one, other].map(|last| std::net::SocketAddr::from(([10, 0, 0, last], 5000)));
        let flow = FlowKey {
            a,
            b,
            transport: Transport::Udp,
        };
        let life = (Timestamp(at), Timestamp(at + 10));
        Session {
            direct: vec![flow],
            ..Session::begun(vec![a.ip(), b.ip()], life)
        }
    }

    fn joined(mut sessions: Vec<Session>) -> Vec<usize> {
        join(&mut sessions);
        sessions
            .iter()
            .map(|session| session.parties.len())
            .collect()
    }

    #[test]
    fn three_who_all_speak_with_each_other_are_one_mesh() {
        let others = direct(7, 8, 0);
        let mesh = vec![direct(1, 2, 0), direct(1, 3, 5), others, direct(2, 3, 9)];
        assert_eq!(joined(mesh), [2, 3]);
    }

    #[test]
    fn one_who_speaks_with_two_others_is_none() {
        assert_eq!(joined(vec![direct(1, 2, 0), direct(1, 3, 5)]), [2, 2]);
    }

    #[test]
    fn calls_one_after_the_other_are_none() {
        let calls = vec![direct(1, 2, 0), direct(1, 3, 20), direct(2, 3, 40)];
        assert_eq!(joined(calls), [2, 2, 2]);
    }
}
