//! Where a snapshot has what a row is about.

use super::snapshot::Snapshot;
use crate::report::live::Part;

/// A place in the tables of the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// That of the call among the parts of the snapshot.
    pub part: usize,
    /// That of the row in the call's own table.
    pub row: usize,
}

impl Place {
    /// All rows of such a table, call by call.
    pub(super) fn all<'s, R: 's>(
        snapshot: &'s Snapshot,
        table: impl Fn(&'s Part) -> &'s [R],
    ) -> impl Iterator<Item = (Self, &'s Part, &'s R)> {
        let parts = snapshot.parts.iter().enumerate();
        parts.flat_map(move |(place, part)| {
            let rows = table(part).iter().enumerate();
            rows.map(move |(row, found)| (Self { part: place, row }, part.as_ref(), found))
        })
    }

    /// The call, and its row in such a table; `None` where the snapshot is another one.
    pub(super) fn find<'s, R>(
        self,
        snapshot: &'s Snapshot,
        table: impl Fn(&'s Part) -> &'s [R],
    ) -> Option<(&'s Part, &'s R)> {
        let part = snapshot.parts.get(self.part)?;
        Some((part, table(part).get(self.row)?))
    }
}
