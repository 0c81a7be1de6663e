//! Options: what blocks say beside their fixed part.

use super::super::pcap::word;

/// `opt_comment`, on every block.
pub(super) const COMMENT: u16 = 1;

/// Code and value of each option; values are padded to four octets.
pub(super) fn options(mut rest: &[u8], big: bool) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (code, len) = (half(rest, 0, big)?, usize::from(half(rest, 2, big)?));
        let value = rest.get(4..)?.get(..len)?;
        rest = rest.get(4 + len.next_multiple_of(4)..).unwrap_or_default();
        (code != 0).then_some((code, value))
    })
}

/// The 16-bit number at `at`.
pub(super) fn half(octets: &[u8], at: usize, big_endian: bool) -> Option<u16> {
    let half = *octets.get(at..)?.first_chunk::<2>()?;
    Some(if big_endian {
        u16::from_be_bytes(half)
    } else {
        u16::from_le_bytes(half)
    })
}

/// The 64-bit number at the front.
pub(super) fn long(octets: &[u8], big_endian: bool) -> Option<u64> {
    let (low, high) = if big_endian { (4, 0) } else { (0, 4) };
    let high = u64::from(word(octets, high, big_endian)?);
    Some(high << 32 | u64::from(word(octets, low, big_endian)?))
}

/// The time at `at`, in the units of its interface: its high half stands first in either order.
pub(super) fn stamp(octets: &[u8], at: usize, big_endian: bool) -> Option<u64> {
    let high = u64::from(word(octets, at, big_endian)?);
    Some(high << 32 | u64::from(word(octets, at + 4, big_endian)?))
}
