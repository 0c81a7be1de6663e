//! Room for what messages say, shared by all that keep it.
//!
//! Flows, legs, allocations, calls and senders have caps of their own, which together allow far
//! more than there is memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Octets of all that is kept.
const ALL: usize = 256 << 20;
/// What a value takes beside its own octets: its place in a list, and most of the packets that
/// hold it.
const AROUND: usize = 128;

/// The room that is left.
#[derive(Debug, Clone, Default)]
pub(super) struct Room(Arc<Shares>);

#[derive(Debug, Default)]
struct Shares {
    taken: AtomicUsize,
    refused: AtomicU64,
}

/// What one owner took of the room; given back when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Share {
    room: Option<Room>,
    octets: usize,
}

impl Room {
    /// Takes room for a value of so many octets; `false` where there is none, which is counted.
    pub(super) fn keep(&self, octets: usize, share: &mut Share) -> bool {
        let octets = octets.saturating_add(AROUND);
        let Self(shares) = self;
        if octets > ALL.saturating_sub(shares.taken.load(Relaxed)) {
            self.refuse();
            return false;
        }
        shares.taken.fetch_add(octets, Relaxed);
        share.octets += octets;
        share.room.get_or_insert_with(|| self.clone());
        true
    }

    /// Takes room for so many octets instead of all before; `false` as above.
    pub(super) fn resize(&self, octets: usize, share: &mut Share) -> bool {
        drop(std::mem::take(share));
        octets == 0 || self.keep(octets, share)
    }

    /// Counts a value that its owner has no room for.
    pub(super) fn refuse(&self) {
        self.0.refused.fetch_add(1, Relaxed);
    }

    /// How many values found no room.
    pub(super) fn refused(&self) -> u64 {
        self.0.refused.load(Relaxed)
    }
}

/// A copy of the owner is for whoever looks at it, and takes no room.
impl Clone for Share {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(Room(shares)) = &self.room {
            shares.taken.fetch_sub(self.octets, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_gives_back_another_takes() {
        let room = Room::default();
        let [mut one, mut other] = <[Share; 2]>::default();
        assert!(room.keep(ALL - AROUND, &mut one));
        assert!(!room.keep(1, &mut other));
        assert_eq!(room.refused(), 1);
        drop(one.clone());
        assert!(!room.keep(1, &mut other));
        drop(one);
        assert!(room.keep(1, &mut other));
    }
}
