//! What the analysis shows to the screen.

use std::sync::Arc;

use crossbeam_channel::Sender;

use super::shelf::Shelf;
use super::{Occurrence, export, page};
use crate::base::time::Timestamp;
use crate::base::told::{Name, Told, told};
use crate::capture::CaptureSummary;
use crate::flow::Tracker;
use crate::report::live::{Board, Part};
use crate::report::redact::Redactor;
use crate::report::{Question, Report, ended_early};
use crate::tui::{Effect, Page, Phase, Snapshot};

/// The parts of the report, and the packets that are looked at.
pub(super) struct Desk {
    question: Question,
    board: Board,
    page: Page,
    redactor: Arc<Redactor>,
    phase: Phase,
    paused: bool,
    occur: Sender<Occurrence>,
}

/// What was read so far.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) tracker: &'a Tracker,
    pub(super) summary: &'a CaptureSummary,
    /// Number of the last packet.
    pub(super) last: u64,
}

impl Desk {
    pub(super) fn new(question: Question, redactor: Redactor, occur: Sender<Occurrence>) -> Self {
        Self {
            board: Board::new(question.clone()),
            question,
            page: Page::default(),
            redactor: Arc::new(redactor),
            phase: Phase::Loading(0, None),
            paused: false,
            occur,
        }
    }

    /// Whether the screen stands still, whatever is new.
    pub(super) const fn is_paused(&self) -> bool {
        self.paused
    }

    pub(super) const fn phase(&self) -> Phase {
        self.phase
    }

    /// How far the analysis is from now on.
    pub(super) const fn enter(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// Forgets what was judged: the capture is read again.
    pub(super) fn clear(&mut self) {
        self.board = Board::new(self.question.clone());
    }

    /// Judges up to `most` calls anew of which something changed until `now`; returns whether any
    /// are left.
    pub(super) fn judge(&mut self, known: Known<'_>, (now, most): (Timestamp, usize)) -> bool {
        self.board.update(known.tracker, known.summary, (now, most));
        self.board.waiting() > 0
    }

    /// Does what is asked, as far as it is for the desk; it is shown with the next look.
    pub(super) fn answer(&mut self, effect: Effect, known: Known<'_>, from: &mut Shelf) {
        match effect {
            Effect::Observe(observer) => {
                self.question.observer = Some(observer);
                self.board.observe(observer);
            }
            Effect::Look(number) => self.look(number, known.tracker, from),
            Effect::Pause(paused) => self.paused = paused,
            Effect::Export => self.export(known),
            Effect::Seek(_) | Effect::Suspend | Effect::Quit => {}
        }
    }

    /// Looks at the same packet again, after more was learned.
    pub(super) fn look_again(&mut self, tracker: &Tracker, from: &mut Shelf) {
        if self.page.look.is_some() {
            self.look(self.page.asked, tracker, from);
        }
    }

    fn look(&mut self, asked: u64, tracker: &Tracker, from: &mut Shelf) {
        let missing = match from.around(asked, tracker) {
            Ok([]) => Told::plain("there is no packet to look at"),
            Ok(packets) => {
                self.page = page::page(asked, packets, &self.parts(), &self.redactor);
                return;
            }
            Err(error) => Name::Text.of(format!("{error:#}")),
        };
        self.page = Page {
            asked,
            missing: Some(missing),
            ..Page::default()
        };
    }

    fn export(&self, known: Known<'_>) {
        let report = Report::new(known.summary, known.tracker, &self.question);
        let report = report.shown_by((*self.redactor).clone());
        self.tell(match export::export(&report) {
            Ok(name) => told!["the report is in ", Told::plain(name)],
            Err(error) => Name::Text.of(format!("{error:#}")),
        });
    }

    /// What is known at this moment.
    pub(super) fn snapshot(&self, known: Known<'_>) -> Arc<Snapshot> {
        let Known {
            tracker, summary, ..
        } = known;
        let totals = tracker.totals();
        let names = summary.sources.iter().map(|name| Name::File.of(name));
        Arc::new(Snapshot {
            source: Told::joined(names, ", "),
            phase: if self.paused {
                Phase::Paused
            } else {
                self.phase
            },
            observer: self.board.observer(),
            packets: totals.packets,
            last: known.last,
            life: totals.first.zip(totals.last),
            dropped: summary.dropped(),
            parts: self.parts(),
            page: self.page.clone(),
            redactor: Arc::clone(&self.redactor),
        })
    }

    /// Shows what is known at this moment.
    pub(super) fn show(&self, known: Known<'_>) {
        self.occur(Occurrence::Fresh(self.snapshot(known)));
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

    /// The parts that are judged for the observer of now: after a change the others follow.
    fn parts(&self) -> Vec<Arc<Part>> {
        let observer = self.board.observer();
        let parts = self.board.parts();
        parts
            .filter(|part| part.observer == observer)
            .cloned()
            .collect()
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
