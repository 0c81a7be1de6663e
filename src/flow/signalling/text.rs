//! Session descriptions in text that an application wrote: bare, or in JSON.
//!
//! A description begins with its line `v=0`, whatever stands before it, and ends with the first
//! line that is none of its own. In JSON every text may hold one, wherever it stands: programs
//! write `{"type": "offer", "sdp": "v=0.."}`, lists of these, and logs with both inside.

use std::borrow::Cow;

use serde_json::Value;

/// A description as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found<'t> {
    /// The line with which it begins, from 1; `None` in JSON, where a text has no line.
    pub(super) line: Option<u64>,
    /// Its lines.
    pub(super) sdp: Cow<'t, [u8]>,
}

/// All descriptions in a file, in their order, and where and why it is no JSON any more if it
/// began like it.
pub(super) fn descriptions(file: &[u8]) -> (Vec<Found<'_>>, Option<String>) {
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    let begin = file.trim_ascii_start().first();
    if !matches!(begin, Some(b'{' | b'[' | b'"')) {
        return (bare(file), None);
    }
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_slice(file).into_iter() {
        match value {
            Ok(value) => within(&value, &mut found),
            // A log may begin its lines with brackets too.
            Err(_) if found.is_empty() && !bare(file).is_empty() => return (bare(file), None),
            Err(error) => return (found, Some(error.to_string())),
        }
    }
    (found, None)
}

/// The descriptions in the texts of a value of JSON.
fn within(value: &Value, found: &mut Vec<Found<'_>>) {
    match value {
        Value::String(text) => {
            let inside = bare(text.as_bytes()).into_iter();
            found.extend(inside.map(|one| Found {
                line: None,
                sdp: Cow::Owned(one.sdp.into_owned()),
            }));
        }
        Value::Array(values) => values.iter().for_each(|value| within(value, found)),
        Value::Object(members) => members.values().for_each(|value| within(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The descriptions in bare text.
fn bare(text: &[u8]) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut open: Option<(u64, usize)> = None;
    let mut close = |open: &mut Option<(u64, usize)>, end: usize| {
        if let Some((line, begin)) = open.take() {
            found.push(Found {
                line: Some(line),
                sdp: Cow::Borrowed(text.get(begin..end).unwrap_or_default()),
            });
        }
    };
    for (number, line) in (1..).zip(text.split_inclusive(|octet| *octet == b'\n')) {
        let content = line.trim_ascii_end();
        if let Some(before) = begins(content) {
            close(&mut open, at);
            open = Some((number, at + before));
        } else if !matches!(content, [kind, b'=', ..] if kind.is_ascii_lowercase()) {
            close(&mut open, at);
        }
        at += line.len();
    }
    close(&mut open, at);
    found
}

/// How many octets stand before the `v=0` with which a line ends, if it begins a description.
fn begins(line: &[u8]) -> Option<usize> {
    let before = line.strip_suffix(b"v=0")?;
    let apart = before
        .last()
        .is_none_or(|last| !last.is_ascii_alphanumeric());
    apart.then_some(before.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str) -> Vec<(Option<u64>, String)> {
        let (found, fault) = descriptions(file.as_bytes());
        assert_eq!(fault, None, "{file}");
        let told = found.into_iter();
        told.map(|one| (one.line, String::from_utf8_lossy(&one.sdp).into_owned()))
            .collect()
    }

    #[test]
    fn offer_and_answer_stand_one_after_the_other() {
        let file = "offer\nv=0\r\no=- 1\r\nm=audio 9\r\n\r\nremote sdp: v=0\nm=video 9\nv=0\nm=a";
        let expected = [
            (Some(2), "v=0\r\no=- 1\r\nm=audio 9\r\n".to_owned()),
            (Some(6), "v=0\nm=video 9\n".to_owned()),
            (Some(8), "v=0\nm=a".to_owned()),
        ];
        assert_eq!(found(file), expected);
    }

    #[test]
    fn every_text_of_json_may_hold_one() {
        let offer = r#"{"type":"offer","sdp":"v=0\r\nm=audio 9\r\n"}"#;
        let one = (None, "v=0\r\nm=audio 9\r\n".to_owned());
        assert_eq!(found(offer), std::slice::from_ref(&one));
        let dump = format!(r#"{{"updates":[{{"value":"type: offer, sdp: v=0\nm=a"}},{offer}]}}"#);
        assert_eq!(found(&dump), [(None, "v=0\nm=a".to_owned()), one.clone()]);
        assert_eq!(found(&format!("{offer}\n{offer}\n")), [one.clone(), one]);
    }

    #[test]
    fn a_log_whose_lines_begin_with_brackets_is_text() {
        let file = "[12:00:01] offer\nv=0\nm=audio 9\n";
        assert_eq!(found(file), [(Some(2), "v=0\nm=audio 9\n".to_owned())]);
    }

    #[test]
    fn what_stands_before_the_end_of_broken_json_is_kept() {
        let file = "{\"sdp\":\"v=0\\nm=a\"}\n{\"sdp\":\"v=0";
        let (found, fault) = descriptions(file.as_bytes());
        assert_eq!((found.len(), fault.is_some()), (1, true));
    }
}
