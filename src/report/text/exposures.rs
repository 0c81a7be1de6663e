//! What the chosen observer reads, what follows from it, what is sealed for it, and what cannot be
//! told.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::{filled, heading, shortened, thousands, wrapped};
use crate::exposure::{Exposure, Vantage, Visibility};
use crate::report::Report;

/// Values of one kind that are listed before the rest is only counted.
const LISTED: usize = 3;
/// Columns of the name and of the value.
const ITEM: usize = 16;
const VALUE: usize = 44;

/// What people ask for, in this order; whatever else is readable is named in one line.
const WEIGHTY: [&str; 30] = [
    "client",
    "peer",
    "address",
    "caller",
    "called",
    "account",
    "account expires",
    "account hash",
    "former address",
    "mapped address",
    "media key",
    "sound",
    "picture",
    "media",
    "who speaks",
    "participant",
    "reports",
    "realm",
    "server software",
    "client software",
    "software",
    "DTLS handshake",
    "certificate",
    "fingerprint",
    "media address",
    "server name",
    "ICE user names",
    "network",
    "stream",
    "sizes and times",
];

/// Place of an item among those that people ask for.
pub(crate) fn weight(item: &str) -> Option<usize> {
    WEIGHTY.iter().position(|weighty| *weighty == item)
}

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let entries: Vec<_> = report.ledger(report.observer).collect();
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
        let weighed = visibility == Visibility::Readable && !inferred;
        let found: Vec<_> = entries.iter().filter(belongs).collect();
        section(report, &title, &found, weighed, out)?;
    }
    if !entries.is_empty() {
        others(report, out)?;
    }
    Ok(())
}

fn section(
    report: &Report<'_>,
    title: &str,
    entries: &[&Exposure],
    weighed: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    heading(out, title)?;
    writeln!(out, "{:<63} {:>7} {:>8}", "", "first", "packets")?;
    let mut named: Vec<&str> = Vec::new();
    for entry in entries {
        if !named.contains(&entry.item) {
            named.push(entry.item);
        }
    }
    if weighed {
        named.retain(|item| weight(item).is_some());
        named.sort_by_key(|item| weight(item));
    }
    for item in &named {
        let list = by_value(entries.iter().copied().filter(|entry| entry.item == *item));
        list.iter()
            .take(LISTED)
            .try_for_each(|entry| row(report, entry, out))?;
        if list.len() > LISTED {
            writeln!(out, "  {item:<ITEM$} and {} more", list.len() - LISTED)?;
        }
    }
    let rest: BTreeSet<&str> = entries
        .iter()
        .map(|entry| entry.item)
        .filter(|item| !named.contains(item))
        .collect();
    if !rest.is_empty() {
        let rest: Vec<_> = rest.into_iter().collect();
        wrapped(out, 2, &format!("and also: {}", rest.join(", ")))?;
    }
    Ok(())
}

/// The same value on several legs is one line.
fn by_value<'e>(entries: impl Iterator<Item = &'e Exposure>) -> Vec<Exposure> {
    let mut places = BTreeMap::new();
    let mut list = Vec::<Exposure>::new();
    for entry in entries {
        let place = *places.entry(&entry.value).or_insert(list.len());
        match list.get_mut(place) {
            Some(known) => known.packets.merge(&entry.packets),
            None => list.push(entry.clone()),
        }
    }
    list
}

fn row(report: &Report<'_>, entry: &Exposure, out: &mut impl Write) -> io::Result<()> {
    let packets = &entry.packets;
    let mut value = report.show(&entry.value);
    if let Some(strength) = entry.inference {
        let strength = strength.name();
        value = format!(
            "{} ({strength})",
            shortened(&value, VALUE - strength.len() - 3)
        );
    }
    writeln!(
        out,
        "  {:<ITEM$} {} {:>7} {:>8}",
        shortened(entry.item, ITEM),
        filled(&value, VALUE),
        packets
            .first()
            .map_or("given".to_owned(), |first| first.to_string()),
        thousands(packets.total())
    )
}

fn others(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let others = Vantage::ALL.into_iter().filter(|o| *o != report.observer);
    let names: Vec<_> = others.map(Vantage::name).collect();
    let words = format!(
        "Every value whole, on every leg: --format json. What others read: --observer {}.",
        names.join(", ")
    );
    writeln!(out)?;
    wrapped(out, 2, &words)
}
