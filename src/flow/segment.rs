//! What segments bring: each message of a connection is taken as a datagram of its flow, at the
//! frame in which it ends.

use super::connection::{Event, StreamMessage};
use super::{Place, Tracker};
use crate::base::anomaly::Anomaly;
use crate::decode::tcp::Segment;

impl Tracker {
    /// Takes a segment, and the messages that are whole with it.
    pub(super) fn segment(&mut self, place: Place, segment: &Segment<'_>) {
        let octets = segment.payload;
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            // Until a message takes them.
            flow.volume.unknown += octets.captured.len() as u64;
            flow.unread += u64::from(octets.wire_len);
        }
        // The connections stand aside while what they hand on is taken.
        let mut connections = std::mem::take(&mut self.connections);
        let at = (place.flow, place.direction);
        let again = connections.segment(at, place.time, segment, &mut |event| match event {
            Event::Message(message) => self.stream_message(place, &message),
            Event::Odd(anomaly) => self.odd(anomaly, place.number),
            Event::Gap(len) => {
                self.odd(Anomaly::TcpGap, place.number);
                if let Some(flow) = self.flows.get_mut(&place.flow) {
                    flow.unread += len;
                }
            }
            Event::Resumed => self.comparison.interrupt(place.time),
        });
        self.connections = connections;
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            flow.unread = flow.unread.saturating_sub(again.octets.into());
        }
    }

    /// The last message of a connection goes on after the end of the capture: what is there of it
    /// is unknown, but nothing of it was missed.
    pub(super) fn settle_connections(&mut self) {
        for (key, begun) in self.connections.begun() {
            if let Some(flow) = self.flows.get_mut(key) {
                flow.unread = flow.unread.saturating_sub(begun);
            }
        }
    }

    fn stream_message(&mut self, place: Place, message: &StreamMessage<'_>) {
        let octets = message.message();
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            let captured = message.octets.len() as u64;
            // A flow that was evicted and came again has not counted the beginning.
            flow.volume.unknown = flow.volume.unknown.saturating_sub(captured);
            flow.volume.control += captured - octets.captured.len() as u64;
            flow.unread = flow.unread.saturating_sub(message.wire_len.into());
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
