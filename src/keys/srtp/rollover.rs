//! The rollover counter, which stands in no packet and must be followed.

/// Where in its sequence of 2^48 packets a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollover {
    /// How often the sequence number has begun anew.
    counter: u32,
    /// Highest sequence number under it.
    highest: u16,
}

impl Rollover {
    /// The largest counter that is looked for where a capture begins in the middle of a stream: a
    /// fortnight at 50 packets a second.
    pub const SEARCHED: u32 = 1024;

    /// A stream whose packet `seq` verified under this counter.
    pub const fn at(counter: u32, seq: u16) -> Self {
        Self {
            counter,
            highest: seq,
        }
    }

    /// How often the sequence number has begun anew.
    pub const fn counter(self) -> u32 {
        self.counter
    }

    /// The counter under which a packet was sealed, as a receiver guesses it: the one that brings
    /// it nearest to the packets before (RFC 3711, section 3.3.1). A stream begins at zero, and
    /// nothing comes before.
    pub const fn guess(self, seq: u16) -> u32 {
        let ahead = seq.wrapping_sub(self.highest).cast_signed();
        match self.index().checked_add_signed(ahead as i64) {
            Some(index) => (index >> 16) as u32,
            None => 0,
        }
    }

    /// Takes a packet that verified under `counter`.
    pub const fn advance(&mut self, counter: u32, seq: u16) {
        let taken = Self::at(counter, seq);
        if taken.index() > self.index() {
            *self = taken;
        }
    }

    const fn index(self) -> u64 {
        (self.counter as u64) << 16 | self.highest as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_follows_the_numbers_over_their_end() {
        let mut at = Rollover::at(0, 0xFFFE);
        for (seq, counter) in [(0xFFFF, 0), (0, 1), (0xFFFD, 0), (1, 1), (0x8000, 1)] {
            assert_eq!(at.guess(seq), counter, "{seq:#x}");
            at.advance(counter, seq);
        }
        assert_eq!(at, Rollover::at(1, 0x8000));
    }

    #[test]
    fn nothing_comes_before_the_beginning() {
        assert_eq!(Rollover::at(0, 5).guess(0xFFF0), 0);
        assert_eq!(Rollover::at(9, 5).guess(0xFFF0), 8);
    }
}
