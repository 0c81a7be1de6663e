//! Media opened with keys: which packets open with which keys, and what is said of it.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use common::{Record, answer_with_keys, capture, file, records};
use relayscope::base::label::Quiet;
use relayscope::base::time::Timestamp;
use relayscope::capture::{LinkType, RawPacket};
use relayscope::decode;
use relayscope::exposure::Vantage;
use relayscope::flow::{RtpStream, Tracker};
use relayscope::report::Question;
use serde_json::Value;

/// Capture, its key log if it needs one, and its packets of media, those of reports and those of
/// them that are sealed.
const CALLS: [(&str, Option<&str>, [u64; 3]); 5] = [
    (
        "dtls12-aes-gcm",
        Some("dtls12-aes-gcm.keys"),
        [2024, 170, 170],
    ),
    (
        "firefox-dtls13",
        Some("firefox-dtls13.keys"),
        [2040, 666, 666],
    ),
    ("media-server", Some("media-server.keys"), [2028, 360, 360]),
    (
        "sip-fingerprint-in-signalling",
        Some("sip-fingerprint-in-signalling.keys"),
        [2200, 14, 10],
    ),
    ("sip-key-in-signalling", None, [2402, 12, 9]),
];

fn keys(name: &str) -> Vec<u8> {
    fs::read(capture(name)).expect("a key log")
}

fn opened(packets: &[Record], tracker: Tracker) -> Value {
    let question = Question {
        observer: Some(Vantage::Endpoint),
        ..Question::default()
    };
    answer_with_keys(file(packets), &question, tracker)
}

fn with_log(name: &str, log: &[u8]) -> Value {
    let mut tracker = Tracker::default();
    tracker.take_keys("keys.log", log);
    opened(&records(&format!("{name}.pcap")), tracker)
}

/// Packets of media and reports, and how many of each verified.
fn counts(report: &Value) -> [u64; 4] {
    let sum = |of: &str, count: &dyn Fn(&Value) -> &Value| {
        let all = report[of].as_array().expect("a list").iter();
        all.filter_map(|one| count(one).as_u64()).sum()
    };
    [
        sum("streams", &|one| &one["packets"]),
        sum("streams", &|one| &one["protection"]["authenticated"]),
        sum("rtcp_senders", &|one| &one["packets"]),
        sum("rtcp_senders", &|one| &one["authenticated"]),
    ]
}

fn anomalies(report: &Value, kind: &str) -> u64 {
    let all = report["anomalies"].as_array().expect("a list").iter();
    let found = all.filter(|one| one["kind"] == kind);
    found.filter_map(|one| one["count"].as_u64()).sum()
}

#[test]
fn every_packet_opens_save_those_that_were_sent_in_clear() {
    for (name, log, [media, reports, sealed]) in CALLS {
        let log = log.map(keys).unwrap_or_default();
        let report = with_log(name, &log);
        assert_eq!(counts(&report), [media, media, reports, sealed], "{name}");
        assert_eq!(anomalies(&report, "srtp-tag-mismatch"), 0, "{name}");
        let streams = report["streams"].as_array().expect("streams");
        for stream in streams {
            let guard = &stream["protection"];
            assert_eq!(guard["basis"], "keyed", "{name}");
            assert_eq!(guard["opened"], stream["packets"], "{name}");
            assert!(guard["profile"].is_string(), "{name}");
        }
    }
}

#[test]
fn the_secrets_of_a_handshake_of_dtls_1_3_tell_its_choice_and_its_certificates_to_a_party() {
    let log = String::from_utf8(keys("firefox-dtls13.keys")).expect("text");
    let handshake = log.lines().filter(|line| line.contains("HANDSHAKE"));
    let handshake = handshake.collect::<Vec<_>>().join("\n");
    for (observer, read) in [(Vantage::Endpoint, true), (Vantage::Relay, false)] {
        let mut tracker = Tracker::default();
        tracker.take_keys("keys.log", handshake.as_bytes());
        let question = Question {
            observer: Some(observer),
            ..Question::default()
        };
        let octets = file(&records("firefox-dtls13.pcap"));
        let report = answer_with_keys(octets, &question, tracker);
        for association in report["associations"].as_array().expect("a list") {
            assert_eq!(association["profile"], "SRTP_AES128_CM_HMAC_SHA1_80");
            let certificates = association["certificates"].as_array().expect("a list");
            assert!(certificates.len() == 2 && certificates.iter().all(|c| c["opened"] == true));
        }
        let guard = &report["streams"][0]["protection"];
        assert_eq!(guard["profile"], "SRTP_AES128_CM_HMAC_SHA1_80");
        assert_eq!(guard["basis"], "negotiated");
        let exposed = report["exposures"][observer.name()].as_array();
        let items = |item: &str| {
            let mut all = exposed.expect("a list").iter();
            all.any(|one| one["item"] == item)
        };
        assert_eq!((items("certificate"), items("SRTP chosen")), (read, read));
    }
}

#[test]
fn data_channels_are_told_by_the_lengths_of_their_messages_alone() {
    for name in ["dtls12-aes-gcm", "firefox-dtls13"] {
        let report = with_log(name, &keys(&format!("{name}.keys")));
        for association in report["associations"].as_array().expect("a list") {
            for sender in association["data_channels"].as_array().expect("opened") {
                // Both programs sent texts of 25 octets from 0 to 9, then of 26.
                let channel = &sender["channels"][0];
                let told = [
                    "stream", "messages", "octets", "shortest", "longest", "control",
                ];
                assert_eq!(
                    told.map(|key| &channel[key]),
                    [1, 16, 406, 25, 26, 1],
                    "{name}"
                );
                assert_eq!(channel["kinds"], serde_json::json!([51]));
                assert_eq!(
                    (&sender["incomplete"], &sender["others"]),
                    (&0.into(), &0.into())
                );
            }
        }
        let exposed = report["exposures"]["endpoint"].as_array().expect("a list");
        let told = exposed.iter().filter(|one| one["item"] == "data messages");
        assert_eq!(told.count(), 4);
        assert!(!report.to_string().contains("DATACHANNEL"));
    }
    let sealed = with_log("firefox-dtls13", b"");
    assert_eq!(sealed["associations"][0]["data_channels"], Value::Null);
}

#[test]
fn keys_of_another_call_open_nothing() {
    let report = with_log("dtls12-aes-gcm", &keys("firefox-dtls13.keys"));
    let [_, media, _, reports] = counts(&report);
    assert_eq!((media, reports), (0, 0));
    assert_eq!(anomalies(&report, "srtp-tag-mismatch"), 0);
    assert_eq!(report["capture"]["keys"]["streams_opened"], 0);
}

#[test]
fn a_secret_that_is_not_that_of_the_handshake_opens_nothing() {
    let mut log = keys("dtls12-aes-gcm.keys");
    let last = log.iter().rposition(u8::is_ascii_hexdigit).expect("digits");
    log[last] = if log[last] == b'0' { b'1' } else { b'0' };
    let [_, media, _, reports] = counts(&with_log("dtls12-aes-gcm", &log));
    assert_eq!((media, reports), (0, 0));
}

#[test]
fn a_log_that_ends_early_opens_what_its_lines_are_for() {
    let log = keys("media-server.keys");
    let lines: Vec<_> = log.split_inclusive(|octet| *octet == b'\n').collect();
    let [all, whole, ..] = counts(&with_log("media-server", &log));
    assert_eq!(all, whole);
    // Half of the second line is a secret that is too short.
    let half = &lines[1][..lines[1].len() / 2 + 30];
    let report = with_log("media-server", &[lines[0], half].concat());
    let [_, some, ..] = counts(&report);
    assert!(0 < some && some < whole, "{some} of {whole}");
    assert_eq!(
        report["capture"]["keys"]["problems"][0]["line"],
        Value::Null
    );
    assert_eq!(
        report["capture"]["keys"]["problems"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn ten_thousand_lines_hide_no_key() {
    let mut log = String::new();
    for n in 0..10_000_u32 {
        let (random, secret) = ("0".repeat(56), "cd".repeat(48));
        writeln!(log, "CLIENT_RANDOM {random}{n:08x} {secret}").expect("memory");
    }
    let log = [log.into_bytes(), keys("dtls12-aes-gcm.keys")].concat();
    let report = with_log("dtls12-aes-gcm", &log);
    assert_eq!(counts(&report), [2024, 2024, 170, 170]);
}

/// The SRTP keys of a call as its truth tells them, in lines.
fn srtp_lines(name: &str) -> String {
    let truth = fs::read(capture(&format!("{name}.json"))).expect("a truth");
    let truth: Value = serde_json::from_slice(&truth).expect("JSON");
    let calls = truth["srtp_keys"].as_object().expect("keys").values();
    let all = calls.flat_map(|call| call.as_array().expect("a list"));
    let mut lines = String::new();
    for keys in all {
        for side in ["client", "server"] {
            let part = |part: &str| keys[format!("{side}_{part}")].as_str().expect("hex");
            let suite = keys["profile"].as_str().expect("a name");
            let (key, salt) = (part("key"), part("salt"));
            writeln!(lines, "{suite} {key}{salt}").expect("memory");
        }
    }
    lines
}

#[test]
fn keys_that_are_given_find_their_streams_among_many() {
    let mut lines = String::new();
    for n in 0..10_000_u32 {
        writeln!(lines, "AEAD_AES_256_GCM {n:088x}").expect("memory");
    }
    lines += &srtp_lines("dtls12-aes-gcm");
    let mut tracker = Tracker::default();
    tracker.take_srtp_keys("srtp.txt", lines.as_bytes());
    let report = opened(&records("dtls12-aes-gcm.pcap"), tracker);
    assert_eq!(counts(&report), [2024, 2024, 170, 170]);
}

#[test]
fn a_capture_that_begins_in_the_middle_opens_with_keys_that_are_given() {
    let all = records("media-server.pcap");
    let mut tracker = Tracker::default();
    let lines = srtp_lines("media-server");
    tracker.take_srtp_keys("srtp.txt", lines.as_bytes());
    let report = opened(&all[all.len() / 2..], tracker);
    let [media, verified, reports, sealed] = counts(&report);
    assert_eq!((media, reports), (verified, sealed));
    assert!(media > 500);
    // Nobody saw who agreed on the keys; a party has them all the same.
    let exposed = report["exposures"]["endpoint"].as_array().expect("a list");
    let mut heard = exposed.iter().filter(|one| one["item"] == "sound");
    assert!(heard.all(|one| one["visibility"] == "readable"));
}

#[test]
fn a_packet_that_was_changed_is_named() {
    let mut packets = records("dtls12-aes-gcm.pcap");
    *packets[1498].octets.last_mut().expect("octets") ^= 1;
    let mut tracker = Tracker::default();
    tracker.take_keys("keys.log", &keys("dtls12-aes-gcm.keys"));
    let report = opened(&packets, tracker);
    let all = report["anomalies"].as_array().expect("a list").iter();
    let found: Vec<_> = all
        .filter(|one| one["kind"] == "srtp-tag-mismatch")
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["count"], &found[0]["first_packet"]),
        (&1.into(), &1499.into())
    );
}

#[test]
fn a_packet_that_was_changed_before_the_key_of_its_stream_was_found_is_named() {
    let mut packets = records("dtls12-aes-gcm.pcap");
    // The first of its stream.
    *packets[43].octets.last_mut().expect("octets") ^= 1;
    let mut tracker = Tracker::default();
    tracker.take_keys("keys.log", &keys("dtls12-aes-gcm.keys"));
    let report = opened(&packets, tracker);
    let all = report["anomalies"].as_array().expect("a list").iter();
    let mut found = all.filter(|one| one["kind"] == "srtp-tag-mismatch");
    assert_eq!(
        found.next().map(|one| &one["first_packet"]),
        Some(&44.into())
    );
    assert_eq!(anomalies(&report, "srtp-tag-mismatch"), 1);
}

#[test]
fn packets_that_are_cut_use_up_no_tries_of_a_key() {
    let mut packets = records("dtls12-aes-gcm.pcap");
    let first = packets[43..110].iter_mut();
    let large = first.filter(|record| record.wire_len > 250);
    let cut = large.map(|record| record.octets.truncate(100)).count();
    let mut tracker = Tracker::default();
    tracker.take_keys("keys.log", &keys("dtls12-aes-gcm.keys"));
    let [media, verified, ..] = counts(&opened(&packets, tracker));
    assert_eq!(verified, media - cut as u64);
}

/// A capture whose key log is empty at first; it gets the one part in the middle of the capture
/// and the other at its end.
fn growing(name: &str, log: [&[u8]; 2]) -> Tracker {
    let packets = records(&format!("{name}.pcap"));
    let mut tracker = Tracker::default();
    tracker.take_keys("keys.log", b"");
    let (first, rest) = packets.split_at(packets.len() / 2);
    let mut number = 0;
    for (part, lines) in [first, rest].into_iter().zip(log) {
        for record in part {
            number += 1;
            let packet = RawPacket {
                number,
                time: Timestamp(record.micros.cast_signed() * 1000),
                wire_len: record.wire_len,
                link: LinkType(1),
                interface: 0,
                octets: &record.octets,
            };
            tracker.packet(&packet, &decode::frame(&packet, &mut Quiet));
        }
        tracker.take_more_keys("keys.log", 1, lines);
    }
    tracker.finish();
    tracker
}

#[test]
fn a_log_that_tells_of_a_handshake_line_by_line_opens_what_came_before_too() {
    let log = String::from_utf8(keys("firefox-dtls13.keys")).expect("text");
    let [handshake, traffic] = ["HANDSHAKE", "TRAFFIC_SECRET_0"].map(|label| {
        let lines = log.lines().filter(|line| line.contains(label));
        lines.collect::<Vec<_>>().join("\n")
    });
    let tracker = growing("firefox-dtls13", [handshake.as_bytes(), traffic.as_bytes()]);
    for association in tracker.associations() {
        assert_eq!(association.certificates.len(), 2);
        for sender in association.data.as_deref().expect("opened") {
            let (_, channel) = sender.channels().next().expect("a channel");
            assert_eq!((channel.messages.total(), sender.incomplete()), (16, 0));
        }
    }
}

#[test]
fn a_log_that_grows_during_the_call_opens_what_follows() {
    let log = keys("dtls12-aes-gcm.keys");
    let tracker = growing("dtls12-aes-gcm", [&log, b""]);
    let sum = |count: fn(&RtpStream) -> u64| tracker.streams().into_iter().map(count).sum::<u64>();
    let verified = sum(|stream| stream.opened().map_or(0, |of| of.authenticated.total()));
    let all = sum(|stream| stream.packets.total());
    assert!(all / 3 < verified && verified < all, "{verified} of {all}");
}

#[test]
fn a_report_is_the_same_for_any_number_of_threads() {
    let report = |threads| {
        let mut tracker = Tracker::default();
        tracker.open_on(threads);
        tracker.take_keys("keys.log", &keys("media-server.keys"));
        opened(&records("media-server.pcap"), tracker)
    };
    assert_eq!(report(1), report(4));
}

fn run(args: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(args)
        .output()
        .expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).expect("text"), output.status.code())
}

#[test]
fn one_packet_is_shown_sealed_and_opened_and_no_key_is() {
    let name = capture("sip-key-in-signalling.pcap");
    let name = name.to_str().expect("text");
    let (shown, _) = run(&["packets", name, "--number", "1028"]);
    let cname = "736970 3a626f62".replace(' ', "");
    let sealed = "7f2fe1f8f340209fcc5e897a2b306fa2";
    assert!(shown.contains("opened, RTCP SR, SDES of 0x76b200e1:"));
    assert!(shown.replace(['\n', ' '], "").contains(&cname) && shown.contains(sealed));
    let (hidden, _) = run(&["packets", name, "--number", "1028", "--redact"]);
    assert!(!hidden.replace(['\n', ' '], "").contains(&cname));
    let truth = fs::read_to_string(capture("sip-key-in-signalling.json")).expect("a truth");
    let truth: Value = serde_json::from_str(&truth).expect("JSON");
    let (report, _) = run(&["analyze", name, "--format", "json"]);
    for key in truth["sdes_keys"].as_array().expect("keys") {
        let key = key["inline"].as_str().expect("text");
        assert!(!shown.contains(key) && !report.contains(key));
    }
}

#[test]
fn keys_are_shown_to_whoever_asks_and_can_be_given_again() {
    let name = capture("dtls12-aes-gcm.pcap");
    let log = capture("dtls12-aes-gcm.keys");
    let [name, log] = [&name, &log].map(|path| path.to_str().expect("text"));
    let json = ["--format", "json"];
    let (silent, _) = run(&[&["analyze", name, "--keylog", log][..], &json].concat());
    let (asked, _) = run(&[
        &["analyze", name, "--keylog", log, "--show-keys"][..],
        &json,
    ]
    .concat());
    let asked: Value = serde_json::from_str(&asked).expect("JSON");
    let shown = asked["capture"]["keys"]["shown"].as_array().expect("keys");
    assert_eq!(shown.len(), 2);
    let mut lines = String::new();
    for key in shown {
        let line = key["line"].as_str().expect("a line");
        assert!(!silent.contains(&line["AEAD_AES_256_GCM ".len()..][..16]));
        writeln!(lines, "{line}").expect("memory");
    }
    let mut tracker = Tracker::default();
    tracker.take_srtp_keys("shown", lines.as_bytes());
    let report = opened(&records("dtls12-aes-gcm.pcap"), tracker);
    assert_eq!(counts(&report), [2024, 2024, 170, 170]);
    let (_, refused) = run(&["analyze", name, "--show-keys", "--redact"]);
    assert_eq!(refused, Some(2));
}

#[test]
fn a_file_of_keys_that_cannot_be_used_is_told() {
    let name = capture("media-server.pcap");
    let name = name.to_str().expect("text");
    let (said, code) = run(&["analyze", "--srtp-keys", "no-such-file", name]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("cannot read the SRTP keys no-such-file"),
        "{said}"
    );
    let mut lines = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut lines, b"# of a call\nAEAD_AES_128_GCM 0011\n").expect("room");
    let path = lines.path().to_str().expect("text");
    let (said, code) = run(&["analyze", "--srtp-keys", path, name]);
    assert_eq!(code, Some(0));
    let told = "line 2: key and salt of this suite have 28 octets, these have 2";
    let words: Vec<_> = said.split_whitespace().collect();
    assert!(words.join(" ").contains(told), "{said}");
}
