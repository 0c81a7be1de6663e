//! Streams: what each sends, who guards it, what of it is readable, who speaks.

use std::fmt::Write as _;
use std::net::SocketAddr;

use hashbrown::HashMap;

use crate::exposure::Visibility;
use crate::flow::Spread;
use crate::report::live::{Part, StreamRow, Strip};
use crate::report::text::{counted, thousands};
use crate::tui::place::Place;
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{About, Cell, Column, Row, Table, Tone};
use crate::tui::theme::{LEVELS, letter};

const COLUMNS: [Column; 12] = [
    Column::new("", 1),
    Column::new("SSRC", 8),
    Column::new("from", 15),
    Column::new("kind", 7),
    Column::new("codec", 5).from(60),
    Column::new("kbit/s", 7).right().from(50),
    Column::new("lost", 6).right().from(90),
    Column::new("level", 8).from(70),
    Column::new("clear ext", 12).grows().from(60),
    Column::new("leg", 6).from(78),
    Column::new("between", 34).from(118),
    Column::new("call", 4).right().from(130),
];

/// Tenths of a second of a level meter in a row, and of what is known in an opened row.
const METER: [usize; 2] = [8, 50];
/// Loudness below overload under which a meter shows nothing: silence, and rooms.
const QUIET: u8 = 64;

/// The legs of one stream stand together.
pub(super) fn table(snapshot: &Snapshot) -> Table {
    let mut all: Vec<_> = Place::all(snapshot, streams).collect();
    let mut firsts = HashMap::new();
    for (place, _, stream) in &all {
        firsts
            .entry((place.part, &stream.ssrc))
            .or_insert(place.row);
    }
    all.sort_by_cached_key(|(place, _, stream)| {
        let first = firsts.get(&(place.part, &stream.ssrc));
        (place.part, first.copied())
    });
    let rows = all.into_iter().map(|(place, part, stream)| Row {
        call: Some(part.call),
        state: state(stream),
        packet: stream.numbers.first().copied(),
        ..Row::of(("stream", &stream.ssrc, stream.ends), About::Stream(place))
    });
    Table {
        columns: &COLUMNS,
        rows: rows.collect(),
        ..Table::default()
    }
}

fn streams(part: &Part) -> &[StreamRow] {
    &part.streams
}

const fn state(stream: &StreamRow) -> Tone {
    if stream.seen {
        Tone::Eye(stream.payload)
    } else {
        Tone::Faint
    }
}

pub(super) fn value(snapshot: &Snapshot, place: Place, column: usize) -> Option<Cell> {
    let (part, stream) = place.find(snapshot, streams)?;
    let read = Tone::Eye(Visibility::Readable);
    let (rate, lost) = (rate(stream), lost(stream));
    Some(match column {
        0 => Cell::text(seen_as(stream)).toned(state(stream)),
        1 => Cell::text(stream.ssrc.trim_start_matches("0x")),
        2 => Cell::text(snapshot.redactor.show(stream.from.ip())),
        3 => Cell::text(stream.kind),
        4 => Cell::text(stream.codec.as_ref().map_or("", |(name, _)| name.as_str())),
        5 => Cell::number(rate, decimal(rate)),
        6 => Cell::number(lost, format!("{}%", decimal(lost))),
        7 => Cell::text(meter(stream, METER[0])).toned(read),
        8 => Cell::text(in_clear(stream)).toned(read),
        9 => Cell::text(side(part, stream)),
        10 => Cell::text(leg(snapshot, stream)),
        11 => Cell::number(part.call, part.call.to_string()),
        _ => return None,
    })
}

/// On which side of a relay it was seen.
fn side(part: &Part, stream: &StreamRow) -> &'static str {
    let has = |end: &SocketAddr| stream.ends.contains(end);
    let mut all = part.allocations.iter();
    let side = all.find_map(|granted| match () {
        () if has(&granted.client) && has(&granted.server) => Some("client"),
        () if granted.relayed.iter().any(has) => Some("peer"),
        () => None,
    });
    side.unwrap_or_default()
}

/// Where it was seen.
fn leg(snapshot: &Snapshot, stream: &StreamRow) -> String {
    let [from, to] = stream.ends.map(|end| snapshot.redactor.show(end));
    format!("{from} → {to}")
}

pub(super) fn detail(snapshot: &Snapshot, place: Place) -> Option<Vec<(&'static str, String)>> {
    let (_, stream) = place.find(snapshot, streams)?;
    let leg = leg(snapshot, stream);
    let codec = match &stream.codec {
        Some((name, basis)) => format!("{name}, by {basis}"),
        None => "not told".to_owned(),
    };
    let (packets, octets) = (thousands(stream.packets), thousands(stream.octets));
    let mut lines = vec![
        ("SSRC", format!("{} on the leg {leg}", stream.ssrc)),
        ("from", snapshot.redactor.show(stream.from)),
        ("kind", format!("{}, codec {codec}", stream.kind)),
        (
            "sent",
            format!(
                "{packets} packets, {octets} octets, {} kbit/s",
                decimal(rate(stream))
            ),
        ),
        (
            "lost",
            format!(
                "{} packets, {} %",
                thousands(stream.lost),
                decimal(lost(stream))
            ),
        ),
        ("payload", payload(snapshot, stream)),
        ("level", level(stream)),
        ("extensions", extensions(stream)),
    ];
    lines.extend(strip(stream.strip.as_ref()));
    Some(lines)
}

/// The letter of its payload; none where the observer does not see this leg.
pub(super) fn seen_as(stream: &StreamRow) -> &'static str {
    if stream.seen {
        letter(stream.payload)
    } else {
        "-"
    }
}

/// Bits a second, in hundreds.
fn rate(stream: &StreamRow) -> u64 {
    let millis = stream.last.since(stream.first).as_millis().max(1);
    u64::try_from(u128::from(stream.octets) * 80 / millis).unwrap_or(u64::MAX)
}

/// Packets that are missing, of a thousand.
fn lost(stream: &StreamRow) -> u64 {
    let all = (stream.lost + stream.packets).max(1);
    stream.lost * 1000 / all
}

/// Tenths with their decimal.
fn decimal(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn payload(snapshot: &Snapshot, stream: &StreamRow) -> String {
    let observer = snapshot.observer.text();
    let reads = match stream.payload {
        _ if !stream.seen => "does not see this leg",
        Visibility::Readable => "reads it",
        Visibility::Hidden => "cannot read it",
        Visibility::Unknown => "may read it: that cannot be told",
    };
    let basis = stream
        .basis
        .map_or_else(String::new, |basis| format!(" ({basis})"));
    let opened = stream.opened.unwrap_or_default();
    let opened = match opened {
        0 => String::new(),
        opened => format!("; {} opened by keys", counted(opened, "packet")),
    };
    format!(
        "{} on the wire{basis}: {observer} {reads}{opened}",
        stream.guard.name()
    )
}

/// Ids of the extension elements that the observer reads.
fn in_clear(stream: &StreamRow) -> String {
    let all = stream.extensions.iter().filter(|_| stream.seen);
    let clear = all.filter(|(_, _, clear)| *clear == Some(true));
    let ids: Vec<_> = clear.map(|(id, ..)| id.to_string()).collect();
    ids.join(" ")
}

/// One in a line: whether it is in clear, its id, what it means.
fn extensions(stream: &StreamRow) -> String {
    let all = stream.extensions.iter().map(|(id, meaning, clear)| {
        let letter = match clear {
            _ if !stream.seen => "-",
            Some(true) => "R",
            Some(false) => "h",
            None => "?",
        };
        format!("{letter} {id} {}", meaning.unwrap_or("not known"))
    });
    all.collect::<Vec<_>>().join(", ")
}

fn level(stream: &StreamRow) -> String {
    match stream.levels.last() {
        Some((_, level)) if stream.seen => {
            format!("{} -{level} dBov", meter(stream, METER[1]))
        }
        _ => "none in clear".to_owned(),
    }
}

/// The last tenths of a second from silent to loud; empty where the observer reads no level.
pub(super) fn meter(stream: &StreamRow, tenths: usize) -> String {
    if !stream.seen {
        return String::new();
    }
    let skipped = stream.levels.len().saturating_sub(tenths);
    let bar = |(_, level): &(_, u8)| {
        let loud = QUIET.saturating_sub(*level) / 8;
        LEVELS.get(usize::from(loud)).or(LEVELS.last()).copied()
    };
    stream.levels.iter().skip(skipped).filter_map(bar).collect()
}

/// A letter for each of the first positions of the payload, and what repeats at the structured.
fn strip(strip: Option<&Strip>) -> Vec<(&'static str, String)> {
    let Some(strip) = strip else {
        let words = "too few payloads to tell structure from a cipher";
        return vec![("offsets", words.to_owned())];
    };
    let letters = strip.positions.iter().map(|(spread, _)| match spread {
        Spread::Uniform => 'u',
        Spread::Structured => 'S',
        Spread::Unknown => '.',
    });
    let mut words = letters.collect::<String>();
    let last = strip.positions.len().saturating_sub(1);
    let _ = write!(
        words,
        "\nof 0 to {last}, over {} packets: S structured, u uniform, . too few",
        strip.packets
    );
    let mut lines = vec![("offsets", words)];
    let structured = strip.positions.iter().enumerate();
    for (offset, (_, top)) in structured.filter(|(_, (spread, _))| *spread == Spread::Structured) {
        let words = format!(
            "{:#04x} in {} of {} packets",
            top.value, top.count, top.packets
        );
        lines.push(("", format!("offset {offset}: {words}")));
    }
    lines
}
