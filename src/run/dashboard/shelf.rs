//! Packets that are looked at again: read from the files once more, around the one that is asked
//! for.

use anyhow::Result;

use crate::base::addr::Transport;
use crate::capture::{Block, Bookmark, Capture, Files, KeptPacket, PacketSource as _};
use crate::exposure::{Lens, PacketView};
use crate::flow::Tracker;

/// A packet, and what is to be seen of it.
pub(super) type Seen = (KeptPacket, PacketView);

/// Packets that are read on each side of the one that is asked for.
const AROUND: u64 = 256;
/// Packets that must be there on each side before those that were read serve again.
const MARGIN: u64 = 48;
/// Packets in which the rest of a message is looked for.
const REST: u64 = 1 << 16;
/// Octets between two bookmarks, at least.
const STEP: u64 = 4 << 20;

/// The files, where to begin in them, and the packets that were read last.
pub(super) struct Shelf {
    files: Files,
    /// Places in the files, and the number of the last packet before each.
    marks: Vec<(u64, Bookmark)>,
    window: Option<Window>,
}

struct Window {
    /// Packets that were known when it was read: it tells no more than they taught.
    known: u64,
    from: u64,
    to: u64,
    packets: Vec<Seen>,
}

impl Shelf {
    pub(super) const fn new(files: Files) -> Self {
        Self {
            files,
            marks: Vec::new(),
            window: None,
        }
    }

    pub(super) const fn files(&self) -> &Files {
        &self.files
    }

    /// Keeps the place where the next block of `capture` begins; `last` is the number of the last
    /// packet before it.
    pub(super) fn mark(&mut self, capture: &Capture, last: u64) {
        let Some(mark) = capture.bookmark() else {
            return;
        };
        let (known, before) = self.marks.last().map_or((0, 0), |(n, m)| (*n, m.octets()));
        if last > known && mark.octets() >= before + STEP {
            self.marks.push((last, mark));
        }
    }

    /// The packets around this number, in their order.
    ///
    /// # Errors
    /// Where the files cannot be read again.
    pub(super) fn around(&mut self, number: u64, tracker: &Tracker) -> Result<&[Seen]> {
        let known = tracker.totals().packets;
        let serves = |window: &Window| {
            let before = number.saturating_sub(MARGIN).max(1) >= window.from;
            let after = number + MARGIN <= window.to || window.to == u64::MAX;
            window.known == known && before && after
        };
        if !self.window.as_ref().is_some_and(serves) {
            self.window = None;
            self.window = Some(self.read(number, tracker)?);
        }
        let window = self.window.as_ref();
        Ok(window.map_or(&[], |window| window.packets.as_slice()))
    }

    fn read(&self, number: u64, tracker: &Tracker) -> Result<Window> {
        let from = number.saturating_sub(AROUND).max(1);
        let to = number + AROUND;
        let connections = tracker.flows();
        let connected = connections
            .iter()
            .any(|flow| flow.key.transport == Transport::Tcp);
        // What a part of a connection is follows from all that came before it.
        let passed = self.marks.partition_point(|(last, _)| *last < from);
        let mark = self.marks.get(..passed).and_then(|marks| marks.last());
        let mut capture = match mark.filter(|_| !connected) {
            Some((_, mark)) => self.files.open_at(mark)?,
            None => self.files.open()?,
        };
        let mut window = Window {
            known: tracker.totals().packets,
            from,
            to: u64::MAX,
            packets: Vec::new(),
        };
        let mut lens = Lens::new(tracker);
        let (mut block, mut looked) = (Block::default(), 0);
        'files: while capture.next_block(&mut block)? {
            for packet in block.packets() {
                if packet.number > to {
                    window.to = to;
                    let whole = looked == window.packets.len();
                    if whole || !connected || packet.number > to + REST {
                        break 'files;
                    }
                }
                if (from..=to).contains(&packet.number) {
                    lens.look(&packet);
                    looked += 1;
                } else if connected {
                    lens.pass(&packet);
                }
                window.packets.extend(std::iter::from_fn(|| lens.settled()));
            }
        }
        lens.end();
        window.packets.extend(std::iter::from_fn(|| lens.settled()));
        Ok(window)
    }
}
