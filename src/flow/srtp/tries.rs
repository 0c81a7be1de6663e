//! Which keys are tried on a stream or a sender of reports: each on a few packets only.

use std::sync::Arc;

use super::key::MediaKey;
use super::ring::{Near, Ring};
use crate::keys::Rollover;

/// Packets on which a key is tried.
const PACKETS: u8 = 3;
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
    near_packets: u8,
    /// All keys up to this number were tried enough.
    done: u64,
    /// Those after it, up to this one, were tried on so many packets.
    begun: u64,
    packets: u8,
}

impl Tries {
    /// The keys to try on the next packet; none where each was tried enough.
    pub(super) fn next(&mut self, candidates: &Candidates, ring: &Ring) -> Vec<Arc<MediaKey>> {
        let mut keys = Vec::new();
        if !Arc::ptr_eq(&self.near, &candidates.near) {
            self.near = Arc::clone(&candidates.near);
            self.near_packets = 0;
        }
        if self.near_packets < PACKETS {
            self.near_packets += 1;
            keys.extend(self.near.iter().cloned());
        }
        if candidates.latest > self.begun {
            if self.packets >= PACKETS {
                self.done = self.begun;
            }
            self.begun = candidates.latest;
            self.packets = 0;
        }
        if self.packets < PACKETS && self.begun > self.done {
            self.packets += 1;
            keys.extend(ring.between(self.done, self.begun).cloned());
        }
        keys
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
            tries.next(&candidates, ring).len()
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
