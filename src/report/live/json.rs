//! Events as JSON, one object in a line.

use std::io::{self, Write};

use super::event::{Event, Talk, What};
use super::exposed::Exposed;
use super::part::{Granted, Judged, Part};
use crate::base::sample::Sample;
use crate::base::told::{Name, Told};
use crate::claim::{Gap, Subject};
use crate::exposure::{Strength, Vantage};
use crate::flow::StreamKey;
use crate::report::Report;
use crate::report::redact::Redactor;
use crate::report::tree::{Tree, json};

/// Writes one event as a line of JSON.
///
/// # Errors
/// Those of the writer.
pub fn line(event: &Event, redactor: &Redactor, out: &mut impl Write) -> io::Result<()> {
    let mut members = vec![
        ("event", Tree::from(event.what.name())),
        ("time", Tree::from(event.time)),
        ("call", Tree::from(event.call)),
    ];
    if let Tree::Object(more) = body(&event.what) {
        members.extend(more);
    }
    Tree::Object(members).write(redactor, out)?;
    writeln!(out)
}

/// Writes the report at the end of the events, as one more line.
///
/// # Errors
/// Those of the writer.
pub fn report_line(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let time = report.scene.tracker.totals().last.unwrap_or_default();
    write!(
        out,
        "{{\"event\":\"report\",\"time\":{time},\"call\":null,\"report\":"
    )?;
    crate::report::json::write(report, &mut InLine(out))?;
    writeln!(out, "}}")
}

/// A writer that leaves line feeds out: in JSON they stand between values only.
struct InLine<'o, W>(&'o mut W);

impl<W: Write> Write for InLine<'_, W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        for piece in octets.split(|octet| *octet == b'\n') {
            self.0.write_all(piece)?;
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn body(what: &What) -> Tree {
    match what {
        What::AllocationCreated(granted) => json!({ "allocation": allocation(granted) }),
        What::CallBegan(talk) => json!({ "session": session(talk) }),
        What::PathProven(judged) => json!({
            "path": subject(&judged.subject),
            "found": judged.judgement.found.clone(),
            "evidence": evidence(judged),
        }),
        What::ExposureFirstSeen(observer, exposed) => exposure(*observer, exposed),
        What::ClaimChanged(before, judged) => claim(*before, judged),
        What::CallEnded(part) => ended(part),
        What::CallForgotten => json!({}),
        What::PacketsLost(loss) => crate::report::json::loss(loss),
    }
}

fn allocation(granted: &Granted) -> Tree {
    json!({
        "id": granted.id,
        "client": granted.client,
        "server": granted.server,
        "relayed": granted.relayed.iter().collect::<Tree>(),
        "username": granted.username.as_ref().map(|name| Name::User.of(name)),
        "inferred": granted.inferred,
    })
}

fn session(talk: &Talk) -> Tree {
    let parties = talk.parties.iter().flatten();
    json!({
        "topology": talk.topology.name(),
        "parties": parties.collect::<Tree>(),
        "server": talk.server,
    })
}

fn exposure(observer: Vantage, exposed: &Exposed) -> Tree {
    json!({
        "observer": observer.name(),
        "item": exposed.item,
        "field": exposed.field,
        "value": exposed.value(),
        "leg": exposed.leg.clone(),
        "inference": exposed.inference.map(Strength::name),
        "first_packet": exposed.first_packet,
    })
}

fn claim(before: Option<&'static str>, judged: &Judged) -> Tree {
    let judgement = &judged.judgement;
    json!({
        "observer": judgement.observer.name(),
        "claim": judgement.claim.id,
        "subject": subject(&judged.subject),
        "before": before,
        "verdict": judgement.verdict.name(),
        "found": judgement.found.clone(),
        "gap": judgement.verdict.gap().map(Gap::text),
        "evidence": evidence(judged),
        "display_filter": judgement.display_filter(),
    })
}

fn ended(part: &Part) -> Tree {
    json!({
        "session": session(&part.talk()),
        "first": part.first,
        "last": part.last,
        "packets": part.packets,
    })
}

fn evidence(judged: &Judged) -> Tree {
    let nothing = Sample::default();
    let evidence = judged.judgement.verdict.evidence();
    crate::report::json::evidence(evidence.map_or(&nothing, |evidence| evidence.packets()))
}

/// What a verdict speaks of, by addresses: numbers are those of one report.
fn subject(subject: &Subject) -> Tree {
    match subject {
        Subject::Path(ends, relayed, peer) => json!({
            "kind": "path", "client": ends.src, "server": ends.dst,
            "relayed": *relayed, "peer": *peer,
        }),
        Subject::Leg(ends) => json!({ "kind": "leg", "client": ends.src, "server": ends.dst }),
        Subject::Stream(key) => source("stream", key),
        Subject::RtcpSender(key) => source("rtcp-sender", key),
        Subject::Association(id) => json!({ "kind": "association", "id": *id }),
        Subject::Server(address) => json!({ "kind": "server", "address": *address }),
        Subject::Session(parties, first) => json!({
            "kind": "session", "parties": parties.iter().collect::<Tree>(), "first": *first,
        }),
        Subject::Capture => json!({ "kind": "capture" }),
    }
}

fn source(kind: &'static str, key: &StreamKey) -> Tree {
    let (src, dst) = key.flow.ends(key.direction);
    json!({
        "kind": kind, "ssrc": Told::plain(key.ssrc.to_string()), "src": src, "dst": dst,
        "relayed": key.relayed,
    })
}
