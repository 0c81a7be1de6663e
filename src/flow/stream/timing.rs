//! The clock of a stream: its rate from timestamps against arrival, and the interarrival jitter
//! (RFC 3550, section 6.4.1 and appendix A.8).
//!
//! The rate is known only after a while, and jitter is wanted from the first packet on: it is
//! kept for every rate in use, in seconds.

use crate::base::time::Timestamp;

/// Clock rates in use, Hz.
const RATES: [u32; 7] = [8_000, 16_000, 24_000, 32_000, 44_100, 48_000, 90_000];
/// Seconds that a unit of each lasts.
const UNITS: [f64; RATES.len()] = [
    1.0 / 8e3,
    1.0 / 16e3,
    1.0 / 24e3,
    1.0 / 32e3,
    1.0 / 44.1e3,
    1.0 / 48e3,
    1.0 / 90e3,
];
/// Packets and seconds that a rate is read from.
const PACKETS: f64 = 20.0;
const SPAN: f64 = 0.4;
/// How far a measured rate may lie from one in use.
const TOLERANCE: f64 = 0.03;
/// A timestamp that is so many units further than any clock in use would have come, or behind,
/// begins a new timeline.
const JUMP: f64 = 500_000.0;
const FASTEST: f64 = 100_000.0;

/// Arrival and timestamps of one stream.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Timing {
    last: Option<(Timestamp, u32)>,
    /// Seconds and units since the beginning of this timeline.
    at: (f64, f64),
    slope: Slope,
    jitter: [f32; RATES.len()],
    greatest: [f32; RATES.len()],
}

/// A line through points, one slope over several timelines.
#[derive(Debug, Clone, Copy, Default)]
struct Slope {
    points: f64,
    mean: (f64, f64),
    xx: f64,
    xy: f64,
    /// Packets and seconds of all timelines.
    packets: f64,
    span: f64,
}

impl Timing {
    /// Takes a packet; `anew` where a new run of its stream begins.
    pub(super) fn add(&mut self, time: Timestamp, timestamp: u32, anew: bool) {
        let before = self.last.replace((time, timestamp)).filter(|_| !anew);
        let Some((earlier, before)) = before else {
            return self.begin();
        };
        let seconds = seconds(time.nanos_since(earlier));
        let units = f64::from(timestamp.wrapping_sub(before).cast_signed());
        if units.abs() > seconds.max(0.0) * FASTEST + JUMP {
            return self.begin();
        }
        self.at = (self.at.0 + seconds, self.at.1 + units);
        self.slope.span += seconds;
        self.slope.packets += 1.0;
        // A frame is as old as its first packet; the others only wait their turn.
        if units != 0.0 {
            self.slope.add(self.at);
        }
        let estimates = self.jitter.iter_mut().zip(&mut self.greatest);
        for ((jitter, greatest), unit) in estimates.zip(UNITS) {
            *jitter += ((seconds - units * unit).abs() as f32 - *jitter) / 16.0;
            *greatest = greatest.max(*jitter);
        }
    }

    fn begin(&mut self) {
        self.at = (0.0, 0.0);
        self.slope.points = 0.0;
        self.slope.mean = (0.0, 0.0);
        self.slope.packets += 1.0;
        self.slope.add(self.at);
    }

    /// The rate that the timestamps run at, Hz; `None` where it is none in use, or too little
    /// was seen.
    pub(super) fn rate(&self) -> Option<u32> {
        let slope = &self.slope;
        if slope.packets < PACKETS || slope.span < SPAN || slope.xx <= 0.0 {
            return None;
        }
        let measured = slope.xy / slope.xx;
        let near = |rate: &&u32| (measured / f64::from(**rate) - 1.0).abs() <= TOLERANCE;
        RATES.iter().find(near).copied()
    }

    /// The estimate of the interarrival jitter after the last packet, and the greatest of all, in
    /// seconds; `None` for a rate that is not in use.
    pub(super) fn jitter(&self, rate: u32) -> Option<(f64, f64)> {
        let place = RATES.iter().position(|known| *known == rate)?;
        let (last, greatest) = (self.jitter.get(place)?, self.greatest.get(place)?);
        Some((f64::from(*last), f64::from(*greatest)))
    }
}

impl Slope {
    fn add(&mut self, (x, y): (f64, f64)) {
        self.points += 1.0;
        let (dx, dy) = (x - self.mean.0, y - self.mean.1);
        let share = 1.0 / self.points;
        self.mean = (self.mean.0 + dx * share, self.mean.1 + dy * share);
        self.xx += dx * (x - self.mean.0);
        self.xy += dx * (y - self.mean.1);
    }
}

/// Nanoseconds as seconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "a pause of a hundred days is exact to the microsecond"
)]
const fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: i64 = 1_000_000;

    /// `packets` every 20 ms whose timestamps step by `step`.
    fn steady(packets: u32, step: u32) -> Timing {
        let mut timing = Timing::default();
        for packet in 0..packets {
            let timestamp = u32::MAX.wrapping_add(step.wrapping_mul(packet));
            let time = Timestamp(i64::from(packet) * 20 * MILLI);
            timing.add(time, timestamp, false);
        }
        timing
    }

    #[test]
    fn the_rate_is_the_slope_of_timestamps_against_arrival() {
        assert_eq!(steady(30, 960).rate(), Some(48_000));
        assert_eq!(steady(30, 160).rate(), Some(8_000));
        assert_eq!(steady(30, 1_800).rate(), Some(90_000));
    }

    #[test]
    fn no_rate_is_told_from_too_little_or_beside_those_in_use() {
        assert_eq!(steady(19, 960).rate(), None);
        assert_eq!(steady(30, 790).rate(), None);
    }

    #[test]
    fn a_new_run_keeps_what_the_old_one_told() {
        let mut timing = steady(30, 960);
        timing.add(Timestamp(700 * MILLI), 77, true);
        for packet in 1..30_u32 {
            let time = Timestamp((700 + i64::from(packet) * 20) * MILLI);
            timing.add(time, 77 + 960 * packet, false);
        }
        assert_eq!(timing.rate(), Some(48_000));
    }

    #[test]
    fn jitter_is_the_smoothed_difference_of_spacing() {
        let mut timing = Timing::default();
        timing.add(Timestamp(0), 0, false);
        timing.add(Timestamp(20 * MILLI), 160, false);
        assert_eq!(timing.jitter(8_000), Some((0.0, 0.0)));
        timing.add(Timestamp(56 * MILLI), 320, false);
        let (jitter, greatest) = timing.jitter(8_000).expect("a rate in use");
        assert!((jitter - 0.001).abs() < 1e-9 && (greatest - jitter).abs() < 1e-12);
        assert_eq!(timing.jitter(12_345), None);
    }
}
