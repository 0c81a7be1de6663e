//! The dashboard: the parts of a report on a terminal, while they grow and after.
//!
//! [`App::update`] is pure: it takes what was pressed and what is known, and says what is to be
//! done. Views draw what both hold, and work no meaning out. Whoever runs it owns terminal, clock
//! and analysis; nothing here waits.

mod action;
mod app;
mod kept;
mod keys;
mod page;
mod place;
mod snapshot;
mod summary;
mod table;
pub mod terminal;
mod theme;
mod update;
mod view;

pub use action::{Action, Effect};
pub use app::{App, Before, List, Room, View};
pub use keys::{BINDINGS, Binding, action};
pub use page::{Reader, Seen};
pub use place::Place;
pub use snapshot::{Look, LookRegion, PacketRow, Page, Phase, Saving, Snapshot};
pub use table::{About, Cell, Column, Key, Row, Table, Tone};
pub use theme::Theme;
pub use view::{draw, value};
