//! `relay-only`: did the parties meet only through relays?

use std::net::IpAddr;

use super::case::Case;
use super::catalogue::RELAY_ONLY;
use super::{Evidence, Gap, Judgement, Scope, Verdict, own_address};
use crate::base::addr::{FiveTuple, Transport};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::Vantage;
use crate::flow::{Flow, RelayPath, Session, TurnLeg};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    // Without a relay there is nothing that the parties could have kept to; with a server between
    // them they never meet.
    let calls = |session: &&Session| {
        if session.server.is_some() {
            return false;
        }
        let mut paths = session.paths_of(&case.scene.paths);
        paths.any(|path| case.knows(path) && case.tracker.carries_call(path))
    };
    let relayed = case.scene.sessions.iter().filter(calls);
    relayed
        .filter_map(|session| {
            let (verdict, found) = verdict(case, session)?;
            let scope = Scope::Session(session.id);
            Some(case.judgement(
                &RELAY_ONLY,
                scope,
                (verdict, found),
                "addresses of datagrams",
            ))
        })
        .collect()
}

fn verdict(case: &Case<'_>, session: &Session) -> Option<(Verdict, Told)> {
    if let Some(key) = session.direct.first() {
        let flow = case.tracker.flow(key)?;
        let found = told![directly(flow), " without a relay"];
        return Some((Verdict::Violated(Evidence::of(flow.seen.clone())?), found));
    }
    let paths: Vec<_> = session.paths_of(&case.scene.paths).collect();
    let known = paths.iter().filter(|path| case.knows(path));
    let named = known.filter_map(|path| {
        let (evidence, found, ip) = named(case, path, &session.parties)?;
        // A public address may be a relay's that the other party uses.
        let verdict = if is_private(ip) {
            Verdict::Violated(evidence)
        } else {
            Verdict::Inconclusive(Gap::PeerMayBeRelay, Some(evidence))
        };
        Some((verdict, found))
    });
    let mut told: Vec<_> = named.chain(own_address::announced(case, session)).collect();
    let violated = |(verdict, _): &(Verdict, Told)| matches!(verdict, Verdict::Violated(_));
    let worst = told.iter().position(violated).unwrap_or(0);
    if worst < told.len() {
        return Some(told.swap_remove(worst));
    }
    let mut all = Sample::default();
    for path in &paths {
        if let Some(leg) = case.tracker.leg(&path.allocation.ends.key().0) {
            all.merge(&leg.messages);
        }
    }
    // At the relay a datagram between the parties themselves would not be seen. There, others than
    // the client speak with its host.
    let at_party = paths.iter().all(|path| {
        let (client, server) = (path.allocation.ends.src.ip(), path.allocation.ends.dst.ip());
        case.scene.facts.serves_only(server, client)
    });
    if !at_party {
        let found = "no other way is in sight, and at the relay none would be".into();
        return Some((
            Verdict::Inconclusive(Gap::RelaySideOnly, Evidence::of(all)),
            found,
        ));
    }
    let client = paths.first()?.allocation.ends.src.ip();
    let met = met(&paths, client);
    let found = told![client, " meets ", met, " only through the relay"];
    // One leg alone may as well be what a filter or an interface of the relay shows. Who judges
    // for a party says that the capture is that party's own.
    if case.observer != Vantage::Endpoint {
        let verdict = Verdict::Inconclusive(Gap::PlaceUnknown, Evidence::of(all));
        return Some((verdict, found));
    }
    let mut verdict = Verdict::holds(all, Gap::NoRequest);
    let unread = &case.scene.facts.unread;
    if session.parties.iter().all(|party| unread.contains(party)) {
        verdict.doubt(Gap::UnreadConnection);
    }
    let all_named = paths.iter().all(|path| {
        let key = path.allocation.ends.key().0;
        let leg = case.tracker.leg(&key);
        let flow = case.tracker.flow(&key);
        leg.is_some_and(TurnLeg::has_all_peers)
            && flow.is_some_and(|flow| flow.carried.has_all_addresses())
    });
    if !all_named {
        verdict.doubt(Gap::Evicted);
    }
    Some((verdict, found))
}

/// What passes between two parties themselves, by its protocol, and whether both send it.
fn directly(flow: &Flow) -> Told {
    let messages = &flow.outer.messages;
    let what = match () {
        () if messages.rtp > 0 => "media",
        () if messages.rtcp > 0 => "RTCP",
        () if messages.dtls > 0 => "a DTLS handshake",
        () => "connectivity checks",
    };
    let (a, b) = (flow.key.a, flow.key.b);
    match flow.packets {
        [_, 0] => told![a, " sends ", b, " ", what],
        [0, _] => told![b, " sends ", a, " ", what],
        _ => told![a, " and ", b, " exchange ", what],
    }
}

/// Whom a client meets: another client of the relay is hidden behind it.
fn met(paths: &[&RelayPath<'_>], client: IpAddr) -> Told {
    let relay = paths.first().map(|path| path.allocation.ends.dst.ip());
    let mut peers = paths
        .iter()
        .filter_map(|path| path.peer)
        .map(|peer| peer.ip());
    match peers.find(|peer| *peer != client && Some(*peer) != relay) {
        Some(peer) => peer.into(),
        None => "somebody".into(),
    }
}

/// A message that carries a party's own address to the other.
fn named(
    case: &Case<'_>,
    path: &RelayPath<'_>,
    parties: &[IpAddr],
) -> Option<(Evidence, Told, IpAddr)> {
    let client = path.allocation.ends.src;
    let relay = path.allocation.ends.dst.ip();
    let leg = case.tracker.leg(&path.allocation.ends.key().0)?;
    // The client names the peer to the relay: somebody told it that address.
    let known = |ip: IpAddr| ip != client.ip() && ip != relay && !case.is_relay(ip);
    if let Some((peer, packets)) = leg.peers.iter().find(|(peer, _)| known(peer.ip())) {
        let found = told![
            client,
            " knows ",
            *peer,
            ", an address of no relay in this capture"
        ];
        return Some((Evidence::of(packets.clone())?, found, peer.ip()));
    }
    let (relayed, peer) = (path.relayed?, path.peer?);
    // Whoever of the two sent it: a message between them names the client.
    let carried = case.tracker.flow(&path.allocation.ends.key().0);
    if let Some(number) = carried.and_then(|flow| flow.carried.addresses.get(&client.ip())) {
        let found = told![
            "a message between ",
            client,
            " and ",
            peer,
            " names ",
            client.ip()
        ];
        return Some((Evidence::of(Sample::of(*number))?, found, client.ip()));
    }
    let ends = FiveTuple {
        src: relayed,
        dst: peer,
        transport: Transport::Udp,
    };
    let bare = case.tracker.flow(&ends.key().0)?;
    let own = parties.iter().copied().find_map(|party| {
        let number = bare
            .outer
            .addresses
            .get(&party)
            .filter(|_| party == client.ip())?;
        Some((party, *number))
    });
    let (party, number) = own?;
    let found = told!["a message to ", peer, " names ", party];
    Some((Evidence::of(Sample::of(number))?, found, party))
}

/// Whether an address can only be a party's own: no relay for others stands at it.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
