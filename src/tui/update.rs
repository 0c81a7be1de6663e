//! What each action does to the state of the screen. Pure: what is to be done outside of it is told.

use super::action::{Action, Effect};
use super::app::{App, Before, List, View};
use super::snapshot::Snapshot;
use super::table::Key;
use crate::exposure::Vantage;

impl App {
    /// Does what was asked for, on the screen; returns what is to be done outside of it.
    pub fn update(&mut self, action: Action, snapshot: &Snapshot) -> Option<Effect> {
        self.message = None;
        self.before = None;
        self.uncover(action);
        match action {
            Action::Show(view) => self.show(view),
            Action::Help => {
                self.help = self.help.is_none().then_some(0);
                None
            }
            Action::Filter => {
                self.typing = true;
                self.filter.clear();
                // Rows are looked for, so they are shown.
                self.list_mut().open = false;
                None
            }
            Action::Type(letter) => {
                self.filter.push(letter);
                None
            }
            Action::Erase => {
                self.filter.pop();
                None
            }
            Action::Up => self.step(-1, snapshot),
            Action::Down => self.step(1, snapshot),
            Action::PageUp => self.step(-self.page(), snapshot),
            Action::PageDown => self.step(self.page(), snapshot),
            Action::First => self.step(isize::MIN, snapshot),
            Action::Last => self.step(isize::MAX, snapshot),
            Action::Left | Action::Right => self.sideways(action == Action::Right, snapshot),
            Action::Enter => self.enter(snapshot),
            Action::Back => self.back(),
            Action::Narrow => self.narrow(snapshot),
            Action::Sort => self.sort(snapshot),
            Action::Observer => {
                self.before = Some(Before::of(snapshot, self));
                let first = self.first_call(snapshot);
                Some(Effect::Observe(next(snapshot.observer), first))
            }
            Action::Pause => {
                self.paused = !self.paused;
                Some(Effect::Pause(self.paused))
            }
            Action::Export => Some(Effect::Export),
            Action::Suspend => Some(Effect::Suspend),
            Action::Quit => Some(Effect::Quit),
        }
    }

    /// Takes the help away from what an action changes, so that it is seen.
    const fn uncover(&mut self, action: Action) {
        let is_of_help = matches!(
            action,
            Action::Help
                | Action::Enter
                | Action::Back
                | Action::Up
                | Action::Down
                | Action::PageUp
                | Action::PageDown
                | Action::First
                | Action::Last
        );
        if !is_of_help {
            self.help = None;
        }
    }

    /// Shows a view; the one that is shown already, as the list that it is.
    fn show(&mut self, view: View) -> Option<Effect> {
        if self.view == view {
            self.list_mut().open = false;
        }
        self.view = view;
        self.from = None;
        (view == View::Packets).then(|| self.look(self.packet.max(1)))
    }

    /// The call that is shown alone, or that of the first row on the screen; 0 where it has none.
    fn first_call(&self, snapshot: &Snapshot) -> u64 {
        let (table, list) = (self.table(snapshot), self.list());
        let place = table.place(list.chosen, list.row);
        let row = table.rows.get(place.saturating_sub(self.room.height / 2));
        let call = self.call.or_else(|| row?.call);
        call.unwrap_or(0)
    }

    /// Lines of a screen, of which one is seen again.
    fn page(&self) -> isize {
        isize::try_from(self.room.height.saturating_sub(2).max(1)).unwrap_or(1)
    }

    fn step(&mut self, by: isize, snapshot: &Snapshot) -> Option<Effect> {
        let beyond = self.room.beyond;
        let scrolled = |at: usize| at.min(beyond).saturating_add_signed(by).min(beyond);
        if let Some(at) = self.help {
            self.help = Some(scrolled(at));
            return None;
        }
        if self.list().open {
            let list = self.list_mut();
            list.scroll = scrolled(list.scroll);
            return None;
        }
        match self.view {
            View::Packets => {
                // Where a filter leaves packets out, the next one is not the next number.
                let rows = &snapshot.page.rows;
                let place = rows.iter().position(|row| row.number == self.packet);
                let beside = place.and_then(|place| rows.get(place.checked_add_signed(by)?));
                let far = || self.packet.max(1).saturating_add_signed(by as i64);
                let number = beside.map_or_else(far, |row| row.number);
                return Some(self.look(number.clamp(1, snapshot.last.max(1))));
            }
            View::Overview => self.turn(by, snapshot),
            _ => self.choose(by, snapshot),
        }
        None
    }

    fn choose(&mut self, by: isize, snapshot: &Snapshot) {
        let table = self.table(snapshot);
        let list = self.list_mut();
        let place = table.place(list.chosen, list.row);
        let most = table.rows.len().saturating_sub(1);
        list.row = place.saturating_add_signed(by).min(most);
        list.chosen = table.rows.get(list.row).map(|row| row.key);
    }

    /// To another call; before the first stand all of them.
    fn turn(&mut self, by: isize, snapshot: &Snapshot) {
        let calls: Vec<_> = snapshot.parts.iter().map(|part| part.call).collect();
        let own = calls.iter().position(|call| Some(*call) == self.call);
        let place = own.map_or(0, |place| place + 1);
        let place = place.saturating_add_signed(by).min(calls.len());
        self.call = place.checked_sub(1).and_then(|at| calls.get(at)).copied();
    }

    fn sideways(&mut self, on: bool, snapshot: &Snapshot) -> Option<Effect> {
        if snapshot.is_played() {
            return Some(Effect::Seek(if on { 10 } else { -10 }));
        }
        self.show(self.view.beside(on))
    }

    const fn look(&mut self, number: u64) -> Effect {
        self.packet = number;
        Effect::Look(number)
    }

    /// Opens what is chosen; where it is open already, goes to the packet that proves it.
    fn enter(&mut self, snapshot: &Snapshot) -> Option<Effect> {
        if self.help.take().is_some() {
            return None;
        }
        if std::mem::take(&mut self.typing) {
            return self.typed(snapshot);
        }
        match self.view {
            View::Overview if self.list().open => return self.show(View::Claims),
            View::Overview | View::Packets => self.open(None, 0),
            _ => {
                let table = self.table(snapshot);
                let list = self.list();
                let place = table.place(list.chosen, list.row);
                let row = table.rows.get(place)?;
                if list.open {
                    let number = row.packet?;
                    self.from = Some(self.view);
                    self.view = View::Packets;
                    self.list_mut().open = false;
                    return Some(self.look(number));
                }
                self.open(Some(row.key), place);
            }
        }
        None
    }

    const fn open(&mut self, chosen: Option<Key>, row: usize) {
        let list = self.list_mut();
        *list = List {
            chosen,
            row,
            open: true,
            scroll: 0,
            ..*list
        };
    }

    /// A filter was typed to its end: among packets it is a number.
    fn typed(&mut self, snapshot: &Snapshot) -> Option<Effect> {
        if self.view != View::Packets || self.filter.is_empty() {
            return None;
        }
        let typed = std::mem::take(&mut self.filter);
        match typed.trim().parse() {
            Ok(number) if (1..=snapshot.last).contains(&number) => Some(self.look(number)),
            _ => {
                let last = snapshot.last;
                self.message = Some(format!("packets are found by number, 1 to {last}"));
                None
            }
        }
    }

    /// One step out: help, filter that is typed, opened row, way to a packet, filter, call, view.
    fn back(&mut self) -> Option<Effect> {
        if self.help.take().is_some() {
            return None;
        }
        let typing = std::mem::take(&mut self.typing);
        if typing {
            self.filter.clear();
        } else if self.list().open {
            self.list_mut().open = false;
        } else if let Some(view) = self.from.take() {
            self.view = view;
        } else if !self.filter.is_empty() {
            self.filter.clear();
        } else if self.call.take().is_none() {
            self.view = View::Overview;
        }
        None
    }

    /// Only the call of the chosen row or packet, or all calls again.
    fn narrow(&mut self, snapshot: &Snapshot) -> Option<Effect> {
        if self.call.take().is_some() {
            return None;
        }
        self.call = if self.view == View::Packets {
            let looks = snapshot.page.look.iter();
            let mut looks = looks.filter(|look| look.number == self.packet);
            looks.find_map(|look| look.call)
        } else {
            let (table, list) = (self.table(snapshot), self.list());
            let row = table.rows.get(table.place(list.chosen, list.row));
            row.and_then(|row| row.call)
        };
        if self.call.is_none() {
            self.message = Some(match self.view {
                View::Overview => "up and down go from call to call".to_owned(),
                _ => "this belongs to no call alone".to_owned(),
            });
        }
        None
    }

    fn sort(&mut self, snapshot: &Snapshot) -> Option<Effect> {
        let table = self.table(snapshot);
        if table.is_tree || table.columns.is_empty() {
            self.message = Some(format!("{} has an order of its own", self.view.name()));
            return None;
        }
        if table.rows.is_empty() {
            self.message = Some("there is nothing to sort".to_owned());
            return None;
        }
        let width = self.room.width;
        let list = self.list_mut();
        // Rows change their places, so they are shown.
        list.open = false;
        let columns = table.columns.iter().enumerate();
        let mut behind = columns.skip(list.sort.map_or(0, |column| column + 1));
        let next = behind.find(|(_, column)| column.is_on(width));
        list.sort = next.map(|(place, _)| place);
        None
    }
}

/// The observer behind this one.
fn next(observer: Vantage) -> Vantage {
    let mut all = Vantage::ALL.into_iter().cycle();
    all.find(|one| *one == observer);
    all.next().unwrap_or(observer)
}
