//! Text by the columns that it takes on a terminal: two for many characters, none for marks that
//! stand over others.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a text.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// As many of its first characters as there is room for.
pub fn head(text: &str, room: usize) -> &str {
    let mut taken: usize = 0;
    for (place, character) in text.char_indices() {
        taken = taken.saturating_add(character.width().unwrap_or(0));
        if taken > room {
            return text.get(..place).unwrap_or_default();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_ends_before_its_room_does() {
        assert_eq!((width("名前"), head("名前", 3)), (4, "名"));
        assert_eq!((width("e\u{301}x"), head("e\u{301}x", 1)), (2, "e\u{301}"));
        assert_eq!(head("relay", 9), "relay");
    }
}
