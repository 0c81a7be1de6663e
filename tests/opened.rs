//! TURN inside TLS, with its keys and without: the same capture, which holds them.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use common::{capture, report_of_capture};
use relayscope::base::label::Quiet;
use relayscope::capture::{Block, FileSource, PacketSource as _};
use relayscope::decode;
use relayscope::exposure::Vantage;
use relayscope::flow::Tracker;
use relayscope::report::{Question, Report, json};
use serde_json::Value;

const NAME: &str = "turn-inside-tls-opened.pcapng";
/// What stands inside the TLS of one client and nowhere else.
const INSIDE: &str = "alice-u";

/// The report of the packets without the keys that stand beside them; `log` are keys of another
/// place.
fn without_its_keys(log: Option<&str>) -> Value {
    let mut source = FileSource::open(&capture(NAME)).expect("a capture");
    let mut tracker = Tracker::default();
    if let Some(log) = log {
        tracker.take_keys("other.log", log.as_bytes());
    }
    let mut block = Block::default();
    while source.next_block(&mut block).expect("readable") {
        for packet in block.packets() {
            tracker.packet(&packet, &decode::frame(&packet, &mut Quiet));
        }
    }
    tracker.finish();
    let report = Report::new(source.summary(), &tracker, &Question::default());
    let mut out = Vec::new();
    json::write(&report, &mut out).expect("memory");
    serde_json::from_slice(&out).expect("JSON")
}

fn with_its_keys(observer: Vantage) -> Value {
    report_of_capture(&capture(NAME), Some(observer)).0
}

fn verdicts<'r>(report: &'r Value, claim: &str) -> BTreeSet<&'r str> {
    let claims = report["claims"].as_array().expect("claims").iter();
    let judged = claims.filter(|judged| judged["id"] == claim);
    judged
        .filter_map(|judged| judged["verdict"].as_str())
        .collect()
}

#[test]
fn with_keys_one_leg_proves_the_other() {
    let report = with_its_keys(Vantage::Relay);
    assert_eq!(report["capture"]["keys"]["used"], 3);
    let path = &report["paths"][0];
    for (side, passed) in [("to_peer", 228), ("to_client", 230)] {
        assert_eq!(path[side]["unchanged"], passed, "{side}");
        assert_eq!(
            (&path[side]["altered"], &path[side]["left_only"]),
            (&0.into(), &0.into())
        );
    }
    assert_eq!(
        verdicts(&report, "relay-forwards-unchanged"),
        ["holds"].into()
    );
    assert_eq!(
        verdicts(&report, "relay-outside-key-agreement"),
        ["holds"].into()
    );
    let named = report["allocations"]
        .as_array()
        .expect("allocations")
        .iter();
    let named = named.filter(|of| of["transport"] == "tls" && of["username"] == INSIDE);
    assert_eq!(named.count(), 3);
}

#[test]
fn what_is_inside_is_shown_to_nobody_without_keys() {
    let report = without_its_keys(None);
    assert!(!report.to_string().contains(INSIDE));
    let kinds = |report: &Value| {
        let flows = report["flows"].as_array().expect("flows").iter();
        flows.filter(|flow| flow["transport"] == "tls").count()
    };
    assert_eq!(kinds(&report), 0);
    let opened = with_its_keys(Vantage::Relay);
    assert_eq!(kinds(&opened), 3);
    assert_eq!(opened["octets"]["total"], report["octets"]["total"]);
    for observer in Vantage::ALL.map(Vantage::name) {
        let shown = opened["exposures"][observer].to_string();
        let holds = ["relay", "endpoint"].contains(&observer);
        assert_eq!(shown.contains(INSIDE), holds, "{observer}");
    }
}

#[test]
fn on_the_path_a_leg_inside_tls_names_nobody() {
    let (report, text) = report_of_capture(&capture(NAME), Some(Vantage::PathClient));
    assert!(text.contains("path-client does not see what was opened"));
    let of_alice = |judged: &&Value| judged.to_string().contains("10.77.1.2");
    let claims = report["claims"].as_array().expect("claims");
    let mut seen = BTreeSet::new();
    for judged in claims.iter().filter(of_alice) {
        assert_eq!(judged["verdict"], "holds", "{judged}");
        seen.insert(judged["id"].as_str().expect("a name"));
    }
    assert_eq!(seen, ["account-not-named", "client-leg-encrypted"].into());
    // What rests on what is inside is not judged for who cannot read it.
    assert!(verdicts(&report, "relay-forwards-unchanged").is_empty());
}

#[test]
fn a_log_that_does_not_fit_opens_nothing_and_says_why() {
    let other = format!(
        "CLIENT_RANDOM {} {}\nCLIENT_RANDOM 12\n",
        "07".repeat(32),
        "08".repeat(48)
    );
    let report = without_its_keys(Some(&other));
    let keys = &report["capture"]["keys"];
    assert_eq!((&keys["given"], &keys["used"]), (&1.into(), &0.into()));
    let closed = keys["not_opened"].as_array().expect("connections");
    assert_eq!(closed.len(), 3);
    assert_eq!(
        closed[0]["why"],
        "the key log has no secret of this handshake"
    );
    let problems = keys["problems"].as_array().expect("problems");
    assert!(
        problems[0]
            .as_str()
            .expect("text")
            .starts_with("other.log, line 2: ")
    );
    assert!(!report.to_string().contains(INSIDE));
}

#[test]
fn opened_messages_are_listed_at_the_frame_in_which_they_end() {
    let out = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(["packets", "--format", "json"])
        .arg(capture(NAME))
        .output()
        .expect("a run");
    let text = String::from_utf8(out.stdout).expect("text");
    let frame = |number: usize| -> Value {
        let line = text.lines().nth(number - 1).expect("a frame");
        serde_json::from_str(line).expect("JSON")
    };
    assert_eq!(frame(20)["layers"], serde_json::json!(["tls"]));
    assert_eq!(frame(29)["layers"], serde_json::json!(["tls", "stun"]));
    let media = frame(137);
    assert_eq!(
        media["layers"],
        serde_json::json!(["tls", "channeldata", "srtp"])
    );
    assert_eq!(media["fields"]["rtp.seq"], 145);
    let regions = media["regions"].as_array().expect("regions");
    let last = regions.last().expect("a region");
    assert_eq!(
        (&last[2], &last[3]),
        (&"tls.record.sealed".into(), &"sealed".into())
    );
}

#[test]
fn a_key_log_is_given_on_the_command_line() {
    let missing = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(["analyze", "--keylog", "no-such-file"])
        .arg(capture(NAME))
        .output()
        .expect("a run");
    assert_eq!(missing.status.code(), Some(2));
    let said = String::from_utf8(missing.stderr).expect("text");
    assert!(
        said.contains("cannot read the key log no-such-file"),
        "{said}"
    );
    let empty = std::env::temp_dir().join(format!("relayscope-{}.keys", std::process::id()));
    fs::write(&empty, "# nothing\n").expect("writable");
    let out = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(["analyze", "--keylog"])
        .arg(&empty)
        .arg(capture("turn-inside-tls.pcap"))
        .output()
        .expect("a run");
    fs::remove_file(&empty).expect("removed");
    let said = String::from_utf8(out.stdout).expect("text");
    assert!(
        said.contains("Keys of 0 handshakes were given: they opened nothing here."),
        "{said}"
    );
}

#[test]
fn the_dispute_is_answered_with_a_key_log_that_needs_a_capture() {
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_relayscope"))
            .args(["claims", "--keylog", "no-such-file", "--origin"])
            .args(args)
            .output()
            .expect("a run")
    };
    let file = capture(NAME);
    let [without, with] = [run(&[]), run(&[file.to_str().expect("text")])];
    let said = |stderr: &[u8]| String::from_utf8_lossy(stderr).into_owned();
    assert_eq!(without.status.code(), Some(2));
    assert!(said(&without.stderr).contains("give one to --origin"));
    assert_eq!(with.status.code(), Some(2));
    assert!(said(&with.stderr).contains("cannot read the key log no-such-file"));
}

#[test]
fn a_leg_inside_dtls_or_tls_1_3_is_opened_from_its_handshake_to_its_end() {
    for (name, kind, inside) in [
        ("turn-inside-dtls.pcapng", "turn-dtls", "dtls"),
        ("turn-inside-tls13.pcapng", "turn-tls", "tls"),
    ] {
        let (report, _) = report_of_capture(&capture(name), Some(Vantage::Relay));
        let path = &report["paths"][0];
        for side in ["to_peer", "to_client"] {
            assert_eq!(path[side]["unchanged"], 100, "{name} {side}");
            assert_eq!(path[side]["altered"], 0, "{name} {side}");
            assert_eq!(path[side]["left_only"], 0, "{name} {side}");
        }
        let forwards = verdicts(&report, "relay-forwards-unchanged");
        assert_eq!(forwards, ["holds"].into(), "{name}");
        let encrypted = verdicts(&report, "client-leg-encrypted");
        assert_eq!(encrypted, ["holds"].into(), "{name}");
        let flows = report["flows"].as_array().expect("flows").iter();
        let around = flows.clone().filter(|flow| flow["kind"] == kind);
        assert_eq!(around.count(), 1, "{name}");
        let opened = flows.filter(|flow| flow["transport"] == inside);
        assert_eq!(opened.count(), 1, "{name}");
        let (report, _) = report_of_capture(&capture(name), Some(Vantage::PathClient));
        let shown = report["exposures"]["path-client"].to_string();
        assert!(!shown.contains("alice"), "{name}");
    }
}
