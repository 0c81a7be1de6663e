//! Tables: what a view lists, filtered and sorted the same way in each.

use std::cmp::Ordering;

use crate::claim::Verdict;
use crate::exposure::Visibility;

/// What a view lists.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Characters that it needs.
    pub width: u16,
    /// Whether its values stand at its right edge.
    pub right: bool,
    /// Width of the screen from which on it is shown.
    pub from: u16,
}

/// A row of a table.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// A value for each column.
    pub cells: Vec<Cell>,
    /// What is shown when the row is opened: a heading and its text each.
    pub detail: Vec<(&'static str, String)>,
    /// The packet that shows it.
    pub packet: Option<u64>,
}

/// A value.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// As it is shown.
    pub text: String,
    /// How it is shown.
    pub tone: Tone,
    /// What it is sorted by, where that is not its text.
    pub rank: Option<i128>,
}

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// As everything else.
    #[default]
    Plain,
    /// It matters less.
    Faint,
    /// By whether the observer reads it.
    Eye(Visibility),
    /// As a claim that holds.
    Good,
    /// As a claim that is violated.
    Bad,
    /// As a claim that cannot be told.
    Open,
}

impl Tone {
    /// That of a verdict.
    pub const fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Holds(_) => Self::Good,
            Verdict::Violated(_) => Self::Bad,
            Verdict::Inconclusive(..) => Self::Open,
        }
    }
}

impl Cell {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// A number, shown as this text.
    pub fn number(number: impl Into<i128>, text: impl Into<String>) -> Self {
        Self {
            rank: Some(number.into()),
            ..Self::text(text)
        }
    }

    /// The same in this tone.
    #[must_use]
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.rank, other.rank) {
            // The greatest first: who sorts by a number asks for the most.
            (Some(own), Some(other)) => other.cmp(&own),
            _ => self.text.cmp(&other.text),
        }
    }
}

impl Table {
    /// Only the rows with this text, whatever its case, sorted by a column.
    #[must_use]
    pub fn arranged(mut self, filter: &str, sort: Option<usize>) -> Self {
        if !filter.is_empty() {
            let filter = filter.to_lowercase();
            self.rows.retain(|row| row.holds(&filter));
        }
        if let Some(column) = sort {
            self.rows.sort_by(|one, other| {
                let cells = one.cells.get(column).zip(other.cells.get(column));
                cells.map_or(Ordering::Equal, |(one, other)| one.compare(other))
            });
        }
        self
    }
}

impl Row {
    fn holds(&self, filter: &str) -> bool {
        let cells = self.cells.iter().map(|cell| &cell.text);
        let detail = self.detail.iter().map(|(_, text)| text);
        let mut all = cells.chain(detail);
        all.any(|text| text.to_lowercase().contains(filter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |name: &str, count: i32| Row {
            cells: vec![Cell::text(name), Cell::number(count, count.to_string())],
            ..Row::default()
        };
        Table {
            columns: Vec::new(),
            rows: vec![row("b", 9), row("a", 10), row("Ab", 1)],
        }
    }

    fn names(table: &Table) -> Vec<&str> {
        let first = table.rows.iter().filter_map(|row| row.cells.first());
        first.map(|cell| cell.text.as_str()).collect()
    }

    #[test]
    fn numbers_are_sorted_as_numbers_and_the_greatest_first() {
        assert_eq!(names(&table().arranged("", Some(1))), ["a", "b", "Ab"]);
        assert_eq!(names(&table().arranged("", Some(7))), ["b", "a", "Ab"]);
    }

    #[test]
    fn a_filter_leaves_the_rows_with_its_text_whatever_its_case() {
        assert_eq!(names(&table().arranged("A", None)), ["a", "Ab"]);
    }
}
