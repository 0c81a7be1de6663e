//! Frames that browsers sealed before they became SRTP: what is said of them with the keys of the
//! server, and what the server still reads.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use common::{answer_with_keys, capture, file, records, report_of_capture};
use relayscope::exposure::Vantage;
use relayscope::flow::Tracker;
use relayscope::report::Question;
use serde_json::Value;

const NAME: &str = "frames-sealed-end-to-end.pcapng";
const KEYS: &str = "frames-sealed-end-to-end.keys";

/// The verdicts on a claim, with how many streams have each.
fn verdicts(report: &Value, claim: &str) -> [usize; 3] {
    let claims = report["claims"].as_array().expect("claims");
    ["holds", "violated", "inconclusive"].map(|verdict| {
        let judged = claims.iter().filter(|judged| judged["id"] == claim);
        judged.filter(|judged| judged["verdict"] == verdict).count()
    })
}

/// Items of the ledger of an observer that this capture alone brings, each with its field.
fn around(report: &Value, observer: &str) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let exposures = report["exposures"][observer].as_array().expect("a ledger");
    let items = [
        "codec header",
        "picture size",
        "frame trailer",
        "SFrame header",
    ];
    let of = exposures
        .iter()
        .filter(|entry| items.contains(&entry["item"].as_str().unwrap_or("")));
    of.inspect(|entry| assert_eq!(entry["visibility"], "readable"))
        .map(|entry| (text(&entry["item"]), text(&entry["field"])))
        .collect()
}

#[test]
fn the_layer_holds_for_every_stream_and_what_it_leaves_is_listed_for_the_server() {
    let (report, _) = report_of_capture(&capture(NAME), None);
    assert_eq!(report["summary"]["observer"], "sfu");
    assert_eq!(verdicts(&report, "end-to-end-layer"), [8, 0, 0]);
    // Two streams repeat packets of others.
    assert_eq!(verdicts(&report, "media-sealed"), [8, 0, 2]);
    assert_eq!(verdicts(&report, "server-without-media-keys"), [0, 1, 0]);
    let left = [
        ("codec header", "opus.TOC"),
        ("codec header", "vp8.hdr"),
        ("codec header", "vp8.pld.first"),
        ("frame trailer", "sframe.key_index"),
        ("picture size", "vp8.keyframe.width"),
    ];
    let left = left.map(|(item, field)| (item.to_owned(), field.to_owned()));
    assert_eq!(around(&report, "sfu"), BTreeSet::from(left));
    assert!(around(&report, "path-client").is_empty());
}

#[test]
fn nothing_is_left_by_a_layer_that_is_not_there() {
    let mut tracker = Tracker::default();
    let log = fs::read(capture("media-server.keys")).expect("a key log");
    tracker.take_keys("keys.log", &log);
    let packets = file(&records("media-server.pcap"));
    let report = answer_with_keys(packets, &Question::default(), tracker);
    assert_eq!(verdicts(&report, "end-to-end-layer"), [0, 8, 0]);
    assert_eq!(verdicts(&report, "media-sealed"), [0, 10, 0]);
    assert!(around(&report, "sfu").is_empty());
}

#[test]
fn half_of_the_keys_show_half_of_the_streams() {
    let log = fs::read_to_string(capture(KEYS)).expect("a key log");
    let half: Vec<_> = log.lines().take(2).collect();
    let mut tracker = Tracker::default();
    tracker.take_keys("keys.log", half.join("\n").as_bytes());
    let question = Question {
        observer: Some(Vantage::Sfu),
        ..Question::default()
    };
    let report = answer_with_keys(file(&records(NAME)), &question, tracker);
    assert_eq!(verdicts(&report, "end-to-end-layer"), [4, 0, 4]);
}

/// What `packets` shows of one packet.
fn shown(number: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relayscope"));
    command.args(["packets", "--number", number]);
    let output = command.arg(capture(NAME)).output().expect("it runs");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn every_octet_around_what_is_sealed_is_named() {
    let sound = shown("302");
    for line in ["opus.TOC = 0x78", "(sframe.iv)", "sframe.key_index = 0"] {
        assert!(sound.contains(line), "{line} in {sound}");
    }
    let picture = shown("16");
    for line in [
        "vp8.keyframe.width = 320",
        "vp8.pld.pictureid = 18541",
        "(sframe.encrypted_data)",
    ] {
        assert!(picture.contains(line), "{line} in {picture}");
    }
}
