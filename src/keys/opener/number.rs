//! The mask over the record numbers of DTLS 1.3 (RFC 9147, section 4.2.3).

use std::fmt;

use aes::cipher::BlockCipherEncrypt as _;
use aes::{Aes128Enc, Aes256Enc};
use chacha20::ChaCha20;
use chacha20::cipher::{KeyInit as _, KeyIvInit as _, StreamCipher as _, StreamCipherSeek as _};
use zeroize::Zeroizing;

use crate::keys::suite::Aead;

/// Octets of a key of `ChaCha20`, and of the blocks of its key stream.
const KEY: usize = 32;
const BLOCK: u64 = 64;

/// Makes masks from what is sealed.
pub(super) enum NumberMask {
    Aes128(Box<Aes128Enc>),
    Aes256(Box<Aes256Enc>),
    ChaCha20(Zeroizing<[u8; KEY]>),
}

impl NumberMask {
    /// `None` where the key is not as long as the cipher asks.
    pub(super) fn new(aead: Aead, key: &[u8]) -> Option<Self> {
        Some(match aead {
            Aead::Aes128Gcm => Self::Aes128(Box::new(Aes128Enc::new_from_slice(key).ok()?)),
            Aead::Aes256Gcm => Self::Aes256(Box::new(Aes256Enc::new_from_slice(key).ok()?)),
            Aead::ChaCha20Poly1305 => Self::ChaCha20(Zeroizing::new(key.try_into().ok()?)),
        })
    }

    /// The mask of the number in front of these octets; `None` where they are too few.
    pub(super) fn of(&self, sealed: &[u8]) -> Option<[u8; 2]> {
        let sample: [u8; 16] = *sealed.first_chunk()?;
        let mut block = sample.into();
        match self {
            Self::Aes128(cipher) => cipher.encrypt_block(&mut block),
            Self::Aes256(cipher) => cipher.encrypt_block(&mut block),
            Self::ChaCha20(key) => {
                let ([a, b, c, d], nonce) = sample.split_first_chunk()?;
                let nonce: [u8; 12] = nonce.try_into().ok()?;
                let mut stream = ChaCha20::new((&**key).into(), &nonce.into());
                let counter = u32::from_le_bytes([*a, *b, *c, *d]);
                stream.try_seek(u64::from(counter) * BLOCK).ok()?;
                block = [0; 16].into();
                stream.apply_keystream(&mut block);
            }
        }
        block.first_chunk().copied()
    }
}

impl fmt::Debug for NumberMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberMask")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::hex;
    use crate::keys::log::octets;

    #[test]
    fn masks_are_those_of_the_same_construction_in_quic() {
        // RFC 9001, appendices A.2 and A.5: header protection is made in the same way.
        for (aead, key, sample, mask) in [
            (
                Aead::Aes128Gcm,
                "9f50449e04a0e810283a1e9933adedd2",
                "d1b1c98dd7689fb8ec11d242b123dc9b",
                "437b",
            ),
            (
                Aead::ChaCha20Poly1305,
                "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4",
                "5e5cd55c41f69080575d7999c25a5bfb",
                "aefe",
            ),
        ] {
            let [key, sample] = [key, sample].map(|text| octets(text.as_bytes()).expect("hex"));
            let made = NumberMask::new(aead, key.expose()).expect("a key");
            let found = made.of(sample.expose()).expect("sixteen octets");
            assert_eq!(hex(&found), mask);
            assert_eq!(made.of(&sample.expose()[..15]), None);
        }
    }
}
