//! Text in the room that it has, by the columns that it takes on a terminal.

use unicode_width::UnicodeWidthStr;

use crate::base::columns::head;
use crate::tui::theme::CUT;

/// At most `width` columns, a mark where the rest was.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = head(text, width.saturating_sub(1)).to_owned();
    if width > 0 {
        kept.push(CUT);
    }
    kept
}

/// Exactly `width` columns: cut, or filled up with spaces.
pub(super) fn fit(text: &str, width: usize, right: bool) -> String {
    let text = cut(text, width);
    let space = " ".repeat(width.saturating_sub(text.width()));
    if right { space + &text } else { text + &space }
}

/// Lines of at most `width` columns, broken between words where there are any.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for mut word in text.split(' ') {
        let joined = line.width() + usize::from(!line.is_empty()) + word.width();
        if joined > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while word.width() > width {
            let part = head(word, width);
            lines.push(part.to_owned());
            word = word.strip_prefix(part).unwrap_or_default();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_is_cut_with_a_mark() {
        assert_eq!(cut("relay", 5), "relay");
        assert_eq!(cut("relays", 5), "rela…");
        assert_eq!(cut("名前名前", 5), "名前…");
        assert_eq!(cut("relays", 0), "");
    }

    #[test]
    fn a_column_is_filled_by_display_width() {
        assert_eq!(fit("名", 4, false), "名  ");
        assert_eq!(fit("7", 3, true), "  7");
        assert_eq!(fit("名前名前", 4, true), " 名…");
    }

    #[test]
    fn lines_break_between_words_and_within_long_ones() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("0123456789", 4), ["0123", "4567", "89"]);
        assert_eq!(wrapped("", 4), [""]);
    }
}
