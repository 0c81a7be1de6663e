//! Data connections of TCP allocations (RFC 6062): that of the client and that of the peer, which
//! the relay joins, compared octet by octet.
//!
//! What a client's connection carries comes from [`Connection`](super::Connection), behind the
//! messages that join it. A peer's connection is put in order here, from its beginning on: its
//! octets may come before anybody knows to what they will be joined. What they say is not asked.

mod course;
mod table;

use super::table::Aged;
use crate::base::time::Timestamp;
use crate::decode::TcpFlags;
use crate::decode::tcp::{Arrived, HalfStream, Segment};
use course::Point;

pub use course::Course;
pub(super) use table::{DataConnections, Ends};

/// Why it cannot be told whether what left a relay on a connection had entered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Octets are not in the capture, or the beginning is not.
    Missing,
    /// Frames were cut.
    Cut,
    /// There was no room for what had to wait.
    Full,
    /// It differs where octets came twice: the receiver may have taken the others.
    Again,
    /// Octets left that had not entered by the end of the capture.
    LeftOnly,
}

/// All connections between one relayed address and one peer, of which each follows the one before.
#[derive(Debug, Clone)]
pub struct DataConnection {
    /// Its number, from 1, in the order of appearance.
    pub(super) id: u64,
    /// The allocation to which it belongs.
    pub(super) allocation: u64,
    /// Relayed address and peer.
    pub(super) ends: Ends,
    /// Whether the relay told its client of it.
    pub(super) told: bool,
    /// What the peer's connection carries to the peer, and to the client.
    peer: [HalfStream; 2],
    courses: [Course; 2],
    last: Timestamp,
}

impl Aged for DataConnection {
    fn last(&self) -> Timestamp {
        self.last
    }
}

impl DataConnection {
    fn new(id: u64, allocation: u64, ends: Ends) -> Self {
        Self {
            id,
            allocation,
            ends,
            told: false,
            peer: Default::default(),
            courses: Default::default(),
            last: Timestamp::default(),
        }
    }

    /// What passes to the peer, and to the client.
    pub const fn courses(&self) -> &[Course; 2] {
        &self.courses
    }

    /// Takes what the client's connection carries; `to_peer` is whether the client sends it.
    fn at_client(&mut self, time: Timestamp, to_peer: bool, arrived: Arrived<'_>) {
        self.last = self.last.max(time);
        let point = if to_peer {
            Point::Entering
        } else {
            Point::Leaving
        };
        arrive(self.course(to_peer), point, arrived);
    }

    /// Takes a segment of the peer's connection; `to_peer` is whether the relay sends it. Returns
    /// whether another connection begins with it.
    fn at_peer(&mut self, time: Timestamp, to_peer: bool, segment: &Segment<'_>) -> bool {
        self.last = self.last.max(time);
        let again = self.begin(to_peer, segment);
        let Self { peer, courses, .. } = self;
        let [sent, received] = in_order(peer, to_peer);
        let [own, other] = in_order(courses, to_peer);
        let [leaving, entering] = if to_peer {
            [Point::Leaving, Point::Entering]
        } else {
            [Point::Entering, Point::Leaving]
        };
        let whole = sent.is_whole();
        let twice = sent.take(segment, &mut |arrived| {
            if !whole {
                own.give_up(Doubt::Missing);
            }
            arrive(own, leaving, arrived);
        });
        own.again |= twice.octets > 0;
        if segment.flags.contains(TcpFlags::ACK) {
            received.acknowledge(segment.ack, &mut |arrived| arrive(other, entering, arrived));
        }
        again
    }

    /// Notes where the streams begin; the SYN of another connection ends the one before.
    fn begin(&mut self, to_peer: bool, segment: &Segment<'_>) -> bool {
        if !segment.flags.contains(TcpFlags::SYN) {
            return false;
        }
        let first = segment.seq.wrapping_add(1);
        let [sent, _] = in_order(&mut self.peer, to_peer);
        let another = sent.is_another(first);
        if another {
            self.peer = Default::default();
            self.courses.iter_mut().for_each(Course::forget_waiting);
        }
        let [sent, received] = in_order(&mut self.peer, to_peer);
        sent.begin(first);
        if segment.flags.contains(TcpFlags::ACK) {
            received.begin(segment.ack);
        }
        another
    }

    fn course(&mut self, to_peer: bool) -> &mut Course {
        let [course, _] = in_order(&mut self.courses, to_peer);
        course
    }

    /// Octets that wait.
    fn held(&self) -> usize {
        let streams = self.peer.iter().map(HalfStream::held);
        let courses = self.courses.iter().map(Course::held);
        streams.chain(courses).sum()
    }

    /// Compares no more, in either direction.
    fn give_up(&mut self, doubt: Doubt) {
        self.peer
            .iter_mut()
            .for_each(|stream| stream.give_up(&mut |_| ()));
        self.courses
            .iter_mut()
            .for_each(|course| course.give_up(doubt));
    }
}

/// The one of the direction that is asked for, and the other; the first goes to the peer.
fn in_order<T>([to_peer, to_client]: &mut [T; 2], first: bool) -> [&mut T; 2] {
    if first {
        [to_peer, to_client]
    } else {
        [to_client, to_peer]
    }
}

fn arrive(course: &mut Course, point: Point, arrived: Arrived<'_>) {
    match arrived {
        Arrived::Run(number, octets) => course.take(point, number, octets),
        Arrived::Gap(_) => course.give_up(Doubt::Missing),
    }
}

#[cfg(test)]
mod tests;
