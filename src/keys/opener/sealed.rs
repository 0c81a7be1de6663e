//! One record and the keys that open it: nonce, authenticated data, content.

use std::fmt;

use zeroize::Zeroizing;

use super::{NotOpened, Opened};
use crate::base::span::Octets;
use crate::dissect::dtls::names::{ContentType, Version};
use crate::keys::cipher::{Cipher, NONCE, TAG};
use crate::keys::suite::Aead;

/// Part of the nonce that stands in front of each record of TLS 1.2 with GCM (RFC 5288, section 3).
const EXPLICIT: usize = 8;

/// A record that was captured whole.
pub(super) struct Sealed<'a> {
    content: ContentType,
    version: Version,
    body: &'a [u8],
}

impl<'a> Sealed<'a> {
    pub(super) fn new(
        content: ContentType,
        version: Version,
        body: Octets<'a>,
    ) -> Result<Self, NotOpened> {
        if body.is_cut() {
            return Err(NotOpened::Cut);
        }
        Ok(Self {
            content,
            version,
            body: body.captured,
        })
    }

    /// Type, version and a length, as they are authenticated.
    fn header(&self, len: usize) -> [u8; 5] {
        let [major, minor] = self.version.0.to_be_bytes();
        let [high, low] = (len as u16).to_be_bytes();
        [self.content.0, major, minor, high, low]
    }
}

/// How nonce and authenticated data of a record are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// TLS 1.2 with GCM: part of the nonce stands in the record (RFC 5288, section 3).
    Explicit,
    /// TLS 1.2 with `ChaCha20`: the nonce is made from the number (RFC 7905, section 2).
    Implicit,
    /// TLS 1.3: so is it there, and the content type is sealed (RFC 8446, section 5.2).
    Inner,
}

impl Form {
    pub(super) const fn iv_len(self) -> usize {
        match self {
            Self::Explicit => NONCE - EXPLICIT,
            Self::Implicit | Self::Inner => NONCE,
        }
    }
}

/// The keys of one sender, until others follow.
pub(super) struct Keys {
    pub(super) cipher: Cipher,
    form: Form,
    /// The implicit part of the nonce, and zeros after it.
    pub(super) iv: Zeroizing<[u8; NONCE]>,
}

impl Keys {
    pub(super) fn new(aead: Aead, form: Form, key: &[u8], implicit: &[u8]) -> Option<Self> {
        let mut iv = Zeroizing::new([0; NONCE]);
        iv.iter_mut()
            .zip(implicit)
            .for_each(|(to, from)| *to = *from);
        let cipher = Cipher::new(aead, key)?;
        Some(Self { cipher, form, iv })
    }

    /// Opens the record of this number into `content`; `None` where its tag does not fit.
    pub(super) fn open(
        &self,
        number: u64,
        sealed: &Sealed<'_>,
        content: &mut Vec<u8>,
    ) -> Option<Opened> {
        let (explicit, rest) = match self.form {
            Form::Explicit => sealed.body.split_at_checked(EXPLICIT)?,
            Form::Implicit | Form::Inner => (&[][..], sealed.body),
        };
        let len = rest.len().checked_sub(TAG)?;
        let mut associated = Vec::with_capacity(EXPLICIT + 5);
        if self.form == Form::Inner {
            associated.extend(sealed.header(sealed.body.len()));
        } else {
            associated.extend(number.to_be_bytes());
            associated.extend(sealed.header(len));
        }
        let nonce = self.nonce(number, explicit);
        self.decrypt(nonce, &associated, rest, content)?;
        let kind = match self.form {
            Form::Inner => inner_type(content)?,
            Form::Explicit | Form::Implicit => sealed.content,
        };
        Some(Opened {
            content: kind,
            start: explicit.len() as u32,
            behind_gap: false,
        })
    }

    /// Opens the record of DTLS 1.3 of this number, which stands under this header (RFC 9147,
    /// section 4).
    pub(super) fn open_under(
        &self,
        number: u64,
        header: &[u8],
        sealed: &[u8],
        content: &mut Vec<u8>,
    ) -> Option<Opened> {
        self.decrypt(self.nonce(number, &[]), header, sealed, content)?;
        Some(Opened {
            content: inner_type(content)?,
            start: 0,
            behind_gap: false,
        })
    }

    /// Opens octets and the tag behind them into `content`.
    fn decrypt(
        &self,
        nonce: [u8; NONCE],
        associated: &[u8],
        sealed: &[u8],
        content: &mut Vec<u8>,
    ) -> Option<()> {
        let (octets, tag) = sealed.split_last_chunk::<TAG>()?;
        content.clear();
        content.extend(octets);
        self.cipher.open(nonce, associated, content, *tag)
    }

    pub(super) fn nonce(&self, number: u64, explicit: &[u8]) -> [u8; NONCE] {
        let number = number.to_be_bytes();
        let last = if explicit.is_empty() {
            &number
        } else {
            explicit
        };
        let mut nonce = *self.iv;
        let places = nonce.iter_mut().rev().zip(last.iter().rev());
        places.for_each(|(to, from)| *to ^= from);
        nonce
    }
}

/// The content type behind the content, both in front of padding, which is taken off
/// (RFC 8446, section 5.4).
fn inner_type(content: &mut Vec<u8>) -> Option<ContentType> {
    let last = content.iter().rposition(|octet| *octet != 0)?;
    let kind = content.get(last).copied()?;
    content.truncate(last);
    Some(ContentType(kind))
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.cipher, self.form)
    }
}
