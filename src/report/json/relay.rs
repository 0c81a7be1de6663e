//! Allocations, and the paths through relays.

use serde_json::{Value, json};

use super::time;
use crate::base::time::Timestamp;
use crate::flow::{Allocation, HopCount, RelayPath, Side, State};

pub(super) fn allocation(allocation: &Allocation) -> Value {
    let channels = allocation.channels.iter().map(|channel| {
        json!({ "number": format!("{:#06x}", channel.number), "peer": channel.peer.to_string() })
    });
    let [client_software, server_software] = &allocation.software;
    let permissions = allocation.permissions.iter().map(|p| p.peer.to_string());
    json!({
        "id": allocation.id,
        "client": allocation.ends.src.to_string(),
        "server": allocation.ends.dst.to_string(),
        "transport": allocation.ends.transport.name(),
        "relayed": allocation.relayed.iter().map(ToString::to_string).collect::<Value>(),
        "mapped": allocation.mapped.map(|mapped| mapped.to_string()),
        "username": allocation.username,
        "realm": allocation.realm,
        "client_software": client_software,
        "server_software": server_software,
        "lifetime": allocation.lifetime,
        "inferred": allocation.inferred,
        "state": match allocation.state {
            State::Active => "active",
            State::Deleted => "deleted",
            State::Expired => "expired",
        },
        "permissions": permissions.collect::<Value>(),
        "channels": channels.collect::<Value>(),
        "first": time(allocation.first),
        "last": time(allocation.last),
    })
}

pub(super) fn path(path: &RelayPath<'_>) -> Value {
    json!({
        "id": path.id,
        "allocation": path.allocation.id,
        "client": path.allocation.ends.src.to_string(),
        "server": path.allocation.ends.dst.to_string(),
        "relayed": path.relayed.map(|relayed| relayed.to_string()),
        "peer": path.peer.map(|peer| peer.to_string()),
        "peer_client": path.peer_allocation.map(|other| other.ends.src.to_string()),
        "to_peer": side(&path.to_peer),
        "to_client": side(&path.to_client),
    })
}

fn side(side: &Side<'_>) -> Value {
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

fn delay(count: Option<&HopCount>) -> Value {
    let measured = count
        .map(|count| &count.delay)
        .filter(|delay| !delay.is_empty());
    let nanos = |n: u64| time(Timestamp(i64::try_from(n).unwrap_or(i64::MAX)));
    match measured {
        Some(delay) => json!({
            "min": nanos(delay.min()),
            "median": nanos(delay.value_at_quantile(0.5)),
            "p99": nanos(delay.value_at_quantile(0.99)),
        }),
        None => json!({ "min": null, "median": null, "p99": null }),
    }
}
