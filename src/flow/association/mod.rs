//! DTLS associations: who shook hands with whom, on what terms, and how far they got.
//!
//! One entry for each leg on which a handshake passes. What a handshake of DTLS 1.3 seals is left
//! unknown, unless keys open it.

mod certificate;
mod opened;
mod opening;
mod progress;
mod reassembly;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::base::addr::{Direction, FlowKey};
use crate::base::label::printable;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::dtls::handshake::Certificates;
use crate::dissect::dtls::names::{AlertDescription, ExtensionType, Group, SrtpProfile, Version};
use crate::dissect::dtls::{CipherSuite, ClientHello, ExtensionValue, Random, Record, ServerHello};
use crate::flow::DataSender;
use progress::Progress;

pub use certificate::{Certificate, Role};
pub use opening::DtlsOpenings;
pub(super) use table::{Associations, Seen};

/// Where handshakes are kept apart: one level of one flow, and through a relay one peer of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) flow: FlowKey,
    pub(super) relayed: bool,
    pub(super) peer: Option<SocketAddr>,
}

/// Numbers of one kind that are kept, and texts or certificates of one end.
const VALUES: usize = 64;
const CHAIN: usize = 8;
/// Octets of one text that are kept: longer than any name in DNS.
const TEXT: usize = 255;

/// One DTLS handshake, with what it protects, on one leg.
#[derive(Debug, Clone)]
pub struct Association {
    /// Its number, from 1, in the order of appearance.
    pub id: u64,
    /// Flow in which it was seen.
    pub flow: FlowKey,
    /// Whether TURN carries it there.
    pub relayed: bool,
    /// Client and server of the handshake on the peer side of the relay, where TURN carries it
    /// and the addresses are known: the same two as on the bare leg.
    pub pair: Option<(SocketAddr, SocketAddr)>,
    /// Direction in which the client of the handshake sends.
    pub from_client: Direction,
    /// Random of the client.
    pub client_random: Option<Random>,
    /// Random of the server.
    pub server_random: Option<Random>,
    /// Versions that the client offers; empty until its hello was seen whole.
    pub offered_versions: Vec<Version>,
    /// Version that the server takes.
    pub version: Option<Version>,
    /// SRTP profiles that the client offers; `None` until its hello was seen whole.
    pub offered_profiles: Option<Vec<SrtpProfile>>,
    /// Profile that the server takes. In DTLS 1.3 it is sealed, and known where keys opened it.
    pub profile: Option<SrtpProfile>,
    /// Packets in which keys opened what the server takes.
    pub choice_opened: Sample,
    /// Master key identifier, mostly empty.
    pub mki: Vec<u8>,
    /// Cipher suite that the server takes.
    pub cipher: Option<CipherSuite>,
    /// Name of the service that the client calls.
    pub sni: Option<String>,
    /// Application protocols that the client offers.
    pub alpn: Vec<String>,
    /// Groups that the client offers.
    pub groups: Vec<Group>,
    /// Group of the server's key share.
    pub group: Option<Group>,
    /// Certificates in clear or opened, each once, of each end that of its owner first.
    pub certificates: Vec<Certificate>,
    /// Whether any part of it came inside STUN.
    pub in_stun: bool,
    /// Packets of the handshake, in clear and sealed.
    pub packets: Sample,
    /// Packets with a ClientHello or a part of one.
    pub client_hello: Sample,
    /// Packets with a ServerHello or a part of one.
    pub server_hello: Sample,
    /// Packets with certificates or parts of them, by who sent them: client, server.
    pub certificate_packets: [Sample; 2],
    /// Alerts in clear.
    pub alerts: BTreeMap<AlertDescription, Sample>,
    /// Sealed records from the client and from the server.
    pub protected: [u64; 2],
    /// What keys opened of the data that client and server sent; `None` where they opened none.
    pub data: Option<Box<[DataSender; 2]>>,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// Whether the server asked for another ClientHello, which may then be altered.
    retried: bool,
    progress: Progress,
    peer: Option<SocketAddr>,
}

impl Association {
    /// Whether both ends have finished the handshake.
    pub fn is_complete(&self) -> bool {
        self.progress.is_complete()
    }

    /// Whether both are one handshake, seen on two legs: both randoms are known and equal.
    pub fn same_handshake(&self, other: &Self) -> bool {
        let randoms = |of: &Self| of.client_random.zip(of.server_random);
        randoms(self).is_some() && randoms(self) == randoms(other)
    }

    /// Address of the client and of the server: those on the peer side where a relay carries it.
    pub fn ends(&self) -> (SocketAddr, SocketAddr) {
        self.pair
            .unwrap_or_else(|| self.flow.ends(self.from_client))
    }

    /// Whether the client offers a profile that does not encrypt (RFC 5764, section 4.1.2);
    /// `None` where its hello was not seen whole.
    pub fn offers_null_profile(&self) -> Option<bool> {
        let offered = self.offered_profiles.as_ref()?;
        Some(offered.iter().any(|profile| profile.is_null()))
    }

    /// Whether the certificates are sealed, as from DTLS 1.3 on.
    pub fn seals_certificates(&self) -> bool {
        self.version == Some(Version::DTLS_1_3)
    }

    /// Whether keys opened what the server takes, which DTLS 1.3 seals.
    pub fn opens_choice(&self) -> bool {
        self.choice_opened.total() > 0
    }

    /// The role of whoever sends in this direction.
    fn role(&self, direction: Direction) -> Role {
        if direction == self.from_client {
            Role::Client
        } else {
            Role::Server
        }
    }

    fn take_client_hello(&mut self, hello: &ClientHello<'_>) {
        let extensions = hello.extensions;
        self.offered_versions = hello.versions();
        self.offered_versions.truncate(VALUES);
        let (profiles, mki) = match extensions.use_srtp() {
            Some((profiles, mki)) => (profiles.take(VALUES).collect(), mki),
            None => (Vec::new(), &[][..]),
        };
        self.offered_profiles = Some(profiles);
        self.mki = mki.to_vec();
        self.sni = hello.server_name().map(shortened);
        self.alpn = match extensions.find(ExtensionType::ALPN) {
            Some(ExtensionValue::Alpn(names)) => names.iter().take(CHAIN).map(shortened).collect(),
            _ => Vec::new(),
        };
        self.groups = match extensions.find(ExtensionType::SUPPORTED_GROUPS) {
            Some(ExtensionValue::Numbers(groups)) => {
                groups.iter().take(VALUES).map(Group).collect()
            }
            _ => Vec::new(),
        };
    }

    fn take_server_hello(&mut self, hello: &ServerHello<'_>) {
        if hello.is_retry() {
            self.retried = true;
            return;
        }
        self.server_random = Some(hello.random);
        self.version = Some(hello.version());
        self.cipher = Some(hello.suite);
        if let Some((mut profiles, mki)) = hello.extensions.use_srtp() {
            self.profile = profiles.next();
            self.mki = mki.to_vec();
        }
        self.group = match hello.extensions.find(ExtensionType::KEY_SHARE) {
            Some(ExtensionValue::Group(group)) => Some(group),
            _ => None,
        };
    }

    /// Takes a chain from whoever has this role, and whether keys opened it.
    fn take_certificates(&mut self, (role, opened): (Role, bool), chain: &Certificates<'_>) {
        for der in chain.iter() {
            let read = Certificate {
                opened,
                ..Certificate::read(role, der)
            };
            let of_role = self.certificates.iter().filter(|c| c.role == role).count();
            if of_role < CHAIN && !self.certificates.contains(&read) {
                self.certificates.push(read);
            }
        }
    }

    /// Takes a record: alerts in clear, and what is sealed by its number and length.
    fn take_record(&mut self, seen: &Seen, record: &Record<'_>) {
        let role = self.role(seen.direction);
        self.last = self.last.max(seen.time);
        if let Some(alert) = record.alert() {
            self.alerts.entry(alert).or_default().add(seen.number);
        }
        self.progress.record(role, record);
        if record.is_clear() || Progress::is_handshake(record) {
            add_once(&mut self.packets, seen.number);
        }
        if !record.is_clear()
            && let Some(count) = self.protected.get_mut(role.index())
        {
            *count += 1;
        }
    }
}

/// A text from the wire, with an ellipsis where it is too long to keep.
pub(super) fn shortened(octets: &[u8]) -> String {
    match octets.get(..TEXT) {
        Some(start) if octets.len() > TEXT => format!("{}...", printable(start)),
        _ => printable(octets),
    }
}

/// Adds a packet that may hold several parts of one thing.
pub(super) fn add_once(sample: &mut Sample, number: u64) {
    if sample.packets().last() != Some(&number) {
        sample.add(number);
    }
}
