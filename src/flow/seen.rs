//! What STUN messages said in clear on one level of a flow: each attribute with its values.
//!
//! Values that differ in every message (integrity, fingerprint) are only counted; the datagrams
//! that indications carry are not kept at all.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::room::{Room, Share};
use crate::base::addr::Direction;
use crate::base::label::{hex, printable};
use crate::base::sample::Sample;
use crate::dissect::stun::Stun;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::AttributeType;

/// Values that are kept of one attribute in one direction.
const VALUES: usize = 32;
/// Attributes that are kept of one level, over both directions.
const ATTRIBUTES: usize = 96;
/// Octets that are kept of one value.
const OCTETS: usize = 256;

/// A value as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeenValue {
    /// An address.
    Address(SocketAddr),
    /// Text.
    Text(Vec<u8>),
    /// A number.
    Number(u64),
    /// Octets.
    Octets(Vec<u8>),
    /// That it was there.
    Present,
}

/// The values of one attribute in one direction.
#[derive(Debug, Clone, Default)]
pub struct SeenAttribute {
    /// Each value with its packets, in the order of appearance.
    pub values: Vec<(SeenValue, Sample)>,
    /// Packets with a value beyond those that are kept.
    pub others: Sample,
}

/// All attributes of one level of a flow.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    attributes: BTreeMap<(AttributeType, Direction), SeenAttribute>,
    /// Packets with attributes beyond those that are kept.
    pub others: Sample,
    share: Share,
}

impl Seen {
    /// The values of an attribute sent in a direction.
    pub fn of(&self, kind: AttributeType, direction: Direction) -> Option<&SeenAttribute> {
        self.attributes.get(&(kind, direction))
    }

    /// Every attribute, with its name and number.
    pub fn all(&self) -> impl Iterator<Item = (String, u16, &SeenAttribute)> {
        self.attributes
            .iter()
            .map(|((kind, _), seen)| (kind.to_string(), kind.0, seen))
    }

    pub(super) fn note(&mut self, number: u64, direction: Direction, stun: &Stun<'_>, room: &Room) {
        for attribute in stun.attributes() {
            if matches!(attribute.value, AttributeValue::Data(_)) {
                continue;
            }
            let key = (attribute.kind, direction);
            let is_known = self.attributes.contains_key(&key);
            let is_full = || self.attributes.len() >= ATTRIBUTES;
            if !is_known && (is_full() || !room.keep(0, &mut self.share)) {
                self.others.add(number);
                continue;
            }
            let seen = self.attributes.entry(key).or_default();
            let said = (attribute.kind, &attribute.value);
            seen.add(number, said, (room, &mut self.share));
        }
    }
}

impl SeenAttribute {
    /// All packets that carry the attribute.
    pub fn packets(&self) -> Sample {
        let mut all = self.others.clone();
        self.values
            .iter()
            .for_each(|(_, packets)| all.merge(packets));
        all
    }

    fn add(
        &mut self,
        number: u64,
        (kind, value): (AttributeType, &AttributeValue<'_>),
        (room, share): (&Room, &mut Share),
    ) {
        let differs = is_always_new(kind);
        let known = self
            .values
            .iter_mut()
            .find(|(known, _)| differs || known.is(value));
        if let Some((_, packets)) = known {
            packets.add(number);
            return;
        }
        let value = match value {
            _ if self.values.len() >= VALUES => None,
            _ if differs => Some(SeenValue::Present),
            value => Some(SeenValue::of(value)),
        };
        let Some(value) = value.filter(|value| room.keep(value.len(), share)) else {
            self.others.add(number);
            return;
        };
        // Most attributes have one value for as long as a flow lives.
        if self.values.is_empty() {
            self.values.reserve_exact(1);
        }
        self.values.push((value, Sample::of(number)));
    }
}

/// Attributes whose value is another in every message.
const fn is_always_new(kind: AttributeType) -> bool {
    matches!(
        kind,
        AttributeType::MESSAGE_INTEGRITY
            | AttributeType::MESSAGE_INTEGRITY_SHA256
            | AttributeType::GOOG_MESSAGE_INTEGRITY_32
            | AttributeType::FINGERPRINT
            | AttributeType::META_DTLS_IN_STUN_ACK
    )
}

impl SeenValue {
    fn of(value: &AttributeValue<'_>) -> Self {
        let kept = |octets: &[u8]| octets.get(..OCTETS).unwrap_or(octets).to_vec();
        match value {
            AttributeValue::Address(address) => Self::Address(*address),
            AttributeValue::Text(text) => Self::Text(kept(text)),
            AttributeValue::Number(number) => Self::Number(*number),
            AttributeValue::Error(code, _) => Self::Number((*code).into()),
            AttributeValue::Octets(octets) => Self::Octets(kept(octets)),
            AttributeValue::Data(_) => Self::Present,
        }
    }

    /// Whether `value` is this one, without copying it.
    fn is(&self, value: &AttributeValue<'_>) -> bool {
        let same = |kept: &[u8], octets: &[u8]| octets.get(..OCTETS).unwrap_or(octets) == kept;
        match (self, value) {
            (Self::Address(known), AttributeValue::Address(address)) => known == address,
            (Self::Text(known), AttributeValue::Text(text)) => same(known, text),
            (Self::Number(known), AttributeValue::Number(number)) => known == number,
            (Self::Number(known), AttributeValue::Error(code, _)) => *known == u64::from(*code),
            (Self::Octets(known), AttributeValue::Octets(octets)) => same(known, octets),
            _ => false,
        }
    }

    /// Octets that it holds.
    const fn len(&self) -> usize {
        match self {
            Self::Text(octets) | Self::Octets(octets) => octets.len(),
            Self::Address(_) | Self::Number(_) | Self::Present => 0,
        }
    }

    /// The value in words; empty where being there is all.
    pub fn text(&self) -> String {
        match self {
            Self::Address(address) => address.to_string(),
            Self::Text(text) => printable(text),
            Self::Number(number) => number.to_string(),
            Self::Octets(octets) => hex(octets),
            Self::Present => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(seen: &mut SeenAttribute, number: u64, kind: AttributeType, value: &AttributeValue<'_>) {
        let share = &mut Share::default();
        seen.add(number, (kind, value), (&Room::default(), share));
    }

    #[test]
    fn equal_values_are_kept_once_and_counted() {
        let mut seen = SeenAttribute::default();
        for number in 1..=3 {
            add(
                &mut seen,
                number,
                AttributeType::SOFTWARE,
                &AttributeValue::Text(b"x 1.0"),
            );
        }
        assert_eq!(seen.values.len(), 1);
        assert_eq!(seen.packets().total(), 3);
    }

    #[test]
    fn values_that_are_always_new_are_only_counted() {
        let mut seen = SeenAttribute::default();
        for number in 1..=3 {
            let mac = [number as u8; 20];
            let value = AttributeValue::Octets(&mac);
            add(&mut seen, number, AttributeType::MESSAGE_INTEGRITY, &value);
        }
        assert_eq!(seen.values, [(SeenValue::Present, seen.packets())]);
    }

    #[test]
    fn what_goes_beyond_the_bound_is_counted_as_other() {
        let mut seen = SeenAttribute::default();
        for number in 0..40_u64 {
            add(
                &mut seen,
                number,
                AttributeType::PRIORITY,
                &AttributeValue::Number(number),
            );
        }
        assert_eq!((seen.values.len(), seen.others.total()), (VALUES, 8));
    }
}
