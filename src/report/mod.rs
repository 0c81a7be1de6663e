//! The report of a capture, and its writers.
//!
//! Writers only say what was found; nothing is worked out while writing.

mod answer;
pub mod json;
pub mod packets;
pub mod text;

use crate::capture::CaptureSummary;
use crate::claim::{Judgement, Limits, judge};
use crate::exposure::{Exposure, Vantage, ledger};
use crate::flow::{RelayPath, Tracker};

/// All that is told of one capture.
#[derive(Debug)]
pub struct Report<'t> {
    /// The files.
    pub capture: &'t CaptureSummary,
    /// Flows, allocations, streams and comparison.
    pub tracker: &'t Tracker,
    /// The paths through relays.
    pub paths: Vec<RelayPath<'t>>,
    /// For whom the claims are judged.
    pub observer: Vantage,
    /// The claims.
    pub claims: Vec<Judgement>,
}

impl<'t> Report<'t> {
    /// Makes the report once the whole capture was read.
    pub fn new(
        capture: &'t CaptureSummary,
        tracker: &'t Tracker,
        observer: Option<Vantage>,
    ) -> Self {
        let default = if tracker.legs().is_empty() {
            Vantage::PathClient
        } else {
            Vantage::Relay
        };
        let observer = observer.unwrap_or(default);
        let limits = Limits {
            dropped: capture.dropped.unwrap_or(0),
        };
        Self {
            capture,
            tracker,
            paths: tracker.paths(),
            observer,
            claims: judge(tracker, observer, limits),
        }
    }

    /// What `observer` reads, worked out when asked.
    pub fn ledger(&self, observer: Vantage) -> Vec<Exposure> {
        ledger(self.tracker, observer)
    }

    /// How often each verdict was given for a claim: holds, violated, inconclusive.
    pub fn tally(&self, id: &str) -> [u64; 3] {
        let count = |name: &str| {
            let of = |j: &&Judgement| j.claim.id == id && j.verdict.name() == name;
            self.claims.iter().filter(of).count() as u64
        };
        [count("holds"), count("violated"), count("inconclusive")]
    }

    /// Seconds from the first packet to the last, in milliseconds.
    pub fn milliseconds(&self) -> u128 {
        let totals = self.tracker.totals();
        match (totals.first, totals.last) {
            (Some(first), Some(last)) => last.since(first).as_millis(),
            _ => 0,
        }
    }
}
