//! The relays: under each its allocations, and under these the paths that they forward on.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::base::time::Timestamp;
use crate::report::live::{Granted, Part, PathRow, SideRow};
use crate::report::text::thousands;
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{Cell, Column, Key, Row, Table, Tone};

const COLUMNS: [Column; 7] = [
    Column::new("server, clients, peers", 16).grows(),
    Column::new("in", 7).right(),
    Column::new("out", 7).right().from(70),
    Column::new("unchanged", 9).right().from(56),
    Column::new("altered", 7).right(),
    Column::new("ms", 6).right().from(64),
    Column::new("p99", 6).right().from(76),
];

/// An allocation and the part that it belongs to.
type Member<'s> = (&'s Part, &'s Granted);

pub(super) fn table(snapshot: &Snapshot) -> Table<'_> {
    let mut rows = Vec::new();
    for (server, members) in by_server(snapshot) {
        rows.push(relay(snapshot, server, &members));
        for (part, granted) in members {
            rows.push(allocation(snapshot, part, granted));
            let paths = part.paths.iter();
            for path in paths.filter(|path| path.allocation == granted.id) {
                rows.extend(self::path(snapshot, part, granted, path));
            }
        }
    }
    Table {
        columns: &COLUMNS,
        rows,
    }
}

/// Those in use first.
fn by_server(snapshot: &Snapshot) -> BTreeMap<SocketAddr, Vec<Member<'_>>> {
    let mut servers = BTreeMap::<_, Vec<_>>::new();
    for part in &snapshot.parts {
        for granted in &part.allocations {
            let members = servers.entry(granted.server).or_default();
            members.push((part.as_ref(), granted));
        }
    }
    for members in servers.values_mut() {
        members.sort_by_key(|(part, granted)| !is_used(part, granted));
    }
    servers
}

fn is_used(part: &Part, granted: &Granted) -> bool {
    part.paths.iter().any(|path| path.allocation == granted.id)
}

fn relay<'s>(snapshot: &'s Snapshot, server: SocketAddr, members: &[Member<'s>]) -> Row<'s> {
    let mut software = members.iter().filter_map(|(_, g)| g.software.as_deref());
    let software = software.next().unwrap_or("software not told");
    let all = members.len();
    let used = members
        .iter()
        .filter(|(part, granted)| is_used(part, granted));
    let used = used.count();
    let words = move || {
        let server = snapshot.redactor.show(server);
        let words = format!("{server}  {software}  allocations: {all}, in use: {used}");
        Cell::text(words).toned(Tone::Heading)
    };
    Row {
        packet: members.first().and_then(|(_, granted)| granted.told_by),
        ..Row::line(("relay", server), words)
    }
}

fn allocation<'s>(snapshot: &'s Snapshot, part: &'s Part, granted: &'s Granted) -> Row<'s> {
    let words = move || {
        Cell::text(format!(
            "└ call {}  {} as {}  {}  {}",
            part.call,
            snapshot.redactor.show(granted.client),
            relayed(snapshot, granted)
                .first()
                .map_or("?", String::as_str),
            snapshot.redactor.show(granted.user()),
            state(snapshot, part, granted),
        ))
    };
    Row {
        call: Some(part.call),
        depth: 1,
        packet: granted.told_by,
        ..Row::line(("allocation", granted.id), words)
    }
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

/// The peer, and a line for each direction.
fn path<'s>(
    snapshot: &'s Snapshot,
    part: &'s Part,
    granted: &'s Granted,
    path: &'s PathRow,
) -> [Row<'s>; 3] {
    let about = (granted.id, path.relayed, path.peer);
    let below = |depth, row| Row {
        call: Some(part.call),
        depth,
        packet: granted.told_by,
        ..row
    };
    let words = move || {
        let channel = path.channel;
        let channel = channel.map_or_else(String::new, |n| format!("  channel {n:#06x}"));
        Cell::text(format!("  └ peer {}{channel}", peer(snapshot, path)))
    };
    let side = |name: &'static str, side: &'s SideRow| {
        let value = move |column| match column {
            0 => Cell::text(format!("      {name}")),
            _ => direction(side, column),
        };
        below(3, Row::of((about, name), value))
    };
    [
        below(2, Row::line((about, ""), words)),
        side("to peer", &path.to_peer),
        side("to client", &path.to_client),
    ]
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
fn direction(side: &SideRow, column: usize) -> Cell {
    let tone = match (side.altered, side.unchanged) {
        (0, 0) => Tone::Plain,
        (0, _) => Tone::Good,
        _ => Tone::Bad,
    };
    let number = |count: u64| Cell::number(count, thousands(count));
    let delay = |which: fn([u64; 2]) -> u64| {
        let delay = side.delay.map(|delay| millis(which(delay)));
        Cell::text(delay.unwrap_or_default())
    };
    match column {
        1 => number(side.entered),
        2 => number(side.left),
        3 => number(side.unchanged).toned(tone),
        4 => number(side.altered).toned(tone),
        5 => delay(|[median, _]| median),
        6 => delay(|[_, most]| most),
        _ => Cell::default(),
    }
}

/// Nanoseconds as milliseconds with two decimals.
fn millis(nanos: u64) -> String {
    format!("{}.{:02}", nanos / 1_000_000, nanos / 10_000 % 100)
}

pub(super) fn detail(snapshot: &Snapshot, key: Key) -> Option<Vec<(&'static str, String)>> {
    for (server, members) in by_server(snapshot) {
        if Key::of(("relay", server)) == key {
            let software = members.iter().find_map(|(_, g)| g.software.clone());
            return Some(vec![
                ("server", snapshot.redactor.show(server)),
                (
                    "software",
                    software.unwrap_or_else(|| "not told".to_owned()),
                ),
                ("allocations", members.len().to_string()),
            ]);
        }
        for (part, granted) in members {
            let mut rows = vec![allocation(snapshot, part, granted)];
            for own in part
                .paths
                .iter()
                .filter(|path| path.allocation == granted.id)
            {
                rows.extend(path(snapshot, part, granted, own));
            }
            if rows.iter().any(|row| row.key == key) {
                return Some(whole(snapshot, part, granted));
            }
        }
    }
    None
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
        lines.push(("  to peer", side(&path.to_peer)));
        lines.push(("  to client", side(&path.to_client)));
    }
    lines
}

/// One direction in words.
fn side(side: &SideRow) -> String {
    let delay = side.delay.map(|delay| delay.map(millis));
    let delay = delay.map_or_else(String::new, |[median, most]| {
        format!(", {median} ms (p99 {most})")
    });
    format!(
        "{} in, {} out, {} unchanged, {} altered{delay}",
        thousands(side.entered),
        thousands(side.left),
        thousands(side.unchanged),
        thousands(side.altered)
    )
}
