//! `server-without-media-keys`: does a handshake that keys media end at the server's host?

use std::net::{IpAddr, SocketAddr};

use hashbrown::{HashMap, HashSet};

use super::case::Case;
use super::catalogue::SERVER;
use super::{Evidence, Gap, Judgement, Scope, Verdict, outside};
use crate::base::addr::FlowKey;
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::{LegKind, leg};
use crate::flow::{Association, RelayPath, Server, ServerRole, SessionDescription, Side};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    if case.scene.servers.is_empty() {
        return Vec::new();
    }
    let hosts = Hosts::of(case);
    let judge_server = |((address, server), id): ((&SocketAddr, &Server), u64)| {
        let host = address.ip();
        let judged = match server.role {
            Ok(ServerRole::Turn) => of_relay(case, &hosts, host)?,
            Ok(ServerRole::Sip) => of_signalling(case, &hosts, (host, server))?,
            _ if server.is_of_media() => of_media(&hosts, (host, server))?,
            _ => of_doubtful(host, server)?,
        };
        Some(case.judgement(&SERVER, Scope::Server(id), judged, "ends of handshakes"))
    };
    let servers = case.scene.servers.iter();
    servers.zip(1..).filter_map(judge_server).collect()
}

/// Whoever forwards or mixes media ends the handshakes of all, where there are any.
fn of_media(hosts: &Hosts<'_>, (host, server): (IpAddr, &Server)) -> Option<(Verdict, Told)> {
    if let Some(evidence) = Evidence::of(server.keying.clone()) {
        let does = match server.role {
            Ok(ServerRole::Sfu) => ", which forwards streams",
            Ok(ServerRole::Mcu) => ", which mixes streams",
            _ => "",
        };
        let found = told!["handshakes that offer SRTP end at ", host, does];
        return Some((Verdict::Violated(evidence), found));
    }
    let evidence = hosts.key_passing(host)?;
    Some((Verdict::Violated(evidence), key_passed(host)))
}

/// Whoever passes signalling on has what stands in it.
fn of_signalling(
    case: &Case<'_>,
    hosts: &Hosts<'_>,
    (host, server): (IpAddr, &Server),
) -> Option<(Verdict, Told)> {
    if let Some(evidence) = hosts.key_passing(host) {
        return Some((Verdict::Violated(evidence), key_passed(host)));
    }
    if !hosts.carrying.contains(&host) || hosts.ending.contains_key(&host) {
        return None;
    }
    let mut verdict = Verdict::Holds(Evidence::of(server.packets.clone())?);
    if case.tracker.totals().cut > 0 {
        verdict.doubt(Gap::CutFrames);
    }
    if case.scene.facts.unread.contains(&host) {
        verdict.doubt(Gap::UnreadConnection);
    }
    let found = told![host, " passes signalling on, and no key stands in it"];
    Some((verdict, found))
}

/// Handshakes end there, and it may be a server, or a party.
fn of_doubtful(host: IpAddr, server: &Server) -> Option<(Verdict, Told)> {
    let evidence = Evidence::of(server.keying.clone())?;
    let found = told![
        "handshakes that offer SRTP end at ",
        host,
        ", which may be a party"
    ];
    Some((
        Verdict::Inconclusive(Gap::MayBeParty, Some(evidence)),
        found,
    ))
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
    /// Those between which session descriptions passed that agree on keys by fingerprints.
    carrying: HashSet<IpAddr>,
}

impl<'c> Hosts<'c> {
    fn of(case: &'c Case<'_>) -> Self {
        let mut hosts = Self {
            carrying: carrying(case),
            ..Self::default()
        };
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

/// The hosts between which session descriptions passed that agree on keys by fingerprints, on each
/// hop that was seen: one that a proxy passes on unchanged is kept once, with the packets of each.
fn carrying(case: &Case<'_>) -> HashSet<IpAddr> {
    let flows = case.scene.calls.iter().flat_map(|call| &call.flows);
    let seen = flows.flat_map(|(hop, seen)| seen.packets().iter().map(move |n| (*n, hop)));
    let hops: HashMap<u64, &FlowKey> = seen.collect();
    let mut hosts = HashSet::new();
    let by_fingerprint = |of: &&SessionDescription| {
        let mut media = of.media.iter();
        media.any(|media| !media.fingerprints.is_empty())
    };
    for description in case.scene.descriptions().filter(by_fingerprint) {
        let first = description.carried_between();
        let first = first.map(|ends| [ends.src.ip(), ends.dst.ip()]);
        let packets = description.packets.packets().iter();
        let hops = packets.filter_map(|number| hops.get(number));
        let hops = hops.map(|hop| [hop.a.ip(), hop.b.ip()]);
        hosts.extend(first.into_iter().chain(hops).flatten());
    }
    hosts
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
