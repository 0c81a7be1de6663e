//! Requests of TURN that wait for their answer.

use std::net::SocketAddr;

use super::VALUES;
use crate::base::addr::{FiveTuple, Transport};
use crate::base::time::Timestamp;
use crate::dissect::stun::Stun;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::{AttributeType, Method};
use crate::flow::allocation::EvenPort;
use crate::flow::leg::text;
use crate::flow::table::Aged;

/// Octets of a ticket that is kept.
const TICKET: usize = 512;
/// The bit of EVEN-PORT that asks for the next port too (RFC 8656, section 18.7).
const RESERVE: u64 = 0x80;

/// What a client asks for.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) time: Timestamp,
    pub(super) number: u64,
    pub(super) method: Method,
    pub(super) ends: FiveTuple,
    pub(super) lifetime: Option<u32>,
    pub(super) channel: Option<u16>,
    pub(super) peers: Vec<SocketAddr>,
    pub(super) username: Option<String>,
    pub(super) realm: Option<String>,
    pub(super) ticket: Option<Box<[u8]>>,
    /// Between relay and peers.
    pub(super) transport: Option<Transport>,
    pub(super) even_port: Option<EvenPort>,
    pub(super) reservation: Option<Token>,
    pub(super) connection: Option<u32>,
}

/// What names a port that a server keeps for the next allocation (RFC 8656, section 18.10).
pub(super) type Token = [u8; 8];

impl Aged for Request {
    fn last(&self) -> Timestamp {
        self.time
    }
}

impl Request {
    pub(super) fn read(number: u64, time: Timestamp, ends: FiveTuple, stun: &Stun<'_>) -> Self {
        let mut request = Self {
            time,
            number,
            method: stun.method(),
            ends,
            lifetime: None,
            channel: None,
            peers: Vec::new(),
            username: None,
            realm: None,
            ticket: ticket(stun),
            transport: None,
            even_port: None,
            reservation: token(stun),
            connection: connection(stun),
        };
        for attribute in stun.attributes() {
            match (attribute.kind, attribute.value) {
                (AttributeType::LIFETIME, AttributeValue::Number(n)) => {
                    request.lifetime = Some(n as u32);
                }
                (AttributeType::CHANNEL_NUMBER, AttributeValue::Number(n)) => {
                    request.channel = Some(n as u16);
                }
                (AttributeType::XOR_PEER_ADDRESS, AttributeValue::Address(peer))
                    if request.peers.len() < VALUES =>
                {
                    request.peers.push(peer);
                }
                (AttributeType::USERNAME, AttributeValue::Text(octets)) => {
                    request.username = Some(text(octets));
                }
                (AttributeType::REALM, AttributeValue::Text(octets)) => {
                    request.realm = Some(text(octets));
                }
                (AttributeType::REQUESTED_TRANSPORT, AttributeValue::Number(protocol)) => {
                    request.transport = transport(protocol);
                }
                (AttributeType::EVEN_PORT, AttributeValue::Number(bits)) => {
                    request.even_port = Some(if bits & RESERVE == 0 {
                        EvenPort::Alone
                    } else {
                        EvenPort::WithNext
                    });
                }
                _ => {}
            }
        }
        request
    }
}

/// The lifetime that a message asks for or grants, in seconds.
pub(super) fn lifetime(stun: &Stun<'_>) -> Option<u32> {
    match stun.find(AttributeType::LIFETIME) {
        Some(AttributeValue::Number(seconds)) => Some(seconds as u32),
        _ => None,
    }
}

/// The token of a port that was reserved.
pub(super) fn token(stun: &Stun<'_>) -> Option<Token> {
    match stun.find(AttributeType::RESERVATION_TOKEN) {
        Some(AttributeValue::Octets(token)) => token.try_into().ok(),
        _ => None,
    }
}

/// What names a connection to a peer (RFC 6062, section 6.2.1).
pub(super) fn connection(stun: &Stun<'_>) -> Option<u32> {
    match stun.find(AttributeType::CONNECTION_ID) {
        Some(AttributeValue::Number(id)) => Some(id as u32),
        _ => None,
    }
}

/// A transport by its number (RFC 8656, section 18.8; RFC 6062, section 4.1).
const fn transport(protocol: u64) -> Option<Transport> {
    match protocol {
        6 => Some(Transport::Tcp),
        17 => Some(Transport::Udp),
        _ => None,
    }
}

/// The ticket with which a client may move; an empty one only asks for it.
pub(super) fn ticket(stun: &Stun<'_>) -> Option<Box<[u8]>> {
    match stun.find(AttributeType::MOBILITY_TICKET) {
        Some(AttributeValue::Octets(ticket)) if !ticket.is_empty() && ticket.len() <= TICKET => {
            Some(ticket.into())
        }
        _ => None,
    }
}
