//! `server-without-media-keys`: does a handshake that keys media end at the relay's host?

use std::net::IpAddr;

use super::case::Case;
use super::catalogue::SERVER;
use super::outside::needs_handshake;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::{LegKind, leg};
use crate::flow::Association;

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let servers = case.tracker.servers();
    let judge_server = |(server, id): (&std::net::SocketAddr, u64)| {
        let (verdict, found) = verdict(case, server.ip())?;
        Some(case.judgement(
            &SERVER,
            Scope::Server(id),
            (verdict, found),
            "ends of handshakes",
        ))
    };
    servers.keys().zip(1..).filter_map(judge_server).collect()
}

fn verdict(case: &Case<'_>, server: IpAddr) -> Option<(Verdict, Told)> {
    let paths = case
        .paths
        .iter()
        .filter(|path| path.allocation.ends.dst.ip() == server);
    let mut passed = Sample::default();
    let mut open = false;
    for path in paths {
        let (client, peer) = case.handshakes(path);
        let whole = |a: &&Association| a.is_complete() && peer.iter().any(|p| p.same_handshake(a));
        let through: Vec<_> = client.iter().filter(|a| whole(a)).collect();
        through.iter().for_each(|a| passed.merge(&a.packets));
        let streams = case.streams_of(path);
        let mut guards = streams.iter().filter_map(|stream| case.protection(stream));
        let keyed = guards.any(needs_handshake);
        open |= keyed && through.is_empty();
    }
    if let Some(evidence) = key_passing(case, server) {
        let found = told![
            server,
            " carried a media key in signalling that it could read"
        ];
        return Some((Verdict::Violated(evidence), found));
    }
    if let Some(ending) = ending(case, server) {
        let evidence = Evidence::of(ending.packets.clone())?;
        let (one, other) = ending.ends();
        let found = told![
            "a handshake that offers SRTP runs between ",
            one,
            " and ",
            other
        ];
        return Some((Verdict::Violated(evidence), found));
    }
    if open {
        let found = "media passed whose handshake was not seen passing whole".into();
        return Some((
            Verdict::Inconclusive(Gap::NoHandshake, Evidence::of(passed)),
            found,
        ));
    }
    let evidence = Evidence::of(passed)?;
    let found = "every handshake seen passed through, and none ends here".into();
    Some((Verdict::Holds(evidence), found))
}

/// A handshake that keys media and has an address of the server at its end, without a relay
/// between: behind a relay somebody else's relayed address may stand at the same host.
fn ending<'t>(case: &Case<'t>, server: IpAddr) -> Option<&'t Association> {
    let all = case.tracker.associations().into_iter();
    let mut keying = all.filter(|a| a.offered_profiles.as_ref().is_some_and(|p| !p.is_empty()));
    keying.find(|association| {
        let flow = case.tracker.flow(&association.flow);
        let leg = flow.and_then(|flow| leg(case.tracker, flow));
        let (one, other) = association.ends();
        leg.is_some_and(|leg| leg.kind == LegKind::Direct)
            && [one, other].iter().any(|end| end.ip() == server)
    })
}

/// Messages that carried a media key in clear from or to an address of the server.
fn key_passing(case: &Case<'_>, server: IpAddr) -> Option<Evidence> {
    let mut packets = Sample::default();
    for call in case.tracker.signalling().calls() {
        for description in &call.descriptions {
            let ends = [description.ends.src.ip(), description.ends.dst.ip()];
            let keys = description
                .media
                .iter()
                .any(|media| !media.crypto.is_empty());
            if keys && ends.contains(&server) {
                packets.merge(&description.packets);
            }
        }
    }
    Evidence::of(packets)
}
