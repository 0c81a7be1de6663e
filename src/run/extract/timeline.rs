//! Where on its clock a stream is, and how much silence stands before its next packet.

use std::time::Duration;

use crate::base::time::Timestamp;
use crate::exposure::Heard;
use crate::report::extraction::Media;

/// Silence may be this much longer than the time that passed in the capture.
const SLACK: Duration = Duration::from_secs(1);
/// Seconds of silence that one stream may have in all: its clock is the sender's to choose.
const SILENCE: u64 = 3600;

/// Where on its clock a stream is.
#[derive(Debug)]
pub(super) struct Timeline {
    /// Units in a second.
    rate: u32,
    /// Timestamp at which the next packet is due, and when the last one came; `None` before the
    /// first.
    due: Option<(u32, Timestamp)>,
    /// Units of silence that are left.
    silence: u64,
    /// How often the clock went on from elsewhere: no silence stands there.
    jumps: u64,
}

impl Timeline {
    pub(super) fn of(rate: u32) -> Self {
        Self {
            rate,
            due: None,
            silence: SILENCE * u64::from(rate),
            jumps: 0,
        }
    }

    /// Sound of so many samples, one to each unit of the clock.
    pub(super) const fn sound(&self, samples: u64) -> Media {
        Media::Sound {
            samples,
            rate: self.rate,
            jumps: self.jumps,
        }
    }

    /// Moves on by a packet that lasts so many units; returns the units of silence before it.
    ///
    /// There is none where the clock went back, or further ahead than time did in the capture.
    pub(super) fn advance(&mut self, heard: &Heard, lasts: u32) -> u32 {
        let before = self
            .due
            .replace((heard.timestamp.wrapping_add(lasts), heard.time));
        let Some((due, last)) = before.filter(|(due, _)| *due != heard.timestamp) else {
            return 0;
        };
        let ahead = heard.timestamp.wrapping_sub(due);
        let passed = heard.time.since(last).saturating_add(SLACK);
        let passed = passed.as_secs_f64() * f64::from(self.rate);
        match self.silence.checked_sub(ahead.into()) {
            Some(left) if ahead.cast_signed() > 0 && f64::from(ahead) <= passed => {
                self.silence = left;
                ahead
            }
            _ => {
                self.jumps += 1;
                0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::extract::tests::heard;

    /// A packet with this timestamp, so many seconds after the beginning.
    fn at(timestamp: u32, seconds: i64) -> Heard {
        Heard {
            time: Timestamp(seconds * 1_000_000_000),
            ..heard(0, timestamp, &[])
        }
    }

    #[test]
    fn silence_is_as_long_as_the_clock_says() {
        let mut line = Timeline::of(8_000);
        assert_eq!(line.advance(&at(u32::MAX - 99, 0), 160), 0);
        assert_eq!(line.advance(&at(60, 0), 160), 0);
        assert_eq!(line.advance(&at(16_060, 2), 160), 15_840);
        assert_eq!(line.jumps, 0);
    }

    #[test]
    fn a_clock_that_leaves_that_of_the_capture_is_not_followed() {
        let mut line = Timeline::of(8_000);
        line.advance(&at(0, 0), 160);
        assert_eq!(line.advance(&at(800_000, 2), 160), 0);
        assert_eq!(line.advance(&at(80, 4), 160), 0);
        assert_eq!(line.jumps, 2);
        assert_eq!(line.advance(&at(240, 4), 160), 0);
        assert_eq!(line.jumps, 2);
    }

    #[test]
    fn no_stream_is_silent_for_ever() {
        let mut line = Timeline::of(8_000);
        let mut silence = 0_u64;
        for hour in 0..10 {
            silence +=
                u64::from(line.advance(&at(hour * 20_000_000, i64::from(hour) * 3_000), 160));
        }
        assert!(silence <= SILENCE * 8_000 && silence > 0);
        assert_eq!(line.jumps, 8);
    }
}
