//! SIP (RFC 3261), recognised by its first line and not read.

use crate::base::span::Octets;

/// Methods, each with the space that follows it in a request line.
const METHODS: [&[u8]; 14] = [
    b"INVITE ",
    b"ACK ",
    b"BYE ",
    b"CANCEL ",
    b"REGISTER ",
    b"OPTIONS ",
    b"PRACK ",
    b"SUBSCRIBE ",
    b"NOTIFY ",
    b"PUBLISH ",
    b"INFO ",
    b"REFER ",
    b"MESSAGE ",
    b"UPDATE ",
];

/// Whether a datagram begins with a status line, or with a request line that names SIP 2.0.
pub fn looks_like(octets: Octets<'_>) -> bool {
    let text = octets.captured;
    if text.starts_with(b"SIP/2.0 ") {
        return true;
    }
    if !METHODS.iter().any(|method| text.starts_with(method)) {
        return false;
    }
    let line = text
        .split(|octet| *octet == b'\r' || *octet == b'\n')
        .next()
        .unwrap_or_default();
    line.ends_with(b" SIP/2.0") || (line.len() == text.len() && octets.is_cut())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_makes_sip() {
        let sip = |text: &[u8]| looks_like(Octets::whole(text, 0));
        assert!(sip(b"SIP/2.0 200 OK\r\n"));
        assert!(sip(b"INVITE sip:bob@example.test SIP/2.0\r\nVia: x"));
        assert!(!sip(b"OPTIONS / HTTP/1.1\r\n"));
        assert!(!sip(b"NOTIFY * HTTP/1.1\r\nHOST: x"));
    }
}
