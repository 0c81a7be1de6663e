//! What the chosen observer reads, what follows from it, what is sealed for it, and what cannot be
//! told.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{heading, shortened, thousands, wrapped};
use crate::exposure::{Exposure, Vantage, Visibility};
use crate::report::Report;

/// Exposures of one kind that are listed before the rest is only counted.
const LISTED: usize = 4;
/// Columns of the name and of the value.
const ITEM: usize = 22;
const VALUE: usize = 38;

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let entries = report.ledger(report.observer);
    let who = report.observer.text().to_uppercase();
    let parts = [
        (format!("WHAT {who} READS"), Visibility::Readable, false),
        (
            "WHAT FOLLOWS FROM THAT".to_owned(),
            Visibility::Readable,
            true,
        ),
        (format!("WHAT {who} CANNOT READ"), Visibility::Hidden, false),
        ("WHAT CANNOT BE TOLD".to_owned(), Visibility::Unknown, false),
    ];
    for (title, visibility, inferred) in parts {
        let belongs = |entry: &&Exposure| {
            entry.visibility == visibility && entry.inference.is_some() == inferred
        };
        section(report, &title, entries.iter().filter(belongs), out)?;
    }
    if !entries.is_empty() {
        others(report, out)?;
    }
    Ok(())
}

fn section<'e>(
    report: &Report<'_>,
    title: &str,
    entries: impl Iterator<Item = &'e Exposure>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut items: Vec<(&str, Vec<Exposure>)> = Vec::new();
    let mut places = BTreeMap::new();
    for entry in entries {
        let item = match items.iter().position(|(item, _)| *item == entry.item) {
            Some(item) => item,
            None => {
                items.push((entry.item, Vec::new()));
                items.len() - 1
            }
        };
        let Some((_, list)) = items.get_mut(item) else {
            continue;
        };
        // The same value on several legs is one line.
        let place = *places.entry((item, &entry.value)).or_insert(list.len());
        match list.get_mut(place) {
            Some(known) => known.packets.merge(&entry.packets),
            None => list.push(entry.clone()),
        }
    }
    if items.is_empty() {
        return Ok(());
    }
    heading(out, title)?;
    writeln!(out, "{:<63} {:>7} {:>8}", "", "first", "packets")?;
    for (item, list) in &items {
        let shown = list.iter().take(LISTED);
        shown
            .into_iter()
            .try_for_each(|entry| row(report, entry, out))?;
        if list.len() > LISTED {
            writeln!(out, "  {item:<ITEM$} and {} more", list.len() - LISTED)?;
        }
    }
    Ok(())
}

fn row(report: &Report<'_>, entry: &Exposure, out: &mut impl Write) -> io::Result<()> {
    let packets = &entry.packets;
    let mut value = report.show(&entry.value);
    if let Some(strength) = entry.inference {
        value = format!("{value} ({})", strength.name());
    }
    writeln!(
        out,
        "  {:<ITEM$} {:<VALUE$} {:>7} {:>8}",
        shortened(entry.item, ITEM),
        shortened(&value, VALUE),
        packets.first().unwrap_or_default(),
        thousands(packets.total())
    )
}

fn others(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let others = Vantage::ALL.into_iter().filter(|o| *o != report.observer);
    let names: Vec<_> = others.map(Vantage::name).collect();
    let words = format!(
        "What others read: --observer {}. Every value whole: --format json.",
        names.join(", ")
    );
    writeln!(out)?;
    wrapped(out, 2, &words)
}
