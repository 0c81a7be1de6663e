//! Streams that send packets of another stream again (RFC 4588), seen from outside.
//!
//! A retransmission has the timestamp of the original and its payload is two octets longer: the
//! original sequence number stands before it. Sealing changes neither. Measured on every pair of
//! the collected calls: all packets with a shared timestamp are exactly two octets longer, and
//! the others are padding that probes the path.

use crate::dissect::rtp::{Rtp, Ssrc};

/// Packets of one direction that are remembered: so many places, for so many packets each.
const PLACES: usize = 32;
const TOGETHER: usize = 4;
/// Packets of a stream that are looked at.
const LOOKED: u8 = 64;
/// Payload of a packet of padding only, as libwebrtc has sent them, and usual tags after it.
const PADDING: [u32; 2] = [224, 255];
const TAGS: [u32; 4] = [0, 4, 10, 16];
/// The payload type of no packet.
const NOTHING: u8 = 0xFF;

/// The last packets of one direction of a flow, by their timestamp: those of one timestamp stand
/// together, so that a look touches few octets of memory.
#[derive(Debug, Clone)]
pub(in crate::flow) struct Recent([[Sent; TOGETHER]; PLACES]);

#[derive(Debug, Clone, Copy)]
struct Sent {
    timestamp: u32,
    ssrc: Ssrc,
    payload_len: u16,
    seq: u16,
    payload_type: u8,
}

/// What the first packets of a stream have in common with others.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Twin {
    looked: u8,
    /// Timestamps shared with a packet of another stream and payload type, and with which.
    shared: u8,
    of: Option<Ssrc>,
    /// Two octets longer than it.
    longer: u8,
    /// The first two octets are its sequence number.
    numbered: u8,
    /// With the padding bit, and of the length of padding only.
    padded: u8,
    probes: u8,
}

impl Default for Recent {
    fn default() -> Self {
        let nothing = Sent {
            timestamp: 0,
            ssrc: Ssrc(0),
            payload_len: 0,
            seq: 0,
            payload_type: NOTHING,
        };
        Self([[nothing; TOGETHER]; PLACES])
    }
}

impl Recent {
    /// Remembers a packet; the oldest of its place goes.
    pub(super) fn push(&mut self, rtp: &Rtp<'_>) {
        if let Some(packets) = self.0.get_mut(place(rtp.timestamp)) {
            packets.rotate_right(1);
            packets[0] = Sent {
                timestamp: rtp.timestamp,
                ssrc: rtp.ssrc,
                payload_len: rtp.payload.wire_len as u16,
                seq: rtp.seq,
                payload_type: rtp.payload_type,
            };
        }
    }

    /// Packets of other streams and payload types with the timestamp of this one.
    fn others(&self, rtp: &Rtp<'_>) -> impl Iterator<Item = &Sent> + Clone {
        let (timestamp, ssrc, payload_type) = (rtp.timestamp, rtp.ssrc, rtp.payload_type);
        let packets = self.0.get(place(timestamp)).into_iter().flatten();
        packets.filter(move |sent| {
            sent.timestamp == timestamp
                && sent.ssrc != ssrc
                && sent.payload_type != payload_type
                && sent.payload_type != NOTHING
        })
    }
}

/// The place of a timestamp: neighbours are spread (Knuth's multiplicative hash).
const fn place(timestamp: u32) -> usize {
    (timestamp.wrapping_mul(0x9E37_79B1) >> 27) as usize
}

impl Twin {
    /// Takes one of the first packets of a stream; says whether another stream sent it before.
    pub(super) fn look(&mut self, rtp: &Rtp<'_>, recent: &Recent) -> bool {
        if self.looked >= LOOKED {
            return false;
        }
        self.looked += 1;
        self.padded += u8::from(rtp.padding);
        let mut others = recent.others(rtp);
        let Some(first) = others.clone().next() else {
            let of_len = |len: &u32| TAGS.iter().any(|tag| len + tag == rtp.payload.wire_len);
            self.probes += u8::from(rtp.padding && PADDING.iter().any(of_len));
            return false;
        };
        self.shared += 1;
        self.of.get_or_insert(first.ssrc);
        let longer = |sent: &&Sent| u32::from(sent.payload_len) + 2 == rtp.payload.wire_len;
        let again = others.clone().any(|sent| longer(&sent));
        self.longer += u8::from(again);
        let number = rtp.payload.captured.first_chunk().copied();
        let number = number.map(u16::from_be_bytes);
        self.numbered += u8::from(others.any(|sent| longer(&sent) && number == Some(sent.seq)));
        again
    }

    /// The stream whose packets this one sends again.
    pub(super) fn of(&self) -> Option<Ssrc> {
        let again = self.shared >= 2
            && most(self.longer, self.shared)
            && most(self.longer + self.probes, self.looked);
        self.of.filter(|_| again)
    }

    /// Whether original sequence numbers are readable in it.
    pub(super) const fn is_numbered(&self) -> bool {
        self.numbered >= 2 && self.numbered == self.longer
    }

    /// Whether it is nothing but padding.
    pub(super) fn is_padding(&self) -> bool {
        self.probes >= 2 && self.padded == self.looked && most(self.probes, self.looked)
    }
}

fn most(part: u8, whole: u8) -> bool {
    u16::from(part) * 5 >= u16::from(whole) * 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Quiet;
    use crate::base::span::Octets;
    use crate::dissect::rtp;

    /// A packet of payload type 96 (video), 97 (the other stream).
    fn packet(pt: u8, timestamp: u8, padding: bool, payload: &[u8]) -> Vec<u8> {
        let first = 0x80 | u8::from(padding) << 5;
        let mut packet = vec![first, pt, 0, timestamp, 0, 0, 0, timestamp, 0, 0, 0, pt];
        packet.extend(payload);
        packet
    }

    fn twin(others: &[Vec<u8>]) -> Twin {
        let mut recent = Recent::default();
        for timestamp in 0..9 {
            let video = packet(96, timestamp, false, &[9; 40]);
            recent.push(&rtp::parse(Octets::whole(&video, 0), &mut Quiet).expect("RTP"));
        }
        let mut twin = Twin::default();
        for other in others {
            let rtp = rtp::parse(Octets::whole(other, 0), &mut Quiet).expect("RTP");
            if !twin.look(&rtp, &recent) {
                recent.push(&rtp);
            }
        }
        twin
    }

    #[test]
    fn the_same_timestamp_and_two_octets_more_is_a_retransmission() {
        let sealed = [
            packet(97, 3, false, &[7; 42]),
            packet(97, 5, false, &[7; 42]),
        ];
        assert_eq!(twin(&sealed).of(), Some(Ssrc(96)));
        assert!(!twin(&sealed).is_numbered());
        assert_eq!(twin(&sealed[..1]).of(), None);
    }

    #[test]
    fn an_original_number_that_can_be_read_is_told() {
        let again = |n: u8| {
            let mut payload = vec![0, n];
            payload.extend([9; 40]);
            packet(97, n, false, &payload)
        };
        assert!(twin(&[again(1), again(4)]).is_numbered());
    }

    #[test]
    fn other_lengths_are_no_retransmission() {
        let repair = [
            packet(97, 3, false, &[7; 60]),
            packet(97, 5, false, &[7; 60]),
        ];
        assert_eq!(twin(&repair).of(), None);
    }

    #[test]
    fn padding_only_probes_the_path() {
        let probes = [
            packet(97, 77, true, &[7; 265]),
            packet(97, 77, true, &[7; 265]),
        ];
        assert!(twin(&probes).is_padding());
        assert!(!twin(&[packet(97, 77, true, &[7; 90])]).is_padding());
    }
}
