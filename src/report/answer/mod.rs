//! The answer first: what a capture shows, in a few sentences that are true of it.

mod calls;

use super::Report;
use super::given;
use super::keys;
use super::text::thousands;
use crate::claim::{CATALOGUE, Gap, Judgement, Verdict};
use crate::exposure::{Exposure, Visibility};
use crate::flow::{Carries, Course, DataConnection, Flow, HopCount, Inside, RelayPath, Side};

pub(super) use calls::calls;

/// What the report says, in a few sentences that are true of this capture.
pub(super) fn sentences(report: &Report<'_>) -> Vec<String> {
    let mut told = keys::sentences(report);
    told.extend(given::sentences(report));
    told.extend(unread(report));
    let serving = calls::serving(report);
    if serving.is_empty() || !report.scene.legs.is_empty() {
        told.push(forwarding(report));
    }
    told.extend(serving);
    told.extend(calls::doubtful(report));
    told.extend(layer(report));
    let ledger: Vec<_> = report.ledger(report.observer).collect();
    told.extend(readable(report, &ledger));
    told.extend(media(report, &ledger));
    told.extend(tally(report));
    told
}

/// Connections that were not read, or not whole.
fn unread(report: &Report<'_>) -> Vec<String> {
    let [mut part, mut turn, mut tls, mut joined, mut other] = [0_u64; 5];
    let flows = report.scene.flows.iter();
    let tracker = report.scene.tracker;
    let unread = |flow: &&&Flow| flow.unread > 0 && !flow.key.transport.is_inside();
    for flow in flows.filter(unread) {
        *match tracker.carries(&flow.key) {
            _ if tracker.openings().opened(&flow.key) > 0 => &mut part,
            _ if flow.turn_tls > Some(Inside::Server) => &mut turn,
            Some(carries) if carries.is_tls() => &mut tls,
            Some(Carries::Messages(_)) => &mut part,
            Some(Carries::Joined) => &mut joined,
            _ if flow.outer.messages.stun > 0 => &mut part,
            _ => &mut other,
        } += 1;
    }
    let say = |count: u64, verb: [&str; 2], rest: &str| match count {
        0 => None,
        1 => Some(format!("One TCP connection {} {rest}.", verb[0])),
        count => Some(format!(
            "{} TCP connections {} {rest}.",
            thousands(count),
            verb[1]
        )),
    };
    let (was, carries) = (["was", "were"], ["carries", "carry"]);
    let told = [
        say(
            part,
            was,
            "read in part: the rest is not understood, or not in the capture",
        ),
        say(
            turn,
            carries,
            "TURN inside TLS, which was not opened: the relay reads more than is told here",
        ),
        say(
            tls,
            carries,
            "TLS, which was not opened: TURN may run there",
        ),
        say(
            joined,
            carries,
            "octets between a client and a peer, which are compared and not understood",
        ),
        say(other, carries, "nothing that is understood here"),
    ];
    told.into_iter().flatten().collect()
}

/// What the relays did with what they carried, over all paths.
fn forwarding(report: &Report<'_>) -> String {
    if report.scene.legs.is_empty() {
        return "No TURN relay was seen, so nothing is said about relays.".to_owned();
    }
    let of = |id: &str| -> Vec<&Judgement> {
        let claims = report.claims.iter();
        claims.filter(|judged| judged.claim.id == id).collect()
    };
    let judged = of("relay-forwards-unchanged");
    if judged.is_empty() {
        let carried = "A TURN relay was asked; no path through it was seen.";
        return carried.to_owned();
    }
    let violated = judged.iter().find_map(|judged| match &judged.verdict {
        Verdict::Violated(evidence) => Some((judged, evidence.packets().first())),
        _ => None,
    });
    if let Some((judged, packet)) = violated {
        return format!(
            "The relay did not forward everything as it came: {} (packet {}).",
            report.show(&judged.found),
            packet.unwrap_or_default()
        );
    }
    let carried = carried(&report.scene.paths);
    let gaps: Vec<_> = judged.iter().filter_map(|j| j.verdict.gap()).collect();
    let is_little = |gap: &Gap| matches!(gap, Gap::TooLittle | Gap::TooFewOctets);
    let little = gaps.iter().all(is_little) && gaps.len() < judged.len();
    if gaps.iter().all(|gap| *gap == Gap::OneLeg) && gaps.len() == judged.len() {
        let one = "Only one side of the relay was read, so nothing is said of what it forwarded.";
        return one.to_owned();
    }
    if let Some(gap) = gaps.first().filter(|_| !little) {
        return format!(
            "{carried} were seen leaving the relay as they had entered; whether all were cannot be \
             told: {}.",
            gap.text()
        );
    }
    let keys = of("relay-outside-key-agreement");
    let all = |kind: fn(&Verdict) -> bool| keys.iter().all(|judged| kind(&judged.verdict));
    let part = match keys.as_slice() {
        [] => "",
        _ if all(|verdict| matches!(verdict, Verdict::Holds(_))) => {
            " and took no part in the key agreement"
        }
        _ if keys
            .iter()
            .any(|j| matches!(j.verdict, Verdict::Violated(_))) =>
        {
            ", but handshakes end at it"
        }
        _ => "; whether it took part in the key agreement cannot be told",
    };
    format!("The relay forwarded {carried} octet for octet{part}.")
}

/// What left unchanged, of all that left: datagrams, and octets of connections to peers.
fn carried(paths: &[RelayPath<'_>]) -> String {
    let connections = || paths.iter().filter_map(|path| path.connection);
    let of =
        |(unchanged, left): (u64, u64)| format!("{} of {}", thousands(unchanged), thousands(left));
    let datagrams = format!("{} datagrams", of(volume(paths)));
    if connections().next().is_none() {
        return datagrams;
    }
    let courses = || connections().flat_map(DataConnection::courses);
    let unchanged = courses().map(|course| course.unchanged).sum();
    let left = courses().map(Course::left).sum();
    let octets = format!("{} octets of TCP", of((unchanged, left)));
    if paths.iter().all(|path| path.connection.is_some()) {
        octets
    } else {
        format!("{datagrams} and {octets}")
    }
}

/// Datagrams that left unchanged, and all that left.
fn volume(paths: &[RelayPath<'_>]) -> (u64, u64) {
    let of = |side: &Side<'_>, get: fn(&HopCount) -> u64| side.count.map_or(0, get);
    let unchanged = |count: &HopCount| count.unchanged;
    let sides = || {
        paths
            .iter()
            .flat_map(|path| [&path.to_peer, &path.to_client])
    };
    (
        sides().map(|side| of(side, unchanged)).sum(),
        sides().map(|side| side.left).sum(),
    )
}

/// What weighs most among what the observer reads: item of the ledger, and in words.
const WEIGHTY: [(&str, &str); 7] = [
    ("account", "the account name"),
    ("caller", "who calls whom"),
    ("media key", "the key of the media"),
    ("who speaks", "who speaks when"),
    ("participant", "names of participants"),
    ("DTLS handshake", "the handshake"),
    ("sizes and times", "every size and time"),
];

fn readable(report: &Report<'_>, ledger: &[Exposure]) -> Option<String> {
    let reads = |item: &str| {
        let of_item =
            |entry: &Exposure| entry.item == item && entry.visibility == Visibility::Readable;
        ledger.iter().any(of_item)
    };
    let identified = report.tally("peers-not-identified");
    let direct = report.scene.legs.is_empty() && !report.calls().is_empty();
    let mut words: Vec<&str> = Vec::new();
    if identified[1] > 0 || direct && reads("address") {
        words.push("who talks to whom");
    }
    for (item, what) in WEIGHTY {
        if reads(item) && !words.contains(&what) {
            words.push(what);
        }
    }
    let end = words.pop()?;
    let list = match words.as_slice() {
        [] => end.to_owned(),
        words => format!("{} and {end}", words.join(", ")),
    };
    let who = capitalised(report.observer.text());
    Some(format!("{who} can read {list}."))
}

/// Whether frames are sealed once more inside what the keys of a hop open, where that is shown.
fn layer(report: &Report<'_>) -> Option<String> {
    let [holds, violated, open] = report.tally("end-to-end-layer");
    let what = match (holds, violated + open) {
        (0, _) => return None,
        (_, 0) => "frames".to_owned(),
        (holds, others) => format!("the frames of {holds} of {} streams", holds + others),
    };
    let words = "are sealed once more, end to end, inside what the keys of the hop open.";
    Some(capitalised(&format!("{what} {words}")))
}

/// Items of the ledger that are media.
const MEDIA: [&str; 4] = ["sound", "picture", "media", "repeated media"];

fn media(report: &Report<'_>, ledger: &[Exposure]) -> Option<String> {
    let count = |visibility: Visibility| {
        let of = |e: &&Exposure| MEDIA.contains(&e.item) && e.visibility == visibility;
        ledger.iter().filter(of).count()
    };
    let [readable, hidden, unknown] = [
        count(Visibility::Readable),
        count(Visibility::Hidden),
        count(Visibility::Unknown),
    ];
    let who = report.observer.text();
    let words = match (readable, hidden, unknown) {
        (0, 0, 0) => return None,
        (0, _, 0) => format!("{} cannot read the media.", capitalised(who)),
        (_, 0, 0) => format!("{} can read the media itself.", capitalised(who)),
        (0, _, _) => format!("Whether {who} can read all of the media cannot be told."),
        _ => format!("{} can read some of the media itself.", capitalised(who)),
    };
    Some(words)
}

/// How many claims hold in every scope, are violated in one, or cannot be told.
fn tally(report: &Report<'_>) -> Option<String> {
    let [mut holds, mut violated, mut open] = [0_u64; 3];
    for claim in CATALOGUE {
        match report.tally(claim.id) {
            [0, 0, 0] => {}
            [_, 0, 0] => holds += 1,
            [_, 0, _] => open += 1,
            _ => violated += 1,
        }
    }
    let say = |count: u64, one: &str, more: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {more}"),
    };
    (holds + violated + open > 0).then(|| {
        format!(
            "{}, {}, {}.",
            say(holds, "claim holds", "claims hold"),
            say(violated, "is violated", "are violated"),
            say(open, "cannot be told", "cannot be told")
        )
    })
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
