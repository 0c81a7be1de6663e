//! The relays: under each its allocations, and under these the paths that they forward on. Behind
//! them stand the servers of media.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::servers;
use crate::base::time::Timestamp;
use crate::report::live::{Granted, Part, PathRow, SideRow};
use crate::report::text::thousands;
use crate::tui::place::Place;
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{About, Cell, Column, Row, Table, Tone};

const COLUMNS: [Column; 7] = [
    Column::new("server, clients, peers", 16).grows(),
    Column::new("in", 7).right(),
    Column::new("out", 7).right().from(70),
    Column::new("unchanged", 9).right().from(56),
    Column::new("altered", 7).right(),
    Column::new("ms", 6).right().from(64),
    Column::new("p99", 6).right().from(76),
];

/// Names of the directions.
const TO_PEER: &str = "to peer";
const TO_CLIENT: &str = "to client";

/// An allocation, the part that it belongs to, and its place.
type Member<'s> = (Place, &'s Part, &'s Granted);

pub(super) fn table(snapshot: &Snapshot) -> Table {
    let mut rows = Vec::new();
    for (server, members) in by_server(snapshot) {
        rows.push(Row {
            packet: members.first().and_then(|(.., granted)| granted.told_by),
            is_line: true,
            ..Row::of(("relay", server), About::Relay(server))
        });
        for (place, part, granted) in members {
            rows.push(Row {
                call: Some(part.call),
                depth: 1,
                is_line: true,
                packet: granted.told_by,
                ..Row::of(("allocation", granted.id), About::Allocation(place))
            });
            let own = part.paths.iter().enumerate();
            for (row, path) in own.filter(|(_, path)| path.allocation == granted.id) {
                rows.extend(self::path(Place { row, ..place }, part, granted, path));
            }
        }
    }
    rows.extend(servers::rows(snapshot));
    Table {
        columns: &COLUMNS,
        is_tree: true,
        rows,
    }
}

/// Those in use first.
fn by_server(snapshot: &Snapshot) -> BTreeMap<SocketAddr, Vec<Member<'_>>> {
    let mut servers = BTreeMap::<_, Vec<_>>::new();
    for member in Place::all(snapshot, allocations) {
        servers.entry(member.2.server).or_default().push(member);
    }
    for members in servers.values_mut() {
        members.sort_by_key(|(_, part, granted)| !is_used(part, granted));
    }
    servers
}

fn allocations(part: &Part) -> &[Granted] {
    &part.allocations
}

fn paths(part: &Part) -> &[PathRow] {
    &part.paths
}

fn is_used(part: &Part, granted: &Granted) -> bool {
    part.paths.iter().any(|path| path.allocation == granted.id)
}

/// The peer, and a row for each direction.
fn path(place: Place, part: &Part, granted: &Granted, path: &PathRow) -> [Row; 3] {
    let row = |depth, name, about| Row {
        call: Some(part.call),
        depth,
        packet: granted.told_by,
        ..Row::of((granted.id, path.relayed, path.peer, name), about)
    };
    [
        Row {
            is_line: true,
            ..row(2, "", About::Path(place))
        },
        row(3, TO_PEER, About::Side(place, true)),
        row(3, TO_CLIENT, About::Side(place, false)),
    ]
}

/// That of a server, in the whole line.
pub(super) fn server_value(snapshot: &Snapshot, server: SocketAddr) -> Cell {
    let members = members(snapshot, server);
    let software = software(&members).unwrap_or("software not told");
    let used = members
        .iter()
        .filter(|(_, part, granted)| is_used(part, granted));
    let [all, used] = [members.len(), used.count()].map(|count| thousands(count as u64));
    let server = snapshot.redactor.show(server);
    let words = format!("{server}  {software}  allocations: {all}, in use: {used}");
    Cell::text(words).toned(Tone::Heading)
}

/// That of an allocation, in the whole line.
pub(super) fn allocation_value(snapshot: &Snapshot, place: Place) -> Option<Cell> {
    let (part, granted) = place.find(snapshot, allocations)?;
    Some(Cell::text(format!(
        "└ call {}  {} as {}  {}  {}",
        part.call,
        snapshot.redactor.show(granted.client),
        relayed(snapshot, granted)
            .first()
            .map_or("?", String::as_str),
        snapshot.redactor.show(granted.user()),
        state(snapshot, part, granted),
    )))
}

/// That of a path, in the whole line.
pub(super) fn path_value(snapshot: &Snapshot, place: Place) -> Option<Cell> {
    let (_, path) = place.find(snapshot, paths)?;
    let channel = path.channel;
    let channel = channel.map_or_else(String::new, |n| format!("  channel {n:#06x}"));
    Some(Cell::text(format!(
        "  └ peer {}{channel}{}",
        peer(snapshot, path),
        if path.in_octets {
            "  TCP, in octets"
        } else {
            ""
        }
    )))
}

/// That of one direction of a path.
pub(super) fn side_value(
    snapshot: &Snapshot,
    (place, to_peer): (Place, bool),
    column: usize,
) -> Option<Cell> {
    let (_, path) = place.find(snapshot, paths)?;
    let (name, side) = if to_peer {
        (TO_PEER, &path.to_peer)
    } else {
        (TO_CLIENT, &path.to_client)
    };
    match column {
        0 => Some(Cell::text(format!("      {name}"))),
        _ => direction(side, column),
    }
}

fn members(snapshot: &Snapshot, server: SocketAddr) -> Vec<Member<'_>> {
    let all = Place::all(snapshot, allocations);
    all.filter(|(.., granted)| granted.server == server)
        .collect()
}

fn software<'s>(members: &[Member<'s>]) -> Option<&'s str> {
    let mut all = members.iter();
    all.find_map(|(.., granted)| granted.software.as_deref())
}

fn relayed(snapshot: &Snapshot, granted: &Granted) -> Vec<String> {
    let all = granted.relayed.iter();
    all.map(|at| snapshot.redactor.show(*at)).collect()
}

/// Whether it is in use, and how long it lasts without a refresh.
fn state(snapshot: &Snapshot, part: &Part, granted: &Granted) -> String {
    let now = snapshot.life.map_or(Timestamp::default(), |(_, last)| last);
    let unused = if is_used(part, granted) {
        ""
    } else {
        ", unused"
    };
    match granted.expires.filter(|_| granted.state == "active") {
        Some(expires) => {
            let seconds = expires.since(now).as_secs();
            format!("{}:{:02} left{unused}", seconds / 60, seconds % 60)
        }
        None => format!("{}{unused}", granted.state),
    }
}

/// The peer, and the client behind it where that is known.
fn peer(snapshot: &Snapshot, path: &PathRow) -> String {
    let show = |address: SocketAddr| snapshot.redactor.show(address);
    let peer = path.peer.map_or_else(|| "not seen".to_owned(), show);
    match path.peer_client {
        Some(client) => format!("{peer}, behind it {}", show(client)),
        None => peer,
    }
}

/// What stands in a column behind the name of a direction.
fn direction(side: &SideRow, column: usize) -> Option<Cell> {
    let tone = match (side.altered, side.unchanged) {
        (0, _) if side.doubted => Tone::Open,
        (0, 0) => Tone::Plain,
        (0, _) => Tone::Good,
        _ => Tone::Bad,
    };
    let number = |count: u64| Cell::number(count, thousands(count));
    let delay = |which: fn([u64; 2]) -> u64| {
        let delay = side.delay.map(|delay| millis(which(delay)));
        Cell::text(delay.unwrap_or_default())
    };
    Some(match column {
        1 => number(side.entered),
        2 => number(side.left),
        3 => number(side.unchanged).toned(tone),
        4 => number(side.altered).toned(tone),
        5 => delay(|[median, _]| median),
        6 => delay(|[_, most]| most),
        _ => return None,
    })
}

/// Nanoseconds as milliseconds with two decimals.
fn millis(nanos: u64) -> String {
    format!("{}.{:02}", nanos / 1_000_000, nanos / 10_000 % 100)
}

pub(super) fn server_detail(
    snapshot: &Snapshot,
    server: SocketAddr,
) -> Vec<(&'static str, String)> {
    let members = members(snapshot, server);
    let software = software(&members).unwrap_or("not told");
    vec![
        ("server", snapshot.redactor.show(server)),
        ("software", software.to_owned()),
        ("allocations", members.len().to_string()),
    ]
}

pub(super) fn detail(snapshot: &Snapshot, place: Place) -> Option<Vec<(&'static str, String)>> {
    let (part, granted) = place.find(snapshot, allocations)?;
    Some(whole(snapshot, part, granted))
}

/// That of the allocation.
pub(super) fn path_detail(
    snapshot: &Snapshot,
    place: Place,
) -> Option<Vec<(&'static str, String)>> {
    let (part, path) = place.find(snapshot, paths)?;
    let mut all = part.allocations.iter();
    let granted = all.find(|granted| granted.id == path.allocation)?;
    Some(whole(snapshot, part, granted))
}

/// An allocation with all its paths.
fn whole(snapshot: &Snapshot, part: &Part, granted: &Granted) -> Vec<(&'static str, String)> {
    let show = |address: SocketAddr| snapshot.redactor.show(address);
    let how = if granted.inferred {
        "what it carries: its answer is not in the capture"
    } else {
        "the answer of the server"
    };
    let mut lines = vec![
        ("client", show(granted.client)),
        ("server", show(granted.server)),
        ("software", granted.software.clone().unwrap_or_default()),
        ("account", snapshot.redactor.show(granted.account())),
        ("relayed", relayed(snapshot, granted).join(", ")),
        ("state", state(snapshot, part, granted)),
        ("known by", how.to_owned()),
    ];
    for path in part
        .paths
        .iter()
        .filter(|path| path.allocation == granted.id)
    {
        let channel = path
            .channel
            .map_or_else(String::new, |n| format!(", channel {n:#06x}"));
        lines.push(("peer", format!("{}{channel}", peer(snapshot, path))));
        lines.push(("  to peer", side(path, &path.to_peer)));
        lines.push(("  to client", side(path, &path.to_client)));
    }
    lines
}

/// One direction in words.
fn side(path: &PathRow, side: &SideRow) -> String {
    let unit = if path.in_octets { " octets of TCP" } else { "" };
    let altered = match side.altered {
        0 => "0 altered".to_owned(),
        _ if path.in_octets => "the next is another".to_owned(),
        count => format!("{} altered", thousands(count)),
    };
    let doubted = if side.doubted {
        ", of the others it is not known"
    } else {
        ""
    };
    let delay = side.delay.map(|delay| delay.map(millis));
    let delay = delay.map_or_else(String::new, |[median, most]| {
        format!(", {median} ms (p99 {most})")
    });
    format!(
        "{} in, {} out, {} unchanged{unit}, {altered}{doubted}{delay}",
        thousands(side.entered),
        thousands(side.left),
        thousands(side.unchanged),
    )
}
