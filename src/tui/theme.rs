//! Letters first, colours second: what a colour says, a letter or symbol says too.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use super::table::Tone;
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

    /// The style of a tone.
    pub fn tone(self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => Style::new(),
            Tone::Faint => self.faint(),
            Tone::Heading => self.heading(),
            Tone::Eye(visibility) => self.visibility(visibility),
            Tone::Good => self.coloured(Color::Green),
            Tone::Bad => self.coloured(Color::Red),
            Tone::Open => self.coloured(Color::Yellow),
        }
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

    /// Puts stand-ins on the drawn screen where the terminal knows ASCII only.
    ///
    /// Done once for all that was drawn, names of strangers too: no view can forget it.
    pub fn settle(self, screen: &mut Buffer) {
        if self.unicode {
            return;
        }
        for cell in &mut screen.content {
            if !cell.symbol().is_ascii() {
                let stand_in = cell.symbol().chars().next().map_or('?', ascii);
                cell.set_char(stand_in);
            }
        }
    }
}

/// The letter of what an observer reads or does not.
pub(super) const fn letter(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Readable => "R",
        Visibility::Hidden => "h",
        Visibility::Unknown => "?",
    }
}

/// The mark of a verdict.
pub(super) const fn mark(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds(_) => "✔",
        Verdict::Violated(_) => "✘",
        Verdict::Inconclusive(..) => "?",
    }
}

/// The mark of a claim of which nothing is in the capture.
pub(super) const IDLE: &str = "·";

/// What stands where a long value was cut.
pub(super) const CUT: char = '…';

/// Parts of a level meter, from silent to loud.
pub(super) const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What stands for a symbol on a terminal that knows ASCII only.
const fn ascii(symbol: char) -> char {
    match symbol {
        '✔' | '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => '+',
        '✘' => 'x',
        '·' | '▂' => '.',
        '…' => '~',
        '─' | '▄' | '↔' => '-',
        '│' => '|',
        '▁' => '_',
        '▃' => ':',
        '▅' => '=',
        '▆' => '*',
        '▇' => '%',
        '█' => '#',
        '↑' => '^',
        '↓' => 'v',
        '←' => '<',
        '→' => '>',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Cell;
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn a_locale_without_utf8_has_ascii_only() {
        assert!(Theme::of(false, "en_GB.UTF-8").unicode);
        let plain = Theme::of(true, "C");
        assert!(!plain.unicode && !plain.colour);
        let mut screen = Buffer::empty(Rect::new(0, 0, 12, 1));
        screen.set_string(0, 0, "✔ ▁█ … 名 é", Style::new());
        plain.settle(&mut screen);
        let shown: String = screen.content.iter().map(Cell::symbol).collect();
        assert!(shown.is_ascii());
        assert!(shown.starts_with("+ _# ~ ?"), "{shown}");
    }

    #[test]
    fn every_level_has_a_stand_in_of_its_own() {
        let mut stand_ins = LEVELS.map(ascii).to_vec();
        stand_ins.sort_unstable();
        stand_ins.dedup();
        assert_eq!(stand_ins.len(), LEVELS.len());
        assert!(!stand_ins.contains(&'?'));
    }

    #[test]
    fn without_colours_no_style_has_one() {
        let plain = Theme::of(true, "C");
        for tone in [
            Tone::Good,
            Tone::Bad,
            Tone::Open,
            Tone::Eye(Visibility::Hidden),
        ] {
            assert_eq!(plain.tone(tone), Style::new());
        }
    }
}
