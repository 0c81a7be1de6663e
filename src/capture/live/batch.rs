//! What is handed from the capture to those who want its packets.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::base::time::Timestamp;
use crate::capture::{Block, EndedEarly, Reading};

/// Packets that were captured within a tenth of a second or fill a block, and what is known since
/// the batch before.
#[derive(Debug)]
pub struct Batch {
    /// The packets, shared by all who are handed them.
    pub block: Arc<Block>,
    /// What interfaces counted, about once a second. To `dropped` is added what was captured and
    /// had no room in this queue.
    pub readings: Vec<Reading>,
    /// Interfaces that ended.
    pub ended: Vec<EndedEarly>,
}

/// The near end of a bounded queue of batches.
#[derive(Debug)]
pub struct Outlet {
    sender: Sender<Batch>,
    /// By interface.
    shortfalls: Vec<Shortfall>,
    /// Interfaces that ended, and whose end had no room in the queue.
    ended: Vec<EndedEarly>,
    closed: bool,
}

/// What the far end knows of the losses on one interface.
#[derive(Debug, Clone, Copy, Default)]
struct Shortfall {
    /// Packets that had no room.
    packets: u64,
    /// When the first of those was captured that the far end does not know of.
    since: Option<Timestamp>,
    /// The last reading that the far end has.
    told: Option<Reading>,
}

/// A queue for so many batches of a capture of so many interfaces.
pub fn outlet(batches: usize, interfaces: usize) -> (Outlet, Receiver<Batch>) {
    let (sender, receiver) = bounded(batches);
    let outlet = Outlet {
        sender,
        shortfalls: vec![Shortfall::default(); interfaces],
        ended: Vec::new(),
        closed: false,
    };
    (outlet, receiver)
}

impl Outlet {
    /// Hands on what was captured where there is room, else counts it as lost; never waits.
    pub(super) fn offer(&mut self, block: &Arc<Block>, readings: &[Reading], ended: &[EndedEarly]) {
        let batch = self.batch(block, readings, ended);
        match self.sender.try_send(batch) {
            Ok(()) => self.settle(readings),
            Err(TrySendError::Full(batch)) => {
                self.ended = batch.ended;
                self.lose(block);
            }
            Err(TrySendError::Disconnected(_)) => self.closed = true,
        }
    }

    /// Hands on the last of a capture, and waits until there is room.
    pub(super) fn close(mut self, block: &Arc<Block>, readings: &[Reading], ended: &[EndedEarly]) {
        let batch = self.batch(block, readings, ended);
        // Where nobody listens any more, nobody misses it.
        let _ = self.sender.send(batch);
    }

    /// Whether the far end is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether packets were lost here of which the far end does not know.
    pub(super) fn is_behind(&self) -> bool {
        self.shortfalls.iter().any(|s| s.since.is_some())
    }

    fn batch(&mut self, block: &Arc<Block>, readings: &[Reading], ended: &[EndedEarly]) -> Batch {
        self.ended.extend_from_slice(ended);
        Batch {
            block: Arc::clone(block),
            readings: readings.iter().flat_map(|r| self.own(*r)).collect(),
            ended: std::mem::take(&mut self.ended),
        }
    }

    /// A reading with what was lost here.
    ///
    /// Packets can have waited in the ring of the kernel longer than the last reading is old.
    /// Where such a one was lost here, the count up to it is told again with its time, so that the
    /// loss lies between two readings.
    fn own(&self, reading: Reading) -> impl Iterator<Item = Reading> + use<> {
        let shortfall = self.shortfalls.get(reading.interface as usize);
        let Shortfall {
            packets,
            since,
            told,
        } = shortfall.copied().unwrap_or_default();
        let earlier = told.zip(since).filter(|(told, since)| *since < told.time);
        let again = earlier.map(|(told, time)| Reading { time, ..told });
        let own = Reading {
            dropped: reading.dropped.saturating_add(packets),
            ..reading
        };
        again.into_iter().chain([own])
    }

    /// Keeps what the far end knows now.
    fn settle(&mut self, readings: &[Reading]) {
        for reading in readings {
            let Some(told) = self.own(*reading).last() else {
                continue;
            };
            if let Some(shortfall) = self.shortfalls.get_mut(reading.interface as usize) {
                shortfall.told = Some(told);
                shortfall.since = None;
            }
        }
    }

    fn lose(&mut self, block: &Block) {
        for packet in block.packets() {
            if let Some(shortfall) = self.shortfalls.get_mut(packet.interface as usize) {
                shortfall.packets += 1;
                let since = shortfall.since.get_or_insert(packet.time);
                *since = packet.time.min(*since);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Frame, LinkType, Order};

    fn block(times: &[i64]) -> Arc<Block> {
        let mut block = Block::default();
        for time in times {
            let frame = Frame {
                number: 1,
                time: Timestamp(*time),
                order: Order::Timed,
                wire_len: 0,
                link: LinkType::ETHERNET,
                interface: 0,
                start: 0,
                len: 0,
            };
            block.append(frame, &[]);
        }
        Arc::new(block)
    }

    fn reading(time: i64, dropped: u64) -> Reading {
        Reading {
            interface: 0,
            time: Timestamp(time),
            received: 9,
            dropped,
        }
    }

    #[test]
    fn a_loss_lies_between_two_readings_also_of_packets_older_than_the_last() {
        let (mut near, far) = outlet(1, 1);
        near.offer(&block(&[]), &[reading(100, 0)], &[]);
        near.offer(&block(&[60, 50, 120]), &[], &[]);
        assert!(near.is_behind());
        // A reading that has no room does not count as told.
        near.offer(&block(&[]), &[reading(150, 1)], &[]);
        assert_eq!(far.recv().expect("a batch").readings, [reading(100, 0)]);
        near.offer(&block(&[]), &[reading(200, 2)], &[]);
        assert!(!near.is_behind());
        let told = far.recv().expect("a batch").readings;
        assert_eq!(told, [reading(50, 0), reading(200, 5)]);
        near.close(&block(&[]), &[reading(300, 2)], &[]);
        assert_eq!(far.recv().expect("a batch").readings, [reading(300, 5)]);
    }
}
