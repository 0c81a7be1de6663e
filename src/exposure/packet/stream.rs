//! Messages of a connection, each laid over the frames that hold its parts.

use super::Gathered;
use super::lens::{Found, Frame, Lens};
use crate::base::addr::FlowKey;
use crate::base::field::Field;
use crate::base::label::{Label, Labels, Sink as _, Value};
use crate::base::span::{Piece, Span};
use crate::base::told::Told;
use crate::capture::RawPacket;
use crate::decode::Decoded;
use crate::dissect::framing::Framing;
use crate::flow::{Event, StreamMessage};

impl Lens<'_> {
    /// Follows the connection that a frame belongs to.
    pub(super) fn follow(&mut self, packet: &RawPacket<'_>, decoded: &Decoded<'_>) {
        let (Some(ends), Some(segment)) = (decoded.five_tuple(), decoded.segment(packet.number))
        else {
            return;
        };
        let (key, direction) = ends.key();
        // The connections stand aside while what they hand on is looked at.
        let mut connections = std::mem::take(&mut self.connections);
        let mut records = false;
        let mut out = |event: Event<StreamMessage<'_>>| match event {
            Event::Message(message) if message.framing == Framing::Tls => {
                records = true;
                self.record(key, packet.time, &message);
            }
            Event::Message(message) => self.message(key, &message),
            Event::Begun => self.restart(&key),
            Event::Resumed => self.resume(&key),
            Event::Passed(_) | Event::Again | Event::Odd(_) | Event::Lost(_) => {}
        };
        connections.segment((key, direction), packet.time, &segment, &mut out);
        if records && !self.tracker.reads_tls(&key) {
            connections.leave(&key, &mut |_| ());
        }
        self.connections = connections;
    }

    /// Looks at a message, where somebody looks at one of its frames.
    fn message(&mut self, key: FlowKey, message: &StreamMessage<'_>) {
        let mut pieces = message.pieces.iter();
        if !pieces.any(|piece| self.frame(piece.number).is_some()) {
            return;
        }
        let octets = message.message();
        let belief = self.tracker.beliefs(&key.five_tuple(message.direction));
        let mut labels = self.spare.pop().unwrap_or_default();
        let before = Span::new(0, octets.offset);
        if !before.is_empty() {
            let field = match message.framing {
                Framing::MsTurn => Field::StunMsFraming,
                _ => Field::Rfc4571Length,
            };
            labels.mark(before, field, Value::Number(octets.wire_len.into()));
        }
        let mut found = Found::default();
        let words = self.datagram(octets, &belief, &mut labels, &mut found);
        self.lay(Parts::of(message), &labels, &found);
        if let Some(frame) = self.frame(message.number()) {
            frame.found.layers.extend(found.layers);
            if !words.is_empty() {
                frame.found.words.push(words);
            }
            if message.pieces.len() > 1 {
                frame.found.gathered.push(Gathered {
                    octets: message.octets.to_vec(),
                    facts: labels.facts().to_vec(),
                });
            }
        }
        labels.clear();
        self.spare.push(labels);
    }

    /// Names in each frame the part of a message that it holds.
    pub(super) fn lay(&mut self, parts: Parts<'_>, labels: &Labels, found: &Found) {
        let pieces: Vec<_> = parts.pieces.iter().flat_map(|p| self.places(*p)).collect();
        let (last, whole) = (parts.last, pieces.len() == 1);
        let mut at = 0_u32;
        for piece in &pieces {
            let end = at.saturating_add(piece.wire_len);
            let part = Span::new(at.max(parts.named).min(parts.held), end.min(parts.held));
            let offset = piece.offset.saturating_add(part.start.saturating_sub(at));
            at = end;
            let Some(frame) = self.frame(piece.number) else {
                continue;
            };
            frame.unnamed = None;
            frame.found.covers.lay(&found.covers, part, offset);
            for mark in labels.marks() {
                let span = Span::new(mark.span.start.max(part.start), mark.span.end.min(part.end));
                if !span.is_empty() {
                    frame
                        .labels
                        .lay(moved(&Label { span, ..*mark }, part, offset));
                }
            }
            let inside = |fact: &&Label| part.start <= fact.span.start && fact.span.end <= part.end;
            let facts = labels.facts().iter().filter(inside);
            let facts = facts.map(|fact| moved(fact, part, offset));
            if whole {
                frame.found.facts.extend(facts);
            } else {
                frame.found.aside.extend(facts);
            }
            if piece.number != last {
                let words = format!("part of a message that ends in packet {last}");
                let words = vec![Told::plain(words)];
                // It may be part of a packet and of another one around that.
                if frame.found.words.last() != Some(&words) {
                    frame.found.words.push(words);
                }
            }
        }
    }

    /// Where the octets of a piece stand: in several frames, if its segment came in fragments.
    fn places(&self, piece: Piece) -> Vec<Piece> {
        let frame = self
            .frames
            .binary_search_by_key(&piece.number, Frame::number);
        let frame = frame.ok().and_then(|place| self.frames.get(place));
        match frame.map(|frame| frame.whole.as_slice()) {
            None | Some([]) => vec![piece],
            Some(whole) => {
                let end = piece.offset.saturating_add(piece.wire_len);
                Piece::cut(whole, Span::new(piece.offset, end)).collect()
            }
        }
    }

    /// A frame that was looked at and is not settled.
    pub(super) fn frame(&mut self, number: u64) -> Option<&mut Frame> {
        let place = self.frames.binary_search_by_key(&number, Frame::number);
        self.frames.get_mut(place.ok()?)
    }
}

/// A message in the frames that hold its parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'m> {
    pub(super) pieces: &'m [Piece],
    /// Octets that the capture holds from the beginning.
    pub(super) held: u32,
    /// Octets at the front that are named in their frame already.
    pub(super) named: u32,
    /// Number of the frame with which it is whole.
    pub(super) last: u64,
}

impl<'m> Parts<'m> {
    pub(super) fn of(message: &StreamMessage<'m>) -> Self {
        Self {
            pieces: message.pieces,
            held: message.octets.len() as u32,
            named: 0,
            last: message.number(),
        }
    }
}

/// A label of a message, of which `part` stands at `offset` in a frame.
fn moved(label: &Label, part: Span, offset: u32) -> Label {
    let place = |at: u32| offset.saturating_add(at.saturating_sub(part.start));
    let span = Span::new(place(label.span.start), place(label.span.end));
    Label { span, ..*label }
}
