//! The dispute: what was said about relays, which claims answer it, and how a capture answers.

use std::io::{self, Write};

use super::Report;
use super::text::wrapped;
use crate::claim::Verdict;
use crate::claim::origin::{SENTENCES, Sentence, Subject};

/// Writes every sentence of the dispute with its answer; with a report, how that capture answers.
///
/// # Errors
/// Those of the writer.
pub fn write(report: Option<&Report<'_>>, out: &mut impl Write) -> io::Result<()> {
    for sentence in SENTENCES {
        wrapped(out, 0, &format!("\u{201c}{}\u{201d}", sentence.said))?;
        wrapped(out, 4, sentence.answer)?;
        match report {
            Some(report) => answers(report, sentence, out)?,
            None if sentence.claims.is_empty() => {
                writeln!(
                    out,
                    "    decided by: nothing that packets show without keys"
                )?;
            }
            None => wrapped(
                out,
                4,
                &format!("decided by: {}", sentence.claims.join(", ")),
            )?,
        }
        writeln!(out)?;
    }
    Ok(())
}

/// How a capture answers one sentence.
fn answers(report: &Report<'_>, sentence: &Sentence, out: &mut impl Write) -> io::Result<()> {
    let relay = !report.scene.legs.is_empty();
    match sentence.speaks_of {
        Subject::Relay if !relay => {
            return writeln!(out, "    here: no relay was seen");
        }
        Subject::MediaServer if report.scene.media_servers().next().is_none() => {
            return writeln!(out, "    here: no media server was recognised");
        }
        Subject::MediaServer if sentence.claims.is_empty() => {
            let words = "here: no claim decides it; with the keys of a hop the report tells of what they open";
            return wrapped(out, 4, words);
        }
        _ => {}
    }
    for id in sentence.claims {
        let [holds, violated, inconclusive] = report.tally(id);
        let counts = [
            (violated, "violated"),
            (inconclusive, "inconclusive"),
            (holds, "holds"),
        ];
        let mut words: Vec<String> = Vec::new();
        for (count, name) in counts {
            match (count, holds + violated + inconclusive) {
                (0, _) => {}
                (_, 1) => words.push(name.to_owned()),
                (count, all) => words.push(format!("{name} in {count} of {all}")),
            }
        }
        if words.is_empty() {
            words.push("not exercised".to_owned());
        }
        let packet = first_packet(report, id);
        let packet = packet.map_or_else(String::new, |number| format!(" (packet {number})"));
        wrapped(out, 4, &format!("here: {id}: {}{packet}", words.join(", ")))?;
    }
    Ok(())
}

/// The first packet of the verdict that weighs most: a violation before anything else.
fn first_packet(report: &Report<'_>, id: &str) -> Option<u64> {
    let weight = |verdict: &Verdict| match verdict {
        Verdict::Violated(_) => 0,
        Verdict::Inconclusive(..) => 1,
        Verdict::Holds(_) => 2,
    };
    let judged = report.claims.iter().filter(|judged| judged.claim.id == id);
    let first = judged.min_by_key(|judged| weight(&judged.verdict))?;
    first.verdict.evidence()?.packets().first()
}
