//! Calls over TCP moved into TLS 1.3, and the key log that opens them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use hkdf::GenericHkdf;
use hkdf::hmac::Hmac;
use sha2::Sha256;

use super::Record;
use super::tcp::{ACK, PORTS, SYN, TCP, port_at, segment};

/// Where the sequence number stands, its flags, and the octets of the stream.
const SEQ: usize = 38;
const FLAGS: usize = 47;
const PAYLOAD: usize = 54;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// One sender of a connection that is moved.
#[derive(Debug)]
struct Sender {
    secret: [u8; 32],
    /// The next octet of the stream that it sends, and the number of its next record.
    next: u32,
    records: u64,
    /// What it sent for the octets of the capture from this number on.
    sent: BTreeMap<u32, (u32, Vec<u8>)>,
}

/// The records with what each connection to `port` carries sealed in TLS, a record of it for the
/// octets of each segment, and the key log. The frames are of IPv4, and each stream is in order.
pub(crate) fn over_tls(records: &[Record], port: u16) -> (Vec<Record>, String) {
    let (mut senders, mut log, mut out) = (BTreeMap::new(), String::new(), Vec::new());
    for record in records {
        let octets = &record.octets;
        let ports = [PORTS, PORTS + 2].map(|at| port_at(octets, at));
        if octets[12..14] != [8, 0] || octets[23] != TCP || !ports.contains(&port) {
            out.push(record.clone());
            continue;
        }
        let flags = octets[FLAGS];
        let seq = u32::from_be_bytes(octets[SEQ..SEQ + 4].try_into().expect("four"));
        let mut send = |frame: &[u8], numbers: (u32, u32), flags: u8, payload: &[u8]| {
            let octets = segment(frame, numbers, flags, payload);
            let wire_len = octets.len() as u32;
            out.push(Record {
                wire_len,
                octets,
                ..record.clone()
            });
        };
        if flags & SYN != 0 {
            if ports[1] == port {
                let [client, server] = hellos(&mut log, senders.len() as u8);
                let back = reversed(octets);
                let [up, down] =
                    [&client, &server].map(|hello| seq.wrapping_add(1 + hello.len() as u32));
                send(octets, (seq, 0), SYN, &[]);
                send(&back, (seq, seq.wrapping_add(1)), SYN | ACK, &[]);
                send(
                    octets,
                    (seq.wrapping_add(1), seq.wrapping_add(1)),
                    ACK,
                    &client,
                );
                send(&back, (seq.wrapping_add(1), up), ACK, &server);
                for (frame, next) in [(octets, up), (&back, down)] {
                    let secret = secret(senders.len() as u8);
                    let sender = Sender {
                        secret,
                        next,
                        records: 0,
                        sent: BTreeMap::new(),
                    };
                    senders.insert(ends(frame), sender);
                }
            }
            continue;
        }
        let ack = senders
            .get(&ends(&reversed(octets)))
            .expect("a SYN before")
            .next;
        let sender = senders.get_mut(&ends(octets)).expect("a SYN before");
        let payload = &octets[PAYLOAD..];
        if payload.is_empty() {
            send(octets, (sender.next, ack), ACK, &[]);
            continue;
        }
        if !sender.sent.contains_key(&seq) {
            let sealed = sender.seal(payload);
            let at = sender.next;
            sender.next = at.wrapping_add(sealed.len() as u32);
            sender.sent.insert(seq, (at, sealed));
        }
        let (at, sealed) = &sender.sent[&seq];
        send(octets, (*at, ack), ACK, sealed);
    }
    (out, log)
}

impl Sender {
    /// The next record (RFC 8446, section 5.2).
    fn seal(&mut self, payload: &[u8]) -> Vec<u8> {
        let (mut key, mut nonce) = ([0; 16], [0; 12]);
        expand(&self.secret, "key", &mut key);
        expand(&self.secret, "iv", &mut nonce);
        for (octet, number) in nonce[4..].iter_mut().zip(self.records.to_be_bytes()) {
            *octet ^= number;
        }
        self.records += 1;
        let mut content = [payload, &[APPLICATION_DATA]].concat();
        let mut record = vec![APPLICATION_DATA, 3, 3];
        record.extend((content.len() as u16 + 16).to_be_bytes());
        let cipher = Aes128Gcm::new(&key.into());
        let nonce = (&nonce[..]).try_into().expect("a nonce");
        let tag = cipher.encrypt_inout_detached(&nonce, &record, content.as_mut_slice().into());
        record.extend(content);
        record.extend(tag.expect("sealed"));
        record
    }
}

/// HKDF-Expand-Label with an empty context (RFC 8446, section 7.1).
fn expand(secret: &[u8], label: &str, out: &mut [u8]) {
    let label = format!("tls13 {label}");
    let len = (out.len() as u16).to_be_bytes();
    let info = [&len[..], &[label.len() as u8], label.as_bytes(), &[0]].concat();
    let hkdf = GenericHkdf::<Hmac<Sha256>>::from_prk(secret).expect("a secret");
    hkdf.expand(&info, out).expect("few octets");
}

/// The traffic secret of the sender with this number.
fn secret(number: u8) -> [u8; 32] {
    [number + 1; 32]
}

/// The hellos of the connection whose client has this number as a sender; its secrets go into the
/// log.
fn hellos(log: &mut String, number: u8) -> [Vec<u8>; 2] {
    let random = [number + 101; 32];
    let hex = |octets: &[u8]| {
        octets.iter().fold(String::new(), |mut text, octet| {
            write!(text, "{octet:02x}").expect("written");
            text
        })
    };
    for (label, number) in [("CLIENT", number), ("SERVER", number + 1)] {
        let secret = hex(&secret(number));
        writeln!(log, "{label}_TRAFFIC_SECRET_0 {} {secret}", hex(&random)).expect("written");
    }
    // `TLS_AES_128_GCM_SHA256` and the version, offered and taken.
    let client: &[u8] = &[0, 0, 2, 0x13, 1, 1, 0, 0, 7, 0, 43, 0, 3, 2, 3, 4];
    let server: &[u8] = &[0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4];
    [(1, random, client), (2, [number + 102; 32], server)].map(|(kind, random, rest)| {
        let body = [&[3, 3], &random[..], rest].concat();
        let len = body.len() as u8;
        [&[HANDSHAKE, 3, 3, 0, len + 4, kind, 0, 0, len], &body[..]].concat()
    })
}

/// Address and port of the sender, and of the receiver.
fn ends(frame: &[u8]) -> Vec<u8> {
    let end = |at: usize, port: usize| [&frame[at..at + 4], &frame[port..port + 2]].concat();
    [end(26, PORTS), end(30, PORTS + 2)].concat()
}

/// The headers of a frame that goes the other way.
fn reversed(frame: &[u8]) -> Vec<u8> {
    let mut octets = frame.to_vec();
    for (at, len) in [(0, 6), (26, 4), (PORTS, 2)] {
        let (one, other) = octets[at..at + 2 * len].split_at_mut(len);
        one.swap_with_slice(other);
    }
    octets
}
