//! The state of the screen, and what each action does to it.

use super::action::{Action, Effect};
use super::snapshot::Snapshot;
use super::table::Table;
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
    /// The filter: rows without this text are not shown.
    pub filter: String,
    /// Whether the filter is being typed.
    pub typing: bool,
    /// Whether the keys are shown.
    pub help: bool,
    /// Whether the screen stands still.
    pub paused: bool,
    /// The number of the packet that is looked at.
    pub packet: u64,
    /// The observer before this one, while what changed is marked.
    pub before: Option<Vantage>,
    /// The view from which evidence was followed to its packet.
    pub from: Option<View>,
    /// Something to tell in the footer until the next key.
    pub message: Option<String>,
    /// Rows of the body, as last drawn.
    pub height: usize,
}

/// Where a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct List {
    /// The chosen row.
    pub row: usize,
    /// The column by which it is sorted; `None` in the order of appearance.
    pub sort: Option<usize>,
    /// Whether the chosen row is shown whole.
    pub open: bool,
    /// Lines by which the opened row is scrolled.
    pub scroll: usize,
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
}

impl App {
    /// Where the shown view stands.
    pub const fn list(&self) -> List {
        let [overview, relay, flows, streams, packets, claims] = self.lists;
        match self.view {
            View::Overview => overview,
            View::Relay => relay,
            View::Flows => flows,
            View::Streams => streams,
            View::Packets => packets,
            View::Claims => claims,
        }
    }

    fn list_mut(&mut self) -> &mut List {
        let [overview, relay, flows, streams, packets, claims] = &mut self.lists;
        match self.view {
            View::Overview => overview,
            View::Relay => relay,
            View::Flows => flows,
            View::Streams => streams,
            View::Packets => packets,
            View::Claims => claims,
        }
    }

    /// The table of the shown view as it stands: filtered and sorted. The overview has none.
    pub fn table(&self, snapshot: &Snapshot) -> Option<Table> {
        let table = view::table(self.view, snapshot)?;
        Some(table.arranged(&self.filter, self.list().sort))
    }

    /// Does what was asked for, on the screen; returns what is to be done outside of it.
    pub fn update(&mut self, action: Action, snapshot: &Snapshot) -> Option<Effect> {
        self.message = None;
        match action {
            Action::Show(view) => self.show(view),
            Action::Help => self.help = !self.help,
            Action::Filter => self.typing = true,
            Action::Type(letter) => self.refine(|filter| filter.push(letter)),
            Action::Erase => self.refine(|filter| drop(filter.pop())),
            Action::Up | Action::Down | Action::PageUp | Action::PageDown => {
                return self.step(action, snapshot);
            }
            Action::First | Action::Last => return self.jump(action == Action::Last, snapshot),
            Action::Left if snapshot.is_played() => return Some(Effect::Seek(-10)),
            Action::Right if snapshot.is_played() => return Some(Effect::Seek(10)),
            Action::Left | Action::Right => {}
            Action::Enter => return self.enter(snapshot),
            Action::Back => self.back(),
            Action::Sort => self.sort(snapshot),
            Action::Observer => {
                self.before = Some(snapshot.observer);
                return Some(Effect::Observe(next(snapshot.observer)));
            }
            Action::Pause => {
                self.paused = !self.paused;
                return Some(Effect::Pause(self.paused));
            }
            Action::Export => return Some(Effect::Export),
            Action::Suspend => return Some(Effect::Suspend),
            Action::Quit => return Some(Effect::Quit),
        }
        None
    }

    const fn show(&mut self, view: View) {
        self.view = view;
        self.help = false;
        self.from = None;
    }

    fn refine(&mut self, change: impl FnOnce(&mut String)) {
        change(&mut self.filter);
        for list in &mut self.lists {
            list.row = 0;
        }
    }

    /// Rows by which an action moves.
    fn stride(&self, action: Action) -> isize {
        let page = isize::try_from(self.height.saturating_sub(1).max(1)).unwrap_or(1);
        match action {
            Action::Up => -1,
            Action::Down => 1,
            Action::PageUp => -page,
            _ => page,
        }
    }

    fn step(&mut self, action: Action, snapshot: &Snapshot) -> Option<Effect> {
        let stride = self.stride(action);
        if self.view == View::Packets {
            let number = self.packet.max(1).saturating_add_signed(stride as i64);
            return self.look(number.clamp(1, snapshot.packets.max(1)));
        }
        let rows = self.table(snapshot).map_or(0, |table| table.rows.len());
        let list = self.list_mut();
        if list.open {
            list.scroll = list.scroll.saturating_add_signed(stride);
        } else {
            let last = rows.saturating_sub(1);
            list.row = list.row.saturating_add_signed(stride).min(last);
        }
        None
    }

    fn jump(&mut self, to_last: bool, snapshot: &Snapshot) -> Option<Effect> {
        if self.view == View::Packets {
            let number = if to_last { snapshot.packets.max(1) } else { 1 };
            return self.look(number);
        }
        let rows = self.table(snapshot).map_or(0, |table| table.rows.len());
        let list = self.list_mut();
        list.scroll = 0;
        list.row = if to_last { rows.saturating_sub(1) } else { 0 };
        None
    }

    const fn look(&mut self, number: u64) -> Option<Effect> {
        self.packet = number;
        Some(Effect::Look(number))
    }

    /// Opens the chosen row; where it is open already, goes to the packet that proves it.
    fn enter(&mut self, snapshot: &Snapshot) -> Option<Effect> {
        if self.typing || self.help {
            self.typing = false;
            self.help = false;
            return None;
        }
        let row = self.list().row;
        let table = self.table(snapshot)?;
        let packet = table.rows.get(row)?.packet;
        if !self.list().open {
            let list = self.list_mut();
            list.open = true;
            list.scroll = 0;
            return None;
        }
        let number = packet?;
        self.from = Some(self.view);
        self.view = View::Packets;
        self.look(number)
    }

    fn back(&mut self) {
        let open = self.list().open;
        if self.help {
            self.help = false;
        } else if self.typing || (!open && self.from.is_none() && !self.filter.is_empty()) {
            self.typing = false;
            self.refine(String::clear);
        } else if let Some(view) = self.from.take() {
            self.view = view;
        } else if open {
            self.list_mut().open = false;
        } else {
            self.view = View::Overview;
        }
    }

    fn sort(&mut self, snapshot: &Snapshot) {
        let columns = view::table(self.view, snapshot).map_or(0, |table| table.columns.len());
        let list = self.list_mut();
        list.sort = match list.sort {
            None if columns > 0 => Some(0),
            Some(column) if column + 1 < columns => Some(column + 1),
            _ => None,
        };
        list.row = 0;
    }
}

/// The observer behind this one.
fn next(observer: Vantage) -> Vantage {
    let mut all = Vantage::ALL.into_iter().cycle();
    all.find(|one| *one == observer);
    all.next().unwrap_or(observer)
}
