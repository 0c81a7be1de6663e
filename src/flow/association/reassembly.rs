//! Handshake messages put together from their fragments (RFC 6347, section 4.2.3).
//!
//! Parts come in any order, overlap, and come again under other record numbers. Only what is
//! still incomplete is held, bounded in every direction: a message of one record is never copied.

use std::time::Duration;

use super::Key;
use crate::base::addr::Direction;
use crate::base::time::Timestamp;
use crate::dissect::dtls::handshake::Fragment;
use crate::dissect::dtls::names::HandshakeType;
use crate::flow::table::{Aged, Bounded};

/// Senders of whom something incomplete is held.
const SENDERS: usize = 512;
/// Longest message, and all that is held of one sender. A chain of certificates is 64 KiB at most.
const MESSAGE: u32 = 1 << 16;
const HELD: usize = 1 << 17;
/// Holes that one message may have.
const HOLES: usize = 64;
/// A flight is repeated whole, after one second, two, four (RFC 6347, section 4.2.4.1). What lay
/// idle longer belongs to a handshake that ended.
const IDLE: Duration = Duration::from_secs(30);

/// Messages of which parts are missing.
#[derive(Debug)]
pub(super) struct Reassembly {
    open: Bounded<(Key, Direction), Open>,
    dropped: u64,
}

/// A message whose last missing part has come.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) kind: HandshakeType,
    pub(super) octets: Vec<u8>,
    /// The packets that brought its parts.
    pub(super) packets: Vec<u64>,
    /// When the first of them came.
    pub(super) first: Timestamp,
}

/// What one sender has not completed.
#[derive(Debug)]
struct Open {
    messages: Vec<Partial>,
    last: Timestamp,
}

impl Aged for Open {
    fn last(&self) -> Timestamp {
        self.last
    }
}

#[derive(Debug)]
struct Partial {
    kind: HandshakeType,
    message_seq: u16,
    length: u32,
    octets: Vec<u8>,
    /// What is there, in order and apart from each other.
    have: Vec<(u32, u32)>,
    packets: Vec<u64>,
    first: Timestamp,
    last: Timestamp,
}

impl Reassembly {
    pub(super) fn new() -> Self {
        Self {
            open: Bounded::new(SENDERS),
            dropped: 0,
        }
    }

    /// Senders and messages that were let go before they were complete.
    pub(super) const fn dropped(&self) -> u64 {
        self.open.evicted() + self.dropped
    }

    /// Lets go of what has waited since then.
    pub(super) fn retain(&mut self, since: Timestamp) {
        self.open.retain(|open| open.last >= since);
    }

    /// Adds a part of a message; gives the message when it is complete.
    pub(super) fn add(
        &mut self,
        (key, direction): (Key, Direction),
        (number, time): (u64, Timestamp),
        fragment: &Fragment<'_>,
    ) -> Option<Assembled> {
        let end = fragment.offset.saturating_add(fragment.body.wire_len);
        if end > fragment.length || fragment.length > MESSAGE {
            return None;
        }
        let open = self.open.entry((key, direction), || Open {
            messages: Vec::new(),
            last: time,
        });
        open.last = open.last.max(time);
        open.messages
            .retain(|partial| time.since(partial.last) <= IDLE);
        self.dropped += open.make_room(fragment);
        let place = open.place(fragment, time);
        let partial = open.messages.get_mut(place)?;
        partial.add(number, time, fragment);
        if partial.have != [(0, partial.length)] {
            return None;
        }
        let done = open.messages.swap_remove(place);
        if open.messages.is_empty() {
            self.open.remove(&(key, direction));
        }
        Some(Assembled {
            kind: done.kind,
            octets: done.octets,
            packets: done.packets,
            first: done.first,
        })
    }
}

impl Open {
    /// Lets the longest idle go until a further message finds room; returns how many went.
    fn make_room(&mut self, fragment: &Fragment<'_>) -> u64 {
        let mut gone = 0;
        loop {
            let held: usize = self.messages.iter().map(|m| m.length as usize).sum();
            if held + fragment.length as usize <= HELD || self.messages.is_empty() {
                return gone;
            }
            let oldest = self.messages.iter().enumerate().min_by_key(|(_, m)| m.last);
            let place = oldest.map_or(0, |(place, _)| place);
            self.messages.swap_remove(place);
            gone += 1;
        }
    }

    /// Where the message of this part is held; begun anew where the part contradicts what is there.
    fn place(&mut self, fragment: &Fragment<'_>, time: Timestamp) -> usize {
        let of = |m: &Partial| m.message_seq == fragment.message_seq;
        let place = self.messages.iter().position(of);
        if let Some(place) = place
            && self.messages.get(place).is_some_and(|m| m.agrees(fragment))
        {
            return place;
        }
        if let Some(place) = place {
            self.messages.swap_remove(place);
        }
        self.messages.push(Partial {
            kind: fragment.kind,
            message_seq: fragment.message_seq,
            length: fragment.length,
            octets: Vec::new(),
            have: Vec::new(),
            packets: Vec::new(),
            first: time,
            last: time,
        });
        self.messages.len() - 1
    }
}

impl Partial {
    /// Whether the part is of this message, and equal where both have octets.
    fn agrees(&self, fragment: &Fragment<'_>) -> bool {
        let part = fragment.body.captured;
        let (start, end) = (fragment.offset, fragment.offset + part.len() as u32);
        let equal = |(from, to): &(u32, u32)| {
            let (from, to) = ((*from).max(start), (*to).min(end));
            from >= to
                || self.octets.get(from as usize..to as usize)
                    == part.get((from - start) as usize..(to - start) as usize)
        };
        self.kind == fragment.kind && self.length == fragment.length && self.have.iter().all(equal)
    }

    fn add(&mut self, number: u64, time: Timestamp, fragment: &Fragment<'_>) {
        let part = fragment.body.captured;
        let (start, end) = (fragment.offset, fragment.offset + part.len() as u32);
        if self.packets.len() < HOLES && self.packets.last() != Some(&number) {
            self.packets.push(number);
        }
        self.last = self.last.max(time);
        if self.have.len() >= HOLES || start == end {
            return;
        }
        if self.octets.len() < end as usize {
            self.octets.resize(end as usize, 0);
        }
        if let Some(place) = self.octets.get_mut(start as usize..end as usize) {
            place.copy_from_slice(part);
        }
        self.have.push((start, end));
        self.have.sort_unstable();
        self.have.dedup_by(|next, before| {
            let joins = next.0 <= before.1;
            if joins {
                before.1 = before.1.max(next.1);
            }
            joins
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::addr::{FlowKey, Transport};
    use crate::base::span::Octets;

    fn key() -> (Key, Direction) {
        let end = "10.0.0.1:5000".parse().expect("address");
        let key = Key {
            flow: FlowKey {
                a: end,
                b: end,
                transport: Transport::Udp,
            },
            relayed: false,
            peer: None,
        };
        (key, Direction::AToB)
    }

    fn part(offset: u32, length: u32, body: &[u8]) -> Fragment<'_> {
        Fragment {
            kind: HandshakeType::CERTIFICATE,
            length,
            message_seq: 1,
            offset,
            body: Octets::whole(body, 0),
        }
    }

    /// Adds parts in their order; gives what the last one completes.
    fn add(parts: &[Fragment<'_>]) -> Option<Vec<u8>> {
        let mut reassembly = Reassembly::new();
        let mut done = None;
        for (number, part) in parts.iter().enumerate() {
            done = reassembly.add(key(), (number as u64, Timestamp(0)), part);
        }
        done.map(|done| done.octets)
    }

    #[test]
    fn parts_come_in_any_order_and_overlap() {
        let parts = [
            part(4, 6, &[5, 6]),
            part(0, 6, &[1, 2, 3]),
            part(2, 6, &[3, 4, 5]),
        ];
        assert_eq!(add(&parts), Some(vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn a_part_that_comes_again_completes_nothing() {
        assert_eq!(add(&[part(0, 4, &[1, 2]), part(0, 4, &[1, 2])]), None);
    }

    #[test]
    fn a_part_that_contradicts_begins_the_message_anew() {
        let parts = [
            part(0, 4, &[1, 2]),
            part(0, 4, &[9, 9]),
            part(2, 4, &[3, 4]),
        ];
        assert_eq!(add(&parts), Some(vec![9, 9, 3, 4]));
    }

    #[test]
    fn a_part_that_ends_beyond_its_message_is_left_out() {
        assert_eq!(add(&[part(2, 3, &[1, 2]), part(0, 3, &[1, 2])]), None);
    }

    #[test]
    fn what_was_cut_off_is_still_missing() {
        let mut cut = part(0, 4, &[1]);
        cut.body.wire_len = 2;
        assert_eq!(add(&[cut, part(2, 4, &[3, 4])]), None);
        let again = [cut, part(2, 4, &[3, 4]), part(0, 4, &[1, 2])];
        assert_eq!(add(&again), Some(vec![1, 2, 3, 4]));
    }

    #[test]
    fn one_sender_cannot_fill_the_memory() {
        let mut reassembly = Reassembly::new();
        for message_seq in 0..9 {
            let mut part = part(0, MESSAGE, &[1]);
            part.message_seq = message_seq;
            reassembly.add(key(), (1, Timestamp(0)), &part);
        }
        assert_eq!(reassembly.dropped(), 7);
        let longer = part(0, MESSAGE + 1, &[1]);
        assert!(reassembly.add(key(), (1, Timestamp(0)), &longer).is_none());
    }
}
