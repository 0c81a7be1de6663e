//! The claims: each verdict with what it rests on, what it does not say, and where to check it.

use std::hash::Hash;

use crate::claim::{CATALOGUE, Claim};
use crate::report::live::{Judged, subject_words};
use crate::report::text::thousands;
use crate::tui::snapshot::Snapshot;
use crate::tui::summary::weight;
use crate::tui::table::{Cell, Column, Key, Row, Table, Tone};
use crate::tui::theme::{IDLE, mark};

const COLUMNS: [Column; 4] = [
    Column::new("", 1),
    Column::new("claim", 30),
    Column::new("call", 4).right().from(60),
    Column::new("found", 4).grows().from(50),
];

/// How a claim stands of which nothing is in the capture.
const NOT_EXERCISED: &str = "not exercised: nothing of it is in the capture";

/// Violated claims first, then those that cannot be told: what weighs most is what one looks for.
pub(super) fn table(snapshot: &Snapshot) -> Table<'_> {
    let mut all: Vec<_> = judged(snapshot).collect();
    all.sort_by_cached_key(|(_, judged)| {
        let (id, verdict) = (judged.judgement.claim.id, &judged.judgement.verdict);
        let place = CATALOGUE.iter().position(|claim| claim.id == id);
        (weight(verdict), place)
    });
    let mut rows: Vec<_> = all
        .iter()
        .map(|(call, judged)| row(snapshot, *call, judged))
        .collect();
    let idle = CATALOGUE.iter().filter(|claim| {
        let mut all = all.iter();
        !all.any(|(_, judged)| judged.judgement.claim.id == claim.id)
    });
    rows.extend(idle.map(self::idle));
    Table {
        columns: &COLUMNS,
        rows,
    }
}

/// All judgements with their calls.
fn judged(snapshot: &Snapshot) -> impl Iterator<Item = (u64, &Judged)> {
    let parts = snapshot.parts.iter();
    parts.flat_map(|part| part.claims.iter().map(|judged| (part.call, judged)))
}

fn about(judged: &Judged) -> impl Hash {
    (judged.judgement.claim.id, &judged.subject)
}

fn row<'s>(snapshot: &'s Snapshot, call: u64, judged: &'s Judged) -> Row<'s> {
    let judgement = &judged.judgement;
    let verdict = &judgement.verdict;
    let tone = Tone::of(verdict);
    let evidence = verdict.evidence();
    let value = move |column| match column {
        0 => Cell::number(2 - weight(verdict), mark(verdict)).toned(tone),
        1 => Cell::text(judgement.claim.id).toned(tone),
        2 => Cell::number(call, call.to_string()),
        3 => Cell::text(snapshot.redactor.show(&judgement.found)),
        _ => Cell::default(),
    };
    Row {
        call: Some(call),
        state: tone,
        packet: evidence.and_then(|evidence| evidence.packets().first()),
        ..Row::of(about(judged), value)
    }
}

/// A claim of which nothing is in the capture.
fn idle<'s>(claim: &'static Claim) -> Row<'s> {
    let cell = |column| match column {
        0 => Cell::number(-1, IDLE),
        1 => Cell::text(claim.id),
        3 => Cell::text(NOT_EXERCISED),
        _ => Cell::default(),
    };
    Row {
        state: Tone::Faint,
        ..Row::of(claim.id, move |column| cell(column).toned(Tone::Faint))
    }
}

pub(super) fn detail(snapshot: &Snapshot, key: Key) -> Option<Vec<(&'static str, String)>> {
    let mut all = judged(snapshot);
    if let Some((_, judged)) = all.find(|(_, judged)| Key::of(about(judged)) == key) {
        return Some(whole(snapshot, judged));
    }
    let claim = CATALOGUE.iter().find(|claim| Key::of(claim.id) == key)?;
    Some(vec![
        ("claim", format!("{IDLE} {}", claim.id)),
        ("says", claim.statement.to_owned()),
        ("verdict", NOT_EXERCISED.to_owned()),
        ("would hold", claim.holds.to_owned()),
        ("does not say", claim.does_not_say.to_owned()),
        ("source", claim.source.to_owned()),
    ])
}

fn whole(snapshot: &Snapshot, judged: &Judged) -> Vec<(&'static str, String)> {
    let judgement = &judged.judgement;
    let (claim, verdict) = (judgement.claim, &judgement.verdict);
    let redactor = &snapshot.redactor;
    let observer = judgement.observer.text();
    let gap = verdict.gap().map_or("", |gap| gap.text());
    let filter = judgement.display_filter();
    vec![
        ("claim", format!("{} {}", mark(verdict), claim.id)),
        ("says", claim.statement.to_owned()),
        (
            "verdict",
            format!("{}, judged for {observer}", verdict.name()),
        ),
        ("of", redactor.show(subject_words(&judged.subject))),
        ("found", redactor.show(&judgement.found)),
        ("because", gap.to_owned()),
        ("packets", evidence(judged)),
        ("basis", judgement.basis.to_owned()),
        ("does not say", claim.does_not_say.to_owned()),
        ("source", claim.source.to_owned()),
        (
            "check it",
            filter.map_or_else(String::new, |filter| redactor.show(filter)),
        ),
    ]
}

/// The first packets of the evidence, and how many more there are.
fn evidence(judged: &Judged) -> String {
    let Some(evidence) = judged.judgement.verdict.evidence() else {
        return String::new();
    };
    let packets = evidence.packets();
    let named: Vec<_> = packets.packets().iter().map(ToString::to_string).collect();
    let more = packets.total().saturating_sub(named.len() as u64);
    match more {
        0 => named.join(" "),
        more => format!("{} and {} more", named.join(" "), thousands(more)),
    }
}
