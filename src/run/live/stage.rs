//! What changes, on the screen of a dashboard.

use std::sync::Arc;

use anyhow::Result;

use super::analysis::Viewer;
use super::recording::Gauge;
use crate::base::time::Timestamp;
use crate::capture::CaptureSummary;
use crate::capture::live::Batch;
use crate::report::live::{Board, Calls};
use crate::run::dashboard::{Desk, LiveShelf};
use crate::run::followed::Followed;
use crate::tui::{Effect, Phase, Saving, Snapshot};

/// A desk on which packets are laid as they come.
pub(super) struct Stage {
    desk: Desk<LiveShelf>,
    gauge: Option<Arc<Gauge>>,
    /// What the screen shows beside calls and packets: lost packets, and how the recording stands.
    shown: (Option<u64>, Option<Saving>),
    /// Whether there is more to show than the screen has.
    is_fresh: bool,
}

impl Stage {
    pub(super) fn new(mut desk: Desk<LiveShelf>, gauge: Option<Arc<Gauge>>) -> Self {
        desk.enter(Phase::Live);
        Self {
            desk,
            gauge,
            shown: (None, None),
            is_fresh: true,
        }
    }

    /// What is shown before anything is captured.
    pub(super) fn first(&self, summary: &CaptureSummary) -> Arc<Snapshot> {
        self.desk.snapshot(&Followed::new(summary.clone()))
    }

    /// Notes how many packets were lost and recorded.
    fn count(&mut self, followed: &Followed) {
        let saving = self.gauge.as_ref().map(|gauge| gauge.read());
        if let Some(saving) = saving {
            self.desk.save(saving);
        }
        let shown = (followed.summary.dropped(), saving);
        self.is_fresh |= shown != self.shown;
        self.shown = shown;
    }
}

impl Viewer for Stage {
    fn take(&mut self, batch: &Batch) {
        for packet in batch.block.packets() {
            self.desk.shelf.push(&packet);
            self.is_fresh = true;
        }
        self.is_fresh |= !batch.ended.is_empty();
    }

    fn tell(&mut self, followed: &Followed, at: (Timestamp, usize)) -> Result<()> {
        self.count(followed);
        let calls = Calls::of(&followed.tracker);
        self.is_fresh |= self.desk.judge((followed, &calls), at);
        if self.is_fresh && self.desk.is_followed() {
            self.is_fresh = false;
            self.desk.fill_page(&calls);
            self.desk.show(followed);
        }
        Ok(())
    }

    fn answer(&mut self, effect: Effect, followed: &Followed, at: (Timestamp, usize)) {
        self.desk.answer(effect, followed);
        if matches!(effect, Effect::Observe(..) | Effect::Look(_)) {
            let calls = Calls::of(&followed.tracker);
            if matches!(effect, Effect::Observe(..)) {
                self.desk.judge((followed, &calls), at);
            }
            self.desk.look(&calls);
        }
        self.desk.show(followed);
    }

    fn end(&mut self, followed: &Followed) {
        self.desk.enter(Phase::Ended);
        self.desk.show(followed);
    }

    fn board(&self) -> &Board {
        self.desk.board()
    }
}
