//! The keys: one table is both the map and the help.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::action::Action;
use super::app::View;

/// Some keys that do one thing.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The keys.
    pub keys: &'static [KeyCode],
    /// How they are called in help and footer.
    pub names: &'static str,
    /// What they do, in a word for the footer; empty where it does not stand there.
    pub short: &'static str,
    /// What they do, for the help.
    pub help: &'static str,
    /// What is asked for.
    pub action: Action,
}

macro_rules! keys {
    ($($keys:expr => $action:expr, $names:literal, $short:literal, $help:literal;)+) => {
        &[$(Binding {
            keys: &$keys, names: $names, short: $short, help: $help, action: $action,
        }),+]
    };
}

use KeyCode::{Backspace, Char, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Up};

/// All keys, in the order of the help; the footer takes them in this order too.
pub const BINDINGS: &[Binding] = keys! {
    [Char('o')] => Action::Observer, "o", "observer", "the same call, seen by somebody else";
    [Enter] => Action::Enter, "Enter", "open", "open; once more: the packet that proves it";
    [Esc] => Action::Back, "Esc", "back", "back; takes filter and call away";
    [Char('?')] => Action::Help, "?", "help", "these keys";
    [Char('q')] => Action::Quit, "q", "quit", "end";
    [Char('/')] => Action::Filter, "/", "filter", "rows with this text; a packet's number";
    [Char('c')] => Action::Narrow, "c", "call", "only the call of this row, or all";
    [Char('s')] => Action::Sort, "s", "sort", "by the next column";
    [Char(' ')] => Action::Pause, "Space", "pause", "the screen stands still, capture goes on";
    [Char('e')] => Action::Export, "e", "export", "the report as a file, where it was started";
    [Char('1')] => Action::Show(View::Overview), "1", "", "overview, up and down: call by call";
    [Char('2')] => Action::Show(View::Relay), "2", "", "relay: allocations and paths";
    [Char('3')] => Action::Show(View::Flows), "3", "", "flows: who sends to whom";
    [Char('4')] => Action::Show(View::Streams), "4", "", "streams: levels, payload, extensions";
    [Char('5')] => Action::Show(View::Packets), "5", "", "packets, octet by octet";
    [Char('6')] => Action::Show(View::Claims), "6", "", "claims and their evidence";
    [Up, Char('k')] => Action::Up, "↑ k", "", "up";
    [Down, Char('j')] => Action::Down, "↓ j", "", "down";
    [PageUp] => Action::PageUp, "PgUp", "", "a screen up";
    [PageDown] => Action::PageDown, "PgDn", "", "a screen down";
    [Home, Char('g')] => Action::First, "Home g", "", "to the first";
    [End, Char('G')] => Action::Last, "End G", "", "to the last";
    [Left, Char('h')] => Action::Left, "← h", "", "view before; playing: 10 s back";
    [Right, Char('l')] => Action::Right, "→ l", "", "view behind; playing: 10 s on";
};

/// What a key asks for; while a filter is typed, letters are its own.
pub fn action(key: KeyEvent, typing: bool) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            Char('c') => Some(Action::Quit),
            Char('z') => Some(Action::Suspend),
            _ => None,
        };
    }
    match key.code {
        Char(letter) if typing => return Some(Action::Type(letter)),
        Backspace if typing => return Some(Action::Erase),
        _ => {}
    }
    let bound = BINDINGS
        .iter()
        .find(|binding| binding.keys.contains(&key.code));
    bound.map(|binding| binding.action)
}
