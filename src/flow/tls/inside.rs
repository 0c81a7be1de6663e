//! What was opened: each message inside is taken as a datagram of a flow of its own, which runs
//! inside that of the connection. Its octets are those of the connection, and counted there.

use super::Inside;
use crate::base::addr::Transport;
use crate::dissect::tls::Record;
use crate::flow::connection::StreamMessage;
use crate::flow::{Flow, Place, Tracker};

impl Tracker {
    /// Takes a sealed record in the direction of its place.
    pub(super) fn sealed_record(&mut self, place: Place, record: &Record<'_>) {
        if let Some(session) = self.tls.get(&place.flow) {
            self.openings.begin(session, &self.keys);
        }
        // They stand aside while what they hand on is taken.
        let mut openings = std::mem::take(&mut self.openings);
        let (of, at) = ((&place.flow, place.direction), (place.number, place.time));
        let read = openings.record(of, at, record, &mut |event| {
            self.stream_event(place, &event, Self::opened_message);
        });
        self.openings = openings;
        if !read {
            self.not_read(place.flow, record.body.wire_len.into());
            self.closed_record(place, record);
        }
    }

    fn opened_message(&mut self, outside: Place, message: &StreamMessage<'_>) {
        let key = outside.flow.over(Transport::Tls);
        let unread = self.flows.get(&outside.flow).map_or(0, |flow| flow.unread);
        let made = &mut self.made;
        let flow = self.flows.entry(key, || {
            *made += 1;
            Flow::inside(*made, key, outside.time, unread)
        });
        flow.add_message((outside.number, outside.time), message);
        let inside = Place {
            flow: key,
            direction: message.direction,
            ..outside
        };
        let ends = key.five_tuple(message.direction);
        self.datagram(inside, ends, message.message());
        let turn = self.flows.get(&key).is_some_and(|flow| flow.turn);
        let around = self.flows.get(&outside.flow);
        if turn && around.is_some_and(|flow| flow.turn_tls < Some(Inside::Negotiated)) {
            self.turn_inside(outside.flow, outside.time, Inside::Keyed);
        }
    }
}
