//! SIP (RFC 3261) in datagrams, as far as it tells parties and media.
//!
//! Recognised by its first line and read leniently: an observer reads what a party would refuse.
//! The body is all that follows the blank line, whatever Content-Length says. What is a key or a
//! password is named as one, so that nobody prints it.

mod header;
mod label;
pub mod sdp;
pub mod secret;
mod start;

pub use header::{Header, uri};
pub use start::StartLine;

use crate::base::anomaly::{Anomalies, Anomaly};
use crate::base::field::Field;
use crate::base::label::Sink;
use crate::base::span::Octets;

/// One SIP message.
#[derive(Debug, Clone, Copy)]
pub struct Sip<'a> {
    /// Request line or status line.
    pub start: StartLine<'a>,
    /// What is odd about it.
    pub anomalies: Anomalies,
    octets: Octets<'a>,
    /// Where the headers begin, and where the body does.
    headers_at: usize,
    body_at: usize,
}

/// Reads a SIP message and labels all of it.
///
/// `None` where the first line, after any empty ones, is neither a request line nor a status line
/// of SIP 2.0.
pub fn parse<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Option<Sip<'a>> {
    let text = octets.captured;
    let blank = text.iter().take_while(|o| matches!(o, b'\r' | b'\n'));
    let begin = blank.count();
    // A lone carriage return ends the first line too: what follows it is read no further.
    let first = line(text, begin)?.split(|octet| *octet == b'\r').next()?;
    if first.is_empty() {
        return None;
    }
    let start = start::read(
        first,
        begin.saturating_add(first.len()) == text.len() && octets.is_cut(),
    )?;
    let headers_at = next_line(text, begin);
    let mut sip = Sip {
        start,
        anomalies: Anomalies::default(),
        octets,
        headers_at,
        body_at: body_at(text, headers_at),
    };
    let promised = sip.find(Field::SipContentLength).and_then(number);
    let body = octets.wire_len as usize;
    if promised.is_some_and(|len| len != body.saturating_sub(sip.body_at)) {
        sip.anomalies.insert(Anomaly::SipContentLength);
    }
    if S::ACTIVE {
        label::message(&sip, begin, sink);
    }
    Some(sip)
}

impl<'a> Sip<'a> {
    /// The headers in their order.
    pub fn headers(&self) -> impl Iterator<Item = Header<'a>> + use<'a> {
        header::headers(self.octets.captured, self.headers_at, self.body_at)
    }

    /// Value of the first header that is this field, without white space around it.
    pub fn find(&self, field: Field) -> Option<&'a [u8]> {
        let mut headers = self.headers();
        headers
            .find(|header| header.field == field)
            .map(|header| header.value)
    }

    /// The body, to the end of the datagram.
    pub fn body(&self) -> &'a [u8] {
        self.octets.captured.get(self.body_at..).unwrap_or_default()
    }

    /// The session description in the body, also in a part of it (RFC 5621).
    pub fn sdp(&self) -> Option<&'a [u8]> {
        let (start, end) = sdp::find(self.body())?;
        self.body().get(start..end)
    }
}

/// The line at `at` without its end.
fn line(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..)?;
    let line = rest.split(|octet| *octet == b'\n').next()?;
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

/// Where the line after the one at `at` begins.
fn next_line(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let len = rest.iter().position(|octet| *octet == b'\n');
    at.saturating_add(len.map_or(rest.len(), |end| end.saturating_add(1)))
}

/// Where the body begins: after the first empty line, or at the end.
fn body_at(text: &[u8], headers_at: usize) -> usize {
    let mut at = headers_at;
    while at < text.len() {
        let empty = line(text, at).is_some_and(<[u8]>::is_empty);
        at = next_line(text, at);
        if empty {
            break;
        }
    }
    at
}

pub(super) fn number(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests;
