//! The report as JSON: one object, every member always present, times exact.

use std::io::{self, Write};
use std::net::SocketAddr;

use hashbrown::HashMap;
use serde_json::{Number, Value, json};

use super::Report;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::claim::{CATALOGUE, Judgement};
use crate::exposure::{Exposure, Vantage};
use crate::flow::{Allocation, Flow, HopCount, Level, Messages, RelayPath, RtpStream, Side, State};

/// Version of the shape of this object.
const SCHEMA_VERSION: &str = "1.0";

/// Writes the report, entry by entry: the tree of a long capture is never held as a whole.
///
/// # Errors
/// Those of the writer.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let tracker = report.tracker;
    write!(out, "{{\"schema_version\":\"{SCHEMA_VERSION}\"")?;
    single(out, "summary", &summary(report))?;
    single(out, "capture", &capture(report))?;
    list(out, "flows", tracker.flows().into_iter().map(flow))?;
    list(out, "allocations", tracker.allocations().map(allocation))?;
    list(out, "paths", report.paths.iter().map(path))?;
    single(out, "associations", &json!([]))?;
    let paths = by_ends(report);
    list(
        out,
        "streams",
        tracker
            .streams()
            .into_iter()
            .map(|s| stream(report, &paths, s)),
    )?;
    single(out, "servers", &servers(report))?;
    single(out, "sessions", &json!([]))?;
    write!(out, ",\n\"exposures\":{{")?;
    for (place, vantage) in Vantage::ALL.into_iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(out, "{comma}\n\"{}\":", vantage.name())?;
        entries(out, report.ledger(vantage).iter().map(exposure))?;
    }
    write!(out, "}}")?;
    single(out, "octets", &Value::Null)?;
    list(out, "claims", report.claims.iter().map(claim))?;
    single(out, "anomalies", &anomalies(report))?;
    writeln!(out, "}}")
}

fn single(out: &mut impl Write, name: &str, value: &Value) -> io::Result<()> {
    write!(out, ",\n\"{name}\":{value}")
}

fn list(out: &mut impl Write, name: &str, values: impl Iterator<Item = Value>) -> io::Result<()> {
    write!(out, ",\n\"{name}\":")?;
    entries(out, values)
}

fn entries(out: &mut impl Write, values: impl Iterator<Item = Value>) -> io::Result<()> {
    write!(out, "[")?;
    for (place, value) in values.enumerate() {
        write!(out, "{}\n{value}", if place == 0 { "" } else { "," })?;
    }
    write!(out, "]")
}

/// Number of the path between two addresses, in either direction.
fn by_ends(report: &Report<'_>) -> HashMap<(SocketAddr, SocketAddr), u64> {
    let mut paths = HashMap::new();
    for path in &report.paths {
        if let (Some(relayed), Some(peer)) = (path.relayed, path.peer) {
            paths.entry((relayed, peer)).or_insert(path.id);
            paths.entry((peer, relayed)).or_insert(path.id);
        }
    }
    paths
}

/// A moment as a number with exactly its decimals.
pub(super) fn time(time: Timestamp) -> Value {
    time.to_string()
        .parse::<Number>()
        .map_or(Value::Null, Value::Number)
}

fn summary(report: &Report<'_>) -> Value {
    let tallies = CATALOGUE.iter().map(|claim| {
        let [holds, violated, inconclusive] = report.tally(claim.id);
        let none = u64::from(holds + violated + inconclusive == 0);
        let tally = json!({ "holds": holds, "violated": violated,
            "inconclusive": inconclusive, "not-exercised": none });
        (claim.id.to_owned(), tally)
    });
    json!({
        "claims": tallies.collect::<serde_json::Map<_, _>>(),
        "calls": null,
        "observer": report.observer.name(),
    })
}

fn capture(report: &Report<'_>) -> Value {
    let totals = report.tracker.totals();
    json!({
        "sources": report.capture.sources,
        "packets": totals.packets,
        "octets": totals.octets,
        "first": totals.first.map(time),
        "last": totals.last.map(time),
        "link_types": report.capture.link_types.iter().map(|l| l.name()).collect::<Value>(),
        "truncated_packets": totals.cut,
        "dropped": report.capture.dropped,
        "ended_early": report.capture.ended_early.as_ref().map(ToString::to_string),
    })
}

fn messages(messages: &Messages) -> Value {
    json!({ "stun": messages.stun, "channeldata": messages.channel_data, "dtls": messages.dtls,
        "rtp": messages.rtp, "rtcp": messages.rtcp, "unknown": messages.unknown })
}

fn flow(flow: &Flow) -> Value {
    let (kind, basis) = kind(flow);
    json!({
        "id": flow.id,
        "transport": flow.key.transport.name(),
        "a": flow.key.a.to_string(),
        "b": flow.key.b.to_string(),
        "kind": kind,
        "basis": basis,
        "packets": flow.packets,
        "octets": flow.octets,
        "first": time(flow.first),
        "last": time(flow.last),
        "octets_by_protection": null,
        "messages": messages(&flow.outer.messages),
        "carried": messages(&flow.carried.messages),
    })
}

/// What runs on a flow, and why we think so.
fn kind(flow: &Flow) -> (&'static str, Option<&'static str>) {
    let Level {
        messages,
        ice,
        server_hello,
        ..
    } = &flow.outer;
    let media = messages.rtp + messages.rtcp > 0;
    match () {
        () if flow.turn => ("turn", Some("shape")),
        () if media && *server_hello => ("dtls-srtp", Some("negotiated")),
        () if media && ice.total() > 0 => ("mixed", Some("shape")),
        () if media => ("rtp", Some("shape")),
        () if messages.dtls > 0 => ("dtls", Some("shape")),
        () if messages.stun > 0 => ("stun", Some("shape")),
        () => ("unknown", None),
    }
}

fn allocation(allocation: &Allocation) -> Value {
    let channels = allocation.channels.iter().map(|channel| {
        json!({ "number": format!("{:#06x}", channel.number), "peer": channel.peer.to_string() })
    });
    let [client_software, server_software] = &allocation.software;
    let permissions = allocation.permissions.iter().map(|p| p.peer.to_string());
    json!({
        "id": allocation.id,
        "client": allocation.ends.src.to_string(),
        "server": allocation.ends.dst.to_string(),
        "transport": allocation.ends.transport.name(),
        "relayed": allocation.relayed.iter().map(ToString::to_string).collect::<Value>(),
        "mapped": allocation.mapped.map(|mapped| mapped.to_string()),
        "username": allocation.username,
        "realm": allocation.realm,
        "client_software": client_software,
        "server_software": server_software,
        "lifetime": allocation.lifetime,
        "inferred": allocation.inferred,
        "state": match allocation.state {
            State::Active => "active",
            State::Deleted => "deleted",
            State::Expired => "expired",
        },
        "permissions": permissions.collect::<Value>(),
        "channels": channels.collect::<Value>(),
        "first": time(allocation.first),
        "last": time(allocation.last),
    })
}

fn path(path: &RelayPath<'_>) -> Value {
    json!({
        "id": path.id,
        "allocation": path.allocation.id,
        "client": path.allocation.ends.src.to_string(),
        "server": path.allocation.ends.dst.to_string(),
        "relayed": path.relayed.map(|relayed| relayed.to_string()),
        "peer": path.peer.map(|peer| peer.to_string()),
        "peer_client": path.peer_allocation.map(|other| other.ends.src.to_string()),
        "to_peer": side(&path.to_peer),
        "to_client": side(&path.to_client),
    })
}

fn side(side: &Side<'_>) -> Value {
    let of = |get: fn(&HopCount) -> u64| side.count.map_or(0, get);
    json!({
        "entered": side.entered,
        "left": side.left,
        "unchanged": of(|count| count.unchanged),
        "altered": of(|count| count.altered_total),
        "duplicated": of(|count| count.duplicated.total()),
        "entered_only": side.entered_only(),
        "left_only": of(|count| count.left_only.total()),
        "octets_unchanged": of(|count| count.octets_unchanged),
        "delay": delay(side.count),
    })
}

fn delay(count: Option<&HopCount>) -> Value {
    let measured = count
        .map(|count| &count.delay)
        .filter(|delay| !delay.is_empty());
    let nanos = |n: u64| time(Timestamp(i64::try_from(n).unwrap_or(i64::MAX)));
    match measured {
        Some(delay) => json!({
            "min": nanos(delay.min()),
            "median": nanos(delay.value_at_quantile(0.5)),
            "p99": nanos(delay.value_at_quantile(0.99)),
        }),
        None => json!({ "min": null, "median": null, "p99": null }),
    }
}

fn stream(
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

fn servers(report: &Report<'_>) -> Value {
    let mut servers = std::collections::BTreeMap::new();
    for leg in report.tracker.legs() {
        let answered = report.tracker.allocations().any(|a| a.ends == leg.ends);
        if answered {
            servers
                .entry(leg.ends.dst)
                .or_insert_with(Sample::default)
                .merge(&leg.messages);
        }
    }
    let server = |(address, packets): (&SocketAddr, &Sample)| {
        json!({ "address": address.to_string(), "role": "turn", "basis": "negotiated",
            "evidence": evidence(packets) })
    };
    servers.iter().map(server).collect()
}

fn evidence(packets: &Sample) -> Value {
    json!({ "packets": packets.packets(), "total": packets.total() })
}

fn exposure(exposure: &Exposure) -> Value {
    json!({
        "item": exposure.item,
        "field": exposure.field,
        "value": exposure.value,
        "leg": exposure.leg,
        "where": exposure.place,
        "first_packet": exposure.packets.first(),
        "packets": exposure.packets.total(),
    })
}

fn claim(judged: &Judgement) -> Value {
    let (kind, id) = judged.scope.parts();
    let nothing = Sample::default();
    let packets = judged
        .verdict
        .evidence()
        .map_or(&nothing, |evidence| evidence.packets());
    json!({
        "id": judged.claim.id,
        "scope": { "kind": kind, "id": id },
        "observer": judged.observer.name(),
        "statement": judged.claim.statement,
        "verdict": judged.verdict.name(),
        "evidence": evidence(packets),
        "basis": judged.basis,
        "gap": judged.verdict.gap().map(crate::claim::Gap::text),
        "does_not_say": judged.claim.does_not_say,
        "display_filter": judged.display_filter(),
        "supporting": [],
        "found": judged.found,
    })
}

fn anomalies(report: &Report<'_>) -> Value {
    let odd = report.tracker.anomalies().iter().map(|(anomaly, packets)| {
        json!({ "kind": anomaly.kind(), "count": packets.total(), "first_packet": packets.first() })
    });
    let evicted = report
        .tracker
        .evicted()
        .into_iter()
        .filter(|(_, count)| *count > 0);
    let evicted =
        evicted.map(|(kind, count)| json!({ "kind": kind, "count": count, "first_packet": null }));
    odd.chain(evicted).collect()
}
