//! The report of one call.

use std::net::{IpAddr, SocketAddr};

use super::event::Talk;
use super::exposed::Exposed;
use super::rows::{self, FlowRow, PathRow, StreamRow};
use super::servers::{ServerRow, servers};
use crate::base::time::Timestamp;
use crate::base::told::{Name, Told, told};
use crate::claim::{Judgement, Limits, Subject, Verdict, judge};
use crate::exposure::{Octets, Protections, Vantage, ledger, octets_by_flow};
use crate::flow::{Allocation, HopCount, Scene, ServerRole, Topology, Untold};

/// What is known of one call.
#[derive(Debug, Clone)]
pub struct Part {
    /// Number of the call: that of its first flow.
    pub call: u64,
    /// The parties; `None` while nothing but a relay was asked.
    pub parties: Option<Vec<IpAddr>>,
    /// How they are joined.
    pub topology: Topology,
    /// The server of media at which they meet, or that of the first allocation.
    pub server: Option<SocketAddr>,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// Packets of all its flows.
    pub packets: u64,
    /// Allocations.
    pub allocations: Vec<Granted>,
    /// For whom it was judged.
    pub observer: Vantage,
    /// The claims, judged.
    pub claims: Vec<Judged>,
    /// What the observer reads, and what not: an entry for each item.
    pub exposures: Vec<Exposed>,
    /// All its flows.
    pub flows: Vec<FlowRow>,
    /// The paths through relays.
    pub paths: Vec<PathRow>,
    /// The servers of media.
    pub servers: Vec<ServerRow>,
    /// The streams on every leg.
    pub streams: Vec<StreamRow>,
    /// Octets of the flows that the observer sees, by what they are and what guards them.
    pub octets: Octets,
}

/// An allocation that a server granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Its number.
    pub id: u64,
    /// The client.
    pub client: SocketAddr,
    /// The server.
    pub server: SocketAddr,
    /// Relayed addresses.
    pub relayed: Vec<SocketAddr>,
    /// User name of the account.
    pub username: Option<String>,
    /// Realm of the account.
    pub realm: Option<String>,
    /// SOFTWARE of the server.
    pub software: Option<String>,
    /// `active`, `deleted` or `expired`.
    pub state: &'static str,
    /// When it ends without a refresh; `None` where the lifetime was not told.
    pub expires: Option<Timestamp>,
    /// The packet that tells of it.
    pub told_by: Option<u64>,
    /// Whether it is known only by what it carries.
    pub inferred: bool,
}

/// A claim, judged, and what it speaks of.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What it speaks of.
    pub subject: Subject,
    /// The judgement.
    pub judgement: Judgement,
}

impl Part {
    /// Makes the report of a call.
    pub(super) fn of(scene: &Scene<'_>, observer: Vantage, limits: &Limits) -> Self {
        let protections = Protections::new(scene);
        let judged = judge(scene, &protections, observer, limits.clone());
        let streams = rows::streams(scene, &protections, (observer, &judged));
        let claims = judged.into_iter().filter_map(|judgement| {
            let subject = Subject::of(judgement.scope, scene)?;
            Some(Judged { subject, judgement })
        });
        let talk = scene.talks().next();
        let media = talk.and_then(|session| Some(session.server?.0));
        let (first, last) = scene.life().unwrap_or_default();
        let ledger = ledger(scene, &protections, observer).map(Exposed::of);
        let ledger: Vec<_> = ledger.collect();
        Self {
            call: scene.number(),
            parties: talk.map(|session| session.parties.clone()),
            topology: talk.map_or(Topology::Unknown, |s| s.topology(scene.tracker)),
            server: media.or_else(|| scene.allocations.first().map(|a| a.ends.dst)),
            first,
            last,
            packets: packets(scene),
            allocations: allocations(scene),
            observer,
            claims: claims.collect(),
            exposures: Exposed::merged(&ledger),
            octets: octets(scene, &protections, observer),
            flows: rows::flows(scene, observer),
            paths: rows::paths(scene),
            servers: servers(scene, &streams),
            streams,
        }
    }

    /// Who speaks with whom, and by which way.
    pub(super) fn talk(&self) -> Talk {
        Talk {
            parties: self.parties.clone(),
            topology: self.topology,
            server: self.server,
        }
    }
}

impl Granted {
    fn of(allocation: &Allocation, scene: &Scene<'_>) -> Self {
        let leg = scene.tracker.leg(&allocation.ends.key().0);
        let software = leg.and_then(|leg| leg.software[1].keys().next());
        Self {
            id: allocation.id,
            client: allocation.ends.src,
            server: allocation.ends.dst,
            relayed: allocation.relayed.clone(),
            username: allocation.username.clone(),
            realm: allocation.realm.clone(),
            software: software.cloned(),
            state: allocation.state.name(),
            expires: Some(allocation.expires).filter(|at| *at != Timestamp(i64::MAX)),
            told_by: allocation.told_by,
            inferred: allocation.inferred,
        }
    }

    /// User name; nothing where it was not told.
    pub fn user(&self) -> Told {
        let user = self.username.as_ref();
        user.map_or_else(Told::default, |user| Name::User.of(user))
    }

    /// User name and realm; nothing where neither was told.
    pub fn account(&self) -> Told {
        match (&self.username, &self.realm) {
            (Some(user), Some(realm)) => {
                told![Name::User.of(user), " @ ", Name::Realm.of(realm)]
            }
            (Some(user), None) => Name::User.of(user),
            _ => Told::default(),
        }
    }
}

impl Judged {
    /// Which claim, for whom, of what: one part judges it once.
    pub(super) const fn of(&self) -> (&'static str, Vantage, &Subject) {
        let judgement = &self.judgement;
        (judgement.claim.id, judgement.observer, &self.subject)
    }

    /// Whether it proves that a relay forwarded what it carried on a path as it came.
    pub(super) fn proves_path(&self) -> bool {
        let holds = matches!(self.judgement.verdict, Verdict::Holds(_));
        holds && self.judgement.claim.id == "relay-forwards-unchanged"
    }
}

fn allocations(scene: &Scene<'_>) -> Vec<Granted> {
    let all = scene.allocations.iter();
    all.map(|allocation| Granted::of(allocation, scene))
        .collect()
}

/// The octets of the flows that the observer sees.
fn octets(scene: &Scene<'_>, protections: &Protections<'_>, observer: Vantage) -> Octets {
    let sums = octets_by_flow(scene, protections);
    let mut all = Octets::default();
    for flow in &scene.flows {
        if let Some(sum) = sums
            .get(&flow.key)
            .filter(|_| rows::sees_flow(scene, observer, flow))
        {
            all.add(sum);
        }
    }
    all
}

fn packets(scene: &Scene<'_>) -> u64 {
    scene.flows.iter().map(|flow| flow.seen.total()).sum()
}

/// By what it is seen that something of a call changed: all that is counted of it grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    packets: u64,
    compared: u64,
    members: usize,
    /// What servers of media do.
    roles: Vec<Result<ServerRole, Untold>>,
    /// What is true of the capture as a whole and bears on every verdict: who relays and who is
    /// served, whether frames were cut, and what full tables let go.
    common: [usize; 8],
}

impl Stamp {
    pub(super) fn of(scene: &Scene<'_>) -> Self {
        let sides = scene.paths.iter().flat_map(|p| [&p.to_peer, &p.to_client]);
        let compared = sides.filter_map(|side| side.count).map(HopCount::decided);
        let facts = &scene.facts;
        let totals = scene.tracker.totals();
        let evicted = scene.tracker.evicted().iter().any(|(_, count)| *count > 0);
        Self {
            packets: packets(scene),
            compared: compared.sum(),
            members: scene.streams.len()
                + scene.senders.len()
                + scene.associations.len()
                + scene.allocations.len()
                + scene.sessions.len()
                + scene.servers.len()
                + scene.calls.len(),
            roles: scene.servers.values().map(|server| server.role).collect(),
            common: [
                facts.servers.len(),
                facts.clients.len(),
                facts.relays.len(),
                facts
                    .neighbours
                    .values()
                    .filter(|n| n.are_several())
                    .count(),
                facts.unread.len() + scene.tracker.torn().len(),
                facts.keying.len() * usize::from(!scene.servers.is_empty()),
                usize::from(facts.inferred) + 2 * usize::from(facts.media_key),
                usize::from(totals.cut > 0) + 2 * usize::from(evicted),
            ],
        }
    }
}
