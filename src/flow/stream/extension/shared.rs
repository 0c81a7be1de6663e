//! How the values of one element id go on over all streams of a direction: counters of packets
//! and clocks of the sender.

use crate::base::time::Timestamp;
use crate::dissect::header_ext::Element;

/// Elements that a rule wants at least.
const ELEMENTS: u64 = 6;
/// A clock is told from a counter that stands still only after this long.
const SPAN: i64 = 300_000_000;
/// How far the sender's clock may be from the arrival at one step: queues on the way.
const NEAR: i64 = 100_000_000;
/// Steps of a packet counter lie within this, for loss and reordering.
const STEP: u16 = 64;
/// The clock of abs-send-time wraps after 64 seconds.
const WRAP: i64 = 64_000_000_000;

/// The values of one id in one direction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared {
    pub(super) id: u8,
    /// Length of all its elements; `None` where they differ.
    len: Option<u8>,
    value: u32,
    time: Timestamp,
    first: Timestamp,
    elements: u64,
    /// Steps as a packet counter, or a clock, makes them.
    good: u64,
    /// Steps of a packet counter that are far off.
    far: u64,
    /// How much longer the sender's clock ran than the arrivals, nanoseconds.
    drift: i64,
}

impl Shared {
    pub(super) fn new(id: u8, time: Timestamp, element: &Element<'_>) -> Self {
        Self {
            id,
            len: u8::try_from(element.octets.captured.len()).ok(),
            value: value(element),
            time,
            first: time,
            elements: 1,
            good: 0,
            far: 0,
            drift: 0,
        }
    }

    /// Takes the next element with this id.
    pub(super) fn add(&mut self, time: Timestamp, element: &Element<'_>) {
        self.elements += 1;
        let len = element.octets.captured.len();
        if self.len.is_none_or(|known| usize::from(known) != len) {
            self.len = None;
            return;
        }
        let value = value(element);
        match len {
            2 => {
                let step = (value as u16).wrapping_sub(self.value as u16);
                self.good += u64::from(step == 1);
                self.far += u64::from(step.min(step.wrapping_neg()) > STEP);
            }
            3 => {
                // Both in nanoseconds, and their difference as the wrapping clock leaves it.
                let sent = i64::from(value.wrapping_sub(self.value) & 0x00FF_FFFF) * 1_000_000_000;
                let off = (sent >> 18) - time.nanos_since(self.time) % WRAP;
                let off = (off + WRAP + WRAP / 2) % WRAP - WRAP / 2;
                self.good += u64::from(off.abs() <= NEAR);
                self.drift = self.drift.saturating_add(off);
            }
            _ => return,
        }
        (self.value, self.time) = (value, time);
    }

    fn steps(&self) -> u64 {
        self.elements - 1
    }

    /// Length of all its elements; `None` where they differ.
    pub(super) const fn len(&self) -> Option<u8> {
        self.len
    }

    /// Whether a clock and what stands still can be told apart by now.
    pub(super) const fn is_long(&self) -> bool {
        self.elements >= ELEMENTS && self.time.nanos_since(self.first) >= SPAN
    }

    /// One more for each packet that carries it, whatever its stream. Where much was lost at
    /// once, the counter goes on from there.
    pub(super) fn counts_packets(&self) -> bool {
        self.len == Some(2)
            && self.elements >= ELEMENTS
            && self.good * 10 >= self.steps() * 8
            && self.far * 100 <= self.steps()
    }

    /// As much later for each packet as it arrived later.
    pub(super) fn is_clock(&self) -> bool {
        let span = self.time.nanos_since(self.first);
        self.len == Some(3)
            && self.is_long()
            && self.good * 10 >= self.steps() * 9
            && self.drift.saturating_abs() <= span.saturating_mul(15) / 100
    }
}

/// The first octets as a number.
fn value(element: &Element<'_>) -> u32 {
    let octets = element.octets.captured.iter().take(4);
    octets.fold(0, |value, octet| value << 8 | u32::from(*octet))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Octets;

    const MILLI: i64 = 1_000_000;

    fn shared(values: impl IntoIterator<Item = (i64, Vec<u8>)>) -> Shared {
        let mut shared: Option<Shared> = None;
        for (time, octets) in values {
            let element = Element {
                id: 3,
                octets: Octets::whole(&octets, 0),
            };
            match &mut shared {
                Some(shared) => shared.add(Timestamp(time), &element),
                None => shared = Some(Shared::new(3, Timestamp(time), &element)),
            }
        }
        shared.expect("a value")
    }

    fn counter(numbers: &[u16]) -> Shared {
        shared(numbers.iter().map(|n| (0, n.to_be_bytes().to_vec())))
    }

    #[test]
    fn a_number_for_each_packet_is_transport_cc() {
        assert!(counter(&[65533, 65534, 65535, 0, 1, 2]).counts_packets());
        assert!(counter(&[1, 2, 3, 4, 5, 9, 10, 11, 12]).counts_packets());
        assert!(!counter(&[1, 2, 3, 4, 5]).counts_packets());
        assert!(!counter(&[7, 7, 7, 7, 7, 7, 7]).counts_packets());
        assert!(!counter(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 900, 901]).counts_packets());
    }

    /// Elements every 20 ms whose 6.18 clock starts at `from` and runs at `percent`.
    fn clock(from: i64, percent: i64, packets: i64) -> Shared {
        shared((0..packets).map(|n| {
            let units = from + ((n * 20 * percent / 100) << 18) / 1000;
            (n * 20 * MILLI, units.to_be_bytes()[5..].to_vec())
        }))
    }

    #[test]
    fn a_value_that_runs_with_the_arrivals_is_abs_send_time() {
        assert!(clock(0x00FF_F000, 100, 30).is_clock());
        assert!(!clock(0, 100, 15).is_clock());
        assert!(!clock(0, 80, 30).is_clock());
    }

    #[test]
    fn a_value_near_zero_is_no_clock() {
        let small = (0..30).map(|n| (i64::from(n) * 20 * MILLI, vec![0, 0, n]));
        assert!(!shared(small).is_clock());
    }
}
