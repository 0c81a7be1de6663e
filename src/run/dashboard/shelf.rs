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

/// The packets around a number.
#[derive(Debug, Clone, Copy)]
pub(in crate::run) struct Around<'a> {
    /// They in their order.
    pub(super) packets: &'a [Seen],
    /// The number from which on connections were followed up to them.
    pub(super) from: u64,
}

/// Where packets are that were followed already.
pub(in crate::run) trait Shelf {
    /// The packets around this number, in their order; none where there is none at all.
    ///
    /// # Errors
    /// Where they cannot be read again.
    fn around(&mut self, number: u64, calls: &Calls<'_>) -> Result<Around<'_>>;

    /// Why the packet of this number is not among those around it, where it was once.
    fn gone(&self, number: u64) -> Option<Told>;

    /// Keeps the packets that these calls name; packets of other calls may go.
    fn keep<'p>(&mut self, parts: impl Iterator<Item = &'p Arc<Part>>);
}
