//! What a judgement speaks of may have passed in a packet whose fragments were not put together,
//! or in one of several ways.

use hashbrown::HashMap;

use super::Scope;
use crate::base::addr::{FiveTuple, Transport};
use crate::flow::{RelayPath, Scene, Tracker};

/// Which scopes such a packet touches.
#[derive(Debug, Default)]
pub(super) struct Torn {
    /// By scope, whether one passed where it does; what is not among them is everywhere.
    known: HashMap<Scope, bool>,
    /// Whether there was any.
    any: bool,
}

impl Torn {
    pub(super) fn of(scene: &Scene<'_>) -> Self {
        let tracker = scene.tracker;
        let hosts = tracker.torn();
        if hosts.is_empty() {
            return Self::default();
        }
        let paths = scene.paths.iter();
        let paths = paths.map(|path| (Scope::Path(path.id), is_torn(tracker, path)));
        let legs = scene.legs.iter();
        let legs = legs.map(|leg| (Scope::Leg(leg.id), leg.ends.key().0));
        let streams = scene.numbered_streams();
        let streams = streams.map(|(id, stream)| (Scope::Stream(id), stream.key.flow));
        let senders = scene.numbered_senders();
        let senders = senders.map(|(id, sender)| (Scope::RtcpSender(id), sender.key.flow));
        let associations = scene.associations.iter();
        let associations = associations.map(|one| (Scope::Association(one.id), one.flow));
        let sessions = scene.sessions.iter().map(|session| {
            let mut parties = session.parties.iter();
            let torn = parties.any(|party| hosts.has(*party));
            (Scope::Session(session.id), torn)
        });
        let on_flows = legs.chain(streams).chain(senders).chain(associations);
        let on_flows = on_flows.map(|(scope, flow)| (scope, tracker.is_torn(&flow)));
        Self {
            known: on_flows.chain(paths).chain(sessions).collect(),
            any: true,
        }
    }

    /// Whether such a packet may have been one of this scope.
    pub(super) fn scope(&self, scope: Scope) -> bool {
        self.any && self.known.get(&scope).is_none_or(|torn| *torn)
    }
}

/// Whether one passed on either leg of a path, or on the hop between relay and peer.
fn is_torn(tracker: &Tracker, path: &RelayPath<'_>) -> bool {
    let legs = [Some(path.allocation), path.peer_allocation];
    let legs = legs.into_iter().flatten().map(|a| a.ends.key().0);
    let bare = path.relayed.zip(path.peer).map(|(src, dst)| {
        let transport = path.connection.map_or(Transport::Udp, |_| Transport::Tcp);
        let ends = FiveTuple {
            src,
            dst,
            transport,
        };
        ends.key().0
    });
    legs.chain(bare).any(|flow| tracker.is_torn(&flow))
}
