//! Lines of keys that cannot be read.

use std::fmt;

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Name of the file.
    pub source: String,
    /// Number of the line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It has not three words: label, random, secret.
    Words,
    /// Its random is not 32 octets in hexadecimal.
    Random,
    /// Its secret is not of a length that a secret of its label has, in hexadecimal.
    Secret,
    /// It has not two words: suite and key.
    KeyWords,
    /// Its suite of SRTP is not opened.
    Suite,
    /// Its key is written neither in Base64 nor in hexadecimal.
    KeyText,
    /// Its key and salt together are not as long as the suite asks.
    KeyLength {
        /// Octets that they must have.
        needed: usize,
        /// Octets that they have.
        found: usize,
    },
    /// Its key identifier has no length that one may have.
    Identifier,
}

/// The first lines that cannot be read, and how many more.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    told: Vec<Problem>,
    more: u64,
}

/// Lines that are told; more are counted.
const TOLD: usize = 16;

impl Problems {
    pub(super) fn add(&mut self, source: &str, line: u64, fault: Fault) {
        if self.told.len() >= TOLD {
            self.more += 1;
            return;
        }
        let source = source.to_owned();
        self.told.push(Problem {
            source,
            line,
            fault,
        });
    }

    /// The first of them.
    pub fn told(&self) -> &[Problem] {
        &self.told
    }

    /// How many there are beside those.
    pub const fn more(&self) -> u64 {
        self.more
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            source,
            line,
            fault,
        } = self;
        write!(f, "{source}, line {line}: {fault}")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Words => "a secret needs three words: label, client random, secret",
            Self::Random => "the client random is not 32 octets in hexadecimal",
            Self::Secret => "the secret is not of a length that this label has, in hexadecimal",
            Self::KeyWords => "a key of SRTP needs two words: suite and key",
            Self::Suite => "this suite of SRTP is not opened",
            Self::KeyText => "the key is neither inline: with Base64 nor hexadecimal",
            Self::KeyLength { needed, found } => {
                return write!(
                    f,
                    "key and salt of this suite have {needed} octets, these have {found}"
                );
            }
            Self::Identifier => "the key identifier has no length from 1 to 128, as in |1:4",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_by_its_file_and_line_and_many_are_counted() {
        let mut problems = Problems::default();
        let (needed, found) = (30, 28);
        problems.add("keys.txt", 2, Fault::KeyLength { needed, found });
        let told = problems.told()[0].to_string();
        assert_eq!(
            told,
            "keys.txt, line 2: key and salt of this suite have 30 octets, these have 28"
        );
        (0..20).for_each(|line| problems.add("keys.txt", line, Fault::Words));
        assert_eq!((problems.told().len(), problems.more()), (TOLD, 5));
    }
}
