//! What the analysis shows to the screen.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::Occurrence;
use super::page;
use super::shelf::Seen;
use crate::base::time::Timestamp;
use crate::base::told::{Name, Told};
use crate::capture::CaptureSummary;
use crate::exposure::{Octets, Vantage};
use crate::flow::Tracker;
use crate::report::live::{Board, Part};
use crate::report::redact::Redactor;
use crate::report::{Question, Report, ended_early};
use crate::tui::{Page, Phase, Snapshot};

/// The parts of the report, and the packets that are looked at.
pub(super) struct Desk {
    question: Question,
    board: Board,
    page: Page,
    redactor: Arc<Redactor>,
    occur: Sender<Occurrence>,
}

impl Desk {
    pub(super) fn new(question: Question, redactor: Redactor, occur: Sender<Occurrence>) -> Self {
        Self {
            board: Board::new(question.clone()),
            question,
            page: Page::default(),
            redactor: Arc::new(redactor),
            occur,
        }
    }

    /// Judges for another observer from now on.
    pub(super) const fn observe(&mut self, observer: Vantage) {
        self.question.observer = Some(observer);
        self.board.observe(observer);
    }

    /// Forgets what was judged: the capture is read again.
    pub(super) fn clear(&mut self) {
        self.board = Board::new(self.question.clone());
    }

    /// Judges up to `most` calls anew of which something changed until `now`; returns whether any
    /// are left.
    pub(super) fn judge(
        &mut self,
        tracker: &Tracker,
        summary: &CaptureSummary,
        (now, most): (Timestamp, usize),
    ) -> bool {
        self.board.update(tracker, summary, (now, most));
        self.board.waiting() > 0
    }

    /// Puts these packets on the page, and looks at the one with this number.
    pub(super) fn open(&mut self, asked: u64, packets: &[Seen]) {
        self.page = page::page(asked, packets, &self.parts(), &self.redactor);
    }

    /// Says on the page why a packet is not there.
    pub(super) fn miss(&mut self, asked: u64, why: impl Into<Told>) {
        self.page = Page {
            asked,
            missing: Some(why.into()),
            ..Page::default()
        };
    }

    /// Whether a packet is looked at.
    pub(super) const fn is_open(&self) -> bool {
        self.page.look.is_some()
    }

    /// The number that was asked for last.
    pub(super) const fn asked(&self) -> u64 {
        self.page.asked
    }

    /// What is known at this moment.
    pub(super) fn snapshot(
        &self,
        tracker: &Tracker,
        summary: &CaptureSummary,
        phase: Phase,
    ) -> Arc<Snapshot> {
        let totals = tracker.totals();
        let parts = self.parts();
        let mut octets = Octets::default();
        parts.iter().for_each(|part| octets.add(&part.octets));
        let names = summary.sources.iter().map(|name| Name::File.of(name));
        Arc::new(Snapshot {
            source: Told::joined(names, ", "),
            phase,
            observer: self.board.observer(),
            packets: totals.packets,
            life: totals.first.zip(totals.last),
            dropped: summary.dropped(),
            octets,
            parts,
            page: self.page.clone(),
            redactor: Arc::clone(&self.redactor),
        })
    }

    /// Shows what is known at this moment.
    pub(super) fn show(&self, tracker: &Tracker, summary: &CaptureSummary, phase: Phase) {
        let snapshot = self.snapshot(tracker, summary, phase);
        self.occur(Occurrence::Fresh(snapshot));
    }

    /// The whole report as it stands.
    pub(super) fn report<'t>(
        &self,
        tracker: &'t Tracker,
        summary: &'t CaptureSummary,
    ) -> Report<'t> {
        let report = Report::new(summary, tracker, &self.question);
        report.shown_by((*self.redactor).clone())
    }

    /// Tells something in a line.
    pub(super) fn tell(&self, words: impl Into<Told>) {
        let words = self.redactor.show(words);
        self.occur(Occurrence::Told(words));
    }

    /// Tells where and why the last file ended before its end, if any did.
    pub(super) fn tell_early_end(&self, summary: &CaptureSummary) {
        if let Some(early) = summary.ended_early.last() {
            self.tell(ended_early(early));
        }
    }

    fn parts(&self) -> Vec<Arc<Part>> {
        self.board.parts().cloned().collect()
    }

    fn occur(&self, occurrence: Occurrence) {
        // Where the screen is gone, the process is about to end.
        let _ = self.occur.send(occurrence);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.occur(Occurrence::Over);
    }
}
