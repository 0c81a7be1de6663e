//! Cipher suites that are opened: by what they encrypt, and with which hash they derive keys.

use super::derive::Hash;
use crate::dissect::dtls::CipherSuite;

/// An authenticated cipher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aead {
    /// `AEAD_AES_128_GCM`.
    Aes128Gcm,
    /// `AEAD_AES_256_GCM`.
    Aes256Gcm,
    /// `AEAD_CHACHA20_POLY1305`.
    ChaCha20Poly1305,
}

impl Aead {
    /// Octets of its key.
    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }
}

/// Cipher and hash of a suite; `None` where it is not opened.
///
/// Numbers by IANA, "TLS Cipher Suites": RFC 5288, 5289 and 7905 for TLS 1.2, RFC 8446 for 1.3.
pub(super) const fn parts(suite: CipherSuite) -> Option<(Aead, Hash)> {
    Some(match suite.0 {
        0x009C | 0x009E | 0x00A2 | 0x00A6 | 0x00A8 | 0x00AA | 0x00AC | 0x1301 | 0xC02B | 0xC02D
        | 0xC02F | 0xC031 | 0xD001 => (Aead::Aes128Gcm, Hash::Sha256),
        0x009D | 0x009F | 0x00A3 | 0x00A7 | 0x00A9 | 0x00AB | 0x00AD | 0x1302 | 0xC02C | 0xC02E
        | 0xC030 | 0xC032 | 0xD002 => (Aead::Aes256Gcm, Hash::Sha384),
        0x1303 | 0xCCA8..=0xCCAE => (Aead::ChaCha20Poly1305, Hash::Sha256),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_suite_says_what_its_parts_are() {
        for number in 0..=u16::MAX {
            let suite = CipherSuite(number);
            let (Some(name), parts) = (suite.name(), parts(suite)) else {
                continue;
            };
            let told = match name {
                _ if name.contains("_AES_128_GCM_SHA256") => Some((Aead::Aes128Gcm, Hash::Sha256)),
                _ if name.contains("_AES_256_GCM_SHA384") => Some((Aead::Aes256Gcm, Hash::Sha384)),
                _ if name.contains("_CHACHA20_POLY1305_") => {
                    Some((Aead::ChaCha20Poly1305, Hash::Sha256))
                }
                _ => None,
            };
            // Numbers that were used before the standard, with other nonces; and another curve.
            let other = matches!(number, 0xCC13..=0xCC15 | 0xC0B0 | 0xC0B1);
            assert_eq!(parts, told.filter(|_| !other), "{name}");
        }
    }
}
