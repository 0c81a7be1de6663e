//! A key of media, and whose it is.

use std::sync::Arc;

use crate::dissect::dtls::Random;
use crate::flow::{MediaDescription, Role};
use crate::keys::{MasterKey, SrtpContext};

/// The randoms of client and server, which name a handshake on whichever leg it is seen.
pub(in crate::flow) type Randoms = (Random, Random);

/// Where a key of media comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// Whoever ended the handshake with these randoms of client and server has it; the one in this
    /// role seals with it.
    Handshake(Randoms, Role),
    /// It stands in what this media line announced.
    Signalling(Arc<MediaDescription>),
    /// It was given beside the capture.
    Given,
}

/// A key that opens media, or does not.
#[derive(Debug)]
pub struct MediaKey {
    /// Where it comes from.
    pub source: KeySource,
    /// The key itself.
    pub master: MasterKey,
    pub(super) context: SrtpContext,
}

impl MediaKey {
    /// `None` where the key is not as long as its suite asks.
    pub(super) fn new(source: KeySource, master: MasterKey) -> Option<Arc<Self>> {
        let context = SrtpContext::new(&master)?;
        Some(Arc::new(Self {
            source,
            master,
            context,
        }))
    }
}
