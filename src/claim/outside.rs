//! `relay-outside-key-agreement`: does the handshake pass through, or end at the relay?

use super::case::Case;
use super::catalogue::OUTSIDE;
use super::server::sees_every_relayed_address;
use super::{Evidence, Gap, Judgement, Scope, Verdict, forwards};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::{Agreement, Protection, State};
use crate::flow::{Association, RelayPath};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judge_path = |path: &RelayPath<'_>| {
        let (verdict, found) = verdict(case, path)?;
        Some(case.judgement(
            &OUTSIDE,
            Scope::Path(path.id),
            (verdict, found),
            "randoms and octets compared",
        ))
    };
    case.paths().filter_map(judge_path).collect()
}

/// `None` where no handshake passed and no media that needs one.
pub(super) fn verdict(case: &Case<'_>, path: &RelayPath<'_>) -> Option<(Verdict, Told)> {
    if path.relayed.is_none() {
        return mid_call(case, path);
    }
    let (client, peer) = case.handshakes(path);
    let mut packets = Sample::default();
    client
        .iter()
        .chain(&peer)
        .for_each(|a| packets.merge(&a.packets));
    let inconclusive = |gap| Verdict::Inconclusive(gap, Evidence::of(packets.clone()));
    let (Some(last), false) = (client.last(), peer.is_empty()) else {
        if packets.total() == 0 {
            return unseen(case, path);
        }
        let verdict = inconclusive(Gap::OneLeg);
        return Some((verdict, "a handshake was seen on one leg only".into()));
    };
    // Every handshake on one leg must be one on the other.
    let twin =
        |of: &Association, others: &[&Association]| others.iter().any(|o| o.same_handshake(of));
    let known = |a: &&&Association| a.client_random.is_some() && a.server_random.is_some();
    let alone = client
        .iter()
        .filter(known)
        .find(|a| !twin(a, &peer))
        .or_else(|| peer.iter().filter(known).find(|a| !twin(a, &client)));
    let both_known = client.iter().any(|a| known(&a)) && peer.iter().any(|a| known(&a));
    if let (Some(alone), true) = (alone, both_known) {
        let mut refuting = alone.client_hello.clone();
        refuting.merge(&alone.server_hello);
        let found = "the handshake on one leg is not the one on the other: each ends at the relay";
        return Some((Verdict::Violated(Evidence::of(refuting)?), found.into()));
    }
    if let Some(ends) = ending_here(case, &peer) {
        return Some(ends);
    }
    if !last.is_complete() || alone.is_some() {
        let verdict = inconclusive(Gap::HandshakeOpen);
        return Some((
            verdict,
            "the handshake was not seen to its end on both legs".into(),
        ));
    }
    // The same randoms do not show the same keys: a share of them may have been exchanged.
    if forwards::is_refuted(case, path) {
        let found = "the same randoms on both legs, but not all left as it had entered".into();
        return Some((inconclusive(Gap::Altered), found));
    }
    if let Some(gap) = forwards::gap(case, path) {
        let found = "the same handshake on both legs, but not all of it compared".into();
        return Some((inconclusive(gap), found));
    }
    let (one, other) = last.ends();
    let found = told!["one handshake on both legs, between ", one, " and ", other];
    Some((Verdict::holds(packets, Gap::OneLeg), found))
}

/// A handshake that leaves the relay's legs for an address of its own host, where it ends: unless
/// the relay may relay at this address for somebody whose leg is not in the capture.
fn ending_here(case: &Case<'_>, peer: &[&Association]) -> Option<(Verdict, Told)> {
    let agreements = case.agreements();
    let ending = peer.iter().find(|a| agreements.end_at_relay(a).is_some())?;
    let address = agreements.end_at_relay(ending)?;
    let evidence = Evidence::of(ending.packets.clone())?;
    let found = told![
        "the handshake runs to ",
        address,
        ", at the relay's own host"
    ];
    let verdict = if sees_every_relayed_address(case, address.ip()) {
        Verdict::Violated(evidence)
    } else {
        Verdict::Inconclusive(Gap::OneLeg, Some(evidence))
    };
    Some((verdict, found))
}

/// A leg that cannot be joined to another: what it carries may have been keyed anywhere.
fn mid_call(case: &Case<'_>, path: &RelayPath<'_>) -> Option<(Verdict, Told)> {
    let flow = case.tracker.flow(&path.allocation.ends.key().0)?;
    let carried = &flow.carried.messages;
    let evidence = Evidence::of(flow.seen.clone()).filter(|_| carried.rtp + carried.dtls > 0)?;
    let verdict = Verdict::Inconclusive(Gap::BeganMidCall, Some(evidence));
    Some((
        verdict,
        "a leg whose other side the capture does not tell".into(),
    ))
}

/// No handshake in sight: nothing to judge, unless media passes whose keys came from somewhere.
fn unseen(case: &Case<'_>, path: &RelayPath<'_>) -> Option<(Verdict, Told)> {
    let mut packets = Sample::default();
    for stream in case.streams_of(path) {
        if case.protection(stream).is_some_and(needs_handshake) {
            packets.merge(&stream.packets);
        }
    }
    let evidence = Evidence::of(packets)?;
    let found = "media passes whose keys no handshake in this capture agreed on";
    Some((
        Verdict::Inconclusive(Gap::NoHandshake, Some(evidence)),
        found.into(),
    ))
}

/// Whether the keys of a payload must have come from a handshake: it is not in clear, and no
/// session description brought a key.
pub(super) fn needs_handshake(protection: &Protection<'_>) -> bool {
    let described = matches!(protection.agreement, Some(Agreement::Description(_)));
    protection.state != State::Clear && !described
}
