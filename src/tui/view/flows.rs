//! Flows: who sends what to whom, and whether the observer sees it.

use crate::exposure::Visibility;
use crate::report::live::FlowRow;
use crate::report::text::thousands;
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{Cell, Column, Key, Row, Table, Tone};

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

pub(super) fn table(snapshot: &Snapshot) -> Table<'_> {
    let parts = snapshot.parts.iter();
    let rows = parts.flat_map(|part| part.flows.iter().map(|flow| row(snapshot, part.call, flow)));
    Table {
        columns: &COLUMNS,
        rows: rows.collect(),
    }
}

pub(super) fn detail(snapshot: &Snapshot, key: Key) -> Option<Vec<(&'static str, String)>> {
    let mut flows = snapshot.parts.iter().flat_map(|part| &part.flows);
    let flow = flows.find(|flow| Key::of(("flow", flow.id)) == key)?;
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

fn row<'s>(snapshot: &'s Snapshot, call: u64, flow: &'s FlowRow) -> Row<'s> {
    let [from, to] = flow.ends;
    let sum = |[there, back]: [u64; 2]| {
        let sum = there + back;
        Cell::number(sum, thousands(sum))
    };
    let (mark, state) = if flow.seen {
        ("R", Tone::Eye(Visibility::Readable))
    } else {
        ("-", Tone::Faint)
    };
    let millis = flow.last.since(flow.first).as_millis();
    let value = move |column| match column {
        0 => Cell::text(mark).toned(state),
        1 => Cell::number(call, call.to_string()),
        2 => Cell::text(flow.kind),
        3 => Cell::text(snapshot.redactor.show(from)),
        4 => Cell::text(snapshot.redactor.show(to)),
        5 => sum(flow.packets),
        6 => sum(flow.octets),
        7 => Cell::number(i128::try_from(millis).unwrap_or(i128::MAX), seconds(flow)),
        _ => Cell::default(),
    };
    Row {
        call: Some(call),
        state,
        packet: flow.numbers.first().copied(),
        ..Row::of(("flow", flow.id), value)
    }
}

/// From the first packet to the last.
fn seconds(flow: &FlowRow) -> String {
    let millis = flow.last.since(flow.first).as_millis();
    format!("{}.{:03}", millis / 1000, millis % 1000)
}
