//! `relay-forwards-unchanged`: the proof by comparison.

use super::catalogue::FORWARDS;
use super::{Evidence, Gap, Judgement, Limits, Scope, Verdict};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::Vantage;
use crate::flow::{HopCount, RelayPath, Side, Tracker};

/// Media datagrams that must be matched where no handshake was.
const MEDIA: u64 = 100;

pub(super) fn judge(tracker: &Tracker, observer: Vantage, limits: Limits) -> Vec<Judgement> {
    let evicted = tracker.evicted().iter().any(|(_, count)| *count > 0);
    let judge_path = |path: &RelayPath<'_>| Judgement {
        claim: &FORWARDS,
        scope: Scope::Path(path.id),
        observer,
        verdict: verdict(path, limits, evicted),
        found: found(path),
        basis: "octets compared",
    };
    tracker.paths().iter().map(judge_path).collect()
}

fn counts<'t>(path: &RelayPath<'t>) -> impl Iterator<Item = &'t HopCount> {
    [path.to_peer.count, path.to_client.count]
        .into_iter()
        .flatten()
}

fn verdict(path: &RelayPath<'_>, limits: Limits, evicted: bool) -> Verdict {
    if let Some(refuted) = Evidence::of(refuting(path, limits)) {
        return Verdict::Violated(refuted);
    }
    let matched = matched(path);
    let inconclusive = |gap| Verdict::Inconclusive(gap, Evidence::of(matched.clone()));
    if path.relayed.is_none() {
        return inconclusive(Gap::BeganMidCall);
    }
    let one_leg = |side: &Side<'_>| (side.entered == 0) != (side.left == 0);
    if one_leg(&path.to_peer) || one_leg(&path.to_client) {
        return inconclusive(Gap::OneLeg);
    }
    if limits.hidden > 0 {
        return inconclusive(Gap::Filtered);
    }
    if limits.dropped > 0 {
        return inconclusive(Gap::Dropped);
    }
    if counts(path).any(|count| count.left_only.total() > 0) {
        return inconclusive(Gap::LeftUnexplained);
    }
    if counts(path).any(|count| count.cut > 0) {
        return inconclusive(Gap::CutFrames);
    }
    if evicted {
        return inconclusive(Gap::Evicted);
    }
    let media: u64 = counts(path).map(|count| count.media).sum();
    let handshake = counts(path).count() == 2 && counts(path).all(|count| count.handshake > 0);
    if media < MEDIA && !handshake {
        return inconclusive(Gap::TooLittle);
    }
    Verdict::holds(matched, Gap::TooLittle)
}

/// Packets that left altered, beside what they had been, and those that never entered: unless the
/// capture is not whole, for what is missing may have entered.
fn refuting(path: &RelayPath<'_>, limits: Limits) -> Sample {
    let whole = limits.dropped == 0 && limits.hidden == 0;
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
