//! Vectors as TLS writes them: a length, then items up to there (RFC 8446, section 3.4).

use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::Sink;

/// Numbers of two octets in the order of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers<'a>(&'a [u8]);

impl<'a> Numbers<'a> {
    /// The numbers.
    pub fn iter(&self) -> impl Iterator<Item = u16> + use<'a> {
        let (pairs, _) = self.0.as_chunks();
        pairs.iter().map(|pair| u16::from_be_bytes(*pair))
    }
}

/// Texts in the order of the wire, each behind one octet that tells its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Texts<'a>(&'a [u8]);

impl<'a> Texts<'a> {
    /// The texts, up to the first that cannot be read.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (len, after) = rest.split_first()?;
            let (text, left) = after.split_at_checked(usize::from(*len))?;
            rest = left;
            Some(text)
        })
    }
}

/// Width of the length in front of a vector.
#[derive(Debug, Clone, Copy)]
pub(super) enum Prefix {
    One(Field),
    Two(Field),
    Three(Field),
}

/// Reads the length of a vector, then its items with `item` until none is left.
///
/// A vector that ends beyond the octets at hand is read as far as it goes.
///
/// # Errors
/// [`Malformed::Length`] where the vector ends beyond the octets, and what `item` says.
pub(super) fn vector<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    prefix: Prefix,
    mut item: impl FnMut(&mut Cursor<'a, '_, S>) -> Result<(), Malformed>,
) -> Result<&'a [u8], Malformed> {
    let at = cursor.position();
    let (field, len) = match prefix {
        Prefix::One(field) => (field, u32::from(cursor.u8(field)?)),
        Prefix::Two(field) => (field, u32::from(cursor.u16(field)?)),
        Prefix::Three(field) => (field, cursor.u24(field)?),
    };
    let (left, captured) = (cursor.left(), cursor.captured_left());
    let mut inside = cursor.sub(len);
    let whole = inside.ahead();
    while inside.left() > 0 {
        if let Err(broken) = item(&mut inside) {
            if inside.left() > 0 {
                inside.rest(Field::DtlsHandshakeBody);
            }
            return Err(broken);
        }
    }
    if len > left || len > captured {
        return Err(Malformed::Length {
            field,
            value: len,
            at,
        });
    }
    Ok(whole.captured)
}

/// A vector of numbers of two octets.
pub(super) fn numbers<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    prefix: Prefix,
    field: Field,
) -> Result<Numbers<'a>, Malformed> {
    vector(cursor, prefix, |inside| inside.u16(field).map(drop)).map(Numbers)
}

/// A vector of numbers of one octet.
pub(super) fn octets<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    prefix: Prefix,
    field: Field,
) -> Result<&'a [u8], Malformed> {
    vector(cursor, prefix, |inside| inside.u8(field).map(drop))
}

/// A vector whose octets are one thing.
pub(super) fn opaque<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    prefix: Prefix,
    field: Field,
) -> Result<&'a [u8], Malformed> {
    vector(cursor, prefix, |inside| {
        inside.octets(inside.left(), field).map(drop)
    })
}

/// A vector of texts with lengths of one octet.
pub(super) fn texts<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    prefix: Prefix,
    length: Field,
    field: Field,
) -> Result<Texts<'a>, Malformed> {
    let text = |inside: &mut Cursor<'a, '_, S>| {
        let len = u32::from(inside.u8(length)?);
        inside.text(len, field).map(drop)
    };
    vector(cursor, prefix, text).map(Texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::{Labels, Quiet};
    use crate::base::span::Octets;

    const GROUPS: Prefix = Prefix::Two(Field::DtlsGroupsLength);

    #[test]
    fn numbers_are_read_in_their_order() {
        let (list, mut quiet) = ([0, 4, 0, 29, 0, 23, 9], Quiet);
        let mut cursor = Cursor::new(Octets::whole(&list, 0), &mut quiet);
        let read = numbers(&mut cursor, GROUPS, Field::DtlsGroup).expect("numbers");
        assert_eq!(read.iter().collect::<Vec<_>>(), [29, 23]);
        assert_eq!(cursor.left(), 1);
    }

    #[test]
    fn a_vector_that_ends_beyond_the_octets_is_labelled_and_refused() {
        let (list, mut labels) = ([0, 6, 0, 29, 0, 23], Labels::default());
        let mut cursor = Cursor::new(Octets::whole(&list, 0), &mut labels);
        assert!(numbers(&mut cursor, GROUPS, Field::DtlsGroup).is_err());
        assert_eq!(labels.facts().len(), 3);
    }

    #[test]
    fn texts_end_where_one_overruns() {
        let texts = Texts(&[2, b'h', b'2', 9, b'x']);
        assert_eq!(texts.iter().collect::<Vec<_>>(), [b"h2"]);
    }
}
