//! Counting by extended sequence numbers (RFC 3550, appendices A.1 and A.3): what was lost,
//! reordered, duplicated, and where a stream began anew.

/// A number so far ahead of the highest is no loss but a jump (RFC 3550, appendix A.1).
const DROPOUT: u16 = 3000;
/// A number so far behind the highest came late (RFC 3550, appendix A.1).
const MISORDER: u16 = 100;

/// Where a packet stands in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The first packet, or the first of a new run.
    First,
    /// The packet after the highest before it.
    Next,
    /// A packet further on: those between are lost, or come late.
    Ahead,
    /// A packet that came late.
    Late,
    /// A packet that was here before.
    Again,
    /// A packet far from all others: perhaps the first of a new run.
    Stray,
}

/// The sequence numbers of one stream.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sequence {
    /// Lowest extended number of this run.
    base: u64,
    /// Highest extended number of this run.
    highest: u64,
    /// Which of the 128 numbers up to the highest were here, the highest in the lowest bit.
    window: u128,
    /// Different packets of this run.
    received: u64,
    /// Packets lost in earlier runs.
    lost_before: u64,
    /// The number after the last stray, which would begin a new run.
    after_stray: Option<u16>,
    /// Packets that came after a later one.
    pub(super) reordered: u64,
    /// Packets that were here before.
    pub(super) duplicated: u64,
    /// Jumps after which the numbers went on from another place.
    pub(super) restarts: u64,
}

impl Sequence {
    /// Takes the next number.
    pub(super) fn add(&mut self, seq: u16) -> Order {
        if self.received == 0 {
            self.begin(seq, 1);
            return Order::First;
        }
        let highest = self.highest as u16;
        let (ahead, behind) = (seq.wrapping_sub(highest), highest.wrapping_sub(seq));
        if ahead == 0 {
            self.duplicated += 1;
            return Order::Again;
        }
        if ahead < DROPOUT {
            self.highest += u64::from(ahead);
            self.window = self.window.checked_shl(ahead.into()).unwrap_or(0) | 1;
            self.received += 1;
            return if ahead == 1 {
                Order::Next
            } else {
                Order::Ahead
            };
        }
        if behind <= MISORDER {
            return self.late(behind);
        }
        if self.after_stray == Some(seq) {
            self.lost_before = self.lost();
            self.restarts += 1;
            self.begin(seq, 2);
            return Order::First;
        }
        self.after_stray = Some(seq.wrapping_add(1));
        Order::Stray
    }

    /// Begins a run whose `received` first packets end at `seq`.
    fn begin(&mut self, seq: u16, received: u64) {
        // A cycle below the first leaves room for what comes late.
        self.highest = u64::from(seq) + (1 << 16);
        self.base = self.highest + 1 - received;
        self.window = (1 << received) - 1;
        self.received = received;
        self.after_stray = None;
    }

    fn late(&mut self, behind: u16) -> Order {
        let bit = 1_u128 << behind;
        if self.window & bit != 0 {
            self.duplicated += 1;
            return Order::Again;
        }
        self.window |= bit;
        self.received += 1;
        self.reordered += 1;
        self.base = self.base.min(self.highest - u64::from(behind));
        Order::Late
    }

    /// Packets that were sent and did not come. Copies do not make up for them.
    pub(super) fn lost(&self) -> u64 {
        let expected = self.highest - self.base + 1;
        self.lost_before + expected.saturating_sub(self.received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(numbers: impl IntoIterator<Item = u16>) -> (u64, u64, u64, u64) {
        let mut sequence = Sequence::default();
        for number in numbers {
            sequence.add(number);
        }
        let Sequence {
            reordered,
            duplicated,
            restarts,
            ..
        } = sequence;
        (sequence.lost(), reordered, duplicated, restarts)
    }

    #[test]
    fn numbers_wrap_without_loss() {
        assert_eq!(counted(65530..=65535), (0, 0, 0, 0));
        assert_eq!(
            counted((65530..=65535).chain(0..=9).chain(11..20)),
            (1, 0, 0, 0)
        );
        let rounds = (0..3).flat_map(|_| 0..=65535);
        assert_eq!(counted(rounds), (0, 0, 0, 0));
    }

    #[test]
    fn a_late_packet_is_not_lost() {
        assert_eq!(counted([7, 9, 8, 10]), (0, 1, 0, 0));
        assert_eq!(counted([8, 7, 9]), (0, 1, 0, 0));
    }

    #[test]
    fn a_copy_does_not_make_up_for_a_loss() {
        assert_eq!(counted([7, 9, 9, 9, 10]), (1, 0, 2, 0));
        assert_eq!(counted([7, 8, 7, 9]), (0, 0, 1, 0));
    }

    #[test]
    fn a_jump_is_a_new_run_once_it_goes_on() {
        assert_eq!(counted([7, 8, 30_000, 9]), (0, 0, 0, 0));
        assert_eq!(counted([7, 9, 30_000, 30_001, 30_003]), (2, 0, 0, 1));
    }
}
