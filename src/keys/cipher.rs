//! The ciphers themselves, under one name.

use std::fmt;

use aes_gcm::{AeadInOut as _, Aes128Gcm, Aes256Gcm, KeyInit as _};
use chacha20poly1305::ChaCha20Poly1305;

use super::suite::Aead;

/// Octets of every nonce, and of every tag.
pub(super) const NONCE: usize = 12;
pub(super) const TAG: usize = 16;

/// A cipher with its key.
pub(super) enum Cipher {
    Aes128Gcm(Box<Aes128Gcm>),
    Aes256Gcm(Box<Aes256Gcm>),
    ChaCha20Poly1305(Box<ChaCha20Poly1305>),
}

impl Cipher {
    /// `None` where the key is not as long as the cipher asks.
    pub(super) fn new(aead: Aead, key: &[u8]) -> Option<Self> {
        Some(match aead {
            Aead::Aes128Gcm => Self::Aes128Gcm(Box::new(Aes128Gcm::new_from_slice(key).ok()?)),
            Aead::Aes256Gcm => Self::Aes256Gcm(Box::new(Aes256Gcm::new_from_slice(key).ok()?)),
            Aead::ChaCha20Poly1305 => {
                Self::ChaCha20Poly1305(Box::new(ChaCha20Poly1305::new_from_slice(key).ok()?))
            }
        })
    }

    /// Checks the tag and decrypts in place; `None`, with `buffer` as it was, where it is wrong.
    pub(super) fn open(
        &self,
        nonce: [u8; NONCE],
        associated: &[u8],
        buffer: &mut [u8],
        tag: [u8; TAG],
    ) -> Option<()> {
        let (nonce, tag) = (nonce.into(), tag.into());
        let buffer = buffer.into();
        let opened = match self {
            Self::Aes128Gcm(c) => c.decrypt_inout_detached(&nonce, associated, buffer, &tag),
            Self::Aes256Gcm(c) => c.decrypt_inout_detached(&nonce, associated, buffer, &tag),
            Self::ChaCha20Poly1305(c) => c.decrypt_inout_detached(&nonce, associated, buffer, &tag),
        };
        opened.ok()
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes128Gcm(_) => "Aes128Gcm",
            Self::Aes256Gcm(_) => "Aes256Gcm",
            Self::ChaCha20Poly1305(_) => "ChaCha20Poly1305",
        })
    }
}
