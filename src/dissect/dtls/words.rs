//! The values of TLS and DTLS in words.

use super::CipherSuite;
use super::names::{
    AlertDescription, ContentType, ExtensionType, Group, HandshakeType, SignatureScheme,
    SrtpProfile, Version,
};
use crate::base::field::Field;
use crate::base::label::{Label, Value};
use crate::dissect::words::Words;

/// The value of a field of TLS or DTLS in words.
pub(in crate::dissect) fn words(label: &Label, _octets: &[u8]) -> Option<Words> {
    let Value::Number(number) = label.value else {
        return None;
    };
    let short = u16::try_from(number).ok()?;
    let octet = u8::try_from(number).ok();
    let name = match label.field.over_dtls() {
        Field::DtlsType => ContentType(octet?).name(),
        Field::DtlsHandshakeType => HandshakeType(octet?).name(),
        Field::DtlsVersion | Field::DtlsHelloVersion | Field::DtlsSupportedVersion => {
            Version(short).name()
        }
        Field::DtlsAlert => AlertDescription(octet?).name(),
        Field::DtlsAlertLevel => match number {
            1 => Some("warning"),
            2 => Some("fatal"),
            _ => None,
        },
        Field::DtlsSuite => CipherSuite(short).name(),
        Field::DtlsExtensionType => ExtensionType(short).name(),
        Field::DtlsGroup | Field::DtlsKeyShareGroup | Field::DtlsRetryGroup => Group(short).name(),
        Field::DtlsSignature => SignatureScheme(short).name(),
        Field::DtlsProfile => SrtpProfile(short).name(),
        _ => None,
    };
    name.map(Words::from)
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
    fn numbers_have_their_registered_names() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(say(Field::DtlsHandshakeType, 11), some("Certificate"));
        assert_eq!(say(Field::DtlsExtensionType, 14), some("use_srtp"));
        assert_eq!(
            say(Field::DtlsProfile, 1),
            some("SRTP_AES128_CM_HMAC_SHA1_80")
        );
        assert_eq!(say(Field::DtlsVersion, 0xFEFF), some("DTLS 1.0"));
        assert_eq!(say(Field::DtlsSuite, 0x0A0A), None);
    }
}
