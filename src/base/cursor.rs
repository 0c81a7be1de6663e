//! The reader that names what it reads.

use super::anomaly::Malformed;
use super::field::Field;
use super::label::{Sink, Value};
use super::span::{Octets, Span};

/// Reads octets in order; every octet it hands out is marked as a field.
///
/// Nothing is interpreted without being named: padding and tags are fields too.
#[derive(Debug)]
pub struct Cursor<'a, 's, S> {
    octets: Octets<'a>,
    at: u32,
    sink: &'s mut S,
}

impl<'a, 's, S: Sink> Cursor<'a, 's, S> {
    /// A cursor at the first of `octets`.
    pub fn new(octets: Octets<'a>, sink: &'s mut S) -> Self {
        Self {
            octets,
            at: 0,
            sink,
        }
    }

    /// Octets from the beginning up to here.
    pub fn taken(&self) -> u32 {
        self.at
    }

    /// Position in the frame.
    pub fn position(&self) -> u32 {
        self.octets.offset.saturating_add(self.at)
    }

    /// Octets left on the wire, captured or not.
    pub fn left(&self) -> u32 {
        self.octets.wire_len.saturating_sub(self.at)
    }

    /// Octets left in the capture.
    pub fn captured_left(&self) -> u32 {
        (self.octets.captured.len() as u32).saturating_sub(self.at)
    }

    /// The octets ahead, not read and not named.
    pub fn ahead(&self) -> Octets<'a> {
        self.octets.after(self.at)
    }

    /// Where the labels go, to lay those of a layer inside this one.
    pub fn sink(&mut self) -> &mut S {
        self.sink
    }

    /// Reads one octet.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where no octet is left.
    pub fn u8(&mut self, field: Field) -> Result<u8, Malformed> {
        let [octet] = self.number::<1>(field, |[octet]| u64::from(octet))?;
        Ok(octet)
    }

    /// Reads two octets in network order.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer than two octets are left.
    pub fn u16(&mut self, field: Field) -> Result<u16, Malformed> {
        self.number::<2>(field, |octets| u64::from(u16::from_be_bytes(octets)))
            .map(u16::from_be_bytes)
    }

    /// Reads two octets whose number may have a name that only their place tells.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer than two octets are left.
    pub fn named_u16(
        &mut self,
        field: Field,
        name: impl FnOnce(u16) -> Option<&'static str>,
    ) -> Result<u16, Malformed> {
        let rest = self.ahead().captured;
        let Some(&octets) = rest.first_chunk() else {
            return Err(self.truncated(field, 2));
        };
        let number = u16::from_be_bytes(octets);
        let value = match name(number) {
            Some(name) => Value::Named(number.into(), name),
            None => Value::Number(number.into()),
        };
        self.take(2, field, value)?;
        Ok(number)
    }

    /// Reads three octets in network order.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer than three octets are left.
    pub fn u24(&mut self, field: Field) -> Result<u32, Malformed> {
        let value = |[a, b, c]: [u8; 3]| u32::from_be_bytes([0, a, b, c]);
        self.number::<3>(field, |octets| u64::from(value(octets)))
            .map(value)
    }

    /// Reads four octets in network order.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer than four octets are left.
    pub fn u32(&mut self, field: Field) -> Result<u32, Malformed> {
        self.number::<4>(field, |octets| u64::from(u32::from_be_bytes(octets)))
            .map(u32::from_be_bytes)
    }

    /// Reads six octets in network order.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer than six octets are left.
    pub fn u48(&mut self, field: Field) -> Result<u64, Malformed> {
        let value = |[a, b, c, d, e, f]: [u8; 6]| u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        self.number::<6>(field, value).map(value)
    }

    /// Reads eight octets in network order.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer than eight octets are left.
    pub fn u64(&mut self, field: Field) -> Result<u64, Malformed> {
        self.number::<8>(field, u64::from_be_bytes)
            .map(u64::from_be_bytes)
    }

    /// Reads `len` octets as octets.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer are left.
    pub fn octets(&mut self, len: u32, field: Field) -> Result<&'a [u8], Malformed> {
        self.take(len, field, Value::Octets)
    }

    /// Reads `len` octets as text.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer are left.
    pub fn text(&mut self, len: u32, field: Field) -> Result<&'a [u8], Malformed> {
        self.take(len, field, Value::Text)
    }

    /// Reads `len` octets whose value is of no interest: padding, filler, a body.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer are left.
    pub fn skip(&mut self, len: u32, field: Field) -> Result<&'a [u8], Malformed> {
        self.take(len, field, Value::None)
    }

    /// Reads `len` octets that say `value`, worked out from the octets [`ahead`](Self::ahead).
    ///
    /// # Errors
    /// [`Malformed::Truncated`] where fewer are left.
    pub fn value(&mut self, len: u32, field: Field, value: Value) -> Result<&'a [u8], Malformed> {
        self.take(len, field, value)
    }

    /// Reads everything that is left, also what the capture cut off; never fails.
    pub fn rest(&mut self, field: Field) -> Octets<'a> {
        let rest = self.ahead();
        self.sink.mark(rest.span(), field, Value::None);
        self.at = self.octets.wire_len;
        rest
    }

    /// A layer of `len` octets that labels itself: steps over it without naming it.
    ///
    /// The part may be longer on the wire than in the capture.
    pub fn inside(&mut self, len: u32) -> Octets<'a> {
        let part = self.octets.part(self.at, len);
        self.at = self.at.saturating_add(part.wire_len);
        part
    }

    /// A cursor over the next `len` octets, over which this one steps.
    pub fn sub(&mut self, len: u32) -> Cursor<'a, '_, S> {
        let octets = self.inside(len);
        Cursor {
            octets,
            at: 0,
            sink: self.sink,
        }
    }

    /// A value that stands in the last `len` octets read.
    pub fn fact(&mut self, len: u32, field: Field, value: Value) {
        let end = self.position();
        self.sink
            .fact(Span::new(end.saturating_sub(len), end), field, value);
    }

    fn take(&mut self, len: u32, field: Field, value: Value) -> Result<&'a [u8], Malformed> {
        let start = self.at as usize;
        let rest = self.octets.captured.get(start..).unwrap_or_default();
        let Some(taken) = rest.get(..len as usize) else {
            return Err(self.truncated(field, len));
        };
        let at = self.position();
        self.sink
            .mark(Span::new(at, at.saturating_add(len)), field, value);
        self.at = self.at.saturating_add(len);
        Ok(taken)
    }

    fn number<const N: usize>(
        &mut self,
        field: Field,
        value: impl FnOnce([u8; N]) -> u64,
    ) -> Result<[u8; N], Malformed> {
        let rest = self
            .octets
            .captured
            .get(self.at as usize..)
            .unwrap_or_default();
        let Some(octets) = rest.first_chunk::<N>() else {
            return Err(self.truncated(field, N as u32));
        };
        if S::ACTIVE {
            let at = self.position();
            let span = Span::new(at, at.saturating_add(N as u32));
            self.sink.mark(span, field, Value::Number(value(*octets)));
        }
        self.at = self.at.saturating_add(N as u32);
        Ok(*octets)
    }

    fn truncated(&self, field: Field, needed: u32) -> Malformed {
        Malformed::Truncated {
            field,
            needed,
            available: self.captured_left(),
            at: self.position(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::{Labels, Quiet};

    #[test]
    fn a_number_is_read_and_its_octets_are_named() {
        let mut labels = Labels::default();
        let mut cursor = Cursor::new(Octets::whole(&[0x12, 0x34, 0x56], 42), &mut labels);
        assert_eq!(cursor.u16(Field::StunType), Ok(0x1234));
        assert_eq!(labels.facts()[0].span, Span::new(42, 44));
        assert_eq!(labels.facts()[0].value, Value::Number(0x1234));
    }

    #[test]
    fn a_short_read_takes_nothing() {
        let mut cursor_sink = Quiet;
        let mut cursor = Cursor::new(Octets::whole(&[1], 7), &mut cursor_sink);
        assert_eq!(
            cursor.u16(Field::StunType),
            Err(Malformed::Truncated {
                field: Field::StunType,
                needed: 2,
                available: 1,
                at: 7
            })
        );
        assert_eq!(cursor.u8(Field::StunType), Ok(1));
    }

    #[test]
    fn a_layer_inside_may_be_longer_than_the_capture() {
        let mut sink = Quiet;
        let octets = Octets {
            captured: &[1, 2],
            offset: 0,
            wire_len: 10,
        };
        let mut cursor = Cursor::new(octets, &mut sink);
        let inside = cursor.inside(6);
        assert_eq!((inside.captured.len(), inside.wire_len), (2, 6));
        assert_eq!(cursor.left(), 4);
    }
}
