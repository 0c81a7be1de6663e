//! `relayscope live`: calls as they pass on interfaces of this machine.
//!
//! One thread reads the interfaces and never waits for this one, which follows the calls. Both end
//! in good order: what was captured before the end is in the report.

mod signals;
mod status;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::reporting::Reporting;
use super::{Outcome, follow};
use crate::capture::CaptureSummary;
use crate::capture::live::{Batch, Live, Options, outlet, spread};
use crate::cli;
use crate::flow::Tracker;
use status::Status;

/// Batches that may wait for the analysis, of a mebibyte each where packets are many, for each
/// mebibyte that may wait in the kernel: of the two who read, the analysis is the slower.
const BATCHES: usize = 2;

/// Time between two looks at what changed.
const TICK: Duration = Duration::from_millis(250);

pub(super) fn run(args: &cli::Live, out: &mut impl Write) -> Result<Outcome> {
    let reporting = Reporting::prepare(&args.reporting, &[])?;
    let mut source = Live::open(&options(args))?;
    let stop = Arc::new(AtomicBool::new(false));
    signals::listen(Arc::clone(&stop), reporting.unfinished())
        .context("cannot listen for Ctrl-C")?;
    let mut analysis = Analysis {
        tracker: Tracker::default(),
        summary: source.summary().clone(),
        status: Status::new(),
    };
    analysis.status.begin(&analysis.summary, args);
    let room = args.buffer as usize * BATCHES;
    let (outlet, batches) = outlet(room, analysis.summary.interfaces.len());
    thread::scope(|scope| {
        // Dropped here, however this ends: so the other thread learns of it.
        let batches = batches;
        let named = thread::Builder::new().name("capture".to_owned());
        named.spawn_scoped(scope, || spread(&mut source, vec![outlet], &stop))?;
        analysis.follow(&batches, args.duration, &stop);
        io::Result::Ok(())
    })
    .context("cannot start the thread that captures")?;
    analysis.status.end(&analysis.summary, &analysis.tracker);
    reporting.report(&analysis.summary, &analysis.tracker, out)
}

fn options(args: &cli::Live) -> Options {
    Options {
        interfaces: args.interface.clone(),
        filter: args.filter.clone(),
        snap_len: args.snaplen,
        buffer: args.buffer,
        promiscuous: args.promiscuous,
    }
}

/// What is known of a capture while it runs.
#[derive(Debug)]
struct Analysis {
    tracker: Tracker,
    summary: CaptureSummary,
    status: Status,
}

impl Analysis {
    /// Follows the packets until their sender is gone; sets `stop` after `duration`.
    fn follow(&mut self, batches: &Receiver<Batch>, duration: Option<Duration>, stop: &AtomicBool) {
        let begun = Instant::now();
        let mut until = duration.map(|duration| begun + duration);
        let mut tick = begun + TICK;
        loop {
            let next = until.map_or(tick, |until| until.min(tick));
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
            if now >= tick {
                self.status.tick(&self.summary, now);
                tick = now + TICK;
            }
        }
        self.tracker.finish();
    }

    fn take(&mut self, batch: &Batch) {
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
            self.status.ended(early);
            self.summary.ended_early.push(early.clone());
        }
    }
}
