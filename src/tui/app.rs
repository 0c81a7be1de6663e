//! The state of the screen.

use std::sync::Arc;

use hashbrown::HashMap;

use super::kept::Kept;
use super::snapshot::Snapshot;
use super::summary::Summary;
use super::table::{Key, Row, Table, Tone};
use super::view;
use crate::exposure::Vantage;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// What is read, what is sealed, and how the claims stand.
    #[default]
    Overview,
    /// Allocations and paths.
    Relay,
    /// Flows.
    Flows,
    /// Streams.
    Streams,
    /// Packets.
    Packets,
    /// Claims.
    Claims,
}

/// The state of the screen.
#[derive(Debug, Clone, Default)]
pub struct App {
    /// What is shown.
    pub view: View,
    /// Where each view stands.
    pub lists: [List; 6],
    /// The only call that is shown; `None` for all.
    pub call: Option<u64>,
    /// The filter: rows without this text are not shown.
    pub filter: String,
    /// Whether the filter is being typed.
    pub typing: bool,
    /// Whether the keys are shown, and by how many lines they are scrolled.
    pub help: Option<usize>,
    /// Whether the screen stands still.
    pub paused: bool,
    /// The number of the packet that is looked at; 0 before any was.
    pub packet: u64,
    /// What the observer before this one saw, until the next key.
    pub before: Option<Before>,
    /// The view from which evidence was followed to its packet.
    pub from: Option<View>,
    /// Something to tell in the footer until the next key.
    pub message: Option<String>,
    /// What the last drawing found out about its room.
    pub room: Room,
    tables: Kept<Order, Table>,
    summaries: Kept<Option<u64>, Summary>,
}

/// What the shown view lists of its rows, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Order {
    view: View,
    call: Option<u64>,
    filter: String,
    sort: Option<usize>,
}

/// Where a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct List {
    /// What is chosen; `None` for the first row.
    pub chosen: Option<Key>,
    /// Where it stood when it was chosen.
    pub row: usize,
    /// The column by which it is sorted; `None` in the order of appearance.
    pub sort: Option<usize>,
    /// Whether the chosen row is shown whole.
    pub open: bool,
    /// Lines by which the opened row is scrolled.
    pub scroll: usize,
}

/// What an observer saw: how each row stood.
#[derive(Debug, Clone)]
pub struct Before {
    /// The observer.
    pub observer: Vantage,
    states: HashMap<Key, Tone>,
    /// What it read, by the items of the overview.
    read: Vec<&'static str>,
}

/// The room of the last drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room {
    /// Columns of the screen.
    pub width: u16,
    /// Lines of the body.
    pub height: usize,
    /// By how many lines an opened row or the help can be scrolled.
    pub beyond: usize,
}

impl View {
    /// All of them, in the order of their keys.
    pub const ALL: [Self; 6] = [
        Self::Overview,
        Self::Relay,
        Self::Flows,
        Self::Streams,
        Self::Packets,
        Self::Claims,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Relay => "Relay",
            Self::Flows => "Flows",
            Self::Streams => "Streams",
            Self::Packets => "Packets",
            Self::Claims => "Claims",
        }
    }

    /// The one after it, or before it.
    pub(super) fn beside(self, after: bool) -> Self {
        let count = Self::ALL.len();
        let place = Self::ALL.iter().position(|view| *view == self);
        let step = if after { 1 } else { count - 1 };
        let place = (place.unwrap_or(0) + step) % count;
        Self::ALL.get(place).copied().unwrap_or_default()
    }
}

impl Before {
    /// In the view that is shown: another one is shown by a key, which ends the comparison.
    pub(super) fn of(snapshot: &Snapshot, app: &App) -> Self {
        let states = |rows: &[Row]| rows.iter().map(|row| (row.key, row.state)).collect();
        let summary = (app.view == View::Overview).then(|| app.summary(snapshot));
        Self {
            observer: snapshot.observer,
            states: match &summary {
                Some(summary) => states(&summary.rows()),
                None => states(&app.table(snapshot).rows),
            },
            read: summary.map_or_else(Vec::new, |summary| summary.read().collect()),
        }
    }

    /// What it read on the overview, and the observer of now does not.
    pub(super) fn gone(&self, snapshot: &Snapshot, app: &App) -> Vec<&'static str> {
        let summary = app.summary(snapshot);
        let mut read = self.read.clone();
        read.retain(|item| summary.read().all(|still| still != *item));
        read
    }

    /// Whether a row stands otherwise than for the observer before, or did not stand there.
    fn differs(&self, row: &Row) -> bool {
        self.states.get(&row.key) != Some(&row.state)
    }
}

impl App {
    /// Where the shown view stands.
    pub const fn list(&self) -> List {
        let mut lists = self.lists;
        *of_view(&mut lists, self.view)
    }

    pub(super) const fn list_mut(&mut self) -> &mut List {
        of_view(&mut self.lists, self.view)
    }

    /// What the shown view lists, as it stands: of one call or all, filtered and sorted.
    pub fn table(&self, snapshot: &Snapshot) -> Arc<Table> {
        let order = Order {
            view: self.view,
            call: self.call,
            filter: self.filter.clone(),
            sort: self.list().sort,
        };
        self.tables.get(snapshot, order, |order| {
            let value = |row: &Row, column| view::value(snapshot, row, column);
            view::table(order.view, snapshot)
                .of_call(order.call)
                .with_text(&order.filter, value)
                .sorted(order.sort, value)
        })
    }

    /// What the overview shows: of one call or all.
    pub(super) fn summary(&self, snapshot: &Snapshot) -> Arc<Summary> {
        let make = |call: &_| Summary::of(snapshot, *call);
        self.summaries.get(snapshot, self.call, make)
    }

    /// Whether a row stands otherwise for this observer than for the one before.
    pub fn is_changed(&self, row: &Row, snapshot: &Snapshot) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| before.observer != snapshot.observer && before.differs(row))
    }
}

/// The list of a view.
const fn of_view(lists: &mut [List; 6], view: View) -> &mut List {
    let [overview, relay, flows, streams, packets, claims] = lists;
    match view {
        View::Overview => overview,
        View::Relay => relay,
        View::Flows => flows,
        View::Streams => streams,
        View::Packets => packets,
        View::Claims => claims,
    }
}
