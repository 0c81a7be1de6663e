//! A key or a password that was read, is never printed, and is wiped when it is dropped.

use std::fmt;

use zeroize::Zeroize as _;

use super::label::MASK;

/// Octets of a key or a password. Neither `Debug` nor anything else shows them; whoever needs
/// them says so with [`Secret::expose`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Keeps these octets.
    pub fn new(octets: &[u8]) -> Self {
        Self(octets.into())
    }

    /// The octets themselves, for opening what they seal.
    pub const fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Secret {
    fn from(octets: Vec<u8>) -> Self {
        Self(octets.into())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::new(b"kept");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "** Some(**)");
        assert_eq!(secret.expose(), b"kept");
    }
}
