//! Session descriptions (RFC 8866) put together: what each media line announced.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::{VALUES, text};
use crate::base::addr::FiveTuple;
use crate::base::sample::Sample;
use crate::base::secret::Secret;
use crate::dissect::sip::sdp::{Line, lines, words};
use crate::keys::{MasterKey, SrtpSuite};

/// By what a session description is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provenance {
    /// A message between these ends first carried it.
    Carried(FiveTuple),
    /// It stands in a file of this name, which was given beside the capture.
    Given(Arc<str>),
}

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionDescription {
    /// By what it is known.
    pub provenance: Provenance,
    /// The messages that carried it; of one that was given, the packets by which it is known to be
    /// of a call in the capture.
    pub packets: Sample,
    /// Address of who made it, as it stands in the origin line.
    pub origin: Option<String>,
    /// Its media lines, in their order.
    pub media: Vec<Arc<MediaDescription>>,
}

/// What one media line and its attributes announce; attributes of the session count for each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaDescription {
    /// Kind of media: `audio`, `video`, `application`.
    pub kind: String,
    /// Transport protocol, such as `RTP/SAVP` or `UDP/TLS/RTP/SAVPF`.
    pub protocol: String,
    /// Where the media are to be sent; none where a host name or port zero stands there.
    pub address: Option<SocketAddr>,
    /// Where RTCP is to be sent (RFC 3605), the next port where nothing is said.
    pub rtcp: Option<SocketAddr>,
    /// Whether RTP and RTCP share a port (RFC 5761).
    pub rtcp_mux: bool,
    /// Payload types with their codecs.
    pub payload_types: BTreeMap<u8, PayloadMap>,
    /// Header extensions, id and URI (RFC 8285).
    pub extensions: BTreeMap<u16, String>,
    /// Certificate fingerprints (RFC 8122).
    pub fingerprints: Vec<Fingerprint>,
    /// DTLS role (RFC 4145): `active`, `passive` or `actpass`.
    pub setup: Option<String>,
    /// Keys in the signalling itself (RFC 4568).
    pub crypto: Vec<Crypto>,
    /// ICE candidates (RFC 8839).
    pub candidates: Vec<Candidate>,
    /// ICE user fragment.
    pub ice_ufrag: Option<String>,
    /// ICE password.
    pub ice_password: Option<Secret>,
    /// Sources (RFC 5576), each with its CNAME.
    pub sources: BTreeMap<u32, Option<String>>,
    /// Media identification (RFC 5888).
    pub mid: Option<String>,
}

/// A codec as `a=rtpmap` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadMap {
    /// Encoding name.
    pub encoding: String,
    /// Clock rate, in hertz.
    pub clock_rate: u32,
    /// Channels, where they are named.
    pub channels: Option<u8>,
}

/// The fingerprint of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hash function, lower case: `sha-256`.
    pub algorithm: String,
    /// The hash in upper-case hexadecimal without colons.
    pub value: String,
}

/// A key line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crypto {
    /// Its tag, by which an answer chooses.
    pub tag: u32,
    /// Crypto suite.
    pub suite: String,
    /// Key and salt in Base64, as they stand in the line.
    pub key: Secret,
    /// The same as a key that opens media; `None` where the suite is not opened, the key is not as
    /// long as it asks, or the session parameters change what is sealed.
    pub master: Option<MasterKey>,
    /// Whether its session parameters leave media in clear (RFC 4568, section 6.3.2).
    pub unencrypted: bool,
}

/// An ICE candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its address as it stands there: also a name that hides it.
    pub address: String,
    /// Address and port, where the address is one.
    pub socket: Option<SocketAddr>,
    /// `host`, `srflx`, `prflx` or `relay`.
    pub kind: String,
    /// The address behind it (`raddr`).
    pub related: Option<String>,
}

impl MediaDescription {
    /// Every address at which its media may arrive: media, RTCP and candidates.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let sockets = self.candidates.iter().filter_map(|known| known.socket);
        self.address.into_iter().chain(self.rtcp).chain(sockets)
    }
}

impl SessionDescription {
    /// Whether a key of media stands in it.
    pub fn carries_key(&self) -> bool {
        self.media.iter().any(|media| !media.crypto.is_empty())
    }

    /// Ends of the message that first carried it; `None` where it was given.
    pub const fn carried_between(&self) -> Option<&FiveTuple> {
        match &self.provenance {
            Provenance::Carried(ends) => Some(ends),
            Provenance::Given(_) => None,
        }
    }

    /// Name of the file in which it was given; `None` where a message carried it.
    pub fn given_in(&self) -> Option<&str> {
        match &self.provenance {
            Provenance::Carried(_) => None,
            Provenance::Given(file) => Some(file),
        }
    }

    /// Whether both say the same, by whatever they are known.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.origin == other.origin && self.media == other.media
    }

    /// Reads a description from front to back.
    pub(super) fn read(provenance: Provenance, packets: Sample, sdp: &[u8]) -> Self {
        let mut origin = None;
        let mut session = Section::default();
        let mut sections: Vec<Section> = Vec::new();
        for line in lines(sdp) {
            match line.kind {
                b'o' => origin = words(line.value).nth(5).map(bounded),
                b'm' if sections.len() < VALUES => sections.push(session.open(line.value)),
                b'm' => {}
                _ => sections.last_mut().unwrap_or(&mut session).take(line),
            }
        }
        let media = sections
            .into_iter()
            .map(|section| Arc::new(section.close()));
        Self {
            provenance,
            packets,
            origin,
            media: media.collect(),
        }
    }
}

/// A section while it is read: that of the session, or that of a media line.
#[derive(Debug, Clone, Default)]
struct Section {
    media: MediaDescription,
    connection: Option<IpAddr>,
    port: u16,
    rtcp: Option<(u16, Option<IpAddr>)>,
}

impl Section {
    /// A media line, with what the session said for all.
    fn open(&self, value: &[u8]) -> Self {
        let mut section = self.clone();
        let mut words = words(value);
        section.media.kind = words.next().map(bounded).unwrap_or_default();
        let port = words.next().unwrap_or_default();
        section.port = port
            .split('/')
            .next()
            .and_then(|p| p.parse().ok())
            .unwrap_or(0);
        section.media.protocol = words.next().map(bounded).unwrap_or_default();
        for format in words.filter_map(|word| word.parse().ok()) {
            if let Some(map) = known_payload(format) {
                section.media.payload_types.insert(format, map);
            }
        }
        section
    }

    fn close(self) -> MediaDescription {
        let mut media = self.media;
        let address = |port: u16, ip: Option<IpAddr>| {
            ip.filter(|ip| port != 0 && !ip.is_unspecified())
                .map(|ip| SocketAddr::new(ip, port))
        };
        media.address = address(self.port, self.connection);
        media.rtcp = match self.rtcp {
            Some((port, ip)) => address(port, ip.or(self.connection)),
            None if media.rtcp_mux => media.address,
            None => address(self.port.saturating_add(1), self.connection)
                .filter(|_| media.address.is_some()),
        };
        media
    }

    fn take(&mut self, line: Line<'_>) {
        if line.kind == b'c' {
            let address = words(line.value)
                .nth(2)
                .and_then(|word| word.split('/').next());
            self.connection = address.and_then(|address| address.parse().ok());
        } else if let Some((name, value)) = line.attribute() {
            self.attribute(name, value);
        }
    }

    fn attribute(&mut self, name: &[u8], value: &[u8]) {
        let media = &mut self.media;
        match name {
            b"rtpmap" => payload_map(media, value),
            b"extmap" => {
                let mut words = words(value);
                let id = words
                    .next()
                    .and_then(|id| id.split('/').next()?.parse().ok());
                if let (Some(id), Some(uri), true) =
                    (id, words.next(), media.extensions.len() < VALUES)
                {
                    media.extensions.insert(id, bounded(uri));
                }
            }
            b"fingerprint" => {
                let mut words = words(value);
                if let (Some(algorithm), Some(hash)) = (words.next(), words.next()) {
                    push(
                        &mut media.fingerprints,
                        Fingerprint {
                            algorithm: bounded(&algorithm.to_ascii_lowercase()),
                            value: bounded(&hash.replace(':', "").to_ascii_uppercase()),
                        },
                    );
                }
            }
            b"crypto" => crypto(value)
                .into_iter()
                .for_each(|key| push(&mut media.crypto, key)),
            b"candidate" => candidate(value)
                .into_iter()
                .for_each(|c| push(&mut media.candidates, c)),
            b"ssrc" => source(media, value),
            b"setup" => media.setup = Some(text(value)),
            b"ice-ufrag" => media.ice_ufrag = Some(text(value)),
            b"ice-pwd" => media.ice_password = Some(Secret::new(value.trim_ascii())),
            b"mid" => media.mid = Some(text(value)),
            b"rtcp-mux" => media.rtcp_mux = true,
            b"rtcp" => {
                let mut words = words(value);
                let port = words.next().and_then(|port| port.parse().ok());
                let address = words.nth(2).and_then(|address| address.parse().ok());
                self.rtcp = port.map(|port| (port, address));
            }
            _ => {}
        }
    }
}

fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() < VALUES {
        list.push(value);
    }
}

fn bounded(word: &str) -> String {
    text(word.as_bytes())
}

/// `a=rtpmap:111 opus/48000/2` (RFC 8866, section 6.6).
fn payload_map(media: &mut MediaDescription, value: &[u8]) {
    let mut words = words(value);
    let (Some(payload_type), Some(codec)) = (words.next(), words.next()) else {
        return;
    };
    let mut parts = codec.split('/');
    let encoding = parts.next().map(bounded).unwrap_or_default();
    let clock_rate = parts.next().and_then(|rate| rate.parse().ok());
    if let (Ok(payload_type), Some(clock_rate)) = (payload_type.parse(), clock_rate) {
        media.payload_types.insert(
            payload_type,
            PayloadMap {
                encoding,
                clock_rate,
                channels: parts.next().and_then(|channels| channels.parse().ok()),
            },
        );
    }
}

/// `a=crypto:1 SUITE inline:KEY|LIFETIME|MKI:LENGTH` (RFC 4568, section 9.1): every key of it.
fn crypto(value: &[u8]) -> Vec<Crypto> {
    let mut words = words(value);
    let (Some(tag), Some(suite), Some(keys)) = (words.next(), words.next(), words.next()) else {
        return Vec::new();
    };
    let parameters: Vec<_> = words.collect();
    let alters = |word: &&str| word.starts_with("UN") || word.starts_with("KDR=");
    let usual = SrtpSuite::of_name(suite).filter(|_| !parameters.iter().any(alters));
    let unencrypted = parameters.contains(&"UNENCRYPTED_SRTP");
    let inline = |key: &&str| key.starts_with("inline:");
    keys.split(';')
        .filter(inline)
        .take(VALUES)
        .map(|text| {
            let key = text.split(['|', ':']).nth(1).unwrap_or_default();
            Crypto {
                tag: tag.parse().unwrap_or(0),
                suite: bounded(suite),
                key: Secret::new(key.as_bytes()),
                master: usual.and_then(|suite| MasterKey::read(suite, text.as_bytes()).ok()),
                unencrypted,
            }
        })
        .collect()
}

/// `a=candidate:1 1 UDP 2130706431 10.0.0.1 5000 typ host` (RFC 8839, section 5.1).
fn candidate(value: &[u8]) -> Option<Candidate> {
    let mut words = words(value).skip(4);
    let (address, port) = (words.next()?, words.next()?);
    let ip: Option<IpAddr> = address.parse().ok();
    let mut found = Candidate {
        address: bounded(address),
        socket: ip.zip(port.parse().ok()).map(SocketAddr::from),
        kind: String::new(),
        related: None,
    };
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        match name {
            "typ" => found.kind = bounded(value),
            "raddr" => found.related = Some(bounded(value)),
            _ => {}
        }
    }
    Some(found)
}

/// `a=ssrc:1234 cname:name` (RFC 5576, section 4.1).
fn source(media: &mut MediaDescription, value: &[u8]) {
    let mut words = words(value);
    let ssrc = words.next().and_then(|ssrc| ssrc.parse().ok());
    let cname = words.next().and_then(|word| word.strip_prefix("cname:"));
    if let Some(ssrc) = ssrc.filter(|_| media.sources.len() < VALUES) {
        let known = media.sources.entry(ssrc).or_default();
        *known = cname.map(bounded).or(known.take());
    }
}

/// The static payload types that need no map (RFC 3551, section 6).
fn known_payload(payload_type: u8) -> Option<PayloadMap> {
    let (encoding, clock_rate) = match payload_type {
        0 => ("PCMU", 8000),
        3 => ("GSM", 8000),
        4 => ("G723", 8000),
        8 => ("PCMA", 8000),
        9 => ("G722", 8000),
        13 => ("CN", 8000),
        18 => ("G729", 8000),
        26 => ("JPEG", 90_000),
        31 => ("H261", 90_000),
        34 => ("H263", 90_000),
        _ => return None,
    };
    Some(PayloadMap {
        encoding: encoding.to_owned(),
        clock_rate,
        channels: None,
    })
}
