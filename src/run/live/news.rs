//! What changed, a line each, as people or programs read it.

use std::io::Write;

use anyhow::Result;

use super::analysis::Viewer;
use crate::base::time::Timestamp;
use crate::capture::live::Batch;
use crate::cli::Format;
use crate::report::live::{Board, json_line, text_line};
use crate::report::redact::Redactor;
use crate::run::followed::Followed;
use crate::run::reporting::Reporting;
use crate::tui::Effect;

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
}

impl<W: Write> Viewer for News<'_, W> {
    fn take(&mut self, _: &Batch) {}

    fn tell(&mut self, followed: &Followed, at: (Timestamp, usize)) -> Result<()> {
        let events = self.board.update(&followed.tracker, &followed.summary, at);
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

    /// Nobody asks.
    fn answer(&mut self, _: Effect, _: &Followed, _: (Timestamp, usize)) {}

    fn end(&mut self, _: &Followed) {}

    fn board(&self) -> &Board {
        &self.board
    }
}
