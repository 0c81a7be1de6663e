//! What a host does with media is not told from how many hosts it speaks with: only from what it
//! passes on, or says that it mixed.

mod common;

use common::relay::Capture;
use common::{Record, report_of_records};
use serde_json::{Value, json};

const HOST: &str = "198.51.100.9:4000";
const CLIENTS: [&str; 3] = ["192.0.2.1:5001", "192.0.2.2:5002", "192.0.2.3:5003"];

/// An RTP packet of G.711 with these contributing sources and so many octets of payload.
fn rtp(ssrc: u32, seq: u16, sources: &[u32], len: usize) -> Vec<u8> {
    let mut packet = vec![0x80 | sources.len() as u8, 0];
    packet.extend(seq.to_be_bytes());
    packet.extend((u32::from(seq) * 160).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend(sources.iter().flat_map(|source| source.to_be_bytes()));
    packet.resize(packet.len() + len, (seq as u8).wrapping_mul(37));
    packet
}

/// A length that follows no other.
fn length(of: u32, seq: u16) -> usize {
    let mixed = (of.wrapping_mul(2_654_435_761) ^ u32::from(seq)).wrapping_mul(1_664_525);
    60 + (mixed >> 26) as usize
}

/// What each of three clients sends to a host, and what the host sends to each of them: with
/// `sources` it names the others as the sources of it.
fn bridge(sources: bool, length: impl Fn(u32, u16) -> usize) -> Vec<Record> {
    let mut capture = Capture::default();
    for seq in 0..200 {
        for (client, number) in CLIENTS.into_iter().zip(1..) {
            capture.datagram(client, HOST, &rtp(number, seq, &[], length(number, seq)));
        }
        for (client, number) in CLIENTS.into_iter().zip(1..) {
            let others: Vec<u32> = (1..=3).filter(|other| *other != number).collect();
            let named = if sources { others.as_slice() } else { &[] };
            let own = number + 100;
            capture.datagram(HOST, client, &rtp(own, seq, named, length(own, seq)));
        }
    }
    capture.records
}

/// Each server with its role, those that it may have, and who speaks with it.
fn servers(report: &Value) -> Vec<(&Value, &Value, usize)> {
    let servers = report["servers"].as_array().expect("servers").iter();
    servers
        .map(|server| {
            let clients = server["clients"].as_array().expect("clients").len();
            (&server["role"], &server["may_be"], clients)
        })
        .collect()
}

#[test]
fn a_bridge_that_names_several_sources_mixes() {
    let report = report_of_records(&bridge(true, length));
    assert_eq!(servers(&report), [(&json!("mcu"), &json!([]), 3)]);
    assert_eq!(report["servers"][0]["mixed_packets"], 600);
    assert_eq!(report["sessions"][0]["topology"], "mixed-by-mcu");
    assert_eq!(report["sessions"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_bridge_that_names_none_may_be_a_party_of_several_calls() {
    for report in [
        report_of_records(&bridge(false, length)),
        report_of_records(&bridge(false, |_, _| 160)),
    ] {
        let may_be = json!(["peer", "sfu", "mcu"]);
        assert_eq!(servers(&report), [(&Value::Null, &may_be, 3)]);
        let missing = report["servers"][0]["missing"].as_str().expect("a reason");
        assert!(
            missing.contains("it may be a party of several calls"),
            "{missing}"
        );
        let sessions = report["sessions"].as_array().expect("sessions");
        assert!(
            sessions
                .iter()
                .all(|session| session["topology"] == "unknown")
        );
        assert_eq!(sessions.len(), 3);
    }
}

#[test]
fn two_calls_through_one_address_of_a_nat_are_two_calls() {
    let mut capture = Capture::default();
    for seq in 0..200 {
        for (call, number) in [("192.0.2.1:5001", 1), ("192.0.2.2:5002", 3)] {
            let inside = format!("198.51.100.9:400{number}");
            let (one, other) = (length(number, seq), length(number + 1, seq));
            capture.datagram(&inside, call, &rtp(number, seq, &[], one));
            capture.datagram(call, &inside, &rtp(number + 1, seq, &[], other));
        }
    }
    let report = report_of_records(&capture.records);
    let may_be = json!(["peer", "sfu", "mcu"]);
    assert_eq!(servers(&report), [(&Value::Null, &may_be, 2)]);
    assert_eq!(report["sessions"].as_array().map(Vec::len), Some(2));
}

#[test]
fn who_passes_datagrams_on_as_they_are_is_no_media_server() {
    let mut capture = Capture::default();
    let [alice, bob, _] = CLIENTS;
    let (to_alice, to_bob) = ("198.51.100.9:4001", "198.51.100.9:4002");
    for seq in 0..200 {
        for (from, through, on, to, number) in [
            (alice, to_alice, to_bob, bob, 1),
            (bob, to_bob, to_alice, alice, 2),
        ] {
            let packet = rtp(number, seq, &[], length(number, seq));
            capture.datagram(from, through, &packet);
            capture.datagram(on, to, &packet);
        }
    }
    let report = report_of_records(&capture.records);
    let may_be = json!(["peer", "sfu", "mcu"]);
    assert_eq!(servers(&report), [(&Value::Null, &may_be, 2)]);
}
