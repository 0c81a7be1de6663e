//! Tables: what a view lists, filtered and sorted the same way in each.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{BuildHasher as _, Hash};
use std::sync::LazyLock;

use hashbrown::DefaultHashBuilder;

use crate::claim::Verdict;
use crate::exposure::Visibility;

/// What a view lists.
#[derive(Debug, Default)]
pub struct Table<'s> {
    /// The columns, from left to right.
    pub columns: &'static [Column],
    /// The rows, from top to bottom.
    pub rows: Vec<Row<'s>>,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Columns of the screen that it needs.
    pub width: usize,
    /// Whether its values stand at its right edge.
    pub right: bool,
    /// Whether it takes what the others leave.
    pub grows: bool,
    /// Width of the screen from which on it is shown.
    pub from: u16,
}

/// A row of a table.
///
/// Its values are made when they are asked for: of thousands of rows some are on the screen.
#[derive(Debug, Default)]
pub struct Row<'s> {
    /// What it is about, by which it is found again when rows come and go.
    pub key: Key,
    /// The call that it belongs to.
    pub call: Option<u64>,
    /// How deep it stands in a tree; in a list all rows stand at 0.
    pub depth: u8,
    /// Whether its first value has the whole line, and there is no other.
    pub is_line: bool,
    /// How it stands for the observer.
    pub state: Tone,
    /// The packet that shows it.
    pub packet: Option<u64>,
    /// What makes its values.
    pub cells: Cells<'s>,
}

/// Makes the value of each column of a row.
pub struct Cells<'s>(Box<dyn Fn(usize) -> Cell + 's>);

impl fmt::Debug for Cells<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cells")
    }
}

impl Default for Cells<'_> {
    fn default() -> Self {
        Self(Box::new(|_| Cell::default()))
    }
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Key(u64);

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
    /// As a heading.
    Heading,
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

impl Key {
    /// That of a thing which no other row of the same table is about.
    pub fn of(thing: impl Hash) -> Self {
        // One for all tables of a run: keys are compared over time. Thousands are made for a frame.
        static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);
        Self(HASHER.hash_one(thing))
    }
}

impl Column {
    /// A column of this width.
    pub const fn new(title: &'static str, width: usize) -> Self {
        Self {
            title,
            width,
            right: false,
            grows: false,
            from: 0,
        }
    }

    /// With its values at the right edge.
    #[must_use]
    pub const fn right(self) -> Self {
        Self {
            right: true,
            ..self
        }
    }

    /// Taking what the others leave.
    #[must_use]
    pub const fn grows(self) -> Self {
        Self {
            grows: true,
            ..self
        }
    }

    /// Shown on screens of at least this width.
    #[must_use]
    pub const fn from(self, from: u16) -> Self {
        Self { from, ..self }
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

impl Table<'_> {
    /// Only the rows of one call.
    #[must_use]
    pub fn of_call(mut self, call: Option<u64>) -> Self {
        if call.is_some() {
            self.keep(|row| row.call == call);
        }
        self
    }

    /// Only the rows with this text, whatever its case, and those above and below them in a tree.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Self {
        if !text.is_empty() {
            let (text, columns) = (text.to_lowercase(), 0..self.columns.len());
            let has = |cell: Cell| cell.text.to_lowercase().contains(&text);
            self.keep(|row| columns.clone().any(|column| has(row.cell(column))));
        }
        self
    }

    /// Sorted by a column; a tree keeps its order.
    #[must_use]
    pub fn sorted(mut self, column: Option<usize>) -> Self {
        if let Some(column) = column.filter(|_| !self.is_tree()) {
            let mut keyed: Vec<_> = self
                .rows
                .into_iter()
                .map(|row| (row.cell(column), row))
                .collect();
            keyed.sort_by(|(one, _), (other, _)| one.compare(other));
            self.rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        self
    }

    /// Whether some rows stand below others.
    pub fn is_tree(&self) -> bool {
        self.rows.iter().any(|row| row.depth > 0)
    }

    /// The place of what is chosen; where that is gone, the one that it had.
    pub fn place(&self, chosen: Option<Key>, before: usize) -> usize {
        let same = |row: &Row<'_>| Some(row.key) == chosen;
        let place = self.rows.iter().position(same).unwrap_or(before);
        place.min(self.rows.len().saturating_sub(1))
    }

    fn keep(&mut self, hit: impl Fn(&Row<'_>) -> bool) {
        let mut kept: Vec<_> = self.rows.iter().map(hit).collect();
        let mut below = None;
        for (row, kept) in self.rows.iter().zip(&mut kept) {
            match below {
                Some(depth) if row.depth > depth => *kept = true,
                _ => below = kept.then_some(row.depth),
            }
        }
        let mut above = 0;
        for (row, kept) in self.rows.iter().zip(&mut kept).rev() {
            *kept |= row.depth < above;
            above = if *kept {
                row.depth
            } else {
                above.min(row.depth)
            };
        }
        let mut kept = kept.into_iter();
        self.rows.retain(|_| kept.next().unwrap_or(false));
    }
}

impl<'s> Row<'s> {
    /// A row about this, with a value for each column.
    pub fn of(about: impl Hash, cell: impl Fn(usize) -> Cell + 's) -> Self {
        Self {
            key: Key::of(about),
            cells: Cells(Box::new(cell)),
            ..Self::default()
        }
    }

    /// A row that has the whole line for one value.
    pub fn line(about: impl Hash, words: impl Fn() -> Cell + 's) -> Self {
        let cell = move |column| match column {
            0 => words(),
            _ => Cell::default(),
        };
        Self {
            is_line: true,
            ..Self::of(about, cell)
        }
    }

    /// Its value in a column, counted from 0; an empty one where there is none.
    pub fn cell(&self, column: usize) -> Cell {
        (self.cells.0)(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, depth: u8, count: i32) -> Row<'_> {
        let cell = move |column| match column {
            0 => Cell::text(name),
            1 => Cell::number(count, count.to_string()),
            _ => Cell::default(),
        };
        Row {
            depth,
            ..Row::of(name, cell)
        }
    }

    fn table(rows: Vec<Row<'_>>) -> Table<'_> {
        Table {
            columns: const { &[Column::new("name", 4), Column::new("count", 5)] },
            rows,
        }
    }

    fn list() -> Table<'static> {
        table(vec![row("b", 0, 9), row("a", 0, 10), row("Ab", 0, 1)])
    }

    fn tree() -> Table<'static> {
        let names = [
            ("one", 0),
            ("x", 1),
            ("y", 2),
            ("z", 1),
            ("two", 0),
            ("v", 1),
        ];
        let rows = names.map(|(name, depth)| row(name, depth, 0));
        table(rows.into_iter().collect())
    }

    fn names(table: &Table<'_>) -> Vec<String> {
        table.rows.iter().map(|row| row.cell(0).text).collect()
    }

    #[test]
    fn numbers_are_sorted_as_numbers_and_the_greatest_first() {
        assert_eq!(names(&list().sorted(Some(1))), ["a", "b", "Ab"]);
        assert_eq!(names(&list().sorted(Some(7))), ["b", "a", "Ab"]);
    }

    #[test]
    fn a_filter_leaves_the_rows_with_its_text_whatever_its_case() {
        assert_eq!(names(&list().with_text("A")), ["a", "Ab"]);
    }

    #[test]
    fn a_row_of_a_tree_comes_with_those_above_and_below_it() {
        assert_eq!(names(&tree().with_text("x")), ["one", "x", "y"]);
        assert_eq!(names(&tree().with_text("y")), ["one", "x", "y"]);
        assert_eq!(names(&tree().with_text("z")), ["one", "z"]);
        assert_eq!(names(&tree().with_text("two")), ["two", "v"]);
        assert_eq!(names(&tree().sorted(Some(0))), names(&tree()));
    }

    #[test]
    fn what_is_chosen_is_found_again_and_has_a_neighbour_when_it_is_gone() {
        assert_eq!(list().place(Some(Key::of("Ab")), 0), 2);
        assert_eq!(list().place(Some(Key::of("gone")), 1), 1);
        assert_eq!(list().place(None, 9), 2);
    }
}
