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
/// Values are boxed: a table that doubles would else hold as much room for values to come as it
/// holds values.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    map: HashMap<K, Box<V>>,
    cap: usize,
    evicted: u64,
}

impl<K: Hash + Eq, V: Aged> Bounded<K, V> {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            map: HashMap::new(),
            cap,
            evicted: 0,
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key).map(AsRef::as_ref)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key).map(AsMut::as_mut)
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.map.remove(key).map(|value| *value)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.make_room();
        self.map.insert(key, Box::new(value));
    }

    /// The value of `key`, made by `make` where there is none.
    pub(super) fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        // One look instead of two, while there is room.
        if self.map.len() >= self.cap && !self.map.contains_key(&key) {
            self.make_room();
        }
        self.map.entry(key).or_insert_with(|| Box::new(make()))
    }

    /// All values, in no order: sort them before anybody sees them.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.map.values().map(AsRef::as_ref)
    }

    /// All values with their keys, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// All values, in no order, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.map.values_mut().map(AsMut::as_mut)
    }

    /// Whether anything was last used before then.
    pub(super) fn any_before(&self, time: Timestamp) -> bool {
        self.values().any(|value| value.last() < time)
    }

    /// Keeps what `keeps` says; returns how many others there were. They are no evictions.
    pub(super) fn retain(&mut self, mut keeps: impl FnMut(&V) -> bool) -> u64 {
        let before = self.map.len();
        self.map.retain(|_, value| keeps(value));
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
        let mut ages: Vec<_> = self.values().map(Aged::last).collect();
        let eighth = (ages.len() / 8).min(ages.len().saturating_sub(1));
        let (_, limit, _) = ages.select_nth_unstable(eighth);
        let limit = *limit;
        let before = self.map.len();
        self.map.retain(|_, value| value.last() > limit);
        self.evicted += (before - self.map.len()) as u64;
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
}
