//! Requests of TURN that wait for their answer.

use std::net::SocketAddr;

use super::VALUES;
use crate::base::addr::FiveTuple;
use crate::base::time::Timestamp;
use crate::dissect::stun::Stun;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::{AttributeType, Method};
use crate::flow::leg::text;
use crate::flow::table::Aged;

/// Octets of a ticket that is kept.
const TICKET: usize = 512;

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
}

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
                _ => {}
            }
        }
        request
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
