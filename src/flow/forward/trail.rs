//! The last packets of a stream, by number and length.

use super::Packet;

/// Packets that are kept: those of 0.2 s of pictures, or of a second of sound.
const KEPT: usize = 64;

/// The last packets of a stream.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Trail {
    packets: Vec<Option<Packet>>,
    last: Option<Packet>,
    /// How the length changed with each of the last three packets in sequence.
    changes: [i32; 3],
    in_sequence: u8,
}

/// What the next packet adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::flow) struct Step {
    /// Whether it is not as long as the one before: those that are tell little.
    pub(in crate::flow) changed: bool,
    /// How the length changed over four packets in sequence, where it did at least twice. A tag
    /// of another length leaves it as it is.
    pub(in crate::flow) lengths: Option<u64>,
}

impl Trail {
    /// Takes the next packet.
    pub(in crate::flow) fn add(&mut self, packet: Packet) -> Step {
        if self.packets.is_empty() {
            self.packets.resize(KEPT, None);
        }
        if let Some(place) = self.packets.get_mut(usize::from(packet.seq) % KEPT) {
            *place = Some(packet);
        }
        let last = self.last.replace(packet);
        let follows = |last: &Packet| packet.seq == last.seq.wrapping_add(1);
        let Some(last) = last.filter(follows) else {
            self.in_sequence = 0;
            return Step {
                changed: false,
                lengths: None,
            };
        };
        let change = i32::from(packet.len) - i32::from(last.len);
        self.changes.rotate_left(1);
        self.changes[2] = change;
        self.in_sequence = (self.in_sequence + 1).min(3);
        let several = self.changes.iter().filter(|change| **change != 0).count() >= 2;
        Step {
            changed: change != 0,
            lengths: (several && self.in_sequence == 3).then(|| self.lengths()),
        }
    }

    /// The three changes in 17 bits each.
    fn lengths(&self) -> u64 {
        let bits = |change: &i32| u64::from(change.cast_unsigned() & 0x1_FFFF);
        self.changes
            .iter()
            .fold(0, |all, change| all << 17 | bits(change))
    }

    /// The packet with this number, if it is among the last.
    pub(super) fn at(&self, seq: u16) -> Option<Packet> {
        let place = self.packets.get(usize::from(seq) % KEPT)?;
        place.filter(|packet| packet.seq == seq)
    }
}
