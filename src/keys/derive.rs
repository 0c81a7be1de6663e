//! Keys derived from secrets: the PRF of TLS 1.2 and HKDF-Expand-Label of TLS 1.3.

use hkdf::hmac::Hmac;
use hkdf::{GenericHkdf, HmacImpl};
use sha2::{Digest as _, Sha256, Sha384};

/// The hash of a cipher suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

impl Hash {
    /// Octets of its output, and of every secret of TLS 1.3.
    pub const fn octets(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    /// The pseudorandom function of TLS 1.2 (RFC 5246, section 5) fills `out`.
    pub fn prf(self, secret: &[u8], label: &str, seed: &[&[u8]], out: &mut [u8]) {
        let seed = [&[label.as_bytes()], seed].concat().concat();
        match self {
            Self::Sha256 => expand::<Hmac<Sha256>>(secret, &seed, out),
            Self::Sha384 => expand::<Hmac<Sha384>>(secret, &seed, out),
        }
    }

    /// HKDF-Expand-Label with an empty context fills `out`: see [`Self::expand_label_in`].
    pub fn expand_label(self, secret: &[u8], label: &str, out: &mut [u8]) -> Option<()> {
        self.expand_label_in(secret, label, &[], out)
    }

    /// HKDF-Expand-Label (RFC 8446, section 7.1) fills `out`. The label carries its prefix,
    /// `tls13 ` or `dtls13`.
    ///
    /// `None` where `secret` is shorter than the hash.
    pub fn expand_label_in(
        self,
        secret: &[u8],
        label: &str,
        context: &[u8],
        out: &mut [u8],
    ) -> Option<()> {
        let len = (out.len() as u16).to_be_bytes();
        let (label_len, context_len) = ([label.len() as u8], [context.len() as u8]);
        let (label, len) = (label.as_bytes(), len.as_slice());
        let info = [len, &label_len, label, &context_len, context].concat();
        match self {
            Self::Sha256 => hkdf_expand::<Hmac<Sha256>>(secret, &info, out),
            Self::Sha384 => hkdf_expand::<Hmac<Sha384>>(secret, &info, out),
        }
    }

    /// The hash of nothing.
    pub fn of_nothing(self) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest([]).to_vec(),
            Self::Sha384 => Sha384::digest([]).to_vec(),
        }
    }
}

/// `P_hash` of RFC 5246, section 5.
fn expand<M: HmacImpl>(secret: &[u8], seed: &[u8], out: &mut [u8]) {
    let key = M::new_from_slice(secret);
    let mac = |parts: &[&[u8]]| {
        let mut mac = key.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize()
    };
    let mut step = mac(&[seed]);
    let size = step.len();
    for chunk in out.chunks_mut(size) {
        let block = mac(&[&step, seed]);
        chunk
            .iter_mut()
            .zip(&block)
            .for_each(|(to, from)| *to = *from);
        step = mac(&[&step]);
    }
}

fn hkdf_expand<M: HmacImpl>(secret: &[u8], info: &[u8], out: &mut [u8]) -> Option<()> {
    let key = GenericHkdf::<M>::from_prk(secret).ok()?;
    key.expand(info, out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::hex;

    #[test]
    fn the_prf_gives_what_is_published_for_it() {
        // The vector that the TLS working group published for P_SHA256.
        let secret = *b"\x9b\xbe\x43\x6b\xa9\x40\xf0\x17\xb1\x76\x52\x84\x9a\x71\xdb\x35";
        let seed = *b"\xa0\xba\x9f\x93\x6c\xda\x31\x18\x27\xa6\xf7\x96\xff\xd5\x19\x8c";
        let mut out = [0; 32];
        Hash::Sha256.prf(&secret, "test label", &[&seed], &mut out);
        let told = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a";
        assert_eq!(hex(&out), told);
    }

    #[test]
    fn labels_expand_as_in_rfc_8448() {
        // Section 3: the server's handshake traffic secret, and its key and iv.
        let secret = "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38";
        let secret = crate::keys::log::octets(secret.as_bytes()).expect("hexadecimal");
        let (mut key, mut iv) = ([0; 16], [0; 12]);
        let hash = Hash::Sha256;
        hash.expand_label(secret.expose(), "tls13 key", &mut key)
            .expect("a key");
        hash.expand_label(secret.expose(), "tls13 iv", &mut iv)
            .expect("an iv");
        assert_eq!(hex(&key), "3fce516009c21727d0f2e4e86ee403bc");
        assert_eq!(hex(&iv), "5d313eb2671276ee13000b30");
    }

    #[test]
    fn a_secret_shorter_than_the_hash_derives_nothing() {
        let mut out = [0; 16];
        let short = Hash::Sha384.expand_label(&[0; 32], "tls13 key", &mut out);
        assert_eq!(short, None);
    }
}
