//! Which pieces of a sender came before: one that is sent again counts once.

/// Pieces behind the latest of which is known whether they came; older ones are taken for repeated.
const WINDOW: u64 = 2048;
/// Positions begin there, so that pieces before the first have one too.
const FIRST: u64 = 1 << 32;
/// Pieces to a word.
const WORD: u64 = 64;

/// The pieces that came.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    latest: Option<u64>,
    came: [u64; (WINDOW / WORD) as usize],
}

impl Default for Arrived {
    fn default() -> Self {
        Self {
            latest: None,
            came: [0; (WINDOW / WORD) as usize],
        }
    }
}

impl Arrived {
    /// Where a piece stands among all of its sender; `None` where it came before.
    pub(super) fn take(&mut self, tsn: u32) -> Option<u64> {
        let latest = self.latest.unwrap_or(FIRST + u64::from(tsn));
        let ahead = tsn.wrapping_sub(latest as u32).cast_signed();
        let position = latest.checked_add_signed(ahead.into())?;
        if position + WINDOW <= latest {
            return None;
        }
        let new = (latest + 1..=position).rev().take(WINDOW as usize);
        new.for_each(|behind| {
            self.bit(behind, |word, bit| *word &= !bit);
        });
        self.latest = Some(latest.max(position));
        let came = self.bit(position, |word, bit| {
            let came = *word & bit != 0;
            *word |= bit;
            came
        });
        (came == Some(false)).then_some(position)
    }

    fn bit<T>(&mut self, position: u64, of: impl FnOnce(&mut u64, u64) -> T) -> Option<T> {
        let place = position % WINDOW;
        let word = self.came.get_mut((place / WORD) as usize)?;
        Some(of(word, 1 << (place % WORD)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_counts_once() {
        let mut arrived = Arrived::default();
        assert!(arrived.take(7).is_some());
        assert_eq!(arrived.take(7), None);
        assert_eq!(arrived.take(9), Some(FIRST + 9));
        assert_eq!(arrived.take(8), Some(FIRST + 8));
        assert_eq!(arrived.take(8), None);
        assert_eq!(arrived.take(6), Some(FIRST + 6));
    }

    #[test]
    fn numbers_go_on_over_their_end() {
        let mut arrived = Arrived::default();
        let last = arrived.take(u32::MAX).expect("new");
        assert_eq!(arrived.take(0), Some(last + 1));
        assert_eq!(arrived.take(u32::MAX), None);
    }

    #[test]
    fn behind_the_window_nothing_is_new() {
        let mut arrived = Arrived::default();
        arrived.take(0);
        arrived.take(WINDOW as u32);
        assert_eq!(arrived.take(0), None);
        assert!(arrived.take(1).is_some());
        // A jump makes room for all that may come behind it.
        arrived.take(1 << 30);
        assert!(arrived.take((1 << 30) - 5).is_some());
    }
}
