//! A capture judged call by call comes to the verdicts of the capture judged as a whole.

mod common;

use std::collections::BTreeMap;

use common::captures;
use relayscope::capture::FileSource;
use relayscope::claim::{Limits, Scope, Subject, judge};
use relayscope::exposure::{Exposure, Protections, Vantage, ledger};
use relayscope::flow::{Scene, Tracker};
use relayscope::run::track;

/// Verdicts by claim and by what they speak of, with what was found.
type Verdicts = BTreeMap<(&'static str, Subject), String>;

/// The verdicts of one scene, but for those that speak of several calls at once.
fn verdicts(scene: &Scene<'_>, observer: Vantage) -> Verdicts {
    let protections = Protections::new(scene);
    let judged = judge(scene, &protections, observer, Limits::default()).into_iter();
    let of_one = judged.filter(|j| !matches!(j.scope, Scope::Server(_) | Scope::Capture));
    let named = of_one.map(|judged| {
        let subject = Subject::of(judged.scope, scene).expect("a member of the scene");
        let found = format!("{:?} {:?}", judged.verdict, judged.found);
        ((judged.claim.id, subject), found)
    });
    named.collect()
}

fn entries(scene: &Scene<'_>, observer: Vantage) -> Vec<String> {
    let words = |entry: Exposure| format!("{entry:?}");
    let protections = Protections::new(scene);
    ledger(scene, &protections, observer).map(words).collect()
}

/// Compares both ways to judge; returns how many calls there are.
fn same(name: &str, tracker: &Tracker) -> usize {
    let whole = Scene::whole(tracker);
    let calls = whole.by_call();
    for observer in Vantage::ALL {
        let parts = calls.iter().map(|call| verdicts(call, observer));
        let parts: Verdicts = parts.flatten().collect();
        assert_eq!(
            parts,
            verdicts(&whole, observer),
            "{name}, {}",
            observer.name()
        );
        let all = entries(&whole, observer);
        for entry in calls.iter().flat_map(|call| entries(call, observer)) {
            assert!(all.contains(&entry), "{name}: {entry}");
        }
    }
    calls.len()
}

#[test]
fn every_shipped_capture_is_judged_alike_by_call_and_as_a_whole() {
    let mut several = 0;
    for path in captures() {
        let tracker = track(&mut FileSource::open(&path).expect("a capture")).expect("readable");
        several += usize::from(same(&path.display().to_string(), &tracker) > 1);
    }
    assert!(several > 0, "no capture holds more than one call");
}
