//! RTP streams.

use std::net::SocketAddr;

use hashbrown::HashMap;
use serde_json::{Value, json};

use super::time;
use crate::flow::RtpStream;
use crate::report::Report;

pub(super) fn stream(
    report: &Report<'_>,
    paths: &HashMap<(SocketAddr, SocketAddr), u64>,
    stream: &RtpStream,
) -> Value {
    let tracker = report.tracker;
    let (src, dst) = stream.key.flow.ends(stream.key.direction);
    let path = paths.get(&stream.pair.unwrap_or((src, dst)));
    let extensions = (0..64).filter(|id| stream.extensions >> id & 1 == 1);
    json!({
        "ssrc": stream.key.ssrc.to_string(),
        "flow": tracker.flow(&stream.key.flow).map(|flow| flow.id),
        "path": path,
        "src": src.to_string(),
        "dst": dst.to_string(),
        "payload_types": (0..128).filter(|pt| stream.payload_types >> pt & 1 == 1).collect::<Vec<_>>(),
        "kind": "unknown",
        "codec": null,
        "clock_rate": null,
        "packets": stream.packets.total(),
        "octets": stream.octets,
        "lost": null,
        "jitter": null,
        "first": time(stream.first),
        "last": time(stream.last),
        "protection": { "state": "unknown", "basis": null, "profile": null, "tag_octets": null,
            "statistics": null, "authenticated": null, "opened": null },
        "extensions": extensions.map(|id| {
            json!({ "id": id, "meaning": null, "basis": null, "readable": true })
        }).collect::<Value>(),
        "rtcp": null,
    })
}
