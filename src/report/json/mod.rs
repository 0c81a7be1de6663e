//! The report as JSON: one object, every member always present, times exact.

mod flow;
mod relay;
mod stream;

use std::io::{self, Write};
use std::net::SocketAddr;

use hashbrown::HashMap;
use serde_json::{Number, Value, json};

use super::Report;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::claim::{CATALOGUE, Judgement};
use crate::exposure::{Exposure, Vantage};

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
    list(out, "flows", tracker.flows().into_iter().map(flow::flow))?;
    list(
        out,
        "allocations",
        tracker.allocations().map(relay::allocation),
    )?;
    list(out, "paths", report.paths.iter().map(relay::path))?;
    single(out, "associations", &json!([]))?;
    let paths = by_ends(report);
    list(
        out,
        "streams",
        tracker
            .streams()
            .into_iter()
            .map(|s| stream::stream(report, &paths, s)),
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
