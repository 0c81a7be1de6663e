//! The report as a file, written from the dashboard.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};

use anyhow::{Context as _, Result};

use crate::base::time::utc;
use crate::report::{Report, json};

/// Writes the report to a new file in the current directory; returns its name.
///
/// # Errors
/// Where it cannot be written; nothing is left of it then.
pub(super) fn export(report: &Report<'_>) -> Result<String> {
    let name = name();
    let failed = || format!("cannot write {name}");
    let file = File::create_new(&name).with_context(failed)?;
    let written = write(report, file);
    if written.is_err() {
        // It says less than it seems to.
        let _ = fs::remove_file(&name);
    }
    written.with_context(failed)?;
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
