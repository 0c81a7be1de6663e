//! The packet of Opus (RFC 6716, section 3), which is the payload of RTP as it is (RFC 7587).

use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Octets;

/// The first octet of each packet: how its frames are coded, and how many there are (RFC 6716,
/// section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toc(pub u8);

impl Toc {
    /// Mode, bandwidth and duration of the frames, in five bits.
    pub const fn config(self) -> u8 {
        self.0 >> 3
    }

    /// Whether there are two channels.
    pub const fn is_stereo(self) -> bool {
        self.0 & 4 != 0
    }

    /// How many frames there are: 0 for one, 1 for two of one length, 2 for two of two lengths, 3
    /// where the next octet tells.
    pub const fn code(self) -> u8 {
        self.0 & 3
    }

    /// How long each frame lasts, in samples of 48 kHz.
    pub const fn frame_duration(self) -> u32 {
        let size = self.config() & 3;
        match self.config() {
            0..=11 if size == 3 => 2_880,
            0..=11 => 480 << size,
            12..=15 => 480 << (size & 1),
            _ => 120 << size,
        }
    }

    /// Mode, bandwidth and duration in words.
    pub fn text(self) -> String {
        let config = usize::from(self.config());
        let mode = match config {
            0..=11 => "speech (SILK)",
            12..=15 => "speech and music (hybrid)",
            _ => "music (CELT)",
        };
        let bandwidth = BANDWIDTHS.get(config >> 1).copied().unwrap_or_default();
        // 48 samples are a millisecond, and the shortest frame has 120.
        let (whole, half) = (self.frame_duration() / 48, self.frame_duration() % 48 / 24);
        let half = if half == 1 { ".5" } else { "" };
        format!("{mode}, {bandwidth} kHz, frames of {whole}{half} ms")
    }
}

/// Highest frequency of each two configurations, in kHz (RFC 6716, sections 2.1.3 and 3.1).
const BANDWIDTHS: [&str; 16] = [
    "4", "4", "6", "6", "8", "8", "12", "20", "4", "4", "8", "8", "12", "12", "20", "20",
];

/// A packet of Opus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opus<'a> {
    /// How its frames are coded.
    pub toc: Toc,
    /// How many frames it holds.
    pub count: u8,
    /// Octets before the first frame.
    pub header_len: u32,
    /// The frames, one after the other.
    pub frames: Octets<'a>,
}

impl Opus<'_> {
    /// How long the packet lasts, in samples of 48 kHz, the clock of its timestamps.
    pub fn duration(&self) -> u32 {
        let frame = self.toc.frame_duration();
        frame.saturating_mul(self.count.into())
    }
}

/// The most that a packet lasts: 120 ms (RFC 6716, section 3.2.5).
pub const LONGEST: u32 = 5_760;
/// The most octets that a frame whose length is not told has (RFC 6716, section 3.4).
const LONGEST_FRAME: u32 = 1_275;

/// Reads a packet, and labels all of it.
///
/// # Errors
/// [`Malformed`] where a packet may not be so (RFC 6716, section 3.4, rules R1 to R7), or where its
/// header was not captured.
pub fn parse<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Result<Opus<'a>, Malformed> {
    let toc = toc(octets, sink)?;
    let mut cursor = Cursor::new(octets.after(1), sink);
    let (count, padding) = match toc.code() {
        0 => {
            even(&cursor, 1)?;
            (1, 0)
        }
        1 => {
            even(&cursor, 2)?;
            (2, 0)
        }
        2 => {
            lengths(&mut cursor, 2, 0)?;
            (2, 0)
        }
        _ => counted(&mut cursor, toc)?,
    };
    let header_len = cursor.taken().saturating_add(1);
    let frames = cursor.inside(cursor.left().saturating_sub(padding));
    cursor
        .sink()
        .mark(frames.span(), Field::OpusFrames, Value::None);
    cursor.rest(Field::OpusPadding);
    Ok(Opus {
        toc,
        count,
        header_len,
        frames,
    })
}

/// Reads the first octet only.
///
/// # Errors
/// [`Malformed::Truncated`] where there is none.
pub fn toc<S: Sink>(octets: Octets<'_>, sink: &mut S) -> Result<Toc, Malformed> {
    let mut cursor = Cursor::new(octets, sink);
    let toc = Toc(cursor.u8(Field::OpusToc)?);
    let number = |number: u8| Value::Number(number.into());
    cursor.fact(1, Field::OpusConfig, number(toc.config()));
    cursor.fact(1, Field::OpusStereo, number(toc.is_stereo().into()));
    cursor.fact(1, Field::OpusCode, number(toc.code()));
    Ok(toc)
}

/// Reads how many frames there are, with their lengths where these differ (RFC 6716, section
/// 3.2.5). Returns their number and the octets of padding.
fn counted<S: Sink>(cursor: &mut Cursor<'_, '_, S>, toc: Toc) -> Result<(u8, u32), Malformed> {
    let at = cursor.position();
    let octet = cursor.u8(Field::OpusCount)?;
    let count = octet & 0x3F;
    let lasts = toc.frame_duration().saturating_mul(count.into());
    if count == 0 || lasts > LONGEST {
        return Err(Malformed::Value {
            field: Field::OpusCount,
            value: octet.into(),
            at,
        });
    }
    let padding = if octet & 0x40 == 0 {
        0
    } else {
        padding(cursor)?
    };
    if octet & 0x80 != 0 {
        lengths(cursor, count, padding)?;
    } else if padding > cursor.left() {
        return Err(too_long(Field::OpusPaddingLength, padding, at));
    } else {
        let left = cursor.left().saturating_sub(padding);
        all_of_one_length(left, count.into(), cursor.position())?;
    }
    Ok((count, padding))
}

/// Reads how much padding stands at the end: 255 in an octet is 254, and the next one adds to it.
fn padding<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<u32, Malformed> {
    let mut padding = 0_u32;
    loop {
        let octet = cursor.u8(Field::OpusPaddingLength)?;
        if octet < 255 {
            return Ok(padding.saturating_add(octet.into()));
        }
        padding = padding.saturating_add(254);
    }
}

/// Reads the length of each frame but the last, in one octet or two (RFC 6716, section 3.2.1).
fn lengths<S: Sink>(
    cursor: &mut Cursor<'_, '_, S>,
    count: u8,
    padding: u32,
) -> Result<(), Malformed> {
    let at = cursor.position();
    let mut told = padding;
    for _ in 1..count {
        let ahead = cursor.ahead().captured;
        let (octets, len) = match ahead {
            [first @ 252..=255, second, ..] => {
                let fours = u32::from(*second).saturating_mul(4);
                (2, fours.saturating_add((*first).into()))
            }
            [first, ..] => (1, u32::from(*first)),
            [] => (1, 0),
        };
        let value = Value::Number(len.into());
        cursor.value(octets, Field::OpusFrameLength, value)?;
        told = told.saturating_add(len);
    }
    let left = cursor.left().checked_sub(told);
    let last = left.ok_or_else(|| too_long(Field::OpusFrameLength, told, at))?;
    all_of_one_length(last, 1, at)
}

/// Frames of one length fill what is left.
fn even<S: Sink>(cursor: &Cursor<'_, '_, S>, count: u32) -> Result<(), Malformed> {
    all_of_one_length(cursor.left(), count, cursor.position())
}

/// Whether so many frames can have one length, together `octets`.
fn all_of_one_length(octets: u32, count: u32, at: u32) -> Result<(), Malformed> {
    let fits = octets.is_multiple_of(count) && octets <= LONGEST_FRAME.saturating_mul(count);
    if fits {
        Ok(())
    } else {
        Err(too_long(Field::OpusFrames, octets, at))
    }
}

const fn too_long(field: Field, value: u32, at: u32) -> Malformed {
    Malformed::Length { field, value, at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::{Labels, Quiet};
    use crate::base::span::Span;

    fn read(octets: &[u8]) -> Result<Opus<'_>, Malformed> {
        parse(Octets::whole(octets, 0), &mut Quiet)
    }

    /// Duration, and octets before the first frame.
    fn shape(octets: &[u8]) -> Option<(u32, u32)> {
        let opus = read(octets).ok()?;
        Some((opus.duration(), opus.header_len))
    }

    #[test]
    fn the_toc_tells_the_duration() {
        assert_eq!(shape(&[0xFC, 1, 2]), Some((960, 1)));
        assert_eq!(shape(&[0x78, 0]), Some((960, 1)));
        assert_eq!(shape(&[0x0A, 1, 5, 6]), Some((1_920, 2)));
        assert_eq!(shape(&[0x83, 0x06]), Some((720, 2)));
        assert_eq!(shape(&[0x18]), Some((2_880, 1)));
        assert_eq!(
            Toc(0x78).text(),
            "speech and music (hybrid), 20 kHz, frames of 20 ms"
        );
        assert_eq!(Toc(0x80).text(), "music (CELT), 4 kHz, frames of 2.5 ms");
    }

    #[test]
    fn what_a_packet_may_not_be_is_refused() {
        // R1 to R7 of RFC 6716, section 3.4, one after the other.
        let long = [0; 1_277];
        for wrong in [
            &[][..],
            &long,
            &[0x79, 1],
            &[0x7A, 3, 1, 1],
            &[0x7B],
            &[0x7B, 0],
            &[0x7B, 0x07, 1, 1, 1, 1, 1, 1, 1],
            &[0x7B, 0x02, 1],
            &[0x7B, 0x42, 9, 1],
            &[0x7B, 0x83, 1, 2, 1, 1],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_octet_is_named() {
        let packet = [0x7B, 0xC2, 2, 1, 9, 8, 7, 0, 0];
        let mut labels = Labels::default();
        let opus = parse(Octets::whole(&packet, 40), &mut labels).expect("Opus");
        assert_eq!((opus.count, opus.header_len), (2, 4));
        assert_eq!(opus.frames.captured, [9, 8, 7]);
        let end = labels.marks().last().map(|mark| (mark.span, mark.field));
        assert_eq!(end, Some((Span::new(47, 49), Field::OpusPadding)));
        let named: u32 = labels.marks().iter().map(|mark| mark.span.len()).sum();
        assert_eq!(named, 9);
    }
}
