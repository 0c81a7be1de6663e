//! Allocations of every kind that TURN has beside the plain one: of two families of addresses, with
//! a port that is kept for another, and for TCP to the peers (RFC 8656, section 7; RFC 6062).

mod common;

use std::io::Cursor;

use common::relay::{Capture, attribute, channel_data, stun, xor_address};
use common::schema::{assert_fits, closed};
use common::{Record, file, report_of_records, verdicts};
use relayscope::base::time::Timestamp;
use relayscope::capture::{CaptureSummary, FileSource};
use relayscope::flow::Scene;
use relayscope::report::Question;
use relayscope::report::live::Board;
use relayscope::report::schema::REPORT;
use relayscope::run::track;
use serde_json::{Value, json};

const CLIENT: &str = "192.0.2.1:5000";
const CLIENT_DATA: &str = "192.0.2.1:5001";
const SERVER: &str = "203.0.113.9:3478";
const RELAYED: [&str; 2] = ["203.0.113.9:50000", "[2001:db8::9]:50000"];
const PEERS: [&str; 2] = ["198.51.100.7:6000", "[2001:db8::7]:6000"];

const ALLOCATE: u16 = 3;
const CHANNEL_BIND: u16 = 9;
const CONNECT: u16 = 0x0A;
const CONNECTION_BIND: u16 = 0x0B;
const XOR_PEER: u16 = 0x12;
const XOR_RELAYED: u16 = 0x16;
const ID: [u8; 4] = [0, 0, 0, 9];

/// The report, which fits the schema.
fn report(records: &[Record]) -> Value {
    let report = report_of_records(records);
    assert_fits(&closed(REPORT), &report, "the report");
    report
}

fn lifetime() -> Vec<u8> {
    attribute(0x0D, &600_u32.to_be_bytes())
}

/// A capture in which the client was granted these relayed addresses, over UDP.
fn granted(relayed: &[&str]) -> Capture {
    let mut capture = Capture::default();
    let mut told: Vec<_> = relayed
        .iter()
        .map(|at| xor_address(XOR_RELAYED, at))
        .collect();
    told.push(lifetime());
    let additional = attribute(0x8000, &[2, 0, 0, 0]);
    let [request, answer] = capture.exchange(ALLOCATE, &[additional], &told);
    capture.datagram(CLIENT, SERVER, &request);
    capture.datagram(SERVER, CLIENT, &answer);
    capture
}

/// An RTP packet of one stream.
fn rtp(ssrc: u8, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 111];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 960).to_be_bytes());
    packet.extend([0, 0, 0, ssrc]);
    packet.extend((0..80_u16).map(|n| (n * 37 + sequence * 101) as u8));
    packet
}

#[test]
fn forwarding_is_proven_on_each_of_two_relayed_addresses() {
    let mut capture = granted(&RELAYED);
    for (channel, peer) in (0x4000_u16..).zip(PEERS) {
        let number = attribute(0x0C, &[channel.to_be_bytes(), [0, 0]].concat());
        let asked = [number, xor_address(XOR_PEER, peer)];
        let [request, answer] = capture.exchange(CHANNEL_BIND, &asked, &[]);
        capture.datagram(CLIENT, SERVER, &request);
        capture.datagram(SERVER, CLIENT, &answer);
    }
    for sequence in 0..120 {
        for (n, (channel, (relayed, peer))) in (0..).zip((0x4000..).zip(RELAYED.iter().zip(PEERS)))
        {
            let (sent, received) = (rtp(n, sequence), rtp(n + 8, sequence));
            capture.datagram(CLIENT, SERVER, &channel_data(channel, &sent));
            capture.datagram(relayed, peer, &sent);
            capture.datagram(peer, relayed, &received);
            capture.datagram(SERVER, CLIENT, &channel_data(channel, &received));
        }
    }
    let report = report(&capture.records);
    let allocations = report["allocations"].as_array().expect("allocations");
    assert_eq!(allocations.len(), 1);
    assert_eq!(allocations[0]["relayed"], json!(RELAYED));
    let paths = report["paths"].as_array().expect("paths");
    assert_eq!(paths.len(), 2);
    for (path, (relayed, peer)) in paths.iter().zip(RELAYED.iter().zip(PEERS)) {
        assert_eq!(
            (&path["relayed"], &path["peer"]),
            (&json!(relayed), &json!(peer))
        );
        for side in ["to_peer", "to_client"] {
            assert_eq!(path[side]["unchanged"], 120);
        }
    }
    let forwards = verdicts(&report, "relay-forwards-unchanged");
    assert_eq!(forwards.len(), 2);
    assert!(
        forwards.iter().all(|(verdict, ..)| verdict == "holds"),
        "{forwards:?}"
    );
}

#[test]
fn a_refused_family_stands_in_the_report() {
    let mut capture = Capture::default();
    let told = [
        xor_address(XOR_RELAYED, RELAYED[0]),
        attribute(0x8001, &[2, 0, 4, 40]),
        lifetime(),
    ];
    let [request, answer] = capture.exchange(ALLOCATE, &[attribute(0x8000, &[2, 0, 0, 0])], &told);
    capture.datagram(CLIENT, SERVER, &request);
    capture.datagram(SERVER, CLIENT, &answer);
    let report = report(&capture.records);
    let refused = json!([{ "family": "ipv6", "error": 440 }]);
    assert_eq!(report["allocations"][0]["refused_families"], refused);
}

#[test]
fn a_port_that_is_kept_is_an_allocation_only_when_it_is_asked_for() {
    let token = attribute(0x22, &[1, 2, 3, 4, 5, 6, 7, 8]);
    let mut capture = Capture::default();
    let told = [
        xor_address(XOR_RELAYED, RELAYED[0]),
        token.clone(),
        lifetime(),
    ];
    let exchange = capture.exchange(ALLOCATE, &[attribute(0x18, &[0x80])], &told);
    capture.datagram(CLIENT, SERVER, &exchange[0]);
    capture.datagram(SERVER, CLIENT, &exchange[1]);
    let first = report(&capture.records);
    assert_eq!(first["allocations"].as_array().map(Vec::len), Some(1));
    let told = [xor_address(XOR_RELAYED, "203.0.113.9:50001"), lifetime()];
    let exchange = capture.exchange(ALLOCATE, &[token], &told);
    capture.datagram(CLIENT_DATA, SERVER, &exchange[0]);
    capture.datagram(SERVER, CLIENT_DATA, &exchange[1]);
    let both = report(&capture.records);
    let of = |n: usize, member: &str| both["allocations"][n][member].clone();
    assert_eq!(of(0, "even_port"), "with-next");
    assert_eq!(
        (of(0, "reserves_next"), of(0, "reserved_by")),
        (json!(true), Value::Null)
    );
    assert_eq!(
        (of(1, "reserves_next"), of(1, "reserved_by")),
        (json!(false), json!(1))
    );
}

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
    let told = [xor_address(XOR_RELAYED, RELAYED[0]), lifetime()];
    let exchange = capture.exchange(ALLOCATE, &[attribute(0x19, &[6, 0, 0, 0])], &told);
    capture.octets(CLIENT, SERVER, &exchange[0]);
    capture.octets(SERVER, CLIENT, &exchange[1]);
    let (id, peer) = (attribute(0x2A, &ID), xor_address(XOR_PEER, PEERS[0]));
    let from_peer = oddities.contains(&Oddity::FromPeer);
    if !oddities.contains(&Oddity::OneLeg) {
        let ends = [RELAYED[0], PEERS[0]];
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
            capture.octets(RELAYED[0], PEERS[0], part);
            if is(Oddity::Lost) && n == 2 {
                capture.records.pop();
            }
        }
        for part in received.chunks(900) {
            capture.octets(PEERS[0], RELAYED[0], part);
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
        assert_eq!(connection["peer"], PEERS[0]);
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

#[test]
fn both_connections_belong_to_the_call_of_their_allocation() {
    let octets = Cursor::new(file(&call(&[])));
    let source = FileSource::from_reader(Box::new(octets), "test.pcap");
    let tracker = track(&mut source.expect("a capture")).expect("readable");
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
        let octets = Cursor::new(file(&call(oddities)));
        let source = FileSource::from_reader(Box::new(octets), "test.pcap");
        let tracker = track(&mut source.expect("a capture")).expect("readable");
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
