//! The thread that follows the calls, and looks every quarter of a second at what changed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use crossbeam_channel::{Receiver, RecvError, TryRecvError, never, select};

use super::keys::Keys;
use super::status::Status;
use crate::base::time::Timestamp;
use crate::capture::live::Batch;
use crate::capture::{CaptureSummary, Reading};
use crate::flow::SdpFile;
use crate::report::live::Board;
use crate::run::followed::Followed;
use crate::run::metrics::Metrics;
use crate::run::pace::Pace;
use crate::tui::Effect;

/// A call of which nothing was heard for so long is let go once it has ended: an allocation that
/// is not refreshed ends after ten minutes (RFC 8656, section 3.2).
const REMEMBERED: Duration = Duration::from_mins(10);
/// Time between two looks for such calls.
const FORGETTING: Duration = Duration::from_secs(5);

/// Who learns what changes.
pub(super) trait Viewer {
    /// Takes a batch whose packets were followed.
    fn take(&mut self, batch: &Batch);

    /// Tells or shows what changed until `now`, of `most` calls at once.
    ///
    /// # Errors
    /// Where it cannot be told.
    fn tell(&mut self, followed: &Followed, at: (Timestamp, usize)) -> Result<()>;

    /// Does what was asked, and shows it as [`tell`](Self::tell) does.
    fn answer(&mut self, effect: Effect, followed: &Followed, at: (Timestamp, usize));

    /// The capture has ended by itself.
    fn end(&mut self, followed: &Followed);

    /// The parts of the report as they stand.
    fn board(&self) -> &Board;
}

/// What is known of a capture while it runs.
pub(super) struct Analysis<V> {
    followed: Followed,
    status: Status,
    viewer: V,
    /// What is asked meanwhile.
    asked: Receiver<Effect>,
    metrics: Metrics,
    /// What opens TLS, as it comes.
    keys: Option<Keys>,
    pace: Pace,
    forgot: Instant,
}

impl<V: Viewer> Analysis<V> {
    pub(super) fn new(
        (mut summary, begun): (CaptureSummary, Timestamp),
        keys: Option<Keys>,
        status: Status,
        metrics: Metrics,
        viewer: V,
    ) -> Self {
        // Counters count from here on, as those of the recording do.
        for (interface, _) in (0..).zip(&summary.interfaces) {
            summary.losses.read(Reading {
                interface,
                time: begun,
                received: 0,
                dropped: 0,
            });
        }
        let mut followed = Followed::new(summary);
        if let Some(keys) = &keys {
            // What stands in it is taken with the first packets, and more as it comes.
            followed.tracker.take_keys(&keys.name, &[]);
        }
        Self {
            followed,
            status,
            viewer,
            asked: never(),
            metrics,
            keys,
            pace: Pace::new(Instant::now()),
            forgot: Instant::now(),
        }
    }

    /// Takes keys of SRTP before the first packet.
    pub(super) fn take_srtp_keys(&mut self, source: &str, keys: &[u8]) {
        self.followed.tracker.take_srtp_keys(source, keys);
    }

    /// Takes session descriptions before the first packet.
    pub(super) fn take_sdp(&mut self, file: &SdpFile) {
        self.followed.tracker.take_sdp(file);
    }

    /// Answers what is asked meanwhile.
    pub(super) fn answering(mut self, asked: Receiver<Effect>) -> Self {
        self.asked = asked;
        self
    }

    /// Follows the packets until their sender is gone; sets `stop` after `duration`, and where
    /// nobody can ask any more.
    ///
    /// # Errors
    /// Where what changed cannot be told.
    pub(super) fn follow(
        &mut self,
        batches: &Receiver<Batch>,
        duration: Option<Duration>,
        stop: &AtomicBool,
    ) -> Result<()> {
        let mut until = duration.map(|duration| Instant::now() + duration);
        let mut is_watched = true;
        loop {
            let next = until.map_or(self.pace.next(), |until| until.min(self.pace.next()));
            select! {
                recv(batches) -> batch => match batch {
                    Ok(batch) => self.take(&batch),
                    Err(_) => break,
                },
                recv(self.asked) -> effect => is_watched &= self.hear(effect, stop),
                default(next.saturating_duration_since(Instant::now())) => {}
            }
            let now = Instant::now();
            if until.is_some_and(|until| now >= until) {
                stop.store(true, Ordering::Relaxed);
                until = None;
            }
            if now >= self.pace.next() {
                self.look(self.pace.most())?;
                self.pace.took(now, Instant::now());
            }
        }
        self.followed.tracker.finish();
        if is_watched {
            self.look(usize::MAX)?;
        }
        Ok(())
    }

    /// Answers on after the end of the capture, until nobody asks any more.
    ///
    /// # Errors
    /// As [`follow`](Self::follow).
    pub(super) fn linger(&mut self) -> Result<()> {
        self.viewer.end(&self.followed);
        loop {
            let effect = if self.viewer.board().waiting() > 0 {
                self.look(self.pace.most())?;
                self.asked.try_recv()
            } else {
                self.asked.recv().map_err(TryRecvError::from)
            };
            match effect {
                Ok(effect) => self.answer(effect),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        }
    }

    /// What is known in the end, and what was said.
    pub(super) fn end(self) -> (Followed, Status) {
        (self.followed, self.status)
    }

    fn take(&mut self, batch: &Batch) {
        let Followed {
            tracker, summary, ..
        } = &mut self.followed;
        if let Some(keys) = &mut self.keys {
            let first = keys.line;
            let lines = keys.lines();
            tracker.take_more_keys(&keys.name, first, lines.expose());
        }
        tracker.expect_interfaces(summary.interfaces.len());
        for packet in batch.block.packets() {
            self.followed.summary.add_link(packet.link);
            self.followed.take(&packet);
        }
        let summary = &mut self.followed.summary;
        for reading in &batch.readings {
            summary.losses.read(*reading);
            let interface = summary.interfaces.get_mut(reading.interface as usize);
            if let Some(interface) = interface {
                interface.dropped = Some(reading.dropped);
            }
        }
        for early in &batch.ended {
            self.status.say(early);
            summary.ended_early.push(early.clone());
        }
        self.viewer.take(batch);
    }

    /// Does what was asked, and returns whether somebody can ask more; else sets `stop`.
    fn hear(&mut self, effect: Result<Effect, RecvError>, stop: &AtomicBool) -> bool {
        let Ok(effect) = effect else {
            stop.store(true, Ordering::Relaxed);
            self.asked = never();
            return false;
        };
        self.answer(effect);
        true
    }

    fn answer(&mut self, effect: Effect) {
        if matches!(effect, Effect::Observe(..)) {
            self.pace.hurry();
        }
        let at = (super::now(), self.pace.most());
        self.viewer.answer(effect, &self.followed, at);
    }

    /// Tells what changed, of `most` calls at once.
    fn look(&mut self, most: usize) -> Result<()> {
        let now = super::now();
        let tracker = &mut self.followed.tracker;
        if self.forgot.elapsed() >= FORGETTING {
            self.forgot = Instant::now();
            tracker.forget(now.before(REMEMBERED));
        }
        tracker.settle();
        self.status.losses(&self.followed.summary);
        self.viewer.tell(&self.followed, (now, most))?;
        let dropped = self.followed.summary.dropped().unwrap_or_default();
        self.metrics
            .update(self.viewer.board(), &self.followed.tracker, dropped);
        Ok(())
    }
}
