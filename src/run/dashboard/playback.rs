//! The clock of a capture that is played back.

use std::time::{Duration, Instant};

use crate::base::time::Timestamp;

/// When each moment of a capture comes, where it is played so many times as fast as it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Playback {
    speed: u32,
    /// A moment of the capture, and when it comes.
    origin: Option<(Timestamp, Instant)>,
}

impl Playback {
    pub(super) const fn new(speed: u32) -> Self {
        Self {
            speed,
            origin: None,
        }
    }

    /// When `moment` comes; the first that is asked for comes at once.
    pub(super) fn due(&mut self, moment: Timestamp, now: Instant) -> Instant {
        let (origin, began) = *self.origin.get_or_insert((moment, now));
        began + moment.since(origin) / self.speed
    }

    /// The moment that comes now.
    pub(super) fn moment(self, now: Instant) -> Option<Timestamp> {
        let (origin, began) = self.origin?;
        let passed = now.saturating_duration_since(began);
        Some(origin.after(passed.saturating_mul(self.speed)))
    }

    /// Goes so many seconds on, or back. Returns whether what was played must be read again.
    pub(super) fn seek(&mut self, seconds: i64, now: Instant) -> bool {
        let Some(moment) = self.moment(now) else {
            return false;
        };
        let step = Duration::from_secs(seconds.unsigned_abs());
        let back = seconds < 0;
        let target = if back {
            moment.before(step)
        } else {
            moment.after(step)
        };
        self.origin = Some((target, now));
        back
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn moments_come_as_fast_as_is_asked_and_seeking_moves_them() {
        let begun = Instant::now();
        let mut playback = Playback::new(4);
        let first = Timestamp(0);
        let at = |seconds: i64| Timestamp(seconds * 1_000_000_000);
        assert_eq!(playback.due(first, begun), begun);
        assert_eq!(playback.due(at(8), begun), begun + 2 * SECOND);
        assert_eq!(playback.moment(begun + SECOND), Some(at(4)));
        assert!(!playback.seek(10, begun + SECOND));
        assert_eq!(playback.due(at(14), begun), begun + SECOND);
        assert_eq!(playback.due(at(18), begun), begun + 2 * SECOND);
        assert!(playback.seek(-10, begun + SECOND));
        assert_eq!(playback.moment(begun + SECOND), Some(at(4)));
    }
}
