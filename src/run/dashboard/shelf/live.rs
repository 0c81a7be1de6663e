//! Packets of a live capture: the last ones, and those that the calls name.
//!
//! Both are bounded. What had to go is said to be gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::{iter, mem};

use anyhow::Result;

use super::{AROUND, Around, Shelf};
use crate::base::told::Told;
use crate::capture::{KeptPacket, RawPacket};
use crate::exposure::Lens;
use crate::flow::Tracker;
use crate::report::live::{Calls, Part};
use crate::report::text::thousands;
use crate::tui::Seen;

/// Packets of which the last ones are kept, at most.
const RECENT: usize = 1 << 17;
/// Octets of these, and of those that calls name, at most.
const OCTETS: usize = 32 << 20;
/// Packets that are kept of those that one call names, at most.
const NAMED: usize = 1 << 11;

/// The packets that are kept.
#[derive(Default)]
pub(in crate::run) struct LiveShelf {
    /// The last ones, in their order, and their octets.
    recent: VecDeque<KeptPacket>,
    recent_octets: usize,
    /// Those that calls name, by their number and that of the call, and their octets.
    named: BTreeMap<(u64, u64), KeptPacket>,
    named_octets: usize,
    /// Each call as it was last judged, and what it names.
    calls: BTreeMap<u64, (Arc<Part>, Vec<u64>)>,
    /// Those that were looked at last, which must not go while somebody goes through them.
    window: Vec<Seen>,
    /// The number around which they stand, and how many packets were known then.
    around: (u64, u64),
    /// The number from which on connections were followed up to them.
    from: u64,
}

impl LiveShelf {
    /// Keeps a packet that was captured, and lets the oldest go where there is no room.
    pub(in crate::run) fn push(&mut self, packet: &RawPacket<'_>) {
        self.recent_octets += packet.octets.len();
        self.recent.push_back(packet.into());
        while self.recent.len() > RECENT || self.recent_octets > OCTETS {
            let oldest = self.recent.pop_front();
            self.recent_octets -= oldest.map_or(0, |kept| kept.packet().octets.len());
        }
    }

    /// The last packets, as many on each side of this number as are looked at.
    fn near(&self, number: u64) -> impl Iterator<Item = &KeptPacket> {
        let place = self.place(number);
        let last = (place + AROUND + 1).min(self.recent.len());
        self.recent.range(place.saturating_sub(AROUND)..last)
    }

    fn place(&self, number: u64) -> usize {
        let before = |kept: &KeptPacket| kept.packet().number < number;
        self.recent.partition_point(before)
    }

    fn find(&self, number: u64) -> Option<&KeptPacket> {
        let recent = self.recent.get(self.place(number));
        let recent = recent.filter(|kept| kept.packet().number == number);
        // A call may be one with another by now, which named the packet before.
        let named = || self.named.range((number, 0)..=(number, u64::MAX)).next();
        recent.or_else(|| Some(named()?.1))
    }

    /// Looks at the packets around this number; those of connections that came before are passed.
    fn look(&mut self, number: u64, mut lens: Lens<'_>, tracker: &Tracker) {
        let before = self.named.range(..(number, 0)).rev().take(AROUND);
        let behind = self.named.range((number, 0)..).take(AROUND + 1);
        let named = before.chain(behind).map(|(_, kept)| kept);
        let looked_at = self.window.iter().map(|(kept, _)| kept);
        let all = named.chain(looked_at).chain(self.near(number));
        let near: BTreeMap<u64, _> = all.map(|kept| (kept.packet().number, kept)).collect();
        let mut before: Vec<_> = near.range(..number).rev().take(AROUND).collect();
        before.reverse();
        let behind = near.range(number..).take(AROUND + 1);
        let passed = self.connections(number, tracker);
        let start = passed.first().copied().or_else(|| self.near(number).next());
        let from = start.map_or(number, |kept| kept.packet().number);
        let first = before.first().map_or(number, |(number, _)| **number);
        let is_looked_at = |number: u64| number >= first && near.contains_key(&number);
        let mut passed = passed.into_iter().peekable();
        for (number, kept) in before.into_iter().chain(behind) {
            while let Some(earlier) = passed.next_if(|kept| kept.packet().number < *number) {
                if !is_looked_at(earlier.packet().number) {
                    lens.pass(&earlier.packet());
                }
            }
            lens.look(&kept.packet());
        }
        lens.end();
        self.window = iter::from_fn(|| lens.settled()).collect();
        self.from = from;
    }

    /// The last packets from the first one on of the connections that live around this number, as
    /// far as they are kept.
    fn connections(&self, number: u64, tracker: &Tracker) -> Vec<&KeptPacket> {
        let start = self.place(number).saturating_sub(AROUND);
        let time = self.recent.get(start).map(|kept| kept.packet().time);
        let first = time.and_then(|time| tracker.first_of_connections(time));
        let from = first.map_or(start, |first| self.place(first).min(start));
        self.recent.range(from..).take(start - from).collect()
    }

    /// Keeps the packets that a call names from now on.
    fn keep_of(&mut self, part: &Arc<Part>) {
        let numbers = named(part);
        if let Some((known, before)) = self.calls.get_mut(&part.call)
            && *before == numbers
        {
            *known = Arc::clone(part);
            return;
        }
        for number in &numbers {
            let key = (*number, part.call);
            if !self.named.contains_key(&key)
                && let Some(kept) = self.find(*number).cloned()
            {
                self.named_octets += kept.packet().octets.len();
                self.named.insert(key, kept);
            }
        }
        let still: BTreeSet<_> = numbers.iter().copied().collect();
        let known = (Arc::clone(part), numbers);
        if let Some((_, before)) = self.calls.insert(part.call, known) {
            let others = before.iter().filter(|number| !still.contains(number));
            self.let_go(part.call, others);
        }
    }

    fn let_go<'n>(&mut self, call: u64, numbers: impl Iterator<Item = &'n u64>) {
        for number in numbers {
            let kept = self.named.remove(&(*number, call));
            self.named_octets -= kept.map_or(0, |kept| kept.packet().octets.len());
        }
    }
}

impl Shelf for LiveShelf {
    fn around(&mut self, number: u64, calls: &Calls<'_>) -> Result<Around<'_>> {
        let agreements = calls.agreements();
        let around = (number, agreements.tracker().totals().packets);
        if self.around != around || self.window.is_empty() {
            self.look(
                number,
                Lens::by(Arc::clone(agreements)),
                agreements.tracker(),
            );
            self.around = around;
        }
        Ok(Around {
            packets: &self.window,
            from: self.from,
        })
    }

    fn gone(&self, number: u64) -> Option<Told> {
        let newest = self.recent.back()?.packet().number;
        let is_here = |(kept, _): &Seen| kept.packet().number == number;
        let is_gone = number < newest && !self.window.iter().any(is_here);
        let (number, most) = (thousands(number), thousands(RECENT as u64));
        is_gone.then(|| {
            Told::plain(format!(
                "packet {number} is gone: the last {most} packets are kept, of {} MiB at most, and \
                 the first ones that claims, flows and streams name; --write saves all",
                OCTETS >> 20
            ))
        })
    }

    fn keep<'p>(&mut self, parts: impl Iterator<Item = &'p Arc<Part>>) {
        let mut known = BTreeSet::new();
        for part in parts {
            known.insert(part.call);
            let is_same = |(kept, _): &(Arc<Part>, _)| Arc::ptr_eq(kept, part);
            if !self.calls.get(&part.call).is_some_and(is_same) {
                self.keep_of(part);
            }
        }
        let forgotten: Vec<_> = self
            .calls
            .extract_if(.., |call, _| !known.contains(call))
            .collect();
        for (call, (_, numbers)) in forgotten {
            self.let_go(call, numbers.iter());
        }
        // The oldest calls give way.
        for call in known {
            if self.named_octets <= OCTETS {
                break;
            }
            if let Some((_, numbers)) = self.calls.get_mut(&call) {
                let numbers = mem::take(numbers);
                self.let_go(call, numbers.iter());
            }
        }
    }
}

/// The packets that a call names: first those to which a row leads, then the others of claims.
fn named(part: &Part) -> Vec<u64> {
    let allocations = part
        .allocations
        .iter()
        .filter_map(|granted| granted.told_by);
    let exposures = part
        .exposures
        .iter()
        .filter_map(|exposed| exposed.first_packet);
    let flows = part.flows.iter().map(|flow| flow.numbers.as_slice());
    let streams = part.streams.iter().map(|stream| stream.numbers.as_slice());
    let verdicts = part.claims.iter().map(|judged| &judged.judgement.verdict);
    let evidence = verdicts.filter_map(|verdict| Some(verdict.evidence()?.packets().packets()));
    let lists: Vec<_> = evidence.chain(flows).chain(streams).collect();
    let firsts = lists.iter().filter_map(|numbers| numbers.first()).copied();
    let others = lists
        .iter()
        .flat_map(|numbers| numbers.iter().skip(1))
        .copied();
    let items = part.exposures.iter().flat_map(|exposed| &exposed.listed);
    let listed = items.filter_map(|found| found.packet);
    let all = allocations.chain(exposures).chain(firsts);
    let all = all.chain(listed).chain(others);
    all.take(NAMED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::capture::{Block, CaptureSummary, FileSource, LinkType, PacketSource as _};
    use crate::report::Question;
    use crate::report::live::Board;
    use crate::run::followed::Followed;

    /// So many packets that nobody names, behind that of this number.
    fn others(shelf: &mut LiveShelf, behind: u64, octets: usize, packets: usize) {
        let octets = vec![0; octets];
        for number in (behind + 1..).take(packets) {
            shelf.push(&RawPacket {
                number,
                time: Timestamp(0),
                wire_len: 0,
                link: LinkType::ETHERNET,
                interface: 0,
                octets: &octets,
            });
        }
    }

    fn numbers(shelf: &mut LiveShelf, number: u64, calls: &Calls<'_>) -> Vec<u64> {
        let seen = shelf.around(number, calls).expect("they are kept");
        seen.packets
            .iter()
            .map(|(kept, _)| kept.packet().number)
            .collect()
    }

    #[test]
    fn the_last_packets_are_kept_within_both_bounds() {
        let tracker = Tracker::default();
        let calls = Calls::of(&tracker);
        for (octets, packets, kept) in [(60_000, 1000, OCTETS / 60_000), (60, RECENT + 9, RECENT)] {
            let mut shelf = LiveShelf::default();
            others(&mut shelf, 0, octets, packets);
            assert_eq!(shelf.recent.len(), kept);
            assert_eq!(shelf.recent_octets, kept * octets);
            let last = packets as u64;
            assert_eq!(numbers(&mut shelf, last, &calls).last(), Some(&last));
            assert!(shelf.gone(last).is_none());
            assert!(numbers(&mut shelf, 1, &calls).len() > AROUND);
            assert!(shelf.gone(1).is_some());
        }
    }

    #[test]
    fn what_calls_name_stays_until_they_are_forgotten() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/captures/one-client-relayed.pcap"
        );
        let mut source = FileSource::open(file.as_ref()).expect("a capture");
        let (mut shelf, mut block) = (LiveShelf::default(), Block::default());
        let mut followed = Followed::new(CaptureSummary::default());
        while source.next_block(&mut block).expect("whole") {
            for packet in block.packets() {
                followed.take(&packet);
                shelf.push(&packet);
            }
        }
        let mut board = Board::new(Question::default());
        let calls = Calls::of(&followed.tracker);
        board.round(&calls, &followed.summary, (Timestamp(0), usize::MAX));
        shelf.keep(board.parts());
        others(&mut shelf, followed.last, 60_000, 1000);
        for part in board.parts() {
            for judged in &part.claims {
                let evidence = judged.judgement.verdict.evidence();
                let mut packets = evidence.into_iter().flat_map(|e| e.packets().packets());
                assert!(packets.all(|number| shelf.find(*number).is_some()));
            }
        }
        assert!(numbers(&mut shelf, 26, &calls).contains(&26));
        assert!(shelf.gone(26).is_none());
        shelf.keep([].into_iter());
        assert!(shelf.named.is_empty() && shelf.calls.is_empty());
        assert_eq!(shelf.named_octets, 0);
        shelf.around = (0, 0);
        shelf.window.clear();
        assert!(!numbers(&mut shelf, 26, &calls).contains(&26));
    }
}
