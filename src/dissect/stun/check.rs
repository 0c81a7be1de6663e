//! What is odd about a message whose attributes can be read.

use super::names::AttributeType as T;
use super::{Stun, layout};
use crate::base::anomaly::{Anomalies, Anomaly};

/// Checks what a reader without keys can check.
pub(super) fn check(stun: &Stun<'_>) -> Anomalies {
    let mut found = Anomalies::default();
    if stun.fingerprint() == Some(false) {
        found.insert(Anomaly::StunFingerprint);
    }
    let mut seen = 0_u128;
    let mut sealed = false;
    for attribute in stun.attributes() {
        let kind = attribute.kind;
        if sealed && !may_follow_integrity(kind) {
            found.insert(Anomaly::StunAfterIntegrity);
        }
        sealed |= matches!(kind, T::MESSAGE_INTEGRITY | T::MESSAGE_INTEGRITY_SHA256);
        if attribute.has_reserved_bits() {
            found.insert(Anomaly::StunReserved);
        }
        if kind == T::MESSAGE_INTEGRITY_SHA256 && !is_sha256_length(attribute.octets.len()) {
            found.insert(Anomaly::StunIntegrityLength);
        }
        // Types that are registered: their low six bits and the highest tell them apart.
        let bit = 1_u128.wrapping_shl(u32::from(kind.0 & 0x3F | kind.0 >> 9 & 0x40));
        if !layout::may_repeat(kind) {
            if seen & bit != 0 {
                found.insert(Anomaly::StunRepeated);
            }
            seen |= bit;
        }
    }
    found
}

/// Receivers ignore all others (RFC 8489, section 14.5).
fn may_follow_integrity(kind: T) -> bool {
    matches!(
        kind,
        T::MESSAGE_INTEGRITY | T::MESSAGE_INTEGRITY_SHA256 | T::FINGERPRINT
    )
}

/// It may be cut to no less than 16 octets, by four at a time (RFC 8489, section 14.6).
const fn is_sha256_length(len: usize) -> bool {
    len >= 16 && len <= 32 && len.is_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::base::label::Quiet;
    use crate::base::span::Octets;

    fn odd(attributes: &[u8]) -> Vec<Anomaly> {
        let mut message = vec![
            0x00,
            0x01,
            0,
            attributes.len() as u8,
            0x21,
            0x12,
            0xA4,
            0x42,
        ];
        message.extend([9; 12]);
        message.extend(attributes);
        let stun = parse(Octets::whole(&message, 0), &mut Quiet).expect("STUN");
        stun.anomalies.iter().collect()
    }

    #[test]
    fn an_attribute_that_counts_once_is_told_when_it_stands_twice() {
        let priority = [0x00, 0x24, 0, 4, 0, 0, 0, 1];
        assert_eq!(odd(&priority), []);
        assert_eq!(odd(&priority.repeat(2)), [Anomaly::StunRepeated]);
        let controlled = [0x80, 0x24, 0, 4, 0, 0, 0, 1];
        assert_eq!(odd(&[priority, controlled].concat()), []);
    }

    #[test]
    fn permissions_may_be_asked_for_several_peers() {
        let peer = [0x00, 0x12, 0, 8, 0, 1, 1, 1, 1, 1, 1, 1];
        assert_eq!(odd(&peer.repeat(2)), []);
    }

    #[test]
    fn reserved_bits_are_told_where_they_are_set() {
        let channel = [0x00, 0x0C, 0, 4, 0x40, 0, 0, 1];
        assert_eq!(odd(&channel), [Anomaly::StunReserved]);
    }

    #[test]
    fn an_hmac_sha256_may_be_cut_to_sixteen_octets() {
        let hmac = |len: u8| [&[0x00, 0x1C, 0, len][..], &vec![7; len.into()]].concat();
        assert_eq!(odd(&hmac(32)), []);
        assert_eq!(odd(&hmac(16)), []);
        assert_eq!(odd(&hmac(12)), [Anomaly::StunIntegrityLength]);
        assert_eq!(odd(&hmac(36)), [Anomaly::StunIntegrityLength]);
    }

    #[test]
    fn an_attribute_after_the_integrity_is_told() {
        let hmac = [&[0x00, 0x08, 0, 20][..], &[7; 20]].concat();
        let software = [0x80, 0x22, 0, 0];
        let octets = [&hmac[..], &software].concat();
        assert_eq!(odd(&octets), [Anomaly::StunAfterIntegrity]);
    }
}
