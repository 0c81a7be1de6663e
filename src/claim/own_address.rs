//! What signalling tells one party of the other's own address.

use std::net::{IpAddr, SocketAddr};

use super::case::Case;
use super::signalling::in_files;
use super::{Evidence, Gap, Verdict};
use crate::base::told::{Told, told};
use crate::flow::{MediaDescription, Session, SessionDescription};

/// Whether a description of a party of this session names its own address, and reached the other.
pub(super) fn announced(case: &Case<'_>, session: &Session) -> Option<(Verdict, Told)> {
    let mut open = None;
    for end in ends(case, session) {
        for (description, media) in case.agreements().announced_at(end) {
            let Some(own) = own_address(case, session, (description, media)) else {
                continue;
            };
            let maker = case.tracker.relayed_by(&end);
            let maker = maker.map_or(end, |allocation| allocation.ends.src);
            let file = description.given_in();
            let found = told![
                "the session description of ",
                maker,
                " names ",
                own,
                in_files(", given in ", file.as_slice())
            ];
            let evidence = Evidence::of(description.packets.clone())?;
            let others = session.parties.iter();
            let mut others = others.filter(|party| **party != own && **party != maker.ip());
            // What was given is what the parties have told each other.
            let reached = file.is_some()
                || others.any(|party| {
                    let mut hops = case.agreements().hops_of(description);
                    hops.any(|hop| hop.contains(party))
                });
            if reached {
                return Some((Verdict::Violated(evidence), found));
            }
            let verdict = Verdict::Inconclusive(Gap::SignallingOnward, Some(evidence));
            open = open.or(Some((verdict, found)));
        }
    }
    open
}

/// The addresses at which the media of a session run, and those from which its parties reach
/// their relays.
fn ends(case: &Case<'_>, session: &Session) -> Vec<SocketAddr> {
    let paths = session.paths_of(&case.scene.paths);
    let of_paths = paths.filter(|path| case.knows(path)).flat_map(|path| {
        let ends = [path.relayed, path.peer, Some(path.allocation.ends.src)];
        ends.into_iter().flatten()
    });
    let flows = session.direct.iter().chain(&session.behind);
    let mut ends: Vec<_> = of_paths
        .chain(flows.flat_map(|key| [key.a, key.b]))
        .collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// An address in a description that is its maker's own: that of its host, the one under which a
/// NAT shows it, or any other that is a party's in the capture.
fn own_address(
    case: &Case<'_>,
    session: &Session,
    (description, media): (&SessionDescription, &MediaDescription),
) -> Option<IpAddr> {
    let candidates = media.candidates.iter();
    let own = candidates
        .clone()
        .filter(|candidate| candidate.kind != "relay");
    let own = own.filter_map(|candidate| Some(candidate.socket?.ip()));
    let behind = candidates.filter_map(|candidate| candidate.related.as_deref()?.parse().ok());
    let is_party = |ip: &IpAddr| session.parties.contains(ip);
    let origin = description
        .origin
        .as_deref()
        .and_then(|origin| origin.parse().ok());
    let media = media.address.map(|address| address.ip());
    let known = origin.into_iter().chain(media).filter(is_party);
    let mut all = own.chain(behind).chain(known);
    all.find(|ip| {
        let is_server = case.is_relay(*ip) || case.scene.facts.servers.contains(ip);
        !is_server && !ip.is_unspecified() && !ip.is_loopback()
    })
}
