//! What the keys that were given opened, and why not more.

use std::collections::BTreeMap;

use super::Report;
use super::text::thousands;
use super::tree::{Tree, json};
use crate::base::told::{Name, Told, told};
use crate::flow::OpenedFlow;
use crate::keys::{NotOpened, Problem};

/// Sentences about the keys; none where none were given.
pub(super) fn sentences(report: &Report<'_>) -> Vec<String> {
    let tracker = report.scene.tracker;
    let (keys, openings) = (tracker.keys(), tracker.openings());
    if keys.logs() == 0 {
        return Vec::new();
    }
    let given = counted(keys.handshakes() as u64, "handshake");
    let used = match openings.used() {
        0 => "they opened nothing here".to_owned(),
        used => format!("they opened {}", counted(used, "connection")),
    };
    let mut told = vec![format!("Keys of {given} were given: {used}.")];
    if openings.used() > 0 && !report.observer.opens_tls() {
        let observer = report.observer.name();
        told.push(format!(
            "Flows, allocations and paths are listed as who gave the keys reads them; {observer} \
             does not see what was opened, and is judged without it."
        ));
    }
    let mut closed = BTreeMap::<String, u64>::new();
    for flow in openings.all() {
        if let Some(why) = refused(&flow) {
            *closed.entry(why.to_string()).or_default() += 1;
        }
    }
    for (why, connections) in closed {
        let verb = if connections == 1 { "was" } else { "were" };
        let connections = counted(connections, "TLS connection");
        told.push(format!("{connections} {verb} not opened: {why}."));
    }
    told.extend(problems(report));
    told
}

/// Lines of key logs that could not be read: the first of them, and how many more.
fn problems(report: &Report<'_>) -> Option<String> {
    let problems = report.scene.tracker.keys().problems();
    let first = problems.told().first()?;
    let more = problems.told().len() as u64 - 1 + problems.more();
    let first = report.show(problem(first));
    Some(match more {
        0 => format!("A line of the key log cannot be read: {first}."),
        more => format!(
            "{} lines of the key log cannot be read, the first: {first}.",
            thousands(more + 1)
        ),
    })
}

/// The member `capture.keys`.
pub(super) fn member(report: &Report<'_>) -> Tree {
    let tracker = report.scene.tracker;
    let (keys, openings) = (tracker.keys(), tracker.openings());
    let closed = openings.all().into_iter().filter_map(|flow| {
        let (id, why) = (tracker.flow(&flow.flow)?.id, refused(&flow)?);
        Some(json!({ "flow": id, "why": Told::plain(why.to_string()) }))
    });
    json!({
        "logs": keys.logs(),
        "given": keys.handshakes() as u64,
        "used": openings.used(),
        "not_opened": closed.collect::<Tree>(),
        "problems": keys.problems().told().iter().map(problem).collect::<Tree>(),
        "more_problems": keys.problems().more(),
    })
}

/// Why nothing of a connection was opened.
fn refused(flow: &OpenedFlow) -> Option<NotOpened> {
    flow.why.filter(|_| flow.opened == 0)
}

fn problem(problem: &Problem) -> Told {
    let words = format!(", line {}: {}", problem.line, problem.fault);
    told![Name::File.of(&problem.source), Told::plain(words)]
}

fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(number))
}
