//! Keys that are given beside a capture.

use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result};

use crate::base::label::printable_path;
use crate::base::secret::Secret;
use crate::cli::Reading;
use crate::flow::Tracker;

/// Files of keys with their names. They are read once: a pipe gives them only once, and files may
/// be read again from their start.
pub(super) struct GivenKeys {
    log: Option<(String, Secret)>,
    srtp: Option<(String, Secret)>,
}

impl GivenKeys {
    /// Those that are to be read beside the files.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(super) fn read(reading: &Reading) -> Result<Self> {
        let log = reading.keylog.as_deref();
        let log = log.map(|path| keys(path, "the key log", "a file as SSLKEYLOGFILE writes it"));
        let srtp = reading.srtp_keys.as_deref();
        Ok(Self {
            log: log.transpose()?,
            srtp: srtp.map(srtp_keys).transpose()?,
        })
    }

    /// A tracker that has them, and opens media on all cores.
    pub(super) fn tracker(&self) -> Tracker {
        let mut tracker = Tracker::default();
        tracker.open_on(thread::available_parallelism().map_or(1, usize::from));
        if let Some((name, log)) = &self.log {
            tracker.take_keys(name, log.expose());
        }
        if let Some((name, keys)) = &self.srtp {
            tracker.take_srtp_keys(name, keys.expose());
        }
        tracker
    }
}

/// A file of SRTP keys, and its name without its folder.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn srtp_keys(path: &Path) -> Result<(String, Secret)> {
    let wanted = "a file with a suite and its key in each line";
    keys(path, "the SRTP keys", wanted)
}

fn keys(path: &Path, what: &str, wanted: &str) -> Result<(String, Secret)> {
    let read = fs::read(path).map(Secret::from).with_context(|| {
        let path = printable_path(path);
        format!("cannot read {what} {path}: give {wanted}")
    })?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok((printable_path(Path::new(name)), read))
}
