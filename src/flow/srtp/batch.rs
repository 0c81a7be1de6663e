//! Packets of media that wait to be opened, many at once and on all cores.
//!
//! What comes of it is the same for any number of threads: each stream is opened by one of them, in
//! the order of its packets.

use std::sync::{Mutex, PoisonError};
use std::thread;

use hashbrown::HashMap;

use super::media::{OpenedMedia, Sealed};
use super::ring::Ring;
use super::tries::Candidates;
use crate::base::span::Octets;
use crate::flow::StreamKey;
use crate::flow::association::Key;

/// Octets and packets that wait at most.
const ROOM: usize = 4 << 20;
const PACKETS: usize = 1 << 13;

/// Packets that wait to be opened.
#[derive(Debug, Default)]
pub(super) struct Batch {
    octets: Vec<u8>,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    stream: StreamKey,
    level: Key,
    number: u64,
    start: usize,
    captured: usize,
    wire_len: u32,
    candidates: Candidates,
}

/// The packets of one stream, and what is known of it.
#[derive(Debug)]
pub(super) struct Work<'b> {
    pub(super) stream: StreamKey,
    /// Where the keys of the stream are looked for.
    pub(super) level: Key,
    pub(super) opened: Box<OpenedMedia>,
    /// Whether its key was known before.
    pub(super) was_settled: bool,
    /// Packets of which is known now that their tag does not verify.
    pub(super) refused: Vec<u64>,
    packets: Vec<&'b Waiting>,
}

impl Batch {
    /// Takes a packet; returns whether there is no room for more.
    pub(super) fn push(
        &mut self,
        (stream, level, number): (StreamKey, Key, u64),
        octets: Octets<'_>,
        candidates: Candidates,
    ) -> bool {
        let start = self.octets.len();
        self.octets.extend(octets.captured);
        self.waiting.push(Waiting {
            stream,
            level,
            number,
            start,
            captured: octets.captured.len(),
            wire_len: octets.wire_len,
            candidates,
        });
        self.octets.len() >= ROOM || self.waiting.len() >= PACKETS
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Room for the next packets.
    pub(super) fn clear(&mut self) {
        self.octets.clear();
        self.waiting.clear();
    }

    /// Opens all, on so many threads; `state` hands out what is known of a stream, or nothing where
    /// it is gone.
    pub(super) fn open(
        &self,
        threads: usize,
        ring: &Ring,
        mut state: impl FnMut(&StreamKey) -> Option<Box<OpenedMedia>>,
    ) -> Vec<Work<'_>> {
        let mut streams = HashMap::<StreamKey, Vec<&Waiting>>::new();
        for waiting in &self.waiting {
            streams.entry(waiting.stream).or_default().push(waiting);
        }
        let works = streams.into_iter().filter_map(|(stream, packets)| {
            let opened = state(&stream)?;
            Some(Work {
                stream,
                level: packets.first()?.level,
                was_settled: opened.key().is_some(),
                opened,
                refused: Vec::new(),
                packets,
            })
        });
        let mut works: Vec<_> = works.collect();
        // The longest come last, and are taken first.
        works.sort_unstable_by_key(|work| (work.packets.len(), work.stream));
        let threads = threads.min(works.len());
        let (works, done) = (Mutex::new(works), Mutex::new(Vec::new()));
        let next = || lock(&works).pop();
        let run = || {
            let mut out = Vec::new();
            while let Some(mut work) = next() {
                work.run(self, ring, &mut out);
                lock(&done).push(work);
            }
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                // Without another thread this one does all.
                let _ = thread::Builder::new().spawn_scoped(scope, run);
            }
            run();
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|work| work.stream);
        done
    }
}

impl Work<'_> {
    fn run(&mut self, batch: &Batch, ring: &Ring, out: &mut Vec<u8>) {
        for waiting in &self.packets {
            let end = waiting.start + waiting.captured;
            let sealed = Sealed {
                number: waiting.number,
                octets: Octets {
                    captured: batch.octets.get(waiting.start..end).unwrap_or_default(),
                    offset: 0,
                    wire_len: waiting.wire_len,
                },
                candidates: &waiting.candidates,
            };
            self.refused.extend(self.opened.take(&sealed, ring, out));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
