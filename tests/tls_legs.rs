//! TURN inside TLS that nobody opens: known by its records, beside the datagrams of a peer.

mod common;

use common::relay::Capture;
use common::{Record, records, report_of_records};
use serde_json::Value;

/// Alice's leg is TLS whose handshake names no protocol; that of Bob, who relays too, is UDP.
const NAME: &str = "turn-inside-tls-opened.pcapng";
const PROTOCOL: usize = 23;
const TCP: u8 = 6;

/// Kind, basis, and verdict on the leg with the most packets of those over TCP.
fn leg(records: &[Record]) -> (String, Option<String>, Option<Value>) {
    let report = report_of_records(records);
    let flows = report["flows"].as_array().expect("flows").iter();
    let flow = flows
        .filter(|flow| flow["transport"] == "tcp")
        .max_by_key(|flow| flow["octets"][0].as_u64())
        .expect("a connection");
    let client = flow["b"].as_str().expect("an address");
    let claims = report["claims"].as_array().expect("claims").iter();
    let mut of_leg = claims.filter(|judged| {
        let found = judged["found"].as_str().expect("text");
        judged["id"] == "client-leg-encrypted" && found.starts_with(client)
    });
    let text = |member: &str| flow[member].as_str().map(str::to_owned);
    let kind = text("kind").expect("a kind");
    (kind, text("basis"), of_leg.next().cloned())
}

fn is_tcp(record: &Record) -> bool {
    record.octets[PROTOCOL] == TCP
}

#[test]
fn its_records_come_with_the_datagrams_of_the_peer_at_any_port() {
    for port in [5349_u16, 443, 40_000] {
        let mut records = records(NAME);
        for record in records.iter_mut().filter(|record| is_tcp(record)) {
            for at in [34, 36] {
                if record.octets[at..at + 2] == 5349_u16.to_be_bytes() {
                    record.octets[at..at + 2].copy_from_slice(&port.to_be_bytes());
                }
            }
        }
        let (kind, basis, judged) = leg(&records);
        let judged = judged.expect("a verdict");
        assert_eq!((&*kind, basis.as_deref()), ("turn-tls", Some("shape")));
        assert_eq!(judged["verdict"], "holds", "{port}: {judged}");
        let support = &judged["supporting"][0];
        assert_eq!(support["test"], "records-beside-datagrams");
        assert!(support["p_value"].as_f64().expect("a chance") < 1e-12);
        assert!(judged["evidence"]["total"].as_u64() >= Some(128));
    }
}

#[test]
fn without_its_datagrams_beside_it_lengths_and_server_are_too_little() {
    // All that comes over TCP a third of a second later: what it carries has left before.
    let mut records = records(NAME);
    for record in records.iter_mut().filter(|record| is_tcp(record)) {
        record.micros += 333_333;
    }
    records.sort_by_key(|record| record.micros);
    let (kind, basis, judged) = leg(&records);
    let judged = judged.expect("a verdict");
    assert_eq!((&*kind, basis.as_deref()), ("turn-tls", Some("shape")));
    assert_eq!(judged["verdict"], "inconclusive");
    let gap = judged["gap"].as_str().expect("a gap");
    assert!(gap.starts_with("only the lengths of its records"), "{gap}");
}

#[test]
fn beside_nothing_it_is_tls_and_no_more() {
    let mut records = records(NAME);
    records.retain(is_tcp);
    assert_eq!(leg(&records), ("unknown".to_owned(), None, None));
}

#[test]
fn what_a_handshake_names_over_dtls_is_sealed_only_by_a_suite_that_encrypts() {
    for (suite, kind) in [
        (0xC02F_u16, "turn-dtls"),
        (0xC0B4, "dtls"),
        (0x003B, "dtls"),
    ] {
        let mut capture = Capture::default();
        let (client, server) = ("192.0.2.1:4000", "192.0.2.2:5349");
        capture.datagram(client, server, &hello(1, &[0, 2, 0xC0, 0x2F, 1, 0]));
        let [high, low] = suite.to_be_bytes();
        capture.datagram(server, client, &hello(2, &[high, low, 0]));
        let report = report_of_records(&capture.records);
        assert_eq!(report["flows"][0]["kind"], kind, "{suite:#x}");
    }
}

/// A DTLS record with a hello that names the protocol of TURN and no other; `suites` stand before
/// its extensions.
fn hello(kind: u8, suites: &[u8]) -> Vec<u8> {
    let mut body = vec![0xFE, 0xFD];
    body.extend([kind; 32]);
    // No session, and to a server no cookie.
    body.extend(if kind == 1 { &[0, 0][..] } else { &[0] });
    body.extend(suites);
    body.extend([0, 16, 0, 16, 0, 12, 0, 10, 9]);
    body.extend(b"stun.turn");
    let len = body.len() as u8;
    let mut record = vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, len + 12];
    record.extend([kind, 0, 0, len, 0, 0, 0, 0, 0, 0, 0, len]);
    record.extend(body);
    record
}
