//! The report as text: the answer first, then paths, exposures and claims. 80 columns.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Report;
use super::answer::sentences;
use crate::base::told::{Name, Told, told};
use crate::capture::Choice;
use crate::claim::{CATALOGUE, Judgement, Verdict};
use crate::exposure::{Exposure, Vantage};

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const DOUBT: Style = AnsiColor::Yellow.on_default();

/// Exposures of one kind that are listed before the rest is only counted.
const LISTED: usize = 4;
const WIDTH: usize = 80;
/// Said first where names are hidden: the addresses below are nobody's.
const REDACTED: &str = "Addresses, names and identifiers are replaced: the same one by the same \
    stand-in throughout this report, and by another in the next.";

/// Writes the report. Colours are for the writer to take out where they are not wanted.
///
/// # Errors
/// Those of the writer.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    answer(report, out)?;
    paths(report, out)?;
    exposures(report, out)?;
    claims(report, out)?;
    notes(report, out)
}

fn heading(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{BOLD}{text}{BOLD:#}")
}

/// Wraps words at 80 columns, each line indented by `indent`.
///
/// # Errors
/// Those of the writer.
pub fn wrapped(out: &mut impl Write, indent: usize, text: &str) -> io::Result<()> {
    let mut column = 0;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if column > 0 && indent + column + 1 + len > WIDTH {
            writeln!(out)?;
            column = 0;
        }
        if column == 0 {
            write!(out, "{:indent$}{word}", "")?;
            column = len;
        } else {
            write!(out, " {word}")?;
            column += 1 + len;
        }
    }
    writeln!(out)
}

/// 2838 as 2,838.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn answer(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let totals = report.tracker.totals();
    let seconds = report.milliseconds();
    writeln!(
        out,
        "{BOLD}{}{BOLD:#}: {} packets, {}.{} s",
        report.show(sources(&report.capture.sources)),
        thousands(totals.packets),
        seconds / 1000,
        seconds % 1000 / 100
    )?;
    writeln!(out)?;
    if report.redactor.is_on() {
        wrapped(out, 2, REDACTED)?;
    }
    for early in report.ended_early() {
        wrapped(out, 2, &report.show(told!["The file ", early, "."]))?;
    }
    if let Some(choice) = &report.capture.filter {
        wrapped(out, 2, &report.show(filtered(choice)))?;
    }
    for sentence in sentences(report) {
        wrapped(out, 2, &sentence)?;
    }
    Ok(())
}

/// The file, or the first of several.
fn sources(names: &[String]) -> Told {
    match names {
        [] => Told::default(),
        [only] => Name::File.of(only),
        [first, rest @ ..] => {
            let more = format!(" and {} more", thousands(rest.len() as u64));
            told![Name::File.of(first), Told::plain(more)]
        }
    }
}

fn filtered(choice: &Choice) -> Told {
    let what = match choice.hidden {
        0 => "nothing out.".to_owned(),
        hidden => format!(
            "{} packets out. They may be what refutes a claim, so none holds.",
            thousands(hidden)
        ),
    };
    let filter = Name::Text.of(&choice.filter);
    told!["The filter '", filter, "' left ", Told::plain(what)]
}

fn paths(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    if report.paths.is_empty() {
        return Ok(());
    }
    heading(out, "PATHS THROUGH THE RELAY")?;
    for path in &report.paths {
        let word = |address: Option<std::net::SocketAddr>| {
            address.map_or_else(|| "unknown".to_owned(), |address| report.show(address))
        };
        let client = report.show(path.allocation.ends.src);
        writeln!(
            out,
            "  {} {client} = {} - {}",
            path.id,
            word(path.relayed),
            word(path.peer)
        )?;
        if let Some(other) = path.peer_allocation {
            writeln!(
                out,
                "      the peer is {} behind the same relay",
                report.show(other.ends.src)
            )?;
        }
        for (name, side) in [("to peer  ", &path.to_peer), ("to client", &path.to_client)] {
            write!(
                out,
                "      {name} {:>7} in {:>7} out",
                side.entered, side.left
            )?;
            if let Some(count) = side.count {
                let altered = count.altered_total;
                write!(
                    out,
                    " {:>7} unchanged {altered:>3} altered",
                    count.unchanged
                )?;
                if !count.delay.is_empty() {
                    let median = count.delay.value_at_quantile(0.5);
                    write!(
                        out,
                        "  {}.{:02} ms",
                        median / 1_000_000,
                        median / 10_000 % 100
                    )?;
                }
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

fn exposures(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let entries = report.ledger(report.observer);
    if entries.is_empty() {
        return Ok(());
    }
    let who = report.observer.text().to_uppercase();
    heading(out, &format!("WHAT {who} READS"))?;
    writeln!(out, "{:<63} {:>7} {:>8}", "", "first", "packets")?;
    let mut order: Vec<&str> = Vec::new();
    for entry in &entries {
        if !order.contains(&entry.item) {
            order.push(entry.item);
        }
    }
    for item in order {
        let list = by_value(entries.iter().filter(|entry| entry.item == item));
        list.iter()
            .take(LISTED)
            .try_for_each(|entry| row(report, out, entry))?;
        if list.len() > LISTED {
            writeln!(out, "  {item:<16} and {} more", list.len() - LISTED)?;
        }
    }
    let others = Vantage::ALL
        .into_iter()
        .filter(|other| *other != report.observer);
    let others = others
        .map(|other| format!("--observer {}", other.name()))
        .collect::<Vec<_>>();
    wrapped(
        out,
        2,
        &format!(
            "What others read: {}. All of it: --format json.",
            others.join(", ")
        ),
    )
}

/// Entries with the same value on several legs become one.
fn by_value<'e>(entries: impl Iterator<Item = &'e Exposure>) -> Vec<Exposure> {
    let mut list = Vec::<Exposure>::new();
    for entry in entries {
        match list.iter_mut().find(|known| known.value == entry.value) {
            Some(known) => known.packets.merge(&entry.packets),
            None => list.push(entry.clone()),
        }
    }
    list
}

fn row(report: &Report<'_>, out: &mut impl Write, entry: &Exposure) -> io::Result<()> {
    let (first, total) = (
        entry.packets.first().unwrap_or_default(),
        entry.packets.total(),
    );
    let value = shortened(&report.show(&entry.value), 44);
    writeln!(
        out,
        "  {:<16} {value:<44} {first:>7} {:>8}",
        entry.item,
        thousands(total)
    )
}

/// At most `width` characters, the end replaced by an ellipsis.
fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 3).chain("...".chars()).collect()
}

fn claims(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    heading(
        out,
        &format!("CLAIMS (judged for {})", report.observer.text()),
    )?;
    for claim in CATALOGUE {
        let judged: Vec<_> = report
            .claims
            .iter()
            .filter(|j| j.claim.id == claim.id)
            .collect();
        if judged.is_empty() {
            writeln!(
                out,
                "  · not exercised  {}: nothing in this capture",
                claim.id
            )?;
        }
        judged
            .into_iter()
            .try_for_each(|judged| verdict(report, out, judged))?;
    }
    Ok(())
}

fn verdict(report: &Report<'_>, out: &mut impl Write, judged: &Judgement) -> io::Result<()> {
    let (mark, style) = match judged.verdict {
        Verdict::Holds(_) => ("✔", GOOD),
        Verdict::Violated(_) => ("✘", BAD),
        Verdict::Inconclusive(..) => ("?", DOUBT),
    };
    let (kind, id) = judged.scope.parts();
    let name = judged.verdict.name();
    writeln!(
        out,
        "  {style}{mark} {name}{style:#}  {BOLD}{}{BOLD:#}, {kind} {id}",
        judged.claim.id
    )?;
    wrapped(out, 6, &report.show(&judged.found))?;
    if let Some(gap) = judged.verdict.gap() {
        wrapped(out, 6, &format!("because {}", gap.text()))?;
    }
    if let Some(evidence) = judged.verdict.evidence() {
        let packets = evidence.packets();
        let first: Vec<_> = packets
            .packets()
            .iter()
            .take(8)
            .map(ToString::to_string)
            .collect();
        let more = packets.total().saturating_sub(first.len() as u64);
        let rest = if more > 0 {
            format!(" and {} more", thousands(more))
        } else {
            String::new()
        };
        wrapped(out, 6, &format!("packets {}{rest}", first.join(", ")))?;
        let numbers = first.join(", ");
        wrapped(out, 6, &format!("check it: frame.number in {{{numbers}}}"))?;
    }
    if !matches!(judged.verdict, Verdict::Inconclusive(..)) {
        wrapped(
            out,
            6,
            &format!("does not say {}", judged.claim.does_not_say),
        )?;
    }
    Ok(())
}

fn notes(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let anomalies = report.tracker.anomalies();
    let evicted: Vec<_> = report
        .tracker
        .evicted()
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .collect();
    if anomalies.is_empty() && evicted.is_empty() {
        return Ok(());
    }
    heading(out, "ODD IN THIS CAPTURE")?;
    for (anomaly, packets) in anomalies {
        let first = packets.first().unwrap_or_default();
        let total = thousands(packets.total());
        writeln!(
            out,
            "  {:<40} {total:>8} packets, first {first}",
            anomaly.kind()
        )?;
    }
    for (kind, count) in evicted {
        writeln!(out, "  {kind:<40} {:>8}", thousands(count))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_wrapped_at_eighty_columns() {
        let mut out = Vec::new();
        wrapped(&mut out, 6, &"word ".repeat(40)).expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert!(text.lines().all(|line| line.len() <= 80));
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            (thousands(999), thousands(2838)),
            ("999".into(), "2,838".into())
        );
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
