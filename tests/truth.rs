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

fn associations(name: &str) -> Vec<Value> {
    let report = report(name);
    report["associations"]
        .as_array()
        .expect("associations")
        .clone()
}

/// The fingerprints of both SDPs are the hashes of both certificates, on both legs (RFC 8122).
#[test]
fn certificates_are_those_of_the_signalling() {
    let truth = std::fs::read_to_string(capture("dtls12-aes-gcm.json")).expect("truth");
    let told: std::collections::BTreeSet<String> = truth
        .split("fingerprint:sha-256 ")
        .skip(1)
        .map(|rest| rest[..95].replace(':', "").to_lowercase())
        .collect();
    let legs = associations("dtls12-aes-gcm.pcap");
    assert_eq!(legs.len(), 2);
    for leg in legs {
        assert_eq!(leg["version"], "DTLS 1.2");
        assert_eq!(leg["profile"], "SRTP_AEAD_AES_256_GCM");
        let certificates = leg["certificates"].as_array().expect("certificates");
        let seen: std::collections::BTreeSet<_> = certificates
            .iter()
            .map(|c| c["sha256"].as_str().expect("a hash").to_owned())
            .collect();
        assert_eq!(seen, told);
    }
}

#[test]
fn every_handshake_is_seen_to_its_end_on_every_leg() {
    for (name, legs, in_stun) in [
        ("one-client-relayed.pcap", 2, false),
        ("both-clients-one-relay.pcap", 2, false),
        ("ipv6-client-ipv4-peer.pcap", 2, false),
        ("firefox-dtls13.pcap", 2, false),
        ("handshake-inside-stun.pcap", 2, true),
        ("two-interfaces.pcapng", 3, false),
    ] {
        let found = associations(name);
        assert_eq!(found.len(), legs, "{name}");
        for leg in &found {
            assert_eq!(leg["version"], "DTLS 1.3", "{name}");
            assert_eq!(leg["complete"], true, "{name}");
            assert_eq!(leg["in_stun"], in_stun, "{name}");
            assert!(leg["profile"].is_null(), "{name}: sealed in DTLS 1.3");
            assert!(leg["certificates"].as_array().is_some_and(Vec::is_empty));
            let path = |member: &str| (&leg[member], &found[0][member]);
            for (one, other) in ["path", "client", "server", "cipher"].map(path) {
                assert_eq!(one, other, "{name}");
            }
        }
    }
    assert!(associations("unencrypted-media.pcap").is_empty());
    assert!(associations("load-test-filler.pcap").is_empty());
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
