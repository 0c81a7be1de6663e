//! TLS 1.3 by the trace of RFC 8448, section 3; TLS 1.2 by records sealed here.

use aes_gcm::{AeadInOut, Aes128Gcm, Aes256Gcm, KeyInit};
use chacha20poly1305::ChaCha20Poly1305;

use super::*;
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::dissect::dtls;
use crate::dissect::dtls::names::ContentType;
use crate::keys::KeyLog;
use crate::keys::cipher::{Cipher, NONCE, TAG};

const CLIENT_FINISHED: &str = "170303003575ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f\
     38f80338ac98fc46deb384bd1caeacab6867d726c40546";
const CLIENT_DATA: &str = "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819\
     a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4";
const CLIENT_ALERT: &str = "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3";
/// The second record under its keys: a session ticket was the first.
const SERVER_DATA: &str = "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efa\
     f97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d";

fn octets(text: &str) -> Vec<u8> {
    let secret = crate::keys::log::octets(text.as_bytes()).expect("hexadecimal");
    secret.expose().to_vec()
}

fn open(opener: &mut Opener, record: &[u8]) -> Result<(u8, Vec<u8>), NotOpened> {
    let keyed = tls::Before {
        keyed: true,
        open: &[],
    };
    let record = tls::parse(Octets::whole(record, 0), keyed, &mut Quiet).expect("a record");
    let mut content = Vec::new();
    let told = opener.open(&record, &mut content)?;
    Ok((told.content.0, content))
}

/// The openers of the handshake of RFC 8448, from a log without the lines that begin with `without`.
fn traced(without: &str) -> Result<[Opener; 2], NotOpened> {
    let random = "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7";
    let log = [
        (
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
        ),
        (
            "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
        ),
        (
            "CLIENT_TRAFFIC_SECRET_0",
            "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
        ),
        (
            "SERVER_TRAFFIC_SECRET_0",
            "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
        ),
    ];
    let log = log.map(|(label, secret)| format!("{label} {random} {secret}\n"));
    let kept = log
        .into_iter()
        .filter(|line| without.is_empty() || !line.contains(without));
    let mut keys = KeyLog::default();
    keys.read("trace", kept.collect::<String>().as_bytes());
    let client: Random = octets(random).try_into().expect("a random");
    let secrets = keys.of(&client).ok_or(NotOpened::Unknown)?;
    openers(
        Version::TLS_1_3,
        CipherSuite(0x1301),
        [&client, &[0; 32]],
        secrets,
    )
}

#[test]
fn the_trace_of_rfc_8448_opens() {
    let [mut client, mut server] = traced("").expect("openers");
    let (kind, finished) = open(&mut client, &octets(CLIENT_FINISHED)).expect("opened");
    assert_eq!((kind, &finished[..4]), (22, &[20, 0, 0, 32][..]));
    let data: Vec<u8> = (0..50).collect();
    let (kind, content) = open(&mut client, &octets(CLIENT_DATA)).expect("opened");
    assert_eq!((kind, content), (23, data));
    let alert = open(&mut client, &octets(CLIENT_ALERT)).expect("opened");
    assert_eq!(alert, (21, vec![1, 0]));
    assert_eq!(open(&mut server, &octets(SERVER_DATA)), Err(NotOpened::Tag));
}

#[test]
fn records_behind_a_gap_are_found_by_their_tags() {
    let [mut client, _] = traced("").expect("openers");
    open(&mut client, &octets(CLIENT_FINISHED)).expect("opened");
    open(&mut client, &octets(CLIENT_DATA)).expect("opened");
    let [mut late, _] = traced("").expect("openers");
    open(&mut late, &octets(CLIENT_FINISHED)).expect("opened");
    assert_eq!(open(&mut late, &octets(CLIENT_ALERT)), Err(NotOpened::Tag));
    late.lost();
    // The lost record was the first under the next keys.
    let found = open(&mut late, &octets(CLIENT_ALERT));
    assert_eq!(found, Ok((21, vec![1, 0])));
}

#[test]
fn a_log_without_the_secrets_of_the_handshake_opens_the_data() {
    let [mut client, _] = traced("HANDSHAKE").expect("openers");
    let sealed = open(&mut client, &octets(CLIENT_FINISHED));
    assert_eq!(sealed, Err(NotOpened::Tag));
    assert!(open(&mut client, &octets(CLIENT_DATA)).is_ok());
    assert_eq!(traced("TRAFFIC_SECRET_0").err(), Some(NotOpened::Secrets));
}

#[test]
fn keys_follow_an_update() {
    let [mut client, _] = traced("").expect("openers");
    let generation = client
        .next
        .take()
        .and_then(Generation::updated)
        .expect("the next");
    let keys = generation.keys().expect("keys");
    let mut sealed = b"hello\x17\0\0".to_vec();
    let header = [23, 3, 3, 0, sealed.len() as u8 + 16];
    let tag = keys.cipher.seal(*keys.iv, &header, &mut sealed);
    let record = [&header[..], &sealed, &tag].concat();
    let [mut client, _] = traced("").expect("openers");
    open(&mut client, &octets(CLIENT_DATA)).expect("opened by the keys before");
    let opened = open(&mut client, &record).expect("opened");
    assert_eq!(opened, (23, b"hello".to_vec()));
}

impl Keys {
    /// Seals content under this header and number; what is sealed, and its tag.
    pub(super) fn seal(&self, number: u64, header: &[u8], mut content: Vec<u8>) -> Vec<u8> {
        let tag = self
            .cipher
            .seal(self.nonce(number, &[]), header, &mut content);
        content.extend(tag);
        content
    }
}

impl Cipher {
    fn seal(&self, nonce: [u8; NONCE], associated: &[u8], octets: &mut [u8]) -> [u8; TAG] {
        fn seal<C: AeadInOut>(
            c: &C,
            nonce: &[u8],
            associated: &[u8],
            octets: &mut [u8],
        ) -> Vec<u8> {
            let nonce = nonce.try_into().expect("a nonce");
            let tag = c.encrypt_inout_detached(&nonce, associated, octets.into());
            tag.expect("sealed").to_vec()
        }
        let tag = match self {
            Self::Aes128Gcm(c) => seal(&**c, &nonce, associated, octets),
            Self::Aes256Gcm(c) => seal(&**c, &nonce, associated, octets),
            Self::ChaCha20Poly1305(c) => seal(&**c, &nonce, associated, octets),
        };
        tag.try_into().expect("a tag")
    }
}

/// The master secret and the randoms of the records that are sealed here.
pub(crate) const MASTER: [u8; 48] = [3; 48];
pub(crate) const RANDOMS: [Random; 2] = [[1; 32], [2; 32]];

/// A record of TLS or DTLS 1.2 with this number, from the client.
fn sealed(suite: u16, version: Version, number: u64, content: &[u8]) -> Vec<u8> {
    let explicit = [&[9; 8][..], &[]][usize::from(suite >> 8 == 0xCC)];
    let (key_len, hash) = match suite {
        0xC02F => (16, Hash::Sha256),
        0xC030 => (32, Hash::Sha384),
        _ => (32, Hash::Sha256),
    };
    let mut block = [0; 2 * (32 + 12)];
    let [client, server] = &RANDOMS;
    hash.prf(&MASTER, "key expansion", &[server, client], &mut block);
    let (key, iv) = (&block[..key_len], &block[2 * key_len..]);
    let mut nonce = [0; 12];
    if explicit.is_empty() {
        nonce[4..].copy_from_slice(&number.to_be_bytes());
        nonce.iter_mut().zip(iv).for_each(|(n, iv)| *n ^= iv);
    } else {
        nonce[..4].copy_from_slice(&iv[..4]);
        nonce[4..].copy_from_slice(explicit);
    }
    let version = version.0.to_be_bytes();
    let len = (content.len() as u16).to_be_bytes();
    let associated = [&number.to_be_bytes()[..], &[23], &version, &len].concat();
    let mut octets = content.to_vec();
    let cipher = match suite {
        0xC02F => Cipher::Aes128Gcm(Box::new(Aes128Gcm::new_from_slice(key).expect("a key"))),
        0xC030 => Cipher::Aes256Gcm(Box::new(Aes256Gcm::new_from_slice(key).expect("a key"))),
        _ => {
            let cipher = ChaCha20Poly1305::new_from_slice(key).expect("a key");
            Cipher::ChaCha20Poly1305(Box::new(cipher))
        }
    };
    let tag = cipher.seal(nonce, &associated, &mut octets);
    [explicit, &octets, &tag].concat()
}

/// A record of application data of TLS 1.2 from the client, with `AES_128_GCM`.
pub(crate) fn sealed_record(number: u64, content: &[u8]) -> Vec<u8> {
    with_header(&sealed(0xC02F, Version::TLS_1_2, number, content))
}

fn with_header(body: &[u8]) -> Vec<u8> {
    [&[23, 3, 3], &(body.len() as u16).to_be_bytes()[..], body].concat()
}

fn secrets() -> SessionSecrets {
    SessionSecrets {
        master: Some(Secret::new(&MASTER)),
        ..SessionSecrets::default()
    }
}

fn made(version: Version, suite: u16) -> Result<[Opener; 2], NotOpened> {
    let [client, server] = &RANDOMS;
    openers(version, CipherSuite(suite), [client, server], &secrets())
}

#[test]
fn records_of_tls_1_2_open_with_every_cipher() {
    for suite in [0xC02F, 0xC030, 0xCCA8] {
        let [mut client, mut server] = made(Version::TLS_1_2, suite).expect("openers");
        for number in 0..3 {
            let record = with_header(&sealed(suite, Version::TLS_1_2, number, b"hello"));
            let opened = open(&mut client, &record).expect("opened");
            assert_eq!(opened, (23, b"hello".to_vec()), "{suite:#x} {number}");
            assert_eq!(open(&mut server, &record), Err(NotOpened::Tag));
        }
        let later = with_header(&sealed(suite, Version::TLS_1_2, 9, b"hello"));
        assert_eq!(open(&mut client, &later), Err(NotOpened::Tag));
        client.lost();
        assert!(open(&mut client, &later).is_ok());
    }
}

#[test]
fn records_of_dtls_1_2_open_by_the_number_they_tell() {
    for suite in [0xC02F, 0xC030, 0xCCA8] {
        let [client, server] = &RANDOMS;
        let made = datagram_openers(
            Version::DTLS_1_2,
            CipherSuite(suite),
            [client, server],
            &secrets(),
        );
        let [mut client, _] = made.expect("openers");
        for number in [7, 3] {
            let wire = 1 << 48 | number;
            let body = sealed(suite, Version::DTLS_1_2, wire, b"hello");
            let record = dtls::Record {
                content: Some(ContentType::APPLICATION_DATA),
                epoch: 1,
                number,
                header: &[],
                body: Octets::whole(&body, 0),
            };
            let mut content = Vec::new();
            client.open(&record, &mut content).expect("opened");
            assert_eq!(content, b"hello");
        }
    }
}

#[test]
fn what_is_not_opened_says_why() {
    let suite = CipherSuite(0xC013);
    assert_eq!(
        made(Version::TLS_1_2, suite.0).err(),
        Some(NotOpened::Suite(suite))
    );
    let old = Version(0x0301);
    assert_eq!(made(old, 0xC02F).err(), Some(NotOpened::Version(old)));
    assert_eq!(
        made(Version::TLS_1_3, 0x1301).err(),
        Some(NotOpened::Secrets)
    );
    let why = NotOpened::Suite(suite).to_string();
    assert_eq!(why, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA is not opened");
}

#[test]
fn after_many_records_that_do_not_open_no_more_are_tried() {
    let [mut client, _] = made(Version::TLS_1_2, 0xC02F).expect("openers");
    let bad = with_header(&[7; 40]);
    for _ in 0..PATIENCE {
        assert_eq!(open(&mut client, &bad), Err(NotOpened::Tag));
    }
    let good = with_header(&sealed(0xC02F, Version::TLS_1_2, 0, b"hello"));
    assert_eq!(open(&mut client, &good), Err(NotOpened::Tag));
}
