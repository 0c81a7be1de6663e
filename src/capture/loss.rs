//! When packets were lost: what the counters of interfaces tell, as intervals of capture time.
//!
//! A counter says how many were lost, and two readings of it between which moments. Nothing here
//! is forgotten: past a bound, neighbouring intervals become one, and an interval only grows.

use std::collections::BTreeMap;

use crate::base::time::Timestamp;

/// Intervals that are kept. Of more, the two with the least between them become one.
const KEPT: usize = 256;

/// What the counters of an interface said at one moment. They count from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Index of the interface in the capture, from 0.
    pub interface: u32,
    /// When they were read.
    pub time: Timestamp,
    /// Packets that the interface received.
    pub received: u64,
    /// Packets that were lost.
    pub dropped: u64,
}

/// Packets that were lost within an interval of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Not lost before this; [`Timestamp::MIN`] is the beginning of the capture.
    pub from: Timestamp,
    /// Not lost after this; [`Timestamp::MAX`] is the end of the capture.
    pub to: Timestamp,
    /// How many.
    pub packets: u64,
}

/// The intervals in which a capture lost packets.
///
/// ```
/// use relayscope::base::time::Timestamp;
/// use relayscope::capture::{Loss, Losses, Reading};
///
/// let mut losses = Losses::default();
/// for (time, dropped) in [(10, 0), (11, 0), (12, 7)] {
///     let time = Timestamp(time);
///     losses.read(Reading { interface: 0, time, received: 100, dropped });
/// }
/// let (from, to) = (Timestamp(11), Timestamp(12));
/// assert_eq!(losses.intervals(), [Loss { from, to, packets: 7 }]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Losses {
    /// By their beginning.
    intervals: Vec<Loss>,
    /// What each interface said last.
    counters: BTreeMap<u32, Counter>,
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    /// When it was read last; the beginning where that was never, or nobody knows when.
    time: Timestamp,
    dropped: u64,
    /// Packets that were told one by one since then: the next reading counts them again.
    told: u64,
}

impl Counter {
    const UNREAD: Self = Self {
        time: Timestamp::MIN,
        dropped: 0,
        told: 0,
    };
}

impl Loss {
    /// Packets that were lost at any time of the capture.
    pub const fn at_any_time(packets: u64) -> Self {
        Self {
            from: Timestamp::MIN,
            to: Timestamp::MAX,
            packets,
        }
    }

    /// One interval that covers both, with the packets of both.
    fn and(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
            packets: self.packets.saturating_add(other.packets),
        }
    }
}

impl Losses {
    /// The intervals, in the order of their beginnings. They may overlap: interfaces lose apart.
    pub fn intervals(&self) -> &[Loss] {
        &self.intervals
    }

    /// Packets that were lost in all of them.
    pub fn packets(&self) -> u64 {
        let each = self.intervals.iter().map(|loss| loss.packets);
        each.fold(0, u64::saturating_add)
    }

    /// Takes a reading of an interface.
    ///
    /// What was lost up to the first one was lost since the beginning: a capture that knows when
    /// it began reads zero there. Where the clock went back since the reading before, what was
    /// lost meanwhile was lost at any time.
    pub fn read(&mut self, reading: Reading) {
        let (from, packets) = self.count(reading.interface, reading.time, reading.dropped);
        let to = reading.time;
        self.add(if from <= to {
            Loss { from, to, packets }
        } else {
            Loss::at_any_time(packets)
        });
    }

    /// Notes when an interface began to count.
    pub(super) fn begin(&mut self, interface: u32, time: Timestamp) {
        let counter = self.counters.entry(interface).or_insert(Counter::UNREAD);
        counter.time = time;
    }

    /// Takes a reading of which nobody knows when it was made.
    pub(super) fn read_at_no_time(&mut self, interface: u32, dropped: u64) {
        let (_, packets) = self.count(interface, Timestamp::MIN, dropped);
        self.add(Loss::at_any_time(packets));
    }

    /// Takes what a packet tells: so many were lost between the one before and itself.
    pub(super) fn told_by_packet(&mut self, interface: u32, loss: Loss) {
        let counter = self.counters.entry(interface).or_insert(Counter::UNREAD);
        counter.told = counter.told.saturating_add(loss.packets);
        self.add(loss);
    }

    /// Takes the intervals of another file.
    pub(super) fn extend(&mut self, other: &Self) {
        for loss in &other.intervals {
            self.add(*loss);
        }
    }

    /// Notes a counter; returns when it was read before, and how many were lost since.
    fn count(&mut self, interface: u32, time: Timestamp, dropped: u64) -> (Timestamp, u64) {
        let now = Counter {
            time,
            dropped,
            told: 0,
        };
        let before = self.counters.insert(interface, now);
        let before = before.unwrap_or(Counter::UNREAD);
        let grown = match dropped.checked_sub(before.dropped) {
            Some(grown) => grown.saturating_sub(before.told),
            // It began anew.
            None => dropped,
        };
        (before.time, grown)
    }

    fn add(&mut self, loss: Loss) {
        if loss.packets == 0 {
            return;
        }
        let place = self.intervals.partition_point(|l| l.from <= loss.from);
        self.intervals.insert(place, loss);
        if self.intervals.len() > KEPT {
            self.join();
        }
    }

    /// Makes one of the two neighbours with the least time between them.
    fn join(&mut self) {
        let pairs = self.intervals.iter().zip(self.intervals.iter().skip(1));
        let apart = pairs.map(|(loss, next)| next.from.nanos_since(loss.to));
        let least = apart.enumerate().min_by_key(|(_, nanos)| *nanos);
        let Some((place, _)) = least else { return };
        let next = self.intervals.remove(place + 1);
        if let Some(loss) = self.intervals.get_mut(place) {
            *loss = loss.and(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(interface: u32, time: i64, dropped: u64) -> Reading {
        Reading {
            interface,
            time: Timestamp(time),
            received: 1000,
            dropped,
        }
    }

    fn intervals(losses: &Losses) -> Vec<(i64, i64, u64)> {
        let all = losses.intervals().iter();
        all.map(|l| (l.from.0, l.to.0, l.packets)).collect()
    }

    fn read(readings: &[Reading]) -> Vec<(i64, i64, u64)> {
        let mut losses = Losses::default();
        for reading in readings {
            losses.read(*reading);
        }
        intervals(&losses)
    }

    #[test]
    fn a_loss_lies_between_two_readings_of_one_interface() {
        let readings = [
            reading(0, 1, 0),
            reading(1, 1, 0),
            reading(0, 2, 0),
            reading(0, 3, 5),
            reading(1, 4, 2),
            reading(0, 4, 5),
            reading(0, 9, 6),
        ];
        assert_eq!(read(&readings), [(1, 4, 2), (2, 3, 5), (4, 9, 1)]);
    }

    #[test]
    fn the_first_reading_counts_from_the_beginning() {
        assert_eq!(read(&[reading(0, 7, 3)]), [(i64::MIN, 7, 3)]);
    }

    #[test]
    fn a_time_that_is_not_known_or_goes_back_covers_the_whole_capture() {
        let readings = [reading(0, 7, 1), reading(0, 6, 3), reading(0, 8, 4)];
        let whole = |packets| (i64::MIN, i64::MAX, packets);
        assert_eq!(read(&readings), [(i64::MIN, 7, 1), whole(2), (6, 8, 1)]);
        let mut losses = Losses::default();
        losses.read(reading(0, 7, 0));
        losses.read_at_no_time(0, 2);
        losses.read(reading(0, 8, 3));
        assert_eq!(intervals(&losses), [whole(2), (i64::MIN, 8, 1)]);
    }

    #[test]
    fn a_counter_that_begins_anew_lost_what_it_says() {
        assert_eq!(
            read(&[reading(0, 7, 9), reading(0, 8, 2)]),
            [(i64::MIN, 7, 9), (7, 8, 2)]
        );
    }

    #[test]
    fn what_packets_told_is_not_counted_twice() {
        let mut losses = Losses::default();
        let (from, to) = (Timestamp(3), Timestamp(4));
        losses.told_by_packet(
            0,
            Loss {
                from,
                to,
                packets: 5,
            },
        );
        losses.read(reading(0, 9, 5));
        assert_eq!(intervals(&losses), [(3, 4, 5)]);
        losses.read(reading(0, 10, 6));
        assert_eq!(intervals(&losses), [(3, 4, 5), (9, 10, 1)]);
    }

    #[test]
    fn past_the_bound_intervals_grow_and_none_is_forgotten() {
        let mut losses = Losses::default();
        let mut told = Vec::new();
        for n in 0..1000 {
            // Some lie close together, some far apart, some overlap.
            let from = n * 100 + (n % 7) * 20;
            let loss = Loss {
                from: Timestamp(from),
                to: Timestamp(from + (n % 5) * 30),
                packets: 1,
            };
            losses.told_by_packet(0, loss);
            told.push(loss);
        }
        assert_eq!(losses.intervals().len(), KEPT);
        assert_eq!(losses.packets(), 1000);
        let covers = |one: &&Loss| {
            let mut all = losses.intervals().iter();
            all.any(|l| l.from <= one.from && one.to <= l.to)
        };
        assert!(told.iter().all(|one| covers(&one)));
        assert!(losses.intervals().is_sorted_by_key(|loss| loss.from));
    }
}
