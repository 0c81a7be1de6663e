//! One call many times: at other hosts and at other times, as if others had made it.

use std::ops::Range;

use super::{Record, records};

/// The cookie of STUN (RFC 8489, section 5), with which addresses are masked.
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
/// FINGERPRINT and its length (RFC 8489, section 14.7).
const FINGERPRINT: [u8; 4] = [0x80, 0x28, 0, 4];
/// Hosts of the lab, and of `one-client-relayed.pcap` the user fragments of ICE and the beginnings of
/// what client and server chose at random for their handshake.
const HOSTS: [[u8; 4]; 3] = [[10, 77, 1, 2], [10, 77, 0, 10], [10, 77, 2, 2]];
const FRAGMENTS: [[u8; 4]; 2] = [*b"clT4", *b"razy"];
const RANDOMS: [[u8; 4]; 2] = [[0x6E, 0x9E, 0xBD, 0x42], [0xA2, 0x79, 0xB5, 0xEB]];

/// Hosts that relay: so many serve all copies.
const RELAYS: u8 = 64;

/// A call of which copies are made.
#[derive(Debug)]
pub(crate) struct Call(Vec<Template>);

/// A packet with all in it that differs from copy to copy.
#[derive(Debug)]
struct Template {
    record: Record,
    names: Vec<(usize, Name)>,
    /// STUN messages that end in a fingerprint, those inside others first.
    signed: Vec<Range<usize>>,
}

#[derive(Debug, Clone, Copy)]
enum Name {
    Host([u8; 4]),
    MaskedHost([u8; 4]),
    Fragment([u8; 4]),
    Random([u8; 4]),
}

impl Call {
    /// The first packets of `one-client-relayed.pcap`.
    pub(crate) fn relayed(packets: usize) -> Self {
        let mut call = records("one-client-relayed.pcap");
        call.truncate(packets);
        let begun = call[0].micros;
        let template = |mut record: Record| {
            record.micros -= begun;
            Template {
                names: names(&record.octets),
                signed: signed(&record.octets),
                record,
            }
        };
        Self(call.into_iter().map(template).collect())
    }

    /// The call at hosts of number `copy`, beginning at `micros`. The client 10.77.x.y becomes
    /// 20+x.copy.y, with the number in two octets.
    pub(crate) fn copied(&self, copy: u16, micros: u64) -> Vec<Record> {
        let copied = self.0.iter().map(|template| {
            let mut record = template.record.clone();
            record.micros += micros;
            for (at, name) in &template.names {
                record.octets[*at..at + 4].copy_from_slice(&name.of(copy));
            }
            for message in &template.signed {
                sign(&mut record.octets[message.clone()]);
            }
            record
        });
        copied.collect()
    }
}

impl Name {
    /// The name that stands here, if it is one.
    fn read(octets: [u8; 4]) -> Option<Self> {
        match octets {
            _ if HOSTS.contains(&octets) => Some(Self::Host(octets)),
            _ if HOSTS.contains(&masked(octets)) => Some(Self::MaskedHost(masked(octets))),
            _ if FRAGMENTS.contains(&octets) => Some(Self::Fragment(octets)),
            _ if RANDOMS.contains(&octets) => Some(Self::Random(octets)),
            _ => None,
        }
    }

    fn of(self, copy: u16) -> [u8; 4] {
        let [high, low] = copy.to_be_bytes();
        let other = |host: [u8; 4]| match host {
            [_, _, 0, last] => [20, 0, low % RELAYS, last],
            [_, _, third, last] => [20 + third, high, low, last],
        };
        match self {
            Self::Host(host) => other(host),
            Self::MaskedHost(host) => masked(other(host)),
            Self::Random([first, second, ..]) => [first, second, high, low],
            Self::Fragment([first, ..]) => {
                let letters = [copy / 676 % 26, copy / 26 % 26, copy % 26];
                let [two, three, four] = letters.map(|letter| b'A' + letter as u8);
                [first, two, three, four]
            }
        }
    }
}

fn masked(host: [u8; 4]) -> [u8; 4] {
    std::array::from_fn(|place| host[place] ^ COOKIE[place])
}

fn names(frame: &[u8]) -> Vec<(usize, Name)> {
    let fours = frame.windows(4).enumerate();
    let read = |four: &[u8]| Name::read(*four.first_chunk().expect("four octets"));
    fours
        .filter_map(|(at, four)| Some((at, read(four)?)))
        .collect()
}

fn signed(frame: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for cookie in (4..frame.len().saturating_sub(3)).rev() {
        let start = cookie - 4;
        let length = usize::from(u16::from_be_bytes([frame[start + 2], frame[start + 3]]));
        let end = start + 20 + length;
        let is_message = frame[cookie..cookie + 4] == COOKIE && end <= frame.len() && length >= 8;
        // The last attribute of a message may be another message.
        let inside = found.last().is_some_and(|inner| inner.end == end);
        if is_message && !inside && frame[end - 8..end - 4] == FINGERPRINT {
            found.push(start..end);
        }
    }
    found
}

fn sign(message: &mut [u8]) {
    let (signed, sum) = message.split_at_mut(message.len() - 4);
    let octets = &signed[..signed.len() - 4];
    sum.copy_from_slice(&(crc32fast::hash(octets) ^ 0x5354_554E).to_be_bytes());
}
