//! `relay-forwards-unchanged`: the proof by comparison.

use super::case::Case;
use super::catalogue::FORWARDS;
use super::{Evidence, Gap, Judgement, Scope, Verdict, connection};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::flow::{HopCount, RelayPath, Side};

/// Media datagrams that must be matched where no handshake was.
const MEDIA: u64 = 100;

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judge_path = |path: &RelayPath<'_>| {
        let judged = match path.connection {
            Some(of) => (connection::verdict(case, path, of), connection::found(of)),
            None => (verdict(case, path), found(path)),
        };
        case.judgement(&FORWARDS, Scope::Path(path.id), judged, "octets compared")
    };
    case.paths().map(judge_path).collect()
}

fn counts<'t>(path: &RelayPath<'t>) -> impl Iterator<Item = &'t HopCount> {
    [path.to_peer.count, path.to_client.count]
        .into_iter()
        .flatten()
}

fn verdict(case: &Case<'_>, path: &RelayPath<'_>) -> Verdict {
    if let Some(refuted) = Evidence::of(refuting(case, path)) {
        return Verdict::Violated(refuted);
    }
    let matched = matched(path);
    let inconclusive = |gap| Verdict::Inconclusive(gap, Evidence::of(matched.clone()));
    if let Some(gap) = gap(case, path) {
        return inconclusive(gap);
    }
    let media: u64 = counts(path).map(|count| count.media).sum();
    let handshake = counts(path).count() == 2 && counts(path).all(|count| count.handshake > 0);
    if media < MEDIA && !handshake {
        return inconclusive(Gap::TooLittle);
    }
    Verdict::holds(matched, Gap::TooLittle)
}

/// Why the comparison of a path is not whole.
pub(super) fn gap(case: &Case<'_>, path: &RelayPath<'_>) -> Option<Gap> {
    let one_leg = |side: &Side<'_>| (side.entered == 0) != (side.left == 0);
    let any = |of: fn(&HopCount) -> bool| counts(path).any(of);
    let evicted = || case.tracker.evicted().iter().any(|(_, count)| *count > 0);
    let unread = || {
        let ends = [Some(path.allocation), path.peer_allocation];
        let mut legs = ends.into_iter().flatten().map(|a| a.ends.key().0);
        legs.any(|leg| case.is_unread(&leg))
    };
    match () {
        () if path.relayed.is_none() => Some(Gap::BeganMidCall),
        () if one_leg(&path.to_peer) || one_leg(&path.to_client) => Some(Gap::OneLeg),
        () if case.limits.hidden > 0 => Some(Gap::Filtered),
        () if case.touched.scope(Scope::Path(path.id)) => Some(Gap::Dropped),
        () if any(|count| count.left_only.total() > 0) => Some(Gap::LeftUnexplained),
        () if any(|count| count.cut > 0) => Some(Gap::CutFrames),
        () if unread() => Some(Gap::UnreadConnection),
        () if evicted() => Some(Gap::Evicted),
        () => None,
    }
}

/// Whether any datagram of a path left otherwise than it had entered, or without having entered.
pub(super) fn is_refuted(case: &Case<'_>, path: &RelayPath<'_>) -> bool {
    refuting(case, path).total() > 0
}

/// Packets that left altered, beside what they had been, and those that never entered: unless the
/// capture is not whole, for what is missing may have entered.
fn refuting(case: &Case<'_>, path: &RelayPath<'_>) -> Sample {
    let whole = case.limits.hidden == 0 && !case.touched.scope(Scope::Path(path.id));
    let mut packets = Sample::default();
    for count in counts(path) {
        for (entered, left) in &count.altered {
            packets.add(*entered);
            packets.add(*left);
        }
        // Where more left unexplained than entered, the entering leg was not captured whole: a
        // capture filter is likelier than a relay that makes up most of its traffic.
        if whole && count.injected.total() <= count.unchanged + count.altered_total {
            packets.merge(&count.injected);
        }
    }
    packets
}

/// Pairs of packets, the same datagram entering and leaving; the total counts pairs.
fn matched(path: &RelayPath<'_>) -> Sample {
    let mut packets = Sample::default();
    let mut pairs: Vec<_> = counts(path).flat_map(|count| count.pairs.iter()).collect();
    pairs.sort();
    for (entered, left) in pairs {
        packets.add(*entered);
        packets.add(*left);
    }
    let unchanged: u64 = counts(path).map(|count| count.unchanged).sum();
    packets.with_total(unchanged.saturating_mul(2))
}

fn found(path: &RelayPath<'_>) -> Told {
    let sum = |of: fn(&HopCount) -> u64| counts(path).map(of).sum::<u64>();
    let left = path.to_peer.left + path.to_client.left;
    let unchanged = sum(|count| count.unchanged);
    let mut words = told![unchanged, " of ", left, " that left had entered"];
    for (number, what) in [
        (sum(|count| count.altered_total), "altered"),
        (sum(|count| count.left_only.total()), "left only"),
        (sum(|count| count.duplicated.total()), "duplicated"),
        (
            path.to_peer.entered_only() + path.to_client.entered_only(),
            "entered only",
        ),
    ] {
        if number > 0 || what == "altered" {
            words = told![words, ", ", number, " ", what];
        }
    }
    words
}
