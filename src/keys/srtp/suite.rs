//! Crypto suites of SRTP: how long their keys and tags are, and what they are called.

use crate::dissect::dtls::names::SrtpProfile;

/// A crypto suite that is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SrtpSuite {
    /// AES in counter mode with a key of 128 bits, a tag of 80 bits (RFC 3711).
    AesCm128Sha1Tag80,
    /// The same with a tag of 32 bits on RTP.
    AesCm128Sha1Tag32,
    /// AES in counter mode with a key of 256 bits, a tag of 80 bits (RFC 6188).
    AesCm256Sha1Tag80,
    /// The same with a tag of 32 bits on RTP.
    AesCm256Sha1Tag32,
    /// AES-GCM with a key of 128 bits (RFC 7714).
    AeadAes128Gcm,
    /// AES-GCM with a key of 256 bits (RFC 7714).
    AeadAes256Gcm,
    /// No cipher, a tag of 80 bits (RFC 5764, section 4.1.2).
    NullSha1Tag80,
    /// No cipher, a tag of 32 bits on RTP.
    NullSha1Tag32,
}

/// How a suite keeps payload secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// AES in counter mode beside HMAC-SHA1.
    Counter,
    /// AES-GCM, which has a tag of its own.
    Gcm,
    /// None; HMAC-SHA1 alone.
    Null,
}

impl SrtpSuite {
    const ALL: [Self; 8] = [
        Self::AesCm128Sha1Tag80,
        Self::AesCm128Sha1Tag32,
        Self::AesCm256Sha1Tag80,
        Self::AesCm256Sha1Tag32,
        Self::AeadAes128Gcm,
        Self::AeadAes256Gcm,
        Self::NullSha1Tag80,
        Self::NullSha1Tag32,
    ];

    /// The suite of a profile that DTLS negotiates; `None` where it is not opened.
    pub const fn of_profile(profile: SrtpProfile) -> Option<Self> {
        Some(match profile.0 {
            0x0001 => Self::AesCm128Sha1Tag80,
            0x0002 => Self::AesCm128Sha1Tag32,
            0x0005 => Self::NullSha1Tag80,
            0x0006 => Self::NullSha1Tag32,
            0x0007 => Self::AeadAes128Gcm,
            0x0008 => Self::AeadAes256Gcm,
            _ => return None,
        })
    }

    /// The suite with this name, as SDP or DTLS writes it; `None` where it is not opened.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let bare = name.strip_prefix("SRTP_").unwrap_or(&name);
        let bare = match bare {
            "AES128_CM_HMAC_SHA1_80" => "AES_CM_128_HMAC_SHA1_80",
            "AES128_CM_HMAC_SHA1_32" => "AES_CM_128_HMAC_SHA1_32",
            // Written so before RFC 6188 gave them their names.
            "AES_CM_256_HMAC_SHA1_80" => "AES_256_CM_HMAC_SHA1_80",
            "AES_CM_256_HMAC_SHA1_32" => "AES_256_CM_HMAC_SHA1_32",
            other => other,
        };
        Self::ALL.into_iter().find(|suite| suite.name() == bare)
    }

    /// Its name in SDP (RFC 4568, section 6.2; RFC 6188; RFC 7714, section 14.2), or that of the
    /// profile of DTLS where SDP has none.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesCm128Sha1Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128Sha1Tag32 => "AES_CM_128_HMAC_SHA1_32",
            Self::AesCm256Sha1Tag80 => "AES_256_CM_HMAC_SHA1_80",
            Self::AesCm256Sha1Tag32 => "AES_256_CM_HMAC_SHA1_32",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Self::NullSha1Tag80 => "NULL_HMAC_SHA1_80",
            Self::NullSha1Tag32 => "NULL_HMAC_SHA1_32",
        }
    }

    /// Octets of the master key.
    pub const fn key_len(self) -> usize {
        match self {
            Self::AesCm256Sha1Tag80 | Self::AesCm256Sha1Tag32 | Self::AeadAes256Gcm => 32,
            _ => 16,
        }
    }

    /// Octets of the master salt.
    pub const fn salt_len(self) -> usize {
        match self.secrecy() {
            Secrecy::Gcm => 12,
            Secrecy::Counter | Secrecy::Null => 14,
        }
    }

    /// Octets of the tag of an RTP packet.
    pub const fn tag_len(self) -> usize {
        match self {
            Self::AesCm128Sha1Tag32 | Self::AesCm256Sha1Tag32 | Self::NullSha1Tag32 => 4,
            _ => self.report_tag_len(),
        }
    }

    /// Octets of the tag of an RTCP packet: 80 bits also where RTP has 32 (RFC 5764, section
    /// 4.1.2).
    pub const fn report_tag_len(self) -> usize {
        match self.secrecy() {
            Secrecy::Gcm => 16,
            Secrecy::Counter | Secrecy::Null => 10,
        }
    }

    /// Whether it authenticates without encrypting.
    pub const fn is_null(self) -> bool {
        matches!(self.secrecy(), Secrecy::Null)
    }

    pub(super) const fn secrecy(self) -> Secrecy {
        match self {
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => Secrecy::Gcm,
            Self::NullSha1Tag80 | Self::NullSha1Tag32 => Secrecy::Null,
            _ => Secrecy::Counter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_and_its_name_are_one_suite() {
        for number in 0..0x20 {
            let profile = SrtpProfile(number);
            let suite = SrtpSuite::of_profile(profile);
            assert_eq!(SrtpSuite::of_name(&profile.to_string()), suite, "{profile}");
            assert!(suite.is_none_or(|suite| suite.is_null() == profile.is_null()));
        }
    }

    #[test]
    fn a_suite_is_known_by_the_names_that_signalling_writes() {
        for suite in SrtpSuite::ALL {
            assert_eq!(SrtpSuite::of_name(suite.name()), Some(suite));
        }
        let older = SrtpSuite::of_name("aes_cm_256_hmac_sha1_80");
        assert_eq!(older, Some(SrtpSuite::AesCm256Sha1Tag80));
        assert_eq!(SrtpSuite::of_name("F8_128_HMAC_SHA1_80"), None);
    }

    #[test]
    fn key_and_salt_are_as_long_as_the_registry_says() {
        // RFC 4568, section 6.2; RFC 6188, section 4; RFC 7714, section 14.1.
        let lengths = SrtpSuite::ALL.map(|suite| suite.key_len() + suite.salt_len());
        assert_eq!(lengths, [30, 30, 46, 46, 28, 44, 30, 30]);
    }
}
