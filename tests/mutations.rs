//! A real call with one thing changed: what the comparison must say of it.
//!
//! The call is `one-client-relayed.pcap`: alice's leg is ChannelData, bob's is bare.

mod common;

use common::{Record, records, report_of, report_of_records, verdicts};
use serde_json::Value;

const CALL: &str = "one-client-relayed.pcap";
const CLAIM: &str = "relay-forwards-unchanged";
/// Where the UDP payload begins in these frames.
const PAYLOAD: usize = 14 + 20 + 8;
/// The header of ChannelData.
const CHANNEL: usize = 4;

fn port(record: &Record, at: usize) -> u16 {
    u16::from_be_bytes([record.octets[at], record.octets[at + 1]])
}

fn is_server_port(record: &Record) -> bool {
    port(record, 34) == 3478 || port(record, 36) == 3478
}

/// Whether a record is ChannelData whose first octet inside satisfies `inside`.
fn carries(record: &Record, inside: impl Fn(u8, u8) -> bool) -> bool {
    let payload = &record.octets[PAYLOAD..];
    is_server_port(record)
        && payload.len() > CHANNEL + 20
        && payload[0] == 0x40
        && inside(payload[CHANNEL], payload[CHANNEL + 1])
}

/// Bare media on the way from the relay or to it.
fn is_bare_media(record: &Record) -> bool {
    !is_server_port(record)
        && record.octets.len() > PAYLOAD + 20
        && record.octets[PAYLOAD] >> 6 == 2
}

/// Number of the first record after the handshake for which `wanted` holds.
fn find(records: &[Record], wanted: impl Fn(&Record) -> bool) -> usize {
    records.iter().position(wanted).expect("the call has one") + 1
}

fn only(report: &Value) -> (String, Vec<u64>, Option<String>) {
    let all = verdicts(report, CLAIM);
    assert_eq!(all.len(), 1, "{all:?}");
    all.into_iter().next().expect("one")
}

/// Alters one octet of the carried datagram in `number`, at `offset` inside it.
fn altered(number: usize, offset: usize) -> Value {
    let mut records = records(CALL);
    records[number - 1].octets[PAYLOAD + CHANNEL + offset] ^= 0x01;
    report_of_records(&records)
}

fn assert_names(report: &Value, number: usize) {
    let (verdict, packets, _) = only(report);
    assert_eq!(verdict, "violated");
    assert!(
        packets.contains(&(number as u64)),
        "packet {number} is not among {packets:?}"
    );
}

#[test]
fn the_call_as_it_was_holds() {
    let (verdict, packets, gap) = only(&report_of_records(&records(CALL)));
    assert_eq!((verdict.as_str(), gap), ("holds", None));
    assert!(!packets.is_empty());
}

#[test]
fn an_octet_altered_anywhere_inside_is_a_violation_that_names_its_packet() {
    let records = records(CALL);
    let rtp = find(&records, |r| {
        carries(r, |a, b| a >> 6 == 2 && !(192..=223).contains(&b))
    });
    let report = find(&records, |r| {
        carries(r, |a, b| a >> 6 == 2 && (192..=223).contains(&b))
    });
    let dtls = find(&records, |r| carries(r, |a, _| (20..64).contains(&a)));
    let stun = find(&records, |r| carries(r, |a, _| a < 4));
    let len = records[rtp - 1].octets.len() - PAYLOAD - CHANNEL;
    for (number, offset) in [
        (rtp, 1),
        (rtp, 5),
        (rtp, len - 1),
        (report, 9),
        (report, 20),
        (dtls, 13),
        (stun, 25),
    ] {
        assert_names(&altered(number, offset), number);
    }
}

#[test]
fn a_sequence_number_altered_is_still_a_violation() {
    let records = records(CALL);
    let rtp = find(&records, |r| {
        carries(r, |a, b| a >> 6 == 2 && !(192..=223).contains(&b))
    });
    assert_names(&altered(rtp, 3), rtp);
}

#[test]
fn a_datagram_injected_on_either_side_is_a_violation() {
    let original = records(CALL);
    let middle = original.len() / 2;
    for side in [is_bare_media, |r: &Record| {
        carries(r, |a, _| a >> 6 == 2) && port(r, 34) == 3478
    }] {
        let leaving = original[middle..].iter().position(|record| {
            side(record) && (is_server_port(record) || record.octets[26..30] == [10, 77, 0, 10])
        });
        let at = middle + leaving.expect("media leaves");
        let mut records = original.clone();
        let mut injected = records[at].clone();
        injected.octets[PAYLOAD + 8..]
            .iter_mut()
            .for_each(|octet| *octet = !*octet);
        records.insert(at + 1, injected);
        assert_names(&report_of_records(&records), at + 2);
    }
}

#[test]
fn an_entering_datagram_deleted_does_not_hold() {
    let mut records = records(CALL);
    let at = records.len() / 2
        + records[records.len() / 2..]
            .iter()
            .position(|r| carries(r, |a, _| a >> 6 == 2) && port(r, 36) == 3478)
            .expect("media enters");
    records.remove(at);
    assert_ne!(only(&report_of_records(&records)).0, "holds");
}

#[test]
fn a_datagram_sent_twice_is_counted_and_still_holds() {
    let mut records = records(CALL);
    let at = records.len() / 2
        + records[records.len() / 2..]
            .iter()
            .position(|r| is_bare_media(r) && r.octets[26..30] == [10, 77, 0, 10])
            .expect("media leaves");
    let mut copy = records[at].clone();
    copy.micros += 10;
    records.insert(at + 1, copy);
    let report = report_of_records(&records);
    assert_eq!(only(&report).0, "holds");
    assert_eq!(report["paths"][0]["to_peer"]["duplicated"], 1);
    assert_eq!(report["paths"][0]["to_peer"]["altered"], 0);
}

#[test]
fn with_one_leg_removed_it_cannot_be_told() {
    let bare_gone: Vec<_> = records(CALL).into_iter().filter(is_server_port).collect();
    let no_data = |r: &Record| !carries(r, |_, _| true);
    let data_gone: Vec<_> = records(CALL).into_iter().filter(no_data).collect();
    for left in [bare_gone, data_gone] {
        let (verdict, _, gap) = only(&report_of_records(&left));
        assert_eq!(verdict, "inconclusive");
        assert!(gap.is_some());
    }
}

#[test]
fn with_every_packet_removed_nothing_is_exercised() {
    let report = report_of_records(&[]);
    assert_eq!(report["claims"].as_array().map(Vec::len), Some(0));
    assert_eq!(report["summary"]["claims"][CLAIM]["not-exercised"], 1);
}

#[test]
fn a_capture_that_begins_mid_call_does_not_hold() {
    let records = records(CALL);
    let report = report_of_records(&records[records.len() / 2..]);
    let all = verdicts(&report, CLAIM);
    assert!(
        all.iter().all(|(verdict, _, _)| verdict == "inconclusive"),
        "{all:?}"
    );
}

#[test]
fn what_leaves_while_the_entering_leg_is_not_captured_was_not_made_up() {
    let whole = records(CALL);
    let third = whole.len() / 3;
    // The bare leg ends before the call, or stops for longer than the window.
    for missing in [2 * third..usize::MAX, third..2 * third] {
        let mut place = 0;
        let mut records = whole.clone();
        records.retain(|record| {
            place += 1;
            is_server_port(record) || !missing.contains(&place)
        });
        let (verdict, _, gap) = only(&report_of_records(&records));
        assert_eq!(verdict, "inconclusive", "{missing:?}");
        assert!(gap.expect("a gap").contains("not captured whole"));
    }
}

#[test]
fn a_file_cut_in_the_middle_is_analysed_to_the_cut_and_says_so() {
    let whole = file_of_call();
    let report = report_of(whole[..whole.len() / 2].to_vec());
    let told = report["capture"]["ended_early"].as_str().expect("told");
    assert!(told.contains("in the middle of a packet"), "{told}");
    assert_eq!(only(&report).0, "holds");
}

fn file_of_call() -> Vec<u8> {
    common::file(&records(CALL))
}

#[test]
fn frames_cut_by_the_snap_length_never_hold() {
    for limit in [0, 20, 42, 46, 54, 58, 70, 90, 120] {
        let mut records = records(CALL);
        for record in &mut records {
            record.octets.truncate(limit);
        }
        let all = verdicts(&report_of_records(&records), CLAIM);
        assert!(
            all.iter().all(|(verdict, _, _)| verdict != "holds"),
            "at {limit}: {all:?}"
        );
    }
}

#[test]
fn a_short_disorder_between_the_legs_is_no_violation() {
    let mut records = records(CALL);
    for at in (0..records.len() - 1).step_by(2) {
        records.swap(at, at + 1);
    }
    assert_eq!(only(&report_of_records(&records)).0, "holds");
}
