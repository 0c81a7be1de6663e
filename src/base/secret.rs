//! A key or a password that was read and is never printed.

use std::fmt;

use super::label::MASK;

/// Octets of a key or a password. Neither `Debug` nor anything else shows them; whoever needs
/// them says so with [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
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
