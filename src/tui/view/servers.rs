//! The servers of media: under each its legs, with what it receives and sends on them.

use super::streams;
use crate::flow::ServerRole;
use crate::report::live::{Carried, LegRow, Part, ServerRow, StreamRow};
use crate::report::text::{counted, thousands};
use crate::tui::place::Place;
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{About, Cell, Row, Tone};

pub(super) fn rows(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    for (place, part, server) in Place::all(snapshot, servers) {
        let row = |thing, depth, about| Row {
            call: Some(part.call),
            depth,
            packet: server.told_by,
            ..Row::of(("server", server.address, thing), about)
        };
        let line = |row| Row {
            is_line: true,
            ..row
        };
        rows.push(line(row(None, 0, About::Server(place))));
        for (number, leg) in server.legs.iter().enumerate() {
            let thing = |side| Some((leg.server, leg.client, side));
            rows.push(line(row(thing(None), 1, About::Leg(place, number))));
            for to_server in [true, false] {
                let about = About::LegSide(place, number, to_server);
                rows.push(row(thing(Some(to_server)), 2, about));
            }
        }
    }
    rows
}

fn servers(part: &Part) -> &[ServerRow] {
    &part.servers
}

/// That of a server, in the whole line.
pub(super) fn value(snapshot: &Snapshot, place: Place) -> Option<Cell> {
    let (_, server) = place.find(snapshot, servers)?;
    let address = snapshot.redactor.show(server.address);
    let keys = match server.keyed_by {
        Some(_) => "holds the keys of its legs",
        None => "keys not seen",
    };
    let words = format!("{address}  {}  {keys}", does(server));
    Some(Cell::text(words).toned(Tone::Heading))
}

const fn does(server: &ServerRow) -> &'static str {
    match server.role {
        Some(ServerRole::Sfu) => "forwards media (SFU)",
        Some(ServerRole::Mcu) => "mixes media (MCU)",
        _ => "forwards or mixes media",
    }
}

fn find(snapshot: &Snapshot, (place, leg): (Place, usize)) -> Option<(&Part, &ServerRow, &LegRow)> {
    let (part, server) = place.find(snapshot, servers)?;
    Some((part, server, server.legs.get(leg)?))
}

/// That of a leg, in the whole line.
pub(super) fn leg_value(snapshot: &Snapshot, leg: (Place, usize)) -> Option<Cell> {
    let (part, _, leg) = find(snapshot, leg)?;
    let client = client(snapshot, leg);
    let at = snapshot.redactor.show(leg.server);
    Some(Cell::text(format!(
        "└ call {}  {client}  at {at}",
        part.call
    )))
}

/// The other end of a leg, and who stands behind it where that is somebody else.
fn client(snapshot: &Snapshot, leg: &LegRow) -> String {
    let client = snapshot.redactor.show(leg.client);
    if leg.client.ip() == leg.party {
        return client;
    }
    format!("{client}, behind it {}", snapshot.redactor.show(leg.party))
}

/// That of one direction of a leg.
pub(super) fn side_value(
    snapshot: &Snapshot,
    (place, leg, to_server): (Place, usize, bool),
    column: usize,
) -> Option<Cell> {
    let (_, _, leg) = find(snapshot, (place, leg))?;
    let (way, carried) = if to_server {
        ("receives", leg.received)
    } else {
        ("sends", leg.sent)
    };
    let packets = Cell::number(carried.packets, thousands(carried.packets));
    match column {
        0 => Some({
            let streams = counted(carried.streams, "stream");
            Cell::text(format!("    {way} {streams}"))
        }),
        1 if to_server => Some(packets),
        2 if !to_server => Some(packets),
        _ => None,
    }
}

pub(super) fn detail(snapshot: &Snapshot, place: Place) -> Option<Vec<(&'static str, String)>> {
    let (_, server) = place.find(snapshot, servers)?;
    let mut parties: Vec<_> = server.legs.iter().map(|leg| leg.party).collect();
    parties.sort_unstable();
    parties.dedup();
    let parties = parties.into_iter().map(|ip| snapshot.redactor.show(ip));
    let parties: Vec<_> = parties.collect();
    let keys = match server.keyed_by {
        Some(packet) => format!(
            "handshakes that key media end at it, the first in packet {packet}: it holds their \
             keys, and reads what no layer inside them seals"
        ),
        None => "no handshake that keys media was seen to end at it".to_owned(),
    };
    let sum = |which: fn(&LegRow) -> Carried| {
        let all = server.legs.iter().map(which);
        all.fold(Carried::default(), |sum, carried| Carried {
            streams: sum.streams + carried.streams,
            packets: sum.packets + carried.packets,
            opened: sum.opened + carried.opened,
        })
    };
    Some(vec![
        ("server", snapshot.redactor.show(server.address)),
        ("does", does(server).to_owned()),
        ("keys", keys),
        ("parties", parties.join(", ")),
        ("receives", words(sum(|leg| leg.received))),
        ("sends", words(sum(|leg| leg.sent))),
    ])
}

fn words(carried: Carried) -> String {
    let streams = counted(carried.streams, "stream");
    format!("{streams}, {}", packets(carried.packets, carried.opened))
}

fn packets(packets: u64, opened: u64) -> String {
    let packets = counted(packets, "packet");
    match opened {
        0 => packets,
        opened => format!("{packets}, {} opened by keys", thousands(opened)),
    }
}

pub(super) fn leg_detail(
    snapshot: &Snapshot,
    leg: (Place, usize),
) -> Option<Vec<(&'static str, String)>> {
    let (part, server, leg) = find(snapshot, leg)?;
    let mut lines = vec![
        ("client", client(snapshot, leg)),
        ("server", snapshot.redactor.show(leg.server)),
        ("does", does(server).to_owned()),
    ];
    let ways = [
        ("receives", leg.received, [leg.client, leg.server]),
        ("sends", leg.sent, [leg.server, leg.client]),
    ];
    for (way, carried, ends) in ways {
        lines.push((way, words(carried)));
        let streams = part.streams.iter().filter(|row| row.ends == ends);
        lines.extend(streams.map(|row| ("", stream(row))));
    }
    Some(lines)
}

/// One stream in a line: whether the observer reads it, what it is, how much of it was opened.
fn stream(row: &StreamRow) -> String {
    let letter = streams::seen_as(row);
    let kind = match &row.codec {
        Some((codec, _)) => format!("{} {codec}", row.kind),
        None => row.kind.to_owned(),
    };
    let packets = packets(row.packets, row.opened.unwrap_or_default());
    format!("{letter} {} {kind}: {packets}", row.ssrc)
}
