//! Sessions: who speaks with whom, and by which way.

use std::net::SocketAddr;

use hashbrown::HashMap;

use crate::base::addr::FlowKey;
use crate::flow::{Scene, Session};
use crate::report::Report;
use crate::report::tree::{Tree, json};

/// The numbers of all streams, by where they pass.
pub(super) struct Streams {
    between: HashMap<(SocketAddr, SocketAddr), Vec<u64>>,
    on: HashMap<FlowKey, Vec<u64>>,
}

impl Streams {
    pub(super) fn of(scene: &Scene<'_>) -> Self {
        let (mut between, mut on) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for (id, stream) in scene.numbered_streams() {
            between.entry(stream.ends()).or_default().push(id);
            on.entry(stream.key.flow).or_default().push(id);
        }
        Self { between, on }
    }

    /// Those that pass on a path or a flow of the session, in order.
    fn in_session(&self, report: &Report<'_>, session: &Session) -> Vec<u64> {
        let ends = session
            .paths_of(&report.scene.paths)
            .filter_map(|path| path.relayed.zip(path.peer))
            .flat_map(|(relayed, peer)| [(relayed, peer), (peer, relayed)]);
        let on_paths = ends.filter_map(|ends| self.between.get(&ends));
        let flows = session.direct.iter().chain(&session.behind);
        let on_flows = flows.filter_map(|flow| self.on.get(flow));
        let mut ids: Vec<_> = on_paths.chain(on_flows).flatten().copied().collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

pub(super) fn session(report: &Report<'_>, streams: &Streams, session: &Session) -> Tree {
    let path = session.paths_of(&report.scene.paths).next();
    let relay = path.map(|path| path.allocation.ends.dst);
    json!({
        "id": session.id,
        "topology": session.topology(report.scene.tracker).name(),
        "parties": session.parties.iter().collect::<Tree>(),
        "server": session.server.map(|(server, _)| server).or(relay),
        "paths": session.paths.iter().collect::<Tree>(),
        "streams": streams.in_session(report, session).into_iter().collect::<Tree>(),
        "first": session.first,
        "last": session.last,
    })
}
