//! Legs, allocations, and the paths through relays.

use crate::base::addr::Transport;
use crate::base::time::Timestamp;
use crate::base::told::{Name, Told};
use crate::flow::{
    Allocation, Course, Doubt, EvenPort, HopCount, OpenedBy, PeerConnection, RelayPath, Side,
    Tracker, TurnLeg,
};
use crate::report::tree::{Tree, json};

/// A leg between client and relay, for the verdicts whose scope it is.
pub(super) fn leg(leg: &TurnLeg) -> Tree {
    json!({
        "id": leg.id,
        "client": leg.ends.src,
        "server": leg.ends.dst,
        "transport": leg.ends.transport.name(),
    })
}

pub(super) fn allocation(tracker: &Tracker, allocation: &Allocation) -> Tree {
    let refused = allocation.refused.iter();
    let refused = refused.map(|no| json!({ "family": family(no.family), "error": no.code }));
    let connections = allocation.connections.iter();
    let connections = connections.map(|own| connection(tracker, own));
    let channels = allocation.channels.iter().map(|channel| {
        let number = Told::plain(format!("{:#06x}", channel.number));
        json!({ "number": number, "peer": channel.peer })
    });
    let [client_software, server_software] = allocation.software.clone();
    let permissions = allocation.permissions.iter().map(|p| p.peer);
    json!({
        "id": allocation.id,
        "client": allocation.ends.src,
        "server": allocation.ends.dst,
        "transport": allocation.ends.transport.name(),
        "relayed": allocation.relayed.iter().collect::<Tree>(),
        "mapped": allocation.mapped,
        "username": allocation.username.as_deref().map(|name| Name::User.of(name)),
        "realm": allocation.realm.as_deref().map(|realm| Name::Realm.of(realm)),
        "client_software": client_software.map(Told::plain),
        "server_software": server_software.map(Told::plain),
        "lifetime": allocation.lifetime,
        "inferred": allocation.inferred,
        "state": allocation.state.name(),
        "peer_transport": allocation.peer_transport.map(Transport::name),
        "refused_families": refused.collect::<Tree>(),
        "even_port": allocation.even_port.map(|asked| match asked {
            EvenPort::Alone => "alone",
            EvenPort::WithNext => "with-next",
        }),
        "reserves_next": allocation.reserves_next(),
        "reserved_by": allocation.reserved_by,
        "connections": connections.collect::<Tree>(),
        "permissions": permissions.collect::<Tree>(),
        "channels": channels.collect::<Tree>(),
        "first": allocation.first,
        "last": allocation.last,
    })
}

/// A family of addresses by its number (RFC 8656, section 18.6).
fn family(number: u8) -> Told {
    match number {
        1 => Told::plain("ipv4"),
        2 => Told::plain("ipv6"),
        other => Told::plain(format!("{other:#04x}")),
    }
}

fn connection(tracker: &Tracker, connection: &PeerConnection) -> Tree {
    let flow = connection.flow.and_then(|flow| tracker.flow(&flow));
    json!({
        "id": Told::plain(format!("{:#010x}", connection.id)),
        "peer": connection.peer,
        "opened_by": match connection.opened_by {
            OpenedBy::Client => "client",
            OpenedBy::Peer => "peer",
        },
        "told_by": connection.told_by,
        "flow": flow.map(|flow| flow.id),
    })
}

pub(super) fn path(path: &RelayPath<'_>) -> Tree {
    json!({
        "id": path.id,
        "allocation": path.allocation.id,
        "client": path.allocation.ends.src,
        "server": path.allocation.ends.dst,
        "relayed": path.relayed,
        "peer": path.peer,
        "peer_client": path.peer_allocation.map(|other| other.ends.src),
        "to_peer": side(&path.to_peer),
        "to_client": side(&path.to_client),
        "connection": path.connection.map(|connection| {
            let [to_peer, to_client] = connection.courses();
            json!({ "to_peer": course(to_peer), "to_client": course(to_client) })
        }),
    })
}

fn course(course: &Course) -> Tree {
    json!({
        "entered": course.entered(),
        "left": course.left(),
        "unchanged": course.unchanged,
        "altered": course.altered().is_some(),
        "doubt": course.doubt().map(|doubt| match doubt {
            Doubt::Missing => "missing",
            Doubt::Cut => "cut",
            Doubt::Full => "full",
            Doubt::Again => "again",
            Doubt::LeftOnly => "left-only",
        }),
    })
}

fn side(side: &Side<'_>) -> Tree {
    let of = |get: fn(&HopCount) -> u64| side.count.map_or(0, get);
    json!({
        "entered": side.entered,
        "left": side.left,
        "unchanged": of(|count| count.unchanged),
        "altered": of(|count| count.altered_total),
        "duplicated": of(|count| count.duplicated.total()),
        "entered_only": side.entered_only(),
        "left_only": of(|count| count.left_only.total()),
        "octets_unchanged": of(|count| count.octets_unchanged),
        "delay": delay(side.count),
    })
}

fn delay(count: Option<&HopCount>) -> Tree {
    let measured = count.and_then(|count| count.delay.histogram());
    let nanos = |n: u64| Timestamp(i64::try_from(n).unwrap_or(i64::MAX));
    match measured {
        Some(delay) => json!({
            "min": nanos(delay.min()),
            "median": nanos(delay.value_at_quantile(0.5)),
            "p99": nanos(delay.value_at_quantile(0.99)),
        }),
        None => json!({ "min": null, "median": null, "p99": null }),
    }
}
