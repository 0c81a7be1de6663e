//! TURN inside DTLS (RFC 7350): known by the protocol that the handshake names, or by what keys
//! open. Each record is a datagram of the flow inside.
//!
//! Most handshakes of DTLS key media: those offer SRTP, run inside TURN, or run beside checks of
//! ICE. They are nothing of a server's.

use super::{Inside, Openings, TURN};
use crate::base::addr::{FiveTuple, FlowKey, Transport};
use crate::base::label::Quiet;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::dissect::dtls::{CipherSuite, Dtls};
use crate::dissect::{self, ByShape, Message};
use crate::flow::association::{Association, Key};
use crate::flow::{Place, Tracker};

impl Tracker {
    /// Takes the records of a datagram after the handshake took them.
    pub(in crate::flow) fn dtls_records(&mut self, place: Place, dtls: &Dtls<'_>) {
        let flow = self.flows.get(&place.flow);
        let association = self
            .associations
            .recent(&bare(place.flow))
            .next()
            .filter(|of| may_guard_turn(of));
        let (Some(flow), Some(association)) = (flow, association) else {
            return;
        };
        if place.flow.transport != Transport::Udp || place.relayed || flow.outer.ice.total() > 0 {
            return;
        }
        if flow.turn_tls.is_none() && names_turn(association) {
            self.turn_inside_dtls(place, Inside::Negotiated);
        }
        if self.keys.logs() > 0 {
            self.open_records(place, dtls);
        }
    }

    fn open_records(&mut self, place: Place, dtls: &Dtls<'_>) {
        // They stand aside while what they open is taken.
        let mut openings = std::mem::take(&mut self.openings);
        for record in dtls.records().filter(|record| !record.is_clear()) {
            self.begin_datagrams(&place.flow, &mut openings);
            let of = (&place.flow, place.direction);
            if let Some(content) = openings.datagram(of, &record) {
                self.opened_datagram(place, Octets::whole(content, 0));
            }
        }
        self.openings = openings;
    }

    /// Looks for the keys of the handshake on a flow.
    pub fn begin_datagrams(&self, flow: &FlowKey, openings: &mut Openings) {
        if let Some(association) = self.associations.recent(&bare(*flow)).next() {
            openings.begin_datagrams(association, &self.keys);
        }
    }

    /// Takes what was opened: a flow of its own begins with the first message of STUN.
    fn opened_datagram(&mut self, place: Place, octets: Octets<'_>) {
        let known = self.flows.get(&place.flow.inside()).is_some();
        if !known && !is_stun(octets) {
            return;
        }
        let turn = self.opened_octets(place, octets, octets.wire_len);
        let around = self.flows.get(&place.flow);
        if turn && around.is_some_and(|flow| flow.turn_tls.is_none()) {
            self.turn_inside_dtls(place, Inside::Keyed);
        }
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
