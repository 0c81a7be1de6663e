//! Capture files made to take memory before a packet is read.

use std::io::{Cursor, Read as _};

use flate2::Compression;
use flate2::read::GzEncoder;
use relayscope::capture::{FileSource, PacketSource as _};
use relayscope::flow::Tracker;
use relayscope::run::track_on;

use super::{Attack, Kind, report};

const fn file(
    name: &'static str,
    size: [u32; 2],
    told: &'static [&'static str],
    of: fn(u32) -> Vec<u8>,
) -> Attack {
    let kind = Kind::File(of);
    Attack {
        name,
        kind,
        size,
        told: (0, told),
    }
}

/// Sizes are octets that come out, in MB, or interfaces.
pub(crate) const ATTACKS: [Attack; 7] = [
    file("gzip that expands a thousand times", [16, 4096], &[], gzip),
    file(
        "zstd that expands ten thousand times",
        [16, 4096],
        &[],
        zstd,
    ),
    file(
        "zstd with a window of 2 GB",
        [1, 1],
        &["in its compressed form"],
        window,
    ),
    file(
        "interfaces without end",
        [70_000, 1_000_000],
        &["65,536 interfaces"],
        interfaces,
    ),
    file("a record of 4 GB", [1, 1], &["ended early"], long_record),
    file(
        "a block of 4 GB",
        [1, 1],
        &["impossible length"],
        long_block,
    ),
    file(
        "a packet longer than its block",
        [1, 1],
        &["longer than its block"],
        long_packet,
    ),
];

/// Reads a file to its report; gives the ends of its reports, and what was told of the file.
pub(crate) fn read(octets: Vec<u8>) -> [String; 2] {
    let source = FileSource::from_reader(Box::new(Cursor::new(octets)), "attack");
    let mut source = source.expect("it begins as a capture does");
    let mut tracker = Tracker::default();
    track_on(&mut tracker, &mut source).expect("what is wrong is told");
    let [json, text] = report(source.summary(), &tracker);
    let told: Vec<_> = source.summary().ended_early.iter().collect();
    let ended = told
        .iter()
        .map(|early| format!("ended early: {}", early.reason));
    let ended = ended.collect::<Vec<_>>().join(", ");
    [json + &ended, text + &ended]
}

/// A pcap file whose packets are zeros: as many megabytes.
fn zeros(megabytes: u32) -> impl std::io::Read {
    let header = [0xD4_u8, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0];
    let header = header.into_iter().chain([0; 8]);
    let header: Vec<_> = header.chain([0, 0, 4, 0, 1, 0, 0, 0]).collect();
    let zeros = std::io::repeat(0).take(u64::from(megabytes) << 20);
    Cursor::new(header).chain(zeros)
}

fn gzip(megabytes: u32) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut encoder = GzEncoder::new(zeros(megabytes), Compression::best());
    encoder.read_to_end(&mut octets).expect("memory");
    octets
}

fn zstd(megabytes: u32) -> Vec<u8> {
    zstd::encode_all(zeros(megabytes), 1).expect("memory")
}

/// A frame that asks for a window of 2 GB (RFC 8878, section 3.1.1.1.2), and holds one block.
fn window(_: u32) -> Vec<u8> {
    let mut pcap = Vec::new();
    zeros(0).read_to_end(&mut pcap).expect("memory");
    let frame = |window: u8, octets: &[u8]| {
        let header = (octets.len() as u32) << 3 | 1;
        let [one, two, three, _] = header.to_le_bytes();
        [
            &[0x28, 0xB5, 0x2F, 0xFD, 0, window, one, two, three],
            octets,
        ]
        .concat()
    };
    [frame(0, &pcap), frame(21 << 3, &[0; 16])].concat()
}

fn block(kind: u32, len: u32, body: &[u8]) -> Vec<u8> {
    let [kind, len] = [kind, len].map(u32::to_le_bytes);
    [&kind[..], &len, body, &len].concat()
}

fn section() -> Vec<u8> {
    let body = [
        &0x1A2B_3C4D_u32.to_le_bytes()[..],
        &[1, 0, 0, 0],
        &[0xFF; 8],
    ];
    block(0x0A0D_0D0A, 28, &body.concat())
}

fn interfaces(count: u32) -> Vec<u8> {
    let one = block(1, 20, &[1, 0, 0, 0, 0, 0, 4, 0]);
    [section(), one.repeat(count as usize)].concat()
}

fn long_record(_: u32) -> Vec<u8> {
    let mut octets = Vec::new();
    zeros(0).read_to_end(&mut octets).expect("memory");
    octets.extend([0; 8]);
    octets.extend([0xFF; 8]);
    octets
}

fn long_block(_: u32) -> Vec<u8> {
    [section(), block(6, 0xFFFF_FFFC, &[0; 64])].concat()
}

fn long_packet(_: u32) -> Vec<u8> {
    let body = [&[0; 12][..], &[0xFF; 8], &[0; 12]].concat();
    let interface = block(1, 20, &[1, 0, 0, 0, 0, 0, 4, 0]);
    [section(), interface, block(6, 44, &body)].concat()
}
