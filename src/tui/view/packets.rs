//! Packets: a list around the chosen one, and its octets by what the observer reads of them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::dump::Dump;
use super::fit::{fit, wrapped};
use super::{Shown, opened};
use crate::exposure::Visibility;
use crate::report::text::thousands;
use crate::tui::snapshot::{Look, PacketRow, Snapshot};

/// Draws the packets; returns by how many lines the octets can be scrolled.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, shown: Shown<'_>) -> usize {
    let (app, snapshot) = (shown.app, shown.snapshot);
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
    frame.render_widget(self::list(shown, above), above);
    let page = &snapshot.page;
    if is_awaited(shown) {
        let words = format!(" reading packet {} …", thousands(app.packet));
        frame.render_widget(Line::styled(words, shown.theme.faint()), below);
        return 0;
    }
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
    frame.render_widget(Line::styled(sums, shown.theme.heading()), between);
    let dump = Dump::of(look, snapshot, below.width, shown.theme);
    if list.open {
        return opened::scrolled(frame, below, dump.fields(), list.scroll);
    }
    opened::scrolled(frame, below, dump.protocols(below.height.into()), 0);
    0
}

/// Whether the packet was asked for, and neither it nor a word of it is here yet.
fn is_awaited(shown: Shown<'_>) -> bool {
    let (number, page) = (shown.app.packet, &shown.snapshot.page);
    let is_here = page.look.as_ref().is_some_and(|look| look.number == number);
    page.asked != number && !is_here
}

/// The packets around the chosen one; before they are here, its number.
fn list(shown: Shown<'_>, area: Rect) -> Paragraph<'static> {
    let (number, theme) = (shown.app.packet, shown.theme);
    let room = usize::from(area.height);
    let rows = &shown.snapshot.page.rows;
    let chosen = rows.iter().position(|row| row.number == number);
    if chosen.is_none() && is_awaited(shown) {
        return Paragraph::new(Line::styled(format!(">{number:>6}"), theme.chosen()));
    }
    if rows.is_empty() {
        return Paragraph::new(Line::styled(" no packet", theme.faint()));
    }
    let first = chosen.unwrap_or(0).saturating_sub(room / 2);
    let first = first.min(rows.len().saturating_sub(room));
    let lines = rows.iter().skip(first).take(room).map(|row| {
        let is_chosen = row.number == number;
        let mark = if is_chosen { ">" } else { " " };
        let words = format!("{mark}{}", words(row, shown.snapshot, area.width));
        let line = Line::from(fit(&words, area.width.into(), false));
        if is_chosen {
            line.patch_style(theme.chosen())
        } else {
            line
        }
    });
    Paragraph::new(lines.collect::<Vec<_>>())
}

/// Number, seconds since the first packet, ends, messages; where there is little room, number and
/// messages before all else.
fn words(row: &PacketRow, snapshot: &Snapshot, width: u16) -> String {
    let [ends, words] = [&row.ends, &row.words].map(|told| snapshot.redactor.show(told));
    if width < super::WIDE {
        return format!("{:>6}  {words}  {ends}", row.number);
    }
    let first = snapshot.life.map_or(row.time, |(first, _)| first);
    let since = row.time.nanos_since(first);
    let sign = if since < 0 { "-" } else { "" };
    let millis = since.unsigned_abs() / 1_000_000;
    let seconds = format!("{sign}{}.{:03}", millis / 1000, millis % 1000);
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
