//! The session keys of RTP or of RTCP at work: nonces, ciphers and tags.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::MasterKey;
use super::counter::{BLOCK, Counter, Derivation, Label, SALT};
use super::suite::Secrecy;
use crate::keys::cipher::{Cipher, NONCE, TAG};
use crate::keys::suite::Aead;

/// Octets of an authentication key of HMAC-SHA1 (RFC 3711, section 5.2).
const AUTHENTICATION: usize = 20;

/// What seals packets.
#[derive(Debug)]
pub(super) enum Transform {
    /// HMAC-SHA1 around a cipher, or around none.
    Hmac(HmacSha1),
    /// AES-GCM.
    Gcm(Gcm),
}

/// HMAC-SHA1, and AES in counter mode where the suite encrypts.
pub(super) struct HmacSha1 {
    mac: Hmac<Sha1>,
    cipher: Option<(Counter, Zeroizing<[u8; SALT]>)>,
}

/// AES-GCM.
pub(super) struct Gcm {
    cipher: Cipher,
    salt: Zeroizing<[u8; NONCE]>,
}

/// Which packet of whom: the two numbers of which a nonce is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) ssrc: u32,
    /// The 48-bit index of an RTP packet, or the 31-bit index of an RTCP packet.
    pub(super) index: u64,
}

impl Transform {
    /// `None` where the key is not as long as the suite asks.
    pub(super) fn new(master: &MasterKey, reports: bool) -> Option<Self> {
        let derive = Derivation::new(master, reports)?;
        let secrecy = master.suite.secrecy();
        if secrecy == Secrecy::Gcm {
            let gcm = Gcm::new(&derive.encryption(master.suite), derive.key(Label::Salt));
            return gcm.map(Self::Gcm);
        }
        let key = derive.key::<AUTHENTICATION>(Label::Authentication);
        let cipher = match secrecy {
            Secrecy::Counter => {
                let key = derive.encryption(master.suite);
                Some((Counter::new(&key)?, derive.key(Label::Salt)))
            }
            Secrecy::Gcm | Secrecy::Null => None,
        };
        let mac = Hmac::new_from_slice(key.as_ref()).ok()?;
        Some(Self::Hmac(HmacSha1 { mac, cipher }))
    }
}

impl HmacSha1 {
    /// The code over these octets; four more follow them.
    pub(super) fn over(&self, octets: &[u8]) -> Hmac<Sha1> {
        self.mac.clone().chain_update(octets)
    }

    /// Decrypts in place.
    pub(super) fn decrypt(&self, packet: Numbered, octets: &mut [u8]) {
        if let Some((cipher, salt)) = &self.cipher {
            cipher.apply(&packet.counter_block(salt), octets);
        }
    }
}

/// Whether `tag` is that of the octets before with `last` behind them: compared in a time that
/// does not tell where it differs.
pub(super) fn verifies(before: &Hmac<Sha1>, last: [u8; 4], tag: &[u8]) -> bool {
    let mac = before.clone().chain_update(last);
    mac.verify_truncated_left(tag).is_ok()
}

impl Gcm {
    pub(super) fn new(key: &[u8], salt: Zeroizing<[u8; NONCE]>) -> Option<Self> {
        let aead = match key.len() {
            16 => Aead::Aes128Gcm,
            _ => Aead::Aes256Gcm,
        };
        let cipher = Cipher::new(aead, key)?;
        Some(Self { cipher, salt })
    }

    /// Decrypts in place what stands before the tag at the end; `None`, with `sealed` as it was,
    /// where the tag does not verify.
    pub(super) fn open(
        &self,
        packet: Numbered,
        associated: &[u8],
        sealed: &mut [u8],
    ) -> Option<()> {
        let (octets, tag) = sealed.split_last_chunk_mut::<TAG>()?;
        let nonce = packet.nonce(&self.salt);
        self.cipher.open(nonce, associated, octets, *tag)
    }
}

impl Numbered {
    /// The initial counter block (RFC 3711, section 4.1.1).
    fn counter_block(self, salt: &[u8; SALT]) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        let nonce = self.added_to(*salt);
        block
            .iter_mut()
            .zip(nonce)
            .for_each(|(to, from)| *to = from);
        block
    }

    /// The nonce of AES-GCM (RFC 7714, sections 8.1 and 9.1).
    fn nonce(self, salt: &[u8; NONCE]) -> [u8; NONCE] {
        self.added_to(*salt)
    }

    /// A salt with both numbers added to its last ten octets.
    fn added_to<const N: usize>(self, mut salt: [u8; N]) -> [u8; N] {
        let [_, _, index @ ..] = self.index.to_be_bytes();
        let numbers = self.ssrc.to_be_bytes().into_iter().chain(index);
        let last = salt.iter_mut().rev().zip(numbers.rev());
        last.for_each(|(to, from)| *to ^= from);
        salt
    }
}

impl fmt::Debug for HmacSha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cipher = self.cipher.as_ref().map(|(cipher, _)| cipher);
        write!(f, "HmacSha1 {cipher:?}")
    }
}

impl fmt::Debug for Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cipher.fmt(f)
    }
}
