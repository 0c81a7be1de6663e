//! Puts the packets of one stream in the order of their sequence numbers.
//!
//! A packet waits for those before it while few wait with it; what then is still missing is passed
//! over. Each number passes once.

use std::collections::{BTreeMap, VecDeque};

use crate::exposure::Heard;

/// Packets that wait at most for one that is missing.
const WINDOW: usize = 32;
/// Sequence numbers by which a packet may lie ahead of the one that comes next, and behind it; two
/// packets in a row that lie elsewhere begin the stream anew (RFC 3550, appendix A.1).
const AHEAD: u64 = 3000;
const BEHIND: u64 = 100;
/// Where counting begins: there is room below for what comes late.
const BEGIN: u64 = 1 << 32;

/// Packets that wait for those before them.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// By their extended sequence number.
    waiting: BTreeMap<u64, Heard>,
    /// The number that comes next; `None` until the first has passed.
    next: Option<u64>,
    /// Packets that come next, the first of them first.
    passed: VecDeque<InOrder>,
    /// The sequence number behind the last packet that lay elsewhere.
    elsewhere: Option<u16>,
    /// Packets that came when their number had passed, or was there, or that lay elsewhere.
    pub(super) late: u64,
}

/// A packet in its turn.
#[derive(Debug)]
pub(super) struct InOrder {
    /// The packet.
    pub(super) heard: Heard,
    /// Whether no packet is missing between the one before it and this one.
    pub(super) follows: bool,
}

impl Order {
    /// Takes the next packet of the capture.
    pub(super) fn push(&mut self, heard: Heard) {
        let near = self.next.or_else(|| self.waiting.keys().next().copied());
        let mut index = near.map_or(begun(heard.seq), |near| extended(near, heard.seq));
        if near.is_some_and(|near| index > near + AHEAD || index + BEHIND < near) {
            let again = self.elsewhere.replace(heard.seq.wrapping_add(1)) == Some(heard.seq);
            if !again {
                self.late += 1;
                return;
            }
            self.end();
            self.next = None;
            index = begun(heard.seq);
        }
        self.elsewhere = None;
        if self.next.is_some_and(|next| index < next) || self.waiting.contains_key(&index) {
            self.late += 1;
            return;
        }
        self.waiting.insert(index, heard);
        while self.waiting.len() > WINDOW || self.is_next() {
            self.pass();
        }
    }

    /// Nothing comes any more: what waits need not.
    pub(super) fn end(&mut self) {
        while !self.waiting.is_empty() {
            self.pass();
        }
    }

    /// The next packet whose turn it is.
    pub(super) fn pop(&mut self) -> Option<InOrder> {
        self.passed.pop_front()
    }

    fn is_next(&self) -> bool {
        let first = self.waiting.keys().next();
        first.is_some() && first == self.next.as_ref()
    }

    fn pass(&mut self) {
        if let Some((index, heard)) = self.waiting.pop_first() {
            let follows = self.next == Some(index);
            self.next = Some(index + 1);
            self.passed.push_back(InOrder { heard, follows });
        }
    }
}

const fn begun(seq: u16) -> u64 {
    BEGIN + seq as u64
}

/// The extended number with these lower 16 bits that lies nearest.
const fn extended(near: u64, seq: u16) -> u64 {
    let ahead = seq.wrapping_sub(near as u16).cast_signed();
    near.saturating_add_signed(ahead as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::run::extract::tests::heard;

    /// What passes of packets with these numbers, each with whether it follows.
    fn passed(numbers: &[u16]) -> (Vec<(u16, bool)>, u64) {
        let mut order = Order::default();
        for seq in numbers {
            order.push(heard(*seq, 0, &[]));
        }
        order.end();
        let passed = std::iter::from_fn(|| order.pop());
        let passed = passed.map(|packet| (packet.heard.seq, packet.follows));
        (passed.collect(), order.late)
    }

    #[test]
    fn what_came_in_another_order_passes_in_its_own() {
        let (passed, late) = passed(&[0xFFFE, 0, 0xFFFF, 2, 1, 1, 0xFFFF]);
        let numbers: Vec<_> = passed.iter().map(|(seq, _)| *seq).collect();
        assert_eq!((numbers, late), (vec![0xFFFE, 0xFFFF, 0, 1, 2], 2));
        assert!(passed.iter().skip(1).all(|(_, follows)| *follows));
    }

    #[test]
    fn the_first_may_come_late_too() {
        assert_eq!(passed(&[5, 4, 6]).0.first(), Some(&(4, false)));
    }

    #[test]
    fn what_is_missing_is_passed_over_and_told() {
        let numbers: Vec<u16> = (0..40).filter(|seq| *seq != 3).collect();
        let (passed, late) = passed(&numbers);
        let behind_gaps = passed.iter().filter(|(_, follows)| !follows);
        assert_eq!(behind_gaps.collect::<Vec<_>>(), [&(0, false), &(4, false)]);
        assert_eq!((passed.len(), late), (39, 0));
    }

    #[test]
    fn two_packets_in_a_row_begin_the_stream_anew_and_one_does_not() {
        for (again, passing, were_late) in [
            (
                &[1, 2, 40_000, 40_001, 40_002][..],
                &[1, 2, 40_001, 40_002][..],
                1,
            ),
            (&[900, 901, 700, 701, 702], &[900, 901, 701, 702], 1),
            (&[1, 2, 40_000, 3, 40_001, 4], &[1, 2, 3, 4], 2),
        ] {
            let (passed, late) = passed(again);
            let numbers: Vec<_> = passed.iter().map(|(seq, _)| *seq).collect();
            assert_eq!((numbers.as_slice(), late), (passing, were_late));
        }
    }

    proptest! {
        #[test]
        fn every_packet_passes_once_or_is_late(numbers in prop::collection::vec(any::<u16>(), 0..400)) {
            let (passed, late) = passed(&numbers);
            prop_assert_eq!(passed.len() as u64 + late, numbers.len() as u64);
        }

        #[test]
        fn few_packets_wait(numbers in prop::collection::vec(0..200_u16, 0..400)) {
            let mut order = Order::default();
            for seq in numbers {
                order.push(heard(seq, 0, &[]));
                prop_assert!(order.waiting.len() <= WINDOW);
            }
        }
    }
}
