//! When what a judgement speaks of was alive: a packet that was lost at another time says nothing
//! of it.
//!
//! Whatever runs on a flow lives as long as the flow: a handshake that nobody saw, or a packet of
//! a stream that fell silent, may pass at any time of it. Servers and the capture live always, and
//! so does what has no flow any more.

use std::time::Duration;

use hashbrown::HashMap;

use super::Scope;
use crate::base::addr::{FiveTuple, FlowKey, Transport};
use crate::base::time::Timestamp;
use crate::capture::Loss;
use crate::flow::{Allocation, RelayPath, Scene, Tracker};

/// How long the beginning of a call may go unseen before its first packet is: a STUN transaction
/// is given up after 39.5 s (RFC 8489, section 6.2.1), and with it allocation and checks.
const START: Duration = Duration::from_secs(40);
/// Where signalling is in the capture, it may have begun as long before as a phone rings: a proxy
/// waits for more than three minutes (RFC 3261, section 16.6, Timer C).
const RINGING: Duration = Duration::from_mins(4);
/// How long something may still pass after the last packet that was seen: who is not answered for
/// 30 s must fall silent (RFC 7675, section 5.1). The comparison waits for less.
const SILENCE: Duration = Duration::from_secs(30);

/// Which scopes a loss touches.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// By scope, whether any loss fell into its life; what is not among them lives always.
    known: HashMap<Scope, bool>,
    /// Whether anything was lost.
    lossy: bool,
}

/// First and last moment.
type Life = (Timestamp, Timestamp);

impl Touched {
    pub(super) fn by(losses: &[Loss], scene: &Scene<'_>) -> Self {
        if losses.is_empty() {
            return Self::default();
        }
        let start = if scene.tracker.signalling().calls().is_empty() {
            START
        } else {
            RINGING
        };
        let touches = |(first, last): Life, loss: &Loss| {
            loss.from <= last.after(SILENCE) && first <= loss.to.after(start)
        };
        let lives = lives(scene);
        let known = lives.into_iter().filter_map(|(scope, life)| {
            let life = life?;
            Some((scope, losses.iter().any(|loss| touches(life, loss))))
        });
        Self {
            known: known.collect(),
            lossy: true,
        }
    }

    /// Whether a packet that was lost may have been one of this scope.
    pub(super) fn scope(&self, scope: Scope) -> bool {
        self.lossy && self.known.get(&scope).is_none_or(|touched| *touched)
    }
}

/// Everything that has a life, and that, where it is known.
fn lives(scene: &Scene<'_>) -> Vec<(Scope, Option<Life>)> {
    let on = |flow: &FlowKey| {
        let flow = scene.tracker.flow(flow)?;
        Some((flow.first, flow.last))
    };
    let of_path = |path: &RelayPath<'_>| of_path(scene.tracker, path);
    let paths = scene.paths.iter();
    let paths = paths.map(|path| (Scope::Path(path.id), of_path(path)));
    let legs = scene.legs.iter();
    let legs = legs.map(|leg| (Scope::Leg(leg.id), on(&leg.ends.key().0)));
    let streams = scene.numbered_streams();
    let streams = streams.map(|(id, stream)| (Scope::Stream(id), on(&stream.key.flow)));
    let senders = scene.numbered_senders();
    let senders = senders.map(|(id, sender)| (Scope::RtcpSender(id), on(&sender.key.flow)));
    let associations = scene.associations.iter();
    let associations = associations.map(|one| (Scope::Association(one.id), on(&one.flow)));
    let sessions = scene.sessions.iter();
    let sessions = sessions.map(|one| (Scope::Session(one.id), Some((one.first, one.last))));
    let on_flows = legs.chain(streams).chain(senders).chain(associations);
    paths.chain(on_flows).chain(sessions).collect()
}

/// A path lives from the first request of its client to the last packet of either leg.
fn of_path(tracker: &Tracker, path: &RelayPath<'_>) -> Option<Life> {
    let leg = |allocation: &Allocation| {
        let flow = tracker.flow(&allocation.ends.key().0)?;
        Some((
            allocation.first.min(flow.first),
            allocation.last.max(flow.last),
        ))
    };
    let own = leg(path.allocation)?;
    let other = match (path.peer_allocation, path.relayed.zip(path.peer)) {
        (Some(other), _) => Some(leg(other)?),
        (None, Some((relayed, peer))) => {
            let ends = FiveTuple {
                src: relayed,
                dst: peer,
                transport: path.connection.map_or(Transport::Udp, |_| Transport::Tcp),
            };
            let flow = tracker.flow(&ends.key().0);
            flow.map(|flow| (flow.first, flow.last))
        }
        (None, None) => None,
    };
    let (first, last) = other.unwrap_or(own);
    Some((own.0.min(first), own.1.max(last)))
}
