//! The report as JSON: one object, every member always present, times exact.

mod association;
mod capture;
mod flow;
mod relay;
mod stream;

use std::io::{self, Write};
use std::net::SocketAddr;

use hashbrown::HashMap;

use super::Report;
use super::redact::Redactor;
use super::tree::{Tree, json};
use crate::base::sample::Sample;
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
    let mut page = Page {
        redactor: &report.redactor,
        out,
    };
    page.single("summary", &summary(report))?;
    page.single("capture", &capture::capture(report))?;
    page.list("flows", tracker.flows().into_iter().map(flow::flow))?;
    page.list("allocations", tracker.allocations().map(relay::allocation))?;
    page.list("paths", report.paths.iter().map(relay::path))?;
    let paths = by_ends(report);
    let associations = tracker.associations().into_iter();
    page.list(
        "associations",
        associations.map(|a| association::association(tracker, &paths, a)),
    )?;
    let streams = tracker.streams().into_iter();
    page.list(
        "streams",
        streams.map(|s| stream::stream(report, &paths, s)),
    )?;
    page.single("servers", &servers(report))?;
    page.single("sessions", &json!([]))?;
    write!(page.out, ",\n\"exposures\":{{")?;
    for (place, vantage) in Vantage::ALL.into_iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(page.out, "{comma}\n\"{}\":", vantage.name())?;
        page.entries(report.ledger(vantage).iter().map(exposure))?;
    }
    write!(page.out, "}}")?;
    page.single("octets", &Tree::Null)?;
    page.list("claims", report.claims.iter().map(claim))?;
    page.single("anomalies", &anomalies(report))?;
    writeln!(page.out, "}}")
}

/// Where the members are written, each as the redactor shows it.
struct Page<'p, W> {
    redactor: &'p Redactor,
    out: &'p mut W,
}

impl<W: Write> Page<'_, W> {
    fn single(&mut self, name: &str, value: &Tree) -> io::Result<()> {
        write!(self.out, ",\n\"{name}\":")?;
        value.write(self.redactor, self.out)
    }

    fn list(&mut self, name: &str, values: impl Iterator<Item = Tree>) -> io::Result<()> {
        write!(self.out, ",\n\"{name}\":")?;
        self.entries(values)
    }

    fn entries(&mut self, values: impl Iterator<Item = Tree>) -> io::Result<()> {
        write!(self.out, "[")?;
        for (place, value) in values.enumerate() {
            writeln!(self.out, "{}", if place == 0 { "" } else { "," })?;
            value.write(self.redactor, self.out)?;
        }
        write!(self.out, "]")
    }
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

fn summary(report: &Report<'_>) -> Tree {
    let tallies = CATALOGUE.iter().map(|claim| {
        let [holds, violated, inconclusive] = report.tally(claim.id);
        let none = u64::from(holds + violated + inconclusive == 0);
        let tally = json!({ "holds": holds, "violated": violated,
            "inconclusive": inconclusive, "not-exercised": none });
        (claim.id, tally)
    });
    json!({
        "claims": Tree::Object(tallies.collect()),
        "calls": null,
        "observer": report.observer.name(),
        "redacted": report.redactor.is_on(),
    })
}

fn servers(report: &Report<'_>) -> Tree {
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
        json!({ "address": address, "role": "turn", "basis": "negotiated",
            "evidence": evidence(packets) })
    };
    servers.iter().map(server).collect()
}

fn evidence(packets: &Sample) -> Tree {
    json!({ "packets": packets.packets().iter().collect::<Tree>(), "total": packets.total() })
}

fn exposure(exposure: &Exposure) -> Tree {
    json!({
        "item": exposure.item,
        "field": exposure.field,
        "value": exposure.value.clone(),
        "leg": exposure.leg.clone(),
        "where": exposure.place,
        "first_packet": exposure.packets.first(),
        "packets": exposure.packets.total(),
    })
}

fn claim(judged: &Judgement) -> Tree {
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
        "supporting": Tree::List(Vec::new()),
        "found": judged.found.clone(),
    })
}

fn anomalies(report: &Report<'_>) -> Tree {
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
