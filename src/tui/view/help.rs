//! The keys, from the table that is their map.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::keys::BINDINGS;
use crate::tui::theme::Theme;

/// Draws all keys, in two columns where one is too long.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, theme: Theme) {
    let half = usize::from(area.height.max(1));
    let width = usize::from(area.width / 2).saturating_sub(2);
    let mut lines = vec![Line::default(); half.min(BINDINGS.len())];
    for (place, binding) in BINDINGS.iter().enumerate() {
        let Some(line) = lines.get_mut(place % half) else {
            continue;
        };
        let words = super::list::cut(binding.help, width.saturating_sub(9), theme);
        let pad = width.saturating_sub(9);
        line.spans.extend([
            Span::styled(format!(" {:<7} ", binding.names), theme.heading()),
            Span::raw(format!("{words:<pad$}")),
        ]);
    }
    frame.render_widget(Paragraph::new(lines), area);
}
