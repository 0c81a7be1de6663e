//! Captures that mean harm: each costs nothing but its own octets.
//!
//! One attack after the other, for memory is counted for the whole process, and a line that tells
//! what it took. At full size they pass every cap of the tables:
//! `cargo test --release --test attacks -- --ignored` runs that.

#[path = "../common/mod.rs"]
mod common;
mod files;
mod loads;
mod messages;

use std::io::{self, Write};
use std::time::Instant;

use peak_alloc::PeakAlloc;
use relayscope::base::label::Quiet;
use relayscope::base::time::Timestamp;
use relayscope::capture::{CaptureSummary, LinkType, RawPacket};
use relayscope::decode;
use relayscope::exposure::Vantage;
use relayscope::flow::Tracker;
use relayscope::report::{Question, Report, json, text};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Octets that an attack may take at most, its report among them.
const BOUND: usize = 1 << 30;

/// What an attack is.
enum Kind {
    /// Makes the frame with this number.
    Packets(fn(u32) -> Vec<u8>),
    /// A capture file, as it is given.
    File(fn(u32) -> Vec<u8>),
}

/// An attack.
struct Attack {
    name: &'static str,
    kind: Kind,
    /// Its size, in packets or in what its maker counts: for every run, and in full.
    size: [u32; 2],
    /// What must be told of it, from which size on.
    told: (u32, &'static [&'static str]),
}

#[test]
fn an_attack_takes_no_more_than_its_bound_and_what_it_displaced_is_told() {
    attack(0);
}

#[test]
#[ignore = "a million packets of each kind take minutes without optimisation"]
fn an_attack_of_full_size_takes_no_more() {
    attack(1);
}

fn attack(size: usize) {
    for attack in loads::ATTACKS.iter().chain(&files::ATTACKS) {
        ALLOCATED.reset_peak_usage();
        let before = ALLOCATED.current_usage();
        let began = Instant::now();
        let told = match attack.kind {
            Kind::Packets(load) => packets(load, attack.size[size]),
            Kind::File(make) => files::read(make(attack.size[size])),
        };
        let peak = ALLOCATED.peak_usage() - before;
        let name = attack.name;
        let row = format!(
            "{name}: {} in {:.1} s, {} MB, {:?}\n",
            attack.size[size],
            began.elapsed().as_secs_f32(),
            peak >> 20,
            attack.told.1
        );
        io::stderr().write_all(row.as_bytes()).expect("an output");
        assert!(peak < BOUND, "{name}: {peak} octets");
        let (from, kinds) = attack.told;
        for kind in kinds.iter().filter(|_| attack.size[size] >= from) {
            let everywhere = told.iter().all(|end| end.contains(kind));
            assert!(everywhere, "{name}: {kind} is not told");
        }
    }
}

/// Follows the packets of an attack; gives the ends of its reports.
fn packets(load: fn(u32) -> Vec<u8>, packets: u32) -> [String; 2] {
    let mut tracker = Tracker::default();
    for number in 0..packets {
        let octets = load(number);
        let packet = RawPacket {
            number: u64::from(number) + 1,
            time: Timestamp(i64::from(number) * 10_000),
            wire_len: octets.len() as u32,
            link: LinkType::ETHERNET,
            interface: 0,
            octets: &octets,
        };
        tracker.packet(&packet, &decode::frame(&packet, &mut Quiet));
    }
    tracker.finish();
    report(&CaptureSummary::default(), &tracker)
}

/// Writes the report in both forms, for who sees most and for who must look everywhere; gives the
/// end of each of the last.
fn report(summary: &CaptureSummary, tracker: &Tracker) -> [String; 2] {
    let mut ends = [End::default(), End::default()];
    for observer in [Vantage::Relay, Vantage::PathPeer] {
        let question = Question {
            observer: Some(observer),
            ..Question::default()
        };
        let report = Report::new(summary, tracker, &question);
        json::write(&report, &mut ends[0]).expect("memory");
        text::write(&report, &mut ends[1]).expect("memory");
    }
    ends.map(|end| String::from_utf8_lossy(&end.0).into_owned())
}

/// Keeps the last octets that are written.
#[derive(Default)]
struct End(Vec<u8>);

impl Write for End {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        const KEPT: usize = 1 << 10;
        self.0.extend(octets);
        if self.0.len() > 64 * KEPT {
            self.0.drain(..self.0.len() - KEPT);
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
