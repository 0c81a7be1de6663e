//! The octets of a packet, by what they are and whether the observer reads them.

use std::fmt::Write as _;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::fit::{cut, fit, wrapped};
use crate::base::label::MASK;
use crate::base::told::Told;
use crate::report::Opened;
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
    /// All columns.
    width: usize,
}

/// Columns before the octets: their place, and a letter.
const EDGE: usize = 7;

impl<'s> Dump<'s> {
    pub(super) fn of(look: &'s Look, snapshot: &'s Snapshot, width: u16, theme: Theme) -> Self {
        let [wide, narrow] = OCTETS;
        let octets = if width < super::WIDE { narrow } else { wide };
        Self {
            look,
            snapshot,
            theme,
            octets,
            room: usize::from(width).saturating_sub(EDGE + 2 + octets * 3),
            width: width.into(),
        }
    }

    /// Field by field.
    pub(super) fn fields(&self) -> Vec<Line<'static>> {
        let regions = self.look.regions.iter();
        let lines = regions.map(|one| {
            let words = self.told(one, one.field);
            match &one.opened {
                Some(opened) => self.beside(one, opened, &words),
                None => self.lines(one, one.end, wrapped(&words, self.room)),
            }
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
            let is_opened = one.opened.is_some() || next.opened.is_some();
            !is_opened && one.visibility == next.visibility && protocol(one) == protocol(next)
        };
        let mut lines = Vec::new();
        for run in self.look.regions.chunk_by(belong) {
            let [first, ..] = run else { continue };
            if let Some(opened) = &first.opened {
                lines.extend(self.beside(first, opened, &self.told(first, first.field)));
                continue;
            }
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

    /// The octets of a region as they pass, and beside them as they were before they were sealed.
    fn beside(&self, region: &LookRegion, opened: &Opened, words: &str) -> Vec<Line<'static>> {
        let octets = (self.width.saturating_sub(EDGE + 2) / 6).clamp(1, self.octets);
        let room = octets * 3;
        let (letter, style) = self.eye(region);
        let line = |at: String, letter, sealed: &str, opened: String| {
            Line::from(vec![
                Span::styled(format!("{at:6}"), self.theme.faint()),
                Span::styled(letter, style),
                Span::styled(fit(sealed, room, false), self.theme.faint()),
                Span::raw(" │"),
                Span::styled(opened, style),
            ])
        };
        let title = |words: &str| wrapped(words, room - 1).into_iter();
        let mut outside = title(&format!("{words}, sealed"));
        let mut inside = title(&format!("opened: {}", opened.words));
        let titles = outside.len().max(inside.len());
        let titles = (0..titles).map(|_| {
            let [sealed, opened] = [outside.next(), inside.next()]
                .map(|words| format!(" {}", words.unwrap_or_default()));
            line(String::new(), " ", &sealed, opened)
        });
        let sealed = self.look.octets.get(region.start..region.end);
        let rows = sealed.unwrap_or_default().chunks(octets);
        let rows = rows.zip(opened.octets.chunks(octets)).enumerate();
        let rows = rows.map(|(place, (sealed, opened))| {
            let at = format!(" {:04x} ", region.start + place * octets);
            line(at, letter, &hex(sealed), hex(opened))
        });
        titles.chain(rows).collect()
    }

    /// One line: offset, letter, octets, words.
    fn line(&self, region: &LookRegion, at: usize, octets: &[u8], words: String) -> Line<'static> {
        let (letter, style) = self.eye(region);
        let hex = if region.masked {
            format!(" {MASK}").repeat(octets.len())
        } else {
            hex(octets)
        };
        Line::from(vec![
            Span::styled(format!(" {at:04x} "), self.theme.faint()),
            Span::styled(format!("{letter}{hex:<0$} ", self.octets * 3), style),
            Span::raw(words),
        ])
    }

    /// The letter that says whether a region is read, and how it looks.
    fn eye(&self, region: &LookRegion) -> (&'static str, Style) {
        match region.visibility {
            _ if !self.look.seen => ("-", self.theme.faint()),
            Some(visibility) => (letter(visibility), self.theme.visibility(visibility)),
            None => ("t", self.theme.faint()),
        }
    }
}

/// A space before each octet.
fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut hex, octet| {
        let _ = write!(hex, " {octet:02x}");
        hex
    })
}

/// The first part of a display-filter name.
fn protocol(region: &LookRegion) -> &'static str {
    let name = region.field.split_once('.');
    name.map_or(region.field, |(protocol, _)| protocol)
}
