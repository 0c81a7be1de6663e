//! Master keys, and how signalling writes them.

use base64ct::{Base64Unpadded, Encoding as _};
use zeroize::Zeroizing;

use super::suite::SrtpSuite;
use crate::base::secret::Secret;
use crate::keys::log::octets;
use crate::keys::problem::Fault;

/// The key from which one sender derives those of its packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterKey {
    /// What it is used with.
    pub suite: SrtpSuite,
    /// The key itself.
    pub key: Secret,
    /// The salt beside it.
    pub salt: Secret,
    /// Octets of the key identifier in each packet; zero where there is none.
    pub identifier_len: usize,
}

/// Octets of the longest key and salt together.
const LONGEST: usize = 46;
/// Octets of the longest identifier (RFC 4568, section 6.1).
const LONGEST_IDENTIFIER: usize = 128;

impl MasterKey {
    /// A key without an identifier; `None` where key or salt is not as long as the suite asks.
    pub fn new(suite: SrtpSuite, key: &[u8], salt: &[u8]) -> Option<Self> {
        let fits = key.len() == suite.key_len() && salt.len() == suite.salt_len();
        fits.then(|| Self {
            suite,
            key: Secret::new(key),
            salt: Secret::new(salt),
            identifier_len: 0,
        })
    }

    /// Key and salt in one, in this order; `None` where they are not as long as the suite asks.
    pub fn joined(suite: SrtpSuite, octets: &[u8]) -> Option<Self> {
        let (key, salt) = octets.split_at_checked(suite.key_len())?;
        Self::new(suite, key, salt)
    }

    /// A key as signalling or a file writes it: `inline:` and Base64, behind which lifetime and key
    /// identifier may stand, or all octets in hexadecimal.
    ///
    /// # Errors
    /// [`Fault`] where it is no key of this suite.
    pub fn read(suite: SrtpSuite, text: &[u8]) -> Result<Self, Fault> {
        let mut parts = text.splitn(2, |octet| *octet == b'|');
        let (key, parameters) = (parts.next().unwrap_or_default(), parts.next());
        let octets = match key.strip_prefix(b"inline:") {
            Some(base64) => from_base64(base64),
            None => octets(key),
        };
        let octets = octets.ok_or(Fault::KeyText)?;
        let parameters = str::from_utf8(parameters.unwrap_or_default()).unwrap_or_default();
        let identifier_len = identifier_len(parameters).ok_or(Fault::Identifier)?;
        let wrong = Fault::KeyLength {
            needed: suite.key_len() + suite.salt_len(),
            found: octets.expose().len(),
        };
        let key = Self::joined(suite, octets.expose()).ok_or(wrong)?;
        Ok(key.identified(identifier_len))
    }

    /// The same key, whose packets carry an identifier of this length.
    #[must_use]
    pub fn identified(self, identifier_len: usize) -> Self {
        Self {
            identifier_len,
            ..self
        }
    }
}

/// Octets that are written in Base64, with or without what fills it up at the end; `None` where
/// it is none, or longer than any key.
fn from_base64(text: &[u8]) -> Option<Secret> {
    let text = str::from_utf8(text).ok()?.trim_end_matches('=');
    let mut octets = Zeroizing::new([0; LONGEST + 2]);
    let octets = Base64Unpadded::decode(text, octets.as_mut()).ok()?;
    Some(Secret::new(octets))
}

/// Length of the key identifier that the parameters behind a key promise: `2^20|1:4` is a
/// lifetime, and the identifier 1 in four octets (RFC 4568, section 6.1).
///
/// `None` where the length is none that an identifier may have.
fn identifier_len(parameters: &str) -> Option<usize> {
    let identifier = parameters.split('|').find_map(|word| word.split_once(':'));
    let Some((_, len)) = identifier else {
        return Some(0);
    };
    let len = len.trim().parse().ok()?;
    (1..=LONGEST_IDENTIFIER).contains(&len).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_as_long_as_its_suite_asks_or_none() {
        let suite = SrtpSuite::AeadAes128Gcm;
        let joined = MasterKey::joined(suite, &[7; 28]).expect("16 and 12 octets");
        assert_eq!(joined.key.expose().len(), 16);
        for len in [0, 15, 27, 29, 30] {
            assert_eq!(MasterKey::joined(suite, &vec![7; len]), None, "{len}");
        }
    }

    #[test]
    fn base64_is_read_with_and_without_its_end() {
        let read = |text: &str| from_base64(text.as_bytes());
        let octets = read("AAECAw==").expect("Base64");
        assert_eq!(octets.expose(), [0, 1, 2, 3]);
        assert_eq!(read("AAECAw"), Some(octets));
        assert_eq!(read("AAEC*w=="), None);
        assert_eq!(read(&"A".repeat(200)), None);
    }

    #[test]
    fn the_length_of_an_identifier_stands_behind_its_colon() {
        assert_eq!(identifier_len("2^20|1:4"), Some(4));
        assert_eq!(identifier_len("1066:2"), Some(2));
        assert_eq!(identifier_len("2^20"), Some(0));
        assert_eq!(identifier_len(""), Some(0));
        assert_eq!(identifier_len("2^20|1:129"), None);
        assert_eq!(identifier_len("1:x"), None);
    }
}
