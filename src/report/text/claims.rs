//! The claims: each with its verdicts, the packets behind them, and how to check them.

use std::io::{self, Write};

use super::{BAD, BOLD, DOUBT, GOOD, heading, thousands, wrapped};
use crate::base::sample::Sample;
use crate::claim::{CATALOGUE, Judgement, Verdict};
use crate::report::Report;

/// Verdicts of one claim that are listed before the rest is only counted.
const LISTED: usize = 3;
/// Packets that are named for one verdict.
const NAMED: usize = 6;

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    heading(
        out,
        &format!("CLAIMS (judged for {})", report.observer.text()),
    )?;
    for claim in CATALOGUE {
        let mut judged: Vec<_> = report
            .claims
            .iter()
            .filter(|judged| judged.claim.id == claim.id)
            .collect();
        // What weighs most comes first; the order of the capture within.
        judged.sort_by_key(|judged| weight(&judged.verdict));
        match judged.as_slice() {
            [] => writeln!(out, "  · {:<32} not exercised", claim.id)?,
            [first, ..] => {
                title(first, &judged, out)?;
                for judged in judged.iter().take(LISTED) {
                    detail(report, judged, out)?;
                }
                if judged.len() > LISTED {
                    writeln!(out, "      and {} more", judged.len() - LISTED)?;
                }
                last(first, out)?;
            }
        }
    }
    Ok(())
}

const fn weight(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Violated(_) => 0,
        Verdict::Inconclusive(..) => 1,
        Verdict::Holds(_) => 2,
    }
}

fn title(first: &Judgement, all: &[&Judgement], out: &mut impl Write) -> io::Result<()> {
    let (mark, style) = match first.verdict {
        Verdict::Holds(_) => ("✔", GOOD),
        Verdict::Violated(_) => ("✘", BAD),
        Verdict::Inconclusive(..) => ("?", DOUBT),
    };
    let (kind, _) = first.scope.parts();
    let name = first.verdict.name();
    let same = all
        .iter()
        .filter(|judged| judged.verdict.name() == name)
        .count();
    let scopes = match all.len() {
        1 => String::new(),
        all if all == same => format!(" in all {all} {kind}s"),
        all => format!(" in {same} of {all} {kind}s"),
    };
    writeln!(
        out,
        "  {style}{mark}{style:#} {BOLD}{:<32}{BOLD:#} {style}{name}{style:#}{scopes}",
        first.claim.id,
    )
}

/// One verdict: what was found, why it is not more, and its packets.
fn detail(report: &Report<'_>, judged: &Judgement, out: &mut impl Write) -> io::Result<()> {
    let mut words = report.show(&judged.found);
    if let Some(gap) = judged.verdict.gap() {
        words = format!("{words}, because {}", gap.text());
    }
    if let Some(evidence) = judged.verdict.evidence() {
        words = format!("{words} [{}]", packets(evidence.packets()));
    }
    wrapped(out, 6, &words)
}

/// The first of these packets, and how many more there are.
pub(in crate::report) fn packets(packets: &Sample) -> String {
    let named = packets.packets().iter().take(NAMED);
    let named: Vec<_> = named.map(ToString::to_string).collect();
    let more = packets.total().saturating_sub(named.len() as u64);
    let more = match more {
        0 => String::new(),
        more => format!(" and {} more", thousands(more)),
    };
    let word = if packets.total() == 1 {
        "packet"
    } else {
        "packets"
    };
    format!("{word} {}{more}", named.join(" "))
}

/// What the first verdict does not say, and a display filter that shows its packets.
fn last(first: &Judgement, out: &mut impl Write) -> io::Result<()> {
    if !matches!(first.verdict, Verdict::Inconclusive(..)) {
        let words = format!("does not say {}", first.claim.does_not_say);
        wrapped(out, 6, &words)?;
    }
    if let Some(evidence) = first.verdict.evidence() {
        let named = evidence.packets().packets().iter().take(NAMED);
        let named: Vec<_> = named.map(ToString::to_string).collect();
        let words = format!("check it: frame.number in {{{}}}", named.join(", "));
        wrapped(out, 6, &words)?;
    }
    Ok(())
}
