//! Memory depends on the calls that live, never on the length of a capture.
//!
//! One test alone, for it counts what the whole process allocates.

mod common;

use std::time::Duration;

use common::Record;
use common::copies::Call;
use peak_alloc::PeakAlloc;
use relayscope::base::label::Quiet;
use relayscope::base::time::Timestamp;
use relayscope::capture::{LinkType, RawPacket};
use relayscope::decode;
use relayscope::flow::Tracker;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Seconds from the beginning of one call to that of the next. An allocation lasts for ten minutes
/// after its call: with that, twenty are kept at a time.
const EVERY: u64 = 30;
/// Seconds of silence after which a call goes.
const SILENCE: u64 = 20;
/// Octets by which memory may differ: less than one call takes.
const BOUND: usize = 64 << 10;

#[test]
fn memory_depends_on_the_calls_that_live() {
    let mut endless = Endless::new();
    endless.go_on(200);
    let (calls, after_200) = (endless.tracker.allocations().count(), endless.kept());
    endless.go_on(1_000);
    let after_1000 = endless.kept();
    assert!((15..60).contains(&calls), "{calls} allocations");
    assert_eq!(endless.tracker.allocations().count(), calls);
    assert!(
        after_1000 < after_200 + BOUND,
        "{after_200} octets after 200 calls, {after_1000} after 1000"
    );
    assert!(endless.tracker.evicted().iter().all(|(_, n)| *n == 0));
}

/// Calls one after the other, each at hosts of its own.
struct Endless {
    call: Call,
    before: usize,
    tracker: Tracker,
    begun: u16,
    packets: u64,
}

impl Endless {
    fn new() -> Self {
        let call = Call::relayed(200);
        Self {
            call,
            before: ALLOCATED.current_usage(),
            tracker: Tracker::default(),
            begun: 0,
            packets: 0,
        }
    }

    /// Until so many calls have begun.
    fn go_on(&mut self, calls: u16) {
        while self.begun < calls {
            let second = u64::from(self.begun) * EVERY;
            for record in self.call.copied(self.begun, second * 1_000_000) {
                self.packets += 1;
                follow(&mut self.tracker, self.packets, &record);
            }
            self.begun += 1;
            let silent = second.saturating_sub(SILENCE);
            let since = Timestamp(0).after(Duration::from_secs(silent));
            self.tracker.forget(since);
        }
    }

    /// Octets that the tracker keeps.
    fn kept(&self) -> usize {
        ALLOCATED.current_usage() - self.before
    }
}

fn follow(tracker: &mut Tracker, number: u64, record: &Record) {
    let packet = RawPacket {
        number,
        time: Timestamp(0).after(Duration::from_micros(record.micros)),
        wire_len: record.wire_len,
        link: LinkType::ETHERNET,
        interface: 0,
        octets: &record.octets,
    };
    tracker.packet(&packet, &decode::frame(&packet, &mut Quiet));
}
