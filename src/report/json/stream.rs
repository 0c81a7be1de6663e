//! RTP streams.

use std::net::SocketAddr;

use hashbrown::HashMap;

use crate::base::told::Told;
use crate::flow::RtpStream;
use crate::report::Report;
use crate::report::tree::{Tree, json};

pub(super) fn stream(
    report: &Report<'_>,
    paths: &HashMap<(SocketAddr, SocketAddr), u64>,
    stream: &RtpStream,
) -> Tree {
    let tracker = report.tracker;
    let (src, dst) = stream.key.flow.ends(stream.key.direction);
    let path = paths.get(&stream.pair.unwrap_or((src, dst)));
    let extensions = (0..64_u8).filter(|id| stream.extensions >> id & 1 == 1);
    json!({
        "ssrc": Told::plain(stream.key.ssrc.to_string()),
        "flow": tracker.flow(&stream.key.flow).map(|flow| flow.id),
        "path": path,
        "src": src,
        "dst": dst,
        "payload_types": (0..128_u8).filter(|pt| stream.payload_types >> pt & 1 == 1).collect::<Tree>(),
        "kind": "unknown",
        "codec": null,
        "clock_rate": null,
        "packets": stream.packets.total(),
        "octets": stream.octets,
        "lost": null,
        "jitter": null,
        "first": stream.first,
        "last": stream.last,
        "protection": { "state": "unknown", "basis": null, "profile": null, "tag_octets": null,
            "statistics": null, "authenticated": null, "opened": null },
        "extensions": extensions.map(|id| {
            json!({ "id": id, "meaning": null, "basis": null, "readable": true })
        }).collect::<Tree>(),
        "rtcp": null,
    })
}
