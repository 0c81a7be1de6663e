//! Addresses under a key: equal prefixes stay equal, and what kind of address it is stays visible.
//!
//! Each bit is flipped or not, as the key and the bits before it say (the scheme of Crypto-PAn by
//! Xu, Fan, Ammar and Moon, 2002). Two addresses share as many leading bits before as after, so a
//! network is still one network. Ranges with a meaning of their own keep their prefix, and an
//! address that came to stand in another range is taken round again until it is back in its own:
//! those ranges are whole blocks of 16 bits, so within one such block all go round together.
//!
//! That prefixes are kept has its price: whoever knows one address behind its stand-in knows the
//! leading bits that others share with it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hmac::Hmac;
use sha2::Sha256;

use super::keyed;

/// The stand-in of an address.
pub(super) fn hidden(key: &Hmac<Sha256>, address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(v4(key, address)),
        IpAddr::V6(address) => IpAddr::V6(v6(key, address)),
    }
}

/// The stand-in of a network card: of no vendor, but still of one card or of a group.
pub(super) fn hidden_card(key: &Hmac<Sha256>, card: [u8; 6]) -> [u8; 6] {
    if card == [0xFF; 6] || card == [0; 6] {
        return card;
    }
    let mut hidden = card;
    let hash = keyed(key, b'm', &card);
    hidden
        .iter_mut()
        .zip(hash)
        .for_each(|(octet, by)| *octet = by);
    let ([first, ..], [group, ..]) = (&mut hidden, card);
    *first = *first & 0xFC | 0x02 | group & 1;
    hidden
}

fn v4(key: &Hmac<Sha256>, address: Ipv4Addr) -> Ipv4Addr {
    let own = range(V4, &address.octets());
    let mut octets = address.octets();
    loop {
        octets = flipped(key, b'4', octets, own.1);
        if range(V4, &octets) == own {
            return octets.into();
        }
    }
}

fn v6(key: &Hmac<Sha256>, address: Ipv6Addr) -> Ipv6Addr {
    let mut octets = address.octets();
    let own = range(V6, &octets);
    // An IPv4 address within: the same stand-in as by itself.
    if own.1 == 96 {
        let [.., a, b, c, d] = octets;
        let inner = v4(key, Ipv4Addr::new(a, b, c, d)).octets();
        if let Some(last) = octets.last_chunk_mut() {
            *last = inner;
        }
        return octets.into();
    }
    loop {
        octets = flipped(key, b'6', octets, own.1);
        if range(V6, &octets) == own {
            return octets.into();
        }
    }
}

/// Flips the bits after the first `kept`. One hash decides for the eight bits of an octet: it has
/// 256 bits, and an octet has 255 proper prefixes.
fn flipped<const N: usize>(
    key: &Hmac<Sha256>,
    family: u8,
    octets: [u8; N],
    kept: usize,
) -> [u8; N] {
    let mut out = octets;
    for (place, octet) in out.iter_mut().enumerate().skip(kept / 8) {
        let flips = keyed(key, family, octets.get(..place).unwrap_or_default());
        let before = *octet;
        for bit in 0..8 {
            // A one, and the bits before this one: different for each prefix.
            let prefix = (1_usize << bit) | usize::from(before) >> (8 - bit);
            let flip = flips
                .get(prefix / 8)
                .is_some_and(|eight| eight >> (prefix % 8) & 1 == 1);
            if flip && place * 8 + bit >= kept {
                *octet ^= 0x80 >> bit;
            }
        }
    }
    out
}

/// A range of addresses: its first octets, how many bits of them count, and how many bits of an
/// address in it are kept.
type Range = (&'static [u8], usize, usize);

/// Place in its table of the first range that holds an address, and the bits kept there.
fn range(table: &[Range], octets: &[u8]) -> (usize, usize) {
    let holds = |(start, bits, _): &Range| {
        octets
            .iter()
            .zip(start.iter())
            .enumerate()
            .all(|(at, (a, b))| {
                let rest = bits.saturating_sub(at * 8).min(8);
                u16::from(a ^ b) >> (8 - rest) == 0
            })
    };
    let place = table.iter().position(holds).unwrap_or(table.len());
    (place, table.get(place).map_or(0, |(_, _, kept)| *kept))
}

/// Ranges of IPv4 (RFC 6890): the narrower before the wider.
const V4: &[Range] = &[
    (&[0, 0, 0, 0], 32, 32),
    (&[127, 0, 0, 1], 32, 32),
    (&[255, 255, 255, 255], 32, 32),
    (&[224, 0, 0], 24, 32),
    (&[0], 8, 8),
    (&[10], 8, 8),
    (&[100, 64], 10, 10),
    (&[127], 8, 8),
    (&[169, 254], 16, 16),
    (&[172, 16], 12, 12),
    (&[192, 168], 16, 16),
    (&[224], 4, 4),
    (&[240], 4, 4),
];

/// Ranges of IPv6 likewise. Where 96 bits are kept, an IPv4 address follows.
const V6: &[Range] = &[
    (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 128, 128),
    (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128, 128),
    (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 96, 96),
    (&[0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], 96, 96),
    (&[0xFE, 0x80, 0, 0, 0, 0, 0, 0], 64, 64),
    (&[0xFE, 0x80], 10, 10),
    (&[0xFD], 8, 8),
    (&[0xFC], 8, 8),
    (&[0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 112, 128),
    (&[0xFF], 8, 16),
    (&[0x20], 3, 3),
];

#[cfg(test)]
mod tests {
    use super::*;
    use hmac::KeyInit as _;

    fn key() -> Hmac<Sha256> {
        Hmac::new(&[7; 64].into())
    }

    fn shown(address: &str) -> IpAddr {
        hidden(&key(), address.parse().expect("an address"))
    }

    fn common(a: &str, b: &str) -> u32 {
        let bits = |a: IpAddr| match a {
            IpAddr::V4(a) => u128::from(a.to_bits()) << 96,
            IpAddr::V6(a) => a.to_bits(),
        };
        (bits(a.parse().expect("an address")) ^ bits(b.parse().expect("an address")))
            .leading_zeros()
    }

    #[test]
    fn addresses_share_as_many_bits_as_before() {
        for (a, b) in [
            ("10.77.1.2", "10.77.1.3"),
            ("10.77.1.2", "10.77.2.2"),
            ("198.51.100.1", "198.51.100.200"),
            ("198.51.100.1", "198.51.7.1"),
            ("2001:db8::1", "2001:db8::2"),
            ("2001:db8:1::1", "2001:db8:2::1"),
            ("fd77:1::2", "fd77:2::2"),
        ] {
            let (one, other) = (shown(a).to_string(), shown(b).to_string());
            assert_eq!(common(a, b), common(&one, &other), "{a} {b}: {one} {other}");
            assert!(one != a && other != b, "{a} {b}: {one} {other}");
        }
    }

    #[test]
    fn what_kind_of_address_it_is_stays_visible() {
        for (address, start) in [
            ("10.1.2.3", "10."),
            ("192.168.1.20", "192.168."),
            ("169.254.9.9", "169.254."),
            ("127.0.0.53", "127."),
            ("fe80::1:2", "fe80::"),
            ("fd00::1", "fd"),
            ("::ffff:10.1.2.3", "::ffff:10."),
            ("64:ff9b::c633:6401", "64:ff9b::"),
        ] {
            let shown = shown(address).to_string();
            assert!(shown.starts_with(start), "{address}: {shown}");
            assert_ne!(shown, address);
        }
        for address in [
            "0.0.0.0",
            "127.0.0.1",
            "255.255.255.255",
            "224.0.0.251",
            "::",
            "::1",
            "ff02::fb",
        ] {
            assert_eq!(shown(address).to_string(), address);
        }
    }

    #[test]
    fn an_ipv4_address_within_ipv6_has_the_stand_in_of_its_own() {
        let IpAddr::V6(mapped) = shown("::ffff:198.51.100.1") else {
            panic!("IPv6 stays IPv6");
        };
        assert_eq!(
            mapped.to_ipv4_mapped().map(IpAddr::V4),
            Some(shown("198.51.100.1"))
        );
    }

    #[test]
    fn public_addresses_stay_public_and_apart() {
        let mut seen = std::collections::BTreeSet::new();
        for network in 1..=223_u8 {
            for host in 0..=255 {
                let address = Ipv4Addr::new(network, 200, 7, host);
                let stand_in = v4(&key(), address);
                assert_eq!(range(V4, &stand_in.octets()), range(V4, &address.octets()));
                assert!(seen.insert(stand_in), "{address}");
            }
        }
    }

    #[test]
    fn a_card_is_of_no_vendor_and_a_group_stays_a_group() {
        let [first, ..] = hidden_card(&key(), [0x00, 0x1B, 0x63, 1, 2, 3]);
        assert_eq!(first & 3, 2);
        let [first, ..] = hidden_card(&key(), [0x33, 0x33, 0, 0, 0, 1]);
        assert_eq!(first & 1, 1);
        assert_eq!(hidden_card(&key(), [0xFF; 6]), [0xFF; 6]);
    }
}
