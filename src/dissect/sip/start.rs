//! The first line of a SIP message (RFC 3261, section 7).

/// What a SIP message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// A request.
    Request {
        /// Its method, which need not be a registered one.
        method: &'a [u8],
        /// Whom it is for.
        uri: &'a [u8],
    },
    /// A response.
    Response {
        /// Status code, 100 to 699.
        code: u16,
        /// Reason phrase.
        reason: &'a [u8],
    },
}

const VERSION: &[u8] = b"SIP/2.0";
/// No method in use is longer.
const LONGEST_METHOD: usize = 32;

/// Reads a first line; `cut` is whether the capture ends in it.
///
/// `None` where it holds control characters, or is neither `METHOD uri SIP/2.0` nor
/// `SIP/2.0 code reason`.
pub(super) fn read(line: &[u8], cut: bool) -> Option<StartLine<'_>> {
    if line.iter().any(u8::is_ascii_control) {
        return None;
    }
    if let Some(rest) = line.strip_prefix(VERSION) {
        return response(rest.strip_prefix(b" ")?);
    }
    let end = line.iter().position(|octet| *octet == b' ')?;
    let (method, rest) = line.split_at_checked(end)?;
    let token = |o: &u8| o.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(o);
    if method.len() > LONGEST_METHOD || !method.iter().all(token) {
        return None;
    }
    let uri = match rest.strip_suffix(VERSION) {
        Some(uri) => uri,
        None if cut && known(method) => rest,
        None => return None,
    };
    let uri = uri.trim_ascii();
    (!uri.is_empty()).then_some(StartLine::Request { method, uri })
}

fn response(rest: &[u8]) -> Option<StartLine<'_>> {
    let (code, reason) = rest.split_at_checked(3)?;
    if !(reason.is_empty() || reason.starts_with(b" ")) || !code.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code: u16 = std::str::from_utf8(code).ok()?.parse().ok()?;
    let reason = reason.trim_ascii();
    (100..700)
        .contains(&code)
        .then_some(StartLine::Response { code, reason })
}

/// A method that is SIP's beyond doubt of its shape, where the line was cut.
fn known(method: &[u8]) -> bool {
    [
        b"INVITE".as_slice(),
        b"ACK",
        b"BYE",
        b"CANCEL",
        b"REGISTER",
        b"PRACK",
        b"SUBSCRIBE",
        b"PUBLISH",
        b"REFER",
        b"MESSAGE",
        b"UPDATE",
        b"INFO",
        b"NOTIFY",
        b"OPTIONS",
    ]
    .contains(&method)
}
