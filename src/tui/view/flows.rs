//! Flows: who sends what to whom, and whether the observer sees it.

use super::list::thousands;
use crate::exposure::Visibility;
use crate::report::live::FlowRow;
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{Cell, Column, Row, Table, Tone};

const COLUMNS: [Column; 7] = [
    Column {
        title: "call",
        width: 4,
        right: true,
        from: 0,
    },
    Column {
        title: "",
        width: 1,
        right: false,
        from: 0,
    },
    Column {
        title: "kind",
        width: 9,
        right: false,
        from: 0,
    },
    Column {
        title: "packets",
        width: 9,
        right: true,
        from: 60,
    },
    Column {
        title: "octets",
        width: 11,
        right: true,
        from: 78,
    },
    Column {
        title: "from",
        width: 21,
        right: false,
        from: 0,
    },
    Column {
        title: "to",
        width: 21,
        right: false,
        from: 70,
    },
];

pub(super) fn table(snapshot: &Snapshot) -> Table {
    let parts = snapshot.parts.iter();
    let rows = parts.flat_map(|part| part.flows.iter().map(|flow| row(snapshot, part.call, flow)));
    Table {
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
    }
}

fn row(snapshot: &Snapshot, call: u64, flow: &FlowRow) -> Row {
    let [from, to] = flow.ends.map(|end| snapshot.redactor.show(end));
    let (packets, octets) = (
        flow.packets.iter().sum::<u64>(),
        flow.octets.iter().sum::<u64>(),
    );
    let eye = if flow.seen {
        Visibility::Readable
    } else {
        Visibility::Hidden
    };
    let (mark, tone) = if flow.seen {
        ("R", Tone::Eye(eye))
    } else {
        (" ", Tone::Faint)
    };
    let sums = |of: [u64; 2]| {
        let [there, back] = of.map(thousands);
        format!("{there} from the first, {back} from the second")
    };
    let seconds = flow.last.since(flow.first).as_millis();
    Row {
        cells: vec![
            Cell::number(call, call.to_string()),
            Cell::text(mark).toned(tone),
            Cell::text(flow.kind),
            Cell::number(packets, thousands(packets)),
            Cell::number(octets, thousands(octets)),
            Cell::text(from.clone()),
            Cell::text(to.clone()),
        ],
        detail: vec![
            ("ends", format!("{from} and {to}, {}", flow.transport)),
            ("kind", flow.kind.to_owned()),
            ("packets", sums(flow.packets)),
            ("octets", sums(flow.octets)),
            (
                "time",
                format!("{}.{:03} s", seconds / 1000, seconds % 1000),
            ),
            (
                "observer",
                if flow.seen {
                    "sees it"
                } else {
                    "does not see it"
                }
                .to_owned(),
            ),
        ],
        packet: flow.numbers.first().copied(),
    }
}
