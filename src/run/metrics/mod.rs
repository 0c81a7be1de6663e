//! The numbers of a live run, for Prometheus: what was seen, what was lost, how claims stand.
//!
//! No address and no name is among them: labels are words of the catalogue.

mod serve;

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::claim::CATALOGUE;
use crate::exposure::Visibility;
use crate::flow::Tracker;
use crate::report::live::Board;

/// What is counted, and how it is written.
#[derive(Debug)]
pub(super) struct Metrics {
    packets: Counter<u64, AtomicU64>,
    octets: Counter<u64, AtomicU64>,
    dropped: Counter<u64, AtomicU64>,
    calls: Gauge<i64, AtomicI64>,
    all_calls: Counter<u64, AtomicU64>,
    claims: Family<OfClaim, Gauge>,
    exposures: Family<OfItem, Gauge>,
    let_go: Family<OfTable, Counter>,
    /// Items that have a number.
    items: BTreeSet<&'static str>,
    registry: Arc<Registry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfClaim {
    claim: &'static str,
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfItem {
    item: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTable {
    kind: &'static str,
}

const VERDICTS: [&str; 3] = ["holds", "violated", "inconclusive"];

impl Metrics {
    pub(super) fn new() -> Self {
        let (packets, octets, dropped) = Default::default();
        let (calls, all_calls, claims) = Default::default();
        let (exposures, let_go) = Default::default();
        let mut metrics = Self {
            packets,
            octets,
            dropped,
            calls,
            all_calls,
            claims,
            exposures,
            let_go,
            items: BTreeSet::new(),
            registry: Arc::default(),
        };
        metrics.registry = Arc::new(metrics.register());
        metrics
    }

    fn register(&self) -> Registry {
        let mut all = Registry::with_prefix("relayscope");
        all.register("packets", "Frames that were read", self.packets.clone());
        all.register(
            "octets",
            "Octets of these frames on the wire",
            self.octets.clone(),
        );
        all.register(
            "packets_dropped",
            "Frames that were lost before they were read",
            self.dropped.clone(),
        );
        all.register("calls_active", "Calls that go on", self.calls.clone());
        all.register("calls", "Calls that were seen", self.all_calls.clone());
        all.register(
            "claims",
            "Verdicts on the calls that are remembered",
            self.claims.clone(),
        );
        all.register(
            "exposures",
            "Remembered calls of which the observer reads this",
            self.exposures.clone(),
        );
        all.register(
            "evicted",
            "Entries that full tables let go",
            self.let_go.clone(),
        );
        all
    }

    /// Takes the numbers of this moment.
    pub(super) fn update(&mut self, board: &Board, tracker: &Tracker, dropped: u64) {
        let totals = tracker.totals();
        let set = |counter: &Counter, value| counter.inner().store(value, Ordering::Relaxed);
        set(&self.packets, totals.packets);
        set(&self.octets, totals.octets);
        set(&self.dropped, dropped);
        set(&self.all_calls, board.all_calls());
        self.calls
            .set(i64::try_from(board.live_calls()).unwrap_or(i64::MAX));
        for (kind, count) in tracker.evicted() {
            set(&self.let_go.get_or_create(&OfTable { kind }), count);
        }
        self.judged(board);
        self.read(board);
    }

    fn judged(&self, board: &Board) {
        let mut verdicts = BTreeMap::<_, i64>::new();
        for judged in board.parts().flat_map(|part| &part.claims) {
            let judgement = &judged.judgement;
            let key = (judgement.claim.id, judgement.verdict.name());
            *verdicts.entry(key).or_default() += 1;
        }
        for claim in CATALOGUE.iter().map(|claim| claim.id) {
            for verdict in VERDICTS {
                let count = verdicts.get(&(claim, verdict)).copied();
                let gauge = self.claims.get_or_create(&OfClaim { claim, verdict });
                gauge.set(count.unwrap_or_default());
            }
        }
    }

    fn read(&mut self, board: &Board) {
        // What nobody reads any more goes back to zero.
        let mut calls: BTreeMap<_, i64> = self.items.iter().map(|item| (*item, 0)).collect();
        for exposed in board.parts().flat_map(|part| &part.exposures) {
            if exposed.visibility == Visibility::Readable {
                *calls.entry(exposed.item).or_default() += 1;
            }
        }
        for (item, calls) in calls {
            self.items.insert(item);
            self.exposures.get_or_create(&OfItem { item }).set(calls);
        }
    }

    /// Answers whoever asks at `listener`, in a thread that ends with the program.
    ///
    /// # Errors
    /// Where the system makes no thread.
    pub(super) fn serve(&self, listener: TcpListener) -> std::io::Result<()> {
        let registry = Arc::clone(&self.registry);
        let text = move || {
            let mut text = String::new();
            encode(&mut text, &registry).map(|()| text).ok()
        };
        let thread = std::thread::Builder::new().name("metrics".to_owned());
        thread
            .spawn(move || serve::answer(&listener, &text))
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Question;

    #[test]
    fn every_claim_has_its_three_numbers_before_anything_was_seen() {
        let mut metrics = Metrics::new();
        metrics.update(&Board::new(Question::default()), &Tracker::default(), 7);
        let mut text = String::new();
        encode(&mut text, &metrics.registry).expect("memory");
        for line in [
            "relayscope_packets_dropped_total 7",
            "relayscope_calls_active 0",
            "relayscope_claims{claim=\"media-sealed\",verdict=\"holds\"} 0",
            "relayscope_evicted_total{kind=\"flows-evicted\"} 0",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} not in\n{text}"
            );
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
