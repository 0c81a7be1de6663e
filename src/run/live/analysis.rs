//! The thread that follows the calls, and looks every quarter of a second at what changed.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::keys::Keys;
use super::news::News;
use super::status::Status;
use crate::base::time::Timestamp;
use crate::capture::live::Batch;
use crate::capture::{CaptureSummary, Reading};
use crate::flow::Tracker;
use crate::run::follow;
use crate::run::metrics::Metrics;
use crate::run::pace::Pace;

/// A call of which nothing was heard for so long is let go once it has ended: an allocation that
/// is not refreshed ends after ten minutes (RFC 8656, section 3.2).
const REMEMBERED: Duration = Duration::from_mins(10);
/// Time between two looks for such calls.
const FORGETTING: Duration = Duration::from_secs(5);

/// What is known of a capture while it runs.
pub(super) struct Analysis<'o, W> {
    pub(super) tracker: Tracker,
    pub(super) summary: CaptureSummary,
    pub(super) status: Status,
    metrics: Metrics,
    news: News<'o, W>,
    /// What opens TLS, as it comes.
    keys: Option<Keys>,
    pace: Pace,
    forgot: Instant,
}

impl<'o, W: Write> Analysis<'o, W> {
    pub(super) fn new(
        (mut summary, begun): (CaptureSummary, Timestamp),
        keys: Option<Keys>,
        status: Status,
        metrics: Metrics,
        news: News<'o, W>,
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
        let mut tracker = Tracker::default();
        if let Some(keys) = &keys {
            // What stands in it is taken with the first packets, and more as it comes.
            tracker.take_keys(&keys.name, &[]);
        }
        Self {
            tracker,
            summary,
            status,
            metrics,
            news,
            keys,
            pace: Pace::new(Instant::now()),
            forgot: Instant::now(),
        }
    }

    /// Takes keys of SRTP before the first packet.
    pub(super) fn take_srtp_keys(&mut self, source: &str, keys: &[u8]) {
        self.tracker.take_srtp_keys(source, keys);
    }

    /// Follows the packets until their sender is gone; sets `stop` after `duration`.
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
        loop {
            let next = until.map_or(self.pace.next(), |until| until.min(self.pace.next()));
            match batches.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(batch) => self.take(&batch),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
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
        self.tracker.finish();
        self.look(usize::MAX)
    }

    fn take(&mut self, batch: &Batch) {
        if let Some(keys) = &mut self.keys {
            let first = keys.line;
            let lines = keys.lines();
            self.tracker
                .take_more_keys(&keys.name, first, lines.expose());
        }
        self.tracker
            .expect_interfaces(self.summary.interfaces.len());
        for packet in batch.block.packets() {
            self.summary.add_link(packet.link);
            follow(&mut self.tracker, &packet);
        }
        for reading in &batch.readings {
            self.summary.losses.read(*reading);
            let interface = self.summary.interfaces.get_mut(reading.interface as usize);
            if let Some(interface) = interface {
                interface.dropped = Some(reading.dropped);
            }
        }
        for early in &batch.ended {
            self.status.say(early);
            self.summary.ended_early.push(early.clone());
        }
    }

    /// Tells what changed, of `most` calls at once.
    fn look(&mut self, most: usize) -> Result<()> {
        let now = super::now();
        if self.forgot.elapsed() >= FORGETTING {
            self.forgot = Instant::now();
            self.tracker.forget(now.before(REMEMBERED));
        }
        self.tracker.settle();
        self.status.losses(&self.summary);
        self.news.tell(&self.tracker, &self.summary, (now, most))?;
        let dropped = self.summary.dropped().unwrap_or_default();
        self.metrics
            .update(self.news.board(), &self.tracker, dropped);
        Ok(())
    }
}
