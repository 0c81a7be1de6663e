//! What a live capture needs: opened, then closed off, then read.

use std::net::TcpListener;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::{Context as _, Result};
use crossbeam_channel::Receiver;

use super::analysis::{Analysis, Viewer};
use super::keys::Keys;
use super::recording::Recording;
use super::status::Status;
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::capture::live::{Batch, Live, Options, outlet, spread};
use crate::capture::{RecordError, Recorded};
use crate::cli;
use crate::run::confine::Confinement;
use crate::run::followed::Followed;
use crate::run::given;
use crate::run::metrics::Metrics;
use crate::run::reporting::Reporting;

/// Batches that may wait for the analysis, of a mebibyte each where packets are many, for each
/// mebibyte that may wait in the kernel: of the two who read, the analysis is the slower.
const BATCHES: usize = 2;

/// All that is opened before the process gives away what it no longer needs.
pub(super) struct Opened {
    pub(super) reporting: Reporting,
    pub(super) source: Live,
    pub(super) recording: Option<Recording>,
    keys: Option<Keys>,
    srtp_keys: Option<(String, Secret)>,
    listener: Option<TcpListener>,
    begun: Timestamp,
}

/// A capture that has ended.
pub(super) struct Ended {
    followed: Followed,
    status: Status,
    saved: Option<Result<Recorded, RecordError>>,
}

impl Opened {
    /// Opens what is asked for: outputs first, then interfaces.
    ///
    /// # Errors
    /// Where anything of it cannot be had.
    pub(super) fn open(args: &cli::Live) -> Result<Self> {
        let reporting = Reporting::prepare(&args.reporting, &[])?;
        let listener = args.metrics.map(listen).transpose()?;
        let source = Live::open(&options(args))?;
        let begun = super::now();
        let keys = args.saving.keylog.as_deref().map(Keys::open).transpose()?;
        let srtp_keys = args.srtp_keys.as_deref();
        let srtp_keys = srtp_keys.map(given::srtp_keys).transpose()?;
        let recording = Recording::create(&args.saving, &source.summary().interfaces, begun)?;
        Ok(Self {
            reporting,
            source,
            recording,
            keys,
            srtp_keys,
            listener,
            begun,
        })
    }

    /// Says what is captured, and gives away all that is `needed` neither for that nor beside it.
    pub(super) fn close<'a>(
        &'a self,
        args: &cli::Live,
        needed: Confinement<'a>,
        status: &mut Status,
    ) {
        let summary = self.source.summary();
        status.begin(summary, args);
        if args.no_sandbox {
            return;
        }
        let mut needed = self.confinement(needed);
        if args.promiscuous {
            let names = summary.interfaces.iter().filter_map(|i| i.name.clone());
            needed = names.fold(needed, Confinement::counting);
        }
        let steps = needed.close();
        let undone = steps.iter().filter(|step| !step.is_done());
        undone.for_each(|step| status.say(step));
    }

    /// What is still needed once frames are read.
    fn confinement<'a>(&'a self, mut needed: Confinement<'a>) -> Confinement<'a> {
        if self.listener.is_some() {
            needed = needed.listening();
        }
        if let Some((directory, file)) = self.reporting.written() {
            needed = needed.handing_over(file);
            if let Some(directory) = directory {
                needed = needed.writing_in(directory);
            }
        }
        if let Some(recording) = &self.recording {
            if let Some(file) = recording.file() {
                needed = needed.handing_over(file);
            }
            if let Some(directory) = recording.directory() {
                needed = needed.writing_in(directory);
            }
        }
        needed
    }

    /// The analysis of what will be read, for this viewer; metrics are served from now on.
    ///
    /// # Errors
    /// Where they cannot be.
    pub(super) fn analysis<V: Viewer>(&mut self, status: Status, viewer: V) -> Result<Analysis<V>> {
        let metrics = Metrics::new();
        if let Some(listener) = self.listener.take() {
            metrics
                .serve(listener)
                .context("cannot start the thread that serves the metrics")?;
        }
        let begin = (self.source.summary().clone(), self.begun);
        let keys = self.keys.take();
        let mut analysis = Analysis::new(begin, keys, status, metrics, viewer);
        if let Some((name, keys)) = self.srtp_keys.take() {
            analysis.take_srtp_keys(&name, keys.expose());
        }
        Ok(analysis)
    }

    /// Reads and records until `stop` is set or nobody is left who wants packets, of whom one is
    /// `follow`, to which they are handed with room for so many MiB.
    ///
    /// # Errors
    /// Those of `follow`, and where a thread cannot be started.
    pub(super) fn capture(
        self,
        room: u32,
        stop: &AtomicBool,
        follow: impl FnOnce(Receiver<Batch>) -> Result<(Followed, Status)>,
    ) -> Result<(Reporting, Ended)> {
        let Self {
            reporting,
            mut source,
            recording,
            ..
        } = self;
        let room = room as usize * BATCHES;
        let interfaces = source.summary().interfaces.len();
        let (for_analysis, batches) = outlet(room, interfaces);
        thread::scope(|scope| {
            let mut outlets = vec![for_analysis];
            let mut recorder = None;
            if let Some(recording) = recording {
                let (for_recorder, batches) = outlet(room, interfaces);
                outlets.push(for_recorder);
                let named = thread::Builder::new().name("recorder".to_owned());
                recorder = Some(named.spawn_scoped(scope, move || recording.follow(&batches))?);
            }
            let named = thread::Builder::new().name("capture".to_owned());
            named.spawn_scoped(scope, || spread(&mut source, outlets, stop))?;
            // However it ends, it drops the batches: so the other threads learn of it.
            let (followed, status) = follow(batches)?;
            let saved = recorder.and_then(|thread| thread.join().ok());
            let ended = Ended {
                followed,
                status,
                saved,
            };
            Ok((reporting, ended))
        })
    }
}

impl Ended {
    /// Says what was captured and recorded; returns what is known of it.
    pub(super) fn told(mut self) -> Followed {
        self.status.leave_screen();
        self.status
            .end(&self.followed.summary, &self.followed.tracker);
        if let Some(saved) = &self.saved {
            self.status.recorded(saved);
        }
        self.followed
    }
}

fn listen(address: std::net::SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).with_context(|| {
        format!("cannot serve metrics at {address}: give another address with --metrics")
    })
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
