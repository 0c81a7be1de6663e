//! The thread that records what passes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::keys::Keys;
use crate::base::time::Timestamp;
use crate::capture::live::Batch;
use crate::capture::{self, Division, Interface, RecordError, Recorded, Recorder, Secrets};
use crate::cli;
use crate::run::TLS_KEY_LOG;
use crate::tui::Saving;

/// Time after which a recording is looked at although nothing passes.
const TICK: Duration = Duration::from_secs(1);

/// A recording to files.
pub(super) struct Recording {
    recorder: Recorder,
    /// The folder in which further files are made.
    directory: Option<PathBuf>,
    keys: Option<Keys>,
    gauge: Arc<Gauge>,
}

/// How far a recording is, for others to look at.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    packets: AtomicU64,
    has_failed: AtomicBool,
}

impl Gauge {
    pub(super) fn read(&self) -> Saving {
        if self.has_failed.load(Ordering::Relaxed) {
            return Saving::Failed;
        }
        Saving::Packets(self.packets.load(Ordering::Relaxed))
    }
}

impl Recording {
    /// Begins the recording that is asked for, if any.
    ///
    /// # Errors
    /// Where it cannot be written, or the key log cannot be read.
    pub(super) fn create(
        args: &cli::Saving,
        interfaces: &[Interface],
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let Some(path) = &args.write else {
            return Ok(None);
        };
        let division = Division {
            octets: args.rotate_size,
            duration: args.rotate_time,
        };
        let divided = division != Division::default();
        let recording = capture::Recording {
            interfaces: interfaces.to_vec(),
            secrets: Vec::new(),
            division,
        };
        let keys = args.keylog.as_deref().filter(|_| args.write_keys);
        let mut recording = Self {
            keys: keys.map(Keys::open).transpose()?,
            recorder: Recorder::create(path, recording, now)?,
            gauge: Arc::default(),
            directory: divided.then(|| path.parent().map(Path::to_owned)).flatten(),
        };
        recording.take_keys()?;
        Ok(Some(recording))
    }

    /// The file that is written, where it is one.
    pub(super) fn file(&self) -> Option<&File> {
        self.recorder.file()
    }

    /// The folder in which further files are made.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        self.directory.clone()
    }

    /// How far it is.
    pub(super) fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }

    /// Records all that comes.
    ///
    /// # Errors
    /// What ended the recording before the capture ended; what is in the files stays.
    pub(super) fn follow(self, batches: &Receiver<Batch>) -> Result<Recorded, RecordError> {
        let gauge = self.gauge();
        let recorded = self.record(batches);
        gauge.has_failed.store(recorded.is_err(), Ordering::Relaxed);
        recorded
    }

    fn record(mut self, batches: &Receiver<Batch>) -> Result<Recorded, RecordError> {
        loop {
            match batches.recv_timeout(TICK) {
                Ok(batch) => {
                    self.take_keys()?;
                    self.recorder.record(&batch.block)?;
                    self.recorder.count(&batch.readings)?;
                    let packets = self.recorder.recorded().packets;
                    self.gauge.packets.store(packets, Ordering::Relaxed);
                }
                Err(RecvTimeoutError::Timeout) => self.recorder.tick(super::now())?,
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.take_keys()?;
        self.recorder.finish(super::now())
    }

    /// Records the keys that were logged since the last time: before the packets that they open.
    fn take_keys(&mut self) -> Result<(), RecordError> {
        let Some(lines) = self.keys.as_mut().map(Keys::lines) else {
            return Ok(());
        };
        if lines.expose().is_empty() {
            return Ok(());
        }
        self.recorder.open_with(Secrets {
            kind: TLS_KEY_LOG,
            octets: lines.expose().to_vec(),
        })
    }
}
