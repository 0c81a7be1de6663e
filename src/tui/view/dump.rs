//! The octets of a packet, by what they are and whether the observer reads them.

use std::fmt::Write as _;

use ratatui::text::{Line, Span};

use super::fit::{cut, wrapped};
use crate::base::label::MASK;
use crate::base::told::Told;
use crate::tui::snapshot::{Look, LookRegion, Snapshot};
use crate::tui::theme::{CUT, Theme, letter};

/// Octets in a line, on a screen of 72 columns and on a narrower one.
const OCTETS: [usize; 2] = [14, 6];

/// The octets of a packet, and the room for them.
pub(super) struct Dump<'s> {
    look: &'s Look,
    snapshot: &'s Snapshot,
    theme: Theme,
    /// Octets in a line.
    octets: usize,
    /// Columns for words.
    room: usize,
}

impl<'s> Dump<'s> {
    pub(super) fn of(look: &'s Look, snapshot: &'s Snapshot, width: u16, theme: Theme) -> Self {
        let [wide, narrow] = OCTETS;
        let octets = if width < super::WIDE { narrow } else { wide };
        Self {
            look,
            snapshot,
            theme,
            octets,
            room: usize::from(width).saturating_sub(9 + octets * 3),
        }
    }

    /// Field by field.
    pub(super) fn fields(&self) -> Vec<Line<'static>> {
        let regions = self.look.regions.iter();
        let lines = regions.map(|one| {
            let words = self.told(one, one.field);
            self.lines(one, one.end, wrapped(&words, self.room))
        });
        lines.flatten().collect()
    }

    /// Protocol by protocol, with as many words beside the octets as fit into `height`.
    pub(super) fn protocols(&self, height: usize) -> Vec<Line<'static>> {
        let mut fuller = (1..=height).rev().map(|most| self.runs(most));
        let fits = fuller.find(|lines| lines.len() <= height);
        fits.unwrap_or_else(|| self.runs(0))
    }

    /// What belongs together, with at most `most` lines of words or as many as it has octets.
    fn runs(&self, most: usize) -> Vec<Line<'static>> {
        let belong = |one: &LookRegion, next: &LookRegion| {
            one.visibility == next.visibility && protocol(one) == protocol(next)
        };
        let mut lines = Vec::new();
        for run in self.look.regions.chunk_by(belong) {
            let [first, ..] = run else { continue };
            let end = run.last().map_or(first.end, |last| last.end);
            let mut words = wrapped(&self.summed(run), self.room);
            let rows = (end - first.start).div_ceil(self.octets).max(1);
            if words.len() > rows.max(most) {
                words.truncate(rows.max(most));
                if let Some(last) = words.last_mut() {
                    *last = cut(&format!("{last}{CUT}"), self.room);
                }
            }
            lines.extend(self.lines(first, end, words));
        }
        lines
    }

    /// What the fields of a run say, each behind the last part of its name.
    fn summed(&self, run: &[LookRegion]) -> String {
        if let [one] = run {
            return self.told(one, one.field);
        }
        let telling = run.iter().filter(|one| one.words != Told::default());
        let fields = telling.map(|one| {
            let own = one.field.split_once('.').map_or(one.field, |(_, own)| own);
            self.told(one, own)
        });
        let fields = fields.collect::<Vec<_>>().join(", ");
        let protocol = run.first().map_or("", protocol);
        format!("{protocol} {fields}").trim_end().to_owned()
    }

    fn told(&self, region: &LookRegion, name: &str) -> String {
        let words = self.snapshot.redactor.show(&region.words);
        format!("{name} {words}").trim_end().to_owned()
    }

    /// The octets from a region on, with words beside them; more words than octets go on below.
    fn lines(&self, region: &LookRegion, end: usize, words: Vec<String>) -> Vec<Line<'static>> {
        let end = end.min(self.look.octets.len());
        let octets = self.look.octets.get(region.start..end);
        let rows = octets.unwrap_or_default().chunks(self.octets);
        let count = rows.len().max(words.len());
        let (mut rows, mut words) = (rows, words.into_iter());
        let lines = (0..count).map(|place| {
            let (row, words) = (rows.next(), words.next().unwrap_or_default());
            let at = region.start + place * self.octets;
            match row {
                // What was not captured has a line too, without octets.
                None if place > 0 => Line::from(" ".repeat(8 + self.octets * 3) + &words),
                row => self.line(region, at, row.unwrap_or_default(), words),
            }
        });
        lines.collect()
    }

    /// One line: offset, letter, octets, words.
    fn line(&self, region: &LookRegion, at: usize, octets: &[u8], words: String) -> Line<'static> {
        let (letter, style) = match region.visibility {
            _ if !self.look.seen => ("-", self.theme.faint()),
            Some(visibility) => (letter(visibility), self.theme.visibility(visibility)),
            None => ("t", self.theme.faint()),
        };
        let mut hex = String::new();
        for octet in octets {
            let _ = if region.masked {
                write!(hex, " {MASK}")
            } else {
                write!(hex, " {octet:02x}")
            };
        }
        Line::from(vec![
            Span::styled(format!(" {at:04x} "), self.theme.faint()),
            Span::styled(format!("{letter}{hex:<0$} ", self.octets * 3), style),
            Span::raw(words),
        ])
    }
}

/// The first part of a display-filter name.
fn protocol(region: &LookRegion) -> &'static str {
    let name = region.field.split_once('.');
    name.map_or(region.field, |(protocol, _)| protocol)
}
