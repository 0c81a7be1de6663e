//! What servers of media do is told from packets, and not told where half of them is missing.

mod common;

use std::net::IpAddr;

use common::{capture, records, report_of_capture, report_of_records};
use serde_json::{Value, json};

const SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 77, 0, 10));

/// Roles of the servers, each with what is left where it is not told.
fn roles(report: &Value) -> Vec<(Value, Value)> {
    let servers = report["servers"].as_array().expect("servers");
    let roles = servers.iter();
    roles
        .map(|server| (server["role"].clone(), server["may_be"].clone()))
        .collect()
}

/// Ways in which parties are joined, with the parties and the host of the server.
fn sessions(report: &Value) -> Vec<(String, Vec<String>, bool)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let sessions = report["sessions"].as_array().expect("sessions");
    let told = |session: &Value| {
        let parties = session["parties"].as_array().expect("parties");
        let server = session["server"].as_str().unwrap_or_default();
        (
            text(&session["topology"]),
            parties.iter().map(text).collect(),
            server.starts_with(&SERVER.to_string()),
        )
    };
    sessions.iter().map(told).collect()
}

fn parties(last: u8) -> Vec<String> {
    (1..=last).map(|n| format!("10.77.{n}.2")).collect()
}

/// The same capture without what goes to or comes from a host.
fn without(name: &str, host: [u8; 4]) -> Value {
    let mut packets = records(name);
    let all = packets.len();
    packets.retain(|packet| !packet.octets.windows(4).any(|octets| octets == host));
    assert!(
        packets.len() < all && packets.len() > all / 4,
        "{} of {all}",
        packets.len()
    );
    let report = report_of_records(&packets);
    let host = format!("{}:", IpAddr::from(host));
    let flows = report["flows"].as_array().expect("flows");
    assert!(flows.iter().all(|flow| {
        [&flow["a"], &flow["b"]]
            .iter()
            .all(|end| !end.as_str().expect("an end").starts_with(&host))
    }));
    report
}

#[test]
fn a_server_that_forwards_is_told_by_the_lengths_of_what_it_sends() {
    let (report, text) = report_of_capture(&capture("media-server.pcap"), None);
    assert_eq!(roles(&report), [(json!("sfu"), json!([]))]);
    let delay = report["servers"][0]["delay"].as_f64().expect("a delay");
    assert!(delay > 0.0 && delay < 0.01, "{delay}");
    assert_eq!(report["summary"]["observer"], "sfu");
    let expected = ("forwarded-by-sfu".to_owned(), parties(2), true);
    assert_eq!(sessions(&report), [expected]);
    assert!(
        text.contains("2 people speak through a media server"),
        "{text}"
    );
}

#[test]
fn a_server_that_mixes_sends_what_nobody_sent_it() {
    let (report, _) = report_of_capture(&capture("mixing-server.pcap"), None);
    assert_eq!(roles(&report), [(json!("mcu"), json!([]))]);
    assert_eq!(report["summary"]["observer"], "mcu");
    let expected = ("mixed-by-mcu".to_owned(), parties(3), true);
    assert_eq!(sessions(&report), [expected]);
}

#[test]
fn without_one_of_two_clients_no_role_is_told() {
    for client in 1..=2 {
        let report = without("media-server.pcap", [10, 77, client, 2]);
        let may_be = json!(["peer", "sfu", "mcu"]);
        assert_eq!(roles(&report), [(Value::Null, may_be)]);
        let sessions = sessions(&report);
        assert!(sessions.iter().all(|(topology, ..)| topology == "unknown"));
    }
}

#[test]
fn without_one_of_three_clients_it_is_a_server_of_either_kind() {
    for client in 1..=3 {
        let report = without("mixing-server.pcap", [10, 77, client, 2]);
        assert_eq!(roles(&report), [(Value::Null, json!(["sfu", "mcu"]))]);
        let sessions = sessions(&report);
        assert!(sessions.iter().all(|(topology, ..)| topology == "unknown"));
    }
}

/// Whether this is a packet of media on the given side of the server; with who is at the other end.
fn media(octets: &[u8], from_server: bool) -> Option<&[u8]> {
    let (src, dst) = (octets.get(26..30)?, octets.get(30..34)?);
    let (own, other) = if from_server { (src, dst) } else { (dst, src) };
    let rtp = octets.get(42)? >> 6 == 2 && !(192..224).contains(octets.get(43)?);
    (rtp && own == [10, 77, 0, 10]).then_some(other)
}

#[test]
fn one_who_is_heard_only_after_others_spoke_may_pass_on_who_speaks() {
    let mut packets = records("mixing-server.pcap");
    let mut spoke = Vec::new();
    let speaks = packets.iter().position(|packet| {
        let client = media(&packet.octets, false);
        spoke.extend(client.filter(|client| !spoke.contains(client)));
        spoke.len() > 1
    });
    let second = speaks.expect("two clients speak");
    let mut number = 0;
    packets.retain(|packet| {
        number += 1;
        number > second || media(&packet.octets, true).is_none()
    });
    let report = report_of_records(&packets);
    assert_eq!(roles(&report), [(Value::Null, json!(["sfu", "mcu"]))]);
    let missing = report["servers"][0]["missing"].as_str().expect("a reason");
    assert!(
        missing.contains("an SFU that passes on who speaks"),
        "{missing}"
    );
}

#[test]
fn two_ways_of_one_call_of_which_one_hides_the_other_party_are_one_session() {
    let report = without("data-channel-only.pcap", [10, 77, 2, 2]);
    let expected = ("relayed".to_owned(), parties(2), true);
    assert_eq!(sessions(&report), [expected]);
}

#[test]
fn what_passes_signalling_on_is_a_sip_server() {
    for name in [
        "sip-key-in-signalling.pcap",
        "sip-fingerprint-in-signalling.pcap",
        "sip-unencrypted-media.pcap",
    ] {
        let (report, _) = report_of_capture(&capture(name), None);
        let servers = report["servers"].as_array().expect("servers").iter();
        let told = servers.map(|server| (server["role"].as_str(), server["address"].as_str()));
        let told: Vec<_> = told.collect();
        let expected = [("turn", "10.77.0.10:3478"), ("sip", "10.77.0.10:5060")];
        assert_eq!(
            told,
            expected.map(|(role, at)| (Some(role), Some(at))),
            "{name}"
        );
    }
}

/// Captures with a server of media.
const SERVERS: [&str; 3] = [
    "frames-sealed-end-to-end.pcapng",
    "media-server.pcap",
    "mixing-server.pcap",
];

#[test]
fn neither_a_relay_nor_a_party_is_taken_for_a_server_of_media() {
    for path in common::captures() {
        let name = path.file_name().expect("a name").to_string_lossy();
        if SERVERS.contains(&&*name) {
            continue;
        }
        let (report, _) = report_of_capture(&path, None);
        let known = |(role, _): &(Value, Value)| role == "turn" || role == "sip";
        assert!(roles(&report).iter().all(known), "{name}");
    }
}
