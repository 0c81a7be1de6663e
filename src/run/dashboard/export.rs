//! The report as a file, written from the dashboard.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};

use anyhow::{Result, anyhow};

use crate::base::time::utc;
use crate::report::{Report, json};

/// Writes the report to a new file in the directory where the program was started; returns its
/// name.
///
/// # Errors
/// Where it cannot be written; nothing is left of it then.
pub(super) fn export(report: &Report<'_>) -> Result<String> {
    let name = name();
    // Few words: they stand in one line of a screen.
    let failed = |error: io::Error| anyhow!("cannot write where it was started: {}", error.kind());
    // To write only: where a run is closed off, nothing is read there.
    let file = File::options().write(true).create_new(true).open(&name);
    let file = file.map_err(failed)?;
    let written = write(report, file);
    if written.is_err() {
        // It says less than it seems to.
        let _ = fs::remove_file(&name);
    }
    written.map_err(failed)?;
    Ok(name)
}

fn write(report: &Report<'_>, file: File) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    json::write(report, &mut out)?;
    out.flush()
}

/// Named by the time of day, so that no report takes the place of another.
fn name() -> String {
    let now = crate::run::live::now();
    let seconds = u64::try_from(now.0 / 1_000_000_000).unwrap_or_default();
    let digits = utc(seconds);
    let digits = digits
        .replace([':', '-'], "")
        .replace(" UTC", "Z")
        .replace(' ', "T");
    format!("relayscope-report-{digits}.json")
}
