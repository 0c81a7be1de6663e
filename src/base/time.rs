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
    /// Nanoseconds from `earlier` to here; negative where `earlier` is later.
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Time from `earlier` to here; zero where `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        let nanos = self.nanos_since(earlier);
        Duration::from_nanos(if nanos > 0 { nanos.unsigned_abs() } else { 0 })
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
    fn time_never_runs_backwards_in_a_duration() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
        assert_eq!(Timestamp(5).nanos_since(Timestamp(9)), -4);
    }
}
