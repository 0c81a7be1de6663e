//! GRE (RFC 2784, RFC 2890): any protocol in IP; with it PPTP (RFC 2637) and ERSPAN.

use crate::base::anomaly::Anomaly;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

use super::link::{Ahead, by_ether_type};
use super::walk::Walk;

/// Steps over the header with its optional words; `None` where none of ours follows.
pub(super) fn read<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let Some(&[high, low, p0, p1]) = walk.captured().first_chunk() else {
        walk.short();
        return None;
    };
    let flags = u16::from_be_bytes([high, low]);
    let version = flags & 7;
    // Routing of the sender (RFC 1701) has entries of any length; nobody sends it any more.
    if version > 1 || flags & ROUTING != 0 {
        walk.odd(Anomaly::Tunnel);
        return None;
    }
    let checksum = word(flags & CHECKSUM != 0);
    let key = checksum.saturating_add(word(flags & KEY != 0));
    let sequence = key.saturating_add(word(flags & SEQUENCE != 0));
    let acknowledgement = sequence.saturating_add(word(version == 1 && flags & ACK != 0));
    let len = acknowledgement.saturating_add(4);
    if walk.captured().len() < len as usize {
        walk.short();
        return None;
    }
    let (before, after) = (checksum.saturating_add(4), key.saturating_add(4));
    walk.mark(0, before, Field::GreHeader, Value::None);
    let words = walk.captured().get(before as usize..).unwrap_or_default();
    if let (true, Some(key)) = (after > before, words.first_chunk()) {
        let key = u32::from_be_bytes(*key);
        walk.mark(before, after, Field::GreKey, Value::Number(key.into()));
        walk.enter(Field::GreKey, key);
    }
    walk.mark(after, len, Field::GreHeader, Value::None);
    walk.advance(len);
    inside(walk, u16::from_be_bytes([p0, p1]), flags)
}

fn inside<S: Sink>(walk: &mut Walk<'_, '_, S>, protocol: u16, flags: u16) -> Option<Ahead> {
    match protocol {
        BRIDGED => Some(Ahead::Ethernet),
        // An acknowledgement alone carries nothing.
        PPP => (!walk.captured().is_empty()).then_some(Ahead::Ppp),
        // Without a sequence number it is the first version, which has no header of its own.
        ERSPAN if flags & SEQUENCE == 0 => Some(Ahead::Ethernet),
        ERSPAN => erspan(walk, 8),
        ERSPAN_3 => {
            let has_more = walk.captured().get(11).is_some_and(|last| last & 1 != 0);
            erspan(walk, if has_more { 20 } else { 12 })
        }
        _ => by_ether_type(walk, protocol),
    }
}

fn erspan<S: Sink>(walk: &mut Walk<'_, '_, S>, len: u32) -> Option<Ahead> {
    if walk.captured().len() < len as usize {
        walk.short();
        return None;
    }
    walk.mark(0, len, Field::ErspanHeader, Value::None);
    walk.advance(len);
    Some(Ahead::Ethernet)
}

/// Octets that an optional word takes.
const fn word(is_there: bool) -> u32 {
    if is_there { 4 } else { 0 }
}

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
/// Of version 1 alone (RFC 2637).
const ACK: u16 = 0x0080;

/// Ethernet frames (RFC 1701; RFC 7637 where the key names a network).
const BRIDGED: u16 = 0x6558;
const PPP: u16 = 0x880b;
const ERSPAN: u16 = 0x88be;
const ERSPAN_3: u16 = 0x22eb;

#[cfg(test)]
mod tests {
    use super::super::Payload;
    use super::super::tests::{ETHERNET_IPV4, IPV4_UDP, IPV6_UDP, RAW, Seen, see, see_cut};
    use super::*;

    /// What this header carries, in an IPv4 packet.
    fn tunnel(header: &[u8], inside: &[u8]) -> Vec<u8> {
        let mut octets = [&IPV4_UDP[..20], header, inside].concat();
        (octets[3], octets[9]) = (octets.len() as u8, 47);
        octets
    }

    fn reads(header: &[u8], inside: &[u8]) {
        let octets = tunnel(header, inside);
        let seen = see(RAW, &octets);
        assert_eq!(seen.udp().captured, [1, 2, 3, 4], "{header:x?}");
        assert_eq!(seen.udp().offset as usize, octets.len() - 4);
        assert_eq!(seen.anomalies(), []);
    }

    #[test]
    fn each_flag_adds_a_word() {
        reads(&[0, 0, 8, 0], &IPV4_UDP);
        reads(&[0, 0, 0x86, 0xdd], &IPV6_UDP);
        for flags in 0..8_u8 {
            let bits = (flags & 4) << 5 | (flags & 3) << 4;
            let words = vec![9; 4 * flags.count_ones() as usize];
            reads(&[&[bits, 0, 8, 0], &words[..]].concat(), &IPV4_UDP);
        }
    }

    #[test]
    fn the_key_is_told() {
        let octets = tunnel(&[0xa0, 0, 8, 0, 1, 1, 0, 0, 0, 0, 0, 42], &IPV4_UDP);
        let seen = see(RAW, &octets);
        let mut facts = seen.labels.facts().iter();
        let key = facts.find(|fact| fact.field == Field::GreKey).unwrap();
        assert_eq!((key.span.start, key.value), (28, Value::Number(42)));
    }

    #[test]
    fn frames_are_read_with_every_header_of_a_mirror() {
        let frame = [&ETHERNET_IPV4[..], &IPV4_UDP].concat();
        reads(&[0x20, 0, 0x65, 0x58, 0, 0, 1, 0], &frame);
        reads(&[0, 0, 0x88, 0xbe], &frame);
        let second = [
            &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1][..],
            &[0x10, 0, 0, 1, 0, 0, 0, 0],
        ];
        reads(&second.concat(), &frame);
        let third = [&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1][..], &[0x20; 12]].concat();
        reads(&third, &frame);
        let mut longer = [&third[..], &[7; 8]].concat();
        longer[19] = 1;
        reads(&longer, &frame);
    }

    #[test]
    fn pptp_carries_ppp_or_an_acknowledgement_alone() {
        let header = [0x30, 0x81, 0x88, 0x0b, 0, 36, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1];
        reads(&[&header[..], &[0xff, 3, 0, 0x21]].concat(), &IPV4_UDP);
        let octets = tunnel(&[0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 7, 0, 0, 0, 1], &[]);
        let seen = see(RAW, &octets);
        assert_eq!(seen.decoded.payload, Payload::Other);
        assert_eq!(seen.anomalies(), []);
    }

    #[test]
    fn source_routes_and_later_versions_are_told_and_not_read() {
        for flags in [[0x40, 0], [0, 2]] {
            let octets = tunnel(&[&flags[..], &[8, 0]].concat(), &IPV4_UDP);
            assert_eq!(see(RAW, &octets).anomalies(), [Anomaly::Tunnel]);
        }
    }

    #[test]
    fn a_header_that_ends_too_early_is_broken_unless_it_was_cut() {
        let octets = tunnel(&[0xb0, 0, 8, 0, 1, 1, 0, 0], &[]);
        assert_eq!(see(RAW, &octets).anomalies(), [Anomaly::BadHeader]);
        let cut: Seen<'_> = see_cut(RAW, &octets[..26], 28);
        assert_eq!(cut.anomalies(), [Anomaly::CutFrame]);
    }
}
