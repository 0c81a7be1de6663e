//! How long a relay keeps what it forwards.

use hdrhistogram::Histogram;

/// Forwarding delays, each to two digits.
///
/// Most of the many delays that such digits tell apart never occur on one hop: only those that do
/// are kept. At most 3,200 do: 128 for each power of two below [`u32::MAX`] nanoseconds, which is
/// more than anything waits for.
#[derive(Debug, Clone, Default)]
pub struct Delays {
    /// Each delay in nanoseconds with how often it was seen, in order.
    counts: Vec<(u32, u32)>,
}

impl Delays {
    /// Adds a delay in nanoseconds.
    pub(super) fn add(&mut self, nanos: u64) {
        let nanos = rounded(u32::try_from(nanos).unwrap_or(u32::MAX));
        match self
            .counts
            .binary_search_by_key(&nanos, |(delay, _)| *delay)
        {
            Ok(place) => {
                if let Some((_, count)) = self.counts.get_mut(place) {
                    *count = count.saturating_add(1);
                }
            }
            Err(place) => self.counts.insert(place, (nanos, 1)),
        }
    }

    /// All of them in nanoseconds, for quantiles; `None` where there are none.
    pub fn histogram(&self) -> Option<Histogram<u32>> {
        if self.counts.is_empty() {
            return None;
        }
        let mut histogram = Histogram::new(DIGITS).ok()?;
        histogram.auto(true);
        for (delay, count) in &self.counts {
            // It grows with what it takes.
            let _ = histogram.record_n(u64::from(*delay), *count);
        }
        Some(histogram)
    }
}

/// Decimal digits that are told apart.
const DIGITS: u8 = 2;
/// Binary digits that tell them apart, as the histogram does.
const BITS: u32 = 8;

/// A delay without the digits that do not count.
const fn rounded(nanos: u32) -> u32 {
    let surplus = (u32::BITS - nanos.leading_zeros()).saturating_sub(BITS);
    nanos >> surplus << surplus
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_delays_themselves() {
        let delays = (1..5_000_u64).map(|n| n * n % 9_000_000);
        let mut kept = Delays::default();
        let mut whole = Histogram::<u32>::new(DIGITS).expect("two digits");
        whole.auto(true);
        for delay in delays {
            kept.add(delay);
            whole.record(delay).expect("it grows");
        }
        let kept = kept.histogram().expect("delays");
        assert_eq!(kept.min(), whole.min());
        for quantile in [0.01, 0.5, 0.99, 1.0] {
            let of = |histogram: &Histogram<u32>| histogram.value_at_quantile(quantile);
            assert_eq!(of(&kept), of(&whole));
        }
    }

    #[test]
    fn without_a_delay_there_is_no_histogram() {
        assert!(Delays::default().histogram().is_none());
    }
}
