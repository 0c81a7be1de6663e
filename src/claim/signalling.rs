//! `keys-not-in-signalling`: does a session description carry a media key in clear?

use super::case::Case;
use super::catalogue::SIGNALLING;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::sample::Sample;
use crate::base::told::Told;

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let (mut keys, mut described, mut all) =
        (Sample::default(), Sample::default(), Sample::default());
    let mut suites = Vec::new();
    for call in &case.scene.calls {
        all.merge(&call.packets);
        for description in &call.descriptions {
            described.merge(&description.packets);
            let lines = description.media.iter().flat_map(|media| &media.crypto);
            let found: Vec<_> = lines.map(|line| line.suite.clone()).collect();
            if !found.is_empty() {
                keys.merge(&description.packets);
            }
            suites.extend(found);
        }
    }
    suites.sort();
    suites.dedup();
    let (mut verdict, found) = if let Some(keys) = Evidence::of(keys) {
        let words = format!("keys in clear for {}", suites.join(", "));
        (Verdict::Violated(keys), Told::plain(words))
    } else if let Some(described) = Evidence::of(described) {
        let words = format!(
            "{} messages with session descriptions",
            described.packets().total()
        );
        (Verdict::Holds(described), Told::plain(words))
    } else if let Some(all) = Evidence::of(all) {
        let words = "signalling, and no session description in it".into();
        (Verdict::Inconclusive(Gap::NoDescription, Some(all)), words)
    } else {
        return Vec::new();
    };
    // A snap length cuts every frame alike, and a key may stand beyond the cut.
    if case.tracker.totals().cut > 0 {
        verdict.doubt(Gap::CutFrames);
    }
    if !case.scene.facts.unread.is_empty() {
        verdict.doubt(Gap::UnreadConnection);
    }
    vec![case.judgement(
        &SIGNALLING,
        Scope::Capture,
        (verdict, found),
        "lines in clear",
    )]
}
