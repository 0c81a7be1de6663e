//! Whose dialect a flow speaks, with the packets that show it.

use crate::base::addr::Direction;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::dissect::dialect::{self, Mark, Own, Wrapped};
use crate::dissect::rtp::{Rtp, Ssrc};
use crate::dissect::stun::Stun;

/// Streams that are followed behind the headers of another maker: as many as a call shows.
const STREAMS: usize = 8;
/// Packets of one stream, each with a number of its own, that prove such headers.
const ENOUGH: u32 = 3;
/// How far a sequence number may stand from the last one.
const NEAR: u16 = 100;

/// The dialects of a flow.
#[derive(Debug, Clone, Default)]
pub struct Dialects {
    marks: Vec<(Mark, Sample)>,
    streams: Vec<WrappedStream>,
}

/// What may be a stream behind the headers of another maker.
#[derive(Debug, Clone)]
struct WrappedStream {
    key: (Mark, Direction, Ssrc),
    last: u16,
    distinct: u32,
    packets: Sample,
}

impl Dialects {
    /// What shows each dialect, in the order of [`Mark`].
    pub fn marks(&self) -> Vec<(Mark, Sample)> {
        let mut all = self.marks.clone();
        for stream in self.streams.iter().filter(|stream| stream.is_proven()) {
            let (mark, ..) = stream.key;
            match all.iter_mut().find(|(known, _)| *known == mark) {
                Some((_, packets)) => packets.merge(&stream.packets),
                None => all.push((mark, stream.packets.clone())),
            }
        }
        all.sort_by_key(|(mark, _)| *mark);
        all
    }

    /// Takes a mark that proves itself.
    pub(super) fn mark(&mut self, number: u64, mark: Mark) {
        match self.marks.iter_mut().find(|(known, _)| *known == mark) {
            Some((_, packets)) => packets.add(number),
            None => self.marks.push((mark, Sample::of(number))),
        }
    }

    pub(super) fn stun(&mut self, number: u64, stun: &Stun<'_>) {
        let mut last = None;
        // A message may hold several attributes of one maker.
        for mark in dialect::of_stun(stun).filter(|mark| last.replace(*mark) != Some(*mark)) {
            self.mark(number, mark);
        }
    }

    pub(super) fn rtp(&mut self, number: u64, rtp: &Rtp<'_>) {
        if let Some(mark) = dialect::of_rtp(rtp) {
            self.mark(number, mark);
        }
    }

    /// Takes a datagram that is no message of an RFC.
    pub(super) fn unknown(&mut self, number: u64, direction: Direction, octets: Octets<'_>) {
        match dialect::own(octets) {
            Some(Own::Fixed(mark)) => self.mark(number, mark),
            Some(Own::Media(wrapped)) => self.wrapped(number, direction, wrapped),
            None => {}
        }
    }

    fn wrapped(&mut self, number: u64, direction: Direction, media: Wrapped) {
        let key = (media.mark, direction, media.ssrc);
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.key == key) {
            stream.add(number, media.seq);
            return;
        }
        if self.streams.len() == STREAMS {
            let Some(unproven) = self.streams.iter().position(|stream| !stream.is_proven()) else {
                return;
            };
            self.streams.remove(unproven);
        }
        self.streams.push(WrappedStream {
            key,
            last: media.seq,
            distinct: 1,
            packets: Sample::of(number),
        });
    }
}

impl WrappedStream {
    const fn is_proven(&self) -> bool {
        self.distinct >= ENOUGH
    }

    fn add(&mut self, number: u64, seq: u16) {
        let apart = seq.wrapping_sub(self.last).min(self.last.wrapping_sub(seq));
        match apart {
            0 => {}
            1..=NEAR => self.distinct = self.distinct.saturating_add(1),
            _ if self.is_proven() => {}
            _ => {
                self.distinct = 1;
                self.packets = Sample::default();
            }
        }
        self.last = seq;
        self.packets.add(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(ssrc: u32, seq: u16) -> Wrapped {
        let (mark, ssrc) = (Mark::ZoomServer, Ssrc(ssrc));
        Wrapped { mark, ssrc, seq }
    }

    fn shown(dialects: &Dialects) -> Vec<(&'static str, u64)> {
        let marks = dialects.marks().into_iter();
        marks.map(|(mark, of)| (mark.name(), of.total())).collect()
    }

    #[test]
    fn three_numbers_near_one_another_prove_wrapped_media() {
        let mut dialects = Dialects::default();
        for (number, seq) in [(1, 65_535), (2, 65_535), (3, 2)] {
            dialects.wrapped(number, Direction::AToB, media(7, seq));
        }
        assert!(shown(&dialects).is_empty());
        dialects.wrapped(4, Direction::AToB, media(7, 3));
        assert_eq!(shown(&dialects), [("server-framing", 4)]);
    }

    #[test]
    fn numbers_at_random_prove_nothing() {
        let mut dialects = Dialects::default();
        for (number, seq) in [(1, 5), (2, 9_000), (3, 9_001), (4, 40_000)] {
            dialects.wrapped(number, Direction::AToB, media(7, seq));
        }
        assert!(shown(&dialects).is_empty());
    }

    #[test]
    fn no_more_streams_are_followed_than_a_call_shows() {
        let mut dialects = Dialects::default();
        (1..=3).for_each(|n| dialects.wrapped(n, Direction::AToB, media(7, n as u16)));
        (10..100).for_each(|n| dialects.wrapped(n, Direction::AToB, media(n as u32, 0)));
        assert_eq!(dialects.streams.len(), STREAMS);
        assert_eq!(shown(&dialects), [("server-framing", 3)]);
    }
}
