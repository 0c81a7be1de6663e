//! Scenarios in `tests/scenarios/`: for every claim, calls in which it holds, is violated, cannot
//! be told, and is not exercised; or a reason why one of these cannot occur.
//!
//! A scenario is a shipped capture, edited, and the verdicts that must come out.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{Record, answer_of_records, records, verdicts};
use relayscope::claim::CATALOGUE;
use relayscope::exposure::Vantage;
use relayscope::report::Question;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenarios {
    claim: String,
    /// Verdicts that cannot occur, each with its reason.
    #[serde(default)]
    cannot: Vec<Cannot>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cannot {
    verdict: String,
    because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    capture: String,
    #[serde(default)]
    observer: Option<String>,
    #[serde(default)]
    fingerprints: Vec<String>,
    #[serde(default)]
    edits: Vec<Edit>,
    /// Every verdict that is given, over all scopes; none where the claim is not exercised.
    verdicts: BTreeSet<String>,
}

/// One change to the packets of a capture; numbers are those of the packets as they stand then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Edit {
    /// Only packets from this number to that.
    Keep([usize; 2]),
    /// Without the packets from this number to that.
    Drop([usize; 2]),
    /// Without every packet of which the number divides by this.
    DropEvery(usize),
    /// Without every packet that has this IPv4 address at either end.
    Without(std::net::Ipv4Addr),
    /// Only packets that have this IPv4 address at either end.
    Only(std::net::Ipv4Addr),
    /// Every frame cut to so many octets.
    Cut(usize),
    /// Turns every bit of one octet, counted from the end of the frame.
    Flip { packet: usize, from_end: usize },
    /// Two packets change places and times.
    Swap([usize; 2]),
    /// A packet once more, some microseconds later, with one octet at its end turned.
    Inject { packet: usize, after: u64 },
    /// In every packet these octets become those.
    Replace { octets: String, with: String },
}

#[test]
fn every_claim_gives_the_verdicts_of_its_scenarios() {
    for claim in CATALOGUE {
        let scenarios = scenarios(claim.id);
        let mut seen = BTreeSet::new();
        for case in &scenarios.case {
            let found = run(case, claim.id);
            assert_eq!(found, case.verdicts, "{}: {}", claim.id, case.name);
            seen.extend(found.iter().cloned());
            if found.is_empty() {
                seen.insert("not-exercised".to_owned());
            }
        }
        for cannot in &scenarios.cannot {
            assert!(!cannot.because.is_empty());
            assert!(
                seen.insert(cannot.verdict.clone()),
                "{} does occur",
                cannot.verdict
            );
        }
        let all = ["holds", "violated", "inconclusive", "not-exercised"];
        for verdict in all {
            assert!(
                seen.contains(verdict),
                "{} has no scenario: {verdict}",
                claim.id
            );
        }
    }
}

fn scenarios(id: &str) -> Scenarios {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let path = folder.join(format!("{id}.toml"));
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let scenarios: Scenarios =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{id}: {error}"));
    assert_eq!(scenarios.claim, id);
    scenarios
}

fn run(case: &Case, claim: &str) -> BTreeSet<String> {
    let mut packets = records(&case.capture);
    for edit in &case.edits {
        apply(edit, &mut packets);
    }
    let named = |name: &String| {
        let mut all = Vantage::ALL.into_iter();
        all.find(|vantage| vantage.name() == name)
            .expect("an observer")
    };
    let question = Question {
        observer: case.observer.as_ref().map(named),
        fingerprints: case.fingerprints.clone(),
    };
    let report = answer_of_records(&packets, question);
    let verdicts = verdicts(&report, claim);
    verdicts.into_iter().map(|(verdict, ..)| verdict).collect()
}

fn apply(edit: &Edit, packets: &mut Vec<Record>) {
    let numbered = |packets: &mut Vec<Record>, keep: &dyn Fn(usize) -> bool| {
        let mut number = 0;
        packets.retain(|_| {
            number += 1;
            keep(number)
        });
    };
    match edit {
        Edit::Keep([from, to]) => numbered(packets, &|n| (*from..=*to).contains(&n)),
        Edit::Drop([from, to]) => numbered(packets, &|n| !(*from..=*to).contains(&n)),
        Edit::DropEvery(nth) => numbered(packets, &|n| n % nth != 0),
        Edit::Without(address) => packets.retain(|packet| !has(packet, *address)),
        Edit::Only(address) => packets.retain(|packet| has(packet, *address)),
        Edit::Cut(len) => packets
            .iter_mut()
            .for_each(|packet| packet.octets.truncate(*len)),
        Edit::Flip { packet, from_end } => {
            let octets = &mut packets[packet - 1].octets;
            let place = octets.len() - from_end;
            octets[place] ^= 0xFF;
        }
        Edit::Swap([one, other]) => {
            packets.swap(one - 1, other - 1);
            let time = packets[one - 1].micros;
            packets[one - 1].micros = packets[other - 1].micros;
            packets[other - 1].micros = time;
        }
        Edit::Inject { packet, after } => {
            let mut copy = packets[packet - 1].clone();
            copy.micros += after;
            *copy.octets.last_mut().expect("octets") ^= 0xFF;
            let place = packets.partition_point(|packet| packet.micros <= copy.micros);
            packets.insert(place, copy);
        }
        Edit::Replace { octets, with } => {
            let (octets, with) = (unhex(octets), unhex(with));
            assert_eq!(octets.len(), with.len());
            for packet in packets {
                replace(&mut packet.octets, &octets, &with);
            }
        }
    }
}

/// Whether an Ethernet frame holds an IPv4 packet from or to this address.
fn has(packet: &Record, address: std::net::Ipv4Addr) -> bool {
    let ends = packet.octets.get(26..34).unwrap_or_default();
    packet.octets.get(12..14) == Some(&[8, 0]) && ends.chunks(4).any(|end| end == address.octets())
}

fn replace(octets: &mut [u8], what: &[u8], with: &[u8]) {
    for at in 0..octets.len().saturating_sub(what.len() - 1) {
        if octets[at..].starts_with(what) {
            octets[at..at + with.len()].copy_from_slice(with);
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).expect("hex"));
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect("hex"))
        .collect()
}
