//! `keys-not-in-signalling`: does a session description carry a media key in clear?

use std::collections::BTreeSet;

use super::case::Case;
use super::catalogue::SIGNALLING;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::sample::Sample;
use crate::base::told::{Name, Told, told};
use crate::flow::SessionDescription;

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let Some((mut verdict, found)) = verdict(case) else {
        return Vec::new();
    };
    // A snap length cuts every frame alike, and a key may stand beyond the cut.
    if case.tracker.totals().cut > 0 {
        verdict.doubt(Gap::CutFrames);
    }
    let mut calls = case.scene.calls.iter();
    if calls.any(|call| call.undescribed.total() > 0) {
        verdict.doubt(Gap::Evicted);
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

fn verdict(case: &Case<'_>) -> Option<(Verdict, Told)> {
    let (mut keyed, mut described) = (Described::default(), Described::default());
    for description in case.scene.descriptions() {
        described.take(description);
        if description.carries_key() {
            keyed.take(description);
        }
    }
    if let Some(evidence) = Evidence::of(keyed.packets.clone()) {
        let found = told!["keys in clear for ", keyed.suites(), keyed.files()];
        return Some((Verdict::Violated(evidence), found));
    }
    let mut unbound = Described::default();
    let given = case.scene.given.iter();
    given
        .filter(|given| given.bonds.is_empty())
        .for_each(|given| unbound.take(&given.description));
    if !unbound.suites.is_empty() {
        let found = told!["keys in clear for ", unbound.suites(), unbound.files()];
        return Some((Verdict::Inconclusive(Gap::NotBound, None), found));
    }
    if let Some(evidence) = Evidence::of(described.packets.clone()) {
        return Some((Verdict::Holds(evidence), described.told()));
    }
    let mut all = Sample::default();
    let calls = case.scene.calls.iter();
    calls.for_each(|call| all.merge(&call.packets));
    if let Some(all) = Evidence::of(all) {
        let found = "signalling, and no session description in it".into();
        return Some((Verdict::Inconclusive(Gap::NoDescription, Some(all)), found));
    }
    (!unbound.given.is_empty()).then(|| {
        let found = told!["session descriptions", unbound.files()];
        (Verdict::Inconclusive(Gap::NotBound, None), found)
    })
}

/// Session descriptions together.
#[derive(Default)]
struct Described<'t> {
    packets: Sample,
    /// Messages that carried one.
    carried: u64,
    /// Files in which one was given.
    given: BTreeSet<&'t str>,
    /// Suites for which one has a key.
    suites: BTreeSet<&'t str>,
}

impl<'t> Described<'t> {
    fn take(&mut self, description: &'t SessionDescription) {
        self.packets.merge(&description.packets);
        match description.given_in() {
            Some(file) => drop(self.given.insert(file)),
            None => self.carried += description.packets.total(),
        }
        let lines = description.media.iter().flat_map(|media| &media.crypto);
        self.suites.extend(lines.map(|line| line.suite.as_str()));
    }

    /// How many they are, and where they stand.
    fn told(&self) -> Told {
        let carried = format!("{} messages with session descriptions", self.carried);
        match (self.carried, self.given.is_empty()) {
            (0, false) => told!["session descriptions", self.files()],
            (_, true) => Told::plain(carried),
            (_, false) => told![Told::plain(carried), ", and others", self.files()],
        }
    }

    fn suites(&self) -> Told {
        let suites: Vec<_> = self.suites.iter().copied().collect();
        Told::plain(suites.join(", "))
    }

    fn files(&self) -> Told {
        in_files(" given in ", &self.given)
    }
}

/// Files of session descriptions, behind words that lead to them; nothing where there are none.
pub(super) fn in_files<'f>(
    words: &'static str,
    files: impl IntoIterator<Item = &'f &'f str>,
) -> Told {
    let files: Vec<_> = files.into_iter().map(|file| Name::File.of(*file)).collect();
    if files.is_empty() {
        return Told::default();
    }
    told![words, Told::joined(files, ", ")]
}
