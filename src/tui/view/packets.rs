//! Packets: a list around the chosen one, and its octets by what the observer reads of them.

use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::fit::{cut, wrapped};
use super::opened;
use crate::base::label::MASK;
use crate::base::told::Told;
use crate::exposure::Visibility;
use crate::report::text::thousands;
use crate::tui::app::App;
use crate::tui::snapshot::{Look, LookRegion, PacketRow, Snapshot};
use crate::tui::theme::{CUT, Theme, letter};

/// Octets in a line of the dump, on a screen of 72 columns and on a narrower one.
const OCTETS: [usize; 2] = [14, 6];

/// Draws the packets; returns by how many lines the octets can be scrolled.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    app: &App,
    snapshot: &Snapshot,
    theme: Theme,
) -> usize {
    let list = app.list();
    // Opened, the octets have the whole room.
    let listed = if list.open {
        1
    } else {
        (area.height / 3).max(3)
    };
    let rows = [
        Constraint::Length(listed),
        Constraint::Length(1),
        Constraint::Fill(1),
    ];
    let [above, between, below] = Layout::vertical(rows).areas(area);
    frame.render_widget(self::list(app, snapshot, above, theme), above);
    let page = &snapshot.page;
    if let Some(missing) = &page.missing {
        let words = wrapped(
            &snapshot.redactor.show(missing),
            usize::from(below.width) - 2,
        );
        let lines: Vec<_> = words
            .iter()
            .map(|words| Line::from(format!(" {words}")))
            .collect();
        frame.render_widget(Paragraph::new(lines), below);
        return 0;
    }
    let Some(look) = page.look.as_ref().filter(|look| look.number == app.packet) else {
        return 0;
    };
    let sums = format!("{:─<1$}", sums(look, snapshot), usize::from(area.width));
    frame.render_widget(Line::styled(sums, theme.heading()), between);
    let lines = octets(look, snapshot, list.open, below.width, theme);
    let scroll = if list.open { list.scroll } else { 0 };
    let beyond = opened::scrolled(frame, below, lines, scroll);
    if list.open { beyond } else { 0 }
}

fn list(app: &App, snapshot: &Snapshot, area: Rect, theme: Theme) -> Paragraph<'static> {
    let room = usize::from(area.height);
    let rows = &snapshot.page.rows;
    if rows.is_empty() {
        return Paragraph::new(Line::styled(" no packet yet", theme.faint()));
    }
    let chosen = rows.iter().position(|row| row.number == app.packet);
    let first = chosen.unwrap_or(0).saturating_sub(room / 2);
    let first = first.min(rows.len().saturating_sub(room));
    let shown = rows.iter().skip(first).take(room).map(|row| {
        let is_chosen = row.number == app.packet;
        let mark = if is_chosen { ">" } else { " " };
        let words = format!("{mark}{}", words(row, snapshot));
        let line = Line::from(super::fit(&words, area.width.into(), false));
        if is_chosen {
            line.patch_style(theme.chosen())
        } else {
            line
        }
    });
    Paragraph::new(shown.collect::<Vec<_>>())
}

/// Number, seconds since the first packet, ends, messages.
fn words(row: &PacketRow, snapshot: &Snapshot) -> String {
    let first = snapshot.life.map_or(row.time, |(first, _)| first);
    let since = row.time.nanos_since(first);
    let sign = if since < 0 { "-" } else { "" };
    let millis = since.unsigned_abs() / 1_000_000;
    let seconds = format!("{sign}{}.{:03}", millis / 1000, millis % 1000);
    let [ends, words] = [&row.ends, &row.words].map(|told| snapshot.redactor.show(told));
    format!("{:>6} {seconds:>8}  {ends}  {words}", row.number)
}

/// How many of its octets the observer reads.
fn sums(look: &Look, snapshot: &Snapshot) -> String {
    let (number, who) = (thousands(look.number), snapshot.observer.text());
    if !look.seen {
        return format!("─ {number}: {who} does not see this leg ");
    }
    let of = |wanted: Option<Visibility>| {
        let regions = look
            .regions
            .iter()
            .filter(|region| region.visibility == wanted);
        regions
            .map(|region| region.end - region.start)
            .sum::<usize>()
    };
    let all = [
        Visibility::Readable,
        Visibility::Hidden,
        Visibility::Unknown,
    ];
    let [read, hidden, open] = all.map(|one| of(Some(one)));
    let mut words = format!("─ {number}: {who} reads R {read}, not h {hidden}");
    for (letter, sum) in [('?', open), ('t', of(None))] {
        if sum > 0 {
            words = format!("{words}, {letter} {sum}");
        }
    }
    words + " "
}

/// Field by field where it is opened, else protocol by protocol.
fn octets(
    look: &Look,
    snapshot: &Snapshot,
    is_open: bool,
    width: u16,
    theme: Theme,
) -> Vec<Line<'static>> {
    let [wide, narrow] = OCTETS;
    let in_line = if width < super::WIDE { narrow } else { wide };
    let room = usize::from(width).saturating_sub(9 + in_line * 3);
    let belong = |one: &LookRegion, next: &LookRegion| {
        let same = one.visibility == next.visibility;
        !is_open && same && protocol(one) == protocol(next)
    };
    let whole = |field: &'static str| field;
    let own = |field: &'static str| field.split_once('.').map_or(field, |(_, own)| own);
    let mut lines = Vec::new();
    for run in look.regions.chunk_by(belong) {
        let [first, .., last] = run else {
            lines.extend(run.iter().flat_map(|one| {
                let words = wrapped(&told(one, whole, snapshot), room);
                dumped(look, one, one.end, in_line, words, theme)
            }));
            continue;
        };
        let telling = run.iter().filter(|one| one.words != Told::default());
        let fields: Vec<_> = telling.map(|one| told(one, own, snapshot)).collect();
        let words = format!("{}: {}", protocol(first), fields.join(", "));
        let mut words = wrapped(words.trim_end_matches(": "), room);
        let rows = (last.end - first.start).div_ceil(in_line).max(1);
        if words.len() > rows {
            words.truncate(rows);
            if let Some(last) = words.last_mut() {
                *last = cut(&format!("{last}{CUT}"), room);
            }
        }
        lines.extend(dumped(look, first, last.end, in_line, words, theme));
    }
    lines
}

/// The first part of a display-filter name.
fn protocol(region: &LookRegion) -> &'static str {
    let name = region.field.split_once('.');
    name.map_or(region.field, |(protocol, _)| protocol)
}

/// What a field says behind its name, of which `name` may leave something out.
fn told(
    region: &LookRegion,
    name: fn(&'static str) -> &'static str,
    snapshot: &Snapshot,
) -> String {
    let words = snapshot.redactor.show(&region.words);
    let words = format!("{} {words}", name(region.field));
    words.trim_end().to_owned()
}

/// The octets from a region on, with words beside them; more words than octets go on below.
fn dumped(
    look: &Look,
    region: &LookRegion,
    end: usize,
    in_line: usize,
    words: Vec<String>,
    theme: Theme,
) -> Vec<Line<'static>> {
    let end = end.min(look.octets.len());
    let octets = look.octets.get(region.start..end).unwrap_or_default();
    let count = octets.chunks(in_line).len().max(words.len());
    let mut rows = octets.chunks(in_line);
    let mut words = words.into_iter();
    let lines = (0..count).map(|place| {
        let (row, words) = (rows.next(), words.next().unwrap_or_default());
        match row {
            Some(row) => dump(
                region,
                region.start + place * in_line,
                row,
                in_line,
                &words,
                theme,
            ),
            // What was not captured has a line too, without octets.
            None if place == 0 => dump(region, region.start, &[], in_line, &words, theme),
            None => Line::from(" ".repeat(9 + in_line * 3) + &words),
        }
    });
    lines.collect()
}

/// One line: offset, letter, octets, field.
fn dump(
    region: &LookRegion,
    at: usize,
    octets: &[u8],
    in_line: usize,
    words: &str,
    theme: Theme,
) -> Line<'static> {
    let (letter, style) = match region.visibility {
        Some(visibility) => (letter(visibility), theme.visibility(visibility)),
        None => ("t", theme.faint()),
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
        Span::styled(format!(" {at:04x} "), theme.faint()),
        Span::styled(format!("{letter}{hex:<0$} ", in_line * 3), style),
        Span::raw(words.to_owned()),
    ])
}
