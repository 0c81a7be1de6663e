//! Octets changed as a fuzzer changes them, the same way on every run.

/// Endless mutations of some seeds.
#[derive(Debug)]
pub(crate) struct Mutations<'s> {
    seeds: &'s [Vec<u8>],
    /// State of the generator (xorshift), never zero.
    state: u64,
}

impl<'s> Mutations<'s> {
    pub(crate) fn of(seeds: &'s [Vec<u8>]) -> Self {
        let state = 0x9E37_79B9_7F4A_7C15;
        Self { seeds, state }
    }

    /// The next one.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let seed = self.below(self.seeds.len());
        let mut octets = self.seeds[seed].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut octets);
        }
        octets
    }

    fn change(&mut self, octets: &mut Vec<u8>) {
        let at = self.below(octets.len());
        let len = self.below(octets.len() - at);
        match self.below(6) {
            0 if !octets.is_empty() => octets[at] ^= 1 << self.below(8),
            // What counts, told too high or too low.
            1 if !octets.is_empty() => octets[at] = [0, 1, 3, 0x7F, 0x80, 0xFF][self.below(6)],
            2 => octets.truncate(at),
            3 => drop(octets.drain(at..at + len)),
            4 => octets.extend_from_within(at..at + len),
            _ => {
                let other = self.below(self.seeds.len());
                let other = &self.seeds[other];
                octets.truncate(at);
                octets.extend(&other[self.below(other.len())..]);
            }
        }
    }

    /// A number below `bound`; zero where there is none.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state as usize % bound.max(1)
    }
}
