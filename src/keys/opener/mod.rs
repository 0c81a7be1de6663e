//! Opens the records of one sender: those of TLS in the order in which they were sealed.

mod datagram;
mod number;
mod sealed;

use std::fmt;

use zeroize::Zeroizing;

use super::derive::Hash;
use super::log::SessionSecrets;
use super::suite::{Aead, parts};
use crate::base::secret::Secret;
use crate::dissect::dtls::names::{ContentType, Version};
use crate::dissect::dtls::{CipherSuite, Random};
use crate::dissect::tls;
use number::NumberMask;
use sealed::{Form, Keys, Sealed};

pub use datagram::{DatagramOpener, datagram_openers};

/// What stands before the labels of TLS 1.3 (RFC 8446, section 7.1).
const PREFIX: &str = "tls13 ";
/// Records that are looked for behind a gap at most.
const SEARCH: u64 = 1024;
/// Records in a row that do not open before nothing more is tried.
const PATIENCE: u32 = 8;

/// Opens the records of one sender of TLS.
#[derive(Debug)]
pub struct Opener {
    /// The keys in use; `None` where they are not in the log, but those that follow are.
    keys: Option<Keys>,
    /// What the next keys are made from; `None` up to TLS 1.2, where none follow.
    next: Option<Generation>,
    /// Number of the next record under these keys.
    number: u64,
    /// Records that may be missing before it.
    missing: u64,
    /// Records in a row that did not open.
    failures: u32,
}

/// Why nothing is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOpened {
    /// The key log has nothing of this handshake.
    Unknown,
    /// The key log has other secrets of this handshake than the version needs.
    Secrets,
    /// This version is not opened.
    Version(Version),
    /// This cipher suite is not opened.
    Suite(CipherSuite),
    /// The record is not held whole by the capture.
    Cut,
    /// No tag fits: the keys are others, or records are missing.
    Tag,
}

/// An opened record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// What it carries.
    pub content: ContentType,
    /// Where in the sealed body the first octet of the content stands; the others follow it, since
    /// these ciphers keep every octet in its place.
    pub start: u32,
    /// Whether records may be missing before it.
    pub behind_gap: bool,
}

/// The openers of client and server of a handshake over a stream.
///
/// # Errors
/// [`NotOpened`] where the version or the suite is not opened, or its secrets are not there.
pub fn openers(
    version: Version,
    suite: CipherSuite,
    randoms: [&Random; 2],
    secrets: &SessionSecrets,
) -> Result<[Opener; 2], NotOpened> {
    let of = parts(suite).ok_or(NotOpened::Suite(suite))?;
    match version {
        Version::TLS_1_2 => {
            let master = secrets.master.as_ref().ok_or(NotOpened::Secrets)?;
            let keys = tls_1_2(of, randoms, master).ok_or(NotOpened::Suite(suite))?;
            Ok(keys.map(|keys| Opener::new(Some(keys), None)))
        }
        Version::TLS_1_3 => tls_1_3(of, secrets).ok_or(NotOpened::Secrets),
        other => Err(NotOpened::Version(other)),
    }
}

/// Cipher and hash of a suite.
type Parts = (Aead, Hash);

/// RFC 5246, section 6.3: no key for a MAC, then the keys, then the implicit parts of the nonces.
fn tls_1_2(
    (aead, hash): Parts,
    [client, server]: [&Random; 2],
    master: &Secret,
) -> Option<[Keys; 2]> {
    let form = match aead {
        Aead::Aes128Gcm | Aead::Aes256Gcm => Form::Explicit,
        Aead::ChaCha20Poly1305 => Form::Implicit,
    };
    let (key, iv) = (aead.key_len(), form.iv_len());
    let mut block = Zeroizing::new(vec![0; 2 * (key + iv)]);
    hash.prf(
        master.expose(),
        "key expansion",
        &[server, client],
        &mut block,
    );
    let (keys, ivs) = block.split_at_checked(2 * key)?;
    let ((client, server), (client_iv, server_iv)) =
        (keys.split_at_checked(key)?, ivs.split_at_checked(iv)?);
    Some([
        Keys::new(aead, form, client, client_iv)?,
        Keys::new(aead, form, server, server_iv)?,
    ])
}

/// RFC 8446, section 7.3: keys of the handshake first, then those of the application data.
fn tls_1_3(parts: Parts, secrets: &SessionSecrets) -> Option<[Opener; 2]> {
    let sender = |of: usize| {
        let secret = |all: &[Option<Secret>; 2]| {
            let secret = all.get(of).cloned().flatten();
            secret.map(|secret| Generation::new(parts, PREFIX, secret))
        };
        let first = secret(&secrets.handshake).and_then(|first| first.keys());
        Some(Opener::new(first, Some(secret(&secrets.traffic)?)))
    };
    Some([sender(0)?, sender(1)?])
}

impl Opener {
    fn new(keys: Option<Keys>, next: Option<Generation>) -> Self {
        Self {
            keys,
            next,
            number: 0,
            missing: 0,
            failures: 0,
        }
    }

    /// Says that octets of the stream were not captured, after which a record begins.
    pub const fn lost(&mut self) {
        self.missing = SEARCH;
    }

    /// Opens a record of TLS into `content`.
    ///
    /// # Errors
    /// [`NotOpened::Cut`] and [`NotOpened::Tag`]; the records after it may still open.
    pub fn open(
        &mut self,
        record: &tls::Record<'_>,
        content: &mut Vec<u8>,
    ) -> Result<Opened, NotOpened> {
        let version = record.version;
        let sealed = Sealed::new(record.content, version, record.body)?;
        if self.failures >= PATIENCE {
            return Err(NotOpened::Tag);
        }
        let missing = self.missing;
        let find = |keys: &Keys, first: u64, content: &mut Vec<u8>| {
            let mut numbers = first..=first.saturating_add(missing);
            numbers.find_map(|number| Some((number, keys.open(number, &sealed, content)?)))
        };
        let keys = self.keys.as_ref();
        if let Some((number, opened)) = keys.and_then(|keys| find(keys, self.number, content)) {
            return Ok(self.settled(number, number != self.number, opened));
        }
        if let Some(keys) = self.next.as_ref().and_then(Generation::keys)
            && let Some((number, opened)) = find(&keys, 0, content)
        {
            self.keys = Some(keys);
            self.next = self.next.take().and_then(Generation::updated);
            return Ok(self.settled(number, missing > 0, opened));
        }
        self.failures += 1;
        Err(NotOpened::Tag)
    }

    fn settled(&mut self, number: u64, behind_gap: bool, opened: Opened) -> Opened {
        self.number = number.saturating_add(1);
        self.missing = 0;
        self.failures = 0;
        Opened {
            behind_gap,
            ..opened
        }
    }
}

/// A secret of TLS 1.3 or DTLS 1.3 from which keys are made, and the next secret after it.
#[derive(Debug)]
struct Generation {
    parts: Parts,
    /// What stands before the labels.
    prefix: &'static str,
    secret: Secret,
}

impl Generation {
    const fn new(parts: Parts, prefix: &'static str, secret: Secret) -> Self {
        Self {
            parts,
            prefix,
            secret,
        }
    }

    /// RFC 8446, section 7.3.
    fn keys(&self) -> Option<Keys> {
        let (aead, _) = self.parts;
        let key = self.expanded("key", aead.key_len())?;
        let iv = self.expanded("iv", Form::Inner.iv_len())?;
        Keys::new(aead, Form::Inner, &key, &iv)
    }

    /// RFC 9147, section 4.2.3.
    fn number_mask(&self) -> Option<NumberMask> {
        let (aead, _) = self.parts;
        NumberMask::new(aead, &self.expanded("sn", aead.key_len())?)
    }

    /// What follows a `KeyUpdate` (RFC 8446, section 7.2).
    fn updated(self) -> Option<Self> {
        let (_, hash) = self.parts;
        let secret = self.expanded("traffic upd", hash.octets())?;
        let secret = Secret::new(&secret);
        Some(Self { secret, ..self })
    }

    fn expanded(&self, label: &str, octets: usize) -> Option<Zeroizing<Vec<u8>>> {
        let (_, hash) = self.parts;
        let mut out = Zeroizing::new(vec![0; octets]);
        let label = [self.prefix, label].concat();
        hash.expand_label(self.secret.expose(), &label, &mut out)?;
        Some(out)
    }
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the key log has no secret of this handshake"),
            Self::Secrets => f.write_str("the key log lacks secrets of this handshake"),
            Self::Version(version) => write!(f, "{version} is not opened"),
            Self::Suite(suite) => write!(f, "{suite} is not opened"),
            Self::Cut => f.write_str("records are not whole in the capture"),
            Self::Tag => f.write_str("the secrets do not fit, or records are missing"),
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{MASTER, RANDOMS, sealed_record};
