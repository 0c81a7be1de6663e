//! VP8 in RTP: the payload descriptor (RFC 7741, section 4.2) and the header with which each frame
//! begins (RFC 6386, section 9.1).

use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Octets;

/// What stands in front of the part of a frame that a packet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    /// Its length in octets.
    pub len: u32,
    /// Whether a bit is set that senders leave zero and receivers ignore.
    pub reserved: bool,
    /// Whether no other frame needs this one.
    pub non_reference: bool,
    /// Whether the packet begins with the beginning of a partition.
    pub starts_partition: bool,
    /// The partition that the packet begins in.
    pub partition: u8,
    /// Number of the picture, of 7 or 15 bits: one more for each frame.
    pub picture_id: Option<u16>,
    /// Temporal layer.
    pub temporal_layer: Option<u8>,
}

impl Descriptor {
    /// Whether a frame begins here.
    pub const fn starts_frame(&self) -> bool {
        self.starts_partition && self.partition == 0
    }
}

/// The header with which a frame begins: 3 octets, and 10 of a key frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Width and height of a key frame, in pixels; `None` of a frame that needs earlier ones.
    pub key_frame: Option<(u16, u16)>,
    /// Version of the bitstream, 0 to 3.
    pub version: u8,
    /// Whether the frame is shown.
    pub shown: bool,
    /// Octets of the first partition, which begins after this header.
    pub first_partition: u32,
    /// Its own length in octets.
    pub len: u32,
}

/// A packet of VP8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vp8<'a> {
    /// What stands in front.
    pub descriptor: Descriptor,
    /// The header of the frame that begins here.
    pub header: Option<FrameHeader>,
    /// What the packet holds of the frame, its header among it. The packets of one timestamp, in
    /// the order of their numbers, make the frame.
    pub part: Octets<'a>,
}

/// Reads a packet, and labels all of it.
///
/// # Errors
/// [`Malformed`] where the octets end in a header, or a key frame begins without its start code.
pub fn parse<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Result<Vp8<'a>, Malformed> {
    let descriptor = descriptor(octets, sink)?;
    let part = octets.after(descriptor.len);
    let header = if descriptor.starts_frame() {
        Some(header(part, sink)?)
    } else {
        None
    };
    let data = part.after(header.map_or(0, |header| header.len));
    sink.mark(data.span(), Field::Vp8Data, Value::None);
    Ok(Vp8 {
        descriptor,
        header,
        part,
    })
}

/// Reads what stands in front of the part of a frame.
///
/// # Errors
/// [`Malformed::Truncated`] where the octets end in it.
pub fn descriptor<S: Sink>(octets: Octets<'_>, sink: &mut S) -> Result<Descriptor, Malformed> {
    let mut cursor = Cursor::new(octets, sink);
    let bit = |octet: u8, bit: u8| Value::Number((octet >> bit & 1).into());
    let first = cursor.u8(Field::Vp8First)?;
    let mut read = Descriptor {
        len: 0,
        reserved: first & 0x48 != 0,
        non_reference: first & 0x20 != 0,
        starts_partition: first & 0x10 != 0,
        partition: first & 0x07,
        picture_id: None,
        temporal_layer: None,
    };
    cursor.fact(1, Field::Vp8NonReference, bit(first, 5));
    cursor.fact(1, Field::Vp8Start, bit(first, 4));
    let partition = Value::Number(read.partition.into());
    cursor.fact(1, Field::Vp8Partition, partition);
    if first & 0x80 != 0 {
        let holds = cursor.u8(Field::Vp8Extension)?;
        read.reserved |= holds & 0x0F != 0;
        if holds & 0x80 != 0 {
            read.picture_id = Some(picture_id(&mut cursor)?);
        }
        if holds & 0x40 != 0 {
            cursor.u8(Field::Vp8Tl0)?;
        }
        if holds & 0x30 != 0 {
            let layer = cursor.u8(Field::Vp8Layer)?;
            if holds & 0x20 != 0 {
                let number = Value::Number((layer >> 6).into());
                cursor.fact(1, Field::Vp8TemporalLayer, number);
                cursor.fact(1, Field::Vp8LayerSync, bit(layer, 5));
                read.temporal_layer = Some(layer >> 6);
            }
            if holds & 0x10 != 0 {
                let index = Value::Number((layer & 0x1F).into());
                cursor.fact(1, Field::Vp8KeyIndex, index);
            }
        }
    }
    read.len = cursor.taken();
    Ok(read)
}

/// One octet, or two where the first bit says so.
fn picture_id<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<u16, Malformed> {
    let (len, number) = match *cursor.ahead().captured {
        [first, second, ..] if first & 0x80 != 0 => (2, u16::from_be_bytes([first & 0x7F, second])),
        [first, ..] if first & 0x80 == 0 => (1, first.into()),
        [..] => (2, 0),
    };
    let value = Value::Number(number.into());
    cursor.value(len, Field::Vp8PictureId, value)?;
    Ok(number)
}

/// Reads the header with which a frame begins.
///
/// # Errors
/// [`Malformed`] where the octets end in it, or a key frame has no start code.
pub fn header<S: Sink>(frame: Octets<'_>, sink: &mut S) -> Result<FrameHeader, Malformed> {
    let mut cursor = Cursor::new(frame, sink);
    // The three octets stand in the order of a little machine.
    let tag = cursor.u24(Field::Vp8Tag)?.swap_bytes() >> 8;
    let (version, shown) = (tag >> 1 & 7, tag >> 4 & 1);
    let first_partition = tag >> 5;
    let number = |number: u32| Value::Number(number.into());
    cursor.fact(3, Field::Vp8InterFrame, number(tag & 1));
    cursor.fact(3, Field::Vp8Version, number(version));
    cursor.fact(3, Field::Vp8Shown, number(shown));
    cursor.fact(3, Field::Vp8FirstPartition, number(first_partition));
    let key_frame = if tag & 1 == 0 {
        Some(size(&mut cursor)?)
    } else {
        None
    };
    Ok(FrameHeader {
        key_frame,
        version: version as u8,
        shown: shown == 1,
        first_partition,
        len: cursor.taken(),
    })
}

/// The start code of a key frame, and its width and height.
fn size<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(u16, u16), Malformed> {
    let at = cursor.position();
    let value = cursor.u24(Field::Vp8StartCode)?;
    if value != START_CODE {
        let field = Field::Vp8StartCode;
        return Err(Malformed::Value { field, value, at });
    }
    let width = side(cursor, Field::Vp8Width, Field::Vp8WidthScale)?;
    let height = side(cursor, Field::Vp8Height, Field::Vp8HeightScale)?;
    Ok((width, height))
}

/// One side of the picture in 14 bits, and in the upper two how it is to be scaled.
fn side<S: Sink>(
    cursor: &mut Cursor<'_, '_, S>,
    size: Field,
    scale: Field,
) -> Result<u16, Malformed> {
    let ahead = cursor.ahead().captured.first_chunk();
    let number = ahead.map_or(0, |octets| u16::from_le_bytes(*octets));
    let pixels = number & 0x3FFF;
    cursor.value(2, size, Value::Number(pixels.into()))?;
    cursor.fact(2, scale, Value::Number((number >> 14).into()));
    Ok(pixels)
}

const START_CODE: u32 = 0x9D_01_2A;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::{Labels, Quiet};

    /// The first packet of a key frame of 640 by 480: a descriptor with a picture of 15 bits.
    const KEY: [u8; 15] = [
        0x90, 0x80, 0x81, 0x02, 0x50, 0x21, 0x00, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0xE0, 0x01, 0x77,
    ];

    fn read(octets: &[u8]) -> Result<Vp8<'_>, Malformed> {
        parse(Octets::whole(octets, 0), &mut Quiet)
    }

    #[test]
    fn a_key_frame_tells_its_size() {
        let packet = read(&KEY).expect("VP8");
        assert_eq!(packet.descriptor.len, 4);
        assert_eq!(packet.descriptor.picture_id, Some(0x102));
        assert!(packet.descriptor.starts_frame() && !packet.descriptor.reserved);
        assert_eq!(packet.part.captured, &KEY[4..]);
        let header = FrameHeader {
            key_frame: Some((640, 480)),
            version: 0,
            shown: true,
            first_partition: 0x10A,
            len: 10,
        };
        assert_eq!(packet.header, Some(header));
    }

    #[test]
    fn a_frame_between_key_frames_begins_with_three_octets() {
        let packet = read(&[0x10, 0x31, 0x02, 0x00, 9]).expect("VP8");
        let header = packet.header.expect("a header");
        assert_eq!((header.key_frame, header.len), (None, 3));
        assert_eq!(header.first_partition, 0x11);
    }

    #[test]
    fn what_goes_on_has_no_header() {
        let packet = read(&[0x80, 0xE0, 0x81, 0x02, 7, 0x40, 9]).expect("VP8");
        assert_eq!((packet.descriptor.len, packet.header), (6, None));
        assert_eq!(packet.descriptor.temporal_layer, Some(1));
        assert_eq!(packet.part.captured, [9]);
    }

    #[test]
    fn a_wrong_start_code_is_refused_and_a_reserved_bit_is_told() {
        let mut wrong = KEY;
        wrong[7] = 0x9C;
        assert!(matches!(
            read(&wrong),
            Err(Malformed::Value { at: 7, value, .. }) if value == 0x9C_01_2A
        ));
        for (at, octet) in [(0, 0xD0), (0, 0x98), (1, 0x81)] {
            let mut odd = KEY;
            odd[at] = octet;
            assert!(read(&odd).expect("VP8").descriptor.reserved);
        }
    }

    #[test]
    fn a_cut_header_is_refused_and_every_octet_of_a_whole_one_is_named() {
        for len in 0..14 {
            assert!(read(&KEY[..len]).is_err(), "{len}");
        }
        let mut labels = Labels::default();
        parse(Octets::whole(&KEY, 5), &mut labels).expect("VP8");
        let named: u32 = labels.marks().iter().map(|mark| mark.span.len()).sum();
        assert_eq!(named, 15);
        let width = labels.facts().iter().find(|f| f.field == Field::Vp8Width);
        assert_eq!(width.map(|fact| fact.value), Some(Value::Number(640)));
    }
}
