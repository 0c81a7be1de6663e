//! One copy of a call: the frames of the model with names and numbers of its own.

/// The relay of the model, which all copies share.
const RELAY: [u8; 4] = [10, 77, 0, 10];
/// The ports at which it listens.
const LISTENING: [u16; 4] = [3478, 5349, 80, 443];
/// Where the headers of IPv4 and UDP and the payload begin in a frame of the model.
const IP: usize = 14;
const UDP: usize = 34;
const PAYLOAD: usize = 42;
/// The magic cookie of STUN (RFC 8489, section 5).
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
/// What the FINGERPRINT of STUN is combined with (RFC 8489, section 14.7).
const FINGERPRINT: u32 = 0x5354_554E;
/// Letters of ICE user names (RFC 8839, section 5.4).
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number of a copy.
#[derive(Clone, Copy)]
pub(super) struct Copied(pub(super) u16);

impl Copied {
    /// A frame of the model as this call has it; what is not UDP over IPv4 stays as it is.
    pub(super) fn frame(self, model: &[u8]) -> Vec<u8> {
        let mut frame = model.to_vec();
        if model.len() < PAYLOAD || model[12..=IP] != [0x08, 0x00, 0x45] || model[IP + 9] != 17 {
            return frame;
        }
        for (address, port) in [(IP + 12, UDP), (IP + 16, UDP + 2)] {
            let end = (
                array(&frame, address),
                u16::from_be_bytes(array(&frame, port)),
            );
            let (own_address, own_port) = self.end(end);
            frame[address..address + 4].copy_from_slice(&own_address);
            frame[port..port + 2].copy_from_slice(&own_port.to_be_bytes());
        }
        // No checksum is one that is right.
        frame[UDP + 6..PAYLOAD].fill(0);
        frame[IP + 10..IP + 12].fill(0);
        let checksum = checksum(&frame[IP..UDP]);
        frame[IP + 10..IP + 12].copy_from_slice(&checksum.to_be_bytes());
        let end = UDP + usize::from(u16::from_be_bytes(array(&frame, UDP + 4)));
        if let Some(payload) = frame.get_mut(PAYLOAD..end) {
            self.message(payload);
        }
        frame
    }

    fn end(self, (address, port): ([u8; 4], u16)) -> ([u8; 4], u16) {
        match address {
            RELAY if LISTENING.contains(&port) => (RELAY, port),
            RELAY => {
                let own = u32::from(port) + u32::from(self.0) * 37;
                (RELAY, 10_000 + (own % 55_000) as u16)
            }
            [10, _, net, host] => {
                let [far, near] = [self.0 / 70, self.0 % 70].map(|part| part as u8);
                ([10, 1 + near, net.wrapping_add(far * 8), host], port)
            }
            other => (other, port),
        }
    }

    /// By its first octet, as RFC 7983 has it.
    fn message(self, octets: &mut [u8]) {
        match octets {
            [0..=3, _, _, _, cookie @ ..] if cookie.starts_with(&COOKIE) => self.stun(octets),
            [64..=79, _, _, _, carried @ ..] => self.message(carried),
            [22, ..] if is_hello(octets) => {
                // In the middle of its random.
                for (octet, own) in octets[30..32].iter_mut().zip(self.0.to_be_bytes()) {
                    *octet ^= own;
                }
            }
            [128..=191, ..] if octets.len() >= 12 => {
                let place = if (192..=223).contains(&octets[1]) {
                    4
                } else {
                    8
                };
                let ssrc = u32::from_be_bytes(array(octets, place));
                let own = ssrc.wrapping_add(u32::from(self.0) * 0x0100_0193);
                octets[place..place + 4].copy_from_slice(&own.to_be_bytes());
            }
            _ => {}
        }
    }

    fn stun(self, octets: &mut [u8]) {
        for (octet, own) in octets[8..10].iter_mut().zip(self.0.to_be_bytes()) {
            *octet ^= own;
        }
        let mut place = 20;
        while place + 4 <= octets.len() {
            let [kind, len] = [place, place + 2].map(|at| u16::from_be_bytes(array(octets, at)));
            let (before, rest) = octets.split_at_mut(place + 4);
            let value = &mut rest[..usize::from(len)];
            match kind {
                // XOR-PEER-ADDRESS, XOR-RELAYED-ADDRESS, XOR-MAPPED-ADDRESS.
                0x0012 | 0x0016 | 0x0020 if len == 8 => self.xor_address(value),
                // USERNAME of a connectivity check.
                0x0006 if value.contains(&b':') => self.user_names(value),
                // DATA.
                0x0013 => self.message(value),
                // FINGERPRINT.
                0x8028 => {
                    let sum = crc32fast::hash(&before[..place]) ^ FINGERPRINT;
                    value.copy_from_slice(&sum.to_be_bytes());
                }
                _ => {}
            }
            place += 4 + usize::from(len).next_multiple_of(4);
        }
    }

    fn xor_address(self, value: &mut [u8]) {
        let xor = |octets: &mut [u8]| {
            for (octet, other) in octets.iter_mut().zip(COOKIE) {
                *octet ^= other;
            }
        };
        xor(&mut value[2..4]);
        xor(&mut value[4..8]);
        let (address, port) = self.end((array(value, 4), u16::from_be_bytes(array(value, 2))));
        value[2..4].copy_from_slice(&port.to_be_bytes());
        value[4..8].copy_from_slice(&address);
        xor(&mut value[2..4]);
        xor(&mut value[4..8]);
    }

    /// Both halves begin with the letters of this call.
    fn user_names(self, value: &mut [u8]) {
        let number = usize::from(self.0);
        let own = [number / LETTERS.len(), number % LETTERS.len()].map(|at| LETTERS[at]);
        for half in value.split_mut(|octet| *octet == b':') {
            for (letter, own) in half.iter_mut().zip(own) {
                *letter = own;
            }
        }
    }
}

/// Whether this is the beginning of a ClientHello or ServerHello (RFC 6347, section 4.2.2).
fn is_hello(octets: &[u8]) -> bool {
    let is_first = |octets: &[u8]| octets[3..5] == [0, 0] && octets[19..22] == [0; 3];
    octets.len() >= 60 && matches!(octets[13], 1 | 2) && is_first(octets)
}

/// The checksum of IPv4 (RFC 1071).
fn checksum(header: &[u8]) -> u16 {
    let words = header.chunks_exact(2);
    let sum: u32 = words
        .map(|word| u32::from(u16::from_be_bytes(array(word, 0))))
        .sum();
    let sum = (sum & 0xFFFF) + (sum >> 16);
    !((sum & 0xFFFF) + (sum >> 16)) as u16
}

fn array<const N: usize>(octets: &[u8], place: usize) -> [u8; N] {
    octets[place..place + N].try_into().expect("as long")
}
