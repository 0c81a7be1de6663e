//! What is shown whole: lines that are longer than the screen is wide, or more than it is high.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::fit::{fit, wrapped};
use crate::tui::theme::Theme;

/// Columns of the headings at least.
const TITLES: usize = 10;

/// Each heading with its text beside it, which is broken where it is too long.
pub(super) fn lines(
    detail: &[(impl AsRef<str>, String)],
    width: u16,
    theme: Theme,
) -> Vec<Line<'static>> {
    let widest = detail.iter().map(|(title, _)| title.as_ref().width()).max();
    let most = usize::from(width / 4);
    let titles = widest.unwrap_or(0).min(most).max(TITLES);
    let room = usize::from(width).saturating_sub(titles + 2);
    let mut lines = Vec::new();
    for (title, text) in detail.iter().filter(|(_, text)| !text.is_empty()) {
        let mut title = fit(title.as_ref(), titles, false);
        for part in text.split('\n').flat_map(|line| wrapped(line, room)) {
            lines.push(Line::from(vec![
                Span::styled(format!(" {title} "), theme.heading()),
                Span::raw(part),
            ]));
            title = " ".repeat(titles);
        }
    }
    lines
}

/// Draws the lines from `scroll` on; returns by how many lines they can be scrolled.
pub(super) fn scrolled(
    frame: &mut Frame<'_>,
    area: Rect,
    lines: Vec<Line<'static>>,
    scroll: usize,
) -> usize {
    let beyond = lines.len().saturating_sub(area.height.into());
    let shown = lines.into_iter().skip(scroll.min(beyond));
    let mut shown: Vec<_> = shown.take(area.height.into()).collect();
    if scroll < beyond
        && let Some(last) = shown.last_mut()
    {
        *last = Line::from(format!(" ↓ {} more", beyond - scroll + 1));
    }
    frame.render_widget(Paragraph::new(shown), area);
    beyond
}
