//! The report as text: the answer first, then paths, exposures and claims. 80 columns.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Report;
use crate::claim::{CATALOGUE, Judgement, Verdict};
use crate::exposure::{Exposure, Vantage};
use crate::flow::{RelayPath, Side};

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const DOUBT: Style = AnsiColor::Yellow.on_default();

/// Exposures of one kind that are listed before the rest is only counted.
const LISTED: usize = 4;
const WIDTH: usize = 80;

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
fn thousands(number: u64) -> String {
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
        report.capture.sources.join(", "),
        thousands(totals.packets),
        seconds / 1000,
        seconds % 1000 / 100
    )?;
    writeln!(out)?;
    if let Some(early) = &report.capture.ended_early {
        wrapped(out, 2, &format!("The file {early}."))?;
    }
    for sentence in sentences(report) {
        wrapped(out, 2, &sentence)?;
    }
    Ok(())
}

/// What the report says, in a few sentences that are true of this capture.
fn sentences(report: &Report<'_>) -> Vec<String> {
    if report.tracker.legs().is_empty() {
        return vec!["No TURN relay was seen, so nothing is said about relays.".to_owned()];
    }
    let mut told = Vec::new();
    let busiest = report
        .paths
        .iter()
        .max_by_key(|path| (volume(path), u64::MAX - path.id));
    match busiest {
        None => told.push(
            "A TURN relay was asked, but nothing that it carried for anybody was seen.".to_owned(),
        ),
        Some(path) => told.extend(of_path(report, path)),
    }
    let ledger = report.ledger(report.observer);
    let has = |item: &str| ledger.iter().any(|entry| entry.item == item);
    let reads: Vec<&str> = [
        ("peer", "who talks to whom"),
        ("account", "the account name"),
        ("software", "the software"),
        ("DTLS handshake", "the handshake"),
        ("RTP extensions", "RTP header extensions"),
        ("RTCP reports", "reports in clear"),
        ("sizes and times", "every size and time"),
    ]
    .into_iter()
    .filter_map(|(item, words)| has(item).then_some(words))
    .collect();
    told.push(format!(
        "{} can read {}. Whether media payload is sealed is not judged.",
        capitalised(report.observer.text()),
        reads.join(", ")
    ));
    told
}

fn of_path(report: &Report<'_>, path: &RelayPath<'_>) -> Vec<String> {
    let client = path.allocation.ends.src;
    let server = path.allocation.ends.dst;
    let peer = match (path.peer_allocation, path.peer) {
        (Some(other), _) => format!("{} (a client of the same relay)", other.ends.src),
        (None, Some(peer)) => peer.to_string(),
        (None, None) => "a peer that was named before the capture began".to_owned(),
    };
    let mut told = vec![format!(
        "{client} talks to {peer} through the relay {server}."
    )];
    let verdict = report.claims.iter().find(|judged| {
        judged.claim.id == "relay-forwards-unchanged" && judged.scope.parts() == ("path", path.id)
    });
    let Some(judged) = verdict else { return told };
    let left = path.to_peer.left + path.to_client.left;
    told.push(match &judged.verdict {
        Verdict::Holds(_) => format!(
            "The relay forwarded {} of {} datagrams octet for octet.",
            thousands(unchanged(path)),
            thousands(left)
        ),
        Verdict::Violated(evidence) => format!(
            "The relay did not forward everything as it came: {} (packet {}).",
            judged.found,
            evidence.packets().first().unwrap_or_default()
        ),
        Verdict::Inconclusive(gap, _) => {
            format!(
                "Whether it forwarded all unchanged cannot be told: {}.",
                gap.text()
            )
        }
    });
    told
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn volume(path: &RelayPath<'_>) -> u64 {
    path.to_peer.entered + path.to_client.left
}

fn unchanged(path: &RelayPath<'_>) -> u64 {
    let of = |side: &Side<'_>| side.count.map_or(0, |count| count.unchanged);
    of(&path.to_peer) + of(&path.to_client)
}

fn paths(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    if report.paths.is_empty() {
        return Ok(());
    }
    heading(out, "PATHS THROUGH THE RELAY")?;
    for path in &report.paths {
        let word = |address: Option<std::net::SocketAddr>| {
            address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
        };
        let client = path.allocation.ends.src;
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
                other.ends.src
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
    for vantage in Vantage::ALL {
        let entries = report.ledger(vantage);
        if entries.is_empty() {
            continue;
        }
        let who = vantage.text().to_uppercase();
        heading(out, &format!("WHAT {who} READS ({})", vantage.name()))?;
        writeln!(
            out,
            "  {:<16} {:<44} {:>7} {:>8}",
            "", "", "first", "packets"
        )?;
        let mut listed = std::collections::BTreeMap::<&str, Vec<&Exposure>>::new();
        let mut order = Vec::new();
        for entry in entries {
            let list = listed.entry(entry.item).or_default();
            if list.is_empty() {
                order.push(entry.item);
            }
            if !list.iter().any(|known| known.value == entry.value) {
                list.push(entry);
            }
        }
        for item in order {
            let list = listed.remove(item).unwrap_or_default();
            for entry in list.iter().take(LISTED) {
                row(out, entry)?;
            }
            if list.len() > LISTED {
                writeln!(out, "  {item:<16} and {} more", list.len() - LISTED)?;
            }
        }
    }
    Ok(())
}

fn row(out: &mut impl Write, entry: &Exposure) -> io::Result<()> {
    let (first, total) = (
        entry.packets.first().unwrap_or_default(),
        entry.packets.total(),
    );
    let value = shortened(&entry.value, 44);
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
            .try_for_each(|judged| verdict(out, judged))?;
    }
    Ok(())
}

fn verdict(out: &mut impl Write, judged: &Judgement) -> io::Result<()> {
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
    wrapped(out, 6, &judged.found)?;
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
