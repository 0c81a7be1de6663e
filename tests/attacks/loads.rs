//! Packets made to fill one table or another.

use super::messages::{certificate, client_hello, handshake, invite, record, words};
use super::{Attack, Kind};
use crate::common::relay::{attribute, channel_data, stun, xor_address};

/// More packets than any table holds.
const FULL: u32 = 70_000;
const MANY: [u32; 2] = [FULL, 1_000_000];
/// As many as a debug build follows in a second, and in full.
const FEW: [u32; 2] = [2_000, 300_000];
/// What needs more room than all share.
const ROOM: &[&str] = &["values-not-kept"];
const NOTHING: (u32, &[&str]) = (0, &[]);
const SERVER: [u8; 4] = [192, 0, 2, 1];

const fn load(
    name: &'static str,
    size: [u32; 2],
    told: (u32, &'static [&'static str]),
    of: fn(u32) -> Vec<u8>,
) -> Attack {
    let kind = Kind::Packets(of);
    Attack {
        name,
        kind,
        size,
        told,
    }
}

pub(crate) const ATTACKS: [Attack; 19] = [
    load(
        "a flow for each packet",
        MANY,
        (FULL, &["flows-evicted"]),
        flows,
    ),
    load(
        "an SSRC for each packet",
        FEW,
        (FULL, &["streams-evicted"]),
        streams,
    ),
    load("streams of many kinds of extension", FEW, NOTHING, extended),
    load(
        "a sender for each packet",
        FEW,
        (FULL, &["rtcp-senders-evicted"]),
        senders,
    ),
    load(
        "names of senders without end",
        [300, 300_000],
        (50_000, ROOM),
        names,
    ),
    load(
        "an allocation for each packet",
        [2_000, 1_000_000],
        (FULL, &["allocations-evicted"]),
        allocations,
    ),
    load("permissions without end", FEW, (150_000, ROOM), permissions),
    load("values without end", FEW, (50_000, ROOM), values),
    load("a path for each two packets", FEW, NOTHING, paths),
    load(
        "a connection for each packet",
        FEW,
        (FULL, &["connections-evicted"]),
        connections,
    ),
    load("a connection of holes", FEW, NOTHING, holes),
    load("lengths that promise more", FEW, NOTHING, promises),
    load(
        "handshakes over TCP that never end",
        FEW,
        (50_000, ROOM),
        endless,
    ),
    load(
        "a handshake for each packet",
        FEW,
        (FULL, &["associations-evicted"]),
        handshakes,
    ),
    load(
        "fragments of handshakes without end",
        FEW,
        (FULL, &["handshake-messages-evicted"]),
        fragments,
    ),
    load("chains of certificates", FEW, NOTHING, chains),
    load(
        "calls of many candidates",
        [300, 300_000],
        (5_000, &["calls-evicted"]),
        calls,
    ),
    load(
        "calls beside paths",
        FEW,
        (15_000, &["calls-evicted"]),
        calls_and_paths,
    ),
    load("servers beside handshakes", FEW, NOTHING, servers),
];

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

/// Eight packets of each stream, each with fourteen elements that vary.
fn extended(number: u32) -> Vec<u8> {
    let mut rtp = vec![0x90, 111, 0, number as u8 % 8, 0, 0, 0, 1];
    rtp.extend((number / 8).to_be_bytes());
    rtp.extend([0xBE, 0xDE, 0, 56]);
    for id in 1..=14 {
        rtp.push(id << 4 | 0x0E);
        rtp.extend((0..15).map(|at| (number as u8).wrapping_mul(id).wrapping_add(at)));
    }
    rtp.extend([0x5A; 20]);
    datagram(client(number / 800), SERVER, [4000, 5000], &rtp)
}

fn senders(number: u32) -> Vec<u8> {
    let mut rtcp = vec![0x80, 201, 0, 1];
    rtcp.extend(number.to_be_bytes());
    datagram(client(1), SERVER, [4000, 5000], &rtcp)
}

/// A source description of 32 long names.
fn names(number: u32) -> Vec<u8> {
    let mut chunk = number.to_be_bytes().to_vec();
    for kind in 0..32_u8 {
        chunk.extend([kind % 8 + 1, 255]);
        chunk.extend(words(number * 32 + u32::from(kind), 255));
    }
    chunk.push(0);
    chunk.resize(chunk.len().next_multiple_of(4), 0);
    let mut rtcp = vec![0x80, 201, 0, 1];
    rtcp.extend(number.to_be_bytes());
    rtcp.extend([0x81, 202]);
    rtcp.extend(((chunk.len() / 4) as u16).to_be_bytes());
    rtcp.extend(chunk);
    datagram(client(number), SERVER, [4000, 5000], &rtcp)
}

/// Answers without their requests.
fn allocations(number: u32) -> Vec<u8> {
    let relayed = format!("192.0.2.1:{}", number % 60_000 + 5000);
    let told = [xor_address(0x16, &relayed), attribute(0x0D, &[0, 0, 2, 88])];
    datagram(SERVER, client(number), [3478, 4000], &stun(0x103, 1, &told))
}

/// Requests for permissions for 64 peers, and the answers to them, of a client after the other.
fn permissions(number: u32) -> Vec<u8> {
    let (pair, is_answer) = (number / 2, number % 2 == 1);
    let client = client(pair / 16);
    if is_answer {
        return datagram(SERVER, client, [3478, 4000], &stun(0x108, 1, &[]));
    }
    let peer = |place: u32| {
        let [_, _, high, low] = (64 * pair + place).to_be_bytes();
        xor_address(0x12, &format!("198.51.{high}.{low}:5000"))
    };
    let peers: Vec<_> = (0..64).map(peer).collect();
    datagram(client, SERVER, [4000, 3478], &stun(8, 1, &peers))
}

/// Requests with names and attributes that nobody else has, 32 of each client.
fn values(number: u32) -> Vec<u8> {
    let known = [0x06, 0x14, 0x8022].map(|kind| attribute(kind, &words(number, 500)));
    let others =
        (0..90_u32).map(|at| attribute(0xA000 | at as u16, &words(number ^ at << 24, 256)));
    let all: Vec<_> = known.into_iter().chain(others).collect();
    datagram(client(number / 32), SERVER, [4000, 3478], &stun(3, 1, &all))
}

/// An allocation, and then what it sends to a peer of its own.
fn paths(number: u32) -> Vec<u8> {
    let pair = number / 2;
    if number.is_multiple_of(2) {
        return allocations(pair);
    }
    let [_, high, middle, low] = pair.to_be_bytes();
    let peer = xor_address(0x12, &format!("198.{high}.{middle}.{low}:5000"));
    let send = [peer, attribute(0x13, b"\x05hello")];
    datagram(client(pair), SERVER, [4000, 3478], &stun(0x16, 1, &send))
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

/// Beginnings of messages that are as long as their protocols allow, over UDP and TCP.
fn promises(number: u32) -> Vec<u8> {
    let stun = [&[0, 1, 0xFF, 0xFC, 0x21, 0x12, 0xA4, 0x42][..], &[7; 12]].concat();
    let dtls = [
        &[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 1][..],
        &[0xFF; 11],
    ]
    .concat();
    let sip = b"INVITE sip:a@b SIP/2.0\r\nCall-ID: a\r\nContent-Length: 4294967295\r\n\r\nv=0\r\n";
    let payload = match number % 4 {
        0 => stun,
        1 => dtls,
        2 => sip.to_vec(),
        _ => channel_data(0x4000, &[0; 4])[..4]
            .iter()
            .map(|octet| octet | 0x40)
            .collect(),
    };
    let host = client(number / 8);
    match number / 4 % 2 {
        0 => datagram(host, SERVER, [4000, 3478], &payload),
        _ => segment(client(number), 1000, 16, &payload),
    }
}

/// Connections that each begin a certificate of 16 MB.
fn endless(number: u32) -> Vec<u8> {
    let begun = [&[11, 0xFF, 0xFF, 0xFF][..], &[0; 16_000]].concat();
    let records = [record(&begun), record(&[0; 16_000]), record(&[0; 16_000])];
    let hello = record(&client_hello(number, &[]));
    let octets = [&hello[..], &records.concat()].concat();
    match number % 2 {
        0 => segment(client(number / 2), 999, 2, &[]),
        _ => segment(client(number / 2), 1000, 16, &octets),
    }
}

fn handshakes(number: u32) -> Vec<u8> {
    let hello = client_hello(number, &[]);
    let octets = handshake(1, &hello[4..], [0, hello.len() as u32 - 4]);
    datagram(client(number / 2), SERVER, [4000, 5000], &octets)
}

/// The middle of a long message, of another sender each time.
fn fragments(number: u32) -> Vec<u8> {
    let octets = handshake(11, &[0; 1200], [1200 * (1 + number % 40), 60_000]);
    datagram(client(number / 64), SERVER, [4000, 5000], &octets)
}

/// A handshake, and then eight certificates with long names.
fn chains(number: u32) -> Vec<u8> {
    if number.is_multiple_of(2) {
        return handshakes(number);
    }
    let chain: Vec<_> = (0..8)
        .flat_map(|place| {
            let der = certificate(number * 8 + place);
            let [_, len @ ..] = (der.len() as u32).to_be_bytes();
            [&len[..], &der].concat()
        })
        .collect();
    let [_, len @ ..] = (chain.len() as u32).to_be_bytes();
    let body = [&len[..], &chain].concat();
    let octets = handshake(11, &body, [0, body.len() as u32]);
    datagram(SERVER, client(number / 2), [5000, 4000], &octets)
}

/// A call of its own for each, whose session names 64 candidates for each of 64 media.
fn calls(number: u32) -> Vec<u8> {
    let octets = invite(number, 64, 64);
    datagram(client(number), SERVER, [5060, 5060], &octets)
}

fn calls_and_paths(number: u32) -> Vec<u8> {
    match number % 3 {
        0 => datagram(client(number), SERVER, [5060, 5060], &invite(number, 1, 1)),
        _ => paths(number / 3 * 2 + number % 3 - 1),
    }
}

/// A server for each allocation, and handshakes that offer SRTP.
fn servers(number: u32) -> Vec<u8> {
    if number.is_multiple_of(2) {
        let [_, high, middle, low] = number.to_be_bytes();
        let relayed = xor_address(0x16, &format!("203.{high}.{middle}.{low}:5000"));
        let answer = stun(0x103, 1, &[relayed]);
        return datagram(
            [203, high, middle, low],
            client(number),
            [3478, 4000],
            &answer,
        );
    }
    let hello = client_hello(number, &[0, 14, 0, 5, 0, 2, 0, 1, 0]);
    let octets = handshake(1, &hello[4..], [0, hello.len() as u32 - 4]);
    datagram(client(number), SERVER, [4000, 5000], &octets)
}
