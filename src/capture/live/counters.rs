//! What an interface counts: packets read, and packets lost.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use pcap::Stat;

use super::ANY;

/// Packets read and lost since the capture began.
#[derive(Debug)]
pub(super) struct Counters {
    pub(super) read: u64,
    pub(super) dropped: u64,
    last: Stat,
    missed: Missed,
}

impl Counters {
    pub(super) fn new(interface: &str) -> Self {
        Self {
            read: 0,
            dropped: 0,
            last: Stat {
                received: 0,
                dropped: 0,
                if_dropped: 0,
            },
            missed: Missed::open(interface),
        }
    }

    /// Adds what was lost since the last time. libpcap counts in 32 bits: they overflow within
    /// weeks, but not between two times.
    pub(super) fn add(&mut self, told: Stat) {
        let in_ring = told.dropped.wrapping_sub(self.last.dropped);
        let before = self.missed.grown();
        let before = before.unwrap_or(told.if_dropped.wrapping_sub(self.last.if_dropped).into());
        self.dropped += u64::from(in_ring) + before;
        self.last = told;
    }
}

/// What Linux counts of frames that a network card lost before anybody saw them; libpcap asks for
/// it in promiscuous mode only.
///
/// The files stay open, for later none may be opened any more.
#[derive(Debug)]
struct Missed {
    counters: Vec<(File, u64)>,
}

impl Missed {
    fn open(interface: &str) -> Self {
        let cards = "/sys/class/net";
        let names = if interface == ANY {
            let listed = fs::read_dir(cards).into_iter().flatten().flatten();
            let names = listed.map(|entry| entry.file_name().to_string_lossy().into_owned());
            names.collect()
        } else {
            vec![interface.to_owned()]
        };
        let paths = names.iter().flat_map(|name| {
            ["rx_missed_errors", "rx_fifo_errors"]
                .map(|counter| format!("{cards}/{name}/statistics/{counter}"))
        });
        let opened = paths.filter_map(|path| File::open(path).ok());
        let counters = opened.map(|file| {
            let now = number(&file).unwrap_or_default();
            (file, now)
        });
        Self {
            counters: counters.collect(),
        }
    }

    /// Frames missed since the last time; `None` where the system does not tell.
    fn grown(&mut self) -> Option<u64> {
        let grown = self.counters.iter_mut().map(|(file, last)| {
            // The counters of a card that is gone cannot be read, and of one that was set up anew
            // begin at nought.
            let now = number(file).unwrap_or(*last);
            now.saturating_sub(std::mem::replace(last, now))
        });
        grown.reduce(u64::saturating_add)
    }
}

/// The number that stands in a file.
fn number(file: &File) -> Option<u64> {
    let mut octets = [0; 24];
    let len = file.read_at(&mut octets, 0).ok()?;
    let text = std::str::from_utf8(octets.get(..len)?).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn told(dropped: u32, if_dropped: u32) -> Stat {
        Stat {
            received: 0,
            dropped,
            if_dropped,
        }
    }

    #[test]
    fn losses_add_up_beyond_32_bits() {
        let mut counters = Counters::new("no such card");
        counters.add(told(u32::MAX - 1, 0));
        counters.add(told(3, 0));
        assert_eq!(counters.dropped, u64::from(u32::MAX) + 4);
        counters.add(told(3, 2));
        assert_eq!(counters.dropped, u64::from(u32::MAX) + 6);
    }

    #[test]
    fn what_the_card_missed_counts_from_the_beginning_and_once() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"100\n").expect("written");
        let counters = vec![(file.reopen().expect("open"), 97)];
        let mut missed = Missed { counters };
        assert_eq!([missed.grown(), missed.grown()], [Some(3), Some(0)]);
        file.as_file().set_len(0).expect("cut");
        assert_eq!(missed.grown(), Some(0));
        let mut unknown = Missed { counters: vec![] };
        assert_eq!(unknown.grown(), None);
    }
}
