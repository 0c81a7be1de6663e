//! What a report speaks of: all that a tracker knows, or one call with all that hangs on it.
//!
//! A scene lists its members once, in the order in which reports number them, so that nobody who
//! judges or writes sorts the tables of the tracker again. Look-ups by address or flow go to the
//! tracker still: a call does not end where its scene does.

mod calls;
mod facts;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

pub(super) use facts::Remembered;
pub use facts::{Facts, Neighbours};

use super::signalling::Call;
use super::{
    Allocation, Association, Flow, Given, RelayPath, RtcpSender, RtpStream, Server, ServerRole,
    Session, SessionDescription, Tracker, TurnLeg, path, server, session,
};
use crate::base::time::Timestamp;

/// The members of a report, each list in the order of appearance.
///
/// Paths, sessions, streams, senders and servers are numbered from 1 by their place here; flows,
/// legs, allocations, associations and calls of signalling carry their own numbers.
#[derive(Debug, Clone)]
pub struct Scene<'t> {
    /// Who knows everything else.
    pub tracker: &'t Tracker,
    /// All flows.
    pub flows: Vec<&'t Flow>,
    /// The streams that are believed.
    pub streams: Vec<&'t RtpStream>,
    /// The senders of RTCP that are believed.
    pub senders: Vec<&'t RtcpSender>,
    /// What only looks like a stream, in no order.
    pub doubted_streams: Vec<&'t RtpStream>,
    /// What only looks like a sender of RTCP, in no order.
    pub doubted_senders: Vec<&'t RtcpSender>,
    /// DTLS associations: one for each leg of each handshake.
    pub associations: Vec<&'t Association>,
    /// Legs between a client and its server.
    pub legs: Vec<&'t TurnLeg>,
    /// Allocations.
    pub allocations: Vec<&'t Allocation>,
    /// Paths through relays.
    pub paths: Vec<RelayPath<'t>>,
    /// Sessions.
    pub sessions: Vec<Session>,
    /// Calls of signalling.
    pub calls: Vec<&'t Call>,
    /// Session descriptions that were given beside the capture.
    pub given: Vec<&'t Given>,
    /// The servers: those of TURN that granted something, those of media and of signalling, and
    /// what may be one of media.
    pub servers: BTreeMap<SocketAddr, Server>,
    /// What is true of the capture as a whole.
    pub facts: Arc<Facts<'t>>,
}

impl<'t> Scene<'t> {
    /// All that `tracker` knows.
    pub fn whole(tracker: &'t Tracker) -> Self {
        let paths = path::all(tracker);
        let mut scene = Self {
            flows: tracker.flows(),
            streams: tracker.streams(),
            senders: tracker.senders(),
            doubted_streams: tracker.every_stream().filter(|s| !s.believed).collect(),
            doubted_senders: tracker.every_sender().filter(|s| !s.believed).collect(),
            associations: tracker.associations(),
            legs: tracker.legs(),
            allocations: tracker.allocations().collect(),
            sessions: Vec::new(),
            calls: tracker.signalling().calls(),
            given: tracker.signalling().given().iter().collect(),
            servers: BTreeMap::new(),
            facts: Arc::default(),
            paths,
            tracker,
        };
        scene.servers = scene.granting();
        scene.servers.extend(server::media(&scene));
        scene.servers.extend(server::signalling(&scene.calls));
        scene.sessions = session::all(&scene);
        scene.servers.extend(server::doubtful(&scene));
        scene.facts = Arc::new(Facts::of(&scene));
        scene
    }

    /// The servers of the allocations, each with the messages on the legs to them.
    fn granting(&self) -> BTreeMap<SocketAddr, Server> {
        let mut servers = BTreeMap::<_, Server>::new();
        let granted: std::collections::BTreeSet<_> =
            self.allocations.iter().map(|a| a.ends).collect();
        for leg in self.legs.iter().filter(|leg| granted.contains(&leg.ends)) {
            let server = servers
                .entry(leg.ends.dst)
                .or_insert_with(|| Server::new(Ok(ServerRole::Turn)));
            server.packets.merge(&leg.messages);
            server.clients.insert(leg.ends.src.ip());
        }
        servers
    }

    /// The TURN servers.
    pub fn relays(&self) -> impl Iterator<Item = SocketAddr> {
        let turn = |server: &Server| server.role == Ok(ServerRole::Turn);
        let relays = self.servers.iter().filter(move |(_, server)| turn(server));
        relays.map(|(address, _)| *address)
    }

    /// The servers of media, each with its address.
    pub fn media_servers(&self) -> impl Iterator<Item = (SocketAddr, &Server)> {
        let media = self
            .servers
            .iter()
            .filter(|(_, server)| server.is_of_media());
        media.map(|(address, server)| (*address, server))
    }

    /// The streams, each with its number.
    pub fn numbered_streams(&self) -> impl Iterator<Item = (u64, &'t RtpStream)> {
        (1..).zip(self.streams.iter().copied())
    }

    /// The senders of RTCP, each with its number.
    pub fn numbered_senders(&self) -> impl Iterator<Item = (u64, &'t RtcpSender)> {
        (1..).zip(self.senders.iter().copied())
    }

    /// All session descriptions: those that messages carried, then those that were given and are of
    /// a call here.
    pub fn descriptions(&self) -> impl Iterator<Item = &'t SessionDescription> {
        let carried = self.calls.iter().flat_map(|call| &call.descriptions);
        let given = self.given.iter().filter(|given| !given.bonds.is_empty());
        carried.chain(given.map(|given| &given.description))
    }

    /// Sessions in which media or a handshake passed.
    pub fn talks(&self) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(|session| {
            let flows = session.direct.iter().chain(&session.behind);
            let mut direct = flows.filter_map(|key| self.tracker.flow(key));
            let mut paths = session.paths_of(&self.paths);
            direct.any(Flow::is_media) || paths.any(|path| self.tracker.carries_call(path))
        })
    }

    /// First and last packet of all flows; `None` without a flow.
    pub fn life(&self) -> Option<(Timestamp, Timestamp)> {
        let first = self.flows.iter().map(|flow| flow.first).min()?;
        let last = self.flows.iter().map(|flow| flow.last).max()?;
        Some((first, last))
    }
}
