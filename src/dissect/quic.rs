//! QUIC (RFC 9000), recognised by its long header and left alone.
//!
//! What follows the connection ids is not read. A short header says nothing by itself: it is only
//! looked for where a long one was seen (RFC 9443, section 3).

use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::Sink;
use crate::base::span::Octets;

/// One QUIC datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quic {
    /// Version, zero for a version negotiation; `None` under a short header.
    pub version: Option<u32>,
    /// Octets that can be read before the rest of the packet.
    pub header_len: u32,
}

/// Octets of a connection id at most (RFC 9000, section 17.2).
const LONGEST_ID: u8 = 20;

/// Whether this version is one whose long header is read here (RFC 9000, RFC 9369, drafts), or a
/// version negotiation.
const fn is_known(version: u32) -> bool {
    matches!(version, 0 | 1 | 0x6B33_43CF | 0xFF00_0000..=0xFF00_00FF)
}

/// Reads a long header and labels the whole datagram.
///
/// `None` where the version is not known or a connection id does not fit.
pub fn parse<S: Sink>(octets: Octets<'_>, sink: &mut S) -> Option<Quic> {
    let [first, v0, v1, v2, v3, rest @ ..] = octets.captured else {
        return None;
    };
    let version = u32::from_be_bytes([*v0, *v1, *v2, *v3]);
    let (dcid, rest) = id(rest)?;
    let (scid, rest) = id(rest)?;
    // A list of versions follows a negotiation, and in every other case a packet.
    if first >> 6 != 3 || !is_known(version) || rest.is_empty() {
        return None;
    }
    if version == 0 && (rest.len() % 4 != 0 || octets.is_cut()) {
        return None;
    }
    let mut cursor = Cursor::new(octets, sink);
    cursor.u8(Field::QuicFirst).ok()?;
    cursor.u32(Field::QuicVersion).ok()?;
    cursor.u8(Field::QuicDcidLength).ok()?;
    cursor.octets(dcid.into(), Field::QuicDcid).ok()?;
    cursor.u8(Field::QuicScidLength).ok()?;
    cursor.octets(scid.into(), Field::QuicScid).ok()?;
    let header_len = cursor.taken();
    cursor.rest(Field::QuicPayload);
    Some(Quic {
        version: Some(version),
        header_len,
    })
}

/// Takes a datagram under a short header for QUIC, where the caller knows that it is.
pub fn short<S: Sink>(octets: Octets<'_>, sink: &mut S) -> Quic {
    let mut cursor = Cursor::new(octets, sink);
    // The first octet is there: it brought us here.
    let _ = cursor.u8(Field::QuicFirst);
    let header_len = cursor.taken();
    cursor.rest(Field::QuicPayload);
    Quic {
        version: None,
        header_len,
    }
}

/// The length of a connection id, and what follows it.
fn id(octets: &[u8]) -> Option<(u8, &[u8])> {
    let (len, rest) = octets.split_first()?;
    let rest = rest.get(usize::from(*len)..)?;
    (*len <= LONGEST_ID).then_some((*len, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Quiet;

    fn quic(octets: &[u8]) -> Option<Quic> {
        parse(Octets::whole(octets, 0), &mut Quiet)
    }

    #[test]
    fn a_known_version_makes_quic() {
        for version in [1_u32, 0x6B33_43CF, 0xFF00_001D] {
            let mut packet = vec![0xC3];
            packet.extend(version.to_be_bytes());
            packet.extend([2, 1, 2, 1, 9, 0]);
            assert_eq!(quic(&packet).and_then(|quic| quic.version), Some(version));
        }
    }

    #[test]
    fn an_unknown_version_or_an_id_that_does_not_fit_makes_none() {
        assert_eq!(quic(&[0xC3, 1, 2, 3, 4, 0, 0, 0]), None);
        assert_eq!(quic(&[0xC3, 0, 0, 0, 1, 20, 0, 0]), None);
    }
}
