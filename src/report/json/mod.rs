//! The report as JSON: one object, every member always present, times exact.

mod association;
mod capture;
mod flow;
mod judged;
mod relay;
mod session;
mod stream;

use std::io::{self, Write};
use std::net::SocketAddr;

use hashbrown::HashMap;

pub(super) use capture::loss;
pub(super) use flow::kind as flow_kind;

use super::Report;
use super::redact::Redactor;
use super::tree::{Tree, json};
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::claim::CATALOGUE;
use crate::exposure::{Vantage, octets};
use crate::flow::{Server, ServerRole, Untold};

/// Version of the shape of this object.
const SCHEMA_VERSION: &str = "1.0";

/// Writes the report, entry by entry: the tree of a long capture is never held as a whole.
///
/// # Errors
/// Those of the writer.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let tracker = report.scene.tracker;
    write!(out, "{{\"schema_version\":\"{SCHEMA_VERSION}\"")?;
    let mut page = Page {
        redactor: &report.redactor,
        out,
    };
    page.single("summary", &summary(report))?;
    page.single("capture", &capture::capture(report))?;
    let scene = &report.scene;
    let (by_flow, all_octets) = octets(scene, &report.protections);
    let flows = scene.flows.iter();
    page.list("flows", flows.map(|f| flow::flow(f, by_flow.get(&f.id))))?;
    page.list("legs", scene.legs.iter().map(|leg| relay::leg(leg)))?;
    page.list(
        "allocations",
        scene
            .allocations
            .iter()
            .map(|a| relay::allocation(scene.tracker, a)),
    )?;
    page.list("paths", report.scene.paths.iter().map(relay::path))?;
    let paths = by_ends(report);
    let associations = scene.associations.iter();
    page.list(
        "associations",
        associations.map(|a| association::association(tracker, &paths, a)),
    )?;
    let senders: HashMap<_, _> = scene.senders.iter().map(|s| (s.key, *s)).collect();
    let streams = scene.numbered_streams();
    page.list(
        "streams",
        streams
            .map(|(id, s)| stream::stream(report, &paths, (id, s, senders.get(&s.key).copied()))),
    )?;
    let senders = scene.numbered_senders();
    page.list(
        "rtcp_senders",
        senders.map(|(id, s)| stream::sender(report, &paths, (id, s))),
    )?;
    page.single("servers", &servers(report))?;
    let streams = session::Streams::of(scene);
    page.list(
        "sessions",
        scene
            .sessions
            .iter()
            .map(|s| session::session(report, &streams, s)),
    )?;
    write!(page.out, ",\n\"exposures\":{{")?;
    for (place, vantage) in Vantage::ALL.into_iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(page.out, "{comma}\n\"{}\":", vantage.name())?;
        page.entries(report.ledger(vantage).map(|of| judged::exposure(&of)))?;
    }
    write!(page.out, "}}")?;
    page.single("octets", &judged::octets(&all_octets))?;
    page.list("claims", report.claims.iter().map(judged::claim))?;
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
    for path in &report.scene.paths {
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
        "calls": report.calls().len(),
        "observer": report.observer.name(),
        "redacted": report.redactor.is_on(),
    })
}

fn servers(report: &Report<'_>) -> Tree {
    let server = |((address, server), id): ((&SocketAddr, &Server), u64)| {
        let untold = server.role.err();
        let may_be = untold.map_or(&[][..], Untold::may_be).iter();
        json!({
            "id": id,
            "address": *address,
            "role": server.role.ok().map(ServerRole::name),
            "may_be": may_be.map(|role| role.name()).collect::<Tree>(),
            "missing": untold.map(Untold::text),
            "basis": if server.negotiated { "negotiated" } else { "shape" },
            "clients": server.clients.iter().collect::<Tree>(),
            "delay": server.delay().map(|delay| Timestamp::default().after(delay)),
            "mixed_packets": server.mixed.total(),
            "evidence": evidence(&server.packets),
        })
    };
    report.scene.servers.iter().zip(1..).map(server).collect()
}

pub(super) fn evidence(packets: &Sample) -> Tree {
    json!({ "packets": packets.packets().iter().collect::<Tree>(), "total": packets.total() })
}

fn anomalies(report: &Report<'_>) -> Tree {
    let odd = report.scene.tracker.anomalies().iter().map(|(anomaly, packets)| {
        json!({ "kind": anomaly.kind(), "count": packets.total(), "first_packet": packets.first() })
    });
    let evicted = report
        .scene
        .tracker
        .evicted()
        .into_iter()
        .filter(|(_, count)| *count > 0);
    let evicted =
        evicted.map(|(kind, count)| json!({ "kind": kind, "count": count, "first_packet": null }));
    odd.chain(evicted).collect()
}
