//! The report at the end of a run: asked for before it, so that nothing is read in vain.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::output::Output;
use super::{Outcome, claims, redactor};
use crate::capture::CaptureSummary;
use crate::claim::find;
use crate::cli::{self, Format, Judging};
use crate::flow::Tracker;
use crate::report::live::report_line;
use crate::report::redact::Redactor;
use crate::report::{Question, Report, json, text};

/// A report that is asked for: how it is judged, and where it goes.
#[derive(Debug)]
pub(super) struct Reporting {
    question: Question,
    check: Vec<String>,
    redactor: Redactor,
    show_keys: bool,
    format: Format,
    /// `None` for standard output.
    output: Option<Output>,
}

impl Reporting {
    /// Looks at all that is asked, and opens the output, which none of `inputs` may be.
    ///
    /// # Errors
    /// Where it makes no sense or cannot be written.
    pub(super) fn prepare(args: &cli::Reporting, inputs: &[PathBuf]) -> Result<Self> {
        let check: Vec<_> = args
            .check
            .iter()
            .filter(|id| !id.is_empty())
            .cloned()
            .collect();
        if let Some(unknown) = check.iter().find(|id| find(id).is_none()) {
            bail!(
                "there is no claim {unknown} to check: there are {}",
                claims::names()
            );
        }
        let file = args
            .output
            .as_deref()
            .filter(|path| *path != Path::new("-"));
        Ok(Self {
            question: question(&args.judging)?,
            check,
            redactor: redactor(args.privacy)?,
            show_keys: args.show_keys,
            format: args.format,
            output: file.map(|path| Output::create(path, inputs)).transpose()?,
        })
    }

    /// The file that is given its name at the end, as it is called until then.
    pub(super) fn unfinished(&self) -> Option<PathBuf> {
        self.output.as_ref()?.unfinished()
    }

    /// How it is judged.
    pub(super) const fn question(&self) -> &Question {
        &self.question
    }

    /// What shows or hides names in it.
    pub(super) const fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// How it is written.
    pub(super) const fn format(&self) -> Format {
        self.format
    }

    /// The file to which it is written, and the folder in which that gets its name at the end.
    pub(super) fn written(&self) -> Option<(Option<PathBuf>, &File)> {
        let output = self.output.as_ref()?;
        let folder = output.unfinished();
        let folder = folder.and_then(|name| Some(name.parent()?.to_owned()));
        Some((folder, output.file()))
    }

    /// The same behind events on standard output: as JSON, one more of them.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn report_after_events(
        self,
        summary: &CaptureSummary,
        tracker: &Tracker,
        out: &mut impl Write,
    ) -> Result<Outcome> {
        if self.output.is_some() || self.format == Format::Text {
            return self.report(summary, tracker, out);
        }
        let report = Report::new(summary, tracker, &self.question).shown_by(self.redactor);
        let report = report.with_keys(self.show_keys);
        report_line(&report, out)?;
        Ok(checked(&report, &self.check))
    }

    /// Judges what was followed to its end, and writes it.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn report(
        self,
        summary: &CaptureSummary,
        tracker: &Tracker,
        out: &mut impl Write,
    ) -> Result<Outcome> {
        let report = Report::new(summary, tracker, &self.question).shown_by(self.redactor);
        let report = report.with_keys(self.show_keys);
        match self.output {
            None => write(&report, self.format, out)?,
            Some(output) => output.write(|out| write(&report, self.format, out))?,
        }
        Ok(checked(&report, &self.check))
    }
}

/// How it is judged.
///
/// # Errors
/// Where a fingerprint is none.
pub(super) fn question(judging: &Judging) -> Result<Question> {
    let given = judging.fingerprint.iter().map(|text| fingerprint(text));
    Ok(Question {
        observer: judging.observer.map(Into::into),
        fingerprints: given.collect::<Result<_>>()?,
    })
}

/// A SHA-256 fingerprint as people write it, in upper case without colons.
fn fingerprint(text: &str) -> Result<String> {
    let bare = text.trim().trim_start_matches("sha-256 ");
    let digits: String = bare.chars().filter(|c| *c != ':').collect();
    if digits.len() != 64 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        bail!("{text} is no SHA-256 fingerprint: give 32 octets in hexadecimal");
    }
    Ok(digits.to_ascii_uppercase())
}

/// The worst that the checked claims came to.
fn checked(report: &Report<'_>, ids: &[String]) -> Outcome {
    let tallies: Vec<_> = ids.iter().map(|id| report.tally(id)).collect();
    let open =
        |[holds, violated, inconclusive]: &[u64; 3]| *inconclusive > 0 || holds + violated == 0;
    if tallies.iter().any(|[_, violated, _]| *violated > 0) {
        Outcome::Violated
    } else if tallies.iter().any(open) {
        Outcome::Open
    } else {
        Outcome::Done
    }
}

fn write(report: &Report<'_>, format: Format, out: &mut impl Write) -> Result<()> {
    match format {
        Format::Text => text::write(report, out)?,
        Format::Json => json::write(report, out)?,
    }
    Ok(())
}
