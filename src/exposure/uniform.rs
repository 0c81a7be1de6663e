//! Streams whose payload was found as a cipher leaves it, by what ties another stream to them.

use std::net::SocketAddr;

use hashbrown::HashSet;

use super::protection::{Agreement, Protection, Protections};
use crate::base::addr::{Direction, FlowKey};
use crate::dissect::rtp::Ssrc;
use crate::flow::RtpStream;

/// What was found uniform.
#[derive(Debug, Default)]
pub struct Uniform {
    /// Directions of a level of a flow.
    ways: HashSet<(FlowKey, Direction, bool)>,
    /// Senders under one association.
    senders: HashSet<(u64, SocketAddr)>,
    /// The same, by their SSRC.
    sources: HashSet<(u64, Ssrc)>,
    /// Directions of a flow under one association.
    directions: HashSet<(u64, FlowKey, Direction)>,
    /// Associations of which both directions of a flow are among these.
    both: HashSet<u64>,
}

impl Uniform {
    /// Of these streams those whose payload is uniform.
    pub fn of(streams: &[&RtpStream], protections: &Protections<'_>) -> Self {
        let mut all = Self::default();
        for stream in streams {
            let found = protections.of(stream).filter(|guard| guard.is_uniform());
            if let Some(guard) = found {
                all.add(stream, guard);
            }
        }
        all
    }

    fn add(&mut self, stream: &RtpStream, guard: &Protection<'_>) {
        let key = &stream.key;
        self.ways.insert((key.flow, key.direction, key.relayed));
        let Some(id) = keyed_by(guard) else { return };
        self.senders.insert((id, stream.ends().0));
        self.sources.insert((id, key.ssrc));
        self.directions.insert((id, key.flow, key.direction));
        let answer = (id, key.flow, key.direction.reversed());
        if self.directions.contains(&answer) {
            self.both.insert(id);
        }
    }

    /// Whether another stream of the same sender under the same keys is among them: a sender
    /// that seals one stream of an association seals them all. One SSRC under one association is
    /// one sender on whichever way its packets go (RFC 3711 section 3.2.3: a context per SSRC),
    /// and where both ends of the association were found to seal, the sender is one of them.
    pub fn has_sibling_of(&self, stream: &RtpStream, guard: &Protection<'_>) -> bool {
        let key = &stream.key;
        let shares_keys = |id: u64| {
            self.senders.contains(&(id, stream.ends().0))
                || self.sources.contains(&(id, key.ssrc))
                || self.both.contains(&id)
        };
        self.ways.contains(&(key.flow, key.direction, key.relayed))
            || keyed_by(guard).is_some_and(shares_keys)
    }
}

/// The association whose keys seal a stream.
const fn keyed_by(guard: &Protection<'_>) -> Option<u64> {
    match guard.agreement {
        Some(Agreement::Handshake(association)) => Some(association.id),
        _ => None,
    }
}
