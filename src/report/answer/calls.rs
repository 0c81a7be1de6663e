//! Who speaks with whom, by which way, and through which servers.

use std::net::IpAddr;

use crate::base::told::{Told, told};
use crate::flow::{ServerRole, Session, Topology, Untold};
use crate::report::Report;
use crate::report::text::thousands;

/// The calls of a capture, behind its name: who with whom, and by which way.
pub(in crate::report) fn calls(report: &Report<'_>) -> String {
    let calls = report.calls();
    match calls.as_slice() {
        [] => "no call".to_owned(),
        [call] => one_call(report, call),
        calls => {
            let of = |topology: Topology| {
                let same = calls
                    .iter()
                    .filter(|c| c.topology(report.scene.tracker) == topology);
                same.count()
            };
            let all = calls.len();
            let count = thousands(all as u64);
            match [of(Topology::Relayed), of(Topology::Direct)] {
                [relayed, _] if relayed == all => format!("{count} relayed calls"),
                [_, direct] if direct == all => format!("{count} calls without a relay in sight"),
                [0, _] if report.scene.media_servers().next().is_none() => {
                    format!("{count} calls, perhaps of several with one server")
                }
                [0, _] => format!("{count} calls"),
                [relayed, _] => format!("{count} calls, {} relayed", thousands(relayed as u64)),
            }
        }
    }
}

fn one_call(report: &Report<'_>, call: &Session) -> String {
    let topology = call.topology(report.scene.tracker);
    let (kind, parties) = match (topology, call.parties.as_slice()) {
        (Topology::Relayed, [one, other]) => ("relayed ", relayed(report, call, [*one, *other])),
        (Topology::Mesh, all) => (
            "",
            told![listed(all), ", each with each, no relay in sight"],
        ),
        (_, all) => match call.server {
            Some((server, role)) => ("", told![listed(all), " at ", name(role), server.ip()]),
            None => ("", told![listed(all), ", no relay in sight"]),
        },
    };
    format!("1 {kind}call ({})", report.show(parties))
}

/// The parties of a call through a relay, of which one may stand behind another relay.
fn relayed(report: &Report<'_>, call: &Session, [one, other]: [IpAddr; 2]) -> Told {
    let mut paths = report.scene.paths.iter();
    let path = paths.find(|path| call.paths.contains(&path.id));
    let ends = path.map(|path| path.allocation.ends);
    let ends = ends.map(|ends| (ends.src.ip(), ends.dst.ip())).or_else(|| {
        let mut relays = report.scene.relays().map(|relay| relay.ip());
        let relay = relays.find(|ip| call.parties.contains(ip))?;
        Some((if one == relay { other } else { one }, relay))
    });
    match ends {
        None => told![one, " and ", other],
        // Another client of the relay whose own leg is not in the capture.
        Some((client, relay)) if [one, other].contains(&relay) => {
            told![client, " and somebody behind ", relay]
        }
        Some((_, relay)) => told![one, " and ", other, " through ", relay],
    }
}

/// Addresses as a list in words.
fn listed(parties: &[IpAddr]) -> Told {
    let joined = |all: &[IpAddr]| Told::joined(all.iter().map(|ip| Told::from(*ip)), ", ");
    match parties.split_last() {
        Some((last, [])) => (*last).into(),
        Some((last, rest)) => told![joined(rest), " and ", *last],
        None => Told::default(),
    }
}

/// What a server of media is called.
const fn name(role: Result<ServerRole, Untold>) -> &'static str {
    match role {
        Ok(ServerRole::Sfu) => "the SFU ",
        Ok(ServerRole::Mcu) => "the MCU ",
        _ => "the media server ",
    }
}

/// What servers of media do and whether they hold keys, a sentence for each.
pub(super) fn serving(report: &Report<'_>) -> Vec<String> {
    let servers = report.scene.media_servers();
    let told = servers.map(|(address, server)| {
        let people = server.clients.len();
        let does = match server.role {
            Ok(ServerRole::Sfu) => "a media server that forwards streams (an SFU)",
            Ok(ServerRole::Mcu) => "a media server that mixes streams (an MCU)",
            _ => "a media server, of which it cannot be told whether it forwards or mixes",
        };
        let keys = if server.keying.total() > 0 {
            ": handshakes end at it, so it holds the keys"
        } else {
            ""
        };
        let who = format!("{people} people speak through {does} at ");
        report.show(told![Told::plain(who), address.ip(), keys, "."])
    });
    told.collect()
}

/// Hosts of one kind that are named; more are counted.
const NAMED: usize = 3;

/// Which hosts may be servers of media or parties, and what would show it: a sentence for each
/// reason.
pub(super) fn doubtful(report: &Report<'_>) -> Vec<String> {
    let mut hosts = Vec::<(&'static str, Vec<IpAddr>)>::new();
    for (address, server) in &report.scene.servers {
        let Err(untold) = server.role else { continue };
        match hosts.iter_mut().find(|(why, _)| *why == untold.text()) {
            Some((_, hosts)) => hosts.push(address.ip()),
            None => hosts.push((untold.text(), vec![address.ip()])),
        }
    }
    let told = hosts.into_iter().map(|(why, hosts)| {
        let (named, others) = hosts.split_at(hosts.len().min(NAMED));
        let others = match others.len() {
            0 => String::new(),
            more => format!(" (and of {} more)", thousands(more as u64)),
        };
        let what = told!["The role of ", listed(named), Told::plain(others)];
        report.show(told![what, " cannot be told: ", why, "."])
    });
    told.collect()
}
