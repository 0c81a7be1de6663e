//! The first packets of a stream, kept just long enough to be judged.
//!
//! Each sequence number counts once: a frame that was captured twice would make every value more
//! frequent than chance does. Of each packet the head is kept, of its octets a histogram.

use crate::base::span::Octets;
use crate::dissect::rtp::Rtp;

/// Payload octets of a packet that are looked at by position.
pub(super) const OFFSETS: usize = 32;
/// Packets whose heads are kept. All clear streams measured are found within 20, and an
/// end-to-end layer needs 80 to be believed.
pub(super) const PACKETS: usize = 128;
/// Packets after which even a stream of tiny packets is judged.
const PATIENCE: u32 = 512;
/// Octets that the verdict "uniform" rests on at least.
pub(super) const UNIFORM_OCTETS: u32 = 4_000;
/// Octets that are counted at most; no counter can overflow.
const POOL: u32 = 1 << 14;

/// What is kept of one packet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    octets: [u8; OFFSETS],
    captured: u8,
    /// Packets of the capture since the first of the stream.
    since: u32,
    pub(super) timestamp: u32,
    pub(super) seq: u16,
    /// Octets of the payload on the wire.
    pub(super) len: u16,
    pub(super) marker: bool,
    /// Whether it can only be padding: zeros, and their number in the last octet (RFC 3550,
    /// section 5.1).
    pub(super) padding: bool,
}

impl Head {
    /// The first octets of the payload, as far as they were captured.
    pub(super) fn octets(&self) -> &[u8] {
        self.octets
            .get(..usize::from(self.captured))
            .unwrap_or(&self.octets)
    }

    /// The payload with its length on the wire, as far as its octets were kept.
    pub(super) fn payload(&self) -> Octets<'_> {
        Octets {
            captured: self.octets(),
            offset: 0,
            wire_len: self.len.into(),
        }
    }

    pub(super) fn of(rtp: &Rtp<'_>, since: u32) -> Self {
        let captured = rtp.payload.captured;
        let mut octets = [0; OFFSETS];
        for (kept, octet) in octets.iter_mut().zip(captured) {
            *kept = *octet;
        }
        Self {
            octets,
            captured: captured.len().min(OFFSETS) as u8,
            since,
            timestamp: rtp.timestamp,
            seq: rtp.seq,
            len: u16::try_from(rtp.payload.wire_len).unwrap_or(u16::MAX),
            marker: rtp.marker,
            padding: is_padding(captured),
        }
    }
}

/// Zeros that end in their own number.
fn is_padding(payload: &[u8]) -> bool {
    /// Shorter ones could be an event of RFC 4733.
    const SHORTEST: usize = 8;
    payload.split_last().is_some_and(|(last, zeros)| {
        payload.len() >= SHORTEST
            && usize::from(*last) == payload.len()
            && zeros.iter().all(|octet| *octet == 0)
    })
}

/// The packets gathered so far.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    heads: Vec<Head>,
    pooled: [u16; 256],
    octets: u32,
    packets: u32,
    cut: u32,
    first: u64,
    highest: u16,
}

impl Gathered {
    pub(super) fn new(number: u64, rtp: &Rtp<'_>) -> Self {
        Self {
            heads: Vec::with_capacity(4),
            pooled: [0; 256],
            octets: 0,
            packets: 0,
            cut: 0,
            first: number,
            highest: rtp.seq.wrapping_sub(1),
        }
    }

    /// Takes a packet, unless it was here before. Returns whether it was taken.
    pub(super) fn add(&mut self, rtp: &Rtp<'_>, number: u64) -> bool {
        let ahead = (1..0x8000).contains(&rtp.seq.wrapping_sub(self.highest));
        let keeps = self.heads.len() < PACKETS;
        let new = ahead || keeps && self.heads.iter().all(|head| head.seq != rtp.seq);
        let since = u32::try_from(number.saturating_sub(self.first));
        let (true, Ok(since)) = (new, since) else {
            return false;
        };
        if ahead {
            self.highest = rtp.seq;
        }
        if keeps {
            self.heads.push(Head::of(rtp, since));
        }
        self.packets += 1;
        self.cut += u32::from(rtp.payload.is_cut());
        let room = (POOL - self.octets) as usize;
        for octet in rtp.payload.captured.iter().take(room) {
            if let Some(count) = self.pooled.get_mut(usize::from(*octet)) {
                *count += 1;
            }
        }
        self.octets += rtp.payload.captured.len().min(room) as u32;
        true
    }

    /// Whether more packets would not change what is said.
    pub(super) fn is_enough(&self) -> bool {
        self.heads.len() >= PACKETS && (self.octets >= UNIFORM_OCTETS || self.packets >= PATIENCE)
    }

    pub(super) fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// Heads in the order of their sequence numbers, which is not always that of arrival.
    pub(super) fn in_order(&self) -> Vec<&Head> {
        let start = self.heads.first().map_or(0, |head| head.seq);
        let mut heads: Vec<&Head> = self.heads.iter().collect();
        heads.sort_by_key(|head| head.seq.wrapping_sub(start).cast_signed());
        heads
    }

    /// The packet of the capture in which a head was.
    pub(super) fn number(&self, head: &Head) -> u64 {
        self.first + u64::from(head.since)
    }

    pub(super) const fn pooled(&self) -> &[u16; 256] {
        &self.pooled
    }

    pub(super) const fn octets(&self) -> u32 {
        self.octets
    }

    pub(super) const fn packets(&self) -> u32 {
        self.packets
    }

    pub(super) const fn cut(&self) -> u32 {
        self.cut
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::rtp;
    use super::*;

    #[test]
    fn a_sequence_number_counts_once() {
        let mut gathered = Gathered::new(1, &rtp(9, 0, &[1]));
        let taken = [9, 10, 10, 9, 8, 11, 8].map(|seq| gathered.add(&rtp(seq, 0, &[1]), 1));
        assert_eq!(taken, [true, true, false, false, true, true, false]);
        let order: Vec<u16> = gathered.in_order().iter().map(|head| head.seq).collect();
        assert_eq!(order, [8, 9, 10, 11]);
    }

    #[test]
    fn zeros_that_end_in_their_number_are_padding() {
        assert!(is_padding(&[0, 0, 0, 0, 0, 0, 0, 8]));
        assert!(!is_padding(&[0, 0, 0, 0, 0, 0, 0, 9]));
        assert!(!is_padding(&[0, 0, 0, 4]));
    }

    #[test]
    fn tiny_packets_are_gathered_until_their_octets_suffice() {
        let mut gathered = Gathered::new(1, &rtp(0, 0, &[1]));
        let enough = (0..2_000_u16).position(|seq| {
            gathered.add(&rtp(seq, 0, &[7; 20]), u64::from(seq) + 1);
            gathered.is_enough()
        });
        assert_eq!(enough, Some(199));
        assert_eq!(gathered.heads().len(), PACKETS);
    }
}
