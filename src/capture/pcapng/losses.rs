//! What files say of lost packets: counters of interfaces, and what packets tell of those before.
//!
//! Counters may stand anywhere and repeatedly, also behind packets that are later.

use std::time::Duration;

use super::super::pcap::word;
use super::super::{CaptureSummary, Frame, Loss, Reading};
use super::Pcapng;
use super::options::{long, options, stamp};
use crate::base::time::Timestamp;

/// Counters are read at the time of some packet, or thereabouts: what is further off was counted
/// in other units than the interface says, as some writers do.
const THEREABOUTS: Duration = Duration::from_hours(24);
/// Packets wait to be read while a counter is: those of this time may come behind it.
const WAITING: Duration = Duration::from_secs(10);

impl Pcapng {
    /// Interface statistics: what interface and system dropped, counted from the beginning.
    pub(super) fn statistics(&mut self, body: &[u8], summary: &mut CaptureSummary) {
        let big = self.big_endian;
        let (Some(index), told) = (word(body, 0, big), body.get(12..).unwrap_or_default()) else {
            return;
        };
        let index = self.section.saturating_add(index as usize);
        // isb_starttime is 2, isb_ifrecv 4, isb_ifdrop 5, isb_osdrop 7.
        let count = |wanted: &[u16]| {
            options(told, big)
                .filter(|(code, _)| wanted.contains(code))
                .filter_map(|(_, value)| long(value, big))
                .reduce(u64::saturating_add)
        };
        let known = self.interfaces.get(index).zip(self.told.get(index));
        let (Some(dropped), Some((interface, known))) = (count(&[5, 7]), known) else {
            return;
        };
        let time = stamp(body, 4, big).map(|units| interface.time(units));
        let began = options(told, big).find(|(code, _)| *code == 2);
        let began = began.and_then(|(_, value)| stamp(value, 0, big));
        let began = began.map(|units| interface.time(units));
        let began = began.filter(|began| !known.counted && self.is_beginning(*began));
        if let Some(began) = began {
            summary.losses.begin(index as u32, began);
        }
        match time.filter(|time| self.is_time(*time)) {
            Some(time) => summary.losses.read(Reading {
                interface: index as u32,
                time,
                received: count(&[4]).unwrap_or_default(),
                dropped,
            }),
            None => summary.losses.read_at_no_time(index as u32, dropped),
        }
        if let Some(told) = self.told.get_mut(index) {
            told.counted = true;
        }
        if let Some(known) = summary.interfaces.get_mut(index) {
            known.dropped = Some(dropped.max(known.dropped.unwrap_or_default()));
        }
    }

    /// Whether a counter may have been read then.
    fn is_time(&self, time: Timestamp) -> bool {
        let first = self.first.unwrap_or(time);
        let last = self.time.max(first);
        time.0 > 0 && time.after(THEREABOUTS) >= first && time <= last.after(THEREABOUTS)
    }

    /// Whether the file may have begun then: no packet in it is older.
    fn is_beginning(&self, began: Timestamp) -> bool {
        let first = self.first.unwrap_or(began);
        began <= first.after(WAITING)
    }

    /// What was lost since the packet before on the same interface, as a packet tells.
    pub(super) fn lost(&self, frame: &Frame, packets: Option<u64>, summary: &mut CaptureSummary) {
        let told = self.told.get(frame.interface as usize);
        let (Some(packets), Some(told)) = (packets, told) else {
            return;
        };
        let before = told.last.unwrap_or(Timestamp::MIN);
        let loss = Loss {
            from: before.min(frame.time),
            to: before.max(frame.time),
            packets,
        };
        summary.losses.told_by_packet(frame.interface, loss);
        let known = summary.interfaces.get_mut(frame.interface as usize);
        if let Some(known) = known.filter(|_| !told.counted) {
            known.dropped = Some(known.dropped.unwrap_or_default().saturating_add(packets));
        }
    }
}
