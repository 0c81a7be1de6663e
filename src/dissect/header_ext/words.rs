//! What the values of extension elements say, in words.

use crate::base::field::Field;
use crate::base::label::{Label, Value};
use crate::dissect::Words;

/// What a label of an extension element says; `None` where its value says it already.
pub(in crate::dissect) fn words(label: &Label, _: &[u8]) -> Option<Words> {
    let Value::Number(number) = label.value else {
        return None;
    };
    let number = number as u32;
    Some(match label.field {
        Field::RtpExtLevel | Field::RtpExtMixerLevel if number == 127 => "silence".into(),
        Field::RtpExtLevel | Field::RtpExtMixerLevel => format!("-{number} dBov").into(),
        Field::RtpExtVoice => if number == 1 { "voice" } else { "no voice" }.into(),
        Field::RtpExtCamera => if number == 1 { "back" } else { "front" }.into(),
        Field::RtpExtAbsSendTime => {
            let micros = u64::from(number).saturating_mul(1_000_000) >> 18;
            let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
            format!("{seconds}.{rest:06} s of 64").into()
        }
        Field::RtpExtToffset => {
            let offset = (number << 8).cast_signed() >> 8;
            format!("{offset} units of the clock").into()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Span;

    fn said(field: Field, number: u64) -> Option<Words> {
        let label = Label {
            span: Span::new(0, 1),
            field,
            value: Value::Number(number),
        };
        words(&label, &[0])
    }

    #[test]
    fn a_level_is_told_below_overload() {
        assert_eq!(said(Field::RtpExtLevel, 32).as_deref(), Some("-32 dBov"));
        assert_eq!(said(Field::RtpExtLevel, 127).as_deref(), Some("silence"));
    }

    #[test]
    fn an_offset_has_a_sign() {
        let words = said(Field::RtpExtToffset, 0x00FF_FFFE);
        assert_eq!(words.as_deref(), Some("-2 units of the clock"));
    }

    #[test]
    fn a_send_time_is_told_in_seconds() {
        let words = said(Field::RtpExtAbsSendTime, 1 << 17);
        assert_eq!(words.as_deref(), Some("0.500000 s of 64"));
    }
}
