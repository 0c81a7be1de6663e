//! Allocations for TCP to the peers (RFC 6062): the two connections that a relay joins are compared
//! octet by octet, in clear and inside TLS.

mod common;

use std::io::Cursor;

use common::relay::{
    ALLOCATE, Capture, XOR_PEER, XOR_RELAYED, attribute, lifetime, stun, xor_address,
};
use common::schema::report;
use common::tls::over_tls;
use common::{Record, answer_with_keys, file, verdicts};
use relayscope::base::time::Timestamp;
use relayscope::capture::{CaptureSummary, FileSource};
use relayscope::flow::{Scene, Tracker};
use relayscope::report::Question;
use relayscope::report::live::Board;
use relayscope::run::track;
use serde_json::{Value, json};

const CLIENT: &str = "192.0.2.1:5000";
const CLIENT_DATA: &str = "192.0.2.1:5001";
const SERVER: &str = "203.0.113.9:3478";
const RELAYED: &str = "203.0.113.9:50000";
const PEER: &str = "198.51.100.7:6000";

const CONNECT: u16 = 0x0A;
const CONNECTION_BIND: u16 = 0x0B;
const ID: [u8; 4] = [0, 0, 0, 9];

/// Octets of an application, none of which looks like a message of ours.
fn application(seed: u32, len: u32) -> Vec<u8> {
    (0..len)
        .map(|n| (n * 7 + seed + n * n / 5) as u8 | 0xC0)
        .collect()
}

/// What is particular about a call whose client talks over TCP to a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Oddity {
    /// The peer connects to the relay, instead of the relay to the peer.
    FromPeer,
    /// The peer's connection is not in the capture.
    OneLeg,
    /// Too few octets pass to say anything.
    Short,
    /// The relay alters one octet on its way to the peer.
    Altered,
    /// A segment to the peer is not in the capture, though the peer acknowledges its octets.
    Lost,
    /// The client sends its octets twice.
    Twice,
}

/// Which octet the relay alters.
const ALTERED: usize = 1234;

/// The control connection: an allocation for TCP, and a connection between relay and peer.
fn joined(oddities: &[Oddity]) -> Capture {
    let mut capture = Capture::default();
    capture.connect(CLIENT, SERVER);
    let told = [xor_address(XOR_RELAYED, RELAYED), lifetime()];
    let exchange = capture.exchange(ALLOCATE, &[attribute(0x19, &[6, 0, 0, 0])], &told);
    capture.octets(CLIENT, SERVER, &exchange[0]);
    capture.octets(SERVER, CLIENT, &exchange[1]);
    let (id, peer) = (attribute(0x2A, &ID), xor_address(XOR_PEER, PEER));
    let from_peer = oddities.contains(&Oddity::FromPeer);
    if !oddities.contains(&Oddity::OneLeg) {
        let ends = [RELAYED, PEER];
        let [src, dst] = [usize::from(from_peer), usize::from(!from_peer)].map(|n| ends[n]);
        capture.connect(src, dst);
    }
    if from_peer {
        let attempt = stun(0x001C, 77, &[peer, id.clone()]);
        capture.octets(SERVER, CLIENT, &attempt);
    } else {
        let exchange = capture.exchange(CONNECT, &[peer], std::slice::from_ref(&id));
        capture.octets(CLIENT, SERVER, &exchange[0]);
        capture.octets(SERVER, CLIENT, &exchange[1]);
    }
    capture.connect(CLIENT_DATA, SERVER);
    let exchange = capture.exchange(CONNECTION_BIND, &[id], &[]);
    capture.octets(CLIENT_DATA, SERVER, &exchange[0]);
    capture.octets(SERVER, CLIENT_DATA, &exchange[1]);
    capture
}

/// The whole call: octets pass in pieces of other sizes on one side than on the other.
fn call(oddities: &[Oddity]) -> Vec<Record> {
    let is = |oddity| oddities.contains(&oddity);
    let mut capture = joined(oddities);
    let len = if is(Oddity::Short) { 400 } else { 3000 };
    let (sent, received) = (application(1, len), application(5, len));
    for part in sent.chunks(700) {
        capture.octets(CLIENT_DATA, SERVER, part);
        if is(Oddity::Twice) {
            let again = capture.records.last().expect("a record").clone();
            capture.records.push(again);
        }
    }
    let mut left = sent;
    if is(Oddity::Altered) {
        left[ALTERED] ^= 1;
    }
    if !is(Oddity::OneLeg) {
        for (n, part) in left.chunks(500).enumerate() {
            capture.octets(RELAYED, PEER, part);
            if is(Oddity::Lost) && n == 2 {
                capture.records.pop();
            }
        }
        for part in received.chunks(900) {
            capture.octets(PEER, RELAYED, part);
        }
    }
    for part in received.chunks(400) {
        capture.octets(SERVER, CLIENT_DATA, part);
    }
    capture.octets(CLIENT_DATA, SERVER, &[]);
    capture.records
}

/// The only verdict on forwarding, and its gap.
fn forwards(report: &Value) -> (String, Option<String>) {
    let judged = verdicts(report, "relay-forwards-unchanged");
    let [(verdict, packets, gap)] = judged.as_slice() else {
        panic!("one path: {judged:?}")
    };
    assert!(!packets.is_empty() || gap.is_some());
    (verdict.clone(), gap.clone())
}

#[test]
fn the_octets_of_a_tcp_allocation_are_found_on_both_connections() {
    let both: [(&[Oddity], &str); 2] = [(&[], "client"), (&[Oddity::FromPeer], "peer")];
    for (oddities, opened_by) in both {
        let report = report(&call(oddities));
        let allocations = report["allocations"].as_array().expect("allocations");
        assert_eq!(allocations.len(), 1, "{allocations:?}");
        assert_eq!(allocations[0]["peer_transport"], "tcp");
        let connection = &allocations[0]["connections"][0];
        assert_eq!(connection["id"], "0x00000009");
        assert_eq!(connection["peer"], PEER);
        assert_eq!(connection["opened_by"], opened_by);
        let flow = connection["flow"].as_u64().expect("a flow") as usize;
        assert_eq!(report["flows"][flow - 1]["a"], CLIENT_DATA);
        let course = json!({
            "entered": 3000, "left": 3000, "unchanged": 3000, "altered": false, "doubt": null,
        });
        let both = json!({ "to_peer": course, "to_client": course });
        assert_eq!(report["paths"][0]["connection"], both);
        assert_eq!(forwards(&report), ("holds".to_owned(), None));
    }
}

#[test]
fn one_octet_that_the_relay_alters_refutes_it() {
    let report = report(&call(&[Oddity::Altered]));
    assert_eq!(forwards(&report), ("violated".to_owned(), None));
    let course = &report["paths"][0]["connection"]["to_peer"];
    assert_eq!(
        (&course["altered"], &course["unchanged"]),
        (&json!(true), &json!(1000))
    );
}

#[test]
fn what_the_capture_does_not_show_of_a_connection_decides_nothing() {
    let cases: [(&str, &[Oddity]); 4] = [
        ("only one side", &[Oddity::OneLeg]),
        ("not read whole", &[Oddity::Lost]),
        ("fewer than 1,000", &[Oddity::Short]),
        ("sent again", &[Oddity::Twice, Oddity::Altered]),
    ];
    for (words, oddities) in cases {
        let (verdict, gap) = forwards(&report(&call(oddities)));
        assert_eq!(verdict, "inconclusive", "{words}");
        assert!(
            gap.as_ref().is_some_and(|gap| gap.contains(words)),
            "{words}: {gap:?}"
        );
    }
    let twice = report(&call(&[Oddity::Twice]));
    assert_eq!(forwards(&twice), ("holds".to_owned(), None));
}

/// The report for whom has the keys of the TLS in which all connections to the server run, once
/// `change` has changed the records.
fn inside_tls(oddities: &[Oddity], change: impl FnOnce(&mut Vec<Record>)) -> Value {
    let (mut sealed, log) = over_tls(&call(oddities), 3478);
    change(&mut sealed);
    let mut tracker = Tracker::default();
    tracker.take_keys("keys.log", log.as_bytes());
    answer_with_keys(file(&sealed), &Question::default(), tracker)
}

#[test]
fn inside_tls_the_octets_of_a_tcp_allocation_are_found_for_whom_has_the_keys() {
    for oddities in [&[][..], &[Oddity::FromPeer], &[Oddity::Twice]] {
        let report = inside_tls(oddities, |_| ());
        let connection = &report["paths"][0]["connection"];
        for side in ["to_peer", "to_client"] {
            assert_eq!(connection[side]["unchanged"], 3000, "{oddities:?}");
        }
        assert_eq!(
            forwards(&report),
            ("holds".to_owned(), None),
            "{oddities:?}"
        );
    }
    let altered = inside_tls(&[Oddity::Altered], |_| ());
    assert_eq!(forwards(&altered).0, "violated");
}

#[test]
fn inside_tls_a_record_that_is_missing_or_does_not_open_decides_nothing() {
    let second = |records: &[Record]| {
        let from_client = |at: &usize| {
            let octets = &records[*at].octets;
            octets[34..36] == 5001_u16.to_be_bytes() && octets.len() > 700
        };
        (0..records.len())
            .filter(from_client)
            .nth(1)
            .expect("a record")
    };
    let lost = |records: &mut Vec<Record>| drop(records.remove(second(records)));
    let changed = |records: &mut Vec<Record>| {
        let at = second(records);
        *records[at].octets.last_mut().expect("a tag") ^= 1;
    };
    for report in [inside_tls(&[], lost), inside_tls(&[], changed)] {
        let (verdict, gap) = forwards(&report);
        assert_eq!(verdict, "inconclusive");
        assert!(gap.is_some_and(|gap| gap.contains("not read whole")));
    }
}

fn tracked(records: &[Record]) -> Tracker {
    let octets = Cursor::new(file(records));
    let source = FileSource::from_reader(Box::new(octets), "test.pcap");
    track(&mut source.expect("a capture")).expect("readable")
}

#[test]
fn both_connections_belong_to_the_call_of_their_allocation() {
    let tracker = tracked(&call(&[]));
    let calls = Scene::whole(&tracker).by_call();
    let members: Vec<_> = calls
        .iter()
        .map(|call| (call.flows.len(), call.paths.len()))
        .collect();
    assert_eq!(members, [(3, 1)]);
}

#[test]
fn the_rows_of_a_connection_count_its_octets() {
    let cases: [(&[Oddity], [u64; 4], bool); 3] = [
        (&[], [3000, 3000, 3000, 0], false),
        (&[Oddity::Altered], [3000, 3000, 1000, 1], false),
        (&[Oddity::OneLeg], [3000, 0, 0, 0], false),
    ];
    for (oddities, counts, doubted) in cases {
        let tracker = tracked(&call(oddities));
        let mut board = Board::new(Question::default());
        let now = (Timestamp(0), usize::MAX);
        board.update(&tracker, &CaptureSummary::default(), now);
        let paths: Vec<_> = board.parts().flat_map(|part| &part.paths).collect();
        let [path] = paths.as_slice() else {
            panic!("one path: {paths:?}")
        };
        let side = path.to_peer;
        let counted = [side.entered, side.left, side.unchanged, side.altered];
        assert!(path.in_octets);
        assert_eq!((counted, side.doubted), (counts, doubted), "{side:?}");
    }
}
