//! Tables: what a view lists, filtered and sorted the same way in each.

use std::cmp::Ordering;
use std::hash::{BuildHasher as _, Hash};
use std::net::SocketAddr;
use std::sync::LazyLock;

use hashbrown::DefaultHashBuilder;

use super::place::Place;
use crate::claim::Verdict;
use crate::exposure::Visibility;

/// What a view lists.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The columns, from left to right.
    pub columns: &'static [Column],
    /// Whether some rows stand below others.
    pub is_tree: bool,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
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
    /// Widths of the screen at which it is shown: from the first on, and below the second.
    pub on: [u16; 2],
}

/// A row of a table.
///
/// Its values are made when they are asked for: of thousands of rows some are on the screen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row {
    /// By what it is found again when rows come and go.
    pub key: Key,
    /// Where its values come from.
    pub about: About,
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
}

/// What a row is about, and where a snapshot tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum About {
    /// Nothing that has values.
    #[default]
    Nothing,
    /// A server that relays.
    Relay(SocketAddr),
    /// An allocation.
    Allocation(Place),
    /// A path.
    Path(Place),
    /// One direction of a path: to the peer, or to the client.
    Side(Place, bool),
    /// A server of media.
    Server(Place),
    /// One of its legs.
    Leg(Place, usize),
    /// One direction of a leg: to the server, or from it.
    LegSide(Place, usize, bool),
    /// A flow.
    Flow(Place),
    /// A stream.
    Stream(Place),
    /// A claim that was judged.
    Claim(Place),
    /// A claim of which nothing is in the capture: its place in the catalogue.
    Idle(usize),
}

/// That of a row.
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
        // One for all tables of a run: keys are compared over time.
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
            on: [0, u16::MAX],
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
        let [_, below] = self.on;
        Self {
            on: [from, below],
            ..self
        }
    }

    /// Shown on screens below this width.
    #[must_use]
    pub const fn below(self, below: u16) -> Self {
        let [from, _] = self.on;
        Self {
            on: [from, below],
            ..self
        }
    }

    /// Whether it is shown on a screen of this width.
    pub const fn is_on(self, width: u16) -> bool {
        let [from, below] = self.on;
        from <= width && width < below
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
    pub fn with_text(mut self, text: &str, value: impl Fn(&Row, usize) -> Cell) -> Self {
        if !text.is_empty() {
            let (text, columns) = (text.to_lowercase(), 0..self.columns.len());
            let has = |cell: Cell| cell.text.to_lowercase().contains(&text);
            self.keep(|row| columns.clone().any(|column| has(value(row, column))));
        }
        self
    }

    /// Sorted by a column; a tree keeps its order.
    #[must_use]
    pub fn sorted(mut self, column: Option<usize>, value: impl Fn(&Row, usize) -> Cell) -> Self {
        if let Some(column) = column.filter(|_| !self.is_tree) {
            let keyed = self.rows.iter().map(|row| (value(row, column), *row));
            let mut keyed: Vec<_> = keyed.collect();
            keyed.sort_by(|(one, _), (other, _)| one.compare(other));
            self.rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        self
    }

    /// The place of what is chosen; where that is gone, the one that it had.
    pub fn place(&self, chosen: Option<Key>, before: usize) -> usize {
        let same = |row: &Row| Some(row.key) == chosen;
        let place = self.rows.iter().position(same).unwrap_or(before);
        place.min(self.rows.len().saturating_sub(1))
    }

    fn keep(&mut self, hit: impl Fn(&Row) -> bool) {
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

impl Row {
    /// A row that is found again by this.
    pub fn of(thing: impl Hash, about: About) -> Self {
        Self {
            key: Key::of(thing),
            about,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, u8, i32); 9] = [
        ("b", 0, 9),
        ("a", 0, 10),
        ("Ab", 0, 1),
        ("one", 0, 0),
        ("x", 1, 0),
        ("y", 2, 0),
        ("z", 1, 0),
        ("two", 0, 0),
        ("v", 1, 0),
    ];

    fn value(row: &Row, column: usize) -> Cell {
        let About::Idle(place) = row.about else {
            return Cell::default();
        };
        let (name, _, count) = NAMES[place];
        match column {
            0 => Cell::text(name),
            1 => Cell::number(count, count.to_string()),
            _ => Cell::default(),
        }
    }

    fn table(places: std::ops::Range<usize>, is_tree: bool) -> Table {
        let row = |place| {
            let (name, depth, _) = NAMES[place];
            Row {
                depth,
                ..Row::of(name, About::Idle(place))
            }
        };
        Table {
            columns: const { &[Column::new("name", 4), Column::new("count", 5)] },
            is_tree,
            rows: places.map(row).collect(),
        }
    }

    fn list() -> Table {
        table(0..3, false)
    }

    fn tree() -> Table {
        table(3..9, true)
    }

    fn names(table: &Table) -> Vec<String> {
        table.rows.iter().map(|row| value(row, 0).text).collect()
    }

    #[test]
    fn numbers_are_sorted_as_numbers_and_the_greatest_first() {
        assert_eq!(names(&list().sorted(Some(1), value)), ["a", "b", "Ab"]);
        assert_eq!(names(&list().sorted(Some(7), value)), ["b", "a", "Ab"]);
    }

    #[test]
    fn a_filter_leaves_the_rows_with_its_text_whatever_its_case() {
        assert_eq!(names(&list().with_text("A", value)), ["a", "Ab"]);
    }

    #[test]
    fn a_row_of_a_tree_comes_with_those_above_and_below_it() {
        let with = |text| names(&tree().with_text(text, value));
        assert_eq!(with("x"), ["one", "x", "y"]);
        assert_eq!(with("y"), ["one", "x", "y"]);
        assert_eq!(with("z"), ["one", "z"]);
        assert_eq!(with("two"), ["two", "v"]);
        assert_eq!(names(&tree().sorted(Some(0), value)), names(&tree()));
    }

    #[test]
    fn what_is_chosen_is_found_again_and_has_a_neighbour_when_it_is_gone() {
        assert_eq!(list().place(Some(Key::of("Ab")), 0), 2);
        assert_eq!(list().place(Some(Key::of("gone")), 1), 1);
        assert_eq!(list().place(None, 9), 2);
    }
}
