//! Framings that are nobody else's: recognised by their fixed octets, and by the RTP header that
//! stands behind those of Zoom. What they carry is not read.
//!
//! Sources: for Discord the description of its voice connections ("IP Discovery"); for Zoom what
//! Michel and others measured ("Enabling Passive Measurement of Zoom Performance in Production
//! Networks", IMC 2022).

use std::net::IpAddr;

use super::Mark;
use crate::base::span::Octets;
use crate::dissect::rtp::Ssrc;

/// A datagram in a framing of its maker's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// Octets that only this dialect sends.
    Fixed(Mark),
    /// What seems to be RTP at a place that only this dialect uses.
    Media(Wrapped),
}

/// RTP behind headers of another maker, by its shape: one packet proves little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrapped {
    /// Whose headers they seem to be.
    pub mark: Mark,
    /// Stream.
    pub ssrc: Ssrc,
    /// Sequence number.
    pub seq: u16,
}

/// Recognises a datagram that is no message of an RFC.
pub fn own(octets: Octets<'_>) -> Option<Own> {
    let fixed = if octets.is_cut() {
        None
    } else {
        discord(octets.captured)
    };
    fixed
        .map(Own::Fixed)
        .or_else(|| zoom(octets.captured).map(Own::Media))
}

/// Type, length, SSRC, 64 octets of address as text and a port; or four octets and a counter.
fn discord(datagram: &[u8]) -> Option<Mark> {
    match datagram {
        [0x13, 0x37, 0xCA, 0xFE, _, _, _, _] => Some(Mark::DiscordKeepAlive),
        [0, kind @ (1 | 2), 0, 70, _, _, _, _, rest @ ..] => {
            let (address, port) = rest.split_at_checked(64)?;
            let end = address.iter().position(|octet| *octet == 0)?;
            let (text, padding) = address.split_at_checked(end)?;
            // The question leaves room for the address that the answer tells.
            let fits = match kind {
                1 => text.is_empty(),
                _ => std::str::from_utf8(text).is_ok_and(|text| text.parse::<IpAddr>().is_ok()),
            };
            let whole = port.len() == 2 && padding.iter().all(|octet| *octet == 0);
            (fits && whole).then_some(Mark::DiscordDiscovery)
        }
        _ => None,
    }
}

/// Between a client and a server: type 5, seven octets of which the last tells the direction, then
/// what two clients send one another: the kind of media, a header of its length, and RTP.
fn zoom(datagram: &[u8]) -> Option<Wrapped> {
    let (mark, media) = match datagram {
        [5, _, _, _, _, _, _, 0 | 4, media @ ..] => (Mark::ZoomServer, media),
        media => (Mark::ZoomPeer, media),
    };
    let header = match (mark, media) {
        (_, [15, ..]) => 19,
        (_, [16, ..]) if media.get(20) == Some(&2) => 24,
        (_, [16, ..]) | (Mark::ZoomPeer, [30, ..]) => 20,
        (Mark::ZoomServer, [13, _, _, _, _, _, _, 30, ..]) => 27,
        _ => return None,
    };
    match media.get(header..)? {
        [first, kind, q0, q1, _, _, _, _, s0, s1, s2, s3, ..]
            if first >> 6 == 2 && !(64..96).contains(&(kind & 0x7F)) =>
        {
            Some(Wrapped {
                mark,
                ssrc: Ssrc(u32::from_be_bytes([*s0, *s1, *s2, *s3])),
                seq: u16::from_be_bytes([*q0, *q1]),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8]) -> Option<Own> {
        own(Octets::whole(octets, 0))
    }

    /// The question for one's own address, or its answer.
    fn discovery(kind: u8, address: &str) -> Vec<u8> {
        let mut octets = vec![0, kind, 0, 70, 0, 0, 0, 9];
        octets.extend(address.as_bytes());
        octets.resize(8 + 64, 0);
        octets.extend([0xC3, 0x50]);
        octets
    }

    #[test]
    fn the_question_for_an_address_is_empty_and_its_answer_holds_one() {
        let found = Some(Own::Fixed(Mark::DiscordDiscovery));
        assert_eq!(read(&discovery(1, "")), found);
        assert_eq!(read(&discovery(2, "192.0.2.7")), found);
        assert_eq!(read(&discovery(2, "2001:db8::7")), found);
        assert_eq!(read(&discovery(1, "192.0.2.7")), None);
        assert_eq!(read(&discovery(2, "192.0.2")), None);
    }

    #[test]
    fn what_is_longer_or_not_padded_is_no_discovery() {
        let mut longer = discovery(1, "");
        longer.push(0);
        assert_eq!(read(&longer), None);
        let mut dirty = discovery(2, "192.0.2.7");
        dirty[70] = 1;
        assert_eq!(read(&dirty), None);
    }

    #[test]
    fn a_keep_alive_is_eight_octets() {
        let found = Some(Own::Fixed(Mark::DiscordKeepAlive));
        assert_eq!(read(&[0x13, 0x37, 0xCA, 0xFE, 1, 0, 0, 0]), found);
        assert_eq!(read(&[0x13, 0x37, 0xCA, 0xFE, 1, 0, 0, 0, 0]), None);
    }

    /// RTP behind `header`, of which the octets that tell nothing are zero.
    fn behind(header: &[(usize, u8)], len: usize) -> Vec<u8> {
        let mut octets = vec![0; len];
        for (at, octet) in header {
            octets[*at] = *octet;
        }
        octets.extend([0x90, 98, 0x12, 0x34, 0, 0, 0, 1, 0xCA, 0xFE, 0xBA, 0xBE]);
        octets
    }

    #[test]
    fn media_stand_where_their_kind_says() {
        let of = |mark| {
            Some(Own::Media(Wrapped {
                mark,
                ssrc: Ssrc(0xCAFE_BABE),
                seq: 0x1234,
            }))
        };
        let server = of(Mark::ZoomServer);
        assert_eq!(read(&behind(&[(0, 5), (7, 4), (8, 15)], 27)), server);
        assert_eq!(read(&behind(&[(0, 5), (8, 16), (28, 2)], 32)), server);
        assert_eq!(read(&behind(&[(0, 5), (8, 13), (15, 30)], 35)), server);
        assert_eq!(read(&behind(&[(0, 15)], 19)), of(Mark::ZoomPeer));
        assert_eq!(read(&behind(&[(0, 30)], 20)), of(Mark::ZoomPeer));
        assert_eq!(read(&behind(&[(0, 5), (7, 1), (8, 15)], 27)), None);
        assert_eq!(read(&behind(&[(0, 5), (8, 15)], 26)), None);
    }

    #[test]
    fn of_a_datagram_that_was_cut_the_length_is_not_known() {
        let keep_alive = [0x13, 0x37, 0xCA, 0xFE, 1, 0, 0, 0];
        let audio = behind(&[(0, 15)], 19);
        let cut = |captured| {
            own(Octets {
                captured,
                offset: 0,
                wire_len: 900,
            })
        };
        assert_eq!(cut(&keep_alive), None);
        assert_eq!(cut(&audio), read(&audio));
    }
}
