//! Events as lines for people.

use std::net::IpAddr;

use std::io::{self, Write};

use super::event::{Event, Talk, What};
use super::exposed::Exposed;
use super::part::{Granted, Judged};
use crate::base::time::{Timestamp, utc};
use crate::base::told::{Name, Told, told};
use crate::capture::Loss;
use crate::claim::{Subject, Verdict};
use crate::exposure::Vantage;
use crate::flow::StreamKey;
use crate::report::redact::Redactor;
use crate::report::text::thousands;

/// Packets that are named of the evidence.
const NAMED: usize = 4;

/// Writes one event as a line: when, of which call, what.
///
/// # Errors
/// Those of the writer.
pub fn line(event: &Event, redactor: &Redactor, out: &mut impl Write) -> io::Result<()> {
    let seconds = u64::try_from(event.time.0 / 1_000_000_000).unwrap_or_default();
    let call = event
        .call
        .map_or_else(String::new, |call| format!("call {call}"));
    let words = redactor.show(words(&event.what));
    writeln!(out, "{}  {call:<10} {words}", utc(seconds))
}

fn words(what: &What) -> Told {
    match what {
        What::AllocationCreated(granted) => allocation(granted),
        What::CallBegan(talk) => told!["began: ", between(talk)],
        What::PathProven(judged) => {
            told!["path proven: ", subject(&judged.subject)]
        }
        What::ExposureFirstSeen(observer, exposed) => exposure(*observer, exposed),
        What::ClaimChanged(before, judged) => claim(*before, judged),
        What::CallEnded(part) => told![
            "ended: ",
            between(&part.talk()),
            Told::plain(format!(
                ", {} packets in {} s",
                thousands(part.packets),
                part.last.since(part.first).as_secs()
            ))
        ],
        What::CallForgotten => "let go: it ended long ago".into(),
        What::PacketsLost(loss) => lost(loss),
    }
}

fn allocation(granted: &Granted) -> Told {
    let relayed = Told::joined(granted.relayed.iter().map(|at| Told::from(*at)), " and ");
    let account = match &granted.username {
        Some(name) => told![" for ", Name::User.of(name)],
        None => Told::default(),
    };
    let how = if granted.inferred {
        " (known only by what it carries)"
    } else {
        ""
    };
    told![
        "allocation: ",
        granted.client,
        " at ",
        granted.server,
        if granted.relayed.is_empty() {
            ""
        } else {
            " relays "
        },
        relayed,
        account,
        how
    ]
}

fn between(talk: &Talk) -> Told {
    let who = joined(talk.parties.as_deref().unwrap_or_default());
    match talk.server {
        Some(server) => told![who, " through ", server],
        None => who,
    }
}

fn joined(parties: &[IpAddr]) -> Told {
    Told::joined(parties.iter().map(|party| Told::from(*party)), " and ")
}

fn exposure(observer: Vantage, exposed: &Exposed) -> Told {
    let packet = exposed
        .first_packet
        .map_or_else(String::new, |number| format!(" (packet {number})"));
    told![
        observer.text(),
        " reads ",
        exposed.item,
        ": ",
        exposed.value(),
        Told::plain(packet)
    ]
}

fn claim(before: Option<&'static str>, judged: &Judged) -> Told {
    let judgement = &judged.judgement;
    let mark = match &judgement.verdict {
        Verdict::Holds(_) => "✔ ",
        Verdict::Violated(_) => "✘ ",
        Verdict::Inconclusive(..) => "? ",
    };
    let was = before.map_or_else(String::new, |before| format!(", was {before}"));
    let gap = judgement.verdict.gap();
    let why = gap.map_or_else(String::new, |gap| format!(", because {}", gap.text()));
    told![
        mark,
        judgement.claim.id,
        " ",
        judgement.verdict.name(),
        Told::plain(was),
        " for ",
        subject(&judged.subject),
        ": ",
        &judgement.found,
        Told::plain(why),
        Told::plain(packets(judged))
    ]
}

fn packets(judged: &Judged) -> String {
    let Some(evidence) = judged.judgement.verdict.evidence() else {
        return String::new();
    };
    let numbers = evidence.packets().packets().iter().take(NAMED);
    let numbers: Vec<_> = numbers.map(ToString::to_string).collect();
    let more = evidence.packets().total() > numbers.len() as u64;
    format!(" [{}{}]", numbers.join(" "), if more { " ..." } else { "" })
}

/// What a verdict speaks of, in words.
pub fn subject(subject: &Subject) -> Told {
    match subject {
        Subject::Path(ends, _, peer) => match peer {
            Some(peer) => told![ends.src, " to ", *peer],
            None => told![ends.src, " to somebody"],
        },
        Subject::Leg(ends) => told![ends.src, " at ", ends.dst],
        Subject::Stream(key) => source("SSRC ", key),
        Subject::RtcpSender(key) => source("reports of ", key),
        Subject::Association(id) => Told::plain(format!("handshake {id}")),
        Subject::Server(address) => (*address).into(),
        Subject::Session(parties, _) => joined(parties),
        Subject::Capture => "the capture".into(),
    }
}

fn source(what: &'static str, key: &StreamKey) -> Told {
    let (src, dst) = key.flow.ends(key.direction);
    let name = Told::plain(key.ssrc.to_string());
    told![what, name, ", ", src, " to ", dst]
}

fn lost(loss: &Loss) -> Told {
    let when = match (loss.from, loss.to) {
        (Timestamp::MIN, _) | (_, Timestamp::MAX) => String::new(),
        (from, to) => format!(" within {} ms", to.since(from).as_millis()),
    };
    Told::plain(format!(
        "lost {} packets{when}: what they could hide is inconclusive",
        thousands(loss.packets)
    ))
}
