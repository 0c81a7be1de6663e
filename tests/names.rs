//! Names that would drive a terminal, from wherever a capture can bring them: nothing that is
//! written holds a character that is not seen.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::evil::{self, EVIL, is_shown, pcapng};
use common::relay::{Capture, attribute, stun};
use common::{file, follow, report_of_records};
use relayscope::report::live;
use relayscope::report::redact::Redactor;

fn check(what: &str, octets: &[u8]) {
    let text = std::str::from_utf8(octets).expect("UTF-8");
    let line = text.lines().find(|line| !line.chars().all(is_shown));
    assert!(line.is_none(), "{what}: {line:?}");
}

fn relayscope(args: &[&str], path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relayscope"));
    let [name, rest @ ..] = args else {
        panic!("a command");
    };
    command.arg(name).arg(path).args(rest);
    command.output().expect("it runs")
}

/// A file with an evil name.
fn scratch(end: &str, octets: &[u8]) -> PathBuf {
    let name = format!("{}{end}", EVIL.replace('/', ""));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, octets).expect("writable");
    path
}

#[test]
fn no_name_reaches_the_output_as_it_is() {
    let capture = evil::call();
    let files = [
        scratch(".pcap", &file(&capture.records)),
        scratch(".pcapng", &pcapng(&capture)),
        scratch("-cut.pcap", &file(&capture.records)[..900]),
    ];
    let commands: [&[&str]; 9] = [
        &["analyze"],
        &["analyze", "--format", "json"],
        &["analyze", "--observer", "signalling"],
        &["analyze", "--redact"],
        &["analyze", "--redact", "--format", "json"],
        &["packets"],
        &["packets", "--format", "json"],
        &["packets", "--number", "1"],
        &["packets", "--number", "999999"],
    ];
    for path in &files {
        for args in commands {
            let output = relayscope(args, path);
            check(&format!("{args:?}"), &output.stdout);
            check(&format!("{args:?}, what went wrong"), &output.stderr);
        }
    }
    let told = relayscope(&["analyze", "--format", "json"], &files[0]).stdout;
    let told = String::from_utf8(told).expect("text");
    assert!(told.contains("=E\\\\u{1b}[2J"), "the names are told");
    for number in 1..=capture.records.len() {
        let number = number.to_string();
        let output = relayscope(&["packets", "--number", &number], &files[0]);
        assert!(output.status.success());
        check(&number, &output.stdout);
    }
}

#[test]
fn what_went_wrong_is_told_in_one_line_whatever_the_file_is_called() {
    let missing = PathBuf::from(format!("no such {}", EVIL.replace('/', "")));
    let foreign = scratch(".pdf", b"%PDF-1.7 is no capture at all");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(EVIL.replace('/', ""));
    fs::create_dir_all(&folder).expect("a folder");
    for path in [missing, foreign, folder, scratch(".empty", b"")] {
        let output = relayscope(&["analyze"], &path);
        assert_eq!(output.status.code(), Some(2));
        check("stderr", &output.stderr);
        let told = String::from_utf8(output.stderr).expect("text");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains("=E\\u{1b}[2J"), "{told}");
    }
}

#[test]
fn no_name_is_told_in_more_than_its_room() {
    let long = "n\u{301}".repeat(10_000);
    let mut capture = Capture::default();
    let named = [(6, &long), (0x14, &long), (0x8022, &long)];
    let named = named.map(|(kind, name)| attribute(kind, name.as_bytes()));
    for message in [
        stun(3, 1, &named[..1]),
        stun(3, 2, &named[1..2]),
        stun(3, 3, &named[2..]),
    ] {
        capture.datagram("10.0.0.1:4000", "192.0.2.15:3478", &message);
    }
    let told = report_of_records(&capture.records).to_string();
    let longest = told.split('"').map(str::len).max();
    assert!(longest < Some(6000), "{longest:?}");
}

#[test]
fn no_name_reaches_the_lines_of_a_live_capture_as_it_is() {
    let path = scratch("-live.pcap", &file(&evil::call().records));
    let (_, _, events) = follow(&path, 1, usize::MAX);
    assert!(events.len() > 2);
    let mut out = Vec::new();
    for event in &events {
        live::text_line(event, &Redactor::off(), &mut out).expect("memory");
        live::json_line(event, &Redactor::off(), &mut out).expect("memory");
    }
    check("live", &out);
}
