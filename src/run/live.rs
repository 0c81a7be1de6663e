//! `relayscope live`: calls as they pass on interfaces of this machine.
//!
//! One thread reads the interfaces and never waits for the others: one follows the calls, one
//! records what passes. All end in good order: what was captured before the end is in the report.
//! Everything is opened first, then the process gives away what it no longer needs, and only then
//! is a frame read.

mod analysis;
mod keys;
mod news;
mod opened;
mod recording;
mod signals;
mod stage;
mod status;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;
use std::{panic, thread};

use anyhow::{Context as _, Result};
use crossbeam_channel::unbounded;
use signal_hook::consts::TERM_SIGNALS;

use super::confine::Confinement;
use super::dashboard::{Console, Desk, LiveShelf, is_possible};
use super::{Outcome, printing};
use crate::base::time::Timestamp;
use crate::cli;
use crate::tui::terminal;
use news::News;
use opened::Opened;
use recording::Recording;
use stage::Stage;
use status::Status;

/// Whether there is to be a dashboard, and a terminal for it.
pub(super) fn is_shown(args: &cli::Live) -> bool {
    let records_to_output = args.saving.write.as_deref() == Some(Path::new("-"));
    !args.headless && !records_to_output && is_possible()
}

/// Tells what changes on the way, and reports at the end.
///
/// # Errors
/// Where nothing can be captured, or written.
pub(super) fn run(args: &cli::Live, out: &mut impl Write) -> Result<Outcome> {
    let mut opened = Opened::open(args)?;
    let mut status = Status::new();
    opened.close(args, Confinement::new(), &mut status);
    let stop = Arc::new(AtomicBool::new(false));
    signals::listen(Arc::clone(&stop), opened.reporting.unfinished())
        .context("cannot listen for Ctrl-C")?;
    let news = News::new(&opened.reporting, out);
    let mut analysis = opened.analysis(status, news)?;
    let (reporting, ended) = opened.capture(args.buffer, &stop, |batches| {
        analysis.follow(&batches, args.duration, &stop)?;
        Ok(analysis.end())
    })?;
    let followed = ended.told();
    reporting.report_after_events(&followed.summary, &followed.tracker, out)
}

/// Shows what changes on a dashboard, and reports at the end.
///
/// # Errors
/// As [`run`], and where there is no terminal to draw on.
pub(super) fn show(args: &cli::Live) -> Result<Outcome> {
    terminal::open().context("cannot read from this terminal")?;
    let mut opened = Opened::open(args)?;
    let mut status = Status::new();
    let needed = Confinement::new().drawing().exporting_to(".");
    opened.close(args, needed, &mut status);
    let (occur, occurrences) = unbounded();
    let (ask, asked) = unbounded();
    let reporting = &opened.reporting;
    let question = reporting.question().clone();
    let redactor = reporting.redactor().clone();
    let desk = Desk::new(LiveShelf::default(), question, redactor, occur.clone());
    let stage = Stage::new(desk, opened.recording.as_ref().map(Recording::gauge));
    let first = stage.first(opened.source.summary());
    let unfinished = reporting.unfinished();
    let console = Console::take((occur.clone(), occurrences), move |signal| {
        if TERM_SIGNALS.contains(&signal) {
            signals::end(signal, unfinished.as_ref());
        }
    })?;
    status.go_on_screen(occur);
    let mut analysis = opened.analysis(status, stage)?.answering(asked);
    let stop = AtomicBool::new(false);
    let mut shown = Ok(());
    let (reporting, ended) = opened.capture(args.buffer, &stop, |batches| {
        thread::scope(|scope| {
            let follow = || {
                analysis.follow(&batches, args.duration, &stop)?;
                if !stop.load(Ordering::Relaxed) {
                    analysis.linger()?;
                }
                Ok(analysis.end())
            };
            let named = thread::Builder::new().name("analysis".to_owned());
            let analysis = named.spawn_scoped(scope, follow)?;
            shown = console.show(first, ask).map(drop);
            stop.store(true, Ordering::Relaxed);
            analysis
                .join()
                .unwrap_or_else(|lost| panic::resume_unwind(lost))
        })
    })?;
    let followed = ended.told();
    let outcome = printing(|out| reporting.report(&followed.summary, &followed.tracker, out));
    shown.and(outcome)
}

/// The time of day as packets are stamped with.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    Timestamp(i64::try_from(nanos).unwrap_or(i64::MAX))
}
