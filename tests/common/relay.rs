//! Captures of calls through a TURN server that are made here, packet by packet.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::Record;

/// A capture that is being made: a packet each millisecond.
#[derive(Debug, Default)]
pub(crate) struct Capture {
    pub(crate) records: Vec<Record>,
    /// Next sequence number of each sender of a TCP connection.
    next: BTreeMap<(SocketAddr, SocketAddr), u32>,
    transactions: u8,
}

pub(crate) const ALLOCATE: u16 = 3;
pub(crate) const XOR_PEER: u16 = 0x12;
pub(crate) const XOR_RELAYED: u16 = 0x16;
const COOKIE: u32 = 0x2112_A442;
const SYN: u8 = 2;
const ACK: u8 = 16;

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

impl Capture {
    /// A UDP datagram.
    pub(crate) fn datagram(&mut self, src: &str, dst: &str, payload: &[u8]) {
        let (src, dst) = (address(src), address(dst));
        let mut udp = ports(src, dst);
        udp.extend((payload.len() as u16 + 8).to_be_bytes());
        udp.extend([0, 0]);
        udp.extend(payload);
        self.frame(src, dst, 17, &udp);
    }

    /// The beginning of a TCP connection.
    pub(crate) fn connect(&mut self, src: &str, dst: &str) {
        let ends = (address(src), address(dst));
        for (ends, flags) in [(ends, SYN), ((ends.1, ends.0), SYN | ACK)] {
            self.next.insert(ends, 0xFFFF_FF00);
            self.segment(ends, flags, &[]);
            self.next.insert(ends, 0xFFFF_FF01);
        }
    }

    /// Octets of a TCP connection, in one segment.
    pub(crate) fn octets(&mut self, src: &str, dst: &str, payload: &[u8]) {
        let ends = (address(src), address(dst));
        self.segment(ends, ACK, payload);
        let next = self.next.entry(ends).or_default();
        *next = next.wrapping_add(payload.len() as u32);
    }

    fn segment(&mut self, (src, dst): (SocketAddr, SocketAddr), flags: u8, payload: &[u8]) {
        let number = |ends| self.next.get(&ends).copied().unwrap_or_default();
        let mut tcp = ports(src, dst);
        tcp.extend(number((src, dst)).to_be_bytes());
        tcp.extend(number((dst, src)).to_be_bytes());
        tcp.extend([5 << 4, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
        tcp.extend(payload);
        self.frame(src, dst, 6, &tcp);
    }

    fn frame(&mut self, src: SocketAddr, dst: SocketAddr, protocol: u8, inside: &[u8]) {
        let len = inside.len() as u16;
        let mut octets = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
        match (src.ip(), dst.ip()) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                octets.extend([8, 0, 0x45, 0]);
                octets.extend((len + 20).to_be_bytes());
                octets.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
                octets.extend(src.octets());
                octets.extend(dst.octets());
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                octets.extend([0x86, 0xDD, 0x60, 0, 0, 0]);
                octets.extend(len.to_be_bytes());
                octets.extend([protocol, 64]);
                octets.extend(src.octets());
                octets.extend(dst.octets());
            }
            _ => panic!("two families"),
        }
        octets.extend(inside);
        self.records.push(Record {
            micros: (self.records.len() as u64 + 1) * 1000,
            wire_len: octets.len() as u32,
            octets,
        });
    }

    /// A STUN request and the answer to it, of the same method.
    pub(crate) fn exchange(
        &mut self,
        method: u16,
        asked: &[Vec<u8>],
        told: &[Vec<u8>],
    ) -> [Vec<u8>; 2] {
        self.transactions += 1;
        let [request, answer] = [(0, asked), (0x0100, told)];
        [request, answer]
            .map(|(class, attributes)| stun(method | class, self.transactions, attributes))
    }
}

fn ports(src: SocketAddr, dst: SocketAddr) -> Vec<u8> {
    [src.port().to_be_bytes(), dst.port().to_be_bytes()].concat()
}

/// A STUN message; its transaction is this number, twelve times.
pub(crate) fn stun(kind: u16, transaction: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
    let body: Vec<u8> = attributes
        .iter()
        .flat_map(|attribute| match attribute.as_slice() {
            // The address is exclusive-ored with the transaction too, where it is of IPv6.
            [_, _, 0, 20, 0, 2, _, _, _, _, _, _, rest @ ..] => {
                let (head, _) = attribute.split_at(12);
                let rest = rest.iter().map(|octet| octet ^ transaction);
                head.iter().copied().chain(rest).collect()
            }
            _ => attribute.clone(),
        })
        .collect();
    let mut message = kind.to_be_bytes().to_vec();
    message.extend((body.len() as u16).to_be_bytes());
    message.extend(COOKIE.to_be_bytes());
    message.extend([transaction; 12]);
    message.extend(body);
    message
}

/// An attribute.
pub(crate) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut octets = kind.to_be_bytes().to_vec();
    octets.extend((value.len() as u16).to_be_bytes());
    octets.extend(value);
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

/// The lifetime of an allocation: ten minutes.
pub(crate) fn lifetime() -> Vec<u8> {
    attribute(0x0D, &600_u32.to_be_bytes())
}

/// An attribute that holds an address, exclusive-ored with the cookie.
pub(crate) fn xor_address(kind: u16, text: &str) -> Vec<u8> {
    let (at, cookie) = (address(text), COOKIE.to_be_bytes());
    let (family, mut octets) = match at.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    for (octet, key) in octets.iter_mut().zip(cookie) {
        *octet ^= key;
    }
    let port = at.port() ^ 0x2112;
    let mut value = vec![0, family];
    value.extend(port.to_be_bytes());
    value.extend(octets);
    attribute(kind, &value)
}

/// ChannelData.
pub(crate) fn channel_data(channel: u16, payload: &[u8]) -> Vec<u8> {
    let mut message = channel.to_be_bytes().to_vec();
    message.extend((payload.len() as u16).to_be_bytes());
    message.extend(payload);
    message
}
