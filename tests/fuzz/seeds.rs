//! Seeds: the first octets of the shipped captures, the frames in them, and what these carry.

use std::fs;
use std::io::Write as _;

use relayscope::base::label::Quiet;
use relayscope::decode;

use crate::common::{captures, each_packet};

/// Octets of a file: some packets of each kind.
const HEAD: usize = 4096;
/// Packets of a file that are looked at.
const PACKETS: u64 = 150;
/// Seeds of one target, and octets of one that is no file.
const SEEDS: usize = 60;
const LONGEST: usize = 600;

/// The seeds of a target.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    let mut seeds = match target {
        "capture_file" => files().into_iter().flat_map(compressed).collect(),
        "whole_capture" => files(),
        "frame" => frames(),
        "stream" => streams(),
        "key_log" => key_logs(),
        "sctp_packet" => sctp_packets(),
        "tls_records" => segments(),
        "header_extension" => datagrams(|octets| {
            let extended = octets.first()? >> 4 == 9;
            extended.then(|| octets.get(12..28)).flatten()
        }),
        "any_datagram" => datagrams(|octets| first(octets, 0..=255)),
        "stun_message" => datagrams(|octets| first(octets, 0..=3)),
        "channel_data" => datagrams(|octets| first(octets, 0x40..=0x4F)),
        "dtls_records" => datagrams(|octets| first(octets, 20..=63)),
        "rtp_packet" | "rtcp_compound" => datagrams(|octets| first(octets, 128..=191)),
        "sip_message" => datagrams(|octets| first(octets, b'A'..=b'Z')),
        "sdp_file" => descriptions(),
        _ => panic!("no seeds for {target}"),
    };
    seeds.dedup();
    let step = seeds.len().div_ceil(SEEDS).max(1);
    seeds.into_iter().step_by(step).collect()
}

fn first(octets: &[u8], range: std::ops::RangeInclusive<u8>) -> Option<&[u8]> {
    range.contains(octets.first()?).then_some(octets)
}

fn files() -> Vec<Vec<u8>> {
    let head = |path| {
        let mut octets = fs::read(path).expect("a capture");
        octets.truncate(HEAD);
        octets
    };
    captures().into_iter().map(head).collect()
}

/// A file as it is, and packed both ways.
fn compressed(octets: Vec<u8>) -> [Vec<u8>; 3] {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&octets).expect("memory");
    let zstd = zstd::encode_all(octets.as_slice(), 1).expect("memory");
    [octets, gzip.finish().expect("memory"), zstd]
}

/// Ethernet frames, behind the octet that chooses their link type.
fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for path in captures() {
        each_packet(&path, |packet| {
            if packet.number <= PACKETS / 8 && packet.link.0 == 1 {
                frames.push([&[0], &packet.octets[..packet.octets.len().min(LONGEST)]].concat());
            }
        });
    }
    frames
}

/// What UDP carries, and what ChannelData carries in it, as far as `wanted` takes it.
fn datagrams(wanted: impl Fn(&[u8]) -> Option<&[u8]>) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    for path in captures() {
        each_packet(&path, |packet| {
            let decoded = decode::frame(packet, &mut Quiet);
            let Some(outer) = decoded.datagram().filter(|_| packet.number <= PACKETS) else {
                return;
            };
            let inner = first(outer.captured, 0x40..=0x4F).and_then(|octets| octets.get(4..));
            for octets in [Some(outer.captured), inner].into_iter().flatten() {
                let kept = wanted(octets).filter(|kept| kept.len() <= LONGEST);
                datagrams.extend(kept.map(<[u8]>::to_vec));
            }
        });
    }
    datagrams
}

/// What TCP carries.
fn segments() -> Vec<Vec<u8>> {
    let mut segments = Vec::new();
    for path in captures() {
        each_packet(&path, |packet| {
            let decoded = decode::frame(packet, &mut Quiet);
            let segment = decoded.segment(packet.number);
            let octets = segment.map(|segment| segment.payload.captured);
            let kept = octets.filter(|octets| (1..=LONGEST).contains(&octets.len()));
            segments.extend(kept.map(<[u8]>::to_vec));
        });
    }
    segments
}

/// Connections that begin, and go on with messages of every framing.
fn streams() -> Vec<Vec<u8>> {
    let stun = datagrams(|octets| first(octets, 0..=3));
    let [mut turn, mut length, mut tls] = [const { Vec::<Vec<u8>>::new() }; 3];
    for message in stun.iter().step_by(9).take(12) {
        turn.push(message.clone());
        length.push([&(message.len() as u16).to_be_bytes(), &message[..]].concat());
    }
    tls.extend(segments().into_iter().take(12));
    let sip = datagrams(|octets| first(octets, b'A'..=b'Z'));
    [turn, length, tls, sip.into_iter().take(6).collect()]
        .iter()
        .flat_map(|messages| [talk(messages, 250), talk(messages, 40)])
        .collect()
}

/// Octets of one direction, `len` in a segment, as the target `stream` reads them.
fn talk(messages: &[Vec<u8>], len: usize) -> Vec<u8> {
    let parts = messages.concat();
    let parts = parts
        .chunks(len)
        .map(|part| [&[0, 0, part.len() as u8], part].concat());
    // SYN of either side.
    let begin = [2 << 1, 0, 0, 2 << 1 | 1, 0, 0].to_vec();
    [begin].into_iter().chain(parts).flatten().collect()
}

/// Chunks of each kind that is read, alone and together.
fn sctp_packets() -> Vec<Vec<u8>> {
    let header = [0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 5, 6, 7, 8];
    let chunks: [&[u8]; 3] = [
        &[3, 0, 0, 16, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0],
        &[
            0, 3, 0, 18, 0, 0, 0, 7, 0, 5, 0, 1, 0, 0, 0, 51, 104, 105, 0, 0,
        ],
        &[
            64, 2, 0, 20, 0, 0, 0, 8, 0, 5, 0, 0, 0, 0, 0, 4, 0, 0, 0, 53,
        ],
    ];
    let mut packets: Vec<_> = chunks.map(|chunk| [&header, chunk].concat()).into();
    packets.push([&header, chunks.concat().as_slice()].concat());
    packets
}

fn key_logs() -> Vec<Vec<u8>> {
    let hex = |octet: &str, len: usize| octet.repeat(len);
    let lines = [
        ("CLIENT_RANDOM", 48),
        ("CLIENT_TRAFFIC_SECRET_0", 32),
        ("SERVER_HANDSHAKE_TRAFFIC_SECRET", 48),
        ("EXPORTER_SECRET", 32),
    ];
    let lines = lines.map(|(label, len)| format!("{label} {} {}\n", hex("5a", 32), hex("c3", len)));
    let whole = format!("# keys\r\n{}", lines.concat());
    let mut logs: Vec<_> = lines.into_iter().map(String::into_bytes).collect();
    logs.push(whole.into_bytes());
    logs
}

/// SIP messages with their descriptions, and the truths of captures, which hold some in JSON.
fn descriptions() -> Vec<Vec<u8>> {
    let sip = datagrams(|octets| first(octets, b'A'..=b'Z'));
    let truths = captures().into_iter().filter_map(|path| {
        let truth = fs::read(path.with_extension("json")).ok()?;
        let holds = truth.windows(4).any(|text| text == b"v=0\\");
        holds.then_some(truth)
    });
    truths.take(2).chain(sip).collect()
}
