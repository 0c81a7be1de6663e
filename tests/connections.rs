//! A call is proven whatever carries it to the relay: the same calls with their legs moved to TCP,
//! cut in every way that TCP may cut them.

mod common;

use std::collections::BTreeMap;

use common::tcp::{Cut, over_tcp};
use common::tls::over_tls;
use common::{Record, answer_with_keys, file, records, report_of_records, verdicts};
use relayscope::flow::Tracker;
use relayscope::report::Question;
use serde_json::{Value, json};

const PORT: u16 = 3478;
const CUTS: [Cut; 6] = [
    Cut::Whole,
    Cut::After(1),
    Cut::After(5),
    Cut::After(60),
    Cut::MixedUp,
    Cut::Twice,
];

/// Two calls: with both legs of the relay in the capture, and of two clients of one relay.
const CALLS: [&str; 2] = ["one-client-relayed.pcap", "both-clients-one-relay.pcap"];

/// What was counted on each path, without the times.
fn counted(report: &Value) -> Value {
    let side = |side: &Value| {
        let mut side = side.clone();
        side.as_object_mut().expect("a side").remove("delay");
        side
    };
    let paths = report["paths"].as_array().expect("paths").iter();
    paths
        .map(|path| json!([side(&path["to_peer"]), side(&path["to_client"])]))
        .collect()
}

/// How often each claim came to each verdict.
fn judged(report: &Value) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for judged in report["claims"].as_array().expect("claims") {
        let text = |member: &str| judged[member].as_str().expect("text").to_owned();
        *counts.entry((text("id"), text("verdict"))).or_default() += 1;
    }
    counts
}

fn anomalies(report: &Value) -> Vec<&str> {
    let all = report["anomalies"].as_array().expect("anomalies").iter();
    all.map(|odd| odd["kind"].as_str().expect("text")).collect()
}

#[test]
fn the_same_is_proven_over_tcp_as_over_udp_however_it_is_cut() {
    for name in CALLS {
        let records = records(name);
        let over_udp = report_of_records(&records);
        for cut in CUTS {
            let over_tcp = report_of_records(&over_tcp(&records, PORT, cut));
            assert_eq!(counted(&over_tcp), counted(&over_udp), "{name} {cut:?}");
            assert_eq!(judged(&over_tcp), judged(&over_udp), "{name} {cut:?}");
            assert_eq!(anomalies(&over_tcp), anomalies(&over_udp), "{name} {cut:?}");
            let flows = over_tcp["flows"].as_array().expect("flows").iter();
            let tcp = flows.filter(|flow| flow["transport"] == "tcp");
            assert!(tcp.clone().count() > 0 && tcp.clone().all(|flow| flow["kind"] == "turn"));
        }
    }
}

#[test]
fn the_same_is_proven_inside_tls_for_whom_has_its_keys() {
    for name in CALLS {
        let records = records(name);
        let (sealed, log) = over_tls(&over_tcp(&records, PORT, Cut::Whole), PORT);
        let mut tracker = Tracker::default();
        tracker.take_keys("keys.log", log.as_bytes());
        let opened = answer_with_keys(file(&sealed), &Question::default(), tracker);
        assert_eq!(
            counted(&opened),
            counted(&report_of_records(&records)),
            "{name}"
        );
        assert_eq!(anomalies(&opened), Vec::<&str>::new(), "{name}");
    }
}

/// The records of a TCP call without every so manieth frame of the legs.
fn with_losses(records: &[Record], every: usize) -> Vec<Record> {
    let all = over_tcp(records, PORT, Cut::Whole).into_iter().enumerate();
    // What was lost is a segment with a message: 60 octets hold none.
    let lost = |(n, record): &(usize, Record)| {
        record.octets[23] == 6 && record.octets.len() > 60 && n % every == 0
    };
    all.filter(|frame| !lost(frame))
        .map(|(_, record)| record)
        .collect()
}

#[test]
fn what_the_capture_lost_of_a_stream_is_told_and_refutes_nothing() {
    let records = records(CALLS[0]);
    for every in [40, 150, 700] {
        let report = report_of_records(&with_losses(&records, every));
        assert!(anomalies(&report).contains(&"tcp-gap"), "{every}");
        let forwards = verdicts(&report, "relay-forwards-unchanged");
        assert!(!forwards.is_empty(), "{every}");
        assert!(
            forwards
                .iter()
                .all(|(verdict, ..)| verdict == "inconclusive"),
            "{every}: {forwards:?}"
        );
    }
}

#[test]
fn a_connection_in_the_middle_of_a_call_is_read_from_the_next_check_on() {
    let all = over_tcp(&records(CALLS[1]), PORT, Cut::After(60));
    let report = report_of_records(&all[all.len() / 4..]);
    let flows = report["flows"].as_array().expect("flows").iter();
    let carried: u64 = flows
        .filter_map(|flow| flow["carried"]["rtp"].as_u64())
        .sum();
    assert!(carried > 1000, "{carried}");
    assert!(report["streams"].as_array().expect("streams").len() > 4);
}
