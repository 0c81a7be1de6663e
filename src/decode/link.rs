//! Link headers, down to the IP packet.

use etherparse::{Ethernet2HeaderSlice, SingleVlanHeaderSlice};

use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::{Octets, Span};
use crate::capture::LinkType;

/// What stands below a link header.
pub(super) enum Peeled<'a> {
    /// An IP packet, and perhaps padding after it.
    Network(Octets<'a>),
    /// Another protocol, which is not read.
    Other,
    /// The header ends too early.
    Broken,
    /// A link type that is not known.
    UnknownLink,
}

/// Takes the link header off.
pub(super) fn peel<'a, S: Sink>(link: LinkType, octets: Octets<'a>, sink: &mut S) -> Peeled<'a> {
    match link.0 {
        1 => ethernet(octets, sink),
        12 | 14 | 101 | 228 | 229 => Peeled::Network(octets),
        // The protocol ends the first version of the header and begins the second. By hand: the
        // crate reads it only for some kinds of link.
        113 => cooked(octets, 16, 14, sink),
        276 => cooked(octets, 20, 0, sink),
        0 | 108 => loopback(octets, sink),
        _ => Peeled::UnknownLink,
    }
}

fn mark<S: Sink>(
    octets: Octets<'_>,
    from: u32,
    len: u32,
    field: Field,
    value: Value,
    sink: &mut S,
) {
    let start = octets.offset.saturating_add(from);
    sink.mark(Span::new(start, start.saturating_add(len)), field, value);
}

fn ethernet<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Peeled<'a> {
    let Ok(header) = Ethernet2HeaderSlice::from_slice(octets.captured) else {
        return Peeled::Broken;
    };
    mark(octets, 0, 6, Field::EthDst, Value::Octets, sink);
    mark(octets, 6, 6, Field::EthSrc, Value::Octets, sink);
    let mut kind = header.ether_type().0;
    mark(
        octets,
        12,
        2,
        Field::EthType,
        Value::Number(kind.into()),
        sink,
    );
    let mut rest = octets.after(14);
    while matches!(kind, 0x8100 | 0x88A8 | 0x9100) {
        let Ok(tag) = SingleVlanHeaderSlice::from_slice(rest.captured) else {
            return Peeled::Broken;
        };
        mark(
            rest,
            0,
            2,
            Field::VlanTag,
            Value::Number(tag.vlan_identifier().value().into()),
            sink,
        );
        kind = tag.ether_type().0;
        mark(rest, 2, 2, Field::EthType, Value::Number(kind.into()), sink);
        rest = rest.after(4);
    }
    by_ether_type(kind, rest)
}

/// A Linux cooked header of `len` octets with the EtherType at `at`.
fn cooked<'a, S: Sink>(octets: Octets<'a>, len: u32, at: u32, sink: &mut S) -> Peeled<'a> {
    let protocol = octets.part(at, 2).captured.first_chunk::<2>();
    let (Some(protocol), true) = (protocol, octets.wire_len >= len) else {
        return Peeled::Broken;
    };
    mark(octets, 0, len, Field::SllHeader, Value::None, sink);
    by_ether_type(u16::from_be_bytes(*protocol), octets.after(len))
}

/// The address family of the capturing host in its own byte order, before every packet.
fn loopback<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Peeled<'a> {
    let Some(family) = octets.captured.first_chunk::<4>() else {
        return Peeled::Broken;
    };
    mark(octets, 0, 4, Field::LinkHeader, Value::None, sink);
    // 2 is IPv4 everywhere; IPv6 is 10, 24, 28 or 30, by system.
    match u32::from_le_bytes(*family).min(u32::from_be_bytes(*family)) {
        2 | 10 | 24 | 28 | 30 => Peeled::Network(octets.after(4)),
        _ => Peeled::Other,
    }
}

const fn by_ether_type(kind: u16, rest: Octets<'_>) -> Peeled<'_> {
    match kind {
        0x0800 | 0x86DD => Peeled::Network(rest),
        _ => Peeled::Other,
    }
}
