//! The claims: each verdict with what it rests on, what it does not say, and where to check it.

use hashbrown::HashMap;

use crate::claim::CATALOGUE;
use crate::report::live::{Judged, Part, subject_words};
use crate::report::text::thousands;
use crate::tui::place::Place;
use crate::tui::snapshot::Snapshot;
use crate::tui::summary::weight;
use crate::tui::table::{About, Cell, Column, Row, Table, Tone};
use crate::tui::theme::{IDLE, mark};

const COLUMNS: [Column; 5] = [
    Column::new("", 1),
    Column::new("claim", 30).from(50),
    Column::new("claim", 18).below(50),
    Column::new("call", 4).right().from(60),
    Column::new("found", 4).grows(),
];

/// How a claim stands of which nothing is in the capture.
const NOT_EXERCISED: &str = "not exercised: nothing of it is in the capture";

/// Violated claims first, then those that cannot be told: what weighs most is what one looks for.
pub(super) fn table(snapshot: &Snapshot) -> Table {
    let places = CATALOGUE.iter().zip(0..);
    let places: HashMap<_, usize> = places.map(|(claim, place)| (claim.id, place)).collect();
    let mut idle: Vec<_> = CATALOGUE.iter().map(Some).collect();
    let mut rows = Vec::new();
    for (place, part, judged) in Place::all(snapshot, claims) {
        let of_claim = places.get(judged.judgement.claim.id).copied();
        if let Some(known) = of_claim.and_then(|place| idle.get_mut(place)) {
            *known = None;
        }
        let order = (weight(&judged.judgement.verdict), of_claim);
        rows.push((order, row(place, part.call, judged)));
    }
    rows.sort_by_key(|(order, _)| *order);
    let mut rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    let idle = idle.into_iter().enumerate();
    rows.extend(idle.filter_map(|(place, claim)| {
        Some(Row {
            state: Tone::Faint,
            ..Row::of(claim?.id, About::Idle(place))
        })
    }));
    Table {
        columns: &COLUMNS,
        rows,
        ..Table::default()
    }
}

fn claims(part: &Part) -> &[Judged] {
    &part.claims
}

fn row(place: Place, call: u64, judged: &Judged) -> Row {
    let verdict = &judged.judgement.verdict;
    let evidence = verdict.evidence();
    let thing = (judged.judgement.claim.id, &judged.subject);
    Row {
        call: Some(call),
        state: Tone::of(verdict),
        packet: evidence.and_then(|evidence| evidence.packets().first()),
        ..Row::of(thing, About::Claim(place))
    }
}

pub(super) fn value(snapshot: &Snapshot, place: Place, column: usize) -> Option<Cell> {
    let (part, judged) = place.find(snapshot, claims)?;
    let judgement = &judged.judgement;
    let verdict = &judgement.verdict;
    let tone = Tone::of(verdict);
    Some(match column {
        0 => Cell::number(2 - weight(verdict), mark(verdict)).toned(tone),
        1 | 2 => Cell::text(judgement.claim.id).toned(tone),
        3 => Cell::number(part.call, part.call.to_string()),
        4 => Cell::text(snapshot.redactor.show(&judgement.found)),
        _ => return None,
    })
}

/// That of a claim of which nothing is in the capture.
pub(super) fn idle_value(place: usize, column: usize) -> Option<Cell> {
    let claim = CATALOGUE.get(place)?;
    let cell = match column {
        0 => Cell::number(-1, IDLE),
        1 | 2 => Cell::text(claim.id),
        4 => Cell::text(NOT_EXERCISED),
        _ => return None,
    };
    Some(cell.toned(Tone::Faint))
}

pub(super) fn idle_detail(place: usize) -> Option<Vec<(&'static str, String)>> {
    let claim = CATALOGUE.get(place)?;
    Some(vec![
        ("claim", format!("{IDLE} {}", claim.id)),
        ("says", claim.statement.to_owned()),
        ("verdict", NOT_EXERCISED.to_owned()),
        ("would hold", claim.holds.to_owned()),
        ("does not say", claim.does_not_say.to_owned()),
        ("source", claim.source.to_owned()),
    ])
}

pub(super) fn detail(snapshot: &Snapshot, place: Place) -> Option<Vec<(&'static str, String)>> {
    let (_, judged) = place.find(snapshot, claims)?;
    let judgement = &judged.judgement;
    let (claim, verdict) = (judgement.claim, &judgement.verdict);
    let redactor = &snapshot.redactor;
    let observer = judgement.observer.text();
    let gap = verdict.gap().map_or("", |gap| gap.text());
    let filter = judgement.display_filter();
    Some(vec![
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
    ])
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
