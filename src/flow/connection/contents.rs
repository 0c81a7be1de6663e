//! Messages of TURN in what was opened of a connection, and what follows those that join it to a
//! peer.

use super::reader::{Cut, Reader};
use super::{Carries, Event, StreamMessage};
use crate::base::addr::Direction;
use crate::base::span::Octets;
use crate::dissect::framing::{Framing, Next};

/// What is inside of a connection, in order from its first octet on.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Contents {
    readers: [Reader; 2],
    carries: Carries,
}

impl Contents {
    /// Takes the next octets of a direction, which were whole with this frame; hands on the
    /// messages that are whole with them.
    pub(in crate::flow) fn take(
        &mut self,
        (number, direction): (u64, Direction),
        octets: &[u8],
        out: &mut impl FnMut(Event<StreamMessage<'_>>),
    ) {
        let Self { readers, carries } = self;
        let mut out = |event: Event<Cut<'_>>| {
            if !matches!(&event, Event::Message((framing, ..)) if *framing != Framing::Turn) {
                out(event.in_direction(direction));
            }
        };
        if let Some(reader) = readers.get_mut(direction.index()) {
            if *carries == Carries::Messages(Framing::Turn) && are_messages(octets) {
                reader.resume(&mut out);
            }
            reader.run(true, number, Octets::whole(octets, 0));
            reader.read(carries, &mut out);
        }
        // What waited in the other direction may be read by now.
        if let Some(reader) = readers.get_mut(direction.reversed().index()) {
            reader.read(carries, &mut out);
        }
    }

    /// Octets of a direction are missing here.
    pub(in crate::flow) fn gap(&mut self, direction: Direction) {
        if let Some(reader) = self.readers.get_mut(direction.index()) {
            reader.gap();
        }
    }

    /// Whether it is something else than TURN.
    pub(in crate::flow) const fn are_foreign(&self) -> bool {
        match self.carries {
            Carries::Undecided | Carries::Joining | Carries::Joined => false,
            Carries::Messages(framing) => !matches!(framing, Framing::Turn),
            Carries::Tls | Carries::Other => true,
        }
    }
}

/// Whether octets are whole messages of TURN, as those of a record mostly are: behind a gap that
/// tells where one begins.
fn are_messages(octets: &[u8]) -> bool {
    let mut rest = octets;
    while let [first, ..] = rest {
        let (Next::Message(len), ..=0x4F) = (Framing::Turn.next(rest), *first) else {
            return false;
        };
        let Some(after) = rest.get(len as usize..) else {
            return false;
        };
        rest = after;
    }
    true
}
