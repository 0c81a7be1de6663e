//! Connections: what runs over TCP, cut into messages that are taken as datagrams are.
//!
//! From the frame to the message octets pass a [`HalfStream`], which puts them in order, and a
//! reader, which cuts them. What a connection carries is told by its first messages; of one that
//! carries none of ours nothing is kept.

mod backlog;
mod contents;
mod reader;
mod table;
#[cfg(test)]
mod tests;

use super::table::Aged;
use crate::base::addr::Direction;
use crate::base::anomaly::Anomaly;
use crate::base::span::{Octets, Piece};
use crate::base::time::Timestamp;
use crate::decode::TcpFlags;
use crate::decode::tcp::{Arrived, HalfStream, Segment};
use crate::dissect::framing::Framing;
use reader::{Cut, Reader};

pub(in crate::flow) use contents::Contents;
pub use table::Connections;

/// What a connection carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Carries {
    /// Nothing yet, or too little to tell.
    #[default]
    Undecided,
    /// Messages in this framing.
    Messages(Framing),
    /// TLS of which nobody reads any more records.
    Tls,
    /// A client has asked for the connection of a peer in its place (RFC 6062), and waits for the
    /// answer.
    Joining,
    /// The octets of a peer's connection, whatever they are.
    Joined,
    /// Something else.
    Other,
}

impl Carries {
    /// Whether it is TLS, read or not.
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::Tls | Self::Messages(Framing::Tls))
    }
}

/// What comes out of a connection.
#[derive(Debug)]
pub enum Event<M> {
    /// A message.
    Message(M),
    /// Octets from or to a peer, behind the last message: no message frames them.
    Passed(M),
    /// Octets from or to a peer came that had come before.
    Again,
    /// Something odd about the stream.
    Odd(Anomaly),
    /// So many octets of the stream belong to no message: they are none of ours, or there is a gap
    /// in what was captured.
    Lost(u64),
    /// Messages are found again: some before them may have been missed.
    Resumed,
    /// Another connection begins between the same ends.
    Begun,
}

/// A message that a stream carried.
#[derive(Debug, Clone, Copy)]
pub struct StreamMessage<'a> {
    /// In which direction of the connection.
    pub direction: Direction,
    /// What frames it.
    pub framing: Framing,
    /// Its octets in order, with what frames it: as many as the capture holds from its beginning.
    pub octets: &'a [u8],
    /// Octets on the wire.
    pub wire_len: u32,
    /// Where its octets stand, in order; never empty.
    pub pieces: &'a [Piece],
}

impl<'a> StreamMessage<'a> {
    /// Number of the frame in which it ends.
    pub fn number(&self) -> u64 {
        self.pieces.last().map_or(0, |piece| piece.number)
    }

    /// The message without what stands before it, as if it were alone in a frame.
    pub fn message(&self) -> Octets<'a> {
        let all = Octets {
            captured: self.octets,
            offset: 0,
            wire_len: self.wire_len,
        };
        all.after(self.framing.before())
    }
}

impl<'a> Event<Cut<'a>> {
    fn in_direction(self, direction: Direction) -> Event<StreamMessage<'a>> {
        let message = |(framing, wire_len, octets, pieces)| StreamMessage {
            direction,
            framing,
            octets,
            wire_len,
            pieces,
        };
        match self {
            Self::Message(cut) => Event::Message(message(cut)),
            Self::Passed(cut) => Event::Passed(message(cut)),
            Self::Again => Event::Again,
            Self::Odd(anomaly) => Event::Odd(anomaly),
            Self::Lost(len) => Event::Lost(len),
            Self::Resumed => Event::Resumed,
            Self::Begun => Event::Begun,
        }
    }
}

/// One connection.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    halves: [Half; 2],
    carries: Carries,
    last: Timestamp,
}

/// One direction of it.
#[derive(Debug, Clone, Default)]
struct Half {
    stream: HalfStream,
    reader: Reader,
}

impl Aged for Connection {
    fn last(&self) -> Timestamp {
        self.last
    }
}

impl Connection {
    /// What it carries.
    pub const fn carries(&self) -> Carries {
        self.carries
    }

    /// Takes a segment; hands on the messages that have become whole.
    pub fn segment(
        &mut self,
        (time, direction): (Timestamp, Direction),
        segment: &Segment<'_>,
        out: &mut impl FnMut(Event<StreamMessage<'_>>),
    ) {
        self.begin(direction, segment, out);
        self.last = self.last.max(time);
        if matches!(self.carries, Carries::Tls | Carries::Other) {
            out(Event::Lost(segment.payload.wire_len.into()));
            return;
        }
        let before = self.carries;
        let again = self.half(direction, out, |stream, out| stream.take(segment, out));
        let other = direction.reversed();
        let acknowledges = segment.flags.contains(TcpFlags::ACK);
        self.half(other, out, |stream, out| {
            if acknowledges {
                stream.acknowledge(segment.ack, out);
            }
        });
        if self.carries != before {
            // What waited in the other direction can be read now, or need not be kept.
            self.half(other, out, |_, _| ());
            if matches!(self.carries, Carries::Tls | Carries::Other) {
                self.give_up(out);
            }
        }
        if again.octets > 0 && self.carries == Carries::Joined {
            out(Event::Again);
        }
        if again.overlaps {
            out(Event::Odd(Anomaly::TcpOverlap));
        }
    }

    /// Whether octets of this frame wait to become a message.
    pub fn holds(&self, number: u64) -> bool {
        let mut halves = self.halves.iter();
        halves.any(|half| half.stream.holds(number) || half.reader.holds(number))
    }

    /// Octets that wait and begin no message for all that is known: the record of TLS that they
    /// begin may be sealed.
    fn open(&self) -> u64 {
        if self.carries == Carries::Messages(Framing::Tls) {
            return self.held() as u64;
        }
        let halves = self.halves.iter();
        let open = halves.map(|half| half.stream.held() + half.reader.open());
        open.map(|len| len as u64).sum()
    }

    /// Octets that wait.
    fn held(&self) -> usize {
        let halves = self.halves.iter();
        halves
            .map(|half| half.stream.held() + half.reader.held())
            .sum()
    }

    /// Reads no more of it: what follows is sealed, and nobody opens it.
    fn leave(&mut self, out: &mut impl FnMut(Event<StreamMessage<'_>>)) {
        self.carries = Carries::Tls;
        self.give_up(out);
    }

    /// Gives up what waits: there is no room for it, or nobody reads it.
    fn give_up(&mut self, out: &mut impl FnMut(Event<StreamMessage<'_>>)) {
        for direction in [Direction::AToB, Direction::BToA] {
            self.half(direction, out, HalfStream::give_up);
        }
        let readers = self.halves.iter_mut().map(|half| &mut half.reader);
        out(Event::Lost(readers.map(Reader::gap).sum()));
    }

    /// Notes where the streams begin; the SYN of another connection ends this one.
    fn begin(
        &mut self,
        direction: Direction,
        segment: &Segment<'_>,
        out: &mut impl FnMut(Event<StreamMessage<'_>>),
    ) {
        if !segment.flags.contains(TcpFlags::SYN) {
            return;
        }
        let first = segment.seq.wrapping_add(1);
        let [up, down] = match direction {
            Direction::AToB => [0, 1],
            Direction::BToA => [1, 0],
        };
        if self
            .halves
            .get(up)
            .is_some_and(|half| half.stream.is_another(first))
        {
            *self = Self::default();
            out(Event::Begun);
        }
        if let Some(half) = self.halves.get_mut(up) {
            half.stream.begin(first);
        }
        if let Some(half) = self.halves.get_mut(down)
            && segment.flags.contains(TcpFlags::ACK)
        {
            half.stream.begin(segment.ack);
        }
    }

    /// Lets `step` move one stream on, and reads what comes of it.
    fn half<T>(
        &mut self,
        direction: Direction,
        out: &mut impl FnMut(Event<StreamMessage<'_>>),
        step: impl FnOnce(&mut HalfStream, &mut dyn FnMut(Arrived<'_>)) -> T,
    ) -> T {
        let Self {
            halves, carries, ..
        } = self;
        let [a_to_b, b_to_a] = halves;
        let Half { stream, reader } = match direction {
            Direction::AToB => a_to_b,
            Direction::BToA => b_to_a,
        };
        let begun = stream.is_whole();
        let mut out = |event: Event<Cut<'_>>| out(event.in_direction(direction));
        let told = step(stream, &mut |arrived| {
            match arrived {
                Arrived::Run(number, octets) => reader.run(begun, number, octets),
                Arrived::Gap(len) => {
                    out(Event::Lost(len + reader.gap()));
                    if !matches!(carries, Carries::Undecided | Carries::Tls | Carries::Other) {
                        out(Event::Odd(Anomaly::TcpGap));
                    }
                }
            }
            reader.read(carries, &mut out);
        });
        reader.read(carries, &mut out);
        told
    }
}
