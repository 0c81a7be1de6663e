//! `peers-not-identified`: does the observer learn who talks to whom?

use std::cell::LazyCell;

use super::beside::Beside;
use super::case::Case;
use super::catalogue::PEERS;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::addr::{FiveTuple, Transport};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::LegKind;
use crate::flow::{RelayPath, Tracker};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let beside = LazyCell::new(|| Beside::of(case.tracker.signalling().calls()));
    let judge_path = |path: &RelayPath<'_>| {
        let client = case.sees_leg(LegKind::Client) && case.opens(path.allocation);
        let judged = match (client, case.sees_leg(LegKind::Peer)) {
            (true, both) => named(case.tracker, path, both),
            (false, true) => beyond(case.tracker, path, &beside)?,
            (false, false) => return None,
        };
        Some(case.judgement(&PEERS, Scope::Path(path.id), judged, "addresses in clear"))
    };
    case.scene.paths.iter().filter_map(judge_path).collect()
}

/// For whoever sees the client's leg, and perhaps both.
fn named(tracker: &Tracker, path: &RelayPath<'_>, both: bool) -> (Verdict, Told) {
    let Some(peer) = path.peer else {
        return (
            Verdict::Inconclusive(Gap::PeerUnknown, None),
            "no message names the peer".into(),
        );
    };
    let client = path.allocation.ends.src;
    let mut packets = Sample::default();
    let permissions = path.allocation.permissions.iter();
    permissions
        .filter(|p| p.peer.ip() == peer.ip())
        .for_each(|p| packets.merge(&p.packets));
    let channels = path.allocation.channels.iter();
    channels
        .filter(|c| c.peer == peer)
        .for_each(|c| packets.merge(&c.packets));
    if packets.total() == 0
        && let Some(leg) = tracker.leg(&path.allocation.ends.key().0)
        && let Some(named) = leg.peers.get(&peer)
    {
        packets.merge(named);
    }
    if packets.total() == 0 && both {
        packets = bare_packets(tracker, path);
    }
    let other = match path.peer_allocation.filter(|_| both) {
        Some(other) => told![", behind which the same relay serves ", other.ends.src],
        None => Told::default(),
    };
    let found = told![client, " talks to ", peer, other];
    match Evidence::of(packets) {
        Some(evidence) => (Verdict::Violated(evidence), found),
        None => (Verdict::Inconclusive(Gap::PeerUnknown, None), found),
    }
}

fn bare_packets(tracker: &Tracker, path: &RelayPath<'_>) -> Sample {
    let mut packets = Sample::default();
    if let (Some(relayed), Some(peer)) = (path.relayed, path.peer) {
        for pair in [tracker.pair(relayed, peer), tracker.pair(peer, relayed)]
            .into_iter()
            .flatten()
        {
            let [_, bare, _] = &pair.seen;
            packets.merge(bare);
        }
    }
    packets
}

/// For whoever sees the peer's leg only; `None` where that leg is not in the capture.
fn beyond(tracker: &Tracker, path: &RelayPath<'_>, beside: &Beside<'_>) -> Option<(Verdict, Told)> {
    let (relayed, peer) = (path.relayed?, path.peer?);
    let transport = Transport::Udp;
    let flow = tracker.flow(
        &FiveTuple {
            src: relayed,
            dst: peer,
            transport,
        }
        .key()
        .0,
    )?;
    let client = path.allocation.ends.src;
    if let Some(number) = flow.outer.addresses.get(&client.ip()) {
        let found = told![client, " is named on the way to ", peer];
        return Some((
            Evidence::of(Sample::of(*number)).map(Verdict::Violated)?,
            found,
        ));
    }
    let server = path.allocation.ends.dst.ip();
    if let Some(evidence) = beside.naming(client.ip(), server, peer.ip()) {
        let found = told![client, " is named in signalling with ", peer.ip()];
        return Some((Verdict::Violated(evidence), found));
    }
    let examined = flow.seen.clone();
    if flow.outer.messages.unknown > 0 {
        let verdict = Verdict::Inconclusive(Gap::NotUnderstood, Evidence::of(examined));
        return Some((
            verdict,
            told![flow.outer.messages.unknown, " not understood"],
        ));
    }
    let found = told!["only ", relayed, " and ", peer, " are readable on this leg"];
    if tracker.totals().cut > 0 {
        let verdict = Verdict::Inconclusive(Gap::CutFrames, Evidence::of(examined));
        return Some((verdict, found));
    }
    if !flow.outer.has_all_addresses() {
        let verdict = Verdict::Inconclusive(Gap::Evicted, Evidence::of(examined));
        return Some((verdict, found));
    }
    if beside.passed(server, peer.ip()) {
        let verdict = Verdict::Inconclusive(Gap::SignallingBeside, Evidence::of(examined));
        return Some((verdict, found));
    }
    Some((Verdict::holds(examined, Gap::PeerUnknown), found))
}
