//! Opens the records of one sender of DTLS in whatever order they come: each tells its number.

use super::number::NumberMask;
use super::sealed::{Keys, Sealed};
use super::{Generation, NotOpened, Opened, Parts, tls_1_2};
use crate::base::secret::Secret;
use crate::dissect::dtls::names::Version;
use crate::dissect::dtls::{CipherSuite, Random, Record};
use crate::keys::log::SessionSecrets;
use crate::keys::suite::parts;

/// What stands before the labels of DTLS 1.3 (RFC 9147, section 5.9).
const PREFIX: &str = "dtls13";
/// Epoch of the sealed handshake of DTLS 1.3; data begins with the next (RFC 9147, section 6.1).
const HANDSHAKE: usize = 2;
/// Two bits of an epoch are told.
const EPOCHS: usize = 4;
/// Whether the number has two octets (RFC 9147, section 4).
const LONG: u8 = 0x08;

/// Opens the records of one sender of DTLS.
#[derive(Debug)]
pub struct DatagramOpener(Records);

#[derive(Debug)]
enum Records {
    /// DTLS 1.2: the number stands in clear, and no keys follow.
    Numbered(Keys),
    /// DTLS 1.3.
    Masked(Box<Masked>),
}

/// The keys of DTLS 1.3, by what a record tells of its epoch.
#[derive(Debug)]
struct Masked {
    epochs: [Option<Epoch>; EPOCHS],
    /// What is told of the latest epoch.
    latest: usize,
    /// From what the keys of the epoch after it are made.
    next: Option<Generation>,
}

/// The keys of one epoch, and the number that comes next.
#[derive(Debug)]
struct Epoch {
    keys: Keys,
    mask: NumberMask,
    next: u64,
}

/// The openers of client and server of a handshake over datagrams.
///
/// # Errors
/// [`NotOpened`] where the version or the suite is not opened, or its secrets are not there.
pub fn datagram_openers(
    version: Version,
    suite: CipherSuite,
    randoms: [&Random; 2],
    secrets: &SessionSecrets,
) -> Result<[DatagramOpener; 2], NotOpened> {
    let of = parts(suite).ok_or(NotOpened::Suite(suite))?;
    match version {
        Version::DTLS_1_2 => {
            let master = secrets.master.as_ref().ok_or(NotOpened::Secrets)?;
            let keys = tls_1_2(of, randoms, master).ok_or(NotOpened::Suite(suite))?;
            Ok(keys.map(|keys| DatagramOpener(Records::Numbered(keys))))
        }
        Version::DTLS_1_3 => dtls_1_3(of, secrets).ok_or(NotOpened::Secrets),
        other => Err(NotOpened::Version(other)),
    }
}

/// Secrets of the handshake, of the data or of both, for either sender.
fn dtls_1_3(parts: Parts, secrets: &SessionSecrets) -> Option<[DatagramOpener; 2]> {
    let sender = |of: usize| {
        let secret = |all: &[Option<Secret>; 2]| all.get(of).cloned().flatten();
        let first = secret(&secrets.handshake);
        let next = secret(&secrets.traffic).map(|secret| Generation::new(parts, PREFIX, secret));
        let first = first.map(|secret| Generation::new(parts, PREFIX, secret));
        (first.is_some() || next.is_some()).then(|| {
            let handshake = first.as_ref().and_then(Epoch::of);
            DatagramOpener(Records::Masked(Box::new(Masked {
                epochs: [None, None, handshake, None],
                latest: HANDSHAKE,
                next,
            })))
        })
    };
    Some([sender(0)?, sender(1)?])
}

impl DatagramOpener {
    /// Opens a record into `content`.
    ///
    /// # Errors
    /// [`NotOpened::Cut`], [`NotOpened::Secrets`] where those of its epoch are not known, and
    /// [`NotOpened::Tag`]; other records may still open.
    pub fn open(
        &mut self,
        record: &Record<'_>,
        content: &mut Vec<u8>,
    ) -> Result<Opened, NotOpened> {
        if record.body.is_cut() {
            return Err(NotOpened::Cut);
        }
        match &mut self.0 {
            Records::Numbered(keys) => {
                let kind = record.content.ok_or(NotOpened::Tag)?;
                let sealed = Sealed::new(kind, Version::DTLS_1_2, record.body)?;
                let number = u64::from(record.epoch) << 48 | record.number;
                keys.open(number, &sealed, content).ok_or(NotOpened::Tag)
            }
            Records::Masked(masked) => masked.open(record, content),
        }
    }
}

impl Masked {
    fn open(&mut self, record: &Record<'_>, content: &mut Vec<u8>) -> Result<Opened, NotOpened> {
        let told = usize::from(record.epoch) % EPOCHS;
        let known = self.epochs.get_mut(told).and_then(Option::as_mut);
        let why = match known.map(|of| of.open(record, content)) {
            Some(Some(opened)) => return Ok(opened),
            Some(None) => NotOpened::Tag,
            None => NotOpened::Secrets,
        };
        let next = self.next.as_ref();
        let next = next.filter(|_| told == (self.latest + 1) % EPOCHS);
        let mut following = next.and_then(Epoch::of).ok_or(why)?;
        let opened = following.open(record, content).ok_or(NotOpened::Tag)?;
        if let Some(place) = self.epochs.get_mut(told) {
            *place = Some(following);
        }
        self.latest = told;
        self.next = self.next.take().and_then(Generation::updated);
        Ok(opened)
    }
}

impl Epoch {
    fn of(generation: &Generation) -> Option<Self> {
        Some(Self {
            keys: generation.keys()?,
            mask: generation.number_mask()?,
            next: 0,
        })
    }

    /// Opens a record under its header, in which the number is no longer masked (RFC 9147,
    /// section 4.2).
    fn open(&mut self, record: &Record<'_>, content: &mut Vec<u8>) -> Option<Opened> {
        let sealed = record.body.captured;
        let mut header = record.header.to_vec();
        let len = match header.first()? & LONG {
            0 => 1,
            _ => 2,
        };
        let told = header.get_mut(1..=len)?;
        let mask = self.mask.of(sealed)?;
        told.iter_mut().zip(mask).for_each(|(octet, m)| *octet ^= m);
        let low = told
            .iter()
            .fold(0, |low, octet| low << 8 | u64::from(*octet));
        let number = nearest(self.next, low, 1 << (8 * len));
        let opened = self.keys.open_under(number, &header, sealed, content)?;
        self.next = self.next.max(number + 1);
        Some(opened)
    }
}

/// The number that is `low` but for multiples of `modulus`, and nearest to the one expected
/// (RFC 9147, section 4.2.2).
fn nearest(expected: u64, low: u64, modulus: u64) -> u64 {
    let near = expected - expected % modulus + low;
    let all = [
        Some(near),
        near.checked_add(modulus),
        near.checked_sub(modulus),
    ];
    let found = all.into_iter().flatten();
    found.min_by_key(|n| n.abs_diff(expected)).unwrap_or(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Octets;
    use crate::dissect::dtls::names::ContentType;
    use crate::keys::KeyLog;

    const SUITE: CipherSuite = CipherSuite(0x1301);

    /// The openers of a handshake whose secrets are made of these octets, and what seals like its
    /// client in the first two epochs.
    fn handshake() -> ([DatagramOpener; 2], [Generation; 2]) {
        let mut log = KeyLog::default();
        let lines = [
            ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "11"),
            ("SERVER_HANDSHAKE_TRAFFIC_SECRET", "22"),
            ("CLIENT_TRAFFIC_SECRET_0", "33"),
            ("SERVER_TRAFFIC_SECRET_0", "44"),
        ];
        for (label, octet) in lines {
            let line = format!("{label} {} {}", "00".repeat(32), octet.repeat(32));
            log.read("log", line.as_bytes());
        }
        let random = [0; 32];
        let secrets = log.of(&random).expect("secrets");
        let made = datagram_openers(Version::DTLS_1_3, SUITE, [&random; 2], secrets);
        let of = parts(SUITE).expect("a suite");
        let generation = |octet| Generation::new(of, PREFIX, Secret::new(&[octet; 32]));
        (made.expect("openers"), [0x11, 0x33].map(generation))
    }

    /// A record of the client with this epoch and number, and so many octets of the number told.
    fn sealed(keys: &Generation, (epoch, number, told): (u8, u64, usize)) -> (Vec<u8>, Vec<u8>) {
        let long = if told == 2 { LONG } else { 0 };
        let mut header = vec![0x20 | long | epoch & 3];
        header.extend(&number.to_be_bytes()[8 - told..]);
        let content = [&[epoch; 3][..], &[23, 0]].concat();
        let body = keys.keys().expect("keys").seal(number, &header, content);
        let mask = keys
            .number_mask()
            .and_then(|mask| mask.of(&body))
            .expect("a mask");
        header[1..].iter_mut().zip(mask).for_each(|(o, m)| *o ^= m);
        (header, body)
    }

    fn open(sender: &mut DatagramOpener, (header, body): &(Vec<u8>, Vec<u8>)) -> Option<u8> {
        let record = Record {
            content: None,
            epoch: u16::from(header[0] & 3),
            number: 0,
            header,
            body: Octets::whole(body, 0),
        };
        let mut content = Vec::new();
        let opened = sender.open(&record, &mut content).ok()?;
        assert_eq!(opened.content, ContentType::APPLICATION_DATA);
        Some(content[0])
    }

    #[test]
    fn records_of_dtls_1_3_open_in_whatever_order_they_come() {
        let ([mut client, mut server], [first, data]) = handshake();
        let early = sealed(&data, (3, 1, 2));
        assert_eq!(open(&mut client, &early), Some(3));
        for (keys, record) in [
            (&first, (2, 0, 1)),
            (&data, (3, 0x70, 1)),
            (&data, (3, 0xE0, 1)),
            (&data, (3, 0x1_04, 1)),
            (&data, (3, 0xF0, 1)),
            (&first, (2, 1, 2)),
            (&data, (3, 0x1_05, 2)),
        ] {
            let sealed = sealed(keys, record);
            assert_eq!(open(&mut client, &sealed), Some(record.0), "{record:?}");
            assert_eq!(open(&mut server, &sealed), None);
        }
    }

    #[test]
    fn keys_follow_each_update_and_those_before_stay() {
        let ([mut client, _], [_, mut data]) = handshake();
        let late = sealed(&data, (3, 9, 2));
        for epoch in 3..9 {
            let record = sealed(&data, (epoch, 0, 2));
            assert_eq!(open(&mut client, &record), Some(epoch));
            data = data.updated().expect("the next");
            if epoch < 7 {
                assert_eq!(open(&mut client, &late), Some(3));
            }
        }
        // Seven told the same of its epoch as three.
        assert_eq!(open(&mut client, &late), None);
    }

    #[test]
    fn a_number_is_the_nearest_with_the_octets_that_are_told() {
        for (expected, low, number) in [
            (0, 0, 0),
            (0, 0xFF, 0xFF),
            (0x1_FE, 0x01, 0x2_01),
            (0x2_01, 0xFE, 0x1_FE),
            (0x2_01, 0x03, 0x2_03),
        ] {
            assert_eq!(
                nearest(expected, low, 0x100),
                number,
                "{expected:#x} {low:#x}"
            );
        }
        assert_eq!(nearest(0x1_0001, 0xFFFF, 0x1_0000), 0xFFFF);
    }
}
