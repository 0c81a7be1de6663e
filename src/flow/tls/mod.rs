//! TLS over TCP: what its handshake says in clear, and whether TURN is known to run inside.
//!
//! A connection is followed up to the first keys. What comes after is sealed, and not read.

use std::net::SocketAddr;

use super::association::{Certificate, Role, shortened};
use super::connection::StreamMessage;
use super::table::Aged;
use super::{Place, Tracker};
use crate::base::addr::{Direction, FiveTuple, FlowKey};
use crate::base::label::Quiet;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use crate::dissect::dtls::handshake::{Certificates, Handshake};
use crate::dissect::dtls::names::{ExtensionType, Version};
use crate::dissect::dtls::{CipherSuite, ClientHello, ExtensionValue, Extensions, ServerHello};
use crate::dissect::tls::{self, Before};

/// Octets of a handshake message that are waited for at most, and values kept of one kind.
const MESSAGE: usize = 1 << 17;
const VALUES: usize = 64;
/// Application protocol of TURN (RFC 7443, section 3).
const TURN: &str = "stun.turn";

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
    /// The handshake message of each direction that has not ended.
    open: [Vec<u8>; 2],
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
            open: <[Vec<u8>; 2]>::default(),
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
        let Some((suite, name)) = self.cipher.and_then(|suite| Some((suite, suite.name()?))) else {
            return false;
        };
        // RFC 9150, section 4: integrity only.
        !name.contains("_NULL_") && !matches!(suite.0, 0xC0B4 | 0xC0B5)
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
            Handshake::Other => {}
        }
    }

    fn client_hello(&mut self, hello: &ClientHello<'_>) {
        self.offered_versions = hello.versions();
        self.offered_versions.truncate(VALUES);
        self.sni = hello.server_name().map(shortened);
        self.alpn = protocols(&hello.extensions);
    }

    fn server_hello(&mut self, hello: &ServerHello<'_>) {
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
    /// Takes a record of a handshake in clear.
    pub(super) fn tls_record(&mut self, place: Place, message: &StreamMessage<'_>) {
        let direction = message.direction;
        let session = self
            .tls
            .entry(place.flow, || TlsSession::new(place.flow, direction));
        session.last = session.last.max(place.time);
        let mut open = session.open.get_mut(direction.index()).map(std::mem::take);
        let open = open.get_or_insert_default();
        let before = Before { keyed: false, open };
        let Ok(record) = tls::parse(message.message(), before, &mut Quiet) else {
            return;
        };
        let odd = record.anomalies;
        if record.is_handshake() {
            open.extend_from_slice(record.body.captured);
            let mut read = 0;
            while let Some(rest) = open.get(read..)
                && let Some(message) = tls::message(Octets::whole(rest, 0))
            {
                read += message.len as usize;
                session.message(place.number, direction, &message.read());
            }
            open.drain(..read);
        }
        if open.len() <= MESSAGE
            && let Some(kept) = session.open.get_mut(direction.index())
        {
            *kept = std::mem::take(open);
        }
        if session.speaks_turn() && session.seals() {
            let (src, dst) = session.ends();
            let transport = place.flow.transport;
            let ends = FiveTuple {
                src,
                dst,
                transport,
            };
            self.turn.sealed_leg(place.number, place.time, ends);
            if let Some(flow) = self.flows.get_mut(&place.flow) {
                flow.turn_tls = true;
            }
        }
        odd.iter()
            .for_each(|anomaly| self.odd(anomaly, place.number));
    }

    /// What the TLS handshake on this flow says.
    pub fn tls(&self, key: &FlowKey) -> Option<&TlsSession> {
        self.tls.get(key)
    }
}

#[cfg(test)]
mod tests;
