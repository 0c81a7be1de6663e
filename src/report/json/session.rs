//! Sessions: who speaks with whom, and by which way.

use crate::flow::{RtpStream, Session};
use crate::report::Report;
use crate::report::tree::{Tree, json};

pub(super) fn session(report: &Report<'_>, session: &Session) -> Tree {
    let tracker = report.tracker;
    let numbered = (1_u64..).zip(tracker.streams());
    let streams = numbered.filter(|(_, stream)| belongs(report, session, stream));
    let paths = report
        .paths
        .iter()
        .filter(|path| session.paths.contains(&path.id));
    let server = paths.clone().map(|path| path.allocation.ends.dst).next();
    json!({
        "id": session.id,
        "topology": session.topology(tracker).name(),
        "parties": session.parties.iter().collect::<Tree>(),
        "server": server,
        "paths": session.paths.iter().collect::<Tree>(),
        "streams": streams.map(|(id, _)| Tree::from(id)).collect::<Tree>(),
        "first": session.first,
        "last": session.last,
    })
}

/// Whether a stream passes on a path or a flow of the session.
fn belongs(report: &Report<'_>, session: &Session, stream: &RtpStream) -> bool {
    let (src, dst) = stream.ends();
    let mut paths = report
        .paths
        .iter()
        .filter(|path| session.paths.contains(&path.id));
    let on_path = paths.any(|path| {
        path.relayed
            .zip(path.peer)
            .is_some_and(|ends| ends == (src, dst) || ends == (dst, src))
    });
    let flow = &stream.key.flow;
    on_path || session.direct.contains(flow) || session.behind.contains(flow)
}
