//! RTP (RFC 3550, section 5.1) and the clear header of SRTP (RFC 3711, section 3.1).
//!
//! The wrapper of `rtp-rs`. That crate reads the padding count in the last octet, which in SRTP
//! belongs to the tag: it sees a copy of the fixed header only, padding and extension bit cleared.

use rtp_rs::RtpReader;

use super::header_ext;
use crate::base::anomaly::{Anomalies, Anomaly};
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::{Octets, Span};

/// Synchronisation source, or a contributing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ssrc(pub u32);

impl std::fmt::Display for Ssrc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

/// The clear header of one RTP packet.
#[derive(Debug, Clone, Copy)]
pub struct Rtp<'a> {
    /// Stream.
    pub ssrc: Ssrc,
    /// Sequence number.
    pub seq: u16,
    /// Media timestamp, in units of the codec's clock.
    pub timestamp: u32,
    /// Payload type, 7 bits.
    pub payload_type: u8,
    /// Marker bit.
    pub marker: bool,
    /// Padding bit. In SRTP the count of the padding is sealed.
    pub padding: bool,
    /// Contributing sources, in network order.
    pub csrcs: &'a [[u8; 4]],
    /// Profile and octets of the header extension.
    pub extension: Option<(u16, Octets<'a>)>,
    /// Octets of the header, its extension among them.
    pub header_len: u32,
    /// What follows the header: media, and in SRTP the tag.
    pub payload: Octets<'a>,
    /// What is odd about it.
    pub anomalies: Anomalies,
}

impl<'a> Rtp<'a> {
    /// The payload without its padding (RFC 3550, section 5.1), of a packet that is in clear or was
    /// opened.
    ///
    /// Empty where all of it is padding, or where the last octet, the count, cannot be one.
    pub fn unpadded(&self) -> Octets<'a> {
        let Octets {
            captured, wire_len, ..
        } = self.payload;
        let count = match captured.last() {
            Some(last) if self.padding && !self.payload.is_cut() => u32::from(*last),
            _ => 0,
        };
        self.payload.part(0, wire_len.saturating_sub(count))
    }
}

const FIXED_LEN: usize = 12;
const LONGEST_WITHOUT_EXTENSION: usize = FIXED_LEN + 15 * 4;

/// Reads an RTP packet and labels all of it.
///
/// `None` where it cannot be RTP: another version, a header that does not fit, or a payload type
/// between 64 and 95, which RTP does not use beside RTCP (RFC 5761, section 4).
pub fn parse<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Option<Rtp<'a>> {
    let [first, second, ..] = octets.captured else {
        return None;
    };
    let csrcs = usize::from(first & 0x0F);
    let fixed = csrcs.saturating_mul(4).saturating_add(FIXED_LEN);
    if first >> 6 != 2 || (64..96).contains(&(second & 0x7F)) {
        return None;
    }
    let mut copy = [0_u8; LONGEST_WITHOUT_EXTENSION];
    let copy = copy.get_mut(..fixed)?;
    let header = octets.captured.get(..fixed)?;
    copy.copy_from_slice(header);
    *copy.first_mut()? &= 0b1100_1111;
    let reader = RtpReader::new(copy).ok()?;
    let header_len = fixed as u32;
    let extension = if first & 0x10 == 0 {
        None
    } else {
        Some(extension(octets, header_len)?)
    };
    let extension_len = extension.map_or(0, |(_, body)| body.wire_len.saturating_add(4));
    if S::ACTIVE {
        label(octets, &reader, sink);
    }
    let mut anomalies = Anomalies::default();
    if let Some((profile, body)) = extension {
        let head = octets.part(header_len, 4);
        if header_ext::label(profile, head, body, sink).is_err() {
            anomalies.insert(Anomaly::RtpExtension);
        }
    }
    let payload = octets.after(header_len.saturating_add(extension_len));
    sink.mark(payload.span(), Field::RtpPayload, Value::None);
    Some(Rtp {
        ssrc: Ssrc(reader.ssrc()),
        seq: reader.sequence_number().into(),
        timestamp: reader.timestamp(),
        payload_type: reader.payload_type(),
        marker: reader.mark(),
        padding: first & 0x20 != 0,
        csrcs: header.get(FIXED_LEN..)?.as_chunks().0,
        extension,
        header_len: header_len.saturating_add(extension_len),
        payload,
        anomalies,
    })
}

/// The extension after a fixed header of `at` octets; `None` where it does not fit.
fn extension(octets: Octets<'_>, at: u32) -> Option<(u16, Octets<'_>)> {
    let [p0, p1, l0, l1, ..] = octets.after(at).captured else {
        return None;
    };
    let len = u32::from(u16::from_be_bytes([*l0, *l1])).saturating_mul(4);
    let body = octets.part(at.saturating_add(4), len);
    (body.wire_len == len).then_some((u16::from_be_bytes([*p0, *p1]), body))
}

fn label<S: Sink>(octets: Octets<'_>, reader: &RtpReader<'_>, sink: &mut S) {
    let span = |from: u32, to: u32| {
        Span::new(
            octets.offset.saturating_add(from),
            octets.offset.saturating_add(to),
        )
    };
    let [first, second, ..] = octets.captured else {
        return;
    };
    let number = |n: u32| Value::Number(n.into());
    sink.mark(span(0, 1), Field::RtpFirst, number((*first).into()));
    sink.fact(
        span(0, 1),
        Field::RtpVersion,
        number(reader.version().into()),
    );
    sink.fact(
        span(0, 1),
        Field::RtpPadding,
        number((first >> 5 & 1).into()),
    );
    sink.fact(
        span(0, 1),
        Field::RtpExtBit,
        number((first >> 4 & 1).into()),
    );
    sink.fact(
        span(0, 1),
        Field::RtpCsrcCount,
        number(reader.csrc_count().into()),
    );
    sink.mark(span(1, 2), Field::RtpSecond, number((*second).into()));
    sink.fact(span(1, 2), Field::RtpMarker, number(reader.mark().into()));
    sink.fact(
        span(1, 2),
        Field::RtpPayloadType,
        number(reader.payload_type().into()),
    );
    sink.mark(
        span(2, 4),
        Field::RtpSeq,
        number(u16::from(reader.sequence_number()).into()),
    );
    sink.mark(span(4, 8), Field::RtpTimestamp, number(reader.timestamp()));
    sink.mark(span(8, 12), Field::RtpSsrc, number(reader.ssrc()));
    let csrcs = octets.part(12, u32::from(reader.csrc_count()).saturating_mul(4));
    let mut cursor = Cursor::new(csrcs, sink);
    while cursor.u32(Field::RtpCsrc).is_ok() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::{Labels, Quiet};

    /// One CSRC, one-byte extension with audio level, padding bit set over cipher octets.
    const PACKET: &[u8] = &[
        0xB1, 0xEF, 0x12, 0x34, 0, 0, 0, 9, 0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 5, 0xBE, 0xDE, 0, 1,
        0x10, 0x97, 0, 0, 0xFF, 0xFF, 0xFF,
    ];

    #[test]
    fn the_padding_bit_of_srtp_is_no_reason_to_refuse() {
        let rtp = parse(Octets::whole(PACKET, 0), &mut Quiet).expect("RTP");
        assert_eq!(
            (rtp.ssrc, rtp.seq, rtp.timestamp),
            (Ssrc(0xCAFE_BABE), 0x1234, 9)
        );
        assert_eq!(
            (rtp.payload_type, rtp.marker, rtp.payload.wire_len),
            (111, true, 3)
        );
    }

    #[test]
    fn the_labels_are_those_a_cursor_would_lay() {
        let mut labels = Labels::default();
        parse(Octets::whole(PACKET, 0), &mut labels).expect("RTP");
        let mut read = Labels::default();
        let mut cursor = Cursor::new(Octets::whole(PACKET, 0), &mut read);
        cursor.u8(Field::RtpFirst).expect("there");
        cursor.u8(Field::RtpSecond).expect("there");
        cursor.u16(Field::RtpSeq).expect("there");
        cursor.u32(Field::RtpTimestamp).expect("there");
        cursor.u32(Field::RtpSsrc).expect("there");
        cursor.u32(Field::RtpCsrc).expect("there");
        assert_eq!(labels.regions(16, 16), read.regions(16, 16));
    }

    #[test]
    fn padding_ends_in_its_own_length() {
        let mut packet = PACKET.to_vec();
        for (count, left) in [(0, 3), (2, 1), (3, 0), (4, 0)] {
            packet[26] = count;
            let rtp = parse(Octets::whole(&packet, 0), &mut Quiet).expect("RTP");
            assert_eq!(rtp.unpadded().wire_len, left);
        }
        packet[0] &= 0xDF;
        let rtp = parse(Octets::whole(&packet, 0), &mut Quiet).expect("RTP");
        assert_eq!(rtp.unpadded().wire_len, 3);
    }

    #[test]
    fn payload_types_that_would_be_rtcp_are_not_rtp() {
        let mut packet = PACKET.to_vec();
        packet[1] = 200;
        assert!(parse(Octets::whole(&packet, 0), &mut Quiet).is_none());
    }

    #[test]
    fn an_extension_that_does_not_fit_is_not_rtp() {
        let mut packet = PACKET.to_vec();
        packet[19] = 3;
        assert!(parse(Octets::whole(&packet, 0), &mut Quiet).is_none());
    }
}
