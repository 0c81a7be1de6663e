//! The report as text: the answer first, then paths, exposures and claims. 80 columns.

mod claims;
mod exposures;
mod paths;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

pub(super) use claims::packets;
pub(crate) use exposures::weight;

use super::answer::{calls, sentences};
use super::dialect::dialects;
use super::{Report, ended_early};
use crate::base::columns;
use crate::base::time::Timestamp;
use crate::base::told::{Name, Told, told};
use crate::capture::{Choice, Loss};
use crate::flow::Forgotten;

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const DOUBT: Style = AnsiColor::Yellow.on_default();

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
    paths::write(report, out)?;
    exposures::write(report, out)?;
    claims::write(report, out)?;
    notes(report, out)
}

pub(super) fn heading(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{BOLD}{text}{BOLD:#}")
}

/// Wraps words at 80 columns, each line indented by `indent`.
///
/// # Errors
/// Those of the writer.
pub fn wrapped(out: &mut impl Write, indent: usize, text: &str) -> io::Result<()> {
    let mut column = 0;
    for word in text.split_whitespace() {
        let len = columns::width(word);
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
pub(crate) fn thousands(number: u64) -> String {
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

/// 1 stream, 2,838 streams.
pub(crate) fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(number))
}

/// At most `width` columns, the end replaced by an ellipsis.
fn shortened(text: &str, width: usize) -> String {
    if columns::width(text) <= width {
        return text.to_owned();
    }
    format!("{}...", columns::head(text, width.saturating_sub(3)))
}

/// Exactly `width` columns: shortened, or filled up with spaces.
fn filled(text: &str, width: usize) -> String {
    let text = shortened(text, width);
    let space = width.saturating_sub(columns::width(&text));
    text + &" ".repeat(space)
}

/// The files, and how much they hold.
pub(super) fn title(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let totals = report.scene.tracker.totals();
    let seconds = report.milliseconds();
    writeln!(
        out,
        "{BOLD}{}{BOLD:#}: {} packets, {}.{} s",
        report.show(sources(&report.capture.sources)),
        thousands(totals.packets),
        seconds / 1000,
        seconds % 1000 / 100,
    )
}

fn answer(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    title(report, out)?;
    writeln!(out, "  {}", calls(report))?;
    writeln!(out)?;
    if report.redactor.is_on() {
        wrapped(out, 2, REDACTED)?;
    }
    for early in &report.capture.ended_early {
        let what = early.offset.map_or("The interface ", |_| "The file ");
        wrapped(out, 2, &report.show(told![what, ended_early(early), "."]))?;
    }
    if let Some(lost) = lost(report) {
        wrapped(out, 2, &lost)?;
    }
    if let Some(choice) = &report.capture.filter {
        wrapped(out, 2, &report.show(filtered(choice)))?;
    }
    let forgotten = report.scene.tracker.forgotten();
    if forgotten != Forgotten::default() {
        wrapped(out, 2, &ended(&forgotten))?;
    }
    let told = seen_again(report).chain(dialects(report));
    for sentence in told.chain(sentences(report)) {
        wrapped(out, 2, &sentence)?;
    }
    Ok(())
}

/// What is no longer told, since it had ended.
fn ended(gone: &Forgotten) -> String {
    format!(
        "Calls that ended were let go, and nothing here speaks of them: {} packets of {} flows.",
        thousands(gone.packets),
        thousands(gone.flows)
    )
}

/// What several interfaces saw of one datagram, where they did.
fn seen_again(report: &Report<'_>) -> impl Iterator<Item = String> {
    let tracker = report.scene.tracker;
    let told = [
        (
            tracker.copies(),
            "packets were captured before on another interface: each counts once.",
        ),
        (
            tracker.translated(),
            "packets were captured before on another interface under another address, so flows \
             and what runs on them are listed under both.",
        ),
        (
            tracker.unawaited(),
            "datagrams were too many to wait for all copies of them: copies that came late count \
             as datagrams.",
        ),
    ];
    let told = told.into_iter().filter(|(packets, _)| *packets > 0);
    told.map(|(packets, what)| format!("{} {what}", thousands(packets)))
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
        Some(0) => "nothing out.".to_owned(),
        Some(hidden) => format!(
            "{} packets out. They may be what refutes a claim, so none holds.",
            thousands(hidden)
        ),
        None => "packets out that nobody counted. They may be what refutes a claim, so none holds."
            .to_owned(),
    };
    let filter = Name::Text.of(&choice.filter);
    told!["The filter '", filter, "' left ", Told::plain(what)]
}

/// How many packets were lost and when, in seconds after the first packet.
fn lost(report: &Report<'_>) -> Option<String> {
    const SHOWN: usize = 3;
    let losses = report.capture.losses.intervals();
    let begin = report.scene.tracker.totals().first.unwrap_or_default();
    let after = |time: Timestamp| format!("{:.1} s", time.since(begin).as_secs_f64());
    let when = |loss: &Loss| match (loss.from, loss.to) {
        (Timestamp::MIN, Timestamp::MAX) => "at any time".to_owned(),
        (Timestamp::MIN, to) => format!("up to {}", after(to)),
        (from, to) => format!("between {} and {}", after(from), after(to)),
    };
    let mut times: Vec<_> = losses.iter().take(SHOWN).map(when).collect();
    if losses.len() > SHOWN {
        times.push(format!("{} more times", losses.len() - SHOWN));
    }
    let packets = match report.capture.losses.packets() {
        0 => return None,
        1 => "a packet".to_owned(),
        packets => format!("{} packets", thousands(packets)),
    };
    let times = times.join(", ");
    Some(format!(
        "The capture lost {packets} ({times} after it began). What was lost may be what refutes a \
         claim, so none holds of what was alive then."
    ))
}

fn notes(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let anomalies = report.scene.tracker.anomalies();
    let evicted: Vec<_> = report
        .scene
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
