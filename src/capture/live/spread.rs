//! The work of the thread that reads interfaces.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{LiveSource, Outlet};
use crate::base::time::Timestamp;
use crate::capture::{Block, EndedEarly};

/// Time for which packets are gathered before they are handed on. Whoever looks at a call does not
/// see a tenth of a second, and an idle machine is woken no oftener.
const GATHERING: Duration = Duration::from_millis(100);

/// Time between two readings of the counters.
const BETWEEN_READINGS: Duration = Duration::from_secs(1);

/// Reads packets until `stop` is set, every interface ended, or every outlet is closed; hands all
/// of them to all outlets, and waits for none of them until the end.
///
/// Where it is stopped, it reads on for as long as packets are gathered: that is longer than the
/// kernel keeps to itself what it captured before.
pub fn spread(source: &mut impl LiveSource, mut outlets: Vec<Outlet>, stop: &AtomicBool) {
    let mut read_at = Instant::now();
    let mut until = None;
    while !outlets.is_empty() {
        if stop.load(Ordering::Relaxed) {
            until.get_or_insert_with(|| Instant::now() + GATHERING);
        }
        let (block, ended) = gather(source);
        let last = source.is_over() || until.is_some_and(|until| Instant::now() >= until);
        let behind = outlets.iter().any(Outlet::is_behind);
        let mut readings = Vec::new();
        if last || behind || read_at.elapsed() >= BETWEEN_READINGS {
            read_at = Instant::now();
            readings = source.readings(now());
        }
        let block = Arc::new(block);
        if last {
            for outlet in outlets {
                outlet.close(&block, &readings, &ended);
            }
            return;
        }
        if !block.frames.is_empty() || !readings.is_empty() || !ended.is_empty() {
            for outlet in &mut outlets {
                outlet.offer(&block, &readings, &ended);
            }
            outlets.retain(|outlet| !outlet.is_closed());
        }
    }
}

/// Reads a block, or what comes while packets are gathered; and which interfaces ended.
fn gather(source: &mut impl LiveSource) -> (Block, Vec<EndedEarly>) {
    let begun = Instant::now();
    let mut block = Block::roomy();
    let mut ended = Vec::new();
    loop {
        let left = GATHERING.saturating_sub(begun.elapsed());
        if left.is_zero() || block.is_full() || source.is_over() {
            return (block, ended);
        }
        ended.extend(source.read(&mut block, left));
    }
}

/// The time on the clock by which the kernel stamps packets.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    Timestamp(i64::try_from(nanos).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use crossbeam_channel::Receiver;

    use super::super::{Batch, outlet};
    use super::*;
    use crate::capture::{Frame, LinkType, Order, Reading};

    /// Hands out one block's worth of frames at each reading, and counts as an interface does.
    struct Scripted {
        frames: VecDeque<Frame>,
        read: u64,
        in_ring: u64,
    }

    impl Scripted {
        /// So many frames of a block's size, of which each is a batch.
        fn large(frames: u64) -> Self {
            let frames = (1..=frames).map(|number| frame(number, 5));
            Self {
                frames: frames.collect(),
                read: 0,
                in_ring: 0,
            }
        }
    }

    fn frame(number: u64, micros: i64) -> Frame {
        Frame {
            number,
            time: Timestamp(number.cast_signed() * micros * 1000),
            order: Order::Timed,
            wire_len: 1 << 20,
            link: LinkType::ETHERNET,
            interface: 0,
            start: 0,
            len: 0,
        }
    }

    impl LiveSource for Scripted {
        fn read(&mut self, block: &mut Block, _: Duration) -> Vec<EndedEarly> {
            let Some(frame) = self.frames.pop_front() else {
                return Vec::new();
            };
            self.read += 1;
            block.append(frame, &vec![0; frame.wire_len as usize]);
            let ended = EndedEarly {
                file: "eth0".to_owned(),
                offset: None,
                packets: self.read,
                reason: "is gone".into(),
            };
            let last = self.frames.is_empty();
            last.then_some(ended).into_iter().collect()
        }

        fn is_over(&self) -> bool {
            self.frames.is_empty()
        }

        fn readings(&mut self, now: Timestamp) -> Vec<Reading> {
            vec![Reading {
                interface: 0,
                time: now,
                received: self.read + self.in_ring,
                dropped: self.in_ring,
            }]
        }
    }

    fn numbers(batches: &[Batch]) -> Vec<u64> {
        let packets = batches.iter().flat_map(|batch| batch.block.packets());
        packets.map(|packet| packet.number).collect()
    }

    /// Spreads to an outlet that is read at once and one with room for two batches, which is read
    /// once that is full.
    fn to_two(mut source: Scripted) -> [Vec<Batch>; 2] {
        let (quick, read) = outlet(1000, 1);
        let (slow, late) = outlet(2, 1);
        let total = source.frames.len();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| spread(&mut source, vec![quick, slow], &stop));
            let drain = |from: &Receiver<Batch>| from.iter().collect::<Vec<_>>();
            let mut first = Vec::new();
            // The last batch waits for the slow one: all others were offered to both by now.
            while numbers(&first).len() < total {
                first.extend(read.recv());
            }
            [first, drain(&late)]
        })
    }

    #[test]
    fn a_full_queue_loses_for_its_own_reader_only_and_tells_him() {
        let [quick, slow] = to_two(Scripted::large(7));
        assert_eq!(numbers(&quick), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(numbers(&slow), [1, 2, 7]);
        let dropped = |batches: &[Batch]| {
            let last = batches.iter().flat_map(|batch| &batch.readings).last();
            last.map(|reading| (reading.received, reading.dropped))
        };
        assert_eq!(dropped(&quick), Some((7, 0)));
        assert_eq!(dropped(&slow), Some((7, 4)));
    }

    #[test]
    fn the_end_of_an_interface_reaches_everybody() {
        for batches in to_two(Scripted::large(5)) {
            let ended: Vec<_> = batches.iter().flat_map(|batch| &batch.ended).collect();
            assert_eq!(ended.len(), 1);
            assert_eq!(ended[0].packets, 5);
        }
    }

    #[test]
    fn a_stop_ends_it_with_a_last_reading() {
        let mut source = Scripted::large(3);
        source.in_ring = 2;
        let (near, far) = outlet(10, 1);
        spread(&mut source, vec![near], &AtomicBool::new(true));
        let batches: Vec<_> = far.iter().collect();
        let last = batches.last().expect("a batch");
        assert_eq!(last.readings.len(), 1);
        assert_eq!(last.readings[0].dropped, 2);
    }

    #[test]
    fn it_ends_where_nobody_listens() {
        let (near, far) = outlet(10, 1);
        drop(far);
        let mut source = Scripted::large(50);
        spread(&mut source, vec![near], &AtomicBool::new(false));
        assert!(!source.frames.is_empty());
    }
}
