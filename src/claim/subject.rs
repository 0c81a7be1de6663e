//! What a verdict speaks of, by what it is instead of by its number: it stays when numbers change,
//! as they do while a capture goes on.

use std::net::{IpAddr, SocketAddr};

use super::Scope;
use crate::base::addr::FiveTuple;
use crate::base::time::Timestamp;
use crate::flow::{Scene, StreamKey};

/// What a verdict speaks of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A path: its client and relay, the relayed address and the peer, where they are known.
    Path(FiveTuple, Option<SocketAddr>, Option<SocketAddr>),
    /// A leg, from the client to its server.
    Leg(FiveTuple),
    /// An RTP stream.
    Stream(StreamKey),
    /// A sender of RTCP.
    RtcpSender(StreamKey),
    /// A DTLS association, by its number, which does not change.
    Association(u64),
    /// A server.
    Server(SocketAddr),
    /// The session of these parties that began at this time.
    Session(Vec<IpAddr>, Timestamp),
    /// The whole capture.
    Capture,
}

impl Subject {
    /// What `scope` means in the scene in which it was judged; `None` where it has no such member.
    pub fn of(scope: Scope, scene: &Scene<'_>) -> Option<Self> {
        let place = |id: u64| usize::try_from(id).ok()?.checked_sub(1);
        Some(match scope {
            Scope::Path(id) => {
                let path = scene.paths.get(place(id)?)?;
                Self::Path(path.allocation.ends, path.relayed, path.peer)
            }
            Scope::Leg(id) => Self::Leg(scene.legs.iter().find(|leg| leg.id == id)?.ends),
            Scope::Stream(id) => Self::Stream(scene.streams.get(place(id)?)?.key),
            Scope::RtcpSender(id) => Self::RtcpSender(scene.senders.get(place(id)?)?.key),
            Scope::Association(id) => Self::Association(id),
            Scope::Server(id) => Self::Server(*scene.servers.keys().nth(place(id)?)?),
            Scope::Session(id) => {
                let session = scene.sessions.get(place(id)?)?;
                Self::Session(session.parties.clone(), session.first)
            }
            Scope::Capture => Self::Capture,
        })
    }
}
