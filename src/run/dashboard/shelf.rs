//! Packets that are looked at again.

mod files;
mod live;

use std::sync::Arc;

use anyhow::Result;

use crate::base::told::Told;
use crate::report::live::{Calls, Part};
use crate::tui::Seen;

pub(super) use files::FileShelf;
pub(in crate::run) use live::LiveShelf;

/// Packets on each side of the one that is asked for.
const AROUND: usize = 256;

/// Where packets are that were followed already.
pub(in crate::run) trait Shelf {
    /// Whether all that came before is at hand too, where it says what a packet is.
    const IS_WHOLE: bool;

    /// The packets around this number, in their order; none where there is none at all.
    ///
    /// # Errors
    /// Where they cannot be read again.
    fn around(&mut self, number: u64, calls: &Calls<'_>) -> Result<&[Seen]>;

    /// Why the packet of this number is not among those around it, where it was once.
    fn gone(&self, number: u64) -> Option<Told>;

    /// Keeps the packets that these calls name; packets of other calls may go.
    fn keep<'p>(&mut self, parts: impl Iterator<Item = &'p Arc<Part>>);
}
