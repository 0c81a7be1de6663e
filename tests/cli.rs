//! The real binary: exit codes, output, and what it says of bad input.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use common::capture;

fn relayscope(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(args)
        .output()
        .expect("it runs")
}

fn scratch(name: &str, octets: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, octets).expect("writable");
    path
}

fn path(name: &str) -> String {
    capture(name).to_string_lossy().into_owned()
}

/// Runs on a file that cannot be analysed; gives the one line that says so.
fn refused(file: &str) -> String {
    for command in [&["analyze", file][..], &["packets", file], &[file]] {
        let output = relayscope(command);
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(output.stdout.is_empty());
    }
    let told = String::from_utf8(relayscope(&["analyze", file]).stderr).expect("text");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.contains(file), "{told}");
    told
}

#[test]
fn what_is_no_capture_is_refused_in_one_line() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    assert!(refused("no-such-file.pcap").contains("No such file"));
    assert!(refused(folder).contains("is a directory"));
    let empty = scratch("empty.pcap", b"");
    assert!(refused(&empty.to_string_lossy()).contains("is empty"));
    let foreign = scratch("foreign.pcap", b"%PDF-1.7 is no capture at all");
    assert!(refused(&foreign.to_string_lossy()).contains("25504446"));
}

#[test]
fn a_bare_file_is_analysed() {
    let output = relayscope(&[&path("one-client-relayed.pcap")]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        text.contains("forwarded 1,401 of 1,401 datagrams octet for octet"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "no colour where no terminal is");
    let of_sfu = relayscope(&[&path("media-server.pcap"), "--observer", "sfu"]);
    let text = String::from_utf8(of_sfu.stdout).expect("text");
    assert!(text.contains("judged for an SFU"), "{text}");
}

#[test]
fn a_compressed_capture_gives_the_same_report() {
    let plain = relayscope(&["analyze", &path("wrong-password.pcap")]).stdout;
    let octets = fs::read(capture("wrong-password.pcap")).expect("a capture");
    let zst = zstd::encode_all(octets.as_slice(), 1).expect("compressed");
    let file = scratch("wrong-password.pcap", &zst);
    assert_eq!(
        relayscope(&["analyze", &file.to_string_lossy()]).stdout,
        plain
    );
}

#[test]
fn packets_are_objects_on_lines() {
    let output = relayscope(&[
        "packets",
        &path("one-client-relayed.pcap"),
        "--format",
        "json",
    ]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text.lines().count(), 2838);
    let first: serde_json::Value =
        serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["number"], 1);
    for member in [
        "time",
        "wire_len",
        "captured_len",
        "src",
        "dst",
        "transport",
        "layers",
        "fields",
    ] {
        assert!(first.get(member).is_some(), "{member}");
    }
}

#[test]
fn one_packet_is_shown_octet_by_octet() {
    let file = path("one-client-relayed.pcap");
    let output = relayscope(&["packets", &file, "--number", "13"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("Allocate request") && text.contains("stun.att.username = alice-u"));
    let none = relayscope(&["packets", &file, "--number", "999999"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("has no packet 999999: it has 2838"));
}

#[test]
fn claims_are_explained_and_unknown_ones_refused() {
    let text = String::from_utf8(relayscope(&["claims"]).stdout).expect("text");
    for id in [
        "relay-forwards-unchanged",
        "peers-not-identified",
        "account-not-named",
    ] {
        assert!(text.contains(id));
    }
    let unknown = relayscope(&["claims", "no-such-claim"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_json_report_has_every_member_of_the_contract() {
    let output = relayscope(&[
        "analyze",
        &path("one-client-relayed.pcap"),
        "--format",
        "json",
    ]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for member in [
        "schema_version",
        "summary",
        "capture",
        "flows",
        "legs",
        "allocations",
        "paths",
        "associations",
        "streams",
        "servers",
        "sessions",
        "exposures",
        "octets",
        "claims",
        "anomalies",
    ] {
        assert!(report.get(member).is_some(), "{member}");
    }
}
