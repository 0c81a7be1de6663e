//! What the analysis shows to the screen.

use std::sync::Arc;

use crossbeam_channel::Sender;

use super::shelf::{Around, Shelf};
use super::{Occurrence, export};
use crate::base::time::Timestamp;
use crate::base::told::{Name, Told, told};
use crate::capture::CaptureSummary;
use crate::report::live::{Board, Calls, Part};
use crate::report::redact::Redactor;
use crate::report::{Question, Report, ended_early};
use crate::run::followed::Followed;
use crate::tui::{Effect, Page, Phase, Reader, Saving, Snapshot};

/// What the screen may leave untaken before it is shown no more.
const BEHIND: usize = 32;

/// The parts of the report, and the packets that are looked at.
pub(in crate::run) struct Desk<S> {
    /// Where packets are looked at again.
    pub(in crate::run) shelf: S,
    question: Question,
    board: Board,
    page: Page,
    redactor: Arc<Redactor>,
    phase: Phase,
    saving: Option<Saving>,
    paused: bool,
    /// What stands on the screen while it is paused; `None` until all is judged for an observer
    /// who was chosen meanwhile.
    frozen: Option<Arc<Snapshot>>,
    occur: Sender<Occurrence>,
}

impl<S: Shelf> Desk<S> {
    pub(in crate::run) fn new(
        shelf: S,
        question: Question,
        redactor: Redactor,
        occur: Sender<Occurrence>,
    ) -> Self {
        Self {
            shelf,
            board: Board::new(question.clone()),
            question,
            page: Page::default(),
            redactor: Arc::new(redactor),
            phase: Phase::Loading(0, None),
            saving: None,
            paused: false,
            frozen: None,
            occur,
        }
    }

    pub(in crate::run) const fn phase(&self) -> Phase {
        self.phase
    }

    /// How far the analysis is from now on.
    pub(in crate::run) const fn enter(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// How far a recording is.
    pub(in crate::run) const fn save(&mut self, saving: Saving) {
        self.saving = Some(saving);
    }

    /// The parts of the report as they stand.
    pub(in crate::run) const fn board(&self) -> &Board {
        &self.board
    }

    /// Forgets what was judged: the capture is read again.
    pub(in crate::run) fn clear(&mut self) {
        self.board = Board::new(self.question.clone());
    }

    /// Judges up to `most` calls anew of which something changed until `now`, and keeps the packets
    /// that they name; returns whether anything changed, or will.
    pub(in crate::run) fn judge(
        &mut self,
        (known, calls): (&Followed, &Calls<'_>),
        at_most: (Timestamp, usize),
    ) -> bool {
        let events = self.board.round(calls, &known.summary, at_most);
        self.shelf.keep(self.board.parts());
        let is_left = self.board.waiting() > 0;
        if self.paused && self.frozen.is_none() && !is_left {
            self.frozen = Some(self.snapshot(known));
        }
        is_left || !events.is_empty()
    }

    /// Does what is asked, as far as it is for the desk; what it leads to is worked out with the
    /// next judging and [`look`](Self::look).
    pub(in crate::run) fn answer(&mut self, effect: Effect, known: &Followed) {
        match effect {
            Effect::Observe(observer, first) => {
                self.question.observer = Some(observer);
                self.board.observe(observer, first);
                self.frozen = None;
            }
            Effect::Look(number) => self.page.asked = number,
            Effect::Pause(paused) => {
                self.paused = paused;
                self.frozen = paused.then(|| self.snapshot(known));
            }
            Effect::Export => self.export(known),
            Effect::Seek(_) | Effect::Suspend | Effect::Quit => {}
        }
    }

    /// Whether the screen takes what it is shown; a terminal may stand still for days.
    pub(in crate::run) fn is_followed(&self) -> bool {
        self.occur.len() < BEHIND
    }

    /// Looks again where packets may have come that stand on the same page.
    pub(in crate::run) fn fill_page(&mut self, calls: &Calls<'_>) {
        if self.page.asked > 0 && self.page.is_short() && !self.paused {
            self.look(calls);
        }
    }

    /// Looks at the packet that was asked for, if any was; the same one may say more by now, or to
    /// somebody else.
    pub(in crate::run) fn look(&mut self, calls: &Calls<'_>) {
        let asked = self.page.asked;
        if asked == 0 {
            return;
        }
        let parts = self.parts();
        let missing = match self.shelf.around(asked, calls) {
            Ok(Around { packets: [], .. }) => Told::plain("there is no packet to look at"),
            Ok(Around { packets, from }) => {
                let reader = Reader {
                    tracker: calls.agreements().tracker(),
                    parts: &parts,
                    redactor: &self.redactor,
                    from,
                };
                self.page = reader.page(asked, packets);
                if let Some(gone) = self.shelf.gone(asked) {
                    self.page.look = None;
                    self.page.missing = Some(gone);
                }
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

    fn export(&self, known: &Followed) {
        let report = Report::new(&known.summary, &known.tracker, &self.question);
        let report = report.shown_by((*self.redactor).clone());
        self.tell(match export::export(&report) {
            Ok(name) => told!["the report is in ", Told::plain(name)],
            Err(error) => Name::Text.of(format!("{error:#}")),
        });
    }

    /// What is known at this moment.
    pub(in crate::run) fn snapshot(&self, known: &Followed) -> Arc<Snapshot> {
        let Followed {
            tracker, summary, ..
        } = known;
        let totals = tracker.totals();
        let is_over = |name: &String| summary.ended_early.iter().any(|early| early.file == *name);
        let names = summary.sources.iter().map(|name| {
            let mark = if is_over(name) { " (ended early)" } else { "" };
            Name::File.of(name).and(mark)
        });
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
            saving: self.saving,
            judging: self.judging(),
            parts: self.parts(),
            page: self.page.clone(),
            redactor: Arc::clone(&self.redactor),
        })
    }

    /// Shows what is known at this moment; on a screen that is paused, of the calls what was known
    /// then.
    pub(in crate::run) fn show(&self, known: &Followed) {
        let now = self.snapshot(known);
        let shown = match &self.frozen {
            None => now,
            Some(frozen) => Arc::new(Snapshot {
                dropped: now.dropped,
                saving: now.saving,
                page: now.page.clone(),
                ..Snapshot::clone(frozen)
            }),
        };
        occur(&self.occur, Occurrence::Fresh(shown));
    }

    /// Tells something in a line.
    pub(in crate::run) fn tell(&self, words: impl Into<Told>) {
        let words = self.redactor.show(words);
        occur(&self.occur, Occurrence::Told(words));
    }

    /// Tells where and why the last file ended before its end, if any did.
    pub(in crate::run) fn tell_early_end(&self, summary: &CaptureSummary) {
        if let Some(early) = summary.ended_early.last() {
            self.tell(ended_early(early));
        }
    }

    /// How many calls are judged as they are now, and of how many, while some are not.
    fn judging(&self) -> Option<(usize, usize)> {
        let (all, waiting) = (self.board.calls(), self.board.waiting());
        (waiting > 0).then(|| (all.saturating_sub(waiting), all))
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
}

impl<S> Drop for Desk<S> {
    fn drop(&mut self) {
        occur(&self.occur, Occurrence::Over);
    }
}

fn occur(screen: &Sender<Occurrence>, occurrence: Occurrence) {
    // Where the screen is gone, the process is about to end.
    let _ = screen.send(occurrence);
}
