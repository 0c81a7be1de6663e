//! Headers of SIP (RFC 3261, section 20), their compact forms, and folded lines.

use super::{line, next_line};
use crate::base::field::Field;

/// One header.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// Which header it is; [`Field::SipHeader`] where nothing here reads it.
    pub field: Field,
    /// Its value without white space around it; folded lines stand as they were.
    pub value: &'a [u8],
    /// Where the value begins in the message.
    pub(super) value_at: usize,
    /// Where its line begins, and the next header's.
    pub(super) range: (usize, usize),
}

/// The headers between two places of a message.
pub(super) fn headers(
    text: &[u8],
    from: usize,
    to: usize,
) -> impl Iterator<Item = Header<'_>> + use<'_> {
    let mut at = from;
    std::iter::from_fn(move || {
        if at >= to || line(text, at)?.is_empty() {
            return None;
        }
        let start = at;
        at = next_line(text, at);
        while at < to && text.get(at).is_some_and(|o| matches!(o, b' ' | b'\t')) {
            at = next_line(text, at);
        }
        header(text, start, at)
    })
}

fn header(text: &[u8], start: usize, end: usize) -> Option<Header<'_>> {
    let whole = text.get(start..end)?;
    let colon = whole.iter().position(|octet| *octet == b':');
    let (name, value) = match colon {
        Some(colon) => whole.split_at_checked(colon.saturating_add(1))?,
        None => (&[][..], whole),
    };
    let leading = value.len().saturating_sub(value.trim_ascii_start().len());
    let name = name.strip_suffix(b":").unwrap_or(name).trim_ascii();
    Some(Header {
        field: field_of(name),
        value: value.trim_ascii(),
        value_at: start
            .saturating_add(whole.len().saturating_sub(value.len()))
            .saturating_add(leading),
        range: (start, end),
    })
}

/// Which header a name is, long or compact (RFC 3261, section 7.3.3).
fn field_of(name: &[u8]) -> Field {
    const NAMES: [(&str, &str, Field); 14] = [
        ("From", "f", Field::SipFrom),
        ("To", "t", Field::SipTo),
        ("Contact", "m", Field::SipContact),
        ("Call-ID", "i", Field::SipCallId),
        ("Via", "v", Field::SipVia),
        ("CSeq", "", Field::SipCseq),
        ("User-Agent", "", Field::SipUserAgent),
        ("Server", "", Field::SipServer),
        ("Authorization", "", Field::SipAuthorization),
        ("Proxy-Authorization", "", Field::SipProxyAuthorization),
        ("P-Asserted-Identity", "", Field::SipIdentity),
        ("P-Preferred-Identity", "", Field::SipIdentity),
        ("Content-Type", "c", Field::SipContentType),
        ("Content-Length", "l", Field::SipContentLength),
    ];
    let is = |known: &str| !name.is_empty() && name.eq_ignore_ascii_case(known.as_bytes());
    NAMES
        .iter()
        .find(|(long, compact, _)| is(long) || is(compact))
        .map_or(Field::SipHeader, |(_, _, field)| *field)
}

/// The URI in a From, To or Contact header: what stands in angle brackets, else what stands
/// before the parameters.
pub fn uri(value: &[u8]) -> &[u8] {
    let open = value.iter().position(|octet| *octet == b'<');
    let inside = open.and_then(|open| value.get(open.saturating_add(1)..));
    let (rest, ends): (_, &[u8]) = match inside {
        Some(inside) => (inside, b">"),
        None => (value, b"; \t\r\n"),
    };
    let uri = rest.split(|octet| ends.contains(octet)).next();
    uri.unwrap_or_default().trim_ascii()
}
