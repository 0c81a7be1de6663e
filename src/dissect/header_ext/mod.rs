//! RTP header extensions: the one- and two-byte forms (RFC 8285), and those that are sealed
//! (Cryptex, RFC 9335) or private.

mod meaning;
pub(in crate::dissect) mod words;

use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink, Value};
use crate::base::span::Octets;

pub use meaning::{Meaning, explain};

/// How the elements of an extension are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 0xBEDE: id and length share an octet (RFC 8285, section 4.2).
    OneByte,
    /// 0x100x: an octet each (RFC 8285, section 4.3).
    TwoByte,
    /// 0xC0DE and 0xC2DE: sealed with the payload (RFC 9335).
    Cryptex,
    /// A profile of its own.
    Private,
}

impl Form {
    /// The form that a profile announces.
    pub const fn of(profile: u16) -> Self {
        match profile {
            0xBEDE => Self::OneByte,
            0x1000..=0x100F => Self::TwoByte,
            0xC0DE | 0xC2DE => Self::Cryptex,
            _ => Self::Private,
        }
    }
}

/// One element of an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Id, whose meaning the signalling agreed.
    pub id: u8,
    /// Its value.
    pub octets: Octets<'a>,
}

/// Labels an extension: `head` is profile and length, `body` what follows.
///
/// # Errors
/// [`Malformed`] where an element ends beyond the extension.
pub fn label<S: Sink>(
    profile: u16,
    head: Octets<'_>,
    body: Octets<'_>,
    sink: &mut S,
) -> Result<(), Malformed> {
    if !S::ACTIVE {
        return Ok(());
    }
    let mut cursor = Cursor::new(head, sink);
    cursor.u16(Field::RtpExtProfile)?;
    cursor.u16(Field::RtpExtLength)?;
    let form = Form::of(profile);
    let mut cursor = Cursor::new(body, sink);
    while cursor.left() > 0 {
        let read = next(form, &mut cursor);
        if read.is_err() {
            // An element all the same, if a broken or cut one.
            cursor.rest(Field::RtpExtData);
        }
        read?;
    }
    Ok(())
}

/// The readable elements of an extension, up to the first that is broken.
pub fn elements(profile: u16, body: Octets<'_>) -> impl Iterator<Item = Element<'_>> {
    let form = Form::of(profile);
    let mut rest = body;
    std::iter::from_fn(move || {
        while rest.wire_len > 0 {
            let mut quiet = Quiet;
            let mut cursor = Cursor::new(rest, &mut quiet);
            let element = next(form, &mut cursor).ok()?;
            rest = cursor.ahead();
            if element.is_some() {
                return element;
            }
        }
        None
    })
}

/// Reads one element; `None` for padding and for what has no elements.
fn next<'a, S: Sink>(
    form: Form,
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<Option<Element<'a>>, Malformed> {
    let first = cursor.ahead().captured.first().copied();
    match (form, first) {
        (Form::Cryptex | Form::Private, _) | (_, None) => {
            cursor.rest(Field::RtpExtOpaque);
            Ok(None)
        }
        (_, Some(0)) => cursor.skip(1, Field::RtpExtPadding).map(|_| None),
        // Id 15 ends the extension: what follows must be ignored (RFC 8285, section 4.2).
        (Form::OneByte, Some(0xF0..)) => {
            cursor.rest(Field::RtpExtPadding);
            Ok(None)
        }
        (Form::OneByte, Some(first)) => {
            let id = first >> 4;
            cursor.value(1, Field::RtpExtId, Value::Number(id.into()))?;
            let len = u32::from(first & 0x0F).saturating_add(1);
            value(id, len, cursor).map(Some)
        }
        (Form::TwoByte, Some(_)) => {
            let id = cursor.u8(Field::RtpExtId)?;
            let len = cursor.u8(Field::RtpExtElementLength)?;
            value(id, len.into(), cursor).map(Some)
        }
    }
}

fn value<'a, S: Sink>(
    id: u8,
    len: u32,
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<Element<'a>, Malformed> {
    let octets = cursor.ahead().part(0, len);
    cursor.octets(len, Field::RtpExtData)?;
    Ok(Element { id, octets })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(profile: u16, body: &[u8]) -> Vec<(u8, usize)> {
        elements(profile, Octets::whole(body, 0))
            .map(|e| (e.id, e.octets.captured.len()))
            .collect()
    }

    #[test]
    fn one_byte_elements_with_padding_between() {
        assert_eq!(
            ids(0xBEDE, &[0x10, 0x97, 0, 0, 0x32, 1, 2, 3]),
            [(1, 1), (3, 3)]
        );
    }

    #[test]
    fn id_fifteen_ends_the_extension() {
        assert_eq!(ids(0xBEDE, &[0x10, 0x97, 0xF0, 0x20, 1, 0, 0, 0]), [(1, 1)]);
    }

    #[test]
    fn two_byte_elements_may_be_empty() {
        assert_eq!(ids(0x1000, &[7, 0, 8, 2, 1, 1, 0, 0]), [(7, 0), (8, 2)]);
    }

    #[test]
    fn sealed_extensions_have_no_readable_element() {
        assert_eq!(ids(0xC0DE, &[0x10, 0x97, 0, 0]), []);
    }
}
