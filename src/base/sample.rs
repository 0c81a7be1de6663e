//! Which packets something was seen in: the first of them, and how many.

/// Numbers of the first packets, and the count of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sample {
    first: Vec<u64>,
    total: u64,
}

impl Sample {
    /// How many numbers are kept.
    pub const KEPT: usize = 32;

    /// One packet.
    pub fn of(number: u64) -> Self {
        Self {
            first: vec![number],
            total: 1,
        }
    }

    /// Adds one packet.
    pub fn add(&mut self, number: u64) {
        // A frame may hold several messages, and one of them end after a later frame came.
        if self.first.len() < Self::KEPT && !self.first.contains(&number) {
            self.first.push(number);
        }
        self.total = self.total.saturating_add(1);
    }

    /// Adds all of `other`, keeping the lowest numbers.
    pub fn merge(&mut self, other: &Self) {
        self.first.extend(&other.first);
        self.first.sort_unstable();
        self.first.dedup();
        self.first.truncate(Self::KEPT);
        self.total = self.total.saturating_add(other.total);
    }

    /// The same packets as a sample of `total`.
    #[must_use]
    pub fn with_total(self, total: u64) -> Self {
        Self { total, ..self }
    }

    /// The first packets, at most [`Sample::KEPT`].
    pub fn packets(&self) -> &[u64] {
        &self.first
    }

    /// The first packet of all.
    pub fn first(&self) -> Option<u64> {
        self.first.first().copied()
    }

    /// How many there were.
    pub const fn total(&self) -> u64 {
        self.total
    }
}
