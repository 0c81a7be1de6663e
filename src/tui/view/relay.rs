//! The relay: its allocations, and under each the paths that it forwards on.

use super::list::thousands;
use crate::base::time::Timestamp;
use crate::report::live::{Granted, Part, PathRow, SideRow};
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
        title: "client, peer",
        width: 23,
        right: false,
        from: 0,
    },
    Column {
        title: "in",
        width: 7,
        right: true,
        from: 0,
    },
    Column {
        title: "unchanged",
        width: 9,
        right: true,
        from: 52,
    },
    Column {
        title: "altered",
        width: 7,
        right: true,
        from: 44,
    },
    Column {
        title: "ms",
        width: 6,
        right: true,
        from: 72,
    },
    Column {
        title: "account, channel",
        width: 14,
        right: false,
        from: 66,
    },
];

pub(super) fn table(snapshot: &Snapshot) -> Table {
    let mut rows = Vec::new();
    for part in &snapshot.parts {
        for granted in &part.allocations {
            rows.push(allocation(snapshot, part, granted));
            let own = part
                .paths
                .iter()
                .filter(|path| path.allocation == granted.id);
            rows.extend(own.map(|path| self::path(snapshot, part, granted, path)));
        }
    }
    Table {
        columns: COLUMNS.to_vec(),
        rows,
    }
}

fn allocation(snapshot: &Snapshot, part: &Part, granted: &Granted) -> Row {
    let show = |address| snapshot.redactor.show(address);
    let (client, server) = (show(granted.client), show(granted.server));
    let account = snapshot.redactor.show(granted.account());
    let relayed: Vec<_> = granted.relayed.iter().map(|at| show(*at)).collect();
    let used = part.paths.iter().any(|path| path.allocation == granted.id);
    let state = if used { granted.state } else { "never used" };
    let nothing = || Cell::text("");
    Row {
        cells: vec![
            Cell::number(part.call, part.call.to_string()),
            Cell::text(client.clone()),
            nothing(),
            nothing(),
            nothing(),
            nothing(),
            Cell::text(format!("{account} {state}")),
        ],
        detail: vec![
            ("client", client),
            ("server", server),
            ("software", granted.software.clone().unwrap_or_default()),
            ("account", account),
            ("relayed", relayed.join(", ")),
            ("state", format!("{state}{}", left(snapshot, granted))),
            ("known by", how(granted)),
        ],
        packet: granted.told_by,
    }
}

fn how(granted: &Granted) -> String {
    let words = if granted.inferred {
        "what it carries: its answer is not in the capture"
    } else {
        "the answer of the server"
    };
    words.to_owned()
}

/// Time until an allocation in use ends without a refresh.
fn left(snapshot: &Snapshot, granted: &Granted) -> String {
    let now = snapshot
        .life
        .map_or_else(Timestamp::default, |(_, last)| last);
    match granted.expires {
        Some(expires) if granted.state == "active" => {
            let seconds = expires.since(now).as_secs();
            format!(
                ", ends in {}:{:02} without a refresh",
                seconds / 60,
                seconds % 60
            )
        }
        _ => String::new(),
    }
}

fn path(snapshot: &Snapshot, part: &Part, granted: &Granted, path: &PathRow) -> Row {
    let show = |address: Option<std::net::SocketAddr>| {
        address.map_or_else(|| "unknown".to_owned(), |at| snapshot.redactor.show(at))
    };
    let sum = |of: fn(&SideRow) -> u64| of(&path.to_peer) + of(&path.to_client);
    let (entered, altered) = (sum(|side| side.entered), sum(|side| side.altered));
    let unchanged = sum(|side| side.unchanged);
    let tone = match (altered, unchanged) {
        (0, 0) => Tone::Plain,
        (0, _) => Tone::Good,
        _ => Tone::Bad,
    };
    let delay = path.to_peer.delay.or(path.to_client.delay);
    let channel = path
        .channel
        .map_or_else(String::new, |number| format!("{number:#06x}"));
    Row {
        cells: vec![
            Cell::number(part.call, ""),
            Cell::text(format!("- {}", show(path.peer))),
            Cell::number(entered, thousands(entered)),
            Cell::number(unchanged, thousands(unchanged)).toned(tone),
            Cell::number(altered, thousands(altered)).toned(tone),
            Cell::text(delay.map_or_else(String::new, |[median, _]| millis(median))),
            Cell::text(channel.clone()),
        ],
        detail: vec![
            ("client", show(Some(granted.client))),
            ("relayed", show(path.relayed)),
            ("peer", show(path.peer)),
            (
                "behind it",
                path.peer_client
                    .map_or_else(String::new, |at| show(Some(at))),
            ),
            ("channel", channel),
            ("to peer", side(&path.to_peer)),
            ("to client", side(&path.to_client)),
        ],
        packet: granted.told_by,
    }
}

/// One direction in words.
fn side(side: &SideRow) -> String {
    let delay = side.delay.map_or_else(String::new, |[median, most]| {
        format!(", {} ms (p99 {})", millis(median), millis(most))
    });
    format!(
        "{} in, {} out, {} unchanged, {} altered{delay}",
        thousands(side.entered),
        thousands(side.left),
        thousands(side.unchanged),
        thousands(side.altered)
    )
}

/// Nanoseconds as milliseconds with two decimals.
fn millis(nanos: u64) -> String {
    format!("{}.{:02}", nanos / 1_000_000, nanos / 10_000 % 100)
}
