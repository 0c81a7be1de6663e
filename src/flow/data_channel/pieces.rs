//! Messages put together from their pieces, by length alone.

use std::collections::BTreeMap;

use crate::dissect::sctp::{Data, PayloadProtocol};

/// Runs of pieces that are kept; then the first goes.
const RUNS: usize = 512;

/// A message that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) protocol: PayloadProtocol,
    /// Octets of the application.
    pub(super) len: u64,
}

/// In which numbers the parts of a message follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    /// In those of all pieces of the sender.
    Sent,
    /// In numbers of their own: stream, whether it is unordered, number of the message.
    Message(u16, bool, u32),
}

/// Pieces of messages that are not whole: runs without a gap, by their first number.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces {
    runs: BTreeMap<(Row, u64), Run>,
    dropped: u64,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    /// The number behind its last.
    next: u64,
    len: u64,
    protocol: Option<PayloadProtocol>,
    begins: bool,
    ends: bool,
}

impl Pieces {
    /// Adds a piece that stands there among all of its sender; returns the message that is whole
    /// with it.
    pub(super) fn add(&mut self, position: u64, data: &Data) -> Option<Message> {
        let (row, mut first) = match data.part {
            None => (Row::Sent, position),
            Some((message, part)) => {
                let row = Row::Message(data.stream, data.unordered, message);
                (row, part.into())
            }
        };
        let mut run = Run {
            next: first + 1,
            len: data.len.into(),
            protocol: data.protocol,
            begins: data.begins,
            ends: data.ends,
        };
        if let Some(before) = self.before(row, first).filter(|_| !run.begins) {
            first = before;
            run = self.runs.remove(&(row, before))?.joined(run);
        }
        let behind = self.runs.get(&(row, run.next));
        if !run.ends && behind.is_some_and(|behind| !behind.begins) {
            run = run.joined(self.runs.remove(&(row, run.next))?);
        }
        if run.begins && run.ends {
            let protocol = run.protocol?;
            return Some(Message {
                protocol,
                len: run.len,
            });
        }
        self.runs.insert((row, first), run);
        if self.runs.len() > RUNS {
            self.runs.pop_first();
            self.dropped += 1;
        }
        None
    }

    /// The first number of the run that ends before this number, and whose message goes on.
    fn before(&self, row: Row, first: u64) -> Option<u64> {
        let (place, run) = self.runs.range(..(row, first)).next_back()?;
        (place.0 == row && run.next == first && !run.ends).then_some(place.1)
    }

    /// Runs that are no message yet, or never will be.
    pub(super) fn incomplete(&self) -> u64 {
        self.runs.len() as u64 + self.dropped
    }
}

impl Run {
    /// Both, of which `behind` follows without a gap.
    fn joined(self, behind: Self) -> Self {
        Self {
            next: behind.next,
            len: self.len + behind.len,
            protocol: self.protocol.or(behind.protocol),
            begins: self.begins,
            ends: behind.ends,
        }
    }
}
