//! Session descriptions (RFC 8866), line by line. Says what stands in a line, not what it means
//! for the session: that is the tracker's to put together.

use super::{line, next_line};
use crate::base::field::Field;

/// One line: its type, and what follows the equals sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The letter before the equals sign.
    pub kind: u8,
    /// The rest of the line.
    pub value: &'a [u8],
}

/// The lines of a description; those without an equals sign are left out.
pub fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> + use<'_> {
    text.split(|octet| *octet == b'\n').filter_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line {
            [kind, b'=', value @ ..] => Some(Line { kind: *kind, value }),
            _ => None,
        }
    })
}

impl<'a> Line<'a> {
    /// Name and value of an attribute; the value is empty for a flag such as `rtcp-mux`.
    pub fn attribute(&self) -> Option<(&'a [u8], &'a [u8])> {
        if self.kind != b'a' {
            return None;
        }
        let mut parts = self.value.splitn(2, |octet| *octet == b':');
        Some((parts.next()?, parts.next().unwrap_or_default()))
    }

    /// Which field the line is.
    pub(super) fn field(&self) -> Field {
        match self.kind {
            b'o' => Field::SdpOwner,
            b'c' => Field::SdpConnection,
            b'm' => Field::SdpMedia,
            b'a' => self.attribute().map_or(Field::SdpAttribute, |(name, _)| {
                ATTRIBUTES
                    .iter()
                    .find(|(known, _)| known.as_bytes() == name)
                    .map_or(Field::SdpAttribute, |(_, field)| *field)
            }),
            _ => Field::SdpLine,
        }
    }
}

/// Attributes that have a field of their own.
const ATTRIBUTES: [(&str, Field); 14] = [
    ("rtpmap", Field::SdpRtpmap),
    ("fmtp", Field::SdpFmtp),
    ("extmap", Field::SdpExtmap),
    ("fingerprint", Field::SdpFingerprint),
    ("setup", Field::SdpSetup),
    ("candidate", Field::SdpCandidate),
    ("ice-ufrag", Field::SdpIceUfrag),
    ("ice-pwd", Field::SdpIcePwd),
    ("crypto", Field::SdpCrypto),
    ("ssrc", Field::SdpSsrc),
    ("rtcp", Field::SdpRtcp),
    ("rtcp-mux", Field::SdpRtcp),
    ("mid", Field::SdpMid),
    ("group", Field::SdpGroup),
];

/// Where a description begins and ends in a body: from the line `v=0` up to the boundary that
/// ends its part, or to the end.
pub(super) fn find(body: &[u8]) -> Option<(usize, usize)> {
    let mut start = 0;
    while line(body, start)? != b"v=0" {
        start = next_line(body, start);
        if start >= body.len() {
            return None;
        }
    }
    let mut end = start;
    while end < body.len() && !line(body, end)?.starts_with(b"--") {
        end = next_line(body, end);
    }
    Some((start, end))
}

/// Words of a line, separated by spaces.
pub fn words(value: &[u8]) -> impl Iterator<Item = &str> {
    let words = value.split(|octet| *octet == b' ');
    words
        .filter(|word| !word.is_empty())
        .map(|word| std::str::from_utf8(word).unwrap_or_default())
}
