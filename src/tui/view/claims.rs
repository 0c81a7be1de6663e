//! The claims: each verdict with what it rests on, what it does not say, and where to check it.

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

/// Violated claims first, then those that cannot be told: what weighs most is what one looks for.
pub(super) fn table(snapshot: &Snapshot) -> Table {
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
        columns: COLUMNS.to_vec(),
        rows,
    }
}

/// All judgements with their calls.
fn judged(snapshot: &Snapshot) -> impl Iterator<Item = (u64, &Judged)> {
    let parts = snapshot.parts.iter();
    parts.flat_map(|part| part.claims.iter().map(|judged| (part.call, judged)))
}

fn key(judged: &Judged) -> Key {
    Key::of((judged.judgement.claim.id, &judged.subject))
}

fn row(snapshot: &Snapshot, call: u64, judged: &Judged) -> Row {
    let judgement = &judged.judgement;
    let verdict = &judgement.verdict;
    let tone = Tone::of(verdict);
    let evidence = verdict.evidence();
    Row {
        key: key(judged),
        call: Some(call),
        state: tone,
        packet: evidence.and_then(|evidence| evidence.packets().first()),
        cells: vec![
            Cell::number(2 - weight(verdict), mark(verdict)).toned(tone),
            Cell::text(judgement.claim.id).toned(tone),
            Cell::number(call, call.to_string()),
            Cell::text(snapshot.redactor.show(&judgement.found)),
        ],
        ..Row::default()
    }
}

/// A claim of which nothing is in the capture.
fn idle(claim: &Claim) -> Row {
    let faint = |text: &'static str| Cell::text(text).toned(Tone::Faint);
    Row {
        key: Key::of(claim.id),
        state: Tone::Faint,
        cells: vec![
            Cell::number(-1, IDLE).toned(Tone::Faint),
            faint(claim.id),
            faint(""),
            faint("not exercised: nothing of it is in the capture"),
        ],
        ..Row::default()
    }
}

pub(super) fn detail(snapshot: &Snapshot, key: Key) -> Option<Vec<(&'static str, String)>> {
    let mut all = judged(snapshot);
    if let Some((_, judged)) = all.find(|(_, judged)| self::key(judged) == key) {
        return Some(whole(snapshot, judged));
    }
    let claim = CATALOGUE.iter().find(|claim| Key::of(claim.id) == key)?;
    Some(vec![
        ("claim", format!("{IDLE} {}", claim.id)),
        ("says", claim.statement.to_owned()),
        (
            "verdict",
            "not exercised: nothing of it is in the capture".to_owned(),
        ),
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
