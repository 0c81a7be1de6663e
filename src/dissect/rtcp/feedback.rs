//! Labels of feedback messages (RFC 4585, RFC 5104, and the receiver estimates and transport-wide
//! feedback of libwebrtc).

use super::label::{lay, sender, signed24};
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

/// Transport layer feedback, by its message type.
pub(super) fn transport<S: Sink>(
    body: &mut Cursor<'_, '_, S>,
    format: u8,
) -> Result<(), Malformed> {
    sender(body)?;
    body.u32(Field::RtcpMediaSsrc)?;
    while body.left() > 0 {
        match format {
            1 => lay(body, &[(2, Field::RtcpNackPid), (2, Field::RtcpNackBlp)])?,
            3 | 4 => bit_rate_limit(body)?,
            15 => {
                lay(body, &[(2, Field::RtcpTccBase), (2, Field::RtcpTccCount)])?;
                signed24(body, Field::RtcpTccTime)?;
                body.u8(Field::RtcpTccNumber)?;
                body.octets(body.left(), Field::RtcpTccChunks)?;
            }
            // RTCP-SR-REQ, the rapid resynchronisation request, has no body (RFC 6051).
            _ => {
                body.octets(body.left(), Field::RtcpFci)?;
            }
        }
    }
    Ok(())
}

/// Payload-specific feedback, by its message type.
pub(super) fn payload<S: Sink>(body: &mut Cursor<'_, '_, S>, format: u8) -> Result<(), Malformed> {
    sender(body)?;
    body.u32(Field::RtcpMediaSsrc)?;
    while body.left() > 0 {
        match format {
            2 => slice(body)?,
            4 => lay(
                body,
                &[
                    (4, Field::RtcpFirSsrc),
                    (1, Field::RtcpFirNumber),
                    (3, Field::RtcpFirReserved),
                ],
            )?,
            15 if body.ahead().captured.starts_with(b"REMB") => estimate(body)?,
            _ => {
                body.octets(body.left(), Field::RtcpFci)?;
            }
        }
    }
    Ok(())
}

/// Temporary maximum media stream bit rate (RFC 5104, section 4.2.1.1).
fn bit_rate_limit<S: Sink>(body: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    body.u32(Field::RtcpTmmbrSsrc)?;
    let word = body.u32(Field::RtcpTmmbrLimit)?;
    for (field, value) in [
        (Field::RtcpTmmbrExponent, word >> 26),
        (Field::RtcpTmmbrMantissa, word >> 9 & 0x1_FFFF),
        (Field::RtcpTmmbrOverhead, word & 0x1FF),
    ] {
        body.fact(4, field, Value::Number(value.into()));
    }
    Ok(())
}

/// Slice loss indication (RFC 4585, section 6.3.2).
fn slice<S: Sink>(body: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    let word = body.u32(Field::RtcpSli)?;
    for (field, value) in [
        (Field::RtcpSliFirst, word >> 19),
        (Field::RtcpSliNumber, word >> 6 & 0x1FFF),
        (Field::RtcpSliPicture, word & 0x3F),
    ] {
        body.fact(4, field, Value::Number(value.into()));
    }
    Ok(())
}

/// Receiver estimated maximum bit rate (draft-alvestrand-rmcat-remb, section 2.2).
fn estimate<S: Sink>(body: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    body.text(4, Field::RtcpRembIdentifier)?;
    let sources = body.u8(Field::RtcpRembSources)?;
    let word = body.u24(Field::RtcpRembRate)?;
    let (exponent, mantissa) = (word >> 18, word & 0x3_FFFF);
    body.fact(3, Field::RtcpRembExponent, Value::Number(exponent.into()));
    body.fact(3, Field::RtcpRembMantissa, Value::Number(mantissa.into()));
    let rate = u64::from(mantissa).checked_shl(exponent);
    body.fact(
        3,
        Field::RtcpRembBitrate,
        Value::Number(rate.unwrap_or(u64::MAX)),
    );
    for _ in 0..sources {
        body.u32(Field::RtcpRembSsrc)?;
    }
    Ok(())
}
