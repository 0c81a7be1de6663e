//! What an end-to-end layer writes on each frame that it seals: the header of SFrame (RFC 9605,
//! section 4.3), or the trailer of encoded transforms in browsers.
//!
//! Pure, and by shape alone: any octets make a header. Whether it is one is known when it counts
//! from frame to frame.

use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Octets;

/// The header of SFrame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Whose key it is, and which of several.
    pub key_id: u64,
    /// Counts the frames that this key sealed.
    pub counter: u64,
    /// Its own length in octets.
    pub len: u32,
}

/// Reads the header in front of a sealed frame.
///
/// # Errors
/// [`Malformed::Truncated`] where the octets end in it.
pub fn header<S: Sink>(octets: Octets<'_>, sink: &mut S) -> Result<Header, Malformed> {
    let mut cursor = Cursor::new(octets, sink);
    let config = cursor.u8(Field::SframeConfig)?;
    let key_id = number(&mut cursor, config >> 4, Field::SframeKeyId)?;
    let counter = number(&mut cursor, config & 0x0F, Field::SframeCounter)?;
    Ok(Header {
        key_id,
        counter,
        len: cursor.taken(),
    })
}

/// A number of three bits, or, behind a bit that is set, of so many octets and one more.
fn number<S: Sink>(
    cursor: &mut Cursor<'_, '_, S>,
    bits: u8,
    field: Field,
) -> Result<u64, Malformed> {
    let small = bits & 0x07;
    if bits & 0x08 == 0 {
        cursor.fact(1, field, Value::Number(small.into()));
        return Ok(small.into());
    }
    let len = u32::from(small).saturating_add(1);
    let octets = cursor.ahead().part(0, len).captured;
    let number = octets
        .iter()
        .fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
    cursor.value(len, field, Value::Number(number))?;
    Ok(number)
}

/// The trailer of an encoded transform: the initialisation vector of AES-GCM, its length, and
/// which key sealed the frame. Written so by Jitsi, LiveKit and others; no RFC has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer<'a> {
    /// The initialisation vector: never the same twice under one key.
    pub iv: &'a [u8; IV_LEN],
    /// Which key of the sender.
    pub key_id: u8,
}

/// Octets of the initialisation vector of AES-GCM (RFC 5116, section 5.1).
const IV_LEN: usize = 12;

impl<'a> Trailer<'a> {
    /// Its length in octets: the vector, the octet of its length, and that of the key.
    pub const LEN: u32 = IV_LEN as u32 + 2;

    /// Reads the trailer at the end of a frame; `None` where there can be none.
    pub fn of(frame: &'a [u8]) -> Option<Self> {
        let (rest, &[len, key_id]) = frame.split_last_chunk()?;
        let (sealed, iv) = rest.split_last_chunk()?;
        let fits = usize::from(len) == IV_LEN && !sealed.is_empty();
        fits.then_some(Self { iv, key_id })
    }
}

/// Labels the end of a frame, which is sealed up to the trailer; returns whether there is one.
pub fn label<S: Sink>(frame: Octets<'_>, sink: &mut S) -> bool {
    let mut cursor = Cursor::new(frame, sink);
    if frame.is_cut() || Trailer::of(frame.captured).is_none() {
        cursor.rest(Field::SealedFrame);
        return false;
    }
    let sealed = frame.wire_len.saturating_sub(Trailer::LEN);
    let trailer = cursor
        .skip(sealed, Field::SealedFrame)
        .and_then(|_| cursor.octets(IV_LEN as u32, Field::SealedIv))
        .and_then(|_| cursor.u8(Field::SealedIvLength))
        .and_then(|_| cursor.u8(Field::SealedKeyId));
    trailer.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::{Labels, Quiet};

    fn read(octets: &[u8]) -> Option<(u64, u64, u32)> {
        let header = header(Octets::whole(octets, 0), &mut Quiet).ok()?;
        Some((header.key_id, header.counter, header.len))
    }

    #[test]
    fn small_numbers_stand_in_the_first_octet_and_great_ones_behind_it() {
        assert_eq!(read(&[0x12, 9]), Some((1, 2, 1)));
        assert_eq!(
            read(&[0x7F, 0, 1, 2, 3, 4, 5, 6, 7]),
            Some((7, 0x1_0203_0405_0607, 9))
        );
        assert_eq!(read(&[0x98, 1, 0x23, 0x45]), Some((0x123, 0x45, 4)));
        assert_eq!(read(&[0x98, 1, 0x23]), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn a_trailer_follows_what_is_sealed() {
        let mut frame = vec![7; 20];
        frame.extend([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x0C, 3]);
        let trailer = Trailer::of(&frame).expect("a trailer");
        assert_eq!((trailer.iv[0], trailer.key_id), (1, 3));
        assert_eq!(Trailer::of(&frame[20..]), None);
        let mut labels = Labels::default();
        assert!(label(Octets::whole(&frame, 0), &mut labels));
        let lengths: Vec<_> = labels.marks().iter().map(|mark| mark.span.len()).collect();
        assert_eq!(lengths, [20, 12, 1, 1]);
        frame[32] = 0x0D;
        labels.clear();
        assert!(!label(Octets::whole(&frame, 0), &mut labels));
        assert_eq!(labels.marks().len(), 1);
    }
}
