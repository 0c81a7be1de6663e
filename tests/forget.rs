//! What has fallen silent goes call by call, and what stays is judged as before.

mod common;

use std::time::Duration;

use common::copies::Call;
use common::{Record, records};
use relayscope::base::label::Quiet;
use relayscope::base::time::Timestamp;
use relayscope::capture::{CaptureSummary, LinkType, RawPacket};
use relayscope::decode;
use relayscope::flow::{Forgotten, Scene, Tracker};
use relayscope::report::{Question, Report, json};
use serde_json::Value;

const SECOND: u64 = 1_000_000;

/// Follows records whose packets are numbered from `first` on.
fn follow(tracker: &mut Tracker, records: &[Record], first: u64) {
    for (number, record) in (first..).zip(records) {
        let packet = RawPacket {
            number,
            time: time(record.micros),
            wire_len: record.wire_len,
            link: LinkType::ETHERNET,
            interface: 0,
            octets: &record.octets,
        };
        tracker.packet(&packet, &decode::frame(&packet, &mut Quiet));
    }
}

fn time(micros: u64) -> Timestamp {
    Timestamp(0).after(Duration::from_micros(micros))
}

fn report(tracker: &Tracker) -> Value {
    let summary = CaptureSummary::default();
    let report = Report::new(&summary, tracker, &Question::default());
    let mut object = Vec::new();
    json::write(&report, &mut object).expect("memory");
    serde_json::from_slice(&object).expect("JSON")
}

/// The call of one relayed client, at hosts of number `copy`, that begins so many seconds after the
/// epoch.
fn call(copy: u16, second: u64) -> Vec<Record> {
    Call::relayed(usize::MAX).copied(copy, second * SECOND)
}

/// A call of which nothing is heard from its sixth second to the fourth minute.
fn long_call() -> Vec<Record> {
    let mut call = call(2, 90);
    for record in &mut call {
        if record.micros > 96 * SECOND {
            record.micros += 240 * SECOND;
        }
    }
    call
}

/// What is claimed of a report, without the numbers that differ from report to report.
fn claims(tracker: &Tracker) -> Vec<Value> {
    let mut claims = report(tracker)["claims"].take();
    let claims = claims.as_array_mut().expect("claims");
    for claim in &mut *claims {
        claim["scope"]["id"].take();
    }
    std::mem::take(claims)
}

/// A time in that silence.
const SILENT: u64 = 200 * SECOND;

#[test]
fn a_call_that_ended_goes_whole_and_one_that_lives_is_judged_as_before() {
    let (mut both, mut alone) = (Tracker::default(), Tracker::default());
    follow(&mut both, &call(1, 60), 1);
    for tracker in [&mut both, &mut alone] {
        follow(tracker, &long_call(), 10_001);
        tracker.finish();
    }
    let before = claims(&both);
    both.forget(time(SILENT));
    // Two legs of the call that lives carried nothing, and go.
    alone.forget(time(SILENT));
    let after = claims(&both);
    assert_eq!(after, claims(&alone));
    let of_calls = |claim: &&Value| claim["scope"]["kind"] != "capture";
    assert!(after.iter().filter(of_calls).count() > 20);
    for claim in after.iter().filter(of_calls) {
        assert!(before.contains(claim), "{claim}");
    }
    assert!(after.iter().any(|claim| {
        claim["id"] == "relay-outside-key-agreement" && claim["verdict"] == "holds"
    }));
}

#[test]
fn what_went_is_counted_and_every_octet_is_told_or_forgotten() {
    let mut tracker = Tracker::default();
    let (ended, lives) = (call(1, 60), long_call());
    follow(&mut tracker, &ended, 1);
    follow(&mut tracker, &lives, 10_001);
    tracker.forget(time(SILENT));
    let gone = tracker.forgotten();
    // Two legs of the call that lives carried nothing: the client chose another.
    assert_eq!(gone.packets, ended.len() as u64 + 16);
    assert_eq!((gone.allocations, gone.pairs), (5, 2));
    assert!(gone.associations == 2 && gone.streams >= 6 && gone.senders > 0);
    assert!(tracker.evicted().iter().all(|(_, count)| *count == 0));
    let report = report(&tracker);
    let count = |value: &Value| value.as_u64().expect("a number");
    let told = report["octets"].as_object().expect("octets");
    assert_eq!(
        count(&report["octets"]["total"]) + gone.octets,
        count(&report["capture"]["octets"]),
        "{told:?}"
    );
    assert_eq!(report["capture"]["forgotten"]["flows"], gone.flows);
    let flows = report["flows"].as_array().expect("flows");
    assert!(flows.iter().all(|flow| count(&flow["id"]) > 4));
}

#[test]
fn nothing_goes_before_it_is_silent() {
    let mut tracker = Tracker::default();
    follow(&mut tracker, &call(1, 60), 1);
    let before = report(&tracker);
    tracker.forget(time(59 * SECOND));
    assert_eq!(report(&tracker), before);
    assert_eq!(tracker.forgotten(), Forgotten::default());
}

#[test]
fn the_same_ends_begin_anew_after_they_went() {
    let (mut again, mut once) = (Tracker::default(), Tracker::default());
    follow(&mut again, &call(1, 60), 1);
    again.forget(time(SILENT));
    assert!(again.flows().is_empty() && again.allocations().next().is_none());
    for tracker in [&mut again, &mut once] {
        follow(tracker, &call(1, 3_600), 10_001);
        tracker.finish();
    }
    assert_eq!(claims(&again), claims(&once));
    assert!(again.flows().iter().all(|flow| flow.id > 4));
}

#[test]
fn a_check_between_the_parties_stays_while_their_call_lives() {
    let mut call = long_call();
    let names = |record: &&Record, host: [u8; 4]| record.octets[26..30] == host;
    let check = call
        .iter()
        .find(|r| names(r, [20, 0, 2, 10]) && r.octets[42] == 0);
    let mut check = check.expect("a check from the relay to bob").clone();
    check.octets[26..30].copy_from_slice(&[21, 0, 2, 2]);
    call.insert(0, check);
    let mut tracker = Tracker::default();
    follow(&mut tracker, &call, 1);
    tracker.forget(time(SILENT));
    let claims = claims(&tracker);
    let only = claims.iter().find(|claim| claim["id"] == "relay-only");
    assert_eq!(only.expect("a session")["verdict"], "violated");
}

#[test]
fn who_else_spoke_with_a_relay_is_remembered() {
    let (client, relay) = ([21, 0, 2, 2].into(), [20, 0, 2, 10].into());
    let serves_only = |tracker: &Tracker| Scene::whole(tracker).facts.serves_only(relay, client);
    let mut tracker = Tracker::default();
    follow(&mut tracker, &long_call(), 10_001);
    assert!(!serves_only(&tracker), "bob speaks with it");
    let legs = long_call().into_iter().filter(|record| {
        let ends = [&record.octets[26..30], &record.octets[30..34]];
        ends.contains(&&[21, 0, 2, 2][..])
    });
    let mut tracker = Tracker::default();
    follow(&mut tracker, &legs.collect::<Vec<_>>(), 10_001);
    assert!(serves_only(&tracker));
    follow(&mut tracker, &call(66, 60)[..1], 1);
    assert!(!serves_only(&tracker));
    tracker.forget(time(SILENT));
    assert!(!serves_only(&tracker));
}

#[test]
fn an_allocation_in_use_stays_until_it_expires() {
    let mut granted = call(1, 60);
    let first_sent = granted.iter().position(|record| record.octets[42] == 0x40);
    granted.truncate(first_sent.expect("ChannelData"));
    let mut tracker = Tracker::default();
    follow(&mut tracker, &granted, 1);
    tracker.forget(time(70 * SECOND));
    assert_eq!(tracker.allocations().count(), 1);
    assert_eq!(tracker.flows().len(), 2);
    tracker.forget(time(3_600 * SECOND));
    assert_eq!(tracker.allocations().count(), 0);
    assert!(tracker.flows().is_empty() && tracker.legs().is_empty());
}

#[test]
fn what_signalling_said_stays_while_media_flow_at_its_addresses() {
    let mut records = records("sip-key-in-signalling.pcap");
    let begun = records[0].micros;
    for record in records.iter_mut().skip(1500) {
        record.micros += 3600 * SECOND;
    }
    records.truncate(1600);
    let mut tracker = Tracker::default();
    follow(&mut tracker, &records, 1);
    tracker.settle();
    let before = claims(&tracker);
    tracker.forget(time(begun + SILENT));
    assert_eq!(tracker.signalling().calls().len(), 1);
    assert_eq!(claims(&tracker), before);
    tracker.forget(time(begun + 2 * 3600 * SECOND));
    assert!(tracker.signalling().calls().is_empty() && tracker.flows().is_empty());
}
