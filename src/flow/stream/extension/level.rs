//! Elements of one octet over time: what a loudness meter shows, if it is an audio level, and the
//! changes of an orientation.

use crate::base::time::Timestamp;

/// Buckets of a meter: 6.4 seconds.
const BUCKETS: i64 = 64;
/// Nanoseconds of one bucket.
const BUCKET: i64 = 100_000_000;
/// A bucket without a value.
const NONE: u8 = 0xFF;
/// Values from which uniform ones are told: each eighth has thirty.
const UNIFORM: u64 = 240;
/// Changes that are kept.
const CHANGES: usize = 16;

/// The one-octet values of one id in one stream.
#[derive(Debug, Clone)]
pub(super) struct Octet {
    pub(super) meter: Meter,
    /// Values that differ from the one before, with the packet that first has each.
    pub(super) changes: Vec<(u64, u8)>,
    /// All values are below sixteen.
    pub(super) small: bool,
    /// Values by their upper three bits.
    spread: [u32; 8],
    last: Option<u8>,
}

/// Audio levels of one stream (RFC 6464).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// How many there are.
    pub count: u64,
    /// The loudest, dB below overload.
    pub loudest: u8,
    /// The quietest, dB below overload; 127 is silence.
    pub quietest: u8,
    /// Those with the voice bit.
    pub voiced: u64,
    sum: u64,
    /// The loudest of each tenth of a second, in a ring.
    ring: [u8; BUCKETS as usize],
    /// Number of the newest bucket since the epoch.
    newest: i64,
}

impl Octet {
    pub(super) fn new() -> Self {
        let meter = Meter {
            count: 0,
            loudest: 127,
            quietest: 0,
            voiced: 0,
            sum: 0,
            ring: [NONE; BUCKETS as usize],
            newest: i64::MIN,
        };
        Self {
            meter,
            changes: Vec::new(),
            small: true,
            spread: [0; 8],
            last: None,
        }
    }

    pub(super) fn add(&mut self, number: u64, time: Timestamp, octet: u8) {
        self.meter.add(time, octet);
        self.small &= octet < 16;
        if let Some(count) = self.spread.get_mut(usize::from(octet >> 5)) {
            *count = count.saturating_add(1);
        }
        let changed = self.last.replace(octet) != Some(octet);
        if changed && self.changes.len() < CHANGES {
            self.changes.push((number, octet));
        }
    }
}

impl Octet {
    /// Whether all values are about equally frequent, as no loudness is and every cipher.
    pub(super) fn is_uniform(&self) -> bool {
        let count = self.meter.count;
        let usual = |n: &u32| (count / 16..=count * 3 / 16).contains(&u64::from(*n));
        count >= UNIFORM && self.spread.iter().all(usual)
    }
}

impl Meter {
    fn add(&mut self, time: Timestamp, octet: u8) {
        let level = octet & 0x7F;
        self.count += 1;
        self.loudest = self.loudest.min(level);
        self.quietest = self.quietest.max(level);
        self.voiced += u64::from(octet >> 7);
        self.sum += u64::from(level);
        let bucket = time.0.div_euclid(BUCKET);
        if bucket > self.newest {
            let skipped = bucket.saturating_sub(self.newest).min(BUCKETS);
            for passed in bucket - skipped + 1..=bucket {
                if let Some(slot) = self.ring.get_mut(place(passed)) {
                    *slot = NONE;
                }
            }
            self.newest = bucket;
        }
        let kept = self.newest - bucket < BUCKETS;
        if let Some(slot) = self.ring.get_mut(place(bucket)).filter(|_| kept) {
            *slot = (*slot).min(level);
        }
    }

    /// Mean of the levels, dB below overload.
    pub const fn mean(&self) -> u64 {
        (self.sum + self.count / 2) / if self.count > 0 { self.count } else { 1 }
    }

    /// The loudest level of each of the last tenths of a second that have one, oldest first.
    pub fn series(&self) -> impl Iterator<Item = (Timestamp, u8)> {
        let newest = self.newest;
        let oldest = newest.saturating_sub(BUCKETS - 1);
        (oldest..=newest).filter_map(move |bucket| {
            let level = self.ring.get(place(bucket)).copied()?;
            (level != NONE).then_some((Timestamp(bucket.saturating_mul(BUCKET)), level))
        })
    }
}

const fn place(bucket: i64) -> usize {
    bucket.rem_euclid(BUCKETS).unsigned_abs() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octet(values: &[(i64, u8)]) -> Octet {
        let mut octet = Octet::new();
        for (number, (millis, value)) in values.iter().enumerate() {
            octet.add(number as u64, Timestamp(millis * 1_000_000), *value);
        }
        octet
    }

    #[test]
    fn a_meter_keeps_the_loudest_of_each_tenth_of_a_second() {
        let meter = octet(&[(0, 128 + 40), (20, 128 + 30), (250, 127)]).meter;
        assert_eq!((meter.loudest, meter.quietest, meter.voiced), (30, 127, 2));
        assert_eq!(meter.mean(), 66);
        let series: Vec<_> = meter
            .series()
            .map(|(time, level)| (time.0, level))
            .collect();
        assert_eq!(series, [(0, 30), (200_000_000, 127)]);
    }

    #[test]
    fn a_meter_forgets_what_is_older_than_its_ring() {
        let meter = octet(&[(0, 10), (100, 20), (6_500, 30), (0, 5)]).meter;
        let series: Vec<_> = meter.series().map(|(_, level)| level).collect();
        assert_eq!(series, [30]);
    }

    #[test]
    fn sealed_values_are_uniform_and_levels_are_not() {
        let mut sealed = Octet::new();
        let mut levels = Octet::new();
        for n in 0..240_u8 {
            sealed.add(1, Timestamp(0), n.wrapping_mul(37));
            levels.add(1, Timestamp(0), 0x80 | n.wrapping_mul(37));
        }
        assert!(sealed.is_uniform() && !levels.is_uniform());
    }

    #[test]
    fn changes_name_the_packet_that_first_has_the_value() {
        let octet = octet(&[(0, 0), (1, 0), (2, 3), (3, 3), (4, 0)]);
        assert_eq!(octet.changes, [(0, 0), (2, 3), (4, 0)]);
        assert!(octet.small);
    }
}
