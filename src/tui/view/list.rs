//! A table on the screen, or its chosen row opened.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use crate::tui::app::App;
use crate::tui::snapshot::Snapshot;
use crate::tui::table::{Cell, Column, Row, Table, Tone};
use crate::tui::theme::Theme;

/// Draws the table of the shown view.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    app: &App,
    snapshot: &Snapshot,
    theme: Theme,
) {
    let Some(table) = app.table(snapshot) else {
        return;
    };
    let list = app.list();
    if table.rows.is_empty() {
        let words = if app.filter.is_empty() {
            "nothing yet"
        } else {
            "no row has this text"
        };
        frame.render_widget(Line::styled(format!(" {words}"), theme.faint()), area);
        return;
    }
    let chosen = list.row.min(table.rows.len() - 1);
    if let Some(row) = table.rows.get(chosen).filter(|_| list.open) {
        opened(frame, area, row, list.scroll, theme);
        return;
    }
    let shown = columns(&table, area.width);
    let room = usize::from(area.height.saturating_sub(1));
    let first = chosen.saturating_sub(room.saturating_sub(1));
    let mut lines = vec![heading(&table, &shown, list.sort, theme)];
    for (place, row) in table.rows.iter().enumerate().skip(first).take(room) {
        let mut line = line(row, &table, &shown, theme);
        if place == chosen {
            line = line.patch_style(theme.chosen());
        }
        lines.push(line);
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// The places of the columns that this width has room for, each with its own width; the last takes
/// what is left.
fn columns(table: &Table, width: u16) -> Vec<(usize, usize)> {
    let mut left = usize::from(width).saturating_sub(1);
    let mut shown = Vec::new();
    for (place, column) in table.columns.iter().enumerate() {
        let own = usize::from(column.width);
        if width >= column.from && left > own {
            shown.push((place, own));
            left = left.saturating_sub(own + 1);
        }
    }
    if let Some((_, last)) = shown.last_mut() {
        *last += left;
    }
    shown
}

fn heading(
    table: &Table,
    shown: &[(usize, usize)],
    sort: Option<usize>,
    theme: Theme,
) -> Line<'static> {
    let mut words = " ".to_owned();
    for (place, width) in shown {
        let Some(column) = table.columns.get(*place) else {
            continue;
        };
        let mark = if sort == Some(*place) { "*" } else { "" };
        let title = format!("{}{mark}", column.title);
        words.push_str(&aligned(&title, *width, *column, theme));
        words.push(' ');
    }
    Line::styled(words, theme.heading())
}

fn line(row: &Row, table: &Table, shown: &[(usize, usize)], theme: Theme) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (place, width) in shown {
        let cell = row.cells.get(*place).cloned().unwrap_or_default();
        let Some(column) = table.columns.get(*place) else {
            continue;
        };
        let text = aligned(&cell.text, *width, *column, theme);
        spans.push(Span::styled(text, style(&cell, theme)));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

fn aligned(text: &str, width: usize, column: Column, theme: Theme) -> String {
    let text = cut(text, width, theme);
    if column.right {
        format!("{text:>width$}")
    } else {
        format!("{text:<width$}")
    }
}

fn style(cell: &Cell, theme: Theme) -> Style {
    match cell.tone {
        Tone::Plain => Style::new(),
        Tone::Faint => theme.faint(),
        Tone::Eye(visibility) => theme.visibility(visibility),
        Tone::Good => theme.good(),
        Tone::Bad => theme.bad(),
        Tone::Open => theme.open(),
    }
}

fn opened(frame: &mut Frame<'_>, area: Rect, row: &Row, scroll: usize, theme: Theme) {
    let mut lines = Vec::new();
    for (title, text) in &row.detail {
        lines.push(Line::from(vec![
            Span::styled(format!(" {title:<14} "), theme.heading()),
            Span::raw(text.clone()),
        ]));
    }
    if let Some(packet) = row.packet {
        let words = format!(" Enter goes to packet {packet}, Esc back to the list");
        lines.push(Line::styled(words, theme.faint()));
    }
    let scroll = u16::try_from(scroll).unwrap_or(u16::MAX);
    let text = Paragraph::new(lines).wrap(Wrap { trim: false });
    frame.render_widget(text.scroll((scroll, 0)), area);
}

/// At most `width` characters, a mark where the rest was.
pub(super) fn cut(text: &str, width: usize, theme: Theme) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept = text.chars().take(width.saturating_sub(1));
    kept.chain(theme.ellipsis().chars()).take(width).collect()
}

/// 2838 as 2,838.
pub(super) fn thousands(number: u64) -> String {
    crate::report::text::thousands(number)
}
