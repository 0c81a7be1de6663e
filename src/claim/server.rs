//! `server-without-media-keys`: does a handshake that keys media end at the server's host?

use std::net::{IpAddr, SocketAddr};

use super::case::Case;
use super::catalogue::SERVER;
use super::{Evidence, Gap, Judgement, Scope, Verdict, outside};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::{LegKind, leg};
use crate::flow::{Association, RelayPath, Server, ServerRole, Side};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judge_server = |((address, server), id): ((&SocketAddr, &Server), u64)| {
        let host = address.ip();
        let judged = match server.role {
            Ok(ServerRole::Turn) => of_relay(case, host)?,
            Ok(ServerRole::Sip) => of_signalling(case, (host, server))?,
            _ if server.is_of_media() => of_media(case, (host, server))?,
            _ => of_doubtful(host, server)?,
        };
        Some(case.judgement(&SERVER, Scope::Server(id), judged, "ends of handshakes"))
    };
    let servers = case.scene.servers.iter();
    servers.zip(1..).filter_map(judge_server).collect()
}

/// Whoever forwards or mixes media ends the handshakes of all, where there are any.
fn of_media(case: &Case<'_>, (host, server): (IpAddr, &Server)) -> Option<(Verdict, Told)> {
    if let Some(evidence) = Evidence::of(server.keying.clone()) {
        let does = match server.role {
            Ok(ServerRole::Sfu) => ", which forwards streams",
            Ok(ServerRole::Mcu) => ", which mixes streams",
            _ => "",
        };
        let found = told!["handshakes that offer SRTP end at ", host, does];
        return Some((Verdict::Violated(evidence), found));
    }
    let evidence = key_passing(case, host)?;
    Some((Verdict::Violated(evidence), key_passed(host)))
}

/// Whoever passes signalling on has what stands in it.
fn of_signalling(case: &Case<'_>, (host, server): (IpAddr, &Server)) -> Option<(Verdict, Told)> {
    if let Some(evidence) = key_passing(case, host) {
        return Some((Verdict::Violated(evidence), key_passed(host)));
    }
    let mut hops = case.scene.descriptions().map(|description| {
        let mut hops = case.agreements().hops_of(description);
        hops.any(|hop| hop.contains(&host))
    });
    if !hops.any(|here| here) || ending(case, host).is_some() {
        return None;
    }
    let mut verdict = Verdict::Holds(Evidence::of(server.packets.clone())?);
    if case.tracker.totals().cut > 0 {
        verdict.doubt(Gap::CutFrames);
    }
    if case.scene.facts.unread.contains(&host) {
        verdict.doubt(Gap::UnreadConnection);
    }
    let found = told![host, " passes signalling on, and no key stands in it"];
    Some((verdict, found))
}

/// Handshakes end there, and it may be a server, or a party.
fn of_doubtful(host: IpAddr, server: &Server) -> Option<(Verdict, Told)> {
    let evidence = Evidence::of(server.keying.clone())?;
    let found = told![
        "handshakes that offer SRTP end at ",
        host,
        ", which may be a party"
    ];
    Some((
        Verdict::Inconclusive(Gap::MayBeParty, Some(evidence)),
        found,
    ))
}

fn key_passed(host: IpAddr) -> Told {
    told![
        host,
        " carried a media key in signalling that it could read"
    ]
}

fn of_relay(case: &Case<'_>, server: IpAddr) -> Option<(Verdict, Told)> {
    let of_server = |path: &&RelayPath<'_>| path.allocation.ends.dst.ip() == server;
    let (mut passed, mut open) = (Sample::default(), None);
    for path in case.paths().filter(of_server) {
        match outside::verdict(case, path) {
            Some((Verdict::Holds(evidence), _)) => passed.merge(evidence.packets()),
            Some((Verdict::Inconclusive(gap, evidence), _)) => {
                open = open.or(Some((gap, evidence)));
            }
            violated @ Some((Verdict::Violated(_), _)) => return violated,
            None => {}
        }
    }
    if let Some(evidence) = key_passing(case, server) {
        return Some((Verdict::Violated(evidence), key_passed(server)));
    }
    if let Some(ending) = ending(case, server) {
        let evidence = Evidence::of(ending.packets.clone())?;
        let (one, other) = ending.ends();
        let between = told![
            "a handshake that offers SRTP runs between ",
            one,
            " and ",
            other
        ];
        return Some(if sees_every_relayed_address(case, server) {
            (Verdict::Violated(evidence), between)
        } else {
            let words = ", which may be a relayed address whose client is not in the capture";
            (
                Verdict::Inconclusive(Gap::OneLeg, Some(evidence)),
                told![between, words],
            )
        });
    }
    if let Some((gap, evidence)) = open {
        let found = "media passed whose handshake was not seen passing whole".into();
        return Some((Verdict::Inconclusive(gap, evidence), found));
    }
    let evidence = Evidence::of(passed)?;
    let found = "every handshake seen passed through, and none ends here".into();
    Some((Verdict::Holds(evidence), found))
}

/// A handshake that keys media and has an address of the server at its end, without a relay
/// between: behind a relay somebody else's relayed address may stand at the same host.
fn ending<'t>(case: &Case<'t>, server: IpAddr) -> Option<&'t Association> {
    let mut keying = case.scene.facts.keying.iter().copied();
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
    for call in &case.scene.calls {
        for description in &call.descriptions {
            let ends = description.carried_between();
            let here = ends.is_some_and(|ends| [ends.src.ip(), ends.dst.ip()].contains(&server));
            if here && description.carries_key() {
                packets.merge(&description.packets);
            }
        }
    }
    Evidence::of(packets)
}

/// Whether an address of the server that nobody told cannot be one at which it relays: both legs
/// of a path are in the capture, every allocation from its beginning, and no connection unread in
/// which others may have been made.
pub(super) fn sees_every_relayed_address(case: &Case<'_>, server: IpAddr) -> bool {
    let at_relay = case.scene.paths.iter().any(|path| {
        let whole = |side: &Side<'_>| side.entered > 0 && side.left > 0;
        path.allocation.ends.dst.ip() == server && whole(&path.to_peer) && whole(&path.to_client)
    });
    let facts = &case.scene.facts;
    at_relay
        && !facts.inferred
        && !facts.unread.contains(&server)
        && case.limits.losses.is_empty()
        && case.limits.hidden == 0
}
