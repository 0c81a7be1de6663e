//! What is made of a snapshot for the screen: once for as long as it stays as it is, since keys come
//! more often.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use super::snapshot::Snapshot;
use crate::base::time::Timestamp;
use crate::exposure::Vantage;
use crate::report::live::Part;
use crate::report::redact::Redactor;

/// The `T` that was last made of a snapshot, and the `W` that was wanted of it.
#[derive(Debug, Clone)]
pub(super) struct Kept<W, T>(RefCell<Option<Made<W, T>>>);

#[derive(Debug, Clone)]
struct Made<W, T> {
    of: Basis,
    wanted: W,
    thing: Arc<T>,
}

/// All of a snapshot that tables and sums are made of. Parts are not changed, but replaced.
#[derive(Debug, Clone)]
struct Basis {
    parts: Vec<Weak<Part>>,
    observer: Vantage,
    life: Option<(Timestamp, Timestamp)>,
    redactor: Weak<Redactor>,
}

impl<W, T> Default for Kept<W, T> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}

impl<W: PartialEq, T> Kept<W, T> {
    /// What `build` made of the same snapshot, or makes of this one.
    pub(super) fn get(
        &self,
        snapshot: &Snapshot,
        wanted: W,
        build: impl FnOnce(&W) -> T,
    ) -> Arc<T> {
        let known = self.0.take();
        let made = known
            .filter(|made| made.wanted == wanted && made.of.is_of(snapshot))
            .unwrap_or_else(|| Made {
                of: Basis::of(snapshot),
                thing: Arc::new(build(&wanted)),
                wanted,
            });
        let thing = Arc::clone(&made.thing);
        self.0.replace(Some(made));
        thing
    }
}

impl Basis {
    fn of(snapshot: &Snapshot) -> Self {
        Self {
            parts: snapshot.parts.iter().map(Arc::downgrade).collect(),
            observer: snapshot.observer,
            life: snapshot.life,
            redactor: Arc::downgrade(&snapshot.redactor),
        }
    }

    fn is_of(&self, snapshot: &Snapshot) -> bool {
        let same = |(own, other): (&Weak<Part>, &Arc<Part>)| own.as_ptr() == Arc::as_ptr(other);
        self.observer == snapshot.observer
            && self.life == snapshot.life
            && self.redactor.as_ptr() == Arc::as_ptr(&snapshot.redactor)
            && self.parts.len() == snapshot.parts.len()
            && self.parts.iter().zip(&snapshot.parts).all(same)
    }
}
