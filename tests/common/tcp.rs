//! Calls of shipped captures with their TURN legs moved from UDP to TCP.

use std::collections::BTreeMap;

use super::Record;

/// How the octets of a message are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// In one segment.
    Whole,
    /// In two, the first of which takes so many octets, or all but one.
    After(usize),
    /// In three, the last of which comes first.
    MixedUp,
    /// In one segment, twice.
    Twice,
}

const UDP: u8 = 17;
pub(super) const TCP: u8 = 6;
pub(super) const SYN: u8 = 2;
pub(super) const ACK: u8 = 16;
/// Where the ports of the transport header stand, and where its payload does.
pub(super) const PORTS: usize = 34;
const PAYLOAD: usize = 42;

/// The records with each UDP datagram from or to `port` sent in a TCP connection instead. Octets
/// of the ends name a direction: address and port of the sender.
pub(crate) fn over_tcp(records: &[Record], port: u16, cut: Cut) -> Vec<Record> {
    let (mut next, mut out) = (BTreeMap::<Vec<u8>, u32>::new(), Vec::new());
    for record in records {
        let octets = &record.octets;
        let (from, to) = (port_at(octets, PORTS), port_at(octets, PORTS + 2));
        if octets[12..14] != [8, 0] || octets[23] != UDP || ![from, to].contains(&port) {
            out.push(record.clone());
            continue;
        }
        let end = |at: usize, port: usize| [&octets[at..at + 4], &octets[port..port + 2]].concat();
        let ends = [end(26, PORTS), end(30, PORTS + 2)];
        let [up, down] = [ends.concat(), [ends[1].clone(), ends[0].clone()].concat()];
        let mut send = |seq: u32, ack: u32, flags: u8, payload: &[u8]| {
            let octets = segment(octets, (seq, ack), flags, payload);
            let wire_len = octets.len() as u32;
            out.push(Record {
                wire_len,
                octets,
                ..record.clone()
            });
        };
        // Of the answer to the SYN its acknowledgement tells as much.
        let seq = *next.entry(up.clone()).or_insert_with(|| {
            send(u32::MAX - 9, 0, SYN, &[]);
            u32::MAX - 8
        });
        let ack = next.get(&down).copied().unwrap_or_default();
        let message = padded(&octets[PAYLOAD..]);
        for (at, part) in parts(&message, cut) {
            send(seq.wrapping_add(at as u32), ack, ACK, part);
        }
        next.insert(up, seq.wrapping_add(message.len() as u32));
    }
    out
}

pub(super) fn port_at(octets: &[u8], at: usize) -> u16 {
    let port = octets.get(at..at + 2).unwrap_or(&[0, 0]);
    u16::from_be_bytes([port[0], port[1]])
}

/// ChannelData is padded in a stream (RFC 8656, section 12.5).
fn padded(message: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    message.resize(message.len().next_multiple_of(4), 0);
    message
}

fn parts(message: &[u8], cut: Cut) -> Vec<(usize, &[u8])> {
    let len = message.len();
    let part = |start: usize, end: usize| (start, &message[start..end]);
    match cut {
        Cut::Whole => vec![part(0, len)],
        Cut::After(at) => {
            let at = at.min(len - 1);
            vec![part(0, at), part(at, len)]
        }
        Cut::MixedUp => {
            let [one, two] = [len / 3, len / 2];
            vec![part(two, len), part(0, one), part(one, two)]
        }
        Cut::Twice => vec![part(0, len), part(0, len)],
    }
}

/// A frame like this one with a TCP segment in the place of its UDP datagram.
pub(super) fn segment(frame: &[u8], (seq, ack): (u32, u32), flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut octets = frame[..PORTS + 4].to_vec();
    octets[23] = TCP;
    let len = (payload.len() + 40) as u16;
    octets[16..18].copy_from_slice(&len.to_be_bytes());
    octets.extend(seq.to_be_bytes());
    octets.extend(ack.to_be_bytes());
    octets.extend([5 << 4, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
    octets.extend(payload);
    octets
}
