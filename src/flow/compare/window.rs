//! Datagrams that entered the relay and wait to be seen leaving.
//!
//! Their octets are copied: a leaving datagram is compared with them octet by octet, and the
//! block of the capture in which they stood may be gone by then. The window is bounded by capture
//! time and by octets.

use std::collections::VecDeque;
use std::hash::Hash;
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
/// Entries of one block, octets by which its room grows, and empty blocks that are kept.
const BLOCK: usize = 256;
const STEP: usize = 16 << 10;
const SPARE: usize = 16;

/// Entries that are looked at for one leaving datagram, and of those that wait the ones with which
/// it is compared: far more than enter in the time that a relay takes. Who sends many that are
/// alike cannot make each wait for all others.
const LOOKED: usize = 4096;
const COMPARED: usize = 256;

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
    at: Place,
    pub(super) time: Timestamp,
    pub(super) number: u64,
    key: u64,
    /// Sequence number of the entry before it with the same key, which may have gone; its own
    /// where there was none.
    before: u64,
    /// The same, of the entry before it at the same place.
    before_here: u64,
    pub(super) wire_len: u32,
    /// Where its octets stand in its block.
    start: u32,
    pub(super) captured: u32,
    pub(super) state: State,
}

/// Pair and point at which a datagram was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place(u64);

impl Place {
    pub(super) const fn new(pair: u64, point: u8) -> Self {
        Self(pair << 2 | point as u64)
    }
}

/// Entries that come and go together, with the octets of all of them.
#[derive(Debug, Default)]
struct Block {
    entries: Vec<Entry>,
    octets: Vec<u8>,
}

/// The window itself: blocks of the same number of entries, the last of which is being filled.
#[derive(Debug, Default)]
pub(super) struct Window {
    blocks: VecDeque<Block>,
    /// Entries of the first block that have gone.
    gone: usize,
    /// Sequence number of the front entry, counted from the first of all, and of the next.
    front: u64,
    next: u64,
    /// Sequence number of the latest entry with each key.
    latest: HashMap<u64, u64>,
    /// The same, at each place.
    latest_here: HashMap<Place, u64>,
    octets: usize,
    spare: Vec<Block>,
    /// Datagrams that went before their time, and those that were not looked for to the end.
    pub(super) squeezed_out: u64,
}

impl Window {
    pub(super) fn insert(&mut self, at: Place, datagram: &Datagram<'_>) {
        let key = key(at, datagram);
        let sequence = self.next;
        let before = self.latest.insert(key, sequence).unwrap_or(sequence);
        let before_here = self.latest_here.insert(at, sequence).unwrap_or(sequence);
        let captured = datagram.octets.captured;
        if self.blocks.back().is_none_or(Block::is_full) {
            self.blocks.push_back(self.spare.pop().unwrap_or_default());
        }
        let Some(block) = self.blocks.back_mut() else {
            return;
        };
        let start = block.octets.len() as u32;
        block.take(captured);
        block.entries.push(Entry {
            at,
            time: datagram.time,
            number: datagram.number,
            key,
            before,
            before_here,
            wire_len: datagram.octets.wire_len,
            start,
            captured: captured.len() as u32,
            state: State::Waiting,
        });
        self.next += 1;
        self.octets += AROUND + captured.len();
        while self.octets > CAP {
            self.squeezed_out += 1;
            self.pop();
        }
    }

    /// Lets go what has waited for the whole window.
    pub(super) fn expire(&mut self, now: Timestamp) {
        while self
            .oldest()
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

    fn oldest(&self) -> Option<&Entry> {
        self.blocks.front()?.entries.get(self.gone)
    }

    fn pop(&mut self) {
        let Some(entry) = self.oldest() else {
            return;
        };
        let (key, at, octets) = (entry.key, entry.at, AROUND + entry.captured as usize);
        self.octets -= octets;
        remove_if(&mut self.latest, key, self.front);
        remove_if(&mut self.latest_here, at, self.front);
        self.front += 1;
        self.gone += 1;
        if self.gone == BLOCK
            && let Some(mut block) = self.blocks.pop_front()
        {
            self.gone = 0;
            if self.spare.len() < SPARE {
                block.entries.clear();
                block.octets.clear();
                self.spare.push(block);
            }
        }
    }

    /// Where the entry of a sequence number stands; `None` where it has gone.
    fn place(&self, sequence: u64) -> Option<(usize, usize)> {
        let place = sequence.checked_sub(self.front)? as usize + self.gone;
        Some((place / BLOCK, place % BLOCK))
    }

    fn entry(&self, sequence: u64) -> Option<(&Entry, &[u8])> {
        let (block, place) = self.place(sequence)?;
        let block = self.blocks.get(block)?;
        let entry = block.entries.get(place)?;
        Some((entry, block.octets_of(entry)))
    }

    fn entry_mut(&mut self, sequence: u64) -> Option<&mut Entry> {
        let (block, place) = self.place(sequence)?;
        self.blocks.get_mut(block)?.entries.get_mut(place)
    }

    /// The latest entry with the same octets, waiting ones before matched ones.
    pub(super) fn find(&mut self, at: Place, datagram: &Datagram<'_>) -> Option<&mut Entry> {
        let mut next = self.latest.get(&key(at, datagram)).copied();
        let mut best = None;
        let mut looked = 0;
        // What came before an entry that has gone has gone too.
        while let Some(sequence) = next
            && let Some((entry, octets)) = self.entry(sequence)
        {
            if looked == LOOKED {
                // Of octets that have left so often, one copy more is told as such.
                self.squeezed_out += u64::from(best.is_none());
                break;
            }
            looked += 1;
            next = (entry.before != sequence).then_some(entry.before);
            if entry.at != at || !same(entry, octets, datagram) {
                continue;
            }
            if entry.state == State::Waiting {
                best = Some(sequence);
                break;
            }
            best = best.or(Some(sequence));
        }
        self.entry_mut(best?)
    }

    /// The latest waiting entry for whose octets `alike` holds.
    pub(super) fn find_altered(
        &mut self,
        at: Place,
        alike: impl Fn(&[u8]) -> bool,
    ) -> Option<&mut Entry> {
        let mut next = self.latest_here.get(&at).copied();
        let (mut looked, mut compared) = (0, 0);
        while let Some(sequence) = next
            && let Some((entry, octets)) = self.entry(sequence)
        {
            if looked == LOOKED || compared == COMPARED {
                self.squeezed_out += 1;
                return None;
            }
            looked += 1;
            next = (entry.before_here != sequence).then_some(entry.before_here);
            if entry.state == State::Waiting {
                compared += 1;
                if alike(octets) {
                    return self.entry_mut(sequence);
                }
            }
        }
        None
    }
}

/// Forgets the latest of a key where that is this one.
fn remove_if<K: Hash + Eq>(latest: &mut HashMap<K, u64>, key: K, sequence: u64) {
    if let HashEntry::Occupied(known) = latest.entry(key)
        && *known.get() == sequence
    {
        known.remove();
    }
}

impl Block {
    const fn is_full(&self) -> bool {
        self.entries.len() >= BLOCK
    }

    /// Room grows by steps: doubled, it would stay half empty.
    fn take(&mut self, octets: &[u8]) {
        if self.octets.capacity() - self.octets.len() < octets.len() {
            self.octets.reserve_exact(octets.len().max(STEP));
        }
        self.octets.extend_from_slice(octets);
    }

    fn octets_of(&self, entry: &Entry) -> &[u8] {
        let start = entry.start as usize;
        let octets = self.octets.get(start..start + entry.captured as usize);
        octets.unwrap_or_default()
    }
}

/// Equal on the wire as far as both were captured.
fn same(entry: &Entry, octets: &[u8], datagram: &Datagram<'_>) -> bool {
    let (a, b) = (octets, datagram.octets.captured);
    let len = a.len().min(b.len());
    entry.wire_len == datagram.octets.wire_len && a.get(..len) == b.get(..len)
}

/// Where to look: only equal keys are compared. The first octets hold what tells datagrams apart
/// (sequence number, record number, transaction), and are there in cut frames too.
fn key(Place(seed): Place, datagram: &Datagram<'_>) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let octets = datagram.octets.captured;
    let front = octets.get(..16).unwrap_or(octets);
    let start = seed.wrapping_mul(PRIME) ^ u64::from(datagram.octets.wire_len);
    front.iter().fold(start, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Octets;
    use crate::flow::compare::Content;

    const HERE: Place = Place::new(7, 1);

    fn datagram(millis: i64, octets: &[u8]) -> Datagram<'_> {
        Datagram {
            number: millis.unsigned_abs(),
            time: Timestamp(millis * 1_000_000),
            octets: Octets::whole(octets, 0),
            content: Content::Other,
        }
    }

    #[test]
    fn an_entry_is_found_by_its_octets_until_its_time_is_over() {
        let mut window = Window::default();
        let numbers: Vec<_> = (0..1_000_i64).collect();
        for n in &numbers {
            window.expire(Timestamp(n * 10_000_000));
            window.insert(HERE, &datagram(n * 10, &n.to_be_bytes()));
        }
        let here = |window: &mut Window, n: &i64| {
            let found = window.find(HERE, &datagram(0, &n.to_be_bytes()));
            found.map(|entry| entry.number)
        };
        let found: Vec<_> = numbers.iter().map(|n| here(&mut window, n)).collect();
        let (gone, kept) = found.split_at(799);
        assert!(gone.iter().all(Option::is_none));
        assert!(
            kept.iter()
                .zip(799..)
                .all(|(n, place)| *n == Some(place * 10))
        );
        let elsewhere = Place::new(7, 2);
        assert!(
            window
                .find(elsewhere, &datagram(0, &999_i64.to_be_bytes()))
                .is_none()
        );
    }

    #[test]
    fn of_equal_entries_the_latest_that_waits_is_found() {
        let mut window = Window::default();
        (1..=3).for_each(|n| window.insert(HERE, &datagram(n, b"again")));
        for expected in [3, 2, 1, 3] {
            let entry = window.find(HERE, &datagram(9, b"again")).expect("an entry");
            assert_eq!(entry.number, expected);
            entry.state = State::Matched;
        }
    }

    #[test]
    fn the_latest_that_waits_may_have_been_altered() {
        let mut window = Window::default();
        for n in 0..600_i64 {
            window.insert(HERE, &datagram(n, &n.to_be_bytes()));
        }
        let even = |octets: &[u8]| octets.last().is_some_and(|octet| octet % 2 == 0);
        let entry = window.find_altered(HERE, even).expect("an entry");
        assert_eq!(entry.number, 598);
    }

    #[test]
    fn what_is_alike_without_end_is_not_looked_through_without_end() {
        let mut window = Window::default();
        (1..=600).for_each(|n| window.insert(HERE, &datagram(n, b"again")));
        assert!(window.find_altered(HERE, |_| false).is_none());
        assert_eq!(window.squeezed_out, 1);
        assert!(window.find_altered(Place::new(8, 1), |_| true).is_none());
        assert_eq!(window.squeezed_out, 1);
        let other = |n: u16| [[7; 16].as_slice(), &n.to_be_bytes()].concat();
        (0..=LOOKED as u16).for_each(|n| window.insert(HERE, &datagram(1, &other(n))));
        assert!(window.find(HERE, &datagram(2, &other(0))).is_none());
        assert!(window.find(HERE, &datagram(2, &other(1))).is_some());
        assert_eq!(window.squeezed_out, 2);
    }
}
