//! Labels of RTCP, octet for octet: reports, source descriptions, goodbyes, and the clear part of
//! SRTCP. Feedback and extended reports stand in files of their own.

use super::{Beside, Guard, PacketType, Rtcp, SdesType, chunk_padding, feedback, report};
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

/// Fields of fixed width, one after the other.
pub(super) type Layout = [(u8, Field)];

/// Sender information (RFC 3550, section 6.4.1).
const SENDER: &Layout = &[
    (4, Field::RtcpNtpSeconds),
    (4, Field::RtcpNtpFraction),
    (4, Field::RtcpRtpTimestamp),
    (4, Field::RtcpPacketCount),
    (4, Field::RtcpOctetCount),
];

/// Labels a datagram as its guard allows.
pub(super) fn datagram<S: Sink>(rtcp: &Rtcp<'_>, sink: &mut S) {
    let mut cursor = Cursor::new(rtcp.octets, sink);
    let done = match rtcp.guard {
        Guard::Plain => compound(&mut cursor),
        Guard::Trailer { offset, .. } => sealed(&mut cursor, offset),
        Guard::Open { offset, .. } => {
            let len = cursor.left().saturating_sub(offset);
            compound(&mut cursor.sub(len)).and_then(|()| trailer(&mut cursor, offset))
        }
        Guard::Undecided => header(&mut cursor)
            .and_then(|_| cursor.u32(Field::RtcpSenderSsrc))
            .map(|_| {
                cursor.rest(Field::SrtcpSealed);
            }),
    };
    if done.is_err() && cursor.left() > 0 {
        cursor.rest(Field::RtcpBody);
    }
}

fn compound<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    while cursor.left() > 0 {
        packet(cursor)?;
    }
    Ok(())
}

/// First octet, type and length of a packet; returns its first octet, type, and body length.
fn header<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(u8, PacketType, u32), Malformed> {
    let first = cursor.u8(Field::RtcpFirst)?;
    for (field, value) in [
        (Field::RtcpVersion, first >> 6),
        (Field::RtcpPadding, first >> 5 & 1),
    ] {
        cursor.fact(1, field, Value::Number(value.into()));
    }
    let [packet_type, ..] = cursor.ahead().captured else {
        return Err(cursor
            .u8(Field::RtcpType)
            .err()
            .unwrap_or(Malformed::Value {
                field: Field::RtcpType,
                value: 0,
                at: cursor.position(),
            }));
    };
    let count = match PacketType(*packet_type) {
        PacketType::SDES | PacketType::BYE => Field::RtcpSourceCount,
        PacketType::APP => Field::RtcpAppSubtype,
        PacketType::RTPFB => Field::RtcpTransportFormat,
        PacketType::PSFB => Field::RtcpPayloadFormat,
        PacketType::XR => Field::RtcpReserved,
        _ => Field::RtcpCount,
    };
    cursor.fact(1, count, Value::Number((first & 0x1F).into()));
    let packet_type = PacketType(cursor.u8(Field::RtcpType)?);
    let words = u32::from(cursor.u16(Field::RtcpLength)?);
    Ok((first, packet_type, words.saturating_mul(4)))
}

/// One packet of a plain compound. What is broken inside it ends with it.
fn packet<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    let (first, packet_type, len) = header(cursor)?;
    let mut body = cursor.sub(len);
    let padding = if first & 0x20 == 0 {
        0
    } else {
        let last = body.ahead().captured.last().copied().map_or(0, u32::from);
        if body.ahead().is_cut() || last > len {
            0
        } else {
            last
        }
    };
    let content_len = len.saturating_sub(padding);
    let mut content = body.sub(content_len);
    let count = first & 0x1F;
    // An error ends the packet, not the compound: what is left of it has no name.
    let _ = match packet_type {
        PacketType::SR => sender_report(&mut content, count),
        PacketType::RR => receiver_report(&mut content, count),
        PacketType::SDES => descriptions(&mut content, count),
        PacketType::BYE => goodbye(&mut content, count),
        PacketType::APP => application(&mut content),
        PacketType::RTPFB => feedback::transport(&mut content, count),
        PacketType::PSFB => feedback::payload(&mut content, count),
        PacketType::XR => report::extended(&mut content),
        _ => sender(&mut content),
    };
    if content.left() > 0 {
        content.rest(Field::RtcpBody);
    }
    if padding > 0 {
        body.skip(padding.saturating_sub(1), Field::RtcpPaddingData)?;
        body.u8(Field::RtcpPaddingCount)?;
    }
    Ok(())
}

pub(super) fn sender<S: Sink>(body: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    body.u32(Field::RtcpSenderSsrc).map(|_| ())
}

/// Lays fields of fixed width.
pub(super) fn lay<S: Sink>(body: &mut Cursor<'_, '_, S>, layout: &Layout) -> Result<(), Malformed> {
    for (width, field) in layout {
        match width {
            1 => body.u8(*field).map(|_| ())?,
            2 => body.u16(*field).map(|_| ())?,
            3 => body.u24(*field).map(|_| ())?,
            8 => body.u64(*field).map(|_| ())?,
            _ => body.u32(*field).map(|_| ())?,
        }
    }
    Ok(())
}

/// Reads 24 bits with a sign.
pub(super) fn signed24<S: Sink>(
    body: &mut Cursor<'_, '_, S>,
    field: Field,
) -> Result<(), Malformed> {
    let number = match body.ahead().captured {
        [a, b, c, ..] => i64::from(i32::from_be_bytes([*a, *b, *c, 0]) >> 8),
        _ => 0,
    };
    body.value(3, field, Value::Signed(number)).map(|_| ())
}

fn sender_report<S: Sink>(body: &mut Cursor<'_, '_, S>, count: u8) -> Result<(), Malformed> {
    sender(body)?;
    lay(body, SENDER)?;
    report_blocks(body, count)
}

fn receiver_report<S: Sink>(body: &mut Cursor<'_, '_, S>, count: u8) -> Result<(), Malformed> {
    sender(body)?;
    report_blocks(body, count)
}

/// Report blocks (RFC 3550, section 6.4.1), and what a profile adds after them.
fn report_blocks<S: Sink>(body: &mut Cursor<'_, '_, S>, count: u8) -> Result<(), Malformed> {
    for _ in 0..count {
        body.u32(Field::RtcpSsrc)?;
        body.u8(Field::RtcpFraction)?;
        signed24(body, Field::RtcpCumulative)?;
        lay(
            body,
            &[
                (4, Field::RtcpHighest),
                (4, Field::RtcpJitter),
                (4, Field::RtcpLastSr),
                (4, Field::RtcpDelaySinceSr),
            ],
        )?;
    }
    if body.left() > 0 {
        body.rest(Field::RtcpProfileExtension);
    }
    Ok(())
}

/// Chunks of a source description, each with its source and its items.
fn descriptions<S: Sink>(body: &mut Cursor<'_, '_, S>, count: u8) -> Result<(), Malformed> {
    for _ in 0..count {
        if body.left() == 0 {
            break;
        }
        body.u32(Field::RtcpSsrc)?;
        while let [kind, ..] = body.ahead().captured {
            if *kind == 0 {
                let padding = chunk_padding(body.taken()).min(body.left());
                body.u8(Field::RtcpSdesType)?;
                body.skip(padding.saturating_sub(1), Field::RtcpSdesEnd)?;
                break;
            }
            item(body)?;
        }
    }
    Ok(())
}

fn item<S: Sink>(body: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    let kind = SdesType(body.u8(Field::RtcpSdesType)?);
    let len = body.u8(Field::RtcpSdesLength)?;
    let mut text = body.sub(len.into());
    if kind == SdesType::PRIV && text.left() > 0 {
        let prefix = text.u8(Field::RtcpSdesPrefixLength)?;
        text.text(u32::from(prefix).min(text.left()), Field::RtcpSdesPrefix)?;
    }
    text.text(text.left(), Field::RtcpSdesText).map(|_| ())
}

fn goodbye<S: Sink>(body: &mut Cursor<'_, '_, S>, count: u8) -> Result<(), Malformed> {
    for _ in 0..count {
        body.u32(Field::RtcpSsrc)?;
    }
    if body.left() > 0 {
        let len = body.u8(Field::RtcpByeLength)?;
        body.text(u32::from(len).min(body.left()), Field::RtcpByeReason)?;
        body.skip(body.left(), Field::RtcpSdesEnd)?;
    }
    Ok(())
}

fn application<S: Sink>(body: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    sender(body)?;
    body.text(4, Field::RtcpAppName)?;
    body.octets(body.left(), Field::RtcpAppData).map(|_| ())
}

/// The clear part of SRTCP (RFC 3711, section 3.4), and its trailer.
fn sealed<S: Sink>(cursor: &mut Cursor<'_, '_, S>, offset: u32) -> Result<(), Malformed> {
    header(cursor)?;
    sender(cursor)?;
    let sealed = cursor.left().saturating_sub(offset);
    let tag = Beside::trailer_at(offset).aead_tag.min(sealed);
    cursor.skip(sealed.saturating_sub(tag), Field::SrtcpSealed)?;
    cursor.skip(tag, Field::SrtcpTag)?;
    trailer(cursor, offset)
}

/// E flag, index, MKI and tag.
fn trailer<S: Sink>(cursor: &mut Cursor<'_, '_, S>, offset: u32) -> Result<(), Malformed> {
    let word = cursor.u32(Field::SrtcpTrailer)?;
    let (encrypted, index) = (word >> 31, word & 0x7FFF_FFFF);
    cursor.fact(4, Field::SrtcpEncrypted, Value::Number(encrypted.into()));
    cursor.fact(4, Field::SrtcpIndex, Value::Number(index.into()));
    let key = Beside::trailer_at(offset).key;
    if key > 0 {
        cursor.octets(key, Field::SrtcpMki)?;
    }
    cursor.rest(Field::SrtcpTag);
    Ok(())
}
