//! Labels of extended reports (RFC 3611).

use super::label::{Layout, lay, sender};
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

/// Source and the range of sequence numbers that a block reports on.
const RANGE: &Layout = &[
    (4, Field::RtcpSsrc),
    (2, Field::RtcpXrBegin),
    (2, Field::RtcpXrEnd),
];

/// Delay since the last receiver reference time (RFC 3611, section 4.5).
const DELAY: &Layout = &[
    (4, Field::RtcpSsrc),
    (4, Field::RtcpXrLastRr),
    (4, Field::RtcpXrDelay),
];

/// Statistics summary after its range (RFC 3611, section 4.6).
const STATISTICS: &Layout = &[
    (4, Field::RtcpXrLost),
    (4, Field::RtcpXrDuplicates),
    (4, Field::RtcpXrMinJitter),
    (4, Field::RtcpXrMaxJitter),
    (4, Field::RtcpXrMeanJitter),
    (4, Field::RtcpXrDevJitter),
    (1, Field::RtcpXrMinTtl),
    (1, Field::RtcpXrMaxTtl),
    (1, Field::RtcpXrMeanTtl),
    (1, Field::RtcpXrDevTtl),
];

/// `VoIP` metrics up to the two levels (RFC 3611, section 4.7).
const VOIP: &Layout = &[
    (4, Field::RtcpSsrc),
    (1, Field::RtcpFraction),
    (1, Field::RtcpDiscarded),
    (1, Field::RtcpBurstDensity),
    (1, Field::RtcpGapDensity),
    (2, Field::RtcpBurstDuration),
    (2, Field::RtcpGapDuration),
    (2, Field::RtcpRoundTrip),
    (2, Field::RtcpEndDelay),
];

/// Those after the two levels.
const VOIP_AFTER: &Layout = &[
    (1, Field::RtcpEchoLoss),
    (1, Field::RtcpGmin),
    (1, Field::RtcpRFactor),
    (1, Field::RtcpExternalRFactor),
    (1, Field::RtcpMosListening),
    (1, Field::RtcpMosConversation),
    (1, Field::RtcpReceiver),
    (1, Field::RtcpReserved),
    (2, Field::RtcpJitterNominal),
    (2, Field::RtcpJitterMax),
    (2, Field::RtcpJitterAbsolute),
];

/// Blocks of an extended report.
pub(super) fn extended<S: Sink>(body: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    sender(body)?;
    while body.left() > 0 {
        let kind = body.u8(Field::RtcpXrType)?;
        body.u8(Field::RtcpXrSpecific)?;
        let len = u32::from(body.u16(Field::RtcpXrLength)?).saturating_mul(4);
        let mut content = body.sub(len);
        // An error ends the block, not the report.
        let _ = block(&mut content, kind);
        if content.left() > 0 {
            content.rest(Field::RtcpBody);
        }
    }
    Ok(())
}

/// `VoIP` metrics, whose levels have a sign: decibels below full scale.
fn voip<S: Sink>(body: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    lay(body, VOIP)?;
    for field in [Field::RtcpSignalLevel, Field::RtcpNoiseLevel] {
        let level = body.ahead().captured.first().copied().unwrap_or_default();
        body.value(1, field, Value::Signed(level.cast_signed().into()))?;
    }
    lay(body, VOIP_AFTER)
}

fn block<S: Sink>(body: &mut Cursor<'_, '_, S>, kind: u8) -> Result<(), Malformed> {
    match kind {
        1 | 2 => {
            lay(body, RANGE)?;
            body.octets(body.left(), Field::RtcpXrChunks).map(|_| ())
        }
        3 => {
            lay(body, RANGE)?;
            while body.left() > 0 {
                body.u32(Field::RtcpXrReceipt)?;
            }
            Ok(())
        }
        4 => body.u64(Field::RtcpXrTimestamp).map(|_| ()),
        5 => {
            while body.left() > 0 {
                lay(body, DELAY)?;
            }
            Ok(())
        }
        6 => {
            lay(body, RANGE)?;
            lay(body, STATISTICS)
        }
        7 => voip(body),
        _ => Ok(()),
    }
}
