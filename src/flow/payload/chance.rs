//! How likely chance alone makes octets look like this: tails in log space, no state.
//!
//! "Chance" is a cipher: every octet independent and uniform over 256 values. Every tail here is an
//! upper bound or exact; none is a guess at what a codec would write.

use std::f64::consts::{LN_10, PI};

/// Values of an octet.
const VALUES: f64 = 256.0;
/// Degrees of freedom of 256 counts whose sum is known.
const FREEDOM: f64 = VALUES - 1.0;

/// The decadic logarithm of the chance that any one value occurs `count` times or more among
/// `packets` octets: the exact binomial tail, times 256 for the choice of the value.
pub(super) fn top_value(packets: u32, count: u32) -> f64 {
    if count == 0 || count > packets {
        return if count == 0 { 0.0 } else { f64::NEG_INFINITY };
    }
    let (hit, miss) = (VALUES.recip().ln(), (1.0 - VALUES.recip()).ln());
    let choose: f64 = (1..=count)
        .map(|i| (f64::from(packets - count + i) / f64::from(i)).ln())
        .sum();
    let first = choose + f64::from(count) * hit + f64::from(packets - count) * miss;
    let mut sum = 1.0;
    let mut term = 1.0;
    for k in count..packets {
        term *= f64::from(packets - k) / f64::from(k + 1) / FREEDOM;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    ((first + f64::ln(sum) + VALUES.ln()) / LN_10).min(0.0)
}

/// By how many standard deviations the chi-square of these counts exceeds its mean.
pub(super) fn pooled_z(counts: &[u16; 256]) -> f64 {
    let total: u32 = counts.iter().map(|count| u32::from(*count)).sum();
    if total == 0 {
        return 0.0;
    }
    let squares: f64 = counts
        .iter()
        .map(|count| f64::from(*count) * f64::from(*count))
        .sum();
    let total = f64::from(total);
    let chi_square = squares * VALUES / total - total;
    (chi_square - FREEDOM) / (2.0 * FREEDOM).sqrt()
}

/// The decadic logarithm of the chance of such a [`pooled_z`] (Wilson and Hilferty's cube root).
pub(super) fn pooled(z: f64) -> f64 {
    let spread = 2.0 / (9.0 * FREEDOM);
    let ratio = z.mul_add((2.0 * FREEDOM).sqrt(), FREEDOM) / FREEDOM;
    normal_tail((ratio.max(0.0).cbrt() - (1.0 - spread)) / spread.sqrt())
}

/// The decadic logarithm of an upper bound of the normal tail beyond `z`.
fn normal_tail(z: f64) -> f64 {
    if z < 1.0 {
        return 0.0;
    }
    ((-z * z / 2.0 - (z * (2.0 * PI).sqrt()).ln()) / LN_10).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smallest_count(packets: u32) -> Option<u32> {
        (1..=packets).find(|count| top_value(packets, *count) < -9.0)
    }

    #[test]
    fn the_smallest_counts_are_those_of_the_table() {
        let table = [
            (5, 5),
            (6, 6),
            (12, 6),
            (16, 7),
            (20, 7),
            (30, 8),
            (50, 9),
            (100, 11),
            (200, 13),
            (500, 18),
            (1000, 25),
        ];
        for (packets, count) in table {
            assert_eq!(smallest_count(packets), Some(count), "{packets}");
        }
        assert_eq!(smallest_count(4), None);
    }

    #[test]
    fn the_tail_of_few_packets_is_the_one_counted_by_hand() {
        let all_five = 4.0 * -(256.0_f64.log10());
        assert!((top_value(5, 5) - all_five).abs() < 1e-9);
        assert!(top_value(5, 1).abs() < 1e-9);
        assert!(top_value(128, 128) > -310.0);
    }

    #[test]
    fn equal_counts_are_more_even_than_chance() {
        assert!(pooled_z(&[5; 256]) < -10.0);
        let mut counts = [0; 256];
        counts[255] = 1_280;
        assert!(pooled_z(&counts) > 1_000.0 && pooled(pooled_z(&counts)) < -300.0);
    }

    #[test]
    fn eight_deviations_of_the_pooled_octets_are_one_in_ten_thousand_million() {
        assert!((-11.5..-10.0).contains(&pooled(8.0)), "{}", pooled(8.0));
    }
}
