//! Streams: what each sends, who guards it, what of it is readable, who speaks.

use super::list::thousands;
use crate::exposure::Visibility;
use crate::flow::Spread;
use crate::report::live::{StreamRow, Strip};
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{Cell, Column, Row, Table, Tone};
use crate::tui::theme::Theme;

const COLUMNS: [Column; 9] = [
    Column {
        title: "SSRC",
        width: 8,
        right: false,
        from: 0,
    },
    Column {
        title: "",
        width: 1,
        right: false,
        from: 0,
    },
    Column {
        title: "from",
        width: 15,
        right: false,
        from: 0,
    },
    Column {
        title: "kind",
        width: 5,
        right: false,
        from: 0,
    },
    Column {
        title: "codec",
        width: 6,
        right: false,
        from: 56,
    },
    Column {
        title: "kbit/s",
        width: 7,
        right: true,
        from: 48,
    },
    Column {
        title: "lost",
        width: 6,
        right: true,
        from: 62,
    },
    Column {
        title: "level",
        width: 8,
        right: false,
        from: 72,
    },
    Column {
        title: "readable extensions",
        width: 8,
        right: false,
        from: 78,
    },
];

/// Tenths of a second of a level meter in a row, and in an opened row.
const METER: [usize; 2] = [8, 60];

pub(super) fn table(snapshot: &Snapshot) -> Table {
    let streams = snapshot.parts.iter().flat_map(|part| &part.streams);
    Table {
        columns: COLUMNS.to_vec(),
        rows: streams.map(|stream| row(snapshot, stream)).collect(),
    }
}

fn row(snapshot: &Snapshot, stream: &StreamRow) -> Row {
    let [from, to] = stream.ends.map(|end| snapshot.redactor.show(end));
    let sender = snapshot.redactor.show(stream.from.ip());
    let rate = rate(stream);
    let lost = stream.lost as f64 * 100.0 / (stream.lost + stream.packets).max(1) as f64;
    let (codec, told) = match &stream.codec {
        Some((name, basis)) => (name.clone(), format!("{name}, by {basis}")),
        None => (String::new(), "not told, and sealed".to_owned()),
    };
    let tone = Tone::Eye(stream.payload);
    let letter = Theme::letter(stream.payload).to_string();
    Row {
        cells: vec![
            Cell::text(stream.ssrc.trim_start_matches("0x")),
            Cell::text(letter.clone()).toned(tone),
            Cell::text(sender.clone()),
            Cell::text(stream.kind),
            Cell::text(codec),
            Cell::number(i128::from(rate), decimal(rate)),
            Cell::number((lost * 1000.0) as i128, format!("{lost:.1}%")),
            Cell::text(meter(stream, METER[0])).toned(Tone::Eye(Visibility::Readable)),
            Cell::text(readable(stream)),
        ],
        detail: vec![
            ("SSRC", format!("{} on the leg {from} to {to}", stream.ssrc)),
            ("from", sender),
            ("kind", stream.kind.to_owned()),
            ("codec", told),
            (
                "sent",
                format!(
                    "{} packets, {} octets",
                    thousands(stream.packets),
                    thousands(stream.octets)
                ),
            ),
            (
                "lost",
                format!("{} packets, {lost:.2} %", thousands(stream.lost)),
            ),
            ("payload", payload(stream, &letter)),
            ("extensions", extensions(stream)),
            ("level", level(stream)),
            ("", strip(stream.strip.as_ref())),
        ],
        packet: stream.numbers.first().copied(),
    }
}

/// Bits a second, in hundreds.
fn rate(stream: &StreamRow) -> i64 {
    let millis = stream.last.since(stream.first).as_millis().max(1);
    i64::try_from(u128::from(stream.octets) * 80 / millis).unwrap_or(i64::MAX)
}

/// Hundreds as thousands with a decimal.
fn decimal(hundreds: i64) -> String {
    format!("{}.{}", hundreds / 10, hundreds % 10)
}

fn payload(stream: &StreamRow, letter: &str) -> String {
    let basis = stream.basis.unwrap_or("nothing shows more");
    format!("{letter}  {} on the wire ({basis})", stream.guard.name())
}

/// Ids of the elements that are in clear.
fn readable(stream: &StreamRow) -> String {
    let clear = stream
        .extensions
        .iter()
        .filter(|(_, _, clear)| *clear == Some(true));
    let ids: Vec<_> = clear.map(|(id, ..)| id.to_string()).collect();
    ids.join(" ")
}

fn extensions(stream: &StreamRow) -> String {
    let all = stream.extensions.iter().map(|(id, meaning, clear)| {
        let letter = match clear {
            Some(true) => "R",
            Some(false) => "h",
            None => "?",
        };
        format!("{letter} {id} {}", meaning.unwrap_or("unknown"))
    });
    all.collect::<Vec<_>>().join(", ")
}

fn level(stream: &StreamRow) -> String {
    match stream.levels.last() {
        Some((_, level)) => format!("-{level} dBov  {}", meter(stream, METER[1])),
        None => "none in clear".to_owned(),
    }
}

/// The last tenths of a second, from silent to loud: -127 to 0 dBov, of which speech has the upper
/// half.
fn meter(stream: &StreamRow, tenths: usize) -> String {
    let skipped = stream.levels.len().saturating_sub(tenths);
    let bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let shown = stream.levels.iter().skip(skipped);
    let bar = |(_, level): &(_, u8)| {
        let loud = 64_u8.saturating_sub(*level) / 8;
        bars.get(usize::from(loud).min(7)).copied().unwrap_or('▁')
    };
    shown.map(bar).collect()
}

/// A letter for each of the first positions of the payload.
fn strip(strip: Option<&Strip>) -> String {
    let Some(strip) = strip else {
        return "too few payloads to tell structure from a cipher".to_owned();
    };
    let letters: String = strip
        .positions
        .iter()
        .map(|(spread, _)| match spread {
            Spread::Uniform => 'u',
            Spread::Structured => 'S',
            Spread::Unknown => '.',
        })
        .collect();
    format!(
        "payload offsets 0-{} over {} packets  {letters}  u uniform, S structured, . too few",
        strip.positions.len().saturating_sub(1),
        strip.packets
    )
}
