//! TLS over TCP: what its handshake says in clear, and whether TURN is known to run inside; the
//! same of DTLS over UDP, whose handshake is that of an association.
//!
//! What comes after the first keys is sealed: it is read where a key log opens it, counted where
//! TURN is known to run inside, and compared with what its server sends and gets while it may be.

mod datagrams;
mod inside;
mod likeness;
mod opening;
mod records;
mod watch;

use std::net::SocketAddr;

use super::association::{Certificate, Role, shortened};
use super::connection::StreamMessage;
use super::room::Share;
use super::table::Aged;
use super::{Place, Tracker};
use crate::base::addr::{Direction, FiveTuple, FlowKey};
use crate::base::label::Quiet;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::dtls::handshake::{Certificates, Handshake};
use crate::dissect::dtls::names::{ExtensionType, Version};
use crate::dissect::dtls::{
    CipherSuite, ClientHello, ExtensionValue, Extensions, Random, ServerHello,
};
use crate::dissect::tls;
use records::Records;

pub use likeness::Likeness;
pub use opening::{OpenedFlow, Openings};
pub use records::Records as TlsRecords;
pub(super) use watch::Watch;

/// Values that are kept of one kind.
const VALUES: usize = 64;
/// Application protocol of TURN (RFC 7443, section 3).
const TURN: &str = "stun.turn";

/// Why TURN is known to run inside TLS or DTLS, or thought to; each tells more than the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inside {
    /// Its server speaks TURN elsewhere, and its records are as long as messages of TURN are.
    Server,
    /// Its records come when datagrams of a peer do, and each is as long as TURN makes it.
    Lengths,
    /// The handshake names its protocol (RFC 7443).
    Negotiated,
    /// It was opened.
    Keyed,
}

/// One TLS handshake, as far as it is in clear.
#[derive(Debug, Clone)]
pub struct TlsSession {
    /// The connection.
    pub flow: FlowKey,
    /// Direction in which the client sends.
    pub from_client: Direction,
    /// Versions that the client offers; empty where its hello was not seen.
    pub offered_versions: Vec<Version>,
    /// Version that the server takes.
    pub version: Option<Version>,
    /// Cipher suite that the server takes.
    pub cipher: Option<CipherSuite>,
    /// Name of the service that the client calls.
    pub sni: Option<String>,
    /// Application protocols that the client offers.
    pub alpn: Vec<String>,
    /// Application protocol that the server takes; from TLS 1.3 on it is sealed.
    pub alpn_taken: Option<String>,
    /// Certificates in clear, up to TLS 1.2.
    pub certificates: Vec<Certificate>,
    /// Packets in which a ClientHello, a ServerHello and certificates end.
    pub packets: [Sample; 3],
    /// Octets of its records, in clear and sealed, headers among the first.
    pub octets: [u64; 2],
    /// How its records agree with the datagrams of a peer, where that shows TURN.
    pub likeness: Option<Likeness>,
    /// Whether they are compared, or were.
    compared: bool,
    /// Randoms of client and server.
    randoms: [Option<Random>; 2],
    records: Records,
    share: Share,
    last: Timestamp,
}

impl Aged for TlsSession {
    fn last(&self) -> Timestamp {
        self.last
    }
}

impl TlsSession {
    fn new(flow: FlowKey, from_client: Direction) -> Self {
        Self {
            flow,
            from_client,
            offered_versions: Vec::new(),
            version: None,
            cipher: None,
            sni: None,
            alpn: Vec::new(),
            alpn_taken: None,
            certificates: Vec::new(),
            packets: <[Sample; 3]>::default(),
            octets: [0; 2],
            likeness: None,
            compared: false,
            randoms: [None; 2],
            records: Records::default(),
            share: Share::default(),
            last: Timestamp::default(),
        }
    }

    /// Address of the client and of the server.
    pub const fn ends(&self) -> (SocketAddr, SocketAddr) {
        self.flow.ends(self.from_client)
    }

    /// Whether the handshake says that TURN runs inside: the server takes its protocol, or the
    /// client offers no other and no answer is seen, which the server may seal or leave out.
    pub fn speaks_turn(&self) -> bool {
        match &self.alpn_taken {
            Some(taken) => taken == TURN,
            None => !self.alpn.is_empty() && self.alpn.iter().all(|name| name == TURN),
        }
    }

    /// Whether the server took a suite that is known to encrypt.
    pub fn seals(&self) -> bool {
        self.cipher.is_some_and(CipherSuite::encrypts)
    }

    /// Counts the octets of a record.
    fn count(&mut self, message: &StreamMessage<'_>, record: &tls::Record<'_>) {
        let held = message.octets.len() as u64;
        let [clear, sealed] = &mut self.octets;
        let body = record.body.captured.len() as u64;
        let body = if record.sealed { body } else { 0 };
        *sealed += body;
        *clear += held.saturating_sub(body);
    }

    fn message(&mut self, number: u64, direction: Direction, message: &Handshake<'_>) {
        let [asked, answered, shown] = &mut self.packets;
        match message {
            Handshake::ClientHello(hello) => {
                asked.add(number);
                self.from_client = direction;
                self.client_hello(hello);
            }
            Handshake::ServerHello(hello) => {
                answered.add(number);
                self.from_client = direction.reversed();
                self.server_hello(hello);
            }
            Handshake::Certificate(chain) => {
                shown.add(number);
                self.chain(direction, chain);
            }
            Handshake::EncryptedExtensions(_) | Handshake::Other => {}
        }
    }

    fn client_hello(&mut self, hello: &ClientHello<'_>) {
        self.randoms = [Some(hello.random), None];
        self.offered_versions = hello.versions();
        self.offered_versions.truncate(VALUES);
        self.sni = hello.server_name().map(shortened);
        self.alpn = protocols(&hello.extensions);
    }

    fn server_hello(&mut self, hello: &ServerHello<'_>) {
        let [_, of_server] = &mut self.randoms;
        *of_server = Some(hello.random);
        self.version = Some(hello.version());
        self.cipher = Some(hello.suite);
        self.alpn_taken = protocols(&hello.extensions).pop();
    }

    fn chain(&mut self, direction: Direction, chain: &Certificates<'_>) {
        let role = if direction == self.from_client {
            Role::Client
        } else {
            Role::Server
        };
        for der in chain.iter() {
            let read = Certificate::read(role, der);
            if self.certificates.len() < VALUES && !self.certificates.contains(&read) {
                self.certificates.push(read);
            }
        }
    }
}

fn protocols(extensions: &Extensions<'_>) -> Vec<String> {
    match extensions.find(ExtensionType::ALPN) {
        Some(ExtensionValue::Alpn(names)) => names.iter().take(VALUES).map(shortened).collect(),
        _ => Vec::new(),
    }
}

impl Tracker {
    /// Takes a record.
    pub(super) fn tls_record(&mut self, place: Place, message: &StreamMessage<'_>) {
        let direction = message.direction;
        let session = self
            .tls
            .entry(place.flow, || TlsSession::new(place.flow, direction));
        session.last = session.last.max(place.time);
        let mut records = std::mem::take(&mut session.records);
        let parsed = tls::parse(message.message(), records.before(direction), &mut Quiet);
        if let Ok(record) = &parsed {
            session.count(message, record);
            let version = session.version;
            records.follow(direction, record, version, &mut |message| {
                session.message(place.number, direction, &message.read());
            });
            if record.is_handshake() && !self.room.resize(records.held(), &mut session.share) {
                records.lost();
            }
        }
        session.records = records;
        let Ok(record) = parsed else { return };
        let known = session.speaks_turn() && session.seals();
        record
            .anomalies
            .iter()
            .for_each(|anomaly| self.odd(anomaly, place.number));
        if record.sealed {
            self.sealed_record(Place { direction, ..place }, &record);
        } else if known {
            self.turn_inside(place.flow, place.time, Inside::Negotiated);
        }
    }

    /// Keeps that TURN runs inside the TLS of a flow, and the packets that say so.
    fn turn_inside(&mut self, key: FlowKey, time: Timestamp, basis: Inside) {
        let (Some(session), Some(flow)) = (self.tls.get(&key), self.flows.get_mut(&key)) else {
            return;
        };
        let (src, dst) = session.ends();
        let ends = FiveTuple {
            src,
            dst,
            transport: key.transport,
        };
        let mut packets = Sample::default();
        match session
            .likeness
            .as_ref()
            .filter(|_| basis == Inside::Lengths)
        {
            Some(likeness) => packets.merge(&likeness.packets),
            None => session.packets.iter().for_each(|of| packets.merge(of)),
        }
        flow.turn_tls = flow.turn_tls.max(Some(basis));
        self.turn.sealed_leg(packets, time, ends);
    }

    /// Forgets the connection before on the same flow.
    pub(super) fn restart_tls(&mut self, flow: &FlowKey) {
        if let Some(session) = self.tls.get_mut(flow) {
            session.records = Records::default();
            session.compared = false;
        }
        self.openings.remove(flow);
        self.watch.leave(flow);
    }

    /// Octets of a connection are missing, and behind them its records are found again.
    pub(super) fn resume_tls(&mut self, flow: &FlowKey) {
        if let Some(session) = self.tls.get_mut(flow) {
            session.records.lost();
        }
        self.openings.lost(flow);
    }

    /// Whether anybody reads the records of a flow: those of the handshake always, and what is
    /// sealed where it is opened, compared, or TURN is known to run inside.
    pub fn reads_tls(&self, flow: &FlowKey) -> bool {
        let known = self.flows.get(flow);
        let sealed = self.tls.get(flow).is_some_and(|of| of.records.are_sealed());
        !sealed
            || known.is_some_and(|flow| flow.turn_tls.is_some())
            || self.openings.opens(flow)
            || self.watch.follows(flow)
    }

    /// What the TLS handshake on this flow says.
    pub fn tls(&self, key: &FlowKey) -> Option<&TlsSession> {
        self.tls.get(key)
    }
}

#[cfg(test)]
mod tests;
