//! Which keys are tried on a stream or a sender of reports: each on a few packets only.

use std::sync::Arc;

use super::key::MediaKey;
use super::ring::{Near, Ring};
use crate::keys::Rollover;

/// Packets on which a key is tried.
const PACKETS: usize = 3;
/// Tags that are computed for one packet at most, beside one for each key.
const TAGS: u32 = 1 << 14;

/// The keys that may be tried on a packet.
#[derive(Debug, Clone)]
pub(super) struct Candidates {
    /// Those of its direction.
    pub(super) near: Near,
    /// The number of the latest of all keys.
    pub(super) latest: u64,
}

/// What was tried.
#[derive(Debug, Clone, Default)]
pub(super) struct Tries {
    near: Near,
    near_packets: Vec<Tried>,
    /// All keys up to this number were tried enough.
    done: u64,
    /// Those after it, up to this one, were tried on these packets.
    begun: u64,
    packets: Vec<Tried>,
}

/// A packet on which keys were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tried {
    number: u64,
    /// The largest rollover counter with which they were.
    last: u32,
}

impl Tries {
    /// The keys to try on the next packet; none where each was tried enough.
    pub(super) fn next(
        &mut self,
        number: u64,
        candidates: &Candidates,
        ring: &Ring,
    ) -> Vec<Arc<MediaKey>> {
        let mut keys = Vec::new();
        if !Arc::ptr_eq(&self.near, &candidates.near) {
            self.near = Arc::clone(&candidates.near);
            self.near_packets.clear();
        }
        let near = self.near_packets.len() < PACKETS;
        if near {
            keys.extend(self.near.iter().cloned());
        }
        if candidates.latest > self.begun {
            if self.packets.len() >= PACKETS {
                self.done = self.begun;
            }
            self.begun = candidates.latest;
            self.packets.clear();
        }
        let far = self.packets.len() < PACKETS && self.begun > self.done;
        if far {
            keys.extend(ring.between(self.done, self.begun).cloned());
        }
        let last = counters(keys.len());
        let tried = Tried { number, last };
        self.near_packets.extend(near.then_some(tried));
        self.packets.extend(far.then_some(tried));
        keys
    }

    /// The packets on which a key was tried, with rollover counters up to this one.
    pub(super) fn of(&self, key: &Arc<MediaKey>, counter: u32, ring: &Ring) -> Vec<u64> {
        let is_it = |other: &Arc<MediaKey>| Arc::ptr_eq(key, other);
        let near = self.near.iter().any(is_it).then_some(&self.near_packets);
        let mut far = ring.between(self.done, self.begun);
        let far = far.any(is_it).then_some(&self.packets);
        let tried = near.into_iter().chain(far).flatten();
        let tried = tried.filter(|tried| tried.last >= counter);
        let mut numbers: Vec<_> = tried.map(|tried| tried.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// The largest rollover counter to try with so many keys.
pub(super) fn counters(keys: usize) -> u32 {
    let keys = u32::try_from(keys.max(1)).unwrap_or(u32::MAX);
    (TAGS / keys).min(Rollover::SEARCHED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{MasterKey, SrtpSuite};

    #[test]
    fn each_key_is_tried_on_three_packets_and_no_more() {
        let mut ring = Ring::default();
        let master = MasterKey::joined(SrtpSuite::AeadAes128Gcm, &[7; 28]).expect("28 octets");
        ring.give(master.clone());
        ring.give(master.clone());
        let mut tries = Tries::default();
        let mut next = |ring: &Ring| {
            let candidates = Candidates {
                near: Near::default(),
                latest: ring.latest(),
            };
            tries.next(1, &candidates, ring).len()
        };
        assert_eq!([0; 4].map(|_| next(&ring)), [2, 2, 2, 0]);
        ring.give(master);
        assert_eq!([0; 4].map(|_| next(&ring)), [1, 1, 1, 0]);
    }

    #[test]
    fn many_keys_leave_few_counters_to_try() {
        assert_eq!(counters(1), Rollover::SEARCHED);
        assert_eq!(counters(100), 163);
        assert_eq!(counters(20_000), 0);
    }
}
