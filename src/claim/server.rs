//! `server-without-media-keys`: does a handshake that keys media end at the server's host?

use std::net::{IpAddr, SocketAddr};

use hashbrown::HashMap;

use super::case::Case;
use super::catalogue::SERVER;
use super::{Evidence, Gap, Judgement, Scope, Verdict, outside};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::{LegKind, leg};
use crate::flow::{Association, RelayPath, Server, ServerRole, Side};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    if case.scene.servers.is_empty() {
        return Vec::new();
    }
    let hosts = Hosts::of(case);
    let judge_server = |((address, server), id): ((&SocketAddr, &Server), u64)| {
        let judged = match server.role {
            Some(ServerRole::Turn) => of_relay(case, &hosts, address.ip())?,
            role => of_media(&hosts, (address.ip(), server), role)?,
        };
        Some(case.judgement(&SERVER, Scope::Server(id), judged, "ends of handshakes"))
    };
    let servers = case.scene.servers.iter();
    servers.zip(1..).filter_map(judge_server).collect()
}

/// Whoever forwards or mixes media ends the handshakes of all, where there are any.
fn of_media(
    hosts: &Hosts<'_>,
    (host, server): (IpAddr, &Server),
    role: Option<ServerRole>,
) -> Option<(Verdict, Told)> {
    if let Some(evidence) = Evidence::of(server.keying.clone()) {
        let does = match role {
            Some(ServerRole::Sfu) => ", which forwards streams",
            Some(ServerRole::Mcu) => ", which mixes streams",
            _ => "",
        };
        let found = told!["handshakes that offer SRTP end at ", host, does];
        return Some((Verdict::Violated(evidence), found));
    }
    let evidence = hosts.key_passing(host)?;
    Some((Verdict::Violated(evidence), key_passed(host)))
}

fn key_passed(host: IpAddr) -> Told {
    told![
        host,
        " carried a media key in signalling that it could read"
    ]
}

fn of_relay(case: &Case<'_>, hosts: &Hosts<'_>, server: IpAddr) -> Option<(Verdict, Told)> {
    let (mut passed, mut open) = (Sample::default(), None);
    for path in hosts.paths.get(&server).into_iter().flatten() {
        match outside::verdict(case, path) {
            Some((Verdict::Holds(evidence), _)) => passed.merge(evidence.packets()),
            Some((Verdict::Inconclusive(gap, evidence), _)) => {
                open = open.or(Some((gap, evidence)));
            }
            violated @ Some((Verdict::Violated(_), _)) => return violated,
            None => {}
        }
    }
    if let Some(evidence) = hosts.key_passing(server) {
        return Some((Verdict::Violated(evidence), key_passed(server)));
    }
    if let Some(ending) = hosts.ending.get(&server) {
        let evidence = Evidence::of(ending.packets.clone())?;
        let (one, other) = ending.ends();
        let between = told![
            "a handshake that offers SRTP runs between ",
            one,
            " and ",
            other
        ];
        return Some(if sees_every_relayed_address(case, server) {
            (Verdict::Violated(evidence), between)
        } else {
            let words = ", which may be a relayed address whose client is not in the capture";
            (
                Verdict::Inconclusive(Gap::OneLeg, Some(evidence)),
                told![between, words],
            )
        });
    }
    if let Some((gap, evidence)) = open {
        let found = "media passed whose handshake was not seen passing whole".into();
        return Some((Verdict::Inconclusive(gap, evidence), found));
    }
    let evidence = Evidence::of(passed)?;
    let found = "every handshake seen passed through, and none ends here".into();
    Some((Verdict::Holds(evidence), found))
}

/// What is known of each host, so that no server is looked for through all that passed.
#[derive(Debug, Default)]
struct Hosts<'c> {
    /// The paths through it.
    paths: HashMap<IpAddr, Vec<&'c RelayPath<'c>>>,
    /// Messages that carried a media key in clear from or to it.
    keys: HashMap<IpAddr, Sample>,
    /// The first handshake that keys media and ends at it, without a relay between: behind a
    /// relay somebody else's relayed address may stand at the same host.
    ending: HashMap<IpAddr, &'c Association>,
}

impl<'c> Hosts<'c> {
    fn of(case: &'c Case<'_>) -> Self {
        let mut hosts = Self::default();
        for path in case.paths() {
            let server = path.allocation.ends.dst.ip();
            hosts.paths.entry(server).or_default().push(path);
        }
        let descriptions = case.scene.calls.iter().flat_map(|call| &call.descriptions);
        for description in descriptions.filter(|description| description.carries_key()) {
            let Some(ends) = description.carried_between() else {
                continue;
            };
            let (one, other) = (ends.src.ip(), ends.dst.ip());
            for host in [Some(one), (one != other).then_some(other)]
                .into_iter()
                .flatten()
            {
                let passed = hosts.keys.entry(host).or_default();
                passed.merge(&description.packets);
            }
        }
        for association in &case.scene.facts.keying {
            let flow = case.tracker.flow(&association.flow);
            let leg = flow.and_then(|flow| leg(case.tracker, flow));
            if leg.is_some_and(|leg| leg.kind == LegKind::Direct) {
                let (one, other) = association.ends();
                for end in [one, other] {
                    hosts.ending.entry(end.ip()).or_insert(association);
                }
            }
        }
        hosts
    }

    fn key_passing(&self, server: IpAddr) -> Option<Evidence> {
        Evidence::of(self.keys.get(&server)?.clone())
    }
}

/// Whether an address of the server that nobody told cannot be one at which it relays: both legs
/// of a path are in the capture, every allocation from its beginning, and no connection unread in
/// which others may have been made.
pub(super) fn sees_every_relayed_address(case: &Case<'_>, server: IpAddr) -> bool {
    let at_relay = case.scene.paths.iter().any(|path| {
        let whole = |side: &Side<'_>| side.entered > 0 && side.left > 0;
        path.allocation.ends.dst.ip() == server && whole(&path.to_peer) && whole(&path.to_client)
    });
    let facts = &case.scene.facts;
    at_relay
        && !facts.inferred
        && !facts.unread.contains(&server)
        && case.limits.losses.is_empty()
        && case.limits.hidden == 0
}
