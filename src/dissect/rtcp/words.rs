//! The values of RTCP in words.

use super::names::{self, PacketType, SdesType};
use crate::base::field::Field;
use crate::base::label::{Label, Value};
use crate::dissect::words::Words;

/// The value of an RTCP field in words.
pub(in crate::dissect) fn words(label: &Label, _octets: &[u8]) -> Option<Words> {
    let Value::Number(number) = label.value else {
        return None;
    };
    let octet = u8::try_from(number).ok();
    let named = |name: fn(u8) -> Option<&'static str>| octet.and_then(name).map(Words::from);
    match label.field {
        Field::RtcpType => named(|kind| PacketType(kind).name()),
        Field::RtcpSdesType => named(|kind| SdesType(kind).name()),
        Field::RtcpTransportFormat => named(names::transport_feedback),
        Field::RtcpPayloadFormat => named(names::payload_feedback),
        Field::RtcpXrType => named(names::report_block),
        Field::RtcpFraction => Some(format!("{} % lost", number.saturating_mul(100) / 256).into()),
        _ => None,
    }
}
