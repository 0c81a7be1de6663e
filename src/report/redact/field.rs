//! What the fields of a packet tell of somebody.
//!
//! What is not known to be harmless is hidden: a field that is new in the table of fields shows
//! numbers and addresses, and no octets and no text until somebody says here that it may.

use super::Name;
use crate::base::field::Field;
use crate::base::label::{Label, Value};
use crate::base::told::Told;

/// What a label says, `None` where it only says that it is there. `ice` where it stands in a
/// connectivity check: there the user name is made of two fragments.
pub(in crate::report) fn says(label: &Label, frame: &[u8], ice: bool) -> Option<Told> {
    let text = || label.text(frame);
    Some(match label.value {
        Value::Address(address) => address.into(),
        Value::Ip(address) => address.into(),
        Value::Number(_) | Value::Named(..) if !identifies(label.field) => Told::plain(text()?),
        Value::Signed(_) => Told::plain(text()?),
        Value::Text if is_product(label.field) => Told::plain(text()?),
        Value::Octets if matches!(label.field, Field::EthDst | Field::EthSrc) => {
            card(label, frame)?
        }
        Value::Number(_) | Value::Named(..) if is_checksum(label.field) => Name::Octets.of(text()?),
        Value::Number(_) | Value::Named(..) => Name::Id.of(text()?),
        Value::Text => kind(label.field, ice).unwrap_or(Name::Text).of(text()?),
        Value::Octets => kind(label.field, ice).unwrap_or(Name::Octets).of(text()?),
        Value::None => return None,
    })
}

/// Whether the octets themselves may be shown where names are hidden.
pub(in crate::report) fn shows_octets(region: &Label) -> bool {
    let number = matches!(
        region.value,
        Value::Number(_) | Value::Named(..) | Value::Signed(_)
    ) && !identifies(region.field);
    number || is_product(region.field) || region.field == Field::StunCookie
}

/// Names of products, which name nobody.
const fn is_product(field: Field) -> bool {
    matches!(
        field,
        Field::StunSoftware | Field::SipUserAgent | Field::SipServer
    )
}

fn card(label: &Label, frame: &[u8]) -> Option<Told> {
    let octets = label.octets(frame).first_chunk::<6>().copied();
    octets.map(Told::from)
}

/// Numbers that belong to one client or session, and checksums.
const fn identifies(field: Field) -> bool {
    is_checksum(field) || matches!(field, Field::StunTieBreaker | Field::StunConnectionId)
}

/// A checksum gives away what is hidden in a message of which all else is shown.
const fn is_checksum(field: Field) -> bool {
    matches!(
        field,
        Field::StunFingerprint | Field::StunDtlsAck | Field::UdpChecksum
    )
}

const fn kind(field: Field, ice: bool) -> Option<Name> {
    Some(match field.over_dtls() {
        Field::StunUsername if ice => Name::IceUser,
        Field::StunUsername | Field::StunUserId | Field::StunUserhash => Name::User,
        Field::StunRealm => Name::Realm,
        Field::StunNonce
        | Field::StunReservationToken
        | Field::StunAccessToken
        | Field::StunMobilityTicket
        | Field::DtlsCookie
        | Field::DtlsRetryCookie
        | Field::DtlsTicket => Name::Nonce,
        Field::StunId
        | Field::StunGoogLastCheck
        | Field::StunMsConnection
        | Field::StunMsSession
        | Field::StunMsSipId
        | Field::DtlsRandom
        | Field::DtlsSessionId
        | Field::DtlsConnectionId
        | Field::SipCallId => Name::Id,
        Field::StunAlternateDomain
        | Field::StunThirdParty
        | Field::StunOrigin
        | Field::DtlsServerName
        | Field::DtlsSni => Name::Host,
        Field::RtcpSdesText => Name::Cname,
        Field::SipRequestUri
        | Field::SipFrom
        | Field::SipTo
        | Field::SipContact
        | Field::SipIdentity => Name::Uri,
        Field::SdpFingerprint => Name::Fingerprint,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Span;
    use crate::report::redact::Redactor;

    fn label(field: Field, value: Value) -> Label {
        Label {
            span: Span::new(0, 4),
            field,
            value,
        }
    }

    #[test]
    fn octets_of_unknown_meaning_are_hidden() {
        for field in Field::ALL {
            for value in [Value::Octets, Value::None, Value::Text] {
                let shown = shows_octets(&label(*field, value));
                let known = is_product(*field) || *field == Field::StunCookie;
                assert_eq!(shown, known, "{field:?}");
            }
        }
    }

    #[test]
    fn no_text_and_no_octets_are_told_as_they_are() {
        let redactor = Redactor::keyed([7; 64]);
        for field in Field::ALL.iter().filter(|f| !is_product(**f)) {
            for value in [Value::Octets, Value::Text] {
                for ice in [false, true] {
                    let told = says(&label(*field, value), b"eve!xx", ice);
                    let shown = redactor.show(told.unwrap_or_default());
                    assert!(
                        !shown.contains("eve") && !shown.contains("657665"),
                        "{shown}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_checksum_that_gives_an_address_away_is_hidden() {
        assert!(!shows_octets(&label(
            Field::StunFingerprint,
            Value::Number(1)
        )));
        assert!(shows_octets(&label(Field::StunType, Value::Number(1))));
    }
}
