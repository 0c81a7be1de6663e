//! The values of STUN and TURN in words.

use super::names::{AttributeType, MessageType};
use crate::base::field::Field;
use crate::base::label::{Label, Value};
use crate::dissect::words::Words;

/// The value of a STUN field in words.
pub(in crate::dissect) fn words(label: &Label, _octets: &[u8]) -> Option<Words> {
    let Value::Number(number) = label.value else {
        return None;
    };
    let short = u16::try_from(number).ok();
    match label.field {
        Field::StunType => short.map(|kind| MessageType(kind).to_string().into()),
        Field::StunAttrType | Field::StunUnknownAttribute => short
            .and_then(|kind| AttributeType(kind).name())
            .map(Words::from),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Span;

    fn say(field: Field, number: u64) -> Option<String> {
        let span = Span::new(0, 0);
        let value = Value::Number(number);
        words(&Label { span, field, value }, &[]).map(Words::into_owned)
    }

    #[test]
    fn message_and_attribute_types_have_their_registered_names() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(say(Field::StunType, 0x0113), some("Allocate error"));
        assert_eq!(say(Field::StunAttrType, 0x0012), some("XOR-PEER-ADDRESS"));
        assert_eq!(say(Field::StunUnknownAttribute, 0xBEEF), None);
    }
}
