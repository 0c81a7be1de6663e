//! Fragments that never end, tiny ones and tunnels without end take no more memory than is stated.
//!
//! One test alone, for it counts what the whole process allocates.

mod common;

use std::time::Duration;

use peak_alloc::PeakAlloc;
use relayscope::base::anomaly::Anomaly;
use relayscope::base::label::Quiet;
use relayscope::base::time::Timestamp;
use relayscope::capture::{LinkType, RawPacket};
use relayscope::decode;
use relayscope::flow::Tracker;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Octets that may be allocated at any time beyond those before.
const BOUND: usize = 12 << 20;
const RAW_IP: LinkType = LinkType(101);

#[test]
fn no_attack_with_fragments_or_tunnels_fills_the_memory() {
    let long = vec![7; 1400];
    let never_ending = attack(200_000, |n| fragment(n as u32, 0, true, &long));
    assert_eq!(never_ending.totals().packets, 200_000);
    let lost = never_ending.anomalies().get(&Anomaly::IpFragment);
    assert!(lost.expect("told").total() > 190_000);
    assert!(squeezed_out(&never_ending) > 190_000);

    let tiny = attack(400_000, |n| {
        fragment((n / 8000) as u32, 16 * (n % 4000), true, &[7; 8])
    });
    assert!(squeezed_out(&tiny) > 0);

    let same = attack(200_000, |n| fragment(1, 8 * (n % 2), true, &long));
    assert!(same.anomalies().contains_key(&Anomaly::FragmentOverlap));

    let mut nested = fragment(1, 0, false, &[7; 8]);
    for _ in 0..1000 {
        nested = packet([0, 1], [0, 0], 4, &nested);
    }
    let tunnels = attack(10_000, |_| nested.clone());
    let told = tunnels.anomalies().get(&Anomaly::Tunnel);
    assert_eq!(told.expect("told").total(), 10_000);
}

/// Follows so many packets, a hundred microseconds apart, and shows that memory stays within the bound.
fn attack(packets: u64, mut make: impl FnMut(u64) -> Vec<u8>) -> Tracker {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let mut tracker = Tracker::default();
    for number in 1..=packets {
        let octets = make(number);
        let packet = RawPacket {
            number,
            time: Timestamp(0).after(Duration::from_micros(100 * number)),
            wire_len: octets.len() as u32,
            link: RAW_IP,
            interface: 0,
            octets: &octets,
        };
        tracker.packet(&packet, &decode::frame(&packet, &mut Quiet));
    }
    tracker.finish();
    let peak = ALLOCATED.peak_usage() - before;
    assert!(peak < BOUND, "{peak} octets");
    tracker
}

fn squeezed_out(tracker: &Tracker) -> u64 {
    let evicted = tracker.evicted();
    let entry = evicted
        .iter()
        .find(|(what, _)| *what == "fragments-evicted");
    entry.expect("listed").1
}

/// A fragment of UDP whose octets begin at `start`, a multiple of eight.
fn fragment(id: u32, start: u64, more: bool, content: &[u8]) -> Vec<u8> {
    let word = u16::from(more) << 13 | (start / 8) as u16;
    // Further identifications are those of other hosts.
    let [_, host, high, low] = id.to_be_bytes();
    let mut octets = packet([high, low], word.to_be_bytes(), 17, content);
    octets[15] = host;
    octets
}

fn packet(id: [u8; 2], word: [u8; 2], protocol: u8, content: &[u8]) -> Vec<u8> {
    let len = (20 + content.len() as u16).to_be_bytes();
    let head = [
        0x45, 0, len[0], len[1], id[0], id[1], word[0], word[1], 64, protocol, 0, 0,
    ];
    [&head[..], &[192, 0, 2, 1, 198, 51, 100, 2], content].concat()
}
