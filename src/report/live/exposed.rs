//! What the observer reads of a call, and what not: an entry for each item.

use std::hash::BuildHasher as _;
use std::sync::LazyLock;

use hashbrown::{DefaultHashBuilder, HashMap};

use crate::base::told::Told;
use crate::exposure::{Exposure, Strength, Visibility};

/// Values of an item that are listed; more are counted.
pub const LISTED: usize = 64;

/// All values of one item.
#[derive(Debug, Clone)]
pub struct Exposed {
    /// What it is, in a word or two.
    pub item: &'static str,
    /// Display-filter name of the field.
    pub field: &'static str,
    /// Whether it is read.
    pub visibility: Visibility,
    /// For what follows from other values: how surely.
    pub inference: Option<Strength>,
    /// The first values, at most [`LISTED`].
    pub listed: Vec<Found>,
    /// The leg on which the first stands.
    pub leg: Told,
    /// How many values there are.
    pub values: u64,
    /// The first packet that shows one.
    pub first_packet: Option<u64>,
    /// Packets that show one.
    pub packets: u64,
}

/// A value of an item.
#[derive(Debug, Clone)]
pub struct Found {
    /// The value.
    pub value: Told,
    /// The first packet that shows it.
    pub packet: Option<u64>,
    /// By what it is told apart from others: worked out once, since calls are merged while somebody
    /// waits for the screen.
    hash: u64,
}

impl Found {
    fn new(value: Told, packet: Option<u64>) -> Self {
        // One for all parts of a run, with a seed that nobody outside knows.
        static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);
        Self {
            hash: HASHER.hash_one(&value),
            value,
            packet,
        }
    }
}

impl Exposed {
    /// An entry of the ledger, which has one value.
    pub(super) fn of(entry: Exposure) -> Self {
        let packet = entry.packets.first();
        Self {
            item: entry.item,
            field: entry.field,
            visibility: entry.visibility,
            inference: entry.inference,
            listed: vec![Found::new(entry.value, packet)],
            leg: entry.leg,
            values: 1,
            first_packet: packet,
            packets: entry.packets.total(),
        }
    }

    /// The first value.
    pub fn value(&self) -> Told {
        let first = self.listed.first();
        first.map_or_else(Told::default, |found| found.value.clone())
    }

    /// One entry for each item and for whether it is read, in the order of appearance. The same
    /// value on several legs or in several calls is one, as far as they list it.
    pub fn merged<'e>(all: impl IntoIterator<Item = &'e Self>) -> Vec<Self> {
        let mut places = HashMap::new();
        let mut known = HashMap::<(usize, u64), usize>::new();
        let mut merged = Vec::<Self>::new();
        for exposed in all {
            let key = (exposed.item, exposed.visibility as u8);
            let place = *places.entry(key).or_insert(merged.len());
            if place == merged.len() {
                merged.push(Self {
                    listed: Vec::new(),
                    values: 0,
                    packets: 0,
                    ..exposed.clone()
                });
            }
            let Some(item) = merged.get_mut(place) else {
                continue;
            };
            item.values += exposed.values;
            item.packets += exposed.packets;
            item.first_packet = earlier(item.first_packet, exposed.first_packet);
            for found in &exposed.listed {
                let Some(at) = known.get(&(place, found.hash)) else {
                    known.insert((place, found.hash), item.listed.len());
                    if item.listed.len() < LISTED {
                        item.listed.push(found.clone());
                    }
                    continue;
                };
                item.values -= 1;
                if let Some(same) = item.listed.get_mut(*at) {
                    same.packet = earlier(same.packet, found.packet);
                }
            }
        }
        merged
    }
}

fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exposed(visibility: Visibility, value: u64, packet: u64) -> Exposed {
        Exposed {
            item: "number",
            field: "number",
            visibility,
            inference: None,
            listed: vec![Found::new(value.into(), Some(packet))],
            leg: Told::default(),
            values: 1,
            first_packet: Some(packet),
            packets: 1,
        }
    }

    #[test]
    fn a_value_is_counted_once_with_the_first_packet_that_shows_it() {
        let read = |value, packet| exposed(Visibility::Readable, value, packet);
        let sealed = exposed(Visibility::Hidden, 1, 2);
        let all = Exposed::merged(&[read(1, 9), sealed, read(2, 3), read(1, 5)]);
        let [one, other] = all.as_slice() else {
            panic!("two entries: {all:?}");
        };
        assert_eq!((one.values, one.packets, one.first_packet), (2, 3, Some(3)));
        let packets: Vec<_> = one.listed.iter().map(|found| found.packet).collect();
        assert_eq!(packets, [Some(5), Some(3)]);
        assert_eq!((other.values, other.packets), (1, 1));
    }

    #[test]
    fn values_that_are_not_listed_are_counted() {
        let read = |value| exposed(Visibility::Readable, value, value);
        let many: Vec<_> = (0..200).map(read).collect();
        let one = Exposed::merged(&many);
        let counts = |all: &[Exposed]| all.first().map(|item| (item.listed.len(), item.values));
        assert_eq!(counts(&one), Some((LISTED, 200)));
        let both = Exposed::merged(one.iter().chain([&read(3), &read(900)]));
        assert_eq!(counts(&both), Some((LISTED, 201)));
    }
}
