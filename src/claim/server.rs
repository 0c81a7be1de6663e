//! `server-without-media-keys`: does a handshake that keys media end at the relay's host?

use std::net::IpAddr;

use super::case::Case;
use super::catalogue::SERVER;
use super::{Evidence, Gap, Judgement, Scope, Verdict, outside};
use crate::base::addr::Transport;
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::flow::{Association, RelayPath};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let servers = case.tracker.servers();
    let judge_server = |(server, id): (&std::net::SocketAddr, u64)| {
        let judged = verdict(case, server.ip())?;
        Some(case.judgement(&SERVER, Scope::Server(id), judged, "ends of handshakes"))
    };
    servers.keys().zip(1..).filter_map(judge_server).collect()
}

fn verdict(case: &Case<'_>, server: IpAddr) -> Option<(Verdict, Told)> {
    let of_server = |path: &&RelayPath<'_>| path.allocation.ends.dst.ip() == server;
    let (mut passed, mut open) = (Sample::default(), None);
    for path in case.paths.iter().filter(of_server) {
        match outside::verdict(case, path) {
            Some((Verdict::Holds(evidence), _)) => passed.merge(evidence.packets()),
            Some((Verdict::Inconclusive(gap, evidence), _)) => {
                open = open.or(Some((gap, evidence)));
            }
            violated @ Some((Verdict::Violated(_), _)) => return violated,
            None => {}
        }
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

/// A handshake that keys media and has an address of the server at an end, on which it does not
/// relay as far as the capture tells.
fn ending<'t>(case: &Case<'t>, server: IpAddr) -> Option<&'t Association> {
    let all = case.tracker.associations().into_iter();
    let mut keying = all.filter(|a| a.offered_profiles.as_ref().is_some_and(|p| !p.is_empty()));
    keying.find(|association| {
        let (one, other) = association.ends();
        [one, other]
            .iter()
            .any(|end| end.ip() == server && case.tracker.relayed_by(end).is_none())
    })
}

/// Whether an address of the server that nobody told cannot be one at which it relays: both legs
/// of a path are in the capture, every allocation from its beginning, and no connection in which
/// others may have been made.
fn sees_every_relayed_address(case: &Case<'_>, server: IpAddr) -> bool {
    let at_relay = case.paths.iter().any(|path| {
        let whole = |side: &crate::flow::Side<'_>| side.entered > 0 && side.left > 0;
        path.allocation.ends.dst.ip() == server && whole(&path.to_peer) && whole(&path.to_client)
    });
    let inferred = case.tracker.allocations().any(|a| a.inferred);
    let flows = case.tracker.flows();
    let unread = flows.iter().any(|flow| {
        flow.key.transport == Transport::Tcp
            && [flow.key.a, flow.key.b].iter().any(|e| e.ip() == server)
    });
    at_relay && !inferred && !unread && case.limits.dropped == 0 && case.limits.hidden == 0
}
