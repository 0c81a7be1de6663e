//! All associations of a capture: which handshake a message belongs to, and where one begins.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use hashbrown::HashMap;

use super::certificate::Role;
use super::progress::Progress;
use super::reassembly::{Assembled, Reassembly};
use super::{Association, Key, add_once};
use crate::base::addr::Direction;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use crate::dissect::dtls::handshake::{Carrier, Fragment, Handshake, parse};
use crate::dissect::dtls::names::HandshakeType;
use crate::dissect::dtls::{Dtls, Random};
use crate::flow::{Place, Tracker};

/// Associations that are kept.
const KEPT: usize = 1 << 16;
/// Handshakes of one level of one flow among which a repeated ClientHello is looked for.
const RECENT: usize = 4;
/// A ClientHello that comes so long after the answer repeats one that was not seen.
const REPEATED: Duration = Duration::from_secs(10);

/// Where and when a datagram of DTLS was seen.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) struct Seen {
    pub(in crate::flow) number: u64,
    pub(in crate::flow) time: Timestamp,
    pub(in crate::flow) key: Key,
    pub(in crate::flow) direction: Direction,
    /// Sender and receiver on the peer side of the relay, where TURN carries the datagram.
    pub(in crate::flow) pair: Option<(SocketAddr, SocketAddr)>,
    pub(in crate::flow) in_stun: bool,
}

impl Seen {
    /// A datagram that was seen there, as far as a handshake that runs already asks.
    pub(in crate::flow) const fn at(place: Place) -> Self {
        Self {
            number: place.number,
            time: place.time,
            key: Key {
                flow: place.flow,
                relayed: place.relayed,
                peer: place.peer,
            },
            direction: place.direction,
            pair: None,
            in_stun: false,
        }
    }
}

/// All associations, and what of handshakes is still incomplete.
#[derive(Debug)]
pub(in crate::flow) struct Associations {
    all: BTreeMap<u64, Association>,
    /// The last handshakes of each level, the current one at the end.
    recent: HashMap<Key, Vec<u64>>,
    pub(super) reassembly: Reassembly,
    made: u64,
    evicted: u64,
}

impl Tracker {
    /// All DTLS associations, in the order of appearance: one for each leg of each handshake.
    pub fn associations(&self) -> Vec<&Association> {
        self.associations.all()
    }
}

impl Associations {
    pub(in crate::flow) fn new() -> Self {
        Self {
            all: BTreeMap::new(),
            recent: HashMap::new(),
            reassembly: Reassembly::new(),
            made: 0,
            evicted: 0,
        }
    }

    /// All of them, in the order of appearance.
    pub(in crate::flow) fn all(&self) -> Vec<&Association> {
        self.all.values().collect()
    }

    /// Associations let go, and messages that were never completed for want of room.
    pub(in crate::flow) const fn evicted(&self) -> [(&'static str, u64); 2] {
        [
            ("associations-evicted", self.evicted),
            ("handshake-messages-evicted", self.reassembly.dropped()),
        ]
    }

    /// Takes the records of a datagram.
    pub(in crate::flow) fn datagram(&mut self, seen: &Seen, dtls: &Dtls<'_>) {
        for record in dtls.records() {
            for fragment in record.fragments() {
                self.fragment(seen, &fragment);
            }
            if let Some(association) = self.current(&seen.key) {
                association.take_record(seen, &record);
            }
        }
    }

    /// Keeps the associations that `keeps` names, and what lacks parts since then; returns how many
    /// others there were.
    pub(in crate::flow) fn retain(
        &mut self,
        since: Timestamp,
        keeps: impl Fn(&Association) -> bool,
    ) -> u64 {
        self.reassembly.retain(since);
        let before = self.all.len();
        self.all.retain(|_, association| keeps(association));
        let gone = before - self.all.len();
        if gone > 0 {
            let all = &self.all;
            self.recent.retain(|_, ids| {
                ids.retain(|id| all.contains_key(id));
                !ids.is_empty()
            });
        }
        gone as u64
    }

    /// The last handshakes of a level, the current one first.
    pub(in crate::flow) fn recent(&self, key: &Key) -> impl Iterator<Item = &Association> {
        let ids = self.recent.get(key).into_iter().flatten().rev();
        ids.filter_map(|id| self.all.get(id))
    }

    pub(super) fn current(&mut self, key: &Key) -> Option<&mut Association> {
        self.all.get_mut(self.recent.get(key)?.last()?)
    }

    fn fragment(&mut self, seen: &Seen, fragment: &Fragment<'_>) {
        match (sender(fragment.kind), fragment.random()) {
            (Some(Role::Client), Some(random)) => self.begin(seen, random),
            // The first part, with the random, is still to come.
            _ if fragment.kind == HandshakeType::CLIENT_HELLO => {}
            (Some(role), _) if self.current(&seen.key).is_none() => self.make(seen, role),
            _ => {}
        }
        if let Some(association) = self.current(&seen.key) {
            association.note(seen, fragment);
        }
        if let Some(message) = fragment.message() {
            self.message(seen, &message);
            return;
        }
        let (from, at) = ((seen.key, seen.direction), (seen.number, seen.time));
        if let Some(done) = self.reassembly.add(from, at, fragment) {
            let octets = Octets::whole(&done.octets, 0);
            let message = parse(done.kind, Carrier::Datagrams, octets);
            self.message(seen, &message);
            if let Some(association) = self.current(&seen.key) {
                association.note_earlier(seen, &done);
            }
        }
    }

    fn message(&mut self, seen: &Seen, message: &Handshake<'_>) {
        if let Handshake::ClientHello(hello) = message {
            self.begin(seen, hello.random);
        }
        let Some(association) = self.current(&seen.key) else {
            return;
        };
        match message {
            Handshake::ClientHello(hello) => association.take_client_hello(hello),
            Handshake::ServerHello(hello) => association.take_server_hello(hello),
            Handshake::Certificate(chain) => {
                let role = association.role(seen.direction);
                association.take_certificates((role, false), chain);
            }
            Handshake::EncryptedExtensions(_) | Handshake::Other => {}
        }
    }

    /// The handshake with this client random: one that runs already, or a new one.
    fn begin(&mut self, seen: &Seen, random: Random) {
        let known = self.recent.get(&seen.key).and_then(|ids| {
            let of = |id: &u64| self.all.get(id).and_then(|a| a.client_random) == Some(random);
            ids.iter().position(of)
        });
        if let Some(place) = known {
            // Several handshakes may run on one flow, where both ends take themselves for clients.
            if let Some(ids) = self.recent.get_mut(&seen.key) {
                let id = ids.remove(place);
                ids.push(id);
            }
            return;
        }
        if let Some(current) = self.current(&seen.key)
            && current.expects(seen)
        {
            current.client_random = Some(random);
            return;
        }
        self.make(seen, Role::Client);
        if let Some(current) = self.current(&seen.key) {
            current.client_random = Some(random);
        }
    }

    /// A new association, of whose sender the role is known.
    fn make(&mut self, seen: &Seen, sender: Role) {
        self.made += 1;
        let id = self.made;
        self.all.insert(id, Association::new(id, seen, sender));
        let ids = self.recent.entry(seen.key).or_default();
        ids.push(id);
        if ids.len() > RECENT {
            ids.remove(0);
        }
        if self.all.len() > KEPT
            && let Some((old, gone)) = self.all.pop_first()
        {
            self.evicted += 1;
            let key = gone.key();
            if let Some(ids) = self.recent.get_mut(&key) {
                ids.retain(|id| *id != old);
                if ids.is_empty() {
                    self.recent.remove(&key);
                }
            }
        }
    }
}

impl Association {
    fn new(id: u64, seen: &Seen, sender: Role) -> Self {
        let client_sends = sender == Role::Client;
        let Key {
            flow,
            relayed,
            peer,
        } = seen.key;
        let other = |(from, to)| (to, from);
        let pair = seen.pair;
        Self {
            id,
            flow,
            relayed,
            peer,
            pair: if client_sends { pair } else { pair.map(other) },
            from_client: if client_sends {
                seen.direction
            } else {
                seen.direction.reversed()
            },
            client_random: None,
            server_random: None,
            offered_versions: Vec::new(),
            version: None,
            offered_profiles: None,
            profile: None,
            choice_opened: Sample::default(),
            mki: Vec::new(),
            cipher: None,
            sni: None,
            alpn: Vec::new(),
            groups: Vec::new(),
            group: None,
            certificates: Vec::new(),
            in_stun: false,
            packets: Sample::default(),
            client_hello: Sample::default(),
            server_hello: Sample::default(),
            certificate_packets: [Sample::default(), Sample::default()],
            alerts: BTreeMap::new(),
            protected: [0; 2],
            data: None,
            first: seen.time,
            last: seen.time,
            retried: false,
            progress: Progress::default(),
        }
    }

    /// Notes a packet with a message or a part of one.
    pub(super) fn note(&mut self, seen: &Seen, fragment: &Fragment<'_>) {
        // A later part of another ClientHello may be of the next handshake, whose first part is
        // still to come: it is noted when it is complete.
        let later = fragment.kind == HandshakeType::CLIENT_HELLO && fragment.offset > 0;
        if later && self.offered_profiles.is_some() {
            return;
        }
        self.in_stun |= seen.in_stun;
        if fragment.kind == HandshakeType::HELLO_VERIFY_REQUEST || fragment.begins_retry() {
            self.retried = true;
        } else if let Some(sample) = self.sample(seen.direction, fragment.kind) {
            add_once(sample, seen.number);
        }
    }

    /// Notes the packets that brought parts of a message before its handshake was known: the
    /// second part of a ClientHello may come first.
    fn note_earlier(&mut self, seen: &Seen, done: &Assembled) {
        self.first = self.first.min(done.first);
        for number in &done.packets {
            merge_once(&mut self.packets, *number);
            if let Some(sample) = self.sample(seen.direction, done.kind) {
                merge_once(sample, *number);
            }
        }
    }

    /// Where packets with messages of this type are noted.
    fn sample(&mut self, direction: Direction, kind: HandshakeType) -> Option<&mut Sample> {
        let role = self.role(direction);
        match kind {
            HandshakeType::CLIENT_HELLO => Some(&mut self.client_hello),
            HandshakeType::SERVER_HELLO => Some(&mut self.server_hello),
            HandshakeType::CERTIFICATE => self.certificate_packets.get_mut(role.index()),
            _ => None,
        }
    }

    pub(super) const fn key(&self) -> Key {
        Key {
            flow: self.flow,
            relayed: self.relayed,
            peer: self.peer,
        }
    }

    /// Whether a ClientHello with another random still belongs here: the first one was not seen
    /// and this repeats it, or the server asked for another and has not answered yet.
    fn expects(&self, seen: &Seen) -> bool {
        seen.direction == self.from_client
            && match self.client_random {
                None => !self.is_complete() && seen.time.since(self.last) <= REPEATED,
                Some(_) => self.retried && self.server_random.is_none(),
            }
    }
}

/// Who sends messages of this type; `None` where both may.
const fn sender(kind: HandshakeType) -> Option<Role> {
    match kind {
        HandshakeType::CLIENT_HELLO | HandshakeType::CLIENT_KEY_EXCHANGE => Some(Role::Client),
        HandshakeType::SERVER_HELLO
        | HandshakeType::HELLO_VERIFY_REQUEST
        | HandshakeType::NEW_SESSION_TICKET
        | HandshakeType::SERVER_KEY_EXCHANGE
        | HandshakeType::CERTIFICATE_REQUEST
        | HandshakeType::SERVER_HELLO_DONE => Some(Role::Server),
        _ => None,
    }
}

fn merge_once(sample: &mut Sample, number: u64) {
    if !sample.packets().contains(&number) {
        sample.merge(&Sample::of(number));
    }
}
