//! What the user asks for, and what is to be done about it outside of the screen.

use super::app::View;
use crate::exposure::Vantage;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Another view.
    Show(View),
    /// The next observer.
    Observer,
    /// The keys, and what they do.
    Help,
    /// A filter is to be typed.
    Filter,
    /// A letter of the filter.
    Type(char),
    /// The last letter of the filter is taken back.
    Erase,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One screen up.
    PageUp,
    /// One screen down.
    PageDown,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// To the left, or back in time.
    Left,
    /// To the right, or on in time.
    Right,
    /// Into what is chosen, or to the packet that proves it.
    Enter,
    /// Out of it.
    Back,
    /// Only the call of the chosen row, or all calls again.
    Narrow,
    /// Another column to sort by.
    Sort,
    /// The screen stands still, or goes on.
    Pause,
    /// The report is written to a file.
    Export,
    /// The terminal is given back for a while.
    Suspend,
    /// The end.
    Quit,
}

/// What is to be done outside of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Judge for this observer, first the call of this number and those behind it.
    Observe(Vantage, u64),
    /// Fetch the packets around this number, and look at it octet by octet.
    Look(u64),
    /// Stop or go on showing what is new.
    Pause(bool),
    /// Go so many seconds on, or back, in a file that is played.
    Seek(i64),
    /// Write the report to a file.
    Export,
    /// Give the terminal back for a while.
    Suspend,
    /// End.
    Quit,
}
