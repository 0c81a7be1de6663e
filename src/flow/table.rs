//! Tables that do not grow without end.

use std::hash::Hash;

use hashbrown::HashMap;

use crate::base::time::Timestamp;

/// Something that was last used at a time.
pub(super) trait Aged {
    /// When it was used last.
    fn last(&self) -> Timestamp;
}

/// A table with a cap: when it is full, the eighth that lay idle longest goes, and is counted.
///
/// Of values that were last used at the same time, those taken up earlier go first: many packets
/// of one microsecond cannot empty the table.
///
/// Values are boxed: a table that doubles would else hold as much room for values to come as it
/// holds values.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    map: HashMap<K, Box<Entry<V>>>,
    cap: usize,
    /// How often a value was put in or taken up to be changed.
    uses: u64,
    evicted: u64,
}

#[derive(Debug)]
struct Entry<V> {
    /// What `uses` of the table was when this was last put in or taken up.
    used: u64,
    value: V,
}

impl<K: Hash + Eq, V: Aged> Bounded<K, V> {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            map: HashMap::new(),
            cap,
            uses: 0,
            evicted: 0,
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key).map(|entry| &entry.value)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let entry = self.map.get_mut(key)?;
        self.uses += 1;
        entry.used = self.uses;
        Some(&mut entry.value)
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.map.remove(key).map(|entry| entry.value)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.make_room();
        self.uses += 1;
        let used = self.uses;
        self.map.insert(key, Box::new(Entry { used, value }));
    }

    /// The value of `key`, made by `make` where there is none.
    pub(super) fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        // One look instead of two, while there is room.
        if self.map.len() >= self.cap && !self.map.contains_key(&key) {
            self.make_room();
        }
        self.uses += 1;
        let used = self.uses;
        let entry = self.map.entry(key).or_insert_with(|| {
            let value = make();
            Box::new(Entry { used, value })
        });
        entry.used = used;
        &mut entry.value
    }

    /// All values, in no order: sort them before anybody sees them.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.map.values().map(|entry| &entry.value)
    }

    /// All values with their keys, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter().map(|(key, entry)| (key, &entry.value))
    }

    /// All values, in no order, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.map.values_mut().map(|entry| &mut entry.value)
    }

    /// Whether anything was last used before then.
    pub(super) fn any_before(&self, time: Timestamp) -> bool {
        self.values().any(|value| value.last() < time)
    }

    /// Keeps what `keeps` says; returns how many others there were. They are no evictions.
    pub(super) fn retain(&mut self, mut keeps: impl FnMut(&V) -> bool) -> u64 {
        let before = self.map.len();
        self.map.retain(|_, entry| keeps(&entry.value));
        // Else a busy hour would take its room for ever.
        if self.map.len() < self.map.capacity() / 4 {
            self.map.shrink_to_fit();
        }
        (before - self.map.len()) as u64
    }

    /// Keeps those whose key `keeps` names; the others are no evictions.
    pub(super) fn retain_keys(&mut self, mut keeps: impl FnMut(&K) -> bool) {
        self.map.retain(|key, _| keeps(key));
    }

    /// How many of all values the cap has let go.
    pub(super) const fn evicted(&self) -> u64 {
        self.evicted
    }

    fn make_room(&mut self) {
        if self.map.len() < self.cap {
            return;
        }
        let mut ages: Vec<_> = self.map.values().map(|entry| entry.age()).collect();
        let eighth = (ages.len() / 8).min(ages.len().saturating_sub(1));
        let (_, limit, _) = ages.select_nth_unstable(eighth);
        let limit = *limit;
        let before = self.map.len();
        self.map.retain(|_, entry| entry.age() > limit);
        self.evicted += (before - self.map.len()) as u64;
    }
}

impl<V: Aged> Entry<V> {
    /// When it was last used; within one time, the order of use.
    fn age(&self) -> (Timestamp, u64) {
        (self.value.last(), self.used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Aged for i64 {
        fn last(&self) -> Timestamp {
            Timestamp(*self)
        }
    }

    #[test]
    fn the_longest_idle_go_first_and_are_counted() {
        let mut table = Bounded::new(16);
        (0..17).for_each(|n| table.insert(n, n));
        assert!(table.get(&0).is_none() && table.get(&16).is_some());
        assert_eq!(table.evicted(), 3);
    }

    #[test]
    fn of_one_time_those_used_earliest_go_first() {
        let mut table = Bounded::new(16);
        (0..16).for_each(|key| table.insert(key, 0));
        assert!(table.get_mut(&0).is_some());
        table.entry(1, || 0);
        table.insert(16, 0);
        let gone: Vec<_> = (0..17).filter(|key| table.get(key).is_none()).collect();
        assert_eq!((gone, table.evicted()), (vec![2, 3, 4], 3));
    }
}
