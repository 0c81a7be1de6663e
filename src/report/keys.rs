//! What the keys that were given opened, and why not more.

use std::collections::BTreeMap;

use super::Report;
use super::shown_keys;
use super::text::{counted, thousands};
use super::tree::{Tree, json};
use crate::base::told::{Name, Told, told};
use crate::flow::{KeySource, OpenedFlow};
use crate::keys::{NotOpened, Problem, Problems};

/// Sentences about the keys; none where none were given or found.
pub(super) fn sentences(report: &Report<'_>) -> Vec<String> {
    let tracker = report.scene.tracker;
    let (keys, openings) = (tracker.keys(), tracker.openings());
    let mut told = given(report);
    if openings.used() > 0 && !report.observer.opens_tls() {
        let observer = report.observer.name();
        told.push(format!(
            "Flows, allocations and paths are listed as who gave the keys reads them; {observer} \
             does not see what was opened, and is judged without it."
        ));
    }
    let mut closed = BTreeMap::<String, u64>::new();
    for flow in tracker.opened_flows() {
        if let Some(why) = refused(&flow) {
            *closed.entry(why.to_string()).or_default() += 1;
        }
    }
    for (why, connections) in closed {
        let verb = if connections == 1 { "was" } else { "were" };
        let connections = counted(connections, "connection");
        told.push(format!("{connections} {verb} not opened: {why}."));
    }
    told.extend(unreadable(report, keys.problems(), "the key log"));
    let srtp = tracker.srtp_keys().problems();
    told.extend(unreadable(report, srtp, "the SRTP keys"));
    told
}

/// Which keys were given, and what they opened.
fn given(report: &Report<'_>) -> Vec<String> {
    let tracker = report.scene.tracker;
    let (keys, srtp) = (tracker.keys(), tracker.srtp_keys());
    let opened = OpenedStreams::of(report);
    let mut told = Vec::new();
    if keys.logs() > 0 {
        let given = counted(keys.handshakes() as u64, "handshake");
        let used = match tracker.openings().used() {
            0 if opened.count > 0 => String::new(),
            0 => ": they opened nothing here".to_owned(),
            used => format!(": they opened {}", counted(used, "connection")),
        };
        told.push(format!("Keys of {given} were given{used}."));
    }
    if srtp.files() > 0 {
        let given = counted(srtp.all().len() as u64, "SRTP key");
        told.push(format!("{given} were given."));
    }
    told.extend(opened.sentence());
    told.extend(shown_keys::sentences(report));
    told
}

/// Streams of which keys opened something.
struct OpenedStreams {
    count: u64,
    /// Those among them whose key stands in signalling.
    announced: u64,
    /// Packets whose tag verified, and all packets of these streams.
    verified: [u64; 2],
}

impl OpenedStreams {
    fn of(report: &Report<'_>) -> Self {
        let mut sum = Self {
            count: 0,
            announced: 0,
            verified: [0; 2],
        };
        for stream in &report.scene.streams {
            if let Some(opened) = stream.opened() {
                let [verified, all] = &mut sum.verified;
                let source = opened.key().map(|key| &key.source);
                sum.count += 1;
                sum.announced += u64::from(matches!(source, Some(KeySource::Signalling(_))));
                *verified += opened.authenticated.total();
                *all += stream.packets.total();
            }
        }
        sum
    }

    fn sentence(&self) -> Option<String> {
        let [verified, all] = self.verified.map(thousands);
        let keys = if self.announced == self.count {
            "Keys in the signalling"
        } else {
            "Keys"
        };
        let streams = counted(self.count, "stream");
        (self.count > 0).then(|| {
            format!("{keys} opened the media of {streams}: {verified} of {all} tags verified.")
        })
    }
}

/// Lines that could not be read: the first of them, and how many more.
fn unreadable(report: &Report<'_>, problems: &Problems, of: &str) -> Option<String> {
    let first = problems.told().first()?;
    let more = problems.told().len() as u64 - 1 + problems.more();
    let first = report.show(problem(first));
    Some(match more {
        0 => format!("A line of {of} cannot be read: {first}."),
        more => format!(
            "{} lines of {of} cannot be read, the first: {first}.",
            thousands(more + 1)
        ),
    })
}

/// The member `capture.keys`.
pub(super) fn member(report: &Report<'_>) -> Tree {
    let tracker = report.scene.tracker;
    let (keys, openings) = (tracker.keys(), tracker.openings());
    let closed = tracker.opened_flows().into_iter().filter_map(|flow| {
        let (id, why) = (tracker.flow(&flow.flow)?.id, refused(&flow)?);
        Some(json!({ "flow": id, "why": Told::plain(why.to_string()) }))
    });
    let srtp = tracker.srtp_keys().problems();
    let told = keys.problems().told().iter().chain(srtp.told());
    json!({
        "logs": keys.logs(),
        "given": keys.handshakes() as u64,
        "used": openings.used(),
        "srtp_given": tracker.srtp_keys().all().len() as u64,
        "streams_opened": OpenedStreams::of(report).count,
        "not_opened": closed.collect::<Tree>(),
        "shown": shown_keys::member(report),
        "problems": told.map(problem).collect::<Tree>(),
        "more_problems": keys.problems().more() + srtp.more(),
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
