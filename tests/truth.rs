//! What the programs in the call knew, against what was read from its packets.

mod common;

use common::{capture, report_of_capture, verdicts};
use relayscope::exposure::Vantage;
use serde_json::Value;

fn report(name: &str) -> Value {
    report_of_capture(&capture(name), None).0
}

/// Sum over all flows of what TURN carried: RTP, RTCP, DTLS, STUN, not understood.
fn carried(report: &Value) -> [u64; 5] {
    let flows = report["flows"].as_array().expect("flows");
    ["rtp", "rtcp", "dtls", "stun", "unknown"].map(|kind| {
        flows
            .iter()
            .map(|flow| flow["carried"][kind].as_u64().expect("a count"))
            .sum()
    })
}

fn channel_data(report: &Value) -> u64 {
    let flows = report["flows"].as_array().expect("flows");
    flows
        .iter()
        .map(|flow| flow["messages"]["channeldata"].as_u64().expect("a count"))
        .sum()
}

#[test]
fn what_was_carried_is_counted_exactly() {
    for (name, packets, channel, expected) in [
        (
            "one-client-relayed.pcap",
            2838,
            1391,
            [1007, 298, 70, 26, 0],
        ),
        (
            "both-clients-one-relay.pcap",
            2856,
            2792,
            [2026, 596, 136, 54, 0],
        ),
        ("dtls12-aes-gcm.pcap", 2395, 1187, [1012, 85, 82, 8, 0]),
        ("unencrypted-media.pcap", 2716, 1343, [1018, 302, 0, 26, 0]),
    ] {
        let report = report(name);
        assert_eq!(report["capture"]["packets"], packets, "{name}");
        assert_eq!(channel_data(&report), channel, "{name}");
        assert_eq!(carried(&report), expected, "{name}");
    }
}

#[test]
fn the_bare_leg_shows_the_same() {
    let report = report("one-client-relayed.pcap");
    let bare = report["flows"]
        .as_array()
        .expect("flows")
        .iter()
        .find(|flow| flow["messages"]["rtp"].as_u64() > Some(0));
    let messages = &bare.expect("a bare leg")["messages"];
    assert_eq!(
        (&messages["rtp"], &messages["rtcp"]),
        (&1007.into(), &298.into())
    );
}

/// The relayed addresses that coturn and the browsers speak of are those that were read.
#[test]
fn the_selected_relay_candidate_is_an_allocation() {
    for name in [
        "one-client-relayed",
        "ipv6-client-ipv4-peer",
        "rest-credentials",
        "firefox-dtls13",
    ] {
        let path = capture(&format!("{name}.json"));
        let truth: Value =
            serde_json::from_slice(&std::fs::read(path).expect("truth")).expect("JSON");
        let main = &truth["participants"]["alice"]["pcs"]["main"]["selected"][0]["local"];
        let (address, port) = (main["address"].as_str().expect("address"), &main["port"]);
        let report = report(&format!("{name}.pcap"));
        let relayed = format!("{address}:{port}");
        let known = report["allocations"]
            .as_array()
            .expect("allocations")
            .iter()
            .any(|a| {
                a["relayed"]
                    .as_array()
                    .is_some_and(|all| all.contains(&relayed.as_str().into()))
            });
        assert!(known, "{name}: {relayed}");
    }
}

#[test]
fn every_leaving_datagram_is_matched() {
    for name in [
        "one-client-relayed.pcap",
        "both-clients-one-relay.pcap",
        "ipv6-client-ipv4-peer.pcap",
        "rest-credentials.pcap",
        "dtls12-aes-gcm.pcap",
        "firefox-dtls13.pcap",
        "unencrypted-media.pcap",
        "header-extensions-sealed.pcap",
        "handshake-inside-stun.pcap",
        "load-test-filler.pcap",
        "two-interfaces.pcapng",
    ] {
        for path in report(name)["paths"].as_array().expect("paths") {
            for side in ["to_peer", "to_client"] {
                assert_eq!(
                    path[side]["left"], path[side]["unchanged"],
                    "{name}: {path}"
                );
                assert!(path[side]["left"].as_u64() > Some(0), "{name}: {path}");
            }
        }
    }
}

#[test]
fn filler_is_neither_media_nor_handshake() {
    let report = report("load-test-filler.pcap");
    assert_eq!(carried(&report), [0, 0, 0, 0, 320]);
    assert_eq!(report["streams"].as_array().map(Vec::len), Some(0));
    let all = verdicts(&report, "relay-forwards-unchanged");
    assert!(
        all.iter().all(|(verdict, _, _)| verdict == "inconclusive"),
        "{all:?}"
    );
}

#[test]
fn account_names_are_read_even_where_nothing_was_granted() {
    let names = |name: &str| -> Vec<String> {
        let report = report(name);
        let read = report["exposures"]["path-client"]
            .as_array()
            .expect("a ledger")
            .clone();
        let mut names: Vec<_> = read
            .iter()
            .filter(|entry| entry["item"] == "account")
            .map(|entry| entry["value"].as_str().expect("text").to_owned())
            .collect();
        names.sort();
        names.dedup();
        names
    };
    assert_eq!(names("wrong-password.pcap"), ["alice-u"]);
    assert_eq!(
        report("wrong-password.pcap")["allocations"]
            .as_array()
            .map(Vec::len),
        Some(0)
    );
    assert_eq!(names("both-clients-one-relay.pcap"), ["alice-u", "bob-u"]);
    assert_eq!(
        names("rest-credentials.pcap"),
        ["1795427288:alice@example.test"]
    );
}

#[test]
fn who_sees_only_the_peers_leg_does_not_learn_the_client() {
    let path = capture("one-client-relayed.pcap");
    let (report, _) = report_of_capture(&path, Some(Vantage::PathPeer));
    let all = verdicts(&report, "peers-not-identified");
    assert_eq!(
        all.iter().map(|v| v.0.as_str()).collect::<Vec<_>>(),
        ["holds"]
    );
    let (report, _) = report_of_capture(&path, Some(Vantage::Relay));
    let all = verdicts(&report, "peers-not-identified");
    assert_eq!(
        all.iter().map(|v| v.0.as_str()).collect::<Vec<_>>(),
        ["violated"]
    );
}
