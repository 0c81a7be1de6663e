//! Marks of an end-to-end layer, counted from frame to frame: only what is kept by frame after
//! frame is a mark.

use crate::base::sample::Sample;
use crate::dissect::sframe::{Header, Trailer};

/// Trailers of encoded transforms: each has the length of its vector where it belongs, and no
/// vector follows itself. Chance makes one in 256 ends look so.
#[derive(Debug, Clone, Default)]
pub(super) struct Trailers {
    pub(super) marked: Sample,
    pub(super) bare: Sample,
    /// The first key indices that were seen.
    pub(super) keys: Vec<u64>,
    last: [u8; 12],
}

/// Headers of SFrame: the counter rises from frame to frame, under a key that stays. Chance keeps
/// that for two frames in a row, and hardly for three.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters {
    pub(super) marked: Sample,
    pub(super) bare: Sample,
    /// The first keys that were seen.
    pub(super) keys: Vec<u64>,
    last: Option<(u16, Header)>,
    /// Frames in a row that counted on.
    run: u32,
}

/// Keys that are told.
const KEYS: usize = 4;
/// Frames in a row that count on, from which their headers are taken for such.
const RUN: u32 = 3;
/// Frames that a sender may seal with one key for each packet of this stream: its other streams
/// count too. A new key begins below it.
const FRAMES: u64 = 64;

impl Trailers {
    pub(super) fn add(&mut self, trailer: Option<Trailer<'_>>, number: u64) {
        match trailer.filter(|trailer| *trailer.iv != self.last) {
            Some(trailer) => {
                self.last = *trailer.iv;
                self.marked.add(number);
                note(&mut self.keys, trailer.key_id.into());
            }
            None => self.bare.add(number),
        }
    }
}

impl Counters {
    /// Takes the header of a frame; returns its length where those before have counted up to it.
    pub(super) fn add(&mut self, header: Option<Header>, (seq, number): (u16, u64)) -> Option<u32> {
        let Some(header) = header else {
            self.bare.add(number);
            return None;
        };
        let Some((before, last)) = self.last else {
            self.begin(header, (seq, number));
            return None;
        };
        let same = header.key_id == last.key_id;
        let packets = seq.wrapping_sub(before);
        if packets > u16::MAX / 2 && self.run >= RUN && same {
            // Late: its counter lies behind.
            self.marked.add(number);
            return Some(header.len);
        }
        let most = FRAMES.saturating_mul(packets.into());
        let step = header.counter.checked_sub(last.counter);
        let counts = same && step.is_some_and(|step| (1..=most).contains(&step));
        let changes = !same && self.run > RUN && header.counter < FRAMES;
        if counts || changes {
            self.run = if changes {
                RUN
            } else {
                self.run.saturating_add(1)
            };
            self.last = Some((seq, header));
            self.marked.add(number);
            note(&mut self.keys, header.key_id);
            return (self.run >= RUN).then_some(header.len);
        }
        if self.run < RUN {
            self.begin(header, (seq, number));
        } else {
            self.bare.add(number);
        }
        None
    }

    /// Begins anew with this header: what was taken for a mark was none.
    fn begin(&mut self, header: Header, (seq, number): (u16, u64)) {
        self.bare.merge(&std::mem::take(&mut self.marked));
        self.marked.add(number);
        self.keys = vec![header.key_id];
        self.run = 0;
        self.last = Some((seq, header));
    }
}

fn note(keys: &mut Vec<u64>, key: u64) {
    if keys.len() < KEYS && !keys.contains(&key) {
        keys.push(key);
    }
}
