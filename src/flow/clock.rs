//! How far capture time has come, over all interfaces.

use std::time::Duration;

use crate::base::time::Timestamp;

/// A capture of several interfaces is in order on each of them, but not between them: each is
/// written in batches. An interface that is silent holds the others back for this long.
const SILENCE: Duration = Duration::from_secs(1);

/// Interfaces that are followed; packets of further ones count for the last.
const INTERFACES: usize = 64;

/// The time up to which every interface has been read.
#[derive(Debug, Default)]
pub(super) struct Clock {
    latest: Vec<Timestamp>,
    first: Option<Timestamp>,
    now: Timestamp,
}

impl Clock {
    /// Notes a packet; returns the time up to which nothing more is to come.
    pub(super) fn tick(&mut self, interface: u32, time: Timestamp) -> Timestamp {
        let place = (interface as usize).min(INTERFACES - 1);
        if self.latest.len() <= place {
            self.latest.resize(place + 1, time);
        }
        if let Some(latest) = self.latest.get_mut(place) {
            *latest = (*latest).max(time);
        }
        // In the beginning another interface may still be to come.
        let first = *self.first.get_or_insert(time);
        if time.since(first) < SILENCE && self.now <= first {
            self.now = first;
            return first;
        }
        let slowest = self.latest.iter().min().copied().unwrap_or(time);
        let fastest = self.latest.iter().max().copied().unwrap_or(time);
        let held = Timestamp(fastest.0.saturating_sub(SILENCE.as_nanos() as i64));
        self.now = self.now.max(slowest).max(held);
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn the_slowest_interface_tells_the_time_unless_it_is_silent() {
        let mut clock = Clock::default();
        assert_eq!(
            clock.tick(0, Timestamp(10 * SECOND)),
            Timestamp(10 * SECOND)
        );
        assert_eq!(
            clock.tick(1, Timestamp(11 * SECOND)),
            Timestamp(10 * SECOND)
        );
        assert_eq!(
            clock.tick(0, Timestamp(12 * SECOND)),
            Timestamp(11 * SECOND)
        );
        assert_eq!(
            clock.tick(0, Timestamp(30 * SECOND)),
            Timestamp(29 * SECOND)
        );
    }
}
