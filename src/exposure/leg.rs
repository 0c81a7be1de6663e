//! Legs: every flow on which a call runs, by who stands at its ends.

use std::net::{IpAddr, SocketAddr};

use super::vantage::{LegKind, Vantage};
use crate::base::addr::Direction;
use crate::flow::{Facts, Flow, Scene, Tracker};

/// A flow and its place in a call.
#[derive(Debug, Clone, Copy)]
pub struct Leg<'t> {
    /// Which kind of leg it is.
    pub kind: LegKind,
    /// The flow.
    pub flow: &'t Flow,
    /// The client, the relay on a peer's leg, or the lower address.
    pub near: SocketAddr,
    /// The server, the peer, or the higher address.
    pub far: SocketAddr,
}

impl Leg<'_> {
    /// The direction from the near end to the far one.
    pub fn outwards(&self) -> Direction {
        if self.near == self.flow.key.a {
            Direction::AToB
        } else {
            Direction::BToA
        }
    }
}

/// Whether an observer sees a leg.
///
/// Signalling is seen by whoever stands on its way: the relay where its own host carries it, who
/// is on a client's path where that client takes part, who is between relay and peer where these
/// two do.
pub fn sees(facts: &Facts<'_>, vantage: Vantage, leg: &Leg<'_>) -> bool {
    if leg.flow.key.transport.is_inside() && !vantage.opens_tls() {
        return false;
    }
    if leg.kind != LegKind::Signalling {
        return vantage.sees(leg.kind);
    }
    let ends = [leg.near.ip(), leg.far.ip()];
    passes(facts, vantage, ends)
}

/// Whether an observer sees signalling between these two hosts.
pub(super) fn passes(facts: &Facts<'_>, vantage: Vantage, ends: [IpAddr; 2]) -> bool {
    let is_relay = |ip: &IpAddr| facts.servers.contains(ip);
    let is_client = |ip: &IpAddr| facts.clients.contains(ip);
    match vantage {
        Vantage::Signalling | Vantage::Endpoint => true,
        Vantage::Relay => ends.iter().any(is_relay),
        Vantage::PathClient => facts.clients.is_empty() || ends.iter().any(is_client),
        Vantage::PathPeer => {
            ends.iter().any(is_relay) && ends.iter().any(|ip| !is_relay(ip) && !is_client(ip))
        }
        Vantage::Sfu | Vantage::Mcu => false,
    }
}

/// All legs, in the order of appearance.
pub(super) fn legs<'t>(scene: &Scene<'t>) -> Vec<Leg<'t>> {
    let flows = scene.flows.iter();
    flows.filter_map(|flow| leg(scene.tracker, flow)).collect()
}

/// The leg that a flow is; `None` where no call runs on it.
pub fn leg<'t>(tracker: &'t Tracker, flow: &'t Flow) -> Option<Leg<'t>> {
    let (a, b) = (flow.key.a, flow.key.b);
    let (kind, near, far) = match (tracker.leg(&flow.key), flow.turn) {
        (Some(turn), _) => (LegKind::Client, turn.ends.src, turn.ends.dst),
        (None, true) => (LegKind::Client, a, b),
        (None, false) => match [a, b].map(|end| tracker.relayed_by(&end).is_some()) {
            [true, _] => (LegKind::Peer, a, b),
            [_, true] => (LegKind::Peer, b, a),
            _ if flow.outer.messages.sip > 0 => (LegKind::Signalling, a, b),
            _ if flow.is_media() || flow.outer.messages.stun > 0 => (LegKind::Direct, a, b),
            _ => return None,
        },
    };
    Some(Leg {
        kind,
        flow,
        near,
        far,
    })
}
