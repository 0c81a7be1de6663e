//! SCTP as data channels use it inside DTLS (RFC 8831; RFC 9260): of each piece of a message which
//! stream it belongs to and how long it is. What the message says is not read.

use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink};
use crate::base::span::Octets;

/// One packet.
#[derive(Debug, Clone, Copy)]
pub struct Sctp<'a>(Octets<'a>);

/// A message or a part of one (RFC 9260, section 3.3.1; RFC 8260, section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data {
    /// Number among all pieces of its sender; the same where it is sent again.
    pub tsn: u32,
    /// Stream: one data channel in each direction.
    pub stream: u16,
    /// What the application says of it; of a message whose parts name themselves only in the first.
    pub protocol: Option<PayloadProtocol>,
    /// Whether the message begins here, and whether it ends here.
    pub begins: bool,
    /// Whether it ends here.
    pub ends: bool,
    /// Whether it may be delivered before those that were sent before it.
    pub unordered: bool,
    /// Number of the message in its stream and of the part in the message, where parts of several
    /// messages may mingle; else parts of one message follow each other.
    pub part: Option<(u32, u32)>,
    /// Octets of the application.
    pub len: u32,
}

/// Payload protocol identifier (RFC 8831, section 8; RFC 8832, section 8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PayloadProtocol(pub u32);

/// Octets of the common header, of the head of a chunk, and of a unit of which chunks are made.
const HEADER: u32 = 12;
const HEAD: u32 = 4;
const UNIT: u32 = 4;
/// Chunk types DATA and I-DATA.
const DATA: u8 = 0;
const I_DATA: u8 = 64;

impl PayloadProtocol {
    /// A message by which data channels are opened.
    pub const CONTROL: Self = Self(50);

    /// What it stands for, in a word or two.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            50 => "control",
            51 | 54 | 56 => "text",
            52 | 53 | 57 => "octets",
            _ => return None,
        })
    }

    /// Whether it stands for a message without octets, in whose place one is sent (RFC 8831,
    /// section 6.6).
    const fn is_empty(self) -> bool {
        matches!(self.0, 56 | 57)
    }
}

/// Reads a packet.
///
/// `None` where chunks do not fill it, or the capture does not hold it whole.
pub fn parse(octets: Octets<'_>) -> Option<Sctp<'_>> {
    let mut quiet = Quiet;
    let mut cursor = Cursor::new(octets, &mut quiet);
    header(&mut cursor).ok()?;
    let mut chunks = 0_u32;
    while cursor.left() > 0 {
        chunk(&mut cursor).ok()?;
        chunks = chunks.saturating_add(1);
    }
    (chunks > 0 && !octets.is_cut()).then_some(Sctp(octets))
}

impl Sctp<'_> {
    /// The pieces of messages, in their order.
    pub fn data(&self) -> impl Iterator<Item = Data> {
        let octets = self.0;
        let mut at = HEADER;
        let chunks = std::iter::from_fn(move || {
            let mut quiet = Quiet;
            let mut cursor = Cursor::new(octets.after(at), &mut quiet);
            if cursor.left() == 0 {
                return None;
            }
            let data = chunk(&mut cursor).ok()?;
            at = at.saturating_add(cursor.taken());
            Some(data)
        });
        chunks.flatten()
    }
}

fn header<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    cursor.u16(Field::SctpSrcPort)?;
    cursor.u16(Field::SctpDstPort)?;
    cursor.u32(Field::SctpTag)?;
    cursor.u32(Field::SctpChecksum).map(drop)
}

/// Reads a chunk; `None` where it carries nothing of an application.
fn chunk<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<Option<Data>, Malformed> {
    let kind = cursor.u8(Field::SctpChunkType)?;
    let flags = cursor.u8(Field::SctpChunkFlags)?;
    let at = cursor.position();
    let len = u32::from(cursor.u16(Field::SctpChunkLength)?);
    let value = len
        .checked_sub(HEAD)
        .filter(|value| *value <= cursor.left());
    let value = value.ok_or(Malformed::Length {
        field: Field::SctpChunkLength,
        value: len,
        at,
    })?;
    let mut inside = cursor.sub(value);
    let read = match kind {
        DATA => data(&mut inside, flags).map(Some)?,
        I_DATA => interleaved(&mut inside, flags).map(Some)?,
        _ => {
            inside.rest(Field::SctpChunkValue);
            None
        }
    };
    let padding = len.next_multiple_of(UNIT).saturating_sub(len);
    let padding = padding.min(cursor.left());
    cursor.skip(padding, Field::SctpPadding)?;
    Ok(read)
}

fn data<S: Sink>(cursor: &mut Cursor<'_, '_, S>, flags: u8) -> Result<Data, Malformed> {
    let tsn = cursor.u32(Field::SctpTsn)?;
    let stream = cursor.u16(Field::SctpStream)?;
    cursor.u16(Field::SctpStreamSequence)?;
    let protocol = PayloadProtocol(cursor.u32(Field::SctpProtocol)?);
    Ok(piece(cursor, flags, (tsn, stream), Some(protocol), None))
}

fn interleaved<S: Sink>(cursor: &mut Cursor<'_, '_, S>, flags: u8) -> Result<Data, Malformed> {
    let tsn = cursor.u32(Field::SctpTsn)?;
    let stream = cursor.u16(Field::SctpStream)?;
    cursor.u16(Field::SctpReserved)?;
    let message = cursor.u32(Field::SctpMessage)?;
    let (protocol, part) = if flags & BEGINS == 0 {
        (None, cursor.u32(Field::SctpFragment)?)
    } else {
        (Some(PayloadProtocol(cursor.u32(Field::SctpProtocol)?)), 0)
    };
    let part = Some((message, part));
    Ok(piece(cursor, flags, (tsn, stream), protocol, part))
}

/// Flags of both chunks: the message begins, ends, and is unordered.
const BEGINS: u8 = 2;
const ENDS: u8 = 1;
const UNORDERED: u8 = 4;

fn piece<S: Sink>(
    cursor: &mut Cursor<'_, '_, S>,
    flags: u8,
    (tsn, stream): (u32, u16),
    protocol: Option<PayloadProtocol>,
    part: Option<(u32, u32)>,
) -> Data {
    let octets = cursor.rest(Field::SctpData);
    let empty = protocol.is_some_and(PayloadProtocol::is_empty);
    Data {
        tsn,
        stream,
        protocol,
        begins: flags & BEGINS != 0,
        ends: flags & ENDS != 0,
        unordered: flags & UNORDERED != 0,
        part,
        len: if empty { 0 } else { octets.wire_len },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(chunks: &[&[u8]]) -> Vec<u8> {
        let mut octets = vec![0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 5, 6, 7, 8];
        for chunk in chunks {
            octets.extend(*chunk);
            octets.resize(octets.len().next_multiple_of(4), 0);
        }
        octets
    }

    fn pieces(octets: &[u8]) -> Option<Vec<Data>> {
        Some(parse(Octets::whole(octets, 0))?.data().collect())
    }

    #[test]
    fn each_piece_tells_its_stream_and_its_length() {
        let sack = [3, 0, 0, 16, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0];
        let data = [
            0, 3, 0, 19, 0, 0, 0, 7, 0, 5, 0, 1, 0, 0, 0, 51, b'a', b'b', b'c',
        ];
        let found = pieces(&packet(&[&sack, &data])).expect("SCTP");
        let [data] = &found[..] else {
            panic!("one piece");
        };
        assert_eq!((data.tsn, data.stream, data.len), (7, 5, 3));
        assert!(data.begins && data.ends && !data.unordered && data.part.is_none());
        assert_eq!(data.protocol.and_then(PayloadProtocol::name), Some("text"));
    }

    #[test]
    fn parts_that_may_mingle_number_themselves() {
        let first = [
            64, 2, 0, 21, 0, 0, 0, 7, 0, 5, 0, 0, 0, 0, 0, 4, 0, 0, 0, 53, 1,
        ];
        let last = [
            64, 5, 0, 22, 0, 0, 0, 8, 0, 5, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3,
        ];
        let found = pieces(&packet(&[&first, &last])).expect("SCTP");
        let told = |data: &Data| (data.part, data.protocol, data.len);
        let octets = PayloadProtocol(53);
        assert_eq!(told(&found[0]), (Some((4, 0)), Some(octets), 1));
        assert_eq!(told(&found[1]), (Some((4, 1)), None, 2));
        assert!(found[1].unordered && found[1].ends && !found[1].begins);
    }

    #[test]
    fn a_message_without_octets_has_none() {
        let data = [0, 3, 0, 17, 0, 0, 0, 7, 0, 5, 0, 1, 0, 0, 0, 56, 0];
        assert_eq!(pieces(&packet(&[&data])).expect("SCTP")[0].len, 0);
    }

    #[test]
    fn what_chunks_do_not_fill_is_none() {
        let mut octets = packet(&[&[10, 0, 0, 4]]);
        assert!(pieces(&octets).is_some());
        octets.push(0);
        assert!(pieces(&octets).is_none());
        assert!(pieces(&octets[..12]).is_none());
        assert!(pieces(&packet(&[&[0, 3, 0, 3]])).is_none());
        assert!(pieces(&packet(&[&[0, 3, 0, 12, 1, 2, 3, 4]])).is_none());
    }
}
