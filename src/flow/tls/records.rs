//! What the records of a connection say of those that follow them.

use crate::base::addr::Direction;
use crate::base::span::Octets;
use crate::dissect::dtls::names::{ContentType, Version};
use crate::dissect::tls::{self, Before, Message, Record};

/// Octets of a handshake message that are waited for at most.
const MESSAGE: usize = 1 << 17;

/// Follows the records of both directions.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Whether a direction uses keys.
    keyed: [bool; 2],
    /// Whether any record was sealed.
    sealed: bool,
    /// The handshake message of each direction that has not ended.
    open: [Vec<u8>; 2],
}

impl Records {
    /// What is known of the next record in a direction.
    pub fn before(&self, direction: Direction) -> Before<'_> {
        let way = direction.index();
        Before {
            keyed: self.keyed.get(way).copied().unwrap_or(false),
            open: self.open.get(way).map_or(&[], Vec::as_slice),
        }
    }

    /// Whether the handshake in clear is over.
    pub const fn are_sealed(&self) -> bool {
        self.sealed
    }

    /// Octets that it holds.
    pub(in crate::flow) fn held(&self) -> usize {
        self.open.iter().map(Vec::capacity).sum()
    }

    /// Octets are missing: a message that has not ended never will.
    pub fn lost(&mut self) {
        self.open = <[Vec<u8>; 2]>::default();
    }

    /// Takes the next record in a direction; hands on the handshake messages that end with it.
    ///
    /// Up to TLS 1.2 a direction uses keys from its `ChangeCipherSpec` on (RFC 5246, section 7.1);
    /// in TLS 1.3 that record says nothing (RFC 8446, section 5).
    pub fn follow(
        &mut self,
        direction: Direction,
        record: &Record<'_>,
        version: Option<Version>,
        out: &mut impl FnMut(&Message<'_>),
    ) {
        let way = direction.index();
        let (Some(open), Some(keyed)) = (self.open.get_mut(way), self.keyed.get_mut(way)) else {
            return;
        };
        self.sealed |= record.sealed;
        if record.content == ContentType::CHANGE_CIPHER_SPEC && version != Some(Version::TLS_1_3) {
            *keyed = true;
        }
        if !record.is_handshake() {
            return;
        }
        open.extend_from_slice(record.body.captured);
        let mut read = 0;
        while let Some(rest) = open.get(read..)
            && let Some(message) = tls::message(Octets::whole(rest, 0))
        {
            read += message.len as usize;
            out(&message);
        }
        open.drain(..read);
        if open.is_empty() || open.len() > MESSAGE {
            *open = Vec::new();
        }
    }
}
