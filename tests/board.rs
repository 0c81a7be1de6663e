//! The report of a capture that goes on: what it tells on the way, and that it comes to the
//! verdicts of the whole.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{capture, follow};
use relayscope::base::label::Quiet;
use relayscope::base::time::Timestamp;
use relayscope::capture::{CaptureSummary, LinkType, RawPacket};
use relayscope::claim::{Subject, Verdict};
use relayscope::decode;
use relayscope::exposure::Vantage;
use relayscope::flow::Tracker;
use relayscope::report::live::{Event, What};
use relayscope::report::redact::Redactor;
use relayscope::report::{Question, Report, live};

/// The last verdict that was told of each claim and subject.
fn told(events: &[Event]) -> BTreeMap<(&'static str, Subject), &'static str> {
    let changed = events.iter().filter_map(|event| match &event.what {
        What::ClaimChanged(_, judged) => {
            let verdict = judged.judgement.verdict.name();
            Some(((judged.judgement.claim.id, judged.subject.clone()), verdict))
        }
        _ => None,
    });
    changed.collect()
}

#[test]
fn what_was_told_at_last_is_what_the_report_says() {
    for (step, most) in [(50, usize::MAX), (200, 1), (1_000_000, usize::MAX)] {
        let (tracker, board, events) = follow(&capture("one-client-relayed.pcap"), step, most);
        let summary = CaptureSummary::default();
        let report = Report::new(&summary, &tracker, &Question::default());
        let of_report = report.claims.iter().map(|judged| {
            let subject = Subject::of(judged.scope, &report.scene).expect("a member");
            ((judged.claim.id, subject), judged.verdict.name())
        });
        let of_report: BTreeMap<_, _> = of_report.collect();
        assert_eq!(board.observer(), report.observer);
        for (key, verdict) in &of_report {
            assert_eq!(
                told(&events).get(key),
                Some(verdict),
                "{key:?}, step {step}"
            );
        }
    }
}

#[test]
fn the_story_of_a_call_is_told_in_its_order() {
    let (_, _, events) = follow(&capture("one-client-relayed.pcap"), 20, usize::MAX);
    let first = |name: &str| {
        let place = events.iter().position(|event| event.what.name() == name);
        place.unwrap_or_else(|| panic!("nothing tells {name}"))
    };
    assert!(first("allocation-created") < first("call-began"));
    assert!(first("call-began") < first("path-proven"));
    assert!(first("exposure-first-seen") < first("path-proven"));
    let proven = events.iter().filter_map(|event| match &event.what {
        What::PathProven(judged) => Some(&judged.judgement.verdict),
        _ => None,
    });
    for verdict in proven {
        let Verdict::Holds(evidence) = verdict else {
            panic!("a path is proven by {verdict:?}");
        };
        assert!(evidence.packets().total() >= 2);
    }
}

/// A round at the end of the capture, over all calls.
fn last(tracker: &Tracker) -> (Timestamp, usize) {
    (tracker.totals().last.unwrap_or_default(), usize::MAX)
}

#[test]
fn a_part_of_which_nothing_changed_is_not_made_anew() {
    let (tracker, mut board, _) = follow(&capture("one-client-relayed.pcap"), 100, usize::MAX);
    let before: Vec<_> = board.parts().map(Arc::clone).collect();
    let events = board.update(&tracker, &CaptureSummary::default(), last(&tracker));
    assert!(events.is_empty(), "{events:?}");
    assert!(before.len() > 1);
    for (old, new) in before.iter().zip(board.parts()) {
        assert!(Arc::ptr_eq(old, new));
    }
}

/// What bears on every verdict reaches the calls of which nothing was heard since, too.
#[test]
fn a_frame_that_was_cut_elsewhere_is_doubt_in_every_call() {
    let (mut tracker, mut board, _) = follow(&capture("one-client-relayed.pcap"), 100, usize::MAX);
    let question = Question {
        observer: Some(Vantage::PathPeer),
        ..Question::default()
    };
    board.observe(Vantage::PathPeer, 0);
    board.update(&tracker, &CaptureSummary::default(), last(&tracker));
    let cut = RawPacket {
        number: tracker.totals().packets + 1,
        time: last(&tracker).0,
        wire_len: 1000,
        link: LinkType::ETHERNET,
        interface: 0,
        octets: &[0; 14],
    };
    tracker.packet(&cut, &decode::frame(&cut, &mut Quiet));
    let summary = CaptureSummary::default();
    let events = board.update(&tracker, &summary, last(&tracker));
    let report = Report::new(&summary, &tracker, &question);
    for judged in &report.claims {
        let subject = Subject::of(judged.scope, &report.scene).expect("a member");
        let parts = board.parts().flat_map(|part| &part.claims);
        let mut same =
            parts.filter(|j| j.judgement.claim.id == judged.claim.id && j.subject == subject);
        let on_board = same.next().expect("a verdict").judgement.verdict.name();
        assert_eq!(on_board, judged.verdict.name(), "{}", judged.claim.id);
    }
    let doubted = |event: &Event| matches!(&event.what, What::ClaimChanged(Some("holds"), _));
    assert!(
        events.iter().any(doubted),
        "nothing that held came into doubt"
    );
}

#[test]
fn what_was_lost_makes_what_held_inconclusive_and_is_told() {
    let (tracker, mut board, _) = follow(&capture("one-client-relayed.pcap"), 100, usize::MAX);
    let mut summary = CaptureSummary::default();
    summary.interfaces.push(relayscope::capture::Interface {
        source: 0,
        name: None,
        link: LinkType::ETHERNET,
        snap_len: None,
        dropped: Some(1),
    });
    let events = board.update(&tracker, &summary, last(&tracker));
    let doubted = events.iter().filter(|event| match &event.what {
        What::ClaimChanged(before, judged) => {
            *before == Some("holds") && judged.judgement.verdict.gap().is_some()
        }
        _ => false,
    });
    assert!(doubted.count() > 2);
}

#[test]
fn events_are_a_line_each_and_hide_names_where_asked() {
    let (_, _, events) = follow(&capture("one-client-relayed.pcap"), 100, usize::MAX);
    for redactor in [Redactor::off(), Redactor::keyed([7; 64])] {
        let (mut lines, mut objects) = (Vec::new(), Vec::new());
        for event in &events {
            live::text_line(event, &redactor, &mut lines).expect("memory");
            live::json_line(event, &redactor, &mut objects).expect("memory");
        }
        let (lines, objects) = (
            String::from_utf8(lines).expect("text"),
            String::from_utf8(objects).expect("text"),
        );
        assert_eq!(lines.lines().count(), events.len());
        assert_eq!(objects.lines().count(), events.len());
        for named in ["10.77.1.2", "alice"] {
            assert_eq!(lines.contains(named), !redactor.is_on(), "{named}");
            assert_eq!(objects.contains(named), !redactor.is_on(), "{named}");
        }
    }
}
