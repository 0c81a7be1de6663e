//! The keys, from the table that is their map.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::fit::{fit, wrapped};
use super::opened;
use crate::tui::keys::BINDINGS;
use crate::tui::theme::Theme;

/// Columns of the names of keys.
const NAMES: usize = 8;

/// Draws all keys, and what the letters mean; returns by how many lines it can be scrolled.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scroll: usize, theme: Theme) -> usize {
    let words = usize::from(area.width).saturating_sub(NAMES + 2);
    let mut lines = Vec::new();
    for line in LETTERS.iter().flat_map(|line| wrapped(line, words + NAMES)) {
        lines.push(Line::from(format!(" {line}")));
    }
    for binding in BINDINGS {
        let mut names = binding.names;
        for line in wrapped(binding.help, words) {
            lines.push(Line::from(vec![
                Span::styled(format!(" {} ", fit(names, NAMES, false)), theme.heading()),
                Span::raw(line),
            ]));
            names = "";
        }
    }
    opened::scrolled(frame, area, lines, scroll)
}

/// What the letters and marks of all views mean.
const LETTERS: [&str; 3] = [
    "R readable for the observer, h hidden (sealed), ? cannot be told, t tag",
    "✔ holds, ✘ violated, ? inconclusive, · not exercised",
    "* changed with the observer; S structured, u uniform payload offset",
];
