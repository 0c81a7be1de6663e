//! Packets of files: read once more, around the one that is asked for.

use std::collections::VecDeque;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::{AROUND, Around, Shelf};
use crate::base::time::Timestamp;
use crate::base::told::Told;
use crate::capture::{Block, Bookmark, Capture, Files, KeptPacket, PacketSource as _};
use crate::exposure::{Agreements, Lens};
use crate::flow::Tracker;
use crate::report::live::{Calls, Part};
use crate::run::followed::Followed;
use crate::tui::Seen;

/// Packets that must be there on each side before those that were read serve again.
const MARGIN: usize = 64;
/// Packets in which the rest of a message is looked for.
const REST: usize = 1 << 16;
/// Time by which packets of several interfaces may be out of order, at most.
const DISORDER: Duration = Duration::from_secs(10);
/// Octets between two bookmarks, at least.
const STEP: u64 = 4 << 20;

/// The files, where to begin in them, and the packets that were read last.
pub(in crate::run::dashboard) struct FileShelf {
    files: Files,
    marks: Vec<Mark>,
    window: Option<Window>,
}

/// A place in the files.
struct Mark {
    place: Bookmark,
    /// Packets that were read before it, and the number of the last of them.
    packets: u64,
    last: u64,
    /// The time that had come by then.
    time: Timestamp,
}

/// Packets that were read one after the other.
struct Window {
    /// Packets that were known then: it tells no more than they taught.
    known: u64,
    packets: Vec<Seen>,
    /// Whether the first packet of the capture is among them, and the last.
    reaches: [bool; 2],
}

impl FileShelf {
    pub(in crate::run::dashboard) const fn new(files: Files) -> Self {
        Self {
            files,
            marks: Vec::new(),
            window: None,
        }
    }

    pub(in crate::run::dashboard) const fn files(&self) -> &Files {
        &self.files
    }

    /// Keeps the place where the next block of `capture` begins, and what was known by then.
    pub(in crate::run::dashboard) fn mark(&mut self, capture: &Capture, known: &Followed) {
        let Some(place) = capture.bookmark() else {
            return;
        };
        let (totals, last) = (known.tracker.totals(), known.last);
        let before = self.marks.last();
        let (number, octets) = before.map_or((0, 0), |mark| (mark.last, mark.place.octets()));
        if last > number && place.octets() >= octets + STEP {
            self.marks.push(Mark {
                place,
                packets: totals.packets,
                last,
                time: totals.last.unwrap_or_default(),
            });
        }
    }

    /// Where to begin so that enough packets come before this number: what a part of a connection
    /// is follows from all of it that came before.
    fn begin(&self, number: u64, tracker: &Tracker) -> Option<&Mark> {
        let mark = self.before(number)?;
        match tracker.first_of_connections(mark.time.before(DISORDER)) {
            Some(first) if first <= mark.last => self.before(first),
            _ => Some(mark),
        }
    }

    /// The last place with enough packets between it and this number.
    fn before(&self, number: u64) -> Option<&Mark> {
        let passed = self.marks.partition_point(|mark| mark.last < number);
        let (last, before) = self.marks.get(..passed)?.split_last()?;
        let enough = |mark: &&Mark| last.packets - mark.packets >= AROUND as u64;
        before.iter().rev().find(enough)
    }

    fn read(&self, number: u64, agreements: Arc<Agreements<'_>>) -> Result<Window> {
        let tracker = agreements.tracker();
        let begin = self.begin(number, tracker);
        let mut capture = match begin {
            Some(mark) => self.files.open_at(&mark.place),
            None => self.files.open(),
        }?;
        let mut window = Window {
            known: tracker.totals().packets,
            packets: Vec::new(),
            reaches: [begin.is_none(), true],
        };
        let mut lens = Lens::by(agreements);
        let mut before = VecDeque::<KeptPacket>::new();
        let (mut looked, mut after) = (0, 0);
        let mut block = Block::default();
        'files: while capture.next_block(&mut block)? {
            for packet in block.packets() {
                if packet.number < number {
                    before.push_back((&packet).into());
                    if before.len() > AROUND
                        && let Some(passed) = before.pop_front()
                    {
                        lens.pass(&passed.packet());
                        window.reaches[0] = false;
                    }
                    continue;
                }
                looked += look(&mut lens, &mut before);
                after += 1;
                if after <= AROUND {
                    lens.look(&packet);
                    looked += 1;
                } else {
                    lens.pass(&packet);
                    window.reaches[1] = false;
                }
                window.packets.extend(iter::from_fn(|| lens.settled()));
                let whole = looked == window.packets.len();
                if after > AROUND && (whole || after > AROUND + REST) {
                    break 'files;
                }
            }
        }
        look(&mut lens, &mut before);
        lens.end();
        window.packets.extend(iter::from_fn(|| lens.settled()));
        Ok(window)
    }
}

impl Shelf for FileShelf {
    fn around(&mut self, number: u64, calls: &Calls<'_>) -> Result<Around<'_>> {
        let agreements = calls.agreements();
        let known = agreements.tracker().totals().packets;
        let serves = |window: &Window| window.known == known && window.surrounds(number);
        if !self.window.as_ref().is_some_and(serves) {
            self.window = None;
            self.window = Some(self.read(number, Arc::clone(agreements))?);
        }
        let window = self.window.as_ref();
        Ok(Around {
            packets: window.map_or(&[], |window| window.packets.as_slice()),
            from: 0,
        })
    }

    /// All of them are in the files.
    fn gone(&self, _: u64) -> Option<Told> {
        None
    }

    fn keep<'p>(&mut self, _: impl Iterator<Item = &'p Arc<Part>>) {}
}

impl Window {
    /// Whether enough packets stand around this number.
    fn surrounds(&self, number: u64) -> bool {
        let numbers = |(kept, _): &Seen| kept.packet().number < number;
        let before = self.packets.partition_point(numbers);
        let after = self.packets.len() - before;
        let [first, last] = self.reaches;
        (first || before >= MARGIN) && (last || after >= MARGIN)
    }
}

/// Looks at the packets that waited; returns how many they were.
fn look(lens: &mut Lens<'_>, packets: &mut VecDeque<KeptPacket>) -> usize {
    let count = packets.len();
    for packet in packets.drain(..) {
        lens.look(&packet.packet());
    }
    count
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;
    use std::path::PathBuf;

    use tempfile::NamedTempFile;

    use super::*;
    use crate::capture::CaptureSummary;

    /// Frames of shipped captures one after the other, a millisecond apart: each as often as it says.
    fn written(parts: &[(&str, usize)]) -> NamedTempFile {
        let captures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("captures");
        let mut file = Vec::new();
        let mut millis = 0_u32;
        for (name, times) in parts {
            let octets = fs::read(captures.join(name)).expect("a capture");
            let (header, frames) = octets.split_at(24);
            if file.is_empty() {
                file.extend_from_slice(header);
            }
            for _ in 0..*times {
                let mut rest = frames;
                while let Some((head, behind)) = rest.split_first_chunk::<16>() {
                    let len = u32::from_le_bytes(head[8..12].try_into().expect("four"));
                    let (frame, behind) = behind.split_at(len as usize);
                    file.extend_from_slice(&(millis / 1000).to_le_bytes());
                    file.extend_from_slice(&(millis % 1000 * 1000).to_le_bytes());
                    file.extend_from_slice(&head[8..]);
                    file.extend_from_slice(frame);
                    millis += 1;
                    rest = behind;
                }
            }
        }
        let mut written = NamedTempFile::new().expect("a file");
        written.write_all(&file).expect("room");
        written
    }

    /// The shelf behind these frames, read to their end, with its places.
    fn shelf(file: &NamedTempFile) -> (FileShelf, Followed) {
        let files = Files::new(&[file.path().to_owned()], None).expect("a capture");
        let mut capture = files.open().expect("a capture");
        let mut shelf = FileShelf::new(files);
        let mut followed = Followed::new(CaptureSummary::default());
        let mut block = Block::default();
        while capture.next_block(&mut block).expect("whole") {
            for packet in block.packets() {
                followed.take(&packet);
            }
            shelf.mark(&capture, &followed);
        }
        followed.tracker.finish();
        (shelf, followed)
    }

    const UDP: &str = "one-client-relayed.pcap";
    const TLS: &str = "turn-inside-tls.pcap";

    #[test]
    fn packets_are_read_from_before_the_oldest_connection_that_lives_there() {
        for (parts, is_near) in [
            ([(UDP, 17), (TLS, 1), (UDP, 5)], true),
            ([(TLS, 1), (UDP, 17), (UDP, 5)], true),
            ([(TLS, 1), (UDP, 22), (TLS, 1)], false),
        ] {
            let file = written(&parts);
            let (shelf, Followed { tracker, last, .. }) = shelf(&file);
            assert!(shelf.marks.len() > 1, "{}", shelf.marks.len());
            let begins = shelf.begin(last, &tracker);
            assert_eq!(begins.is_some(), is_near, "{parts:?}");
        }
    }
}
