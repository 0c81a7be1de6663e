//! Flows, and what runs on each.

use super::{evidence, judged};
use crate::base::addr::Transport;
use crate::exposure::Octets;
use crate::flow::{Flow, Inside, Level, Messages};
use crate::report::tree::{Tree, json};

fn messages(messages: &Messages) -> Tree {
    json!({ "stun": messages.stun, "channeldata": messages.channel_data, "dtls": messages.dtls,
        "rtp": messages.rtp, "rtcp": messages.rtcp, "sip": messages.sip, "zrtp": messages.zrtp,
        "quic": messages.quic, "unknown": messages.unknown })
}

pub(super) fn flow(flow: &Flow, octets: Option<&Octets>) -> Tree {
    let (kind, basis) = kind(flow);
    let dialects = flow.dialects.marks().into_iter().map(|(mark, packets)| {
        json!({ "name": mark.dialect().name(), "basis": mark.name(),
            "evidence": evidence(&packets) })
    });
    json!({
        "id": flow.id,
        "transport": flow.key.transport.name(),
        "a": flow.key.a,
        "b": flow.key.b,
        "kind": kind,
        "basis": basis,
        "packets": flow.packets,
        "octets": flow.octets,
        "first": flow.first,
        "last": flow.last,
        "octets_by_protection": octets.map(judged::octets),
        "messages": messages(&flow.outer.messages),
        "carried": messages(&flow.carried.messages),
        "dialects": dialects.collect::<Tree>(),
    })
}

/// What runs on a flow, and why we think so.
pub(in crate::report) fn kind(flow: &Flow) -> (&'static str, Option<&'static str>) {
    let Level {
        messages,
        ice,
        server_hello,
        ..
    } = &flow.outer;
    let media = messages.rtp + messages.rtcp > 0;
    match () {
        () if flow.turn_tls.is_some() => {
            let over_udp = flow.key.transport == Transport::Udp;
            let kind = if over_udp { "turn-dtls" } else { "turn-tls" };
            (kind, flow.turn_tls.map(inside_basis))
        }
        () if flow.turn => ("turn", Some("shape")),
        () if media && *server_hello => ("dtls-srtp", Some("negotiated")),
        () if media && ice.total() > 0 => ("mixed", Some("shape")),
        () if media => ("rtp", Some("shape")),
        () if messages.sip > 0 => ("sip", Some("shape")),
        () if messages.dtls > 0 => ("dtls", Some("shape")),
        () if messages.stun > 0 => ("stun", Some("shape")),
        () => ("unknown", None),
    }
}

/// Why TURN is known to run inside TLS or DTLS.
const fn inside_basis(inside: Inside) -> &'static str {
    match inside {
        Inside::Server | Inside::Lengths => "shape",
        Inside::Negotiated => "negotiated",
        Inside::Keyed => "keyed",
    }
}
