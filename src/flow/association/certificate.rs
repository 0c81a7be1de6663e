//! Certificates as they are seen in a handshake: who they name, and the hash that names them.

use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::shortened;

/// One end of an association.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It sent the ClientHello.
    Client,
    /// It answered.
    Server,
}

impl Role {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Client => 0,
            Self::Server => 1,
        }
    }
}

/// A certificate of one end, or of an authority above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Who sent it.
    pub role: Role,
    /// SHA-256 of its DER: the fingerprint of RFC 8122, section 5.
    pub sha256: [u8; 32],
    /// Its subject; `None` where the certificate cannot be read.
    pub subject: Option<String>,
    /// From when on it holds, in seconds since the Unix epoch.
    pub not_before: Option<i64>,
    /// Until when it holds.
    pub not_after: Option<i64>,
    /// Whether it was sealed, and keys opened it.
    pub opened: bool,
}

impl Certificate {
    /// How many seconds it holds from beginning to end; `None` where it cannot be read.
    pub fn lasts(&self) -> Option<i64> {
        self.not_after?.checked_sub(self.not_before?)
    }

    /// Reads what stands in a certificate in clear. It is not judged: no signature is checked.
    pub(in crate::flow) fn read(role: Role, der: &[u8]) -> Self {
        let read = X509Certificate::from_der(der).ok().map(|(_, read)| read);
        let validity = read.as_ref().map(|read| &read.validity);
        Self {
            role,
            sha256: Sha256::digest(der).into(),
            subject: read
                .as_ref()
                .map(|read| shortened(read.subject().to_string().as_bytes())),
            not_before: validity.map(|validity| validity.not_before.timestamp()),
            not_after: validity.map(|validity| validity.not_after.timestamp()),
            opened: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_certificate_keeps_its_hash() {
        let broken = Certificate::read(Role::Server, &[]);
        assert_eq!(broken.subject, None);
        assert_eq!(broken.sha256[..4], [0xE3, 0xB0, 0xC4, 0x42]);
    }
}
