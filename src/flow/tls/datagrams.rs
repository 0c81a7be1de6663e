//! TURN inside DTLS (RFC 7350): known by the protocol that the handshake names, or by what keys
//! open. Each record is a datagram of the flow inside.
//!
//! Most handshakes of DTLS key media: those offer SRTP, run inside TURN, or run beside checks of
//! ICE. They are nothing of a server's.

use super::{Inside, OpenedFlow, TURN};
use crate::base::addr::{Direction, FiveTuple, FlowKey, Transport};
use crate::base::label::Quiet;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::dissect::dtls::names::ContentType;
use crate::dissect::dtls::{CipherSuite, Record};
use crate::dissect::{self, ByShape, Message, sctp};
use crate::flow::association::{Association, DtlsOpenings, Key, Seen};
use crate::flow::{Place, Tracker};

impl Tracker {
    /// Takes a datagram of DTLS after its handshake: its hellos may name the protocol of TURN.
    pub(in crate::flow) fn turn_in_dtls(&mut self, place: Place) {
        let flow = self.flows.get(&place.flow);
        let unknown = flow.is_some_and(|flow| flow.turn_tls.is_none());
        let named = self.guard_of_turn(place).is_some_and(names_turn);
        if unknown && named {
            self.turn_inside_dtls(place, Inside::Negotiated);
        }
    }

    /// Takes data that was opened: of TURN, or of the two ends themselves.
    pub(in crate::flow) fn opened_data(&mut self, place: Place, octets: &[u8]) {
        let octets = Octets::whole(octets, 0);
        let of_turn = self.guard_of_turn(place).is_some() && self.opened_datagram(place, octets);
        if !of_turn && let Some(sctp) = sctp::parse(octets) {
            self.associations.sctp(&Seen::at(place), &sctp);
        }
    }

    /// The handshake there, if it may be one with a TURN server.
    fn guard_of_turn(&self, place: Place) -> Option<&Association> {
        let bare = place.flow.transport == Transport::Udp && !place.relayed;
        bare.then(|| self.guard_of_turn_on(&place.flow)).flatten()
    }

    fn guard_of_turn_on(&self, flow: &FlowKey) -> Option<&Association> {
        let checks = self.flows.get(flow)?.outer.ice.total();
        let last = self.associations.recent(&bare(*flow)).next();
        last.filter(|of| checks == 0 && may_guard_turn(of))
    }

    /// Opens a sealed record on a flow once more; returns the data that it carries.
    pub fn open_again<'o>(
        &self,
        (flow, direction): (&FlowKey, Direction),
        record: &Record<'_>,
        openings: &'o mut DtlsOpenings,
    ) -> Option<&'o [u8]> {
        let association = self.associations.recent(&bare(*flow)).next()?;
        let (content, octets) = openings
            .open((association, &self.keys), direction, record)
            .ok()?;
        (content == ContentType::APPLICATION_DATA).then_some(octets)
    }

    /// What came of each connection in which TURN may run, in the order of its ends.
    pub fn opened_flows(&self) -> Vec<OpenedFlow> {
        let datagrams = self.dtls_openings.bare();
        let datagrams = datagrams.filter(|of| self.guard_of_turn_on(&of.flow).is_some());
        let mut all: Vec<_> = self.openings.all().chain(datagrams).collect();
        all.sort_unstable_by_key(|of| of.flow);
        all
    }

    /// Takes what was opened: a flow of its own begins with the first message of STUN. Returns
    /// whether it is of that flow.
    fn opened_datagram(&mut self, place: Place, octets: Octets<'_>) -> bool {
        let known = self.flows.get(&place.flow.inside()).is_some();
        if !known {
            if !is_stun(octets) {
                return false;
            }
            self.openings.count();
        }
        let turn = self.opened_octets(place, octets, octets.wire_len);
        let around = self.flows.get(&place.flow);
        if turn && around.is_some_and(|flow| flow.turn_tls.is_none()) {
            self.turn_inside_dtls(place, Inside::Keyed);
        }
        true
    }

    /// Keeps that TURN runs inside the DTLS of a flow, and the packets that say so.
    fn turn_inside_dtls(&mut self, place: Place, basis: Inside) {
        let flow = self.flows.get_mut(&place.flow);
        let (Some(flow), Some(association)) =
            (flow, self.associations.recent(&bare(place.flow)).next())
        else {
            return;
        };
        let mut packets = Sample::default();
        packets.merge(&association.client_hello);
        packets.merge(&association.server_hello);
        let (src, dst) = association.ends();
        let ends = FiveTuple {
            src,
            dst,
            transport: place.flow.transport,
        };
        flow.turn_tls = Some(basis);
        self.turn.sealed_leg(packets, place.time, ends);
    }
}

const fn bare(flow: FlowKey) -> Key {
    Key {
        flow,
        relayed: false,
        peer: None,
    }
}

/// Whether a handshake, as far as it was seen whole, offers no keys for SRTP.
fn may_guard_turn(association: &Association) -> bool {
    let offered = association.offered_profiles.as_ref();
    offered.is_some_and(Vec::is_empty) && !association.in_stun
}

/// Whether the client offers the protocol of TURN and no other, and the server took a suite that is
/// known to encrypt.
fn names_turn(association: &Association) -> bool {
    let names = &association.alpn;
    let seals = association.cipher.is_some_and(CipherSuite::encrypts);
    seals && !names.is_empty() && names.iter().all(|name| name == TURN)
}

/// Whether a datagram is STUN for sure: by its cookie.
fn is_stun(octets: Octets<'_>) -> bool {
    let message = dissect::datagram(octets, &ByShape, &mut Quiet).outer;
    matches!(message, Message::Stun(stun) if stun.id.has_cookie())
}
