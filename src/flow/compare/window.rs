//! Datagrams that entered the relay and wait to be seen leaving.
//!
//! Their octets are copied: a leaving datagram is compared with them octet by octet, and the
//! block of the capture in which they stood may be gone by then. The window is bounded by capture
//! time and by octets.

use std::collections::VecDeque;
use std::time::Duration;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry as HashEntry;

use super::Datagram;
use crate::base::time::Timestamp;

/// How long an entering datagram waits.
pub(super) const WINDOW: Duration = Duration::from_secs(2);

/// Octets that wait at most, with what surrounds them; beyond, the oldest go early.
const CAP: usize = 256 << 20;
const AROUND: usize = size_of::<Entry>();

/// What has become of an entering datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Matched,
    Altered,
}

/// One entering datagram.
#[derive(Debug)]
pub(super) struct Entry {
    /// Pair and point at which it entered.
    pub(super) at: (u64, u8),
    pub(super) time: Timestamp,
    pub(super) number: u64,
    pub(super) octets: Vec<u8>,
    pub(super) wire_len: u32,
    pub(super) state: State,
    key: u64,
    /// Sequence number of the entry before it with the same key; it may have gone.
    before: Option<u64>,
}

/// The window itself.
#[derive(Debug, Default)]
pub(super) struct Window {
    entries: VecDeque<Entry>,
    /// Sequence number of the front entry, counted from the first of all.
    front: u64,
    /// Sequence number of the latest entry with each key.
    latest: HashMap<u64, u64>,
    octets: usize,
    /// Buffers of entries that have gone, to be filled again.
    spare: Vec<Vec<u8>>,
    /// Datagrams that went before their time.
    pub(super) squeezed_out: u64,
}

impl Window {
    pub(super) fn insert(&mut self, at: (u64, u8), datagram: &Datagram<'_>) {
        let key = key(at, datagram);
        let mut octets = self.spare.pop().unwrap_or_default();
        octets.clear();
        octets.extend_from_slice(datagram.octets.captured);
        self.octets += AROUND + octets.len();
        let sequence = self.front + self.entries.len() as u64;
        let before = self.latest.insert(key, sequence);
        self.entries.push_back(Entry {
            at,
            time: datagram.time,
            number: datagram.number,
            octets,
            wire_len: datagram.octets.wire_len,
            state: State::Waiting,
            key,
            before,
        });
        while self.octets > CAP {
            self.squeezed_out += 1;
            self.pop();
        }
    }

    /// Lets go what has waited for the whole window.
    pub(super) fn expire(&mut self, now: Timestamp) {
        while self
            .entries
            .front()
            .is_some_and(|entry| now.since(entry.time) > WINDOW)
        {
            self.pop();
        }
    }

    /// Lets everything go: nothing leaves any more.
    pub(super) fn clear(&mut self) {
        *self = Self {
            squeezed_out: self.squeezed_out,
            ..Self::default()
        };
    }

    fn pop(&mut self) {
        let Some(entry) = self.entries.pop_front() else {
            return;
        };
        self.octets -= AROUND + entry.octets.len();
        if let HashEntry::Occupied(latest) = self.latest.entry(entry.key)
            && *latest.get() == self.front
        {
            latest.remove();
        }
        self.front += 1;
        if self.spare.len() < 1024 {
            self.spare.push(entry.octets);
        }
    }

    /// The latest entry with the same octets, waiting ones before matched ones.
    pub(super) fn find(&mut self, at: (u64, u8), datagram: &Datagram<'_>) -> Option<&mut Entry> {
        let mut next = self.latest.get(&key(at, datagram)).copied();
        let mut best = None;
        while let Some(sequence) = next {
            // What came before an entry that has gone has gone too.
            let Some(place) = sequence.checked_sub(self.front).map(|place| place as usize) else {
                break;
            };
            let Some(entry) = self.entries.get(place) else {
                break;
            };
            next = entry.before;
            if entry.at != at || !same(entry, datagram) {
                continue;
            }
            if entry.state == State::Waiting {
                best = Some(place);
                break;
            }
            best = best.or(Some(place));
        }
        self.entries.get_mut(best?)
    }

    /// The latest waiting entry for which `alike` holds.
    pub(super) fn find_altered(
        &mut self,
        at: (u64, u8),
        alike: impl Fn(&Entry) -> bool,
    ) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .rev()
            .find(|entry| entry.at == at && entry.state == State::Waiting && alike(entry))
    }
}

/// Equal on the wire as far as both were captured.
fn same(entry: &Entry, datagram: &Datagram<'_>) -> bool {
    let (a, b) = (entry.octets.as_slice(), datagram.octets.captured);
    let len = a.len().min(b.len());
    entry.wire_len == datagram.octets.wire_len && a.get(..len) == b.get(..len)
}

/// Where to look: only equal keys are compared. The first octets hold what tells datagrams apart
/// (sequence number, record number, transaction), and are there in cut frames too.
fn key((pair, point): (u64, u8), datagram: &Datagram<'_>) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let octets = datagram.octets.captured;
    let front = octets.get(..16).unwrap_or(octets);
    let seed = pair << 8 | u64::from(point);
    let start = seed.wrapping_mul(PRIME) ^ u64::from(datagram.octets.wire_len);
    front.iter().fold(start, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(PRIME)
    })
}
