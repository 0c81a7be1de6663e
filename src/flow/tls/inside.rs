//! What was opened: each message inside is taken as a datagram of a flow of its own, which runs
//! inside that of the connection. Its octets are those of the connection, and counted there.

use super::Inside;
use crate::base::span::Octets;
use crate::dissect::tls::Record;
use crate::flow::connection::{Event, StreamMessage};
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
        let read = openings.record(of, at, record, &mut |event| match event {
            Event::Passed(run) => self.passed(place, place.flow.inside(), &run),
            event => self.stream_event(place, &event, Self::opened_message),
        });
        self.openings = openings;
        if !read {
            self.missed(place.flow);
            self.not_read(place.flow, record.body.wire_len.into());
            self.closed_record(place, record);
        }
    }

    fn opened_message(&mut self, outside: Place, message: &StreamMessage<'_>) {
        let outside = Place {
            direction: message.direction,
            ..outside
        };
        let turn = self.opened_octets(outside, message.message(), message.wire_len);
        let around = self.flows.get(&outside.flow);
        if turn && around.is_some_and(|flow| flow.turn_tls < Some(Inside::Negotiated)) {
            self.turn_inside(outside.flow, outside.time, Inside::Keyed);
        }
    }

    /// Takes what was opened, in the direction of its place, as a datagram of the flow inside;
    /// returns whether that speaks TURN.
    pub(super) fn opened_octets(
        &mut self,
        outside: Place,
        octets: Octets<'_>,
        wire_len: u32,
    ) -> bool {
        let key = outside.flow.inside();
        let unread = self.flows.get(&outside.flow).map_or(0, |flow| flow.unread);
        let made = &mut self.made;
        let flow = self.flows.entry(key, || {
            *made += 1;
            Flow::inside(*made, key, outside.time, unread)
        });
        let at = (outside.number, outside.time);
        flow.add_message(at, (outside.direction, wire_len));
        let inside = Place {
            flow: key,
            ..outside
        };
        self.datagram(inside, key.five_tuple(outside.direction), octets);
        self.flows.get(&key).is_some_and(|flow| flow.turn)
    }
}
