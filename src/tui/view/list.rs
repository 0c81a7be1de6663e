//! A table on the screen, or its chosen row opened.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::fit::fit;
use super::{Shown, opened};
use crate::tui::app::{App, View};
use crate::tui::snapshot::{Phase, Snapshot};
use crate::tui::table::{Cell, Column, Row, Table};
use crate::tui::theme::Theme;

/// Draws the table of the shown view; returns by how many lines an opened row can be scrolled.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, shown: Shown<'_>) -> usize {
    let theme = shown.theme;
    let table = shown.app.table(shown.snapshot);
    let list = shown.app.list();
    let place = table.place(list.chosen, list.row);
    let Some(chosen) = table.rows.get(place) else {
        let words = format!(" {}", nothing(shown.app, shown.snapshot));
        frame.render_widget(Line::styled(words, theme.faint()), area);
        return 0;
    };
    if list.open {
        let detail = super::detail(shown.snapshot, chosen);
        let mut lines = opened::lines(&detail, area.width, theme);
        lines.push(Line::styled(way_on(chosen), theme.faint()));
        return opened::scrolled(frame, area, lines, list.scroll);
    }
    let columns = columns(&table, area.width);
    let room = usize::from(area.height.saturating_sub(1));
    let first = place.saturating_sub(room.saturating_sub(1) / 2);
    let first = first.min(table.rows.len().saturating_sub(room));
    let mut lines = vec![heading(&table, &columns, list.sort, theme)];
    for (at, row) in table.rows.iter().enumerate().skip(first).take(room) {
        let mark = match (shown.app.is_changed(row, shown.snapshot), at == place) {
            (true, _) => "*",
            (false, true) => ">",
            (false, false) => " ",
        };
        let line = line(row, mark, &columns, shown);
        lines.push(if at == place {
            line.patch_style(theme.chosen())
        } else {
            line
        });
    }
    frame.render_widget(Paragraph::new(lines), area);
    0
}

fn way_on(row: &Row) -> String {
    match row.packet {
        Some(packet) => format!(" Enter: to packet {packet}   Esc: back to the list"),
        None => " Esc: back to the list".to_owned(),
    }
}

/// Why there is no row.
fn nothing(app: &App, snapshot: &Snapshot) -> &'static str {
    let reading = matches!(snapshot.phase, Phase::Loading(..) | Phase::Live);
    match app.view {
        _ if !app.filter.is_empty() => "no row has this text: Esc takes the filter away",
        _ if reading && snapshot.parts.is_empty() => "nothing yet",
        View::Relay => "no relay, no server of media was seen",
        View::Flows => "no flow was seen",
        View::Streams => "no RTP stream was seen",
        _ => "nothing was seen that a claim speaks of",
    }
}

/// The columns that this width has room for, each with its own width; one takes what is left.
fn columns(table: &Table, width: u16) -> Vec<(usize, Column)> {
    let mut left = usize::from(width).saturating_sub(1);
    let mut shown = Vec::new();
    for (place, column) in table.columns.iter().enumerate() {
        if column.is_on(width) && left >= column.width {
            shown.push((place, *column));
            left = left.saturating_sub(column.width + 1);
        }
    }
    if let Some((_, column)) = shown.iter_mut().find(|(_, column)| column.grows) {
        column.width += left;
    }
    shown
}

fn heading(
    table: &Table,
    shown: &[(usize, Column)],
    sort: Option<usize>,
    theme: Theme,
) -> Line<'static> {
    let mut words = " ".to_owned();
    let sort = sort.filter(|_| !table.is_tree);
    for (place, column) in shown {
        let mark = if sort == Some(*place) { "↓" } else { "" };
        let title = format!("{mark}{}", column.title);
        words.push_str(&fit(&title, column.width, column.right));
        words.push(' ');
    }
    Line::styled(words, theme.heading())
}

fn line(
    row: &Row,
    mark: &'static str,
    columns: &[(usize, Column)],
    shown: Shown<'_>,
) -> Line<'static> {
    let mut spans = vec![Span::raw(mark)];
    let value = |column| super::value(shown.snapshot, row, column);
    let span = |cell: Cell, width, right| {
        Span::styled(fit(&cell.text, width, right), shown.theme.tone(cell.tone))
    };
    if row.is_line {
        let whole = columns.iter().map(|(_, column)| column.width + 1).sum();
        spans.push(span(value(0), whole, false));
        return Line::from(spans);
    }
    for (place, column) in columns {
        spans.push(span(value(*place), column.width, column.right));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}
