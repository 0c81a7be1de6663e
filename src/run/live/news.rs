//! What changed, a line each, as people or programs read it.

use std::io::Write;

use anyhow::Result;

use crate::base::time::Timestamp;
use crate::capture::CaptureSummary;
use crate::cli::Format;
use crate::flow::Tracker;
use crate::report::live::{Board, json_line, text_line};
use crate::report::redact::Redactor;
use crate::run::reporting::Reporting;

/// Where it is told, and what was told before.
pub(super) struct News<'o, W> {
    board: Board,
    redactor: Redactor,
    format: Format,
    out: &'o mut W,
}

impl<'o, W: Write> News<'o, W> {
    pub(super) fn new(reporting: &Reporting, out: &'o mut W) -> Self {
        Self {
            board: Board::new(reporting.question().clone()),
            redactor: reporting.redactor().clone(),
            format: reporting.format(),
            out,
        }
    }

    /// The parts of the report as they stand.
    pub(super) const fn board(&self) -> &Board {
        &self.board
    }

    /// Tells what changed until `now`, of `most` calls at once.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn tell(
        &mut self,
        tracker: &Tracker,
        summary: &CaptureSummary,
        (now, most): (Timestamp, usize),
    ) -> Result<()> {
        let events = self.board.update(tracker, summary, (now, most));
        for event in &events {
            match self.format {
                Format::Text => text_line(event, &self.redactor, self.out)?,
                Format::Json => json_line(event, &self.redactor, self.out)?,
            }
        }
        if !events.is_empty() {
            self.out.flush()?;
        }
        Ok(())
    }
}
