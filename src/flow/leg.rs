//! What a leg between a client and its relay shows, granted or not.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::room::{Room, Share};
use super::table::Aged;
use crate::base::addr::FiveTuple;
use crate::base::label::printable;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::stun::Stun;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::AttributeType;

/// Values of one kind that are kept, and octets of each text: the longest that REALM and SOFTWARE
/// may be (RFC 8489, sections 14.9 and 14.14).
const VALUES: usize = 64;
const TEXT: usize = 763;

/// What a TURN client asked and told on its leg, granted or not.
#[derive(Debug, Clone)]
pub struct TurnLeg {
    /// Number of the leg, from 1, in the order of appearance.
    pub id: u64,
    /// Client and server as seen.
    pub ends: FiveTuple,
    /// User names in clear, each with the packets that name it.
    pub usernames: BTreeMap<String, Sample>,
    /// Realms.
    pub realms: BTreeMap<String, Sample>,
    /// SOFTWARE of the client, and of the server.
    pub software: [BTreeMap<String, Sample>; 2],
    /// Peers as the client named them.
    pub peers: BTreeMap<SocketAddr, Sample>,
    /// Requests that carry a hash instead of the name.
    pub userhash: Sample,
    /// Requests without a user name that were answered with success.
    pub nameless: Sample,
    /// Address of the client as the server tells it.
    pub mapped: Option<(SocketAddr, u64)>,
    /// All TURN messages of the leg.
    pub messages: Sample,
    /// Packets that say that TURN runs inside TLS: those of the handshake, or of records and
    /// datagrams that agree.
    pub sealed: Sample,
    pub(super) last: Timestamp,
    share: Share,
}

impl Aged for TurnLeg {
    fn last(&self) -> Timestamp {
        self.last
    }
}

impl TurnLeg {
    pub(super) fn new(id: u64, ends: FiveTuple, time: Timestamp) -> Self {
        Self {
            id,
            ends,
            usernames: BTreeMap::new(),
            realms: BTreeMap::new(),
            software: [BTreeMap::new(), BTreeMap::new()],
            peers: BTreeMap::new(),
            userhash: Sample::default(),
            nameless: Sample::default(),
            mapped: None,
            messages: Sample::default(),
            sealed: Sample::default(),
            last: time,
            share: Share::default(),
        }
    }

    /// Whether there was room for every peer that was named.
    pub fn has_all_peers(&self) -> bool {
        self.peers.len() < VALUES
    }

    /// Keeps what a message shows, whether or not it is granted.
    pub(super) fn note(
        &mut self,
        (number, time): (u64, Timestamp),
        from_client: bool,
        stun: &Stun<'_>,
        room: &Room,
    ) {
        let at = (number, room);
        let share = &mut self.share;
        self.last = self.last.max(time);
        self.messages.add(number);
        for attribute in stun.attributes() {
            match (attribute.kind, attribute.value) {
                (AttributeType::USERNAME, AttributeValue::Text(octets)) => {
                    note(&mut self.usernames, sized(octets), at, share);
                }
                (AttributeType::REALM, AttributeValue::Text(octets)) => {
                    note(&mut self.realms, sized(octets), at, share);
                }
                (AttributeType::SOFTWARE, AttributeValue::Text(octets)) => {
                    let [client, server] = &mut self.software;
                    let of = if from_client { client } else { server };
                    note(of, sized(octets), at, share);
                }
                (AttributeType::XOR_PEER_ADDRESS, AttributeValue::Address(peer)) => {
                    note(&mut self.peers, (peer, 0), at, share);
                }
                (AttributeType::USERHASH, _) => self.userhash.add(number),
                (AttributeType::XOR_MAPPED_ADDRESS, AttributeValue::Address(mapped)) => {
                    self.mapped.get_or_insert((mapped, number));
                }
                _ => {}
            }
        }
    }
}

/// A text from the wire, safe to print and bounded.
pub(super) fn text(octets: &[u8]) -> String {
    printable(octets.get(..TEXT).unwrap_or(octets))
}

/// The same, with its length.
fn sized(octets: &[u8]) -> (String, usize) {
    let text = text(octets);
    let len = text.len();
    (text, len)
}

fn note<K: Ord>(
    values: &mut BTreeMap<K, Sample>,
    (value, octets): (K, usize),
    (number, room): (u64, &Room),
    share: &mut Share,
) {
    if let Some(packets) = values.get_mut(&value) {
        packets.add(number);
    } else if values.len() < VALUES && room.keep(octets, share) {
        values.insert(value, Sample::of(number));
    }
}
