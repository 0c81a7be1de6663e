//! Scenarios in `tests/scenarios/`: for every claim, calls in which it holds, is violated, cannot
//! be told, and is not exercised; or a reason why one of these cannot occur.
//!
//! A scenario is a shipped capture, edited, and the verdicts that must come out.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use common::relay::{Capture, stun, xor_address};
use common::{Record, answer_of_records, answer_with_keys, capture, file, records, verdicts};
use relayscope::claim::CATALOGUE;
use relayscope::exposure::Vantage;
use relayscope::flow::Tracker;
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
    /// What the call is, and what was done to its packets.
    name: String,
    capture: String,
    /// For whom it is judged; without, for whom the report chooses.
    #[serde(default)]
    observer: Option<String>,
    /// Key log that the user gives, beside the captures.
    #[serde(default)]
    keys: Option<String>,
    /// Without the lines of it that hold this text.
    #[serde(default)]
    keys_without: Option<String>,
    /// Fingerprints that the user knows, as SDP writes them.
    #[serde(default)]
    fingerprints: Vec<String>,
    /// Packets that the capture says it lost.
    #[serde(default)]
    lost: u64,
    /// Between which moments, in seconds after the first packet; without, from the beginning to
    /// the last packet.
    #[serde(default)]
    lost_between: Option<[i64; 2]>,
    #[serde(default)]
    edits: Vec<Edit>,
    /// Every verdict that is given, over all scopes; none where the claim is not exercised.
    verdicts: BTreeSet<String>,
}

/// One change to the packets of a capture; numbers are those of the packets as they stand then.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
enum Edit {
    /// Only packets from this number to that.
    Keep([usize; 2]),
    /// Without the packets from this number to that.
    Drop([usize; 2]),
    /// Without the packets of these numbers.
    Lose(Vec<usize>),
    /// Without every packet that has this address at either end.
    Without(IpAddr),
    /// Only packets that have this address at either end.
    Only(IpAddr),
    /// Every frame cut to so many octets.
    Cut(usize),
    /// Turns every bit of one octet, counted from the end of the frame.
    Flip { packet: usize, from_end: usize },
    /// A packet once more, some microseconds later, with its last octet turned.
    Inject { packet: usize, after: u64 },
    /// In every packet these octets, in hexadecimal, become those.
    Replace {
        octets: String,
        with: String,
        /// Only in packets that have this address at either end.
        #[serde(default)]
        of: Option<IpAddr>,
    },
    /// In every packet this text becomes that.
    Rewrite { text: String, with: String },
}

#[test]
fn every_claim_gives_the_verdicts_of_its_scenarios() {
    let mut wrong = Vec::new();
    for claim in CATALOGUE {
        let scenarios = scenarios(claim.id);
        let mut seen = BTreeSet::new();
        for case in &scenarios.case {
            let (found, whole) = run(case, claim.id);
            if found != case.verdicts {
                wrong.push(format!("{}, {}: {whole}", claim.id, case.name));
            }
            seen.extend(found.iter().cloned());
            if found.is_empty() {
                seen.insert("not-exercised".to_owned());
            }
        }
        for Cannot { verdict, because } in &scenarios.cannot {
            assert!(!because.is_empty());
            let new = seen.insert(verdict.clone());
            assert!(new, "{} does occur for {}", verdict, claim.id);
        }
        for verdict in ["holds", "violated", "inconclusive", "not-exercised"] {
            if !seen.contains(verdict) {
                wrong.push(format!("{} has no scenario: {verdict}", claim.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn addresses_that_found_no_room_make_nothing_hold() {
    for (name, observer, claim, [src, dst], message, attribute) in [
        (
            "seen-by-one-client.pcap",
            Vantage::Endpoint,
            "relay-only",
            ["client", "server"],
            0x0008,
            0x12,
        ),
        (
            "one-client-relayed.pcap",
            Vantage::PathPeer,
            "peers-not-identified",
            ["relayed", "peer"],
            0x0101,
            0x20,
        ),
    ] {
        let question = Question {
            observer: Some(observer),
            ..Question::default()
        };
        let mut records = records(name);
        let report = answer_of_records(&records, &question);
        assert_eq!(verdicts(&report, claim)[0].0, "holds", "{claim}");
        let path = &report["paths"][0];
        let end = |member: &str| path[member].as_str().expect("an address");
        let addresses = (0..64).map(|n| xor_address(attribute, &format!("198.51.100.{n}:9")));
        let mut made = Capture::default();
        let message = stun(message, 1, &addresses.collect::<Vec<_>>());
        made.datagram(end(src), end(dst), &message);
        let micros = records.last().expect("packets").micros;
        records.extend(
            made.records
                .into_iter()
                .map(|record| Record { micros, ..record }),
        );
        let report = answer_of_records(&records, &question);
        assert_eq!(verdicts(&report, claim)[0].0, "inconclusive", "{claim}");
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

/// The verdicts of a case, and each of them with what was found, to be shown where they are wrong.
fn run(case: &Case, claim: &str) -> (BTreeSet<String>, String) {
    let mut packets = records(&case.capture);
    for edit in &case.edits {
        apply(edit, &mut packets);
    }
    let named = |name: &String| {
        let mut all = Vantage::ALL.into_iter();
        all.find(|vantage| vantage.name() == name)
            .expect("an observer")
    };
    let plain = |fingerprint: &String| fingerprint.replace(':', "").to_uppercase();
    let question = Question {
        observer: case.observer.as_ref().map(named),
        fingerprints: case.fingerprints.iter().map(plain).collect(),
    };
    let octets = match case.lost {
        0 => file(&packets),
        lost => lossy_file(&packets, lost, case.lost_between),
    };
    let mut tracker = Tracker::default();
    if let Some(keys) = &case.keys {
        let log = fs::read_to_string(capture(keys)).expect("a key log");
        let without = case.keys_without.as_ref();
        let lines = log.lines();
        let kept = lines.filter(|line| !without.is_some_and(|text| line.contains(text)));
        tracker.take_keys(keys, kept.collect::<Vec<_>>().join("\n").as_bytes());
    }
    let report = answer_with_keys(octets, &question, tracker);
    let claims = report["claims"].as_array().expect("claims").iter();
    let judged = claims.filter(|judged| judged["id"] == claim);
    let whole = judged.map(|judged| {
        let [verdict, found, gap] = ["verdict", "found", "gap"].map(|key| &judged[key]);
        format!("{verdict} {found} {gap}")
    });
    let whole = whole.collect::<BTreeSet<_>>();
    let verdicts = verdicts(&report, claim);
    (
        verdicts.into_iter().map(|(verdict, ..)| verdict).collect(),
        format!("{whole:#?}"),
    )
}

fn apply(edit: &Edit, packets: &mut Vec<Record>) {
    match edit {
        Edit::Keep([from, to]) => *packets = packets[from - 1..*to].to_vec(),
        Edit::Drop([from, to]) => drop(packets.drain(from - 1..*to)),
        Edit::Lose(numbers) => {
            let mut number = 0;
            packets.retain(|_| {
                number += 1;
                !numbers.contains(&number)
            });
        }
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
        Edit::Inject { packet, after } => {
            let mut copy = packets[packet - 1].clone();
            copy.micros += after;
            *copy.octets.last_mut().expect("octets") ^= 0xFF;
            let place = packets.partition_point(|packet| packet.micros <= copy.micros);
            packets.insert(place, copy);
        }
        Edit::Replace { octets, with, of } => {
            let those = packets.iter_mut();
            let those = those.filter(|packet| of.is_none_or(|of| has(packet, of)));
            replace(those, &unhex(octets), &unhex(with));
        }
        Edit::Rewrite { text, with } => {
            replace(packets.iter_mut(), text.as_bytes(), with.as_bytes());
        }
    }
}

/// Whether an Ethernet frame holds an IP packet from or to this address.
fn has(packet: &Record, address: IpAddr) -> bool {
    let (kind, ends, octets) = match address {
        IpAddr::V4(ip) => ([0x08, 0x00], 26..34, ip.octets().to_vec()),
        IpAddr::V6(ip) => ([0x86, 0xDD], 22..54, ip.octets().to_vec()),
    };
    let ends = packet.octets.get(ends).unwrap_or_default();
    packet.octets.get(12..14) == Some(&kind) && ends.chunks(octets.len()).any(|end| end == octets)
}

fn replace<'r>(packets: impl Iterator<Item = &'r mut Record>, what: &[u8], with: &[u8]) {
    assert_eq!(what.len(), with.len());
    let mut replaced = 0;
    for packet in packets {
        let octets = &mut packet.octets;
        for at in 0..octets.len().saturating_sub(what.len() - 1) {
            if octets[at..].starts_with(what) {
                octets[at..at + with.len()].copy_from_slice(with);
                replaced += 1;
            }
        }
    }
    assert!(replaced > 0, "nothing to replace");
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

/// A pcapng file with Ethernet frames, whose counter says that packets were lost.
fn lossy_file(packets: &[Record], lost: u64, between: Option<[i64; 2]>) -> Vec<u8> {
    let mut out = Vec::new();
    block(&mut out, 0x0A0D_0D0A, &{
        let mut body = 0x1A2B_3C4D_u32.to_le_bytes().to_vec();
        body.extend([1, 0, 0, 0]);
        body.extend([0xFF; 8]);
        body
    });
    block(&mut out, 1, &[1, 0, 0, 0, 0, 0, 4, 0]);
    for packet in packets {
        let mut body = vec![0; 4];
        body.extend(time(packet.micros));
        body.extend((packet.octets.len() as u32).to_le_bytes());
        body.extend(packet.wire_len.to_le_bytes());
        body.extend(&packet.octets);
        block(&mut out, 6, &body);
    }
    let [begin, end] =
        [packets.first(), packets.last()].map(|packet| packet.map_or(0, |p| p.micros));
    match between {
        None => statistics(&mut out, end, lost),
        Some(moments) => {
            let [from, to] =
                moments.map(|seconds| begin.saturating_add_signed(seconds * 1_000_000));
            statistics(&mut out, from, 0);
            statistics(&mut out, to, lost);
        }
    }
    out
}

/// What the only interface had lost at a time.
fn statistics(out: &mut Vec<u8>, micros: u64, lost: u64) {
    let mut body = vec![0; 4];
    body.extend(time(micros));
    body.extend([5, 0, 8, 0]);
    body.extend(lost.to_le_bytes());
    block(out, 5, &body);
}

/// Microseconds, the high half first.
fn time(micros: u64) -> Vec<u8> {
    let halves = [(micros >> 32) as u32, micros as u32];
    halves.map(u32::to_le_bytes).concat()
}

fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let padded = body.len().next_multiple_of(4);
    let len = (padded as u32 + 12).to_le_bytes();
    out.extend(kind.to_le_bytes());
    out.extend(len);
    out.extend(body);
    out.resize(out.len() + padded - body.len(), 0);
    out.extend(len);
}
