//! Legs: every flow on which a call runs, by who stands at its ends.

use std::net::SocketAddr;

use super::vantage::LegKind;
use crate::base::addr::Direction;
use crate::flow::{Flow, Tracker};

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

/// All legs of a capture, in the order of appearance.
pub fn legs(tracker: &Tracker) -> Vec<Leg<'_>> {
    let flows = tracker.flows().into_iter();
    flows.filter_map(|flow| leg(tracker, flow)).collect()
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
