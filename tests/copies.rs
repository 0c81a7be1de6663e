//! A datagram that several interfaces of one capture saw counts once, and the report says so.

mod common;

use common::wrapped::{Order, fragmented};
use common::{Record, file, records, report_of, report_of_records, verdicts};
use serde_json::Value;

const CALL: &str = "one-client-relayed.pcap";

/// A pcapng file with two interfaces, each frame with the one on which it was captured.
fn pcapng(frames: &[(u32, Record)]) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let len = (body.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes(), &len[..], body, &len].concat()
    };
    let head = [[0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0], [0xFF; 8]].concat();
    let interface = block(1, &[1, 0, 0, 0, 0, 0, 4, 0]);
    let mut out = [block(0x0A0D_0D0A, &head), interface.clone(), interface].concat();
    for (interface, record) in frames {
        let (high, low) = (record.micros >> 32, record.micros & 0xFFFF_FFFF);
        let len = record.octets.len() as u32;
        let words = [*interface, high as u32, low as u32, len, record.wire_len];
        let mut body = words.map(u32::to_le_bytes).concat();
        body.extend(&record.octets);
        body.resize(body.len().next_multiple_of(4), 0);
        out.extend(block(6, &body));
    }
    out
}

/// The frame as the next interface sees it: other link addresses, one hop further, and a checksum
/// that a card has filled in.
fn forwarded(record: &Record) -> Record {
    let mut next = record.clone();
    next.micros += 20;
    next.octets[..12].copy_from_slice(&[2, 7, 7, 7, 7, 7, 2, 7, 7, 7, 7, 8]);
    let (hops, checksum) = if next.octets[12..14] == [0x08, 0x00] {
        (22, 40)
    } else {
        (21, 60)
    };
    next.octets[hops] -= 1;
    next.octets[checksum] ^= 0xFF;
    next
}

/// Every frame on the first interface, and then on the second.
fn doubled(records: &[Record]) -> Vec<(u32, Record)> {
    let both = |record: &Record| [(0, record.clone()), (1, forwarded(record))];
    records.iter().flat_map(both).collect()
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().expect("a list").iter()
}

/// The frames with UDP of a shipped capture.
fn datagrams(name: &str) -> Vec<Record> {
    let is_udp = |record: &Record| match record.octets[12..14] {
        [0x08, 0x00] => record.octets[23] == 17,
        [0x86, 0xDD] => record.octets[20] == 17,
        _ => false,
    };
    records(name).into_iter().filter(is_udp).collect()
}

/// What a report says, without the numbers of packets, which several interfaces change.
fn said(report: &Value) -> Value {
    let mut flows = report["flows"].clone();
    for flow in flows.as_array_mut().expect("a list") {
        let octets = &mut flow["octets_by_protection"];
        octets["copies"] = Value::Null;
        octets["total"] = Value::Null;
    }
    let stream = |stream: &Value| {
        let of = ["ssrc", "src", "dst", "kind", "packets", "octets", "lost"];
        let mut told: Vec<_> = of.map(|name| stream[name].clone()).into();
        told.push(stream["jitter"].clone());
        told.push(stream["protection"]["state"].clone());
        told.push(stream["rtcp"]["packets"].clone());
        told.into_iter().collect::<Value>()
    };
    let claim = |claim: &Value| -> Value {
        let of = ["id", "scope", "verdict", "gap"].map(|name| claim[name].clone());
        let total = claim["evidence"]["total"].clone();
        of.into_iter().chain([total]).collect()
    };
    let streams: Vec<_> = each(&report["streams"]).map(stream).collect();
    let claims: Vec<_> = each(&report["claims"]).map(claim).collect();
    serde_json::json!([
        report["summary"],
        report["paths"],
        report["sessions"],
        flows,
        streams,
        claims
    ])
}

/// Shows that both reports say the same, and that the frames of one were counted as copies.
fn assert_counted_once(once: &Value, twice: &Value, copies: &[Record]) {
    let (once_said, twice_said) = (said(once), said(twice));
    for (once, twice) in each(&once_said).zip(each(&twice_said)) {
        assert_eq!(once, twice);
    }
    assert_eq!(twice["capture"]["copies"], copies.len());
    let octets: u64 = copies.iter().map(|copy| u64::from(copy.wire_len)).sum();
    assert_eq!(twice["octets"]["copies"], octets);
    assert_eq!(twice["octets"]["total"], twice["capture"]["octets"]);
    for name in ["sealed", "clear_control", "clear_media_header", "unknown"] {
        assert_eq!(twice["octets"][name], once["octets"][name], "{name}");
    }
    let in_flows = each(&twice["flows"]).map(|flow| &flow["octets_by_protection"]["copies"]);
    let in_flows: u64 = in_flows.map(|n| n.as_u64().expect("a count")).sum();
    assert_eq!(in_flows, octets);
}

#[test]
fn a_call_that_two_interfaces_saw_is_told_as_one_saw_it() {
    for name in [
        CALL,
        "ipv6-client-ipv4-peer.pcap",
        "both-clients-one-relay.pcap",
    ] {
        let all = datagrams(name);
        let once = report_of_records(&all);
        let twice = report_of(pcapng(&doubled(&all)));
        assert_counted_once(&once, &twice, &all);
    }
}

#[test]
fn so_it_is_of_datagrams_in_fragments() {
    let all = fragmented(&datagrams(CALL), 64, Order::Backwards);
    let once = report_of_records(&all);
    let frames = all
        .iter()
        .flat_map(|record| [(0, record.clone()), (1, record.clone())]);
    let twice = report_of(pcapng(&frames.collect::<Vec<_>>()));
    assert_eq!(said(&once), said(&twice));
    assert_eq!(twice["capture"]["copies"], datagrams(CALL).len());
    assert_eq!(twice["octets"]["total"], twice["capture"]["octets"]);
}

#[test]
fn so_it_is_where_the_interfaces_were_written_in_batches() {
    let all = datagrams(CALL);
    let mut frames = Vec::new();
    // Every 300 ms the second interface is written before the first.
    for batch in all.chunk_by(|one, next| one.micros / 300_000 == next.micros / 300_000) {
        frames.extend(batch.iter().map(|record| (1, forwarded(record))));
        frames.extend(batch.iter().map(|record| (0, record.clone())));
    }
    let twice = report_of(pcapng(&frames));
    // What is written later is the copy, here the frame that came first.
    let once = report_of_records(&all.iter().map(forwarded).collect::<Vec<_>>());
    assert_counted_once(&once, &twice, &all);
}

/// Whether a frame is media from relay to peer, at least one second after `since`.
fn is_leaving_media(record: &Record, since: u64) -> bool {
    record.octets[26..30] == [10, 77, 0, 10]
        && record.octets[34..36] != [0x0D, 0x96]
        && record.octets[42] >> 6 == 2
        && record.micros > since + 1_000_000
}

fn duplicated(report: &Value) -> u64 {
    let ways = ["to_peer", "to_client"];
    let count = |path: &Value| -> u64 {
        let of = ways.map(|way| path[way]["duplicated"].as_u64().expect("a count"));
        of.iter().sum()
    };
    each(&report["paths"]).map(count).sum()
}

#[test]
fn what_a_relay_sends_twice_is_found_on_one_interface_and_on_two() {
    let all = datagrams(CALL);
    let since = all[0].micros;
    let mut with_duplicates = Vec::new();
    let mut some = 0;
    for record in &all {
        with_duplicates.push(record.clone());
        if some < 40 && is_leaving_media(record, since) {
            some += 1;
            let mut again = record.clone();
            again.micros += 30;
            with_duplicates.push(again);
        }
    }
    let once = report_of_records(&with_duplicates);
    let twice = report_of(pcapng(&doubled(&with_duplicates)));
    assert_eq!((duplicated(&once), duplicated(&twice)), (40, 40));
    assert_eq!(said(&once)[1], said(&twice)[1]);
}

#[test]
fn a_datagram_that_was_altered_between_two_interfaces_is_no_copy() {
    let all = datagrams(CALL);
    let since = all[0].micros;
    let mut frames = doubled(&all);
    let altered = frames.iter().position(|(interface, record)| {
        *interface == 1 && record.octets.len() > 500 && is_leaving_media(record, since)
    });
    let altered = altered.expect("media");
    *frames[altered].1.octets.last_mut().expect("octets") ^= 1;
    let report = report_of(pcapng(&frames));
    let (verdict, packets, _) = verdicts(&report, "relay-forwards-unchanged").remove(0);
    assert_eq!(verdict, "violated");
    assert!(packets.contains(&(altered as u64 + 1)), "{packets:?}");
}

/// A capture on `any`: each frame with a cooked header that tells interface and direction.
fn cooked(frames: &[(u32, Record)]) -> Vec<u8> {
    let cooked = |(interface, record): &(u32, Record)| {
        let mut octets = record.octets[12..14].to_vec();
        octets.extend([0, 0, 0, 0, 0, 2 + *interface as u8, 0, 1]);
        octets.extend([if *interface == 0 { 0 } else { 4 }, 6]);
        octets.extend(&record.octets[6..12]);
        octets.extend([0, 0]);
        octets.extend(&record.octets[14..]);
        Record {
            micros: record.micros,
            wire_len: record.wire_len + 6,
            octets,
        }
    };
    let mut out = file(&frames.iter().map(cooked).collect::<Vec<_>>());
    out[20..22].copy_from_slice(&276_u16.to_le_bytes());
    out
}

#[test]
fn a_cooked_capture_tells_its_interfaces_too() {
    let all = datagrams(CALL);
    let alone: Vec<_> = all.iter().map(|record| (0, record.clone())).collect();
    let once = report_of(cooked(&alone));
    let twice = report_of(cooked(&doubled(&all)));
    assert_eq!(once["capture"]["copies"], 0);
    assert_eq!(twice["capture"]["copies"], all.len());
    assert_eq!(said(&once), said(&twice));
}

#[test]
fn a_translated_address_is_told() {
    let all = datagrams(CALL);
    let client = [10, 77, 1, 2];
    let mut frames = Vec::new();
    let mut translated = 0;
    for record in all {
        let mut outside = forwarded(&record);
        let certain = record.octets[18..20] != [0, 0];
        for at in [26, 30] {
            if record.octets[at..at + 4] == client {
                outside.octets[at..at + 4].copy_from_slice(&[192, 0, 2, 9]);
                translated += u64::from(certain);
            }
        }
        frames.extend([(0, record), (1, outside)]);
    }
    let report = report_of(pcapng(&frames));
    assert!(translated > 1000);
    assert_eq!(report["capture"]["translated"], translated);
}
