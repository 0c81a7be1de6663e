//! Which connections of TLS are compared with the datagrams at their server, and while they are.
//!
//! A connection that carries something else is let go after a few records, so that its octets cost
//! nothing; datagrams are kept only of hosts at which such a connection ends.

use std::net::{IpAddr, SocketAddr};

use hashbrown::HashMap;

use super::likeness::{Compared, Datagrams, Likeness, Outline, Passed};
use super::{Inside, TlsSession};
use crate::base::addr::FlowKey;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use crate::dissect::dtls::names::ContentType;
use crate::dissect::tls::Record;
use crate::flow::{Place, Tracker};

/// Connections that are compared at one time.
const COMPARED: usize = 1 << 10;

/// Connections that are compared, and the datagrams at their servers.
#[derive(Debug, Default)]
pub(in crate::flow) struct Watch {
    connections: HashMap<FlowKey, Watched>,
    hosts: HashMap<IpAddr, Datagrams>,
}

#[derive(Debug)]
struct Watched {
    server: IpAddr,
    /// By how much sealing lengthens a message.
    expansion: u32,
    records: Compared,
}

impl Watch {
    /// Compares a connection from its first keys on, if every record is lengthened alike and there
    /// is room.
    fn begin(&mut self, session: &TlsSession) {
        let sealing = session.cipher.zip(session.version);
        let expansion = sealing.and_then(|(suite, version)| suite.expansion(version));
        let Some(expansion) = expansion.filter(|_| self.connections.len() < COMPARED) else {
            return;
        };
        let server = session.ends().1.ip();
        self.hosts.entry(server).or_default();
        let records = Compared::default();
        let watched = Watched {
            server,
            expansion,
            records,
        };
        self.connections.insert(session.flow, watched);
    }

    /// Whether a connection is compared.
    pub(super) fn follows(&self, flow: &FlowKey) -> bool {
        self.connections.contains_key(flow)
    }

    /// Takes a datagram with these ends.
    fn datagram(&mut self, (src, dst): (SocketAddr, SocketAddr), datagram: Outline) {
        for (host, peer, to_peer) in [(src, dst, true), (dst, src, false)] {
            if host.ip() != peer.ip()
                && let Some(datagrams) = self.hosts.get_mut(&host.ip())
            {
                datagrams.add(Passed::new(
                    peer,
                    Outline {
                        to_peer,
                        ..datagram
                    },
                ));
            }
        }
    }

    /// Compares no more of a connection.
    pub(super) fn leave(&mut self, flow: &FlowKey) {
        let Some(left) = self.connections.remove(flow) else {
            return;
        };
        let mut others = self.connections.values();
        if !others.any(|other| other.server == left.server) {
            self.hosts.remove(&left.server);
        }
    }

    /// Keeps the connections of the flows that `keeps` names.
    pub(in crate::flow) fn retain(&mut self, keeps: impl Fn(&FlowKey) -> bool) {
        self.connections.retain(|flow, _| keeps(flow));
        let Self { connections, hosts } = self;
        hosts.retain(|host, _| connections.values().any(|of| of.server == *host));
    }

    /// The likeness of a connection by now, where it is enough.
    fn judge(&mut self, flow: &FlowKey, now: Timestamp) -> Option<Likeness> {
        let watched = self.connections.get_mut(flow)?;
        let datagrams = self.hosts.get(&watched.server)?;
        watched.records.judge(now, datagrams)
    }
}

impl Tracker {
    /// Takes a datagram that may be on its way between a relay and a peer.
    pub(in crate::flow) fn beside_tls(&mut self, place: Place, octets: Octets<'_>) {
        if self.watch.hosts.is_empty() {
            return;
        }
        let Place { number, time, .. } = place;
        let datagram = Outline {
            number,
            time,
            to_peer: false,
            len: octets.wire_len,
        };
        self.watch
            .datagram(place.flow.ends(place.direction), datagram);
    }

    /// Takes a sealed record that nobody opened.
    pub(super) fn closed_record(&mut self, place: Place, record: &Record<'_>) {
        let flow = &place.flow;
        let known = self.flows.get(flow).and_then(|flow| flow.turn_tls);
        let Some(session) = self.tls.get_mut(flow) else {
            return;
        };
        if known > Some(Inside::Server) || self.openings.opened(flow) > 0 {
            return;
        }
        if !std::mem::replace(&mut session.compared, true) {
            self.watch.begin(session);
        }
        let (_, server) = session.ends();
        let Some(watched) = self.watch.connections.get_mut(flow) else {
            return;
        };
        if record.content == ContentType::APPLICATION_DATA {
            let len = record.body.wire_len.checked_sub(watched.expansion);
            watched.records.record(Outline {
                number: place.number,
                time: place.time,
                to_peer: place.direction == session.from_client,
                len: len.unwrap_or_default(),
            });
        }
        let (aligned, over) = (watched.records.is_aligned(), watched.records.is_over());
        if aligned && known.is_none() && self.turn.serves_host(server.ip()) {
            self.turn_inside(place.flow, place.time, Inside::Server);
        }
        self.compare(place.flow, place.time);
        if over {
            self.watch.leave(&place.flow);
        }
    }

    /// Compares the records of a connection that came long enough before.
    fn compare(&mut self, flow: FlowKey, now: Timestamp) {
        let Some(likeness) = self.watch.judge(&flow, now) else {
            return;
        };
        self.watch.leave(&flow);
        if let Some(session) = self.tls.get_mut(&flow) {
            session.likeness = Some(likeness);
            self.turn_inside(flow, now, Inside::Lengths);
        }
    }

    /// The capture has ended: compares what still waits.
    pub(in crate::flow) fn settle_tls(&mut self) {
        let mut flows: Vec<_> = self.watch.connections.keys().copied().collect();
        flows.sort_unstable();
        for flow in flows {
            self.compare(flow, Timestamp::MAX);
        }
    }
}
