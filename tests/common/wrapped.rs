//! Calls of shipped captures moved into tunnels, and cut into fragments.

use super::Record;

/// Ethernet frames with IPv4 and IPv6 from one end of a tunnel to the other.
const ETHERNET: [u8; 12] = [2, 9, 9, 9, 9, 9, 2, 9, 9, 9, 9, 8];
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;
const GRE: u8 = 47;
const UDP: u8 = 17;

/// What carries the frames, or the packets, of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tunnel {
    Vlan,
    ProviderVlan,
    Mpls,
    Pseudowire,
    Pppoe,
    Gre,
    GreWithKey,
    Erspan,
    IpInIp,
    In6,
    Vxlan,
    Geneve,
    Gtp,
}

impl Tunnel {
    pub(crate) const ALL: [Self; 13] = [
        Self::Vlan,
        Self::ProviderVlan,
        Self::Mpls,
        Self::Pseudowire,
        Self::Pppoe,
        Self::Gre,
        Self::GreWithKey,
        Self::Erspan,
        Self::IpInIp,
        Self::In6,
        Self::Vxlan,
        Self::Geneve,
        Self::Gtp,
    ];

    /// The call in this tunnel.
    pub(crate) fn wrapped(self, records: &[Record]) -> Vec<Record> {
        let wrap = |record: &Record| {
            let octets = self.wrap(&record.octets);
            Record {
                micros: record.micros,
                wire_len: octets.len() as u32,
                octets,
            }
        };
        records.iter().map(wrap).collect()
    }

    /// The frame in this tunnel; as it is where it holds no IP.
    fn wrap(self, frame: &[u8]) -> Vec<u8> {
        let v6 = match frame[12..14] {
            [0x08, 0x00] => false,
            [0x86, 0xDD] => true,
            _ => return frame.to_vec(),
        };
        let (kind, packet) = (&frame[12..14], &frame[14..]);
        let tag = |tags: &[u8]| [&ETHERNET[..], tags, &frame[12..]].concat();
        let link = |header: &[u8], rest: &[u8]| [&ETHERNET[..], header, rest].concat();
        let gre = |header: &[u8], rest: &[u8]| ipv4(GRE, &[header, rest].concat());
        match self {
            Self::Vlan => tag(&[0x81, 0, 0x60, 42]),
            Self::ProviderVlan => tag(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 42]),
            Self::Mpls => link(&[0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64], packet),
            Self::Pseudowire => link(&[0x88, 0x47, 0, 1, 1, 64, 0, 0, 0, 0], frame),
            Self::Pppoe => {
                let len = (packet.len() as u16 + 2).to_be_bytes();
                let protocol = if v6 { 0x57 } else { 0x21 };
                let header = [0x88, 0x64, 0x11, 0, 0, 9, len[0], len[1], 0, protocol];
                link(&header, packet)
            }
            Self::Gre => gre(&[&[0, 0], kind].concat(), packet),
            Self::GreWithKey => gre(
                &[0xb0, 0, 0x65, 0x58, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1],
                frame,
            ),
            Self::Erspan => {
                let header = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 1, 0, 0, 0, 0];
                gre(&header, frame)
            }
            Self::IpInIp => ipv4(if v6 { 41 } else { 4 }, packet),
            Self::In6 => ipv6(if v6 { 41 } else { 4 }, packet),
            Self::Vxlan => ipv4(UDP, &datagram(4789, &[8, 0, 0, 0, 0, 0, 77, 0], frame)),
            Self::Geneve => ipv4(
                UDP,
                &datagram(6081, &[0, 0, 0x65, 0x58, 0, 0, 77, 0], frame),
            ),
            Self::Gtp => {
                let len = (packet.len() as u16).to_be_bytes();
                let header = [0x30, 255, len[0], len[1], 0, 0, 0, 9];
                ipv4(UDP, &datagram(2152, &header, packet))
            }
        }
    }
}

fn ipv4(protocol: u8, content: &[u8]) -> Vec<u8> {
    let mut header = [
        0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0, 203, 0, 113, 1, 203, 0, 113, 2,
    ];
    header[2..4].copy_from_slice(&(20 + content.len() as u16).to_be_bytes());
    [&ETHERNET[..], &[8, 0], &header, content].concat()
}

fn ipv6(next: u8, content: &[u8]) -> Vec<u8> {
    let mut header = [0; 40];
    (header[0], header[6], header[7]) = (0x60, next, 64);
    header[4..6].copy_from_slice(&(content.len() as u16).to_be_bytes());
    header[8..12].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
    header[24..28].copy_from_slice(&[0x20, 1, 0x0d, 0xb9]);
    [&ETHERNET[..], &[0x86, 0xdd], &header, content].concat()
}

fn datagram(port: u16, header: &[u8], rest: &[u8]) -> Vec<u8> {
    let len = (8 + header.len() + rest.len()) as u16;
    let words = [50000, port, len, 0].map(u16::to_be_bytes).concat();
    [&words, header, rest].concat()
}

/// In which order the fragments of a packet are captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Straight,
    Backwards,
    /// Each twice.
    Doubled,
}

/// Every packet in fragments of so many octets, a multiple of eight, at most; but for errors of
/// ICMP, which are short enough to need none (RFC 1812, RFC 4443).
pub(crate) fn fragmented(records: &[Record], most: usize, order: Order) -> Vec<Record> {
    let mut out = Vec::new();
    for (id, record) in records.iter().enumerate() {
        let mut parts = match record.octets[12..14] {
            [0x08, 0x00] if record.octets[23] == ICMP => vec![record.octets.clone()],
            [0x86, 0xDD] if record.octets[20] == ICMPV6 => vec![record.octets.clone()],
            [0x08, 0x00] => cut_v4(&record.octets, most, id as u16),
            [0x86, 0xDD] => cut_v6(&record.octets, most, id as u32),
            _ => vec![record.octets.clone()],
        };
        match order {
            Order::Straight => {}
            Order::Backwards => parts.reverse(),
            Order::Doubled if parts.len() == 1 => {}
            Order::Doubled => parts = parts.iter().flat_map(|p| [p.clone(), p.clone()]).collect(),
        }
        out.extend(parts.into_iter().map(|octets| Record {
            micros: record.micros,
            wire_len: octets.len() as u32,
            octets,
        }));
    }
    out
}

fn cut_v4(frame: &[u8], most: usize, id: u16) -> Vec<Vec<u8>> {
    let end = 14 + usize::from(u16::from_be_bytes([frame[16], frame[17]]));
    let content = &frame[34..end];
    let whole = content.len();
    let part = |(at, part): (usize, &[u8])| {
        let mut octets = [&frame[..34], part].concat();
        octets[16..18].copy_from_slice(&(20 + part.len() as u16).to_be_bytes());
        octets[18..20].copy_from_slice(&id.to_be_bytes());
        let more = u16::from(at * most + part.len() < whole);
        let word = more << 13 | (at * most / 8) as u16;
        octets[20..22].copy_from_slice(&word.to_be_bytes());
        octets
    };
    content.chunks(most).enumerate().map(part).collect()
}

fn cut_v6(frame: &[u8], most: usize, id: u32) -> Vec<Vec<u8>> {
    let end = 54 + usize::from(u16::from_be_bytes([frame[18], frame[19]]));
    let content = &frame[54..end];
    let whole = content.len();
    let part = |(at, part): (usize, &[u8])| {
        let more = u16::from(at * most + part.len() < whole);
        let word = ((at * most) as u16 | more).to_be_bytes();
        let header = [&[frame[20], 0], &word[..], &id.to_be_bytes()].concat();
        let mut octets = [&frame[..54], &header, part].concat();
        octets[18..20].copy_from_slice(&(8 + part.len() as u16).to_be_bytes());
        octets[20] = 44;
        octets
    };
    content.chunks(most).enumerate().map(part).collect()
}
