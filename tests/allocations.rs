//! Allocations of two families of addresses, and with a port that is kept for another (RFC 8656,
//! section 7).

mod common;

use common::relay::{
    ALLOCATE, Capture, XOR_PEER, XOR_RELAYED, attribute, channel_data, lifetime, stun, xor_address,
};
use common::schema::report;
use common::verdicts;
use serde_json::{Value, json};

const CLIENT: &str = "192.0.2.1:5000";
const CLIENT_DATA: &str = "192.0.2.1:5001";
const SERVER: &str = "203.0.113.9:3478";
const RELAYED: [&str; 2] = ["203.0.113.9:50000", "[2001:db8::9]:50000"];
const PEERS: [&str; 2] = ["198.51.100.7:6000", "[2001:db8::7]:6000"];

const CHANNEL_BIND: u16 = 9;

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

/// Channels to these peers, from 0x4000 on.
fn bind(capture: &mut Capture, peers: [&str; 2]) {
    for (channel, peer) in (0x4000_u16..).zip(peers) {
        let number = attribute(0x0C, &[channel.to_be_bytes(), [0, 0]].concat());
        let asked = [number, xor_address(XOR_PEER, peer)];
        let [request, answer] = capture.exchange(CHANNEL_BIND, &asked, &[]);
        capture.datagram(CLIENT, SERVER, &request);
        capture.datagram(SERVER, CLIENT, &answer);
    }
}

#[test]
fn forwarding_is_proven_on_each_of_two_relayed_addresses() {
    let mut capture = granted(&RELAYED);
    bind(&mut capture, PEERS);
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

/// A client tries all addresses that it was told of its peer; it speaks on one.
#[test]
fn a_peer_to_which_only_checks_were_forwarded_is_no_call() {
    let (peers, check) = ([PEERS[0], "192.168.7.2:6000"], stun(1, 77, &[]));
    let mut capture = granted(&RELAYED);
    bind(&mut capture, peers);
    capture.datagram(CLIENT, SERVER, &channel_data(0x4001, &check));
    capture.datagram(RELAYED[0], peers[1], &check);
    for sequence in 0..120 {
        let sent = rtp(1, sequence);
        capture.datagram(CLIENT, SERVER, &channel_data(0x4000, &sent));
        capture.datagram(RELAYED[0], peers[0], &sent);
    }
    let report = report(&capture.records);
    assert_eq!(report["paths"].as_array().map(Vec::len), Some(2));
    assert_eq!(report["summary"]["calls"], 1);
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
