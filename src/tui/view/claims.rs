//! The claims: each verdict with what it rests on, what it does not say, and where to check it.

use crate::base::told::Told;
use crate::claim::Verdict;
use crate::report::live::{Judged, subject_words};
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{Cell, Column, Row, Table, Tone};

const COLUMNS: [Column; 4] = [
    Column {
        title: "",
        width: 1,
        right: false,
        from: 0,
    },
    Column {
        title: "claim",
        width: 28,
        right: false,
        from: 0,
    },
    Column {
        title: "call",
        width: 4,
        right: true,
        from: 50,
    },
    Column {
        title: "found",
        width: 8,
        right: false,
        from: 50,
    },
];

/// Violated claims first, then those that cannot be told: what weighs most is what one looks for.
pub(super) fn table(snapshot: &Snapshot) -> Table {
    let parts = snapshot.parts.iter();
    let mut all: Vec<_> = parts
        .flat_map(|part| part.claims.iter().map(|judged| (part.call, judged)))
        .collect();
    all.sort_by_key(|(_, judged)| weight(&judged.judgement.verdict));
    Table {
        columns: COLUMNS.to_vec(),
        rows: all
            .iter()
            .map(|(call, judged)| row(snapshot, *call, judged))
            .collect(),
    }
}

/// Orders verdicts by what they weigh.
pub(super) const fn weight(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Violated(_) => 0,
        Verdict::Inconclusive(..) => 1,
        Verdict::Holds(_) => 2,
    }
}

fn row(snapshot: &Snapshot, call: u64, judged: &Judged) -> Row {
    let judgement = &judged.judgement;
    let show = |told: &Told| snapshot.redactor.show(told);
    let verdict = &judgement.verdict;
    let mark = match verdict {
        Verdict::Holds(_) => "+",
        Verdict::Violated(_) => "x",
        Verdict::Inconclusive(..) => "?",
    };
    let tone = Tone::of(verdict);
    let evidence = verdict.evidence().map(|evidence| evidence.packets());
    let numbers = evidence.map_or_else(String::new, |packets| {
        let first: Vec<_> = packets.packets().iter().map(ToString::to_string).collect();
        format!(
            "{} of {}: {}",
            first.len(),
            packets.total(),
            first.join(" ")
        )
    });
    let gap = verdict
        .gap()
        .map_or_else(String::new, |gap| gap.text().to_owned());
    let filter = judgement.display_filter();
    Row {
        cells: vec![
            Cell::text(mark).toned(tone),
            Cell::text(judgement.claim.id).toned(tone),
            Cell::number(call, call.to_string()),
            Cell::text(show(&judgement.found)),
        ],
        detail: vec![
            ("claim", judgement.claim.id.to_owned()),
            ("says", judgement.claim.statement.to_owned()),
            (
                "verdict",
                format!("{} for {}", verdict.name(), judgement.observer.text()),
            ),
            ("of", show(&subject_words(&judged.subject))),
            ("found", show(&judgement.found)),
            ("because", gap),
            ("basis", judgement.basis.to_owned()),
            ("packets", numbers),
            ("does not say", judgement.claim.does_not_say.to_owned()),
            ("source", judgement.claim.source.to_owned()),
            (
                "check it",
                filter.map_or_else(String::new, |filter| show(&filter)),
            ),
        ],
        packet: evidence.and_then(|packets| packets.first()),
    }
}
