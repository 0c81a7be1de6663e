//! Sessions through a server of media: who hears whom there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::Session;
use crate::base::time::Timestamp;
use crate::flow::{RelayPath, Scene, Server, ServerRole, Source, Untold};

/// All sessions at servers of media; those of each server in the order of their first flow.
///
/// A server forwards to whom it joins, and one that mixes lets everybody hear everybody. Where
/// neither is known, each client is in a session of its own.
pub(super) fn all(scene: &Scene<'_>) -> Vec<Session> {
    let servers = scene.media_servers();
    servers
        .flat_map(|(address, server)| at(scene, address, server))
        .collect()
}

fn at(scene: &Scene<'_>, address: SocketAddr, server: &Server) -> Vec<Session> {
    let mut rooms = Rooms::of(server);
    for stream in scene.streams.iter().filter(|s| !s.key.relayed) {
        if let Source::Forwarded { of, .. } = stream.source
            && let (Some(one), Some(other)) = (
                server.flows.get(&stream.key.flow),
                server.flows.get(&of.flow),
            )
        {
            rooms.join(*one, *other);
        }
    }
    let mut sessions = BTreeMap::<usize, Session>::new();
    for (key, client) in &server.flows {
        let (Some(flow), Some(room)) = (scene.tracker.flow(key), rooms.of_client(*client)) else {
            continue;
        };
        let session = sessions
            .entry(room)
            .or_insert_with(|| begun(address, server.role, flow.first));
        session.first = session.first.min(flow.first);
        session.last = session.last.max(flow.last);
        session.direct.push(*key);
        if !session.parties.contains(client) {
            session.parties.push(*client);
        }
    }
    let mut sessions: Vec<_> = sessions.into_values().collect();
    for session in &mut sessions {
        session.parties.sort_unstable();
        session.paths = paths(&scene.paths, session);
    }
    sessions
}

fn begun(server: SocketAddr, role: Result<ServerRole, Untold>, at: Timestamp) -> Session {
    Session {
        server: Some((server, role)),
        ..Session::begun(Vec::new(), (at, at))
    }
}

/// Numbers of the paths by which clients of the session reach its server through a relay.
fn paths(all: &[RelayPath<'_>], session: &Session) -> Vec<u64> {
    let ends: BTreeSet<_> = session
        .direct
        .iter()
        .flat_map(|key| [key.a, key.b])
        .collect();
    let leads = |path: &&RelayPath<'_>| {
        let (relayed, peer) = (path.relayed, path.peer);
        let on = |end: Option<SocketAddr>| end.is_some_and(|end| ends.contains(&end));
        on(relayed) && on(peer)
    };
    all.iter().filter(leads).map(|path| path.id).collect()
}

/// Which clients of a server are joined: each is given the number of its room.
struct Rooms(BTreeMap<IpAddr, usize>);

impl Rooms {
    fn of(server: &Server) -> Self {
        let one_room = server.role == Ok(ServerRole::Mcu);
        let clients = server.clients.iter().zip(0..);
        Self(
            clients
                .map(|(client, room)| (*client, if one_room { 0 } else { room }))
                .collect(),
        )
    }

    fn of_client(&self, client: IpAddr) -> Option<usize> {
        self.0.get(&client).copied()
    }

    fn join(&mut self, one: IpAddr, other: IpAddr) {
        if let (Some(one), Some(other)) = (self.of_client(one), self.of_client(other))
            && one != other
        {
            let rooms = self.0.values_mut().filter(|room| **room == other.max(one));
            rooms.for_each(|room| *room = one.min(other));
        }
    }
}
