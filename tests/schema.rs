//! What is written as JSON is what the shipped schemas describe, no member less and none more.

mod common;

use std::collections::BTreeSet;
use std::process::Command;

use common::schema::{assert_fits, closed, wrong};
use common::{
    capture, captures, file, follow, records, report_of, report_of_capture, report_of_records,
};
use relayscope::exposure::Vantage;
use relayscope::report::live;
use relayscope::report::redact::Redactor;
use relayscope::report::schema::{EVENT, EXTRACTION, PACKET, REPORT};
use serde_json::{Map, Value, json};

#[test]
fn the_schemas_are_valid_and_describe_each_object_wholly() {
    for schema in [REPORT, PACKET, EVENT, EXTRACTION] {
        let schema: Value = serde_json::from_str(schema).expect("JSON");
        jsonschema::draft202012::meta::validate(&schema).expect("a schema of draft 2020-12");
        described(&schema);
    }
}

/// Every member that is described must be there.
fn described(schema: &Value) {
    if let (Some(required), Some(properties)) = (
        schema["required"].as_array(),
        schema["properties"].as_object(),
    ) {
        for name in properties.keys() {
            assert!(
                required.iter().any(|required| required == name),
                "{name} may be missing"
            );
        }
    }
    match schema {
        Value::Object(members) => members.values().for_each(described),
        Value::Array(list) => list.iter().for_each(described),
        _ => {}
    }
}

#[test]
fn every_report_of_a_capture_fits_for_every_observer() {
    let schema = closed(REPORT);
    for path in captures() {
        for observer in Vantage::ALL {
            let (report, _) = report_of_capture(&path, Some(observer));
            assert_fits(
                &schema,
                &report,
                &format!("{} {observer:?}", path.display()),
            );
        }
    }
}

#[test]
fn a_redacted_report_fits() {
    let output = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(["analyze", "--format", "json", "--redact"])
        .arg(capture("ipv6-client-ipv4-peer.pcap"))
        .output()
        .expect("it runs");
    let report = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_fits(&closed(REPORT), &report, "redacted");
}

#[test]
fn reports_of_odd_captures_fit() {
    let schema = closed(REPORT);
    assert_fits(&schema, &report_of(file(&[])), "no packet");
    let all = records("one-client-relayed.pcap");
    let mut octets = file(&all);
    octets.truncate(octets.len() / 2 + 7);
    let report = report_of(octets);
    assert!(report["capture"]["ended_early"].is_string());
    assert_fits(&schema, &report, "ends in a packet");
    assert_fits(
        &schema,
        &report_of_records(&all[600..]),
        "begins in the call",
    );
    let cut = all.iter().cloned().map(|mut record| {
        record.octets.truncate(60);
        record
    });
    assert_fits(
        &schema,
        &report_of_records(&cut.collect::<Vec<_>>()),
        "cut frames",
    );
    let junk = all.iter().cloned().enumerate().map(|(place, mut record)| {
        let octets = record.octets.iter_mut().skip(42).step_by(7);
        octets.for_each(|octet| *octet ^= place as u8);
        record
    });
    assert_fits(
        &schema,
        &report_of_records(&junk.collect::<Vec<_>>()),
        "spoilt octets",
    );
}

#[test]
fn every_line_of_packets_fits() {
    let schema = closed(PACKET);
    for (name, redact) in [
        ("ipv6-client-ipv4-peer.pcap", true),
        ("two-interfaces.pcapng", false),
    ] {
        let path = capture(name);
        let output = Command::new(env!("CARGO_BIN_EXE_relayscope"))
            .args(["packets", "--format", "json"])
            .arg(&path)
            .args(redact.then_some("--redact"))
            .output()
            .expect("it runs");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(text.lines().count() > 1000);
        for line in text.lines() {
            assert_fits(&schema, &serde_json::from_str(line).expect("JSON"), line);
        }
    }
}

#[test]
fn every_event_fits() {
    let schema = closed(EVENT);
    let mut kinds = BTreeSet::new();
    for path in captures() {
        let (_, _, events) = follow(&path, 100, usize::MAX);
        for event in &events {
            kinds.insert(event.what.name());
            let mut line = Vec::new();
            live::json_line(event, &Redactor::off(), &mut line).expect("memory");
            let line: Value = serde_json::from_slice(&line).expect("JSON");
            assert_fits(&schema, &line, &line.to_string());
        }
    }
    assert!(kinds.len() >= 5, "{kinds:?}");
}

#[test]
fn a_wrong_report_does_not_fit() {
    let schema = closed(REPORT);
    let (report, _) = report_of_capture(&capture("one-client-relayed.pcap"), None);
    assert_fits(&schema, &report, "as it is");
    // Null where a value must be, words that are none of ours, a verdict without a packet, a gap
    // beside a verdict, an address without its port, a number as text, a scope that names nothing,
    // no sums, a place that is no row.
    for (place, value) in [
        ("/flows/0/id", Value::Null),
        ("/claims/0/verdict", json!("Holds")),
        ("/claims/0/id", json!("all-is-well")),
        ("/claims/0/evidence/packets", json!([])),
        ("/claims/0/gap", json!("none")),
        ("/flows/0/a", json!("10.0.0.1")),
        ("/capture/packets", json!("2838")),
        ("/claims/0/scope/id", Value::Null),
        ("/octets", Value::Null),
        ("/exposures/relay/0/where", json!("somewhere")),
    ] {
        let mut report = report.clone();
        *report.pointer_mut(place).expect("a member") = value;
        assert_eq!(wrong(&schema, &report).len(), 1, "{place}");
    }
    for place in ["", "/flows/0", "/paths/0/to_peer", "/streams/0/protection"] {
        let members = |report: &mut Value, change: fn(&mut Map<String, Value>)| {
            let members = report.pointer_mut(place).and_then(Value::as_object_mut);
            change(members.expect("an object"));
        };
        let (mut more, mut less) = (report.clone(), report.clone());
        members(&mut more, |all| {
            drop(all.insert("new".to_owned(), Value::Null));
        });
        members(&mut less, |all| {
            let last = all.keys().next_back().cloned();
            drop(last.and_then(|name| all.remove(&name)));
        });
        assert_eq!(wrong(&schema, &more).len(), 1, "{place}: a new member");
        assert_eq!(wrong(&schema, &less).len(), 1, "{place}: a missing member");
    }
}

#[test]
fn the_schemas_are_printed() {
    let print = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relayscope"));
        String::from_utf8(command.args(args).output().expect("it runs").stdout).expect("text")
    };
    assert_eq!(print(&["schema"]), REPORT);
    assert_eq!(print(&["schema", "report"]), REPORT);
    assert_eq!(print(&["schema", "packets"]), PACKET);
    assert_eq!(print(&["schema", "events"]), EVENT);
    assert_eq!(print(&["schema", "extract"]), EXTRACTION);
    let version = serde_json::from_str::<Value>(&print(&["schema"])).expect("JSON")["$id"].clone();
    let (report, _) = report_of_capture(&capture("wrong-password.pcap"), None);
    let written = report["schema_version"].as_str().expect("a version");
    assert!(
        version
            .as_str()
            .is_some_and(|id| id.ends_with(&format!(":{written}")))
    );
}
