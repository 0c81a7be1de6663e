//! What segments bring: each message of a connection is taken as a datagram of its flow, at the
//! frame in which it ends.

use super::connection::{Event, StreamMessage};
use super::{Place, Tracker};
use crate::decode::tcp::Segment;
use crate::dissect::framing::Framing;

impl Tracker {
    /// Takes a segment, and the messages that are whole with it.
    pub(super) fn segment(&mut self, place: Place, segment: &Segment<'_>) {
        let octets = segment.payload;
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            // Until a message takes them.
            flow.volume.unknown += octets.captured.len() as u64;
        }
        // The connections stand aside while what they hand on is taken.
        let mut connections = std::mem::take(&mut self.connections);
        let at = (place.flow, place.direction);
        connections.segment(at, place.time, segment, &mut |event| match event {
            Event::Message(message) => self.stream_message(place, &message),
            Event::Odd(anomaly) => self.odd(anomaly, place.number),
            Event::Lost(len) => {
                if let Some(flow) = self.flows.get_mut(&place.flow) {
                    flow.unread += len;
                }
            }
            Event::Resumed => self.comparison.interrupt(place.time),
        });
        self.connections = connections;
    }

    /// The capture has ended. A message of which only the beginning is there was not missed; what
    /// else waits was.
    pub(super) fn settle_connections(&mut self) {
        for (key, open) in self.connections.open() {
            if let Some(flow) = self.flows.get_mut(key) {
                flow.unread += open;
            }
        }
    }

    fn stream_message(&mut self, place: Place, message: &StreamMessage<'_>) {
        if message.framing == Framing::Tls {
            let number = message.number();
            self.tls_record(Place { number, ..place }, message);
            return;
        }
        let octets = message.message();
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            let captured = message.octets.len() as u64;
            // A flow that was evicted and came again has not counted the beginning.
            flow.volume.unknown = flow.volume.unknown.saturating_sub(captured);
            flow.volume.control += captured - octets.captured.len() as u64;
        }
        let ends = place.flow.five_tuple(message.direction);
        let place = Place {
            number: message.number(),
            direction: message.direction,
            ..place
        };
        self.datagram(place, ends, octets);
    }
}
