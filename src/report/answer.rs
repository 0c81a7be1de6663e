//! The answer first: what a capture shows, in a few sentences that are true of it.

use super::Report;
use super::text::thousands;
use crate::base::addr::Transport;
use crate::base::told::told;
use crate::claim::Verdict;
use crate::flow::{RelayPath, Side};

/// What the report says, in a few sentences that are true of this capture.
pub(super) fn sentences(report: &Report<'_>) -> Vec<String> {
    let mut told = Vec::new();
    let tcp = report
        .tracker
        .flows()
        .iter()
        .filter(|f| f.key.transport == Transport::Tcp)
        .count();
    if tcp > 0 {
        let flows = if tcp == 1 {
            "One TCP connection was".to_owned()
        } else {
            format!("{tcp} TCP connections were")
        };
        told.push(format!(
            "{flows} not read: TURN over TCP or TLS may run there."
        ));
    }
    if report.tracker.legs().is_empty() {
        told.push("No TURN relay was seen, so nothing is said about relays.".to_owned());
        return told;
    }
    let busiest = report
        .paths
        .iter()
        .max_by_key(|path| (volume(path), u64::MAX - path.id));
    match busiest {
        None => told.push(
            "A TURN relay was asked, but nothing that it carried for anybody was seen.".to_owned(),
        ),
        Some(path) => told.extend(of_path(report, path)),
    }
    let ledger = report.ledger(report.observer);
    let has = |item: &str| ledger.iter().any(|entry| entry.item == item);
    let reads: Vec<&str> = [
        ("peer", "who talks to whom"),
        ("account", "the account name"),
        ("server software", "the software of the server"),
        ("DTLS handshake", "the handshake"),
        ("RTP extensions", "RTP header extensions"),
        ("RTCP reports", "reports in clear"),
        ("sizes and times", "every size and time"),
    ]
    .into_iter()
    .filter_map(|(item, words)| has(item).then_some(words))
    .collect();
    told.push(format!(
        "{} can read {}. Whether media payload is sealed is not judged.",
        capitalised(report.observer.text()),
        reads.join(", ")
    ));
    told
}

fn of_path(report: &Report<'_>, path: &RelayPath<'_>) -> Vec<String> {
    let client = report.show(path.allocation.ends.src);
    let server = report.show(path.allocation.ends.dst);
    let peer = match (path.peer_allocation, path.peer) {
        (Some(other), _) => report.show(told![other.ends.src, " (a client of the same relay)"]),
        (None, Some(peer)) => report.show(peer),
        (None, None) => "a peer that was named before the capture began".to_owned(),
    };
    let mut told = vec![format!(
        "{client} talks to {peer} through the relay {server}."
    )];
    let verdict = report.claims.iter().find(|judged| {
        judged.claim.id == "relay-forwards-unchanged"
            && judged.scope.parts() == ("path", Some(path.id))
    });
    let Some(judged) = verdict else { return told };
    let left = path.to_peer.left + path.to_client.left;
    told.push(match &judged.verdict {
        Verdict::Holds(_) => format!(
            "The relay forwarded {} of {} datagrams octet for octet.",
            thousands(unchanged(path)),
            thousands(left)
        ),
        Verdict::Violated(evidence) => format!(
            "The relay did not forward everything as it came: {} (packet {}).",
            report.show(&judged.found),
            evidence.packets().first().unwrap_or_default()
        ),
        Verdict::Inconclusive(gap, _) => {
            format!(
                "Whether it forwarded all unchanged cannot be told: {}.",
                gap.text()
            )
        }
    });
    told
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn volume(path: &RelayPath<'_>) -> u64 {
    path.to_peer.entered + path.to_client.left
}

fn unchanged(path: &RelayPath<'_>) -> u64 {
    let of = |side: &Side<'_>| side.count.map_or(0, |count| count.unchanged);
    of(&path.to_peer) + of(&path.to_client)
}
