//! What segments bring: each message of a connection is taken as a datagram of its flow, at the
//! frame in which it ends.

use super::connection::{Event, StreamMessage};
use super::{Place, Tracker};
use crate::base::addr::FlowKey;
use crate::base::span::Octets;
use crate::decode::tcp::{Arrived, Segment};
use crate::dissect::dialect::Mark;
use crate::dissect::framing::Framing;

impl Tracker {
    /// Takes a segment, and the messages that are whole with it.
    pub(super) fn segment(&mut self, place: Place, segment: &Segment<'_>) {
        let octets = segment.payload;
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            // Until a message takes them.
            flow.volume.unknown += octets.captured.len() as u64;
        }
        let ends = place.flow.five_tuple(place.direction);
        self.turn.peer_segment(place.time, ends, segment);
        // The connections stand aside while what they hand on is taken.
        let mut connections = std::mem::take(&mut self.connections);
        let at = (place.flow, place.direction);
        let mut records = false;
        let mut out = |event: Event<StreamMessage<'_>>| {
            records |= matches!(&event, Event::Message(m) if m.framing == Framing::Tls);
            self.stream_event(place, &event, Self::stream_message);
        };
        connections.segment(at, place.time, segment, &mut out);
        if records && !self.reads_tls(&place.flow) {
            connections.leave(&place.flow, &mut |event| {
                self.stream_event(place, &event, Self::stream_message);
            });
        }
        self.connections = connections;
    }

    /// Takes what comes out of a connection, or of what was opened of it; `take` takes a message.
    pub(super) fn stream_event(
        &mut self,
        place: Place,
        event: &Event<StreamMessage<'_>>,
        take: fn(&mut Self, Place, &StreamMessage<'_>),
    ) {
        match event {
            Event::Message(message) => take(self, place, message),
            Event::Passed(run) => self.passed(place, place.flow, run),
            Event::Again => self.turn.data.again(&place.flow),
            Event::Odd(anomaly) => self.odd(*anomaly, place.number),
            Event::Lost(len) => {
                self.not_read(place.flow, *len);
                if *len > 0 {
                    self.missed(place.flow);
                }
            }
            Event::Resumed => {
                self.comparison.interrupt(place.time);
                self.resume_tls(&place.flow);
            }
            Event::Begun => self.restart_tls(&place.flow),
        }
    }

    /// Counts octets of a connection that belong to no message that was read, also for what was
    /// opened of it.
    pub(super) fn not_read(&mut self, flow: FlowKey, len: u64) {
        for key in [flow, flow.inside()] {
            if let Some(flow) = self.flows.get_mut(&key) {
                flow.unread += len;
            }
        }
    }

    /// Octets of a connection were missed, from or to a peer to which it is joined.
    pub(super) fn missed(&mut self, flow: FlowKey) {
        for key in [flow, flow.inside()] {
            self.turn.data.missed(&key);
        }
    }

    /// Takes octets from or to a peer to which this flow, that of the place or inside, is joined:
    /// they are compared, and not understood.
    pub(super) fn passed(&mut self, place: Place, joined: FlowKey, run: &StreamMessage<'_>) {
        self.not_read(place.flow, run.wire_len.into());
        let octets = Octets {
            captured: run.octets,
            offset: 0,
            wire_len: run.wire_len,
        };
        let arrived = Arrived::Run(run.number(), octets);
        let at = (joined, run.direction);
        self.turn.data.at_client(place.time, at, arrived);
    }

    /// The capture has ended. A message of which only the beginning is there was not missed; what
    /// else waits was.
    pub(super) fn settle_connections(&mut self) {
        for (key, open) in self.connections.open() {
            // Of what was opened, the record that has not ended was not missed either.
            if self.openings.opened(key) > 0 {
                continue;
            }
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
            if message.framing == Framing::MsTurn {
                flow.dialects.mark(message.number(), Mark::MsOverTcp);
            }
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
