//! What a capture lacks never proves anything: where frames are cut, packets are missing or their
//! order is another, no verdict holds that did not hold before.
//!
//! Verdicts are compared by claim, observer and by what they speak of, in terms that stay when
//! packets go: addresses and SSRCs, not numbers.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use common::{Record, file, records};
use relayscope::capture::{FileSource, Loss};
use relayscope::claim::{Limits, Scope, Subject, judge};
use relayscope::exposure::{Protections, Vantage};
use relayscope::flow::Scene;
use relayscope::run::track;

/// Verdicts by observer, claim and scope.
type Verdicts = BTreeMap<(&'static str, &'static str, String), BTreeSet<&'static str>>;

fn verdicts(packets: &[Record], lost: &[Loss]) -> Verdicts {
    let source = FileSource::from_reader(Box::new(Cursor::new(file(packets))), "test.pcap");
    let tracker = track(&mut source.expect("a capture")).expect("readable");
    let scene = Scene::whole(&tracker);
    let protections = Protections::new(&scene);
    let mut all = Verdicts::new();
    for observer in Vantage::ALL {
        let limits = Limits {
            losses: lost.to_vec(),
            ..Limits::default()
        };
        for judged in judge(&scene, &protections, observer, limits) {
            let key = (
                observer.name(),
                judged.claim.id,
                scope(&scene, judged.scope),
            );
            all.entry(key).or_default().insert(judged.verdict.name());
        }
    }
    all
}

/// What a verdict speaks of, in words that do not depend on how much was captured. Of a path only
/// the client: its other ends are not known where the capture begins late.
fn scope(scene: &Scene<'_>, scope: Scope) -> String {
    match Subject::of(scope, scene).expect("a member of the scene") {
        Subject::Path(ends, ..) => format!("{ends:?}"),
        Subject::Session(parties, _) => format!("{parties:?}"),
        Subject::Association(id) => {
            let mut all = scene.associations.iter();
            let found = all.find(|association| association.id == id);
            let found = found.expect("an association");
            format!("{:?} {}", found.flow, found.relayed)
        }
        other => format!("{other:?}"),
    }
}

/// What holds of these packets and does not of the whole call.
fn new(whole: &Verdicts, packets: &[Record]) -> Vec<String> {
    let held = |(observer, claim, scope): &(&str, &str, String)| {
        if let Some(before) = whole.get(&(*observer, *claim, scope.clone())) {
            return before.contains("holds");
        }
        // Where the relay is no longer seen, its peer's leg is one without a relay, which others
        // see. Then it must have held for whoever saw that leg before.
        let others = whole
            .iter()
            .filter(|(key, _)| key.1 == *claim && key.2 == *scope);
        others
            .flat_map(|(_, before)| before)
            .any(|verdict| *verdict == "holds")
    };
    let all = verdicts(packets, &[]);
    let holding = all.iter().filter(|(_, found)| found.contains("holds"));
    let new = holding.filter(|(key, _)| !held(key));
    new.map(|(key, _)| format!("{key:?}, was {:?}", whole.get(key)))
        .collect()
}

/// A call, or the first packets of one, beside the verdicts on it.
struct Call {
    name: String,
    packets: Vec<Record>,
    whole: Verdicts,
}

impl Call {
    fn new(name: &str, first: usize) -> Self {
        let mut packets = records(name);
        packets.truncate(first);
        let whole = verdicts(&packets, &[]);
        Self {
            name: name.to_owned(),
            packets,
            whole,
        }
    }

    fn assert_nothing_new(&self, packets: &[Record], what: &str) {
        let new = new(&self.whole, packets);
        assert!(new.is_empty(), "{}, {what}: {new:#?}", self.name);
    }

    /// As above, for the packets of these numbers; where one that refutes `rtcp-sealed` is not among
    /// them, of all other claims.
    fn assert_nothing_new_of(&self, keep: impl Fn(usize) -> bool, what: &str) {
        let mut new = new(&self.whole, &kept(&self.packets, |number, _| keep(number)));
        let refuting = REFUTING.iter().filter(|(name, _)| *name == self.name);
        if refuting
            .flat_map(|(_, numbers)| *numbers)
            .any(|number| !keep(*number))
        {
            new.retain(|key| !key.contains("rtcp-sealed"));
        }
        assert!(new.is_empty(), "{}, {what}: {new:#?}", self.name);
    }

    fn assert_missing_packets_prove_nothing(&self, singly: usize) {
        let total = self.packets.len();
        for nth in [2, 3, 5, 7, 11, 64] {
            for rest in [0, 1] {
                let what = format!("without {rest} of every {nth}");
                self.assert_nothing_new_of(|number| number % nth != rest, &what);
            }
        }
        for percent in [1, 2, 3, 5, 10, 25, 50, 90] {
            let gone = total * percent / 100;
            self.assert_nothing_new_of(|n| n > gone, &format!("without the first {gone}"));
            self.assert_nothing_new_of(|n| n <= total - gone, &format!("without the last {gone}"));
        }
        // Where a call begins, each packet counts.
        for number in 1..=singly {
            self.assert_nothing_new_of(|n| n != number, &format!("without packet {number}"));
            self.assert_nothing_new_of(|n| n > number, &format!("without the first {number}"));
        }
    }
}

/// What refutes that reports are sealed, in calls that seal their media: reports in clear, and the
/// messages with the key, without which the trailer shows that they are sealed, and to nobody
/// whether the key passed in sight.
const REFUTING: [(&str, &[usize]); 2] = [
    ("sip-fingerprint-in-signalling.pcap", &[42, 43, 2274, 2277]),
    (
        "sip-key-in-signalling.pcap",
        &[13, 15, 18, 20, 21, 2451, 2452],
    ),
];

/// Every packet that `keep` takes, by its number.
fn kept(packets: &[Record], keep: impl Fn(usize, &Record) -> bool) -> Vec<Record> {
    let numbered = (1..).zip(packets);
    let kept = numbered.filter(|(number, packet)| keep(*number, packet));
    kept.map(|(_, packet)| packet.clone()).collect()
}

/// Small calls, and the first packets of longer ones: with and without a relay, media, signalling.
fn calls() -> Vec<Call> {
    [
        ("data-channel-only.pcap", 188),
        ("dtls12-aes-gcm.pcap", 500),
        ("header-extensions-sealed.pcap", 500),
        ("sip-fingerprint-in-signalling.pcap", 400),
        ("sip-key-in-signalling.pcap", 400),
        ("rtp-without-signalling.pcap", 250),
        ("media-server.pcap", 500),
        ("seen-by-one-client.pcap", 400),
    ]
    .into_iter()
    .map(|(name, first)| Call::new(name, first))
    .collect()
}

fn cut(packets: &[Record], len: usize) -> Vec<Record> {
    let mut packets = packets.to_vec();
    for packet in &mut packets {
        packet.octets.truncate(len);
    }
    packets
}

#[test]
fn no_snap_length_up_to_200_makes_anything_hold() {
    for (name, first) in [
        ("data-channel-only.pcap", 188),
        ("sip-fingerprint-in-signalling.pcap", 250),
        ("rtp-without-signalling.pcap", 200),
    ] {
        let call = Call::new(name, first);
        for len in 0..=200 {
            call.assert_nothing_new(&cut(&call.packets, len), &format!("cut to {len}"));
        }
    }
}

#[test]
fn no_snap_length_makes_anything_hold() {
    for call in calls() {
        for len in (0..=1600).step_by(64) {
            call.assert_nothing_new(&cut(&call.packets, len), &format!("cut to {len}"));
        }
    }
}

#[test]
fn missing_packets_make_nothing_hold() {
    for call in calls() {
        call.assert_missing_packets_prove_nothing(60);
    }
}

/// What refutes `rtcp-sealed` is a report in clear. Where no such report is in a capture, nothing
/// in it tells that there was one: of this claim alone, and of nothing less than all of them.
#[test]
fn only_what_refutes_a_verdict_turns_it_where_it_is_missing() {
    let (name, clear) = REFUTING[0];
    let call = Call::new(name, usize::MAX);
    for one in clear {
        let few = kept(&call.packets, |number, _| {
            number == *one || !clear.contains(&number)
        });
        let turned = new(&call.whole, &few);
        assert_eq!(
            turned.len(),
            2,
            "the other leg, for each who sees it: {turned:#?}"
        );
        assert!(
            turned.iter().all(|key| key.contains("rtcp-sealed")),
            "{turned:#?}"
        );
    }
}

/// For whoever changes a rule: `cargo test --release --test truncation -- --ignored`.
#[test]
#[ignore = "every capture as a whole takes minutes"]
fn nothing_missing_makes_anything_hold_in_any_capture() {
    for path in common::captures() {
        let name = path.file_name().expect("a name").to_string_lossy();
        // The records of several interfaces are in order only on each.
        if name.ends_with(".pcapng") {
            continue;
        }
        let call = Call::new(&name, usize::MAX);
        call.assert_missing_packets_prove_nothing(20);
        for len in (0..=1600).step_by(64) {
            call.assert_nothing_new(&cut(&call.packets, len), &format!("cut to {len}"));
        }
    }
}

#[test]
fn a_missing_direction_or_host_makes_nothing_hold() {
    for call in calls() {
        let mut ways: Vec<Vec<u8>> = Vec::new();
        for packet in &call.packets {
            // Version 4 or 6, and the addresses of sender and receiver.
            let [from, to] = match packet.octets.get(12..14) {
                Some([0x08, 0x00]) => [26..30, 30..34],
                _ => [22..38, 38..54],
            };
            for part in [from.start..to.end, from, to] {
                ways.extend(packet.octets.get(part).map(<[u8]>::to_vec));
            }
        }
        ways.sort();
        ways.dedup();
        for way in ways {
            let holds =
                |packet: &Record| packet.octets.windows(way.len()).take(40).any(|w| w == way);
            let without = kept(&call.packets, |_, packet| !holds(packet));
            call.assert_nothing_new(&without, &format!("without {way:?}"));
            let only = kept(&call.packets, |_, packet| holds(packet));
            call.assert_nothing_new(&only, &format!("only {way:?}"));
        }
    }
}

#[test]
fn another_order_makes_nothing_hold() {
    for call in calls() {
        for (round, most) in [(1, 200), (2, 1_000), (3, 5_000)] {
            let mut packets = call.packets.clone();
            let mut seed: u64 = round;
            for packet in &mut packets {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                packet.micros += (seed >> 33) % most;
            }
            packets.sort_by_key(|packet| packet.micros);
            call.assert_nothing_new(&packets, &format!("shaken by {most} microseconds"));
        }
    }
}

#[test]
fn where_the_capture_lost_packets_nothing_holds() {
    for call in calls() {
        let all = verdicts(&call.packets, &[Loss::at_any_time(1)]);
        assert!(
            !all.values().any(|found| found.contains("holds")),
            "{}",
            call.name
        );
    }
}
