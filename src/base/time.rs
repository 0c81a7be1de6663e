//! Capture time, exact to the nanosecond.

use std::fmt;
use std::time::Duration;

/// A moment of capture: nanoseconds since the Unix epoch.
///
/// Files count in units from seconds to nanoseconds and finer; all are kept as nanoseconds.
/// A moment prints as seconds with as many decimals as it needs: `1700000000.25`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Before everything: the beginning of a capture, whenever that was.
    pub const MIN: Self = Self(i64::MIN);
    /// After everything: the end of a capture, whenever that will be.
    pub const MAX: Self = Self(i64::MAX);

    /// Nanoseconds from `earlier` to here; negative where `earlier` is later.
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Time from `earlier` to here; zero where `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        let nanos = self.nanos_since(earlier);
        Duration::from_nanos(if nanos > 0 { nanos.unsigned_abs() } else { 0 })
    }

    /// The moment `duration` earlier.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)),
        )
    }

    /// The moment `duration` later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = Duration::from_nanos(self.0.unsigned_abs());
        let (seconds, rest) = (whole.as_secs(), whole.subsec_nanos());
        if rest == 0 {
            return write!(f, "{sign}{seconds}");
        }
        let decimals = format!("{rest:09}");
        write!(f, "{sign}{seconds}.{}", decimals.trim_end_matches('0'))
    }
}

/// A moment in seconds since the Unix epoch as a date: `2021-11-08 15:12:15 UTC`.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "seconds divided by a day leave room for all of it"
)]
pub fn utc(seconds: u64) -> String {
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Years of 365.2425 days that begin in March, so that the leap day is the last
    // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let leaps = of_era / 1_460 + of_era / 146_096;
    let year_of_era = (of_era + of_era / 36_524).saturating_sub(leaps) / 365;
    let before = 365 * year_of_era + year_of_era / 4;
    let of_year = (of_era + year_of_era / 100).saturating_sub(before);
    let month = (5 * of_year + 2) / 153;
    let day = of_year.saturating_sub((153 * month + 2) / 5) + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year_of_era + 400 * era + later;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_exactly_the_decimals_it_has() {
        assert_eq!(Timestamp(1_250_000_000).to_string(), "1.25");
        assert_eq!(
            Timestamp(1_700_000_000_000_000_001).to_string(),
            "1700000000.000000001"
        );
        assert_eq!(Timestamp(3_000_000_000).to_string(), "3");
        assert_eq!(Timestamp(-500_000_000).to_string(), "-0.5");
    }

    #[test]
    fn a_date_is_that_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(1_636_384_335), "2021-11-08 15:12:15 UTC");
        assert_eq!(utc(4_107_542_399), "2100-02-28 23:59:59 UTC");
        assert_eq!(utc(4_107_542_400), "2100-03-01 00:00:00 UTC");
    }

    #[test]
    fn time_never_runs_backwards_in_a_duration() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
        assert_eq!(Timestamp(5).nanos_since(Timestamp(9)), -4);
    }
}
