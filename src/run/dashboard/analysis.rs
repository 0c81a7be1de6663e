//! The thread that reads files, follows the calls in them, and answers what is asked.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use anyhow::Result;

use super::desk::Desk;
use super::export;
use super::playback::Playback;
use super::shelf::Shelf;
use crate::base::told::{Name, Told, told};
use crate::capture::{Block, Capture, CaptureSummary, Files, PacketSource as _, RawPacket};
use crate::flow::Tracker;
use crate::run::follow;
use crate::run::pace::Pace;
use crate::tui::{Effect, Phase, Snapshot};

/// What is known of the files.
pub(super) struct Analysis {
    shelf: Shelf,
    capture: Option<Capture>,
    summary: CaptureSummary,
    tracker: Tracker,
    desk: Desk,
    pace: Pace,
    playback: Option<Playback>,
    phase: Phase,
    /// Number of the last packet that was read.
    last: u64,
    paused: bool,
}

/// What ends a reading before the end of the files.
enum Stop {
    /// The screen is gone.
    Gone,
    /// They are to be read again from the start.
    Again,
}

impl Analysis {
    /// Opens the files; what can be read only once is read when it is analysed.
    ///
    /// # Errors
    /// Where there is no capture to read.
    pub(super) fn open(mut files: Files, desk: Desk, speed: Option<u32>) -> Result<Self> {
        files.keep()?;
        let capture = files.open()?;
        let playback = speed.map(Playback::new);
        Ok(Self {
            summary: capture.summary().clone(),
            phase: playback.map_or(Phase::Loading(0, files.octets()), |playback| {
                Phase::Playing(playback.speed())
            }),
            shelf: Shelf::new(files),
            capture: Some(capture),
            tracker: Tracker::default(),
            desk,
            pace: Pace::new(Instant::now()),
            playback,
            last: 0,
            paused: false,
        })
    }

    /// What is shown before anything is read.
    pub(super) fn first(&self) -> Arc<Snapshot> {
        self.desk.snapshot(&self.tracker, &self.summary, self.phase)
    }

    /// Reads the files, then answers until nobody asks any more.
    pub(super) fn run(mut self, asked: &Receiver<Effect>) {
        loop {
            match self.read(asked) {
                Ok(()) => self.phase = Phase::Whole,
                Err(Ok(Stop::Gone)) => return,
                Err(Ok(Stop::Again)) => continue,
                Err(Err(error)) => {
                    // What was read before stands.
                    self.phase = Phase::Ended;
                    self.desk.tell(Name::Text.of(format!("{error:#}")));
                }
            }
            break;
        }
        self.tracker.finish();
        self.playback = None;
        self.desk.tell_early_end(&self.summary);
        self.look_again();
        self.settle(asked);
    }

    /// Answers until nobody asks any more; judges meanwhile what is left to judge.
    fn settle(&mut self, asked: &Receiver<Effect>) {
        let mut left = self.judge();
        self.show();
        loop {
            let effect = if left {
                match asked.try_recv() {
                    Ok(effect) => Some(effect),
                    Err(std::sync::mpsc::TryRecvError::Empty) => None,
                    Err(std::sync::mpsc::TryRecvError::Disconnected) => return,
                }
            } else {
                match asked.recv() {
                    Ok(effect) => Some(effect),
                    Err(_) => return,
                }
            };
            if let Some(effect) = effect {
                self.answer(effect);
            } else {
                self.look_again();
            }
            left = self.judge();
            self.show();
        }
    }

    /// Reads to the end of the files.
    fn read(&mut self, asked: &Receiver<Effect>) -> Result<(), Result<Stop, anyhow::Error>> {
        let failed = |error: crate::capture::CaptureError| Err(error.into());
        let mut capture = match self.capture.take() {
            Some(capture) => capture,
            None => self.shelf.files().open().map_err(failed)?,
        };
        let mut block = Block::default();
        while capture.next_block(&mut block).map_err(failed)? {
            let interfaces = capture.summary().interfaces.len();
            self.tracker.expect_interfaces(interfaces);
            self.summary.clone_from(capture.summary());
            for packet in block.packets() {
                self.take(&packet, asked).map_err(Ok)?;
            }
            self.shelf.mark(&capture, self.last);
            self.progress(&capture);
            self.rest(Instant::now(), asked).map_err(Ok)?;
        }
        self.summary.clone_from(capture.summary());
        Ok(())
    }

    fn take(&mut self, packet: &RawPacket<'_>, asked: &Receiver<Effect>) -> Result<(), Stop> {
        while let Some(playback) = &mut self.playback {
            let now = Instant::now();
            let due = playback.due(packet.time, now);
            if due <= now {
                break;
            }
            self.rest(due, asked)?;
        }
        self.last = packet.number;
        follow(&mut self.tracker, packet);
        Ok(())
    }

    /// Answers what is asked until `due`, or until something was; shows what is new when its time
    /// has come.
    fn rest(&mut self, due: Instant, asked: &Receiver<Effect>) -> Result<(), Stop> {
        let now = Instant::now();
        if now >= self.pace.next() && !self.paused {
            self.renew();
            self.pace.took(now, Instant::now());
        }
        let wake = due.min(self.pace.next().max(now));
        match asked.recv_timeout(wake.saturating_duration_since(Instant::now())) {
            Ok(Effect::Seek(seconds)) => self.seek(seconds),
            Ok(effect) => {
                self.answer(effect);
                self.judge();
                self.show();
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Stop::Gone),
        }
    }

    fn seek(&mut self, seconds: i64) -> Result<(), Stop> {
        let Some(playback) = &mut self.playback else {
            return Ok(());
        };
        if !playback.seek(seconds, Instant::now()) {
            return Ok(());
        }
        self.desk
            .tell("ten seconds back: read again from the start of the file up to there");
        self.desk.clear();
        self.tracker = Tracker::default();
        self.last = 0;
        Err(Stop::Again)
    }

    fn progress(&mut self, capture: &Capture) {
        if let Phase::Loading(_, all) = self.phase {
            let read = capture.bookmark().map(|mark| mark.octets());
            let all = all.filter(|_| read.is_some());
            self.phase = Phase::Loading(read.unwrap_or_default(), all);
        }
    }

    fn renew(&mut self) {
        self.tracker.settle();
        self.judge();
        self.show();
    }

    /// Returns whether calls are left to judge.
    fn judge(&mut self) -> bool {
        let now = self.tracker.totals().last.unwrap_or_default();
        let most = self.pace.most();
        self.desk.judge(&self.tracker, &self.summary, (now, most))
    }

    fn show(&self) {
        let phase = if self.paused {
            Phase::Paused
        } else {
            self.phase
        };
        self.desk.show(&self.tracker, &self.summary, phase);
    }

    fn answer(&mut self, effect: Effect) {
        match effect {
            Effect::Observe(observer) => {
                self.desk.observe(observer);
                self.judge();
                self.look_again();
            }
            Effect::Look(number) => self.look(number),
            Effect::Pause(paused) => self.paused = paused,
            Effect::Export => self.export(),
            Effect::Seek(_) | Effect::Suspend | Effect::Quit => {}
        }
    }

    /// Looks at the same packet again, after more was learned.
    fn look_again(&mut self) {
        if self.desk.is_open() {
            self.look(self.desk.asked());
        }
    }

    fn look(&mut self, number: u64) {
        match self.shelf.around(number, &self.tracker) {
            Ok([]) => self.desk.miss(number, "there is no packet to look at"),
            Ok(packets) => self.desk.open(number, packets),
            Err(error) => self.desk.miss(number, Name::Text.of(format!("{error:#}"))),
        }
    }

    fn export(&mut self) {
        self.tracker.settle();
        let report = self.desk.report(&self.tracker, &self.summary);
        let told: Told = match export::export(&report) {
            Ok(name) => told!["the report is in ", Told::plain(name)],
            Err(error) => Name::Text.of(format!("{error:#}")),
        };
        self.desk.tell(told);
    }
}
