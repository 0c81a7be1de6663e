//! Letters first, colours second: what a colour says, a letter or symbol says too.

use ratatui::style::{Color, Modifier, Style};

use crate::claim::Verdict;
use crate::exposure::Visibility;

/// How things look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Whether colours are used.
    pub colour: bool,
    /// Whether symbols beyond ASCII are used.
    pub unicode: bool,
}

impl Theme {
    /// Of an environment: `NO_COLOR` takes colours away, a locale without UTF-8 the symbols.
    pub fn of(no_colour: bool, locale: &str) -> Self {
        let locale = locale.to_ascii_lowercase();
        Self {
            colour: !no_colour,
            unicode: locale.contains("utf-8") || locale.contains("utf8"),
        }
    }

    fn coloured(self, colour: Color) -> Style {
        if self.colour {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    /// What the observer reads.
    pub fn visibility(self, visibility: Visibility) -> Style {
        match visibility {
            Visibility::Readable => self.coloured(Color::Red),
            Visibility::Hidden => self.coloured(Color::Green),
            Visibility::Unknown => self.coloured(Color::Yellow),
        }
    }

    /// Its letter.
    pub const fn letter(visibility: Visibility) -> char {
        match visibility {
            Visibility::Readable => 'R',
            Visibility::Hidden => 'h',
            Visibility::Unknown => '?',
        }
    }

    /// The mark of a verdict.
    pub const fn mark(self, verdict: &Verdict) -> char {
        match (verdict, self.unicode) {
            (Verdict::Holds(_), true) => '✔',
            (Verdict::Violated(_), true) => '✘',
            (Verdict::Holds(_), false) => '+',
            (Verdict::Violated(_), false) => 'x',
            (Verdict::Inconclusive(..), _) => '?',
        }
    }

    /// A claim that holds.
    pub fn good(self) -> Style {
        self.coloured(Color::Green)
    }

    /// A claim that is violated.
    pub fn bad(self) -> Style {
        self.coloured(Color::Red)
    }

    /// A claim that cannot be told.
    pub fn open(self) -> Style {
        self.coloured(Color::Yellow)
    }

    /// What stands in the header and what is chosen.
    pub fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What matters less.
    pub fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Headings.
    pub fn heading(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Characters of a level meter, from silent to loud.
    pub const fn bars(self) -> [char; 8] {
        if self.unicode {
            ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
        } else {
            ['_', '.', ':', '-', '=', '+', '*', '#']
        }
    }

    /// What stands where a long value was cut.
    pub const fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "~" }
    }
}
