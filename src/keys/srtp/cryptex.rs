//! What of a media packet stays in clear, also where its header extension is sealed (RFC 9335).

use crate::dissect::header_ext::Form;
use crate::dissect::rtp::Rtp;

/// Octets of the fixed header, of one contributing source, and of profile and length of an
/// extension.
const FIXED: usize = 12;
const SOURCE: usize = 4;
const HEAD: usize = 4;

/// The clear part of a packet, which stands before all that is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clear {
    /// Its octets, once what is sealed was brought together.
    pub(super) len: usize,
    /// Where the head of a sealed extension stands, and which profile it had before.
    extension: Option<(usize, u16)>,
}

impl Clear {
    pub(super) fn of(rtp: &Rtp<'_>) -> Self {
        let sealed = rtp.extension.map(|(profile, _)| profile);
        let sealed = sealed.filter(|profile| Form::of(*profile) == Form::Cryptex);
        let Some(profile) = sealed else {
            return Self {
                len: rtp.header_len as usize,
                extension: None,
            };
        };
        let before = if profile == 0xC0DE { 0xBEDE } else { 0x1000 };
        Self {
            len: FIXED + HEAD,
            extension: Some((FIXED + SOURCE * rtp.csrcs.len(), before)),
        }
    }

    /// Brings together what is sealed: the head of the extension changes places with the
    /// contributing sources (RFC 9335, section 6).
    pub(super) fn gather(self, packet: &mut [u8]) {
        if let Some((head, _)) = self.extension
            && let Some(part) = packet.get_mut(FIXED..head + HEAD)
        {
            part.rotate_right(HEAD);
        }
    }

    /// Brings both back to their places, and the profile to what it was.
    pub(super) fn restore(self, packet: &mut [u8]) {
        let Some((head, profile)) = self.extension else {
            return;
        };
        if let Some(part) = packet.get_mut(FIXED..head + HEAD) {
            part.rotate_left(HEAD);
        }
        if let Some(place) = packet.get_mut(head..head + 2) {
            place.copy_from_slice(&profile.to_be_bytes());
        }
    }
}
