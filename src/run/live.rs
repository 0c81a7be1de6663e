//! `relayscope live`: calls as they pass on interfaces of this machine.
//!
//! One thread reads the interfaces and never waits for the others: one follows the calls, one
//! records what passes. All end in good order: what was captured before the end is in the report.
//! Everything is opened first, then the process gives away what it no longer needs, and only then
//! is a frame read.

mod analysis;
mod keys;
mod news;
mod recording;
mod signals;
mod status;

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::SystemTime;

use anyhow::{Context as _, Result};

use super::Outcome;
use super::confine::Confinement;
use super::metrics::Metrics;
use super::reporting::Reporting;
use crate::base::time::Timestamp;
use crate::capture::live::{Live, Options, outlet, spread};
use crate::cli;
use analysis::Analysis;
use keys::Keys;
use news::News;
use recording::Recording;
use status::Status;

/// Batches that may wait for the analysis, of a mebibyte each where packets are many, for each
/// mebibyte that may wait in the kernel: of the two who read, the analysis is the slower.
const BATCHES: usize = 2;

pub(super) fn run(args: &cli::Live, out: &mut impl Write) -> Result<Outcome> {
    let reporting = Reporting::prepare(&args.reporting, &[])?;
    let listener = args.metrics.map(listen).transpose()?;
    let mut source = Live::open(&options(args))?;
    let begun = now();
    let summary = source.summary().clone();
    let keys = args.saving.keylog.as_deref().map(Keys::open).transpose()?;
    let srtp_keys = args
        .srtp_keys
        .as_deref()
        .map(super::srtp_keys)
        .transpose()?;
    let recording = Recording::create(&args.saving, &summary.interfaces, begun)?;
    let mut status = Status::new();
    status.begin(&summary, args);
    if !args.no_sandbox {
        let mut needed = confinement(&reporting, recording.as_ref(), listener.is_some());
        if args.promiscuous {
            let names = summary.interfaces.iter().filter_map(|i| i.name.clone());
            needed = names.fold(needed, Confinement::counting);
        }
        let steps = needed.close();
        let undone = steps.iter().filter(|step| !step.is_done());
        undone.for_each(|step| status.say(step));
    }
    let stop = Arc::new(AtomicBool::new(false));
    signals::listen(Arc::clone(&stop), reporting.unfinished())
        .context("cannot listen for Ctrl-C")?;
    let metrics = Metrics::new();
    if let Some(listener) = listener {
        metrics
            .serve(listener)
            .context("cannot start the thread that serves the metrics")?;
    }
    let news = News::new(&reporting, out);
    let mut analysis = Analysis::new((summary, begun), keys, status, metrics, news);
    if let Some((name, keys)) = srtp_keys {
        analysis.take_srtp_keys(&name, keys.expose());
    }
    let room = args.buffer as usize * BATCHES;
    let interfaces = source.summary().interfaces.len();
    let (for_analysis, batches) = outlet(room, interfaces);
    let saved = thread::scope(|scope| {
        // Dropped here, however this ends: so the other threads learn of it.
        let batches = batches;
        let mut outlets = vec![for_analysis];
        let mut recorder = None;
        if let Some(recording) = recording {
            let (for_recorder, batches) = outlet(room, interfaces);
            outlets.push(for_recorder);
            let named = thread::Builder::new().name("recorder".to_owned());
            recorder = Some(named.spawn_scoped(scope, move || recording.follow(&batches))?);
        }
        let named = thread::Builder::new().name("capture".to_owned());
        named.spawn_scoped(scope, || spread(&mut source, outlets, &stop))?;
        let followed = analysis.follow(&batches, args.duration, &stop);
        drop(batches);
        let saved = recorder.and_then(|thread| thread.join().ok());
        followed.map(|()| saved)
    })?;
    analysis.status.end(&analysis.summary, &analysis.tracker);
    if let Some(saved) = saved {
        analysis.status.recorded(&saved);
    }
    let Analysis {
        tracker, summary, ..
    } = analysis;
    reporting.report_after_events(&summary, &tracker, out)
}

fn listen(address: std::net::SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).with_context(|| {
        format!("cannot serve metrics at {address}: give another address with --metrics")
    })
}

/// What is still needed once frames are read.
fn confinement<'a>(
    reporting: &'a Reporting,
    recording: Option<&'a Recording>,
    listening: bool,
) -> Confinement<'a> {
    let mut needed = Confinement::new();
    if listening {
        needed = needed.listening();
    }
    if let Some((directory, file)) = reporting.written() {
        needed = needed.handing_over(file);
        if let Some(directory) = directory {
            needed = needed.writing_in(directory);
        }
    }
    if let Some(recording) = recording {
        if let Some(file) = recording.file() {
            needed = needed.handing_over(file);
        }
        if let Some(directory) = recording.directory() {
            needed = needed.writing_in(directory);
        }
    }
    needed
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

/// The time of day as packets are stamped with.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    Timestamp(i64::try_from(nanos).unwrap_or(i64::MAX))
}
