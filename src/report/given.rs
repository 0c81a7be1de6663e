//! Session descriptions that were given beside the capture, and of which calls they are.

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use super::json::evidence;
use super::text::thousands;
use super::tree::{Tree, json};
use crate::base::told::{Name, Told, told};
use crate::flow::{Bond, Given, GivenFault, MediaDescription};

/// What was given, a sentence for each file, and what could not be taken of it.
pub(super) fn sentences(report: &Report<'_>) -> Vec<String> {
    let mut files = BTreeMap::<&str, Vec<&Given>>::new();
    for given in &report.scene.given {
        let file = given.description.given_in().unwrap_or_default();
        files.entry(file).or_default().push(given);
    }
    let faults = report.scene.tracker.signalling().given_faults().iter();
    let faults = faults.map(|fault| report.show(told!["Of what was given, ", problem(fault), "."]));
    let files = files.into_iter();
    files
        .map(|(file, given)| report.show(sentence(file, &given)))
        .chain(faults)
        .collect()
}

fn sentence(file: &str, given: &[&Given]) -> Told {
    let bound = given.iter().filter(|given| !given.bonds.is_empty());
    let bonds: BTreeSet<Bond> = bound
        .clone()
        .flat_map(|given| &given.bonds)
        .copied()
        .collect();
    let by: Vec<_> = bonds.into_iter().map(Bond::name).collect();
    let count = match given.len() {
        1 => "1 session description was".to_owned(),
        count => format!("{} session descriptions were", thousands(count as u64)),
    };
    let of = match (bound.count(), given.len()) {
        (0, _) => ": nothing shows that they are of a call here.".to_owned(),
        (bound, all) if bound == all => {
            format!(", of calls here (by {}).", by.join(", "))
        }
        (bound, _) => format!(", {bound} of them of calls here (by {}).", by.join(", ")),
    };
    told![
        Told::plain(count),
        " given in ",
        Name::File.of(file),
        Told::plain(of)
    ]
}

fn problem(fault: &GivenFault) -> Told {
    let words = format!(": {}", fault.fault);
    told![Name::File.of(&*fault.file), Told::plain(words)]
}

/// The member `capture.given`.
pub(super) fn member(report: &Report<'_>) -> Tree {
    let faults = report.scene.tracker.signalling().given_faults().iter();
    let given = report.scene.given.iter();
    json!({
        "descriptions": given.map(|given| description(report, given)).collect::<Tree>(),
        "problems": faults.map(problem).collect::<Tree>(),
    })
}

fn description(report: &Report<'_>, given: &Given) -> Tree {
    let description = &given.description;
    let media = || description.media.iter().map(|media| &**media);
    let hashes = media().flat_map(|media| &media.fingerprints);
    let hashes: BTreeSet<_> = hashes
        .map(|hash| Name::Fingerprint.of(&hash.value))
        .collect();
    let suites: BTreeSet<_> = media().flat_map(suites).collect();
    let flows = given.flows.iter();
    let flows = flows.filter_map(|flow| Some(report.scene.tracker.flow(flow)?.id));
    let file = description.given_in().map(|file| Name::File.of(file));
    json!({
        "file": file,
        "media": media().map(|media| Told::plain(media.kind.clone())).collect::<Tree>(),
        "fingerprints": hashes.into_iter().collect::<Tree>(),
        "key_suites": suites.into_iter().map(|suite| Told::plain(suite.to_owned())).collect::<Tree>(),
        "candidates": media().map(|media| media.candidates.len() as u64).sum::<u64>(),
        "bound_by": given.bonds.iter().map(|bond| bond.name()).collect::<Tree>(),
        "flows": flows.collect::<BTreeSet<_>>().into_iter().collect::<Tree>(),
        "evidence": evidence(&description.packets),
    })
}

/// The suites for which a media line has a key.
fn suites(media: &MediaDescription) -> impl Iterator<Item = &str> {
    media.crypto.iter().map(|line| line.suite.as_str())
}
