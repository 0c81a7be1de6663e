//! The report of a capture, and its writers.
//!
//! Writers only say what was found; nothing is worked out while writing.

mod answer;
mod dialect;
pub mod extraction;
mod given;
pub mod json;
mod keys;
pub mod live;
mod look;
pub mod origin;
pub mod packets;
pub mod redact;
pub mod schema;
mod shown_keys;
pub mod text;
mod tree;

pub use look::{Explained, Opened, OpenedField, explained};

use crate::base::told::{Name, Told, told};
use crate::capture::{CaptureSummary, EndedEarly, Loss};
use crate::claim::{Judgement, Limits, judge};
use crate::exposure::{Exposure, Protections, Vantage, ledger};
use crate::flow::{Scene, ServerRole, Session, Tracker};
use redact::Redactor;

/// What is asked of a capture.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// For whom the claims are judged; the relay where one is seen.
    pub observer: Option<Vantage>,
    /// SHA-256 fingerprints of certificates that are known, in upper-case hexadecimal without
    /// colons.
    pub fingerprints: Vec<String>,
}

impl Question {
    /// What bounds the verdicts on this capture.
    fn limits(&self, capture: &CaptureSummary) -> Limits {
        Limits {
            losses: losses(capture),
            hidden: capture.hidden(),
            fingerprints: self.fingerprints.clone(),
        }
    }
}

/// For whom claims are judged where nobody says: whoever runs the relay, where one is seen, or the
/// server that forwards or mixes media.
fn default_observer(scene: &Scene<'_>) -> Vantage {
    if !scene.legs.is_empty() {
        return Vantage::Relay;
    }
    let mut roles = scene
        .media_servers()
        .filter_map(|(_, server)| server.role.ok());
    match roles.next() {
        Some(ServerRole::Sfu) => Vantage::Sfu,
        Some(ServerRole::Mcu) => Vantage::Mcu,
        _ => Vantage::PathClient,
    }
}

/// All that is told of one capture.
#[derive(Debug)]
pub struct Report<'t> {
    /// The files.
    pub capture: &'t CaptureSummary,
    /// Flows, allocations, paths, streams.
    pub scene: Scene<'t>,
    /// What guards each stream on the wire.
    pub protections: Protections<'t>,
    /// For whom the claims are judged.
    pub observer: Vantage,
    /// The claims.
    pub claims: Vec<Judgement>,
    /// What shows, or hides, whatever names somebody.
    pub redactor: Redactor,
    /// Whether keys are written too.
    pub shows_keys: bool,
}

impl<'t> Report<'t> {
    /// Makes the report once the whole capture was read.
    pub fn new(capture: &'t CaptureSummary, tracker: &'t Tracker, question: &Question) -> Self {
        let scene = Scene::whole(tracker);
        let observer = question.observer.unwrap_or(default_observer(&scene));
        let limits = question.limits(capture);
        let protections = Protections::new(&scene);
        let claims = judge(&scene, &protections, observer, limits);
        Self {
            capture,
            scene,
            protections,
            observer,
            claims,
            redactor: Redactor::off(),
            shows_keys: false,
        }
    }

    /// The same report, with the keys that opened media where `shows_keys`.
    #[must_use]
    pub fn with_keys(self, shows_keys: bool) -> Self {
        Self { shows_keys, ..self }
    }

    /// The same report, shown by `redactor`.
    #[must_use]
    pub fn shown_by(self, redactor: Redactor) -> Self {
        Self { redactor, ..self }
    }

    /// What is told, in words that may be written: every writer asks here for addresses, names
    /// and whatever is made of them.
    pub fn show(&self, told: impl Into<Told>) -> String {
        self.redactor.show(told)
    }

    /// Where and why files ended before their end, a sentence for each.
    pub fn ended_early(&self) -> impl Iterator<Item = Told> {
        self.capture.ended_early.iter().map(ended_early)
    }

    /// What `observer` reads, worked out while it is asked.
    pub fn ledger(&self, observer: Vantage) -> impl Iterator<Item = Exposure> {
        ledger(&self.scene, &self.protections, observer)
    }

    /// How often each verdict was given for a claim: holds, violated, inconclusive.
    pub fn tally(&self, id: &str) -> [u64; 3] {
        let count = |name: &str| {
            let of = |j: &&Judgement| j.claim.id == id && j.verdict.name() == name;
            self.claims.iter().filter(of).count() as u64
        };
        [count("holds"), count("violated"), count("inconclusive")]
    }

    /// Sessions in which media or a handshake passed.
    pub fn calls(&self) -> Vec<&Session> {
        self.scene.talks().collect()
    }

    /// Seconds from the first packet to the last, in milliseconds.
    pub fn milliseconds(&self) -> u128 {
        let totals = self.scene.tracker.totals();
        match (totals.first, totals.last) {
            (Some(first), Some(last)) => last.since(first).as_millis(),
            _ => 0,
        }
    }
}

/// When packets were lost, or may have been.
fn losses(capture: &CaptureSummary) -> Vec<Loss> {
    let mut losses = capture.losses.intervals().to_vec();
    // What is counted and lies in no interval may have been lost at any time.
    let untimed = capture.dropped().unwrap_or(0);
    let untimed = untimed.saturating_sub(capture.losses.packets());
    // What one of several files no longer holds is lost, for the others go on.
    let cut = match capture.sources.len() {
        0 | 1 => 0,
        _ => capture.ended_early.len() as u64,
    };
    if untimed > 0 || cut > 0 {
        losses.push(Loss::at_any_time(untimed.saturating_add(cut)));
    }
    losses
}

/// Where and why a file ended before its end, its name kept apart.
pub fn ended_early(early: &EndedEarly) -> Told {
    let sentence = early.to_string();
    match sentence.strip_prefix(&early.file) {
        Some(rest) => told![Name::File.of(&early.file), Told::plain(rest.to_owned())],
        None => Name::Text.of(sentence),
    }
}
