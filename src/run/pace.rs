//! How often is looked at what changed, and at how much: the analysis of packets comes first.

use std::time::{Duration, Instant};

/// Time between two looks, at least.
const TICK: Duration = Duration::from_millis(250);
/// A look takes at most one part in so many of all time.
const SHARE: u32 = 5;
/// Time that one look may take; packets wait meanwhile.
const LOOK: Duration = Duration::from_millis(50);
/// Calls that are looked at in any case.
const LEAST: usize = 16;

/// When to look next, and at how many calls.
#[derive(Debug)]
pub(super) struct Pace {
    next: Instant,
    most: usize,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            next: now + TICK,
            most: 1 << 10,
        }
    }

    /// When to look.
    pub(super) const fn next(&self) -> Instant {
        self.next
    }

    /// At how many calls.
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// Somebody waits: the next look is a short one.
    pub(super) const fn hurry(&mut self) {
        self.most = LEAST;
    }

    /// Notes how long a look took: the next one is at more calls, or fewer.
    pub(super) fn took(&mut self, from: Instant, to: Instant) {
        let took = to.saturating_duration_since(from);
        self.next = to + TICK.max(took * (SHARE - 1));
        if took > LOOK {
            self.most = (self.most / 2).max(LEAST);
        } else if took < LOOK / 2 {
            self.most = self.most.saturating_mul(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_takes_long_makes_the_next_one_shorter_and_later() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        let most = pace.most();
        let end = begun + Duration::from_millis(200);
        pace.took(begun, end);
        assert_eq!(pace.most(), most / 2);
        assert_eq!(pace.next(), end + Duration::from_millis(800));
        for _ in 0..30 {
            pace.took(begun, end);
        }
        assert_eq!(pace.most(), LEAST);
        pace.took(begun, begun + Duration::from_millis(1));
        assert_eq!(pace.most(), LEAST * 2);
        assert_eq!(pace.next(), begun + Duration::from_millis(251));
    }
}
