//! Where keys and passwords stand in signalling text. Finds them, and never hands them out.
//!
//! Works on any octets, so that a key is found in text which nothing else could read.

use crate::base::field::Field;
use crate::base::label::{MASK, printable};

/// What comes before a secret, what the secret is, and the octets that end it beside white space.
const MARKS: [(&[u8], Field, &[u8]); 7] = [
    // RFC 4568, section 9.1: the key ends where lifetime, MKI or the next key begins.
    (b"inline:", Field::SdpKey, b"|;"),
    // RFC 4566, section 5.12.
    (b"\nk=clear:", Field::SdpKey, b""),
    (b"\nk=base64:", Field::SdpKey, b""),
    // RFC 4567, section 3.
    (b"key-mgmt:mikey ", Field::SdpKey, b""),
    // RFC 8839, section 5.4.
    (b"ice-pwd:", Field::SdpPassword, b""),
    // RFC 2617, section 2; deprecated for SIP, and a password all the same.
    (b"authorization: basic ", Field::SipPassword, b""),
    (b"authorization:basic ", Field::SipPassword, b""),
];

/// The secrets in these octets: where each begins, where it ends, and which it is.
pub fn spans(text: &[u8]) -> impl Iterator<Item = (usize, usize, Field)> + use<'_> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        while let Some(next) = text.get(at..)?.iter().position(|o| may_begin(*o)) {
            at = at.saturating_add(next);
            let rest = text.get(at..)?;
            if let Some((skip, len, field)) = here(rest) {
                let start = at.saturating_add(skip);
                at = start.saturating_add(len.max(1));
                if len > 0 {
                    return Some((start, start.saturating_add(len), field));
                }
            } else {
                at = at.saturating_add(1);
            }
        }
        None
    })
}

/// Text that may hold secrets, safe to print.
pub fn masked(text: &[u8]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for (start, end, _) in spans(text) {
        out.push_str(&printable(text.get(at..start).unwrap_or_default()));
        out.push_str(MASK);
        at = end;
    }
    out.push_str(&printable(text.get(at..).unwrap_or_default()));
    out
}

/// Whether a mark may begin with this octet: few do, and there is much text.
const fn may_begin(octet: u8) -> bool {
    matches!(
        octet.to_ascii_lowercase(),
        b'i' | b'\n' | b'k' | b'a' | b's'
    )
}

/// The secret whose mark stands at the beginning: octets to skip, its length, and what it is.
fn here(rest: &[u8]) -> Option<(usize, usize, Field)> {
    for (mark, field, ends) in &MARKS {
        if starts_with(rest, mark) {
            let after = rest.get(mark.len()..).unwrap_or_default();
            let end = |o: &u8| o.is_ascii_whitespace() || *o == 0 || ends.contains(o);
            let len = after.iter().position(end).unwrap_or(after.len());
            return Some((mark.len(), len, *field));
        }
    }
    password(rest)
}

/// The password of a SIP URI: between the colon after the user and the `@` (RFC 3261, section
/// 19.1.1).
fn password(rest: &[u8]) -> Option<(usize, usize, Field)> {
    let scheme = [b"sip:".as_slice(), b"sips:"]
        .into_iter()
        .find(|scheme| starts_with(rest, scheme))?
        .len();
    let after = rest.get(scheme..)?;
    let end = |o: &u8| o.is_ascii_whitespace() || b"<>\"@".contains(o);
    let user = after
        .iter()
        .position(end)
        .filter(|end| after.get(*end) == Some(&b'@'))?;
    let colon = after.get(..user)?.iter().position(|o| *o == b':')?;
    let start = colon.saturating_add(1);
    Some((
        scheme.saturating_add(start),
        user.saturating_sub(start),
        Field::SipPassword,
    ))
}

fn starts_with(rest: &[u8], mark: &[u8]) -> bool {
    rest.get(..mark.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_may_begin_where_it_begins() {
        let marks = MARKS.iter().map(|(mark, ..)| *mark);
        for mark in marks.chain([b"sip:".as_slice(), b"SIPS:"]) {
            assert!(may_begin(mark[0]), "{}", printable(mark));
        }
    }
}
