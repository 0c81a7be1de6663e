//! How the datagrams of media end: some applications seal with a counter of their own at the end
//! of every datagram. Sees the last four octets, and keeps two numbers.

/// Whether the last four octets of the datagrams of a direction count up by one, the lowest octet
/// first.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::flow) struct Tail {
    last: u32,
    run: u32,
}

impl Tail {
    /// Steps of one that make a counter.
    const ENOUGH: u32 = 4;
    /// How much of it may be lost between two datagrams.
    const LOST: u32 = 100;

    pub(in crate::flow) fn add(&mut self, datagram: &[u8]) {
        let Some(tail) = datagram.last_chunk() else {
            return;
        };
        let word = u32::from_le_bytes(*tail);
        self.run = match word.wrapping_sub(self.last) {
            1 => self.run.saturating_add(1),
            2..=Self::LOST => self.run,
            _ => 0,
        };
        self.last = word;
    }

    pub(in crate::flow) const fn counts(self) -> bool {
        self.run >= Self::ENOUGH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_that_counts_little_end_first_is_a_counter() {
        let mut tail = Tail::default();
        (100_u32..104).for_each(|n| tail.add(&n.to_le_bytes()));
        assert!(!tail.counts());
        tail.add(&106_u32.to_le_bytes());
        tail.add(&107_u32.to_le_bytes());
        assert!(tail.counts());
        tail.add(&[9; 4]);
        assert!(!tail.counts());
    }
}
