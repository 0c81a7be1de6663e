//! The report of a capture that goes on: a part for each call, and what changed since it was made.
//!
//! Only parts of which something changed are made anew. How many at once is for the caller to say,
//! who knows the time: those that waited longest come first.

mod event;
mod exposed;
mod json;
mod part;
mod rows;
mod servers;
mod sight;
mod text;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashMap;

pub use event::{Event, Talk, What};
pub use exposed::{Exposed, Found, LISTED};
pub use json::{line as json_line, report_line};
pub use part::{Granted, Judged, Part};
pub use rows::{FlowRow, PathRow, SideRow, StreamRow, Strip};
pub use servers::{Carried, LegRow, ServerRow};
pub use text::{line as text_line, subject as subject_words};

use super::{Question, default_observer};
use crate::base::time::Timestamp;
use crate::capture::CaptureSummary;
use crate::claim::Limits;
use crate::exposure::{Agreements, Vantage, Visibility};
use crate::flow::{Scene, Tracker};
use part::Stamp;

/// A call of which nothing was heard for so long has ended: consent to send expires after thirty
/// seconds (RFC 7675, section 5.1).
const SILENCE: Duration = Duration::from_secs(30);

/// The parts of a report that goes on.
#[derive(Debug, Default)]
pub struct Board {
    question: Question,
    parts: BTreeMap<u64, Entry>,
    terms: Option<Terms>,
    rounds: u64,
    /// The round from which on parts are judged as they are now.
    since: u64,
    /// Number of the call that is judged first of those that waited as long.
    first: u64,
    /// Calls that were known at the last update.
    calls: usize,
    /// Calls of which something changed, and whose parts are still to be made anew.
    waiting: usize,
    /// Calls that were forgotten after they had ended.
    forgotten: u64,
}

/// What every part is judged by.
#[derive(Debug, PartialEq)]
struct Terms {
    observer: Vantage,
    limits: Limits,
}

/// The calls of a capture, taken apart once for as many rounds as it stays as it is.
#[derive(Debug)]
pub struct Calls<'t> {
    whole: Scene<'t>,
    each: Vec<(Scene<'t>, Stamp)>,
    agreements: OnceCell<Arc<Agreements<'t>>>,
}

#[derive(Debug)]
struct Entry {
    part: Arc<Part>,
    stamp: Stamp,
    /// The round in which it was made.
    made: u64,
    ended: bool,
}

impl<'t> Calls<'t> {
    /// Those that `tracker` knows.
    pub fn of(tracker: &'t Tracker) -> Self {
        let whole = Scene::whole(tracker);
        let stamped = |call| {
            let stamp = Stamp::of(&call);
            (call, stamp)
        };
        Self {
            each: whole.by_call().into_iter().map(stamped).collect(),
            whole,
            agreements: OnceCell::new(),
        }
    }

    /// Who agreed on keys, sorted when somebody asks.
    pub fn agreements(&self) -> &Arc<Agreements<'t>> {
        let sort = || Arc::new(Agreements::new(&self.whole));
        self.agreements.get_or_init(sort)
    }
}

impl Board {
    /// A board on which nothing stands yet.
    pub fn new(question: Question) -> Self {
        Self {
            question,
            ..Self::default()
        }
    }

    /// The parts, in the order in which their calls appeared.
    pub fn parts(&self) -> impl Iterator<Item = &Arc<Part>> {
        self.parts.values().map(|entry| &entry.part)
    }

    /// For whom the parts are judged; the path of the client until a relay is seen.
    pub fn observer(&self) -> Vantage {
        let terms = self.terms.as_ref();
        terms.map_or(Vantage::PathClient, |terms| terms.observer)
    }

    /// Judges for another observer, from the next update on; first of all this call, and those
    /// behind it.
    pub const fn observe(&mut self, observer: Vantage, first: u64) {
        self.question.observer = Some(observer);
        self.first = first;
    }

    /// Calls that were known at the last update, with those that have no part yet.
    pub const fn calls(&self) -> usize {
        self.calls
    }

    /// Parts that were still to be made anew after the last update.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Calls on the board that have not ended.
    pub fn live_calls(&self) -> usize {
        let live = |entry: &&Entry| !entry.ended && entry.part.parties.is_some();
        self.parts.values().filter(live).count()
    }

    /// Calls that are on the board or were on it.
    pub fn all_calls(&self) -> u64 {
        let talks = self.parts.values().filter(|e| e.part.parties.is_some());
        self.forgotten + talks.count() as u64
    }

    /// Makes up to `most` parts anew of which something changed until `now`, and tells what changed.
    pub fn update(
        &mut self,
        tracker: &Tracker,
        capture: &CaptureSummary,
        at_most: (Timestamp, usize),
    ) -> Vec<Event> {
        self.round(&Calls::of(tracker), capture, at_most)
    }

    /// The same, of calls that were taken apart before.
    pub fn round(
        &mut self,
        calls: &Calls<'_>,
        capture: &CaptureSummary,
        (now, most): (Timestamp, usize),
    ) -> Vec<Event> {
        self.rounds += 1;
        let observer = self.question.observer;
        let terms = Terms {
            observer: observer.unwrap_or_else(|| default_observer(&calls.whole)),
            limits: self.question.limits(capture),
        };
        if self.terms.as_ref() != Some(&terms) {
            self.since = self.rounds;
        }
        let known = self.terms.as_ref().map(|terms| &terms.limits.losses);
        let calls = calls.each.as_slice();
        let mut news = News {
            now,
            events: Vec::new(),
        };
        for loss in &terms.limits.losses {
            if !known.is_some_and(|known| known.contains(loss)) {
                news.events.push(Event {
                    time: now,
                    call: None,
                    what: What::PacketsLost(*loss),
                });
            }
        }
        let absorbed = self.let_go(calls, &mut news);
        let due = self.due(calls);
        self.calls = calls.len();
        self.waiting = due.len().saturating_sub(most);
        for (call, stamp) in due.into_iter().take(most) {
            let part = Part::of(call, terms.observer, &terms.limits);
            let before = self.parts.get(&part.call).map(|entry| &entry.part);
            let before: Vec<_> = before.into_iter().chain(absorbed.get(&part.call)).collect();
            news.compare(&before, &part);
            let entry = Entry {
                stamp: stamp.clone(),
                made: self.rounds,
                ended: false,
                part: Arc::new(part),
            };
            self.parts.insert(entry.part.call, entry);
        }
        self.end(&mut news);
        self.terms = Some(terms);
        news.events
    }

    /// The calls of which something changed, those first that waited longest; of these the one that
    /// somebody looks at, and those behind it.
    fn due<'s, 't>(&self, calls: &'s [(Scene<'t>, Stamp)]) -> Vec<&'s (Scene<'t>, Stamp)> {
        let mut due: Vec<_> = calls
            .iter()
            .filter_map(|stamped| {
                let (call, stamp) = stamped;
                let known = self.parts.get(&call.number());
                let stale = |entry: &Entry| entry.made < self.since || entry.stamp != *stamp;
                let changed = known.is_none_or(stale);
                // All that was judged otherwise waits alike, however long ago that was.
                let made = known.map_or(0, |entry| entry.made.max(self.since));
                changed.then(|| (made, call.number() < self.first, call.number(), stamped))
            })
            .collect();
        due.sort_by_key(|(made, is_before, number, _)| (*made, *is_before, *number));
        due.into_iter().map(|(.., stamped)| stamped).collect()
    }

    /// Takes parts away whose call is no longer known by their number: forgotten by the tracker, or
    /// found to be one with another call, by whose number those are returned.
    fn let_go(
        &mut self,
        calls: &[(Scene<'_>, Stamp)],
        news: &mut News,
    ) -> BTreeMap<u64, Arc<Part>> {
        let known: std::collections::BTreeSet<_> =
            calls.iter().map(|(call, _)| call.number()).collect();
        let mut absorbed = BTreeMap::new();
        let gone: Vec<_> = self.parts.keys().filter(|n| !known.contains(n)).collect();
        let gone: Vec<u64> = gone.into_iter().copied().collect();
        for number in gone {
            let Some(entry) = self.parts.remove(&number) else {
                continue;
            };
            let holds = |call: &&Scene<'_>| call.flows.iter().any(|flow| flow.id == number);
            if let Some(call) = calls.iter().map(|(call, _)| call).find(holds) {
                absorbed.insert(call.number(), entry.part);
                continue;
            }
            if entry.part.parties.is_some() {
                self.forgotten += 1;
                news.tell(number, What::CallForgotten);
            }
        }
        absorbed
    }

    fn end(&mut self, news: &mut News) {
        for (number, entry) in &mut self.parts {
            let silent = news.now.since(entry.part.last) > SILENCE;
            if silent && !entry.ended {
                entry.ended = true;
                if entry.part.parties.is_some() {
                    news.tell(*number, What::CallEnded(Arc::clone(&entry.part)));
                }
            }
        }
    }
}

/// What is told in one round.
struct News {
    now: Timestamp,
    events: Vec<Event>,
}

impl News {
    fn tell(&mut self, call: u64, what: What) {
        self.events.push(Event {
            time: self.now,
            call: Some(call),
            what,
        });
    }

    /// Tells what a part says that those before it did not.
    fn compare(&mut self, before: &[&Arc<Part>], part: &Part) {
        let call = part.call;
        for granted in &part.allocations {
            let known = |old: &&Arc<Part>| old.allocations.iter().any(|a| a.id == granted.id);
            if !before.iter().any(known) {
                self.tell(call, What::AllocationCreated(granted.clone()));
            }
        }
        if part.parties.is_some() && before.iter().all(|old| old.parties.is_none()) {
            self.tell(call, What::CallBegan(part.talk()));
        }
        for exposed in &part.exposures {
            let known = |old: &&Arc<Part>| {
                let mut all = old.exposures.iter();
                all.any(|e| e.item == exposed.item && e.visibility == exposed.visibility)
            };
            if exposed.visibility == Visibility::Readable && !before.iter().any(known) {
                self.tell(
                    call,
                    What::ExposureFirstSeen(part.observer, exposed.clone()),
                );
            }
        }
        let known = before.iter().flat_map(|old| &old.claims);
        let known: HashMap<_, _> = known
            .map(|judged| (judged.of(), judged.judgement.verdict.name()))
            .collect();
        for judged in &part.claims {
            let old = known.get(&judged.of()).copied();
            if old == Some(judged.judgement.verdict.name()) {
                continue;
            }
            if judged.proves_path() {
                self.tell(call, What::PathProven(judged.clone()));
            }
            self.tell(call, What::ClaimChanged(old, judged.clone()));
        }
    }
}
