//! The labels of one frame: which octets are which field, with which value.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use super::field::{Class, Field, Format};
use super::span::Span;

/// What was read from a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A number of up to 64 bits.
    Number(u64),
    /// A number with the name that it has where it stands, and elsewhere not.
    Named(u64, &'static str),
    /// A number with a sign.
    Signed(i64),
    /// An address with its port, after taking off any exclusive-or.
    Address(SocketAddr),
    /// An address without a port.
    Ip(IpAddr),
    /// The octets are text.
    Text,
    /// The octets themselves.
    Octets,
    /// Nothing beyond being there.
    None,
}

/// One label: these octets are this field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// Which octets of the frame.
    pub span: Span,
    /// What they are.
    pub field: Field,
    /// What they say.
    pub value: Value,
}

/// Where a cursor leaves its labels.
///
/// The bulk path passes [`Quiet`], which costs nothing; whoever looks at a packet passes
/// [`Labels`]. The parser is the same.
pub trait Sink {
    /// Whether labels are kept.
    const ACTIVE: bool;

    /// These octets are this field. Each octet is marked once.
    fn mark(&mut self, span: Span, field: Field, value: Value);

    /// A value that stands in octets already marked: a few bits of them, or a reading of several.
    fn fact(&mut self, span: Span, field: Field, value: Value);
}

/// Keeps no labels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Sink for Quiet {
    const ACTIVE: bool = false;

    fn mark(&mut self, _: Span, _: Field, _: Value) {}

    fn fact(&mut self, _: Span, _: Field, _: Value) {}
}

/// The labels of one frame, to be cleared and used again for the next.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    marks: Vec<Label>,
    facts: Vec<Label>,
}

impl Sink for Labels {
    const ACTIVE: bool = true;

    fn mark(&mut self, span: Span, field: Field, value: Value) {
        if !span.is_empty() {
            self.marks.push(Label { span, field, value });
        }
        if value != Value::None {
            self.facts.push(Label { span, field, value });
        }
    }

    fn fact(&mut self, span: Span, field: Field, value: Value) {
        self.facts.push(Label { span, field, value });
    }
}

impl Labels {
    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.marks.clear();
        self.facts.clear();
    }

    /// Everything that was read, in the order of reading: marked fields and facts within them.
    pub fn facts(&self) -> &[Label] {
        &self.facts
    }

    /// The octets that were marked, in the order of reading.
    pub fn marks(&self) -> &[Label] {
        &self.marks
    }

    /// Marks octets of a message that was read elsewhere: what it says is no fact of this frame.
    pub fn lay(&mut self, label: Label) {
        self.marks.push(label);
    }

    /// How many marks and facts there are, to return to with [`Labels::rewind`].
    pub fn position(&self) -> (usize, usize) {
        (self.marks.len(), self.facts.len())
    }

    /// Takes back every label laid since `position`, where a reading was given up.
    pub fn rewind(&mut self, (marks, facts): (usize, usize)) {
        self.marks.truncate(marks);
        self.facts.truncate(facts);
    }

    /// The frame as regions: sorted, disjoint, covering `0..wire_len` exactly.
    ///
    /// Gaps become [`Field::Unparsed`], octets past `captured_len` [`Field::NotCaptured`].
    pub fn regions(&self, captured_len: u32, wire_len: u32) -> Vec<Label> {
        let mut marks = self.marks.clone();
        marks.sort_by_key(|label| label.span);
        let captured_len = captured_len.min(wire_len);
        let mut regions = Vec::with_capacity(marks.len().saturating_add(2));
        let mut at = 0;
        for mark in marks {
            let span = Span::new(mark.span.start.max(at), mark.span.end.min(captured_len));
            if span.is_empty() {
                continue;
            }
            fill(&mut regions, Span::new(at, span.start), Field::Unparsed);
            regions.push(Label { span, ..mark });
            at = span.end;
        }
        fill(&mut regions, Span::new(at, captured_len), Field::Unparsed);
        fill(
            &mut regions,
            Span::new(captured_len, wire_len),
            Field::NotCaptured,
        );
        regions
    }
}

fn fill(regions: &mut Vec<Label>, span: Span, field: Field) {
    if !span.is_empty() {
        regions.push(Label {
            span,
            field,
            value: Value::None,
        });
    }
}

impl Label {
    /// Its octets in its frame, as far as they were captured.
    pub fn octets<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        let rest = frame.get(self.span.start as usize..).unwrap_or_default();
        rest.get(..self.span.len() as usize).unwrap_or(rest)
    }

    /// The value as text, read from the octets of its frame; `None` where there is none.
    pub fn text(&self, frame: &[u8]) -> Option<String> {
        let octets = self.octets(frame);
        if self.field.class() == Class::Secret {
            return Some(MASK.to_owned());
        }
        match self.value {
            Value::Number(number) | Value::Named(number, _) => Some(match self.field.format() {
                Format::Dec => number.to_string(),
                Format::Hex(digits) => format!("0x{number:0width$x}", width = usize::from(digits)),
            }),
            Value::Signed(number) => Some(number.to_string()),
            Value::Address(address) => Some(address.to_string()),
            Value::Ip(address) => Some(address.to_string()),
            Value::Text => Some(printable(octets)),
            Value::Octets => Some(hex(octets)),
            Value::None => None,
        }
    }
}

/// What stands for a key or a password wherever one would be printed.
pub const MASK: &str = "**";

/// Text as UTF-8 without trailing zeros; control characters, those that take no room, and invalid
/// octets are escaped, so that no capture can drive a terminal, nor make two names look the same.
pub fn printable(octets: &[u8]) -> String {
    let end = octets
        .iter()
        .rposition(|octet| *octet != 0)
        .map_or(0, |last| last.saturating_add(1));
    let mut out = String::new();
    for chunk in octets.get(..end).unwrap_or_default().utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() || is_unseen(character) {
                out.extend(character.escape_default());
            } else {
                out.push(character);
            }
        }
        for octet in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\x{octet:02x}");
        }
    }
    out
}

/// The name of a file, as [`printable`] text: whoever made the file may have chosen it.
pub fn printable_path(path: &Path) -> String {
    printable(path.as_os_str().as_encoded_bytes())
}

/// Characters that are not seen: the code points that Unicode lets be ignored in display
/// (`Default_Ignorable_Code_Point`), among them those that turn the direction of text around,
/// annotations, and what separates lines and paragraphs.
const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Octets in lower-case hexadecimal.
pub fn hex(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        // Writing to a String cannot fail.
        let _ = write!(out, "{octet:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_cover_the_frame_once() {
        let mut labels = Labels::default();
        labels.mark(Span::new(4, 6), Field::StunLength, Value::Number(8));
        labels.mark(Span::new(2, 4), Field::StunType, Value::Number(1));
        labels.mark(Span::new(5, 9), Field::StunCookie, Value::None);
        let spans: Vec<_> = labels
            .regions(8, 12)
            .iter()
            .map(|r| (r.span, r.field))
            .collect();
        assert_eq!(
            spans,
            [
                (Span::new(0, 2), Field::Unparsed),
                (Span::new(2, 4), Field::StunType),
                (Span::new(4, 6), Field::StunLength),
                (Span::new(6, 8), Field::StunCookie),
                (Span::new(8, 12), Field::NotCaptured),
            ]
        );
    }

    #[test]
    fn text_from_the_wire_cannot_drive_a_terminal() {
        assert_eq!(printable(b"a\x1b[2J\xff\0\0"), "a\\u{1b}[2J\\xff");
        assert_eq!(printable("\u{9b}2J".as_bytes()), "\\u{9b}2J");
    }

    #[test]
    fn what_is_not_seen_is_shown() {
        let unseen = ["\u{202e}", "\u{200b}", "\u{feff}", "\u{2028}", "\u{e0041}"];
        for text in unseen {
            let shown = printable(text.as_bytes());
            assert_eq!(shown, text.escape_default().to_string());
        }
        assert_eq!(printable("Zoë 名前 नमस्ते".as_bytes()), "Zoë 名前 नमस्ते");
        assert_eq!(
            printable_path(Path::new("a\x1b[2J.pcap")),
            "a\\u{1b}[2J.pcap"
        );
    }
}
