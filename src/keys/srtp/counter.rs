//! AES in counter mode, as RFC 3711 uses it to encrypt and to derive keys.

use std::fmt;

use aes::cipher::{InnerIvInit as _, KeyInit as _, StreamCipherCore as _};
use aes::{Aes128Enc, Aes256Enc};
use ctr::CtrCore;
use ctr::flavors::Ctr128BE;
use zeroize::Zeroizing;

use super::MasterKey;
use super::suite::SrtpSuite;

/// Octets of a counter block, and of a salt of counter mode.
pub(super) const BLOCK: usize = 16;
pub(super) const SALT: usize = 14;

/// What a session key is for (RFC 3711, section 4.3).
#[derive(Debug, Clone, Copy)]
pub(super) enum Label {
    Encryption = 0,
    Authentication = 1,
    Salt = 2,
}

/// AES with its key.
pub(super) enum Counter {
    Aes128(Box<Aes128Enc>),
    Aes256(Box<Aes256Enc>),
}

impl Counter {
    /// `None` where the key has neither 16 nor 32 octets.
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        let short = || Some(Self::Aes128(Box::new(Aes128Enc::new_from_slice(key).ok()?)));
        short().or_else(|| Some(Self::Aes256(Box::new(Aes256Enc::new_from_slice(key).ok()?))))
    }

    /// Adds the key stream that begins with this counter block.
    pub(super) fn apply(&self, block: &[u8; BLOCK], octets: &mut [u8]) {
        let (block, octets) = (block.into(), octets.into());
        match self {
            Self::Aes128(cipher) => CtrCore::<&Aes128Enc, Ctr128BE>::inner_iv_init(cipher, block)
                .apply_keystream_partial(octets),
            Self::Aes256(cipher) => CtrCore::<&Aes256Enc, Ctr128BE>::inner_iv_init(cipher, block)
                .apply_keystream_partial(octets),
        }
    }
}

/// Derives the session keys of RTP or of RTCP from a master key: the pseudorandom function of RFC
/// 3711, section 4.3.3, and RFC 6188, section 3, at a key derivation rate of zero.
pub(super) struct Derivation<'k> {
    counter: Counter,
    salt: &'k [u8],
    first_label: u8,
}

impl<'k> Derivation<'k> {
    /// `None` where the key is not of a length that AES has.
    pub(super) fn new(master: &'k MasterKey, reports: bool) -> Option<Self> {
        Some(Self {
            counter: Counter::new(master.key.expose())?,
            salt: master.salt.expose(),
            first_label: if reports { 3 } else { 0 },
        })
    }

    /// The session key for this use, so long as `N`.
    pub(super) fn key<const N: usize>(&self, label: Label) -> Zeroizing<[u8; N]> {
        let mut key = Zeroizing::new([0; N]);
        self.fill(label, key.as_mut());
        key
    }

    /// The encryption key of a suite.
    pub(super) fn encryption(&self, suite: SrtpSuite) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; suite.key_len()]);
        self.fill(Label::Encryption, &mut key);
        key
    }

    fn fill(&self, label: Label, key: &mut [u8]) {
        // A salt of 12 octets is as if two zeros followed (RFC 7714, section 11).
        let mut block = Zeroizing::new([0; BLOCK]);
        block
            .iter_mut()
            .zip(self.salt)
            .for_each(|(to, from)| *to = *from);
        let [_, _, _, _, _, _, _, octet, ..] = &mut *block;
        *octet ^= self.first_label + label as u8;
        self.counter.apply(&block, key);
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes128(_) => "Aes128",
            Self::Aes256(_) => "Aes256",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::hex;
    use crate::keys::log::octets;

    fn derived(suite: SrtpSuite, key: &str, salt: &str) -> [String; 3] {
        let read = |text: &str| octets(text.as_bytes()).expect("hexadecimal");
        let master = MasterKey::new(suite, read(key).expose(), read(salt).expose());
        let master = master.expect("of the right length");
        let derive = Derivation::new(&master, false).expect("a key of AES");
        [
            hex(&derive.encryption(suite)),
            hex(derive.key::<SALT>(Label::Salt).as_ref()),
            hex(derive.key::<20>(Label::Authentication).as_ref()),
        ]
    }

    #[test]
    fn keys_derive_as_in_appendix_b_of_rfc_3711() {
        let suite = SrtpSuite::AesCm128Sha1Tag80;
        let (key, salt) = (
            "E1F97A0D3E018BE0D64FA32C06DE4139",
            "0EC675AD498AFEEBB6960B3AABE6",
        );
        let told = [
            "c61e7a93744f39ee10734afe3ff7a087",
            "30cbbc08863d8c85d49db34a9ae1",
            "cebe321f6ff7716b6fd4ab49af256a156d38baa4",
        ];
        assert_eq!(derived(suite, key, salt), told);
    }

    #[test]
    fn keys_of_256_bits_derive_as_in_section_7_of_rfc_6188() {
        let suite = SrtpSuite::AesCm256Sha1Tag80;
        let key = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6";
        let told = [
            "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
            "fa31791685ca444a9e07c6c64e93",
            "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
        ];
        let salt = "3b04803de51ee7c96423ab5b78d2";
        assert_eq!(derived(suite, key, salt), told);
    }

    #[test]
    fn the_key_stream_is_that_of_appendix_b_of_rfc_3711() {
        let key = octets(b"2B7E151628AED2A6ABF7158809CF4F3C").expect("hexadecimal");
        let counter = Counter::new(key.expose()).expect("a key of AES");
        let mut block = [0; BLOCK];
        for (to, from) in block.iter_mut().zip(0xF0..=0xFD) {
            *to = from;
        }
        let mut stream = vec![0; 0xFF02 * BLOCK];
        counter.apply(&block, &mut stream);
        let blocks = stream.as_chunks::<BLOCK>().0;
        assert_eq!(hex(&blocks[0]), "e03ead0935c95e80e166b16dd92b4eb4");
        assert_eq!(hex(&blocks[2]), "41e95b3bb0a2e8dd477901e4fca894c0");
        assert_eq!(hex(&blocks[0xFF01]), "6a2cc3787889374fbeb4c81b17ba6c44");
    }
}
