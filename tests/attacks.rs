//! Captures that mean harm: each costs nothing but its own octets.
//!
//! One test after the other, for memory is counted for the whole process. The loads pass every cap
//! of the tables; `cargo test --release --test attacks -- --ignored` runs them at full size.

mod common;

use std::io::{self, Write};

use common::relay::{attribute, stun, xor_address};
use peak_alloc::PeakAlloc;
use relayscope::base::label::Quiet;
use relayscope::base::time::Timestamp;
use relayscope::capture::{CaptureSummary, LinkType, RawPacket};
use relayscope::decode;
use relayscope::flow::Tracker;
use relayscope::report::{Question, Report, json, text};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Octets that an attack may take at most, its report among them: the most are those of a full
/// table of allocations, each with its flow and its leg.
const BOUND: usize = 512 << 20;
/// Packets of an attack: more than any table holds.
const PACKETS: u32 = 70_000;
const FULL: u32 = 1_000_000;

/// Makes the frame with this number.
type Load = fn(u32) -> Vec<u8>;

/// Each attack, and what must be told to have been let go.
const ATTACKS: [(&str, Load, &[&str]); 6] = [
    ("a flow for each packet", flows, &["flows-evicted"]),
    ("an SSRC for each packet", streams, &["streams-evicted"]),
    (
        "a sender of reports for each packet",
        senders,
        &["rtcp-senders-evicted"],
    ),
    (
        "an allocation for each packet",
        allocations,
        &["allocations-evicted"],
    ),
    (
        "a connection for each packet",
        connections,
        &["connections-evicted"],
    ),
    ("a connection of holes", holes, &[]),
];

#[test]
fn an_attack_takes_no_more_than_its_bound_and_what_it_displaced_is_told() {
    attack(PACKETS);
}

#[test]
#[ignore = "a million packets of each kind take minutes without optimisation"]
fn an_attack_of_a_million_packets_takes_no_more() {
    attack(FULL);
}

fn attack(packets: u32) {
    for (name, load, displaced) in ATTACKS {
        ALLOCATED.reset_peak_usage();
        let before = ALLOCATED.current_usage();
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
        let told = report(&tracker);
        let peak = ALLOCATED.peak_usage() - before;
        assert!(peak < BOUND, "{name}: {peak} octets");
        for kind in displaced {
            let everywhere = told.iter().all(|end| end.contains(kind));
            assert!(everywhere, "{name}: {told:?}");
        }
    }
}

/// Writes the report in both forms; gives the end of each.
fn report(tracker: &Tracker) -> [String; 2] {
    let summary = CaptureSummary::default();
    let report = Report::new(&summary, tracker, &Question::default());
    let mut ends = [End::default(), End::default()];
    json::write(&report, &mut ends[0]).expect("memory");
    text::write(&report, &mut ends[1]).expect("memory");
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

const SERVER: [u8; 4] = [192, 0, 2, 1];

/// An Ethernet frame with an IPv4 packet.
fn frame(protocol: u8, src: [u8; 4], dst: [u8; 4], inside: &[u8]) -> Vec<u8> {
    let len = (inside.len() as u16 + 20).to_be_bytes();
    let mut octets = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
    octets.extend(len);
    octets.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
    octets.extend(src);
    octets.extend(dst);
    octets.extend(inside);
    octets
}

/// The address of a client of this number.
fn client(number: u32) -> [u8; 4] {
    (0x0A00_0000 | number).to_be_bytes()
}

fn datagram(src: [u8; 4], dst: [u8; 4], ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let mut udp = ports.map(u16::to_be_bytes).concat();
    udp.extend((payload.len() as u16 + 8).to_be_bytes());
    udp.extend([0, 0]);
    udp.extend(payload);
    frame(17, src, dst, &udp)
}

fn segment(src: [u8; 4], seq: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut tcp = [4000_u16, 3478].map(u16::to_be_bytes).concat();
    tcp.extend(seq.to_be_bytes());
    tcp.extend([0, 0, 0, 0, 5 << 4, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
    tcp.extend(payload);
    frame(6, src, SERVER, &tcp)
}

fn flows(number: u32) -> Vec<u8> {
    datagram(client(number), SERVER, [4000, 5000], b"\x05hello")
}

fn streams(number: u32) -> Vec<u8> {
    let mut rtp = vec![0x80, 111, 0, 1, 0, 0, 0, 1];
    rtp.extend(number.to_be_bytes());
    rtp.extend([0x5A; 20]);
    datagram(client(1), SERVER, [4000, 5000], &rtp)
}

fn senders(number: u32) -> Vec<u8> {
    let mut rtcp = vec![0x80, 201, 0, 1];
    rtcp.extend(number.to_be_bytes());
    datagram(client(1), SERVER, [4000, 5000], &rtcp)
}

/// Answers without their requests.
fn allocations(number: u32) -> Vec<u8> {
    let relayed = format!("192.0.2.1:{}", number % 60_000 + 5000);
    let told = [xor_address(0x16, &relayed), attribute(0x0D, &[0, 0, 2, 88])];
    datagram(SERVER, client(number), [3478, 4000], &stun(0x103, 1, &told))
}

fn connections(number: u32) -> Vec<u8> {
    segment(client(number), 999, 2, &[])
}

/// Every other hundred octets of one connection are missing.
fn holes(number: u32) -> Vec<u8> {
    match number {
        0 => segment(client(1), 999, 2, &[]),
        _ => segment(client(1), number.wrapping_mul(200) + 1000, 16, &[0; 100]),
    }
}
