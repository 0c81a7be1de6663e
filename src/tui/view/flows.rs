//! Flows: who sends what to whom, and whether the observer sees it.

use crate::exposure::Visibility;
use crate::report::live::{FlowRow, Part};
use crate::report::text::thousands;
use crate::tui::place::Place;
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{About, Cell, Column, Row, Table, Tone};

const COLUMNS: [Column; 8] = [
    Column::new("", 1),
    Column::new("call", 4).right().from(60),
    Column::new("kind", 9),
    Column::new("between", 15).grows(),
    Column::new("and", 21).from(62),
    Column::new("packets", 8).right(),
    Column::new("octets", 10).right().from(78),
    Column::new("seconds", 8).right().from(100),
];

pub(super) fn table(snapshot: &Snapshot) -> Table {
    let rows = Place::all(snapshot, flows).map(|(place, part, flow)| Row {
        call: Some(part.call),
        state: seen(flow).1,
        packet: flow.numbers.first().copied(),
        ..Row::of(("flow", flow.id), About::Flow(place))
    });
    Table {
        columns: &COLUMNS,
        rows: rows.collect(),
        ..Table::default()
    }
}

fn flows(part: &Part) -> &[FlowRow] {
    &part.flows
}

/// Whether the observer sees it.
const fn seen(flow: &FlowRow) -> (&'static str, Tone) {
    if flow.seen {
        ("R", Tone::Eye(Visibility::Readable))
    } else {
        ("-", Tone::Faint)
    }
}

pub(super) fn value(snapshot: &Snapshot, place: Place, column: usize) -> Option<Cell> {
    let (part, flow) = place.find(snapshot, flows)?;
    let [from, to] = flow.ends;
    let sum = |[there, back]: [u64; 2]| {
        let sum = there + back;
        Cell::number(sum, thousands(sum))
    };
    let (mark, tone) = seen(flow);
    let millis = flow.last.since(flow.first).as_millis();
    Some(match column {
        0 => Cell::text(mark).toned(tone),
        1 => Cell::number(part.call, part.call.to_string()),
        2 => Cell::text(flow.kind),
        3 => Cell::text(snapshot.redactor.show(from)),
        4 => Cell::text(snapshot.redactor.show(to)),
        5 => sum(flow.packets),
        6 => sum(flow.octets),
        7 => Cell::number(i128::try_from(millis).unwrap_or(i128::MAX), seconds(flow)),
        _ => return None,
    })
}

pub(super) fn detail(snapshot: &Snapshot, place: Place) -> Option<Vec<(&'static str, String)>> {
    let (_, flow) = place.find(snapshot, flows)?;
    let [from, to] = flow.ends.map(|end| snapshot.redactor.show(end));
    let sums = |[there, back]: [u64; 2]| {
        let all = thousands(there + back);
        format!(
            "{all}: {} from {from}, {} from {to}",
            thousands(there),
            thousands(back)
        )
    };
    let observer = snapshot.observer.text();
    let seen = if flow.seen { "sees" } else { "does not see" };
    let mut lines = vec![
        ("ends", format!("{from} and {to}, {}", flow.transport)),
        ("kind", flow.kind.to_owned()),
    ];
    lines.extend(flow.dialects.iter().map(|told| ("dialect", told.clone())));
    lines.extend([
        ("packets", sums(flow.packets)),
        ("octets", sums(flow.octets)),
        ("time", format!("{} s", seconds(flow))),
        ("observer", format!("{observer} {seen} it")),
    ]);
    Some(lines)
}

/// From the first packet to the last.
fn seconds(flow: &FlowRow) -> String {
    let millis = flow.last.since(flow.first).as_millis();
    format!("{}.{:03}", millis / 1000, millis % 1000)
}
