//! The sums of octets that are counted while packets pass are those of the octets that are named
//! when each packet is looked at: two ways to one truth, class by class.

mod common;

use std::collections::BTreeMap;
use std::io::Cursor;

use common::tcp::{Cut, over_tcp};
use common::wrapped::{Order, Tunnel, fragmented};
use common::{Record, captures, file, records, settled};
use relayscope::capture::{Block, FileSource, PacketSource as _};
use relayscope::exposure::{Lens, Octets, PacketView, Protections, octets};
use relayscope::flow::Scene;
use relayscope::run::track;

/// Both sums: those of the report, and those of the regions. Each flow by itself, and under 0 all.
fn sums(mut open: impl FnMut() -> FileSource) -> [BTreeMap<u64, Octets>; 2] {
    let tracker = track(&mut open()).expect("readable");
    let scene = Scene::whole(&tracker);
    let (mut counted, all) = octets(&scene, &Protections::new(&scene));
    counted.insert(0, all);
    // What runs inside TLS or DTLS has no octets of its own on the wire.
    let inside = scene.flows.iter();
    let inside = inside.filter(|flow| flow.key.transport.is_inside());
    let none = inside.map(|flow| (flow.id, Octets::default()));
    let mut named: BTreeMap<_, _> = none.collect();
    let mut lens = Lens::new(&tracker);
    let (mut source, mut block) = (open(), Block::default());
    let mut count = |view: PacketView| {
        let flow = view.ends.and_then(|ends| tracker.flow(&ends.key().0));
        for number in flow.map(|flow| flow.id).into_iter().chain([0]) {
            let sum = named.entry(number).or_default();
            view.regions.iter().for_each(|region| sum.count(region));
        }
    };
    while source.next_block(&mut block).expect("readable") {
        for packet in block.packets() {
            lens.look(&packet);
            settled(&mut lens, |_, view| count(view));
        }
    }
    lens.end();
    settled(&mut lens, |_, view| count(view));
    [counted, named]
}

#[test]
fn the_sums_of_every_capture_are_those_of_its_regions() {
    for path in captures() {
        let [counted, named] = sums(|| FileSource::open(&path).expect("a capture"));
        assert_eq!(counted, named, "{}", path.display());
    }
}

fn of_records(records: &[Record]) -> [BTreeMap<u64, Octets>; 2] {
    let octets = file(records);
    sums(|| {
        let input = Box::new(Cursor::new(octets.clone()));
        FileSource::from_reader(input, "test.pcap").expect("a capture")
    })
}

#[test]
fn so_they_are_of_frames_that_were_cut() {
    for name in ["one-client-relayed.pcap", "header-extensions-sealed.pcap"] {
        let whole = records(name);
        for len in [14, 40, 47, 54, 62, 70, 90, 120, 200, 400, 1000] {
            let cut = whole.iter().cloned().map(|mut record| {
                record.octets.truncate(len);
                record
            });
            let [counted, named] = of_records(&cut.collect::<Vec<_>>());
            assert_eq!(counted, named, "{name} cut to {len}");
        }
    }
}

#[test]
fn so_they_are_of_a_capture_that_begins_in_the_call() {
    for name in ["one-client-relayed.pcap", "dtls12-aes-gcm.pcap"] {
        let all = records(name);
        for from in [100, 400, all.len() - 60, all.len() - 5] {
            let [counted, named] = of_records(&all[from..]);
            assert_eq!(counted, named, "{name} from {from}");
        }
    }
}

#[test]
fn so_they_are_of_calls_over_tcp_however_it_is_cut() {
    let cuts = [
        Cut::Whole,
        Cut::After(1),
        Cut::After(22),
        Cut::MixedUp,
        Cut::Twice,
    ];
    for name in ["one-client-relayed.pcap", "handshake-inside-stun.pcap"] {
        for cut in cuts {
            let [counted, named] = of_records(&over_tcp(&records(name), 3478, cut));
            assert_eq!(counted, named, "{name} {cut:?}");
        }
    }
}

#[test]
fn so_they_are_in_all_of_calls_in_tunnels_and_fragments() {
    let mut call = records("one-client-relayed.pcap");
    // An error that comes in fragments is not kept.
    call.retain(|record| record.octets[23] != 1);
    for tunnel in [Tunnel::Gre, Tunnel::Vxlan, Tunnel::Pseudowire] {
        let [counted, named] = of_records(&tunnel.wrapped(&call));
        assert_eq!(counted, named, "{tunnel:?}");
        let inside = tunnel.wrapped(&fragmented(&call, 80, Order::Backwards));
        let both = fragmented(&inside, 64, Order::Straight);
        let missing = both.iter().enumerate().filter(|(at, _)| at % 100 != 7);
        let missing = missing.map(|(_, record)| record.clone()).collect();
        let doubled = fragmented(&call, 16, Order::Doubled);
        for records in [inside, both, missing, doubled] {
            // What stands around a datagram in fragments is of no flow.
            let [counted, named] = of_records(&records).map(|mut sums| sums.remove(&0));
            assert_eq!(counted, named, "{tunnel:?}");
        }
    }
}

#[test]
fn so_they_are_of_streams_of_which_parts_are_missing() {
    for cut in [Cut::Whole, Cut::After(30)] {
        let all = over_tcp(&records("one-client-relayed.pcap"), 3478, cut);
        for len in [47, 54, 62, 70, 90, 200] {
            let mut all = all.clone();
            for record in &mut all {
                record.octets.truncate(len);
            }
            let [counted, named] = of_records(&all);
            assert_eq!(counted, named, "{cut:?} cut to {len}");
        }
        for from in [100, 400, all.len() - 60] {
            let [counted, named] = of_records(&all[from..]);
            assert_eq!(counted, named, "{cut:?} from {from}");
        }
        let every = |n| all.iter().enumerate().filter(move |(at, _)| at % n != 0);
        for n in [7, 50] {
            let lossy: Vec<_> = every(n).map(|(_, record)| record.clone()).collect();
            let [counted, named] = of_records(&lossy);
            assert_eq!(counted, named, "{cut:?} without one in {n}");
        }
    }
}
