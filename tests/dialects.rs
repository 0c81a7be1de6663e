//! Other people's dialects are named by what only they send, and a name decides nothing.

mod common;

use common::relay::{Capture, attribute, stun};
use common::schema::{assert_fits, closed};
use common::{captures, report_of_capture, reports_of_records, verdicts};
use relayscope::report::schema::REPORT;
use serde_json::Value;

const CLIENT: &str = "10.0.0.1:5000";
const SERVER: &str = "192.0.2.1:3478";

/// Name, basis, first packet and count of each dialect of the first flow.
fn dialects(report: &Value) -> Vec<(String, String, u64, u64)> {
    let text = |value: &Value| value.as_str().expect("a word").to_owned();
    let number = |value: &Value| value.as_u64().expect("a number");
    let all = report["flows"][0]["dialects"].as_array().expect("a list");
    let told = all.iter().map(|dialect| {
        let evidence = &dialect["evidence"];
        (
            text(&dialect["name"]),
            text(&dialect["basis"]),
            number(&evidence["packets"][0]),
            number(&evidence["total"]),
        )
    });
    told.collect()
}

/// The same, of a report that keeps to its schema and whose text says `sentence`.
fn told(capture: &Capture, sentence: &str) -> (Value, Vec<(String, String, u64, u64)>) {
    let (report, text) = reports_of_records(&capture.records);
    assert_fits(&closed(REPORT), &report, "the report");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(sentence), "{text}");
    let dialects = dialects(&report);
    (report, dialects)
}

fn is(dialect: &(String, String, u64, u64), name: &str, basis: &str, packets: (u64, u64)) -> bool {
    (dialect.0.as_str(), dialect.1.as_str()) == (name, basis) && (dialect.2, dialect.3) == packets
}

/// RTP with this many octets of payload, after an extension of this profile.
fn rtp(profile: u16, seq: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x90, 111];
    packet.extend(seq.to_be_bytes());
    packet.extend((u32::from(seq) * 960).to_be_bytes());
    packet.extend([0xCA, 0xFE, 0xBA, 0xBE]);
    packet.extend(profile.to_be_bytes());
    packet.extend([0, 1, 0x10, 1, 2, 3]);
    packet.extend(payload);
    packet
}

#[test]
fn stun_of_rfc_3489_is_named() {
    let mut binding = vec![0, 1, 0, 0];
    binding.extend([7; 16]);
    let mut capture = Capture::default();
    capture.datagram(CLIENT, SERVER, &binding);
    let (report, dialects) = told(
        &capture,
        "1 flow speaks the STUN of RFC 3489: messages without the magic cookie \
         (first in packet 1).",
    );
    assert!(is(&dialects[0], "rfc3489", "no-cookie", (1, 1)));
    assert_eq!(report["flows"][0]["kind"], "stun");
}

#[test]
fn the_relays_of_teams_are_named_by_their_cookie_and_their_shared_port() {
    let cookie = attribute(0x000F, &[0x72, 0xC6, 0x4B, 0xC6]);
    let mut capture = Capture::default();
    capture.datagram(CLIENT, SERVER, &stun(0x0003, 1, &[cookie]));
    let version = attribute(0x8070, &[0, 0, 0, 2]);
    let check = stun(0x0001, 2, &[version]);
    let mut shared = vec![0xFF, 0x10];
    shared.extend((check.len() as u16 + 8).to_be_bytes());
    shared.extend([9; 8]);
    shared.extend(check);
    capture.datagram(CLIENT, SERVER, &shared);
    let (_, dialects) = told(
        &capture,
        "1 flow speaks MS-TURN, as Teams and Skype do: the cookie of MS-TURN (first in packet 1), \
         the framing of a shared port (first in packet 2).",
    );
    assert!(is(&dialects[0], "ms-turn", "magic-cookie", (1, 1)));
    assert!(is(&dialects[1], "ms-turn", "shared-port", (2, 1)));
    assert!(is(&dialects[2], "ms-ice2", "attribute", (2, 1)));
}

/// A handshake message of TLS 1.0.
fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 0, 0, body.len() as u8], body].concat()
}

/// A record of the same.
fn record(handshakes: &[Vec<u8>]) -> Vec<u8> {
    let inside = handshakes.concat();
    [&[22, 3, 1, 0, inside.len() as u8], &inside[..]].concat()
}

#[test]
fn behind_hellos_that_only_look_like_tls_ms_turn_is_read() {
    let server = "192.0.2.1:443";
    let framed = |kind, message: &[u8]| {
        [
            &[kind, 0][..],
            &(message.len() as u16).to_be_bytes(),
            message,
        ]
        .concat()
    };
    let cookie = attribute(0x000F, &[0x72, 0xC6, 0x4B, 0xC6]);
    let allocate = framed(2, &stun(0x0003, 1, std::slice::from_ref(&cookie)));
    let granted = framed(2, &stun(0x0103, 1, &[cookie]));
    let random = [&[3, 1][..], &[7; 32]].concat();
    let client_hello = handshake(1, &[&random[..], &[0, 0, 2, 0, 0x18, 1, 0]].concat());
    let server_hello = handshake(2, &[&random[..], &[0, 0, 0x18, 0]].concat());
    let mut capture = Capture::default();
    capture.connect(CLIENT, server);
    let hellos = [
        record(&[client_hello]),
        record(&[server_hello, handshake(14, &[])]),
    ];
    capture.octets(CLIENT, server, &hellos[0]);
    capture.octets(server, CLIENT, &hellos[1]);
    let (head, tail) = allocate.split_at(7);
    capture.octets(CLIENT, server, head);
    capture.octets(CLIENT, server, tail);
    capture.octets(server, CLIENT, &granted);
    capture.octets(CLIENT, server, &framed(3, &[0x80; 60]));
    let (report, dialects) = told(&capture, "its framing over TCP (first in packet 6)");
    assert!(is(&dialects[0], "ms-turn", "magic-cookie", (6, 2)));
    assert!(is(&dialects[1], "ms-turn", "tcp-framing", (6, 2)));
    let flow = &report["flows"][0];
    assert_eq!(
        (&flow["kind"], &flow["messages"]["stun"]),
        (&"turn".into(), &2.into())
    );
    assert_eq!(flow["octets_by_protection"]["sealed"], 0);
    // Neither the hellos nor what the two ends send one another is read.
    let not_read = hellos.concat().len() + 64;
    assert_eq!(flow["octets_by_protection"]["unknown"], not_read);
    assert!(
        verdicts(&report, "client-leg-encrypted")
            .iter()
            .all(|(verdict, ..)| verdict == "violated")
    );
}

#[test]
fn whatsapp_is_named_and_its_media_are_judged_like_any_other() {
    let mut capture = Capture::default();
    let mut packets = |profile| {
        capture.records.clear();
        let token = attribute(0x4000, &[5; 101]);
        capture.datagram(CLIENT, SERVER, &stun(0x0800, 1, &[token]));
        for seq in 1..=10 {
            capture.datagram(CLIENT, SERVER, &rtp(profile, seq, &[0x78; 60]));
        }
        reports_of_records(&capture.records)
    };
    let (report, text) = packets(0xDEBE);
    let dialects = dialects(&report);
    assert!(is(&dialects[0], "whatsapp", "method", (1, 1)));
    assert!(is(&dialects[1], "whatsapp", "attribute", (1, 1)));
    assert!(is(&dialects[2], "whatsapp", "header-extension", (4, 8)));
    assert!(
        text.contains("says nothing about who can read it"),
        "{text}"
    );
    let (ordinary, _) = packets(0xBEDE);
    assert_eq!(
        verdicts(&report, "media-sealed"),
        verdicts(&ordinary, "media-sealed")
    );
    // Nobody knows what the four octets of each extension mean.
    let unknown = |report: &Value| report["octets"]["unknown"].as_u64();
    assert_eq!(
        (unknown(&report), unknown(&ordinary)),
        (Some(10 * 4), Some(0))
    );
}

#[test]
fn media_in_the_framing_of_zoom_are_named_and_not_read() {
    let mut capture = Capture::default();
    for seq in 1..=5 {
        let mut datagram = vec![5, 0, seq as u8, 0, 0, 0, 0, 0, 15];
        datagram.resize(27, 0);
        datagram.extend(rtp(0xBEDE, seq, &[0x11; 80]));
        capture.datagram(CLIENT, SERVER, &datagram);
    }
    let (report, dialects) = told(
        &capture,
        "1 flow speaks Zoom's dialect: the framing of its servers (first in packet 1). What no \
         RFC describes of a dialect is not read",
    );
    assert!(is(&dialects[0], "zoom", "server-framing", (1, 5)));
    assert_eq!(report["flows"][0]["kind"], "unknown");
    assert_eq!(report["streams"].as_array().map(Vec::len), Some(0));
    let unknown = report["flows"][0]["octets_by_protection"]["unknown"].as_u64();
    assert_eq!(unknown, Some(5 * (27 + 20 + 80)));
}

#[test]
fn two_packets_that_only_look_like_zoom_are_nothing() {
    let mut capture = Capture::default();
    for seq in 1..=2 {
        let mut datagram = vec![5, 0, 0, 0, 0, 0, 0, 4, 15];
        datagram.resize(27, 0);
        datagram.extend(rtp(0xBEDE, seq, &[0x11; 80]));
        capture.datagram(CLIENT, SERVER, &datagram);
    }
    assert!(dialects(&reports_of_records(&capture.records).0).is_empty());
}

#[test]
fn discord_is_named_by_what_its_clients_ask_and_send_beside_media() {
    let mut question = vec![0, 1, 0, 70, 0, 0, 0, 9];
    question.resize(74, 0);
    let mut answer = vec![0, 2, 0, 70, 0, 0, 0, 9];
    answer.extend(b"203.0.113.9");
    answer.resize(72, 0);
    answer.extend([0x13, 0x88]);
    let mut capture = Capture::default();
    capture.datagram(CLIENT, SERVER, &question);
    capture.datagram(SERVER, CLIENT, &answer);
    capture.datagram(CLIENT, SERVER, &[0x13, 0x37, 0xCA, 0xFE, 1, 0, 0, 0]);
    for seq in 1..=6 {
        let payload = [&[0x5A; 40][..], &u32::from(seq).to_le_bytes()].concat();
        capture.datagram(CLIENT, SERVER, &rtp(0xBEDE, seq, &payload));
    }
    let (report, dialects) = told(&capture, "1 flow speaks Discord's dialect:");
    assert!(is(&dialects[0], "discord", "address-discovery", (1, 2)));
    assert!(is(&dialects[1], "discord", "keep-alive", (3, 1)));
    assert_eq!(report["flows"][0]["kind"], "rtp");
    assert!(
        verdicts(&report, "media-sealed")
            .iter()
            .all(|(verdict, ..)| verdict != "holds")
    );
}

#[test]
fn the_calls_that_are_shipped_speak_no_dialect() {
    for path in captures() {
        let (report, _) = report_of_capture(&path, None);
        for flow in report["flows"].as_array().expect("flows") {
            assert_eq!(
                flow["dialects"].as_array().map(Vec::len),
                Some(0),
                "{path:?}"
            );
        }
    }
}
