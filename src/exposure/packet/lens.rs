//! Looks at packets again, in their order, with what the whole capture has taught.
//!
//! A frame that holds part of a message waits until the message is whole: only then is it known
//! what the part is. Connections are followed as the tracker followed them.

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::HashMap;

use super::ear::{Ear, Heard};
use super::wire::{Covers, Guards};
use super::{Gathered, PacketView, Unsealed, in_words, with_secrets};
use crate::base::addr::{FiveTuple, FlowKey, Transport};
use crate::base::field::Field;
use crate::base::label::{Label, Labels, Quiet, Sink as _, Value};
use crate::base::span::{Octets, Piece, Span};
use crate::base::told::{Told, told};
use crate::capture::{KeptPacket, RawPacket};
use crate::decode::fragment::Fragments;
use crate::decode::{self, Decoded, Icmp, Payload};
use crate::dissect::{self, Message};
use crate::exposure::Agreements;
use crate::flow::{
    Connections, DtlsOpenings, FlowBelief, Openings, Scene, StreamKey, TlsRecords, Tracker,
};

/// Looks at packets again. Each packet of the capture goes in, in order, with
/// [`look`](Self::look) or [`pass`](Self::pass); what is to be seen comes out with
/// [`settled`](Self::settled).
#[derive(Debug)]
pub struct Lens<'t> {
    pub(super) tracker: &'t Tracker,
    guards: Guards<'t>,
    pub(super) connections: Connections,
    pub(super) fragments: Fragments,
    /// What runs over TLS: the records of each connection, and what is opened of them.
    pub(super) records: HashMap<FlowKey, TlsRecords>,
    pub(super) openings: Openings,
    pub(super) dtls_openings: DtlsOpenings,
    /// Frames that were looked at, in order.
    pub(super) frames: VecDeque<Frame>,
    ended: bool,
    ear: Option<Ear>,
    /// Labels to be used again.
    pub(super) spare: Vec<Labels>,
}

/// A frame that was looked at, and perhaps waits for the rest of a message.
#[derive(Debug)]
pub(super) struct Frame {
    packet: KeptPacket,
    pub(super) labels: Labels,
    pub(super) found: Found,
    pub(super) ends: Option<FiveTuple>,
    /// Where the octets of a segment stand that came whole with this frame.
    pub(super) whole: Vec<Piece>,
    /// Where the octets of a stream stand, until a message names any of them.
    pub(super) unnamed: Option<Span>,
}

/// What was found in a frame.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) layers: Vec<&'static str>,
    pub(super) words: Vec<Vec<Told>>,
    pub(super) covers: Covers,
    pub(super) facts: Vec<Label>,
    pub(super) aside: Vec<Label>,
    pub(super) gathered: Vec<Gathered>,
    pub(super) unsealed: Vec<Unsealed>,
}

impl Frame {
    pub(super) const fn number(&self) -> u64 {
        self.packet.packet().number
    }
}

/// Frames that wait at most; then the first is shown as far as it is understood.
const WAITING: usize = 4096;

impl<'t> Lens<'t> {
    /// A lens for the packets that `tracker` has followed.
    pub fn new(tracker: &'t Tracker) -> Self {
        Self::by(Arc::new(Agreements::new(&Scene::whole(tracker))))
    }

    /// A lens for the packets of a capture of which is known who agreed on keys.
    pub fn by(agreements: Arc<Agreements<'t>>) -> Self {
        Self {
            tracker: agreements.tracker(),
            guards: Guards::new(agreements),
            connections: Connections::default(),
            fragments: Fragments::default(),
            records: HashMap::new(),
            openings: Openings::default(),
            dtls_openings: DtlsOpenings::default(),
            frames: VecDeque::new(),
            ended: false,
            ear: None,
            spare: Vec::new(),
        }
    }

    /// Hears these streams from here on in what is looked at, each with the octets of the tag that
    /// stands behind its payload in clear.
    pub fn hear(&mut self, streams: impl IntoIterator<Item = (StreamKey, u32)>) {
        self.ear = Some(Ear::of(streams));
    }

    /// The packets of those streams that were heard since the last time.
    pub fn heard(&mut self) -> impl Iterator<Item = Heard> {
        self.ear.iter_mut().flat_map(Ear::heard)
    }

    /// Takes the next packet, which somebody wants to see.
    pub fn look(&mut self, packet: &RawPacket<'_>) {
        if let Some(ear) = &mut self.ear {
            ear.turn(packet);
        }
        let mut labels = self.spare.pop().unwrap_or_default();
        let decoded = decode::frame(packet, &mut labels);
        let mut found = Found::default();
        self.content(&decoded, &mut labels, &mut found);
        let segment = decoded.segment(packet.number);
        self.frames.push_back(Frame {
            packet: packet.into(),
            labels,
            found,
            ends: decoded.five_tuple(),
            unnamed: segment.map(|segment| segment.payload.span()),
            whole: Vec::new(),
        });
        self.carried(packet, &decoded);
    }

    /// Names what a packet carries, if it is a datagram or an ICMP message.
    pub(super) fn content(
        &mut self,
        decoded: &Decoded<'_>,
        labels: &mut Labels,
        found: &mut Found,
    ) {
        if let (Some(ends), Some(octets)) = (decoded.five_tuple(), decoded.datagram()) {
            let belief = self.tracker.beliefs(&ends);
            let words = self.datagram(octets, &belief, labels, found);
            found
                .words
                .extend(Some(words).filter(|words| !words.is_empty()));
            self.opened_of(octets, &ends, found);
        }
        let own = labels.facts().len();
        if let Payload::Icmp { message, quote } = decoded.payload {
            let quoted = quote.and_then(|quote| self.quoted(quote, message, labels, found));
            let refused = told!["ICMP ", Told::plain(message.words())];
            found
                .words
                .push([refused].into_iter().chain(quoted).collect());
            found.aside = labels.facts().get(own..).unwrap_or_default().to_vec();
        }
        found.facts = labels.facts().get(..own).unwrap_or_default().to_vec();
    }

    /// Follows what needs several frames: connections, and packets in fragments.
    fn carried(&mut self, packet: &RawPacket<'_>, decoded: &Decoded<'_>) {
        if let Payload::Fragment(_) = decoded.payload {
            self.fragment(packet, decoded);
        } else {
            self.follow(packet, decoded);
        }
    }

    /// Takes the next packet, which nobody wants to see.
    pub fn pass(&mut self, packet: &RawPacket<'_>) {
        self.carried(packet, &decode::frame(packet, &mut Quiet));
    }

    /// The capture has ended: nothing waits any longer.
    pub const fn end(&mut self) {
        self.ended = true;
    }

    /// The next of the packets that were looked at, with what is to be seen of it; `None` while it
    /// waits for the rest of a message, or where there is none.
    pub fn settled(&mut self) -> Option<(KeptPacket, PacketView)> {
        let frame = self.frames.front()?;
        let stream = frame.ends.filter(|ends| ends.transport == Transport::Tcp);
        let waits = self.fragments.holds(frame.number())
            || stream.is_some_and(|ends| self.connections.holds(&ends.key().0, frame.number()));
        if waits && !self.ended && self.frames.len() <= WAITING {
            return None;
        }
        let frame = self.frames.pop_front()?;
        Some(self.view(frame))
    }

    fn view(&mut self, frame: Frame) -> (KeptPacket, PacketView) {
        let Frame {
            packet,
            mut labels,
            found,
            ends,
            unnamed,
            whole: _,
        } = frame;
        let RawPacket {
            octets, wire_len, ..
        } = packet.packet();
        if let Some(span) = unnamed {
            labels.mark(span, Field::TcpPayload, Value::None);
        }
        let regions = labels.regions(octets.len() as u32, wire_len);
        let view = PacketView {
            ends,
            layers: found.layers,
            words: found.words,
            facts: found.facts,
            gathered: found.gathered,
            unsealed: found.unsealed,
            aside: found.aside,
            regions: found.covers.over(with_secrets(regions, octets)),
        };
        labels.clear();
        self.spare.push(labels);
        (packet, view)
    }

    /// Names what a datagram is, and what it carries; returns the same in words.
    pub(super) fn datagram(
        &mut self,
        octets: Octets<'_>,
        belief: &FlowBelief<'t>,
        labels: &mut Labels,
        found: &mut Found,
    ) -> Vec<Told> {
        let dissected = dissect::datagram(octets, belief, labels);
        let inner = dissected
            .inner
            .map(|inner| (inner.message, inner.octets, true));
        let mut words = Vec::new();
        for (message, octets, relayed) in
            std::iter::once((dissected.outer, octets, false)).chain(inner)
        {
            let part = (octets, relayed);
            let sealed = self.guards.note(&message, part, belief, &mut found.covers);
            let layer = if sealed {
                Some("srtp")
            } else {
                message.layer()
            };
            found.layers.extend(layer);
            let unsealed = Unsealed::of(&message, part, belief);
            if let (Some(ear), Message::Rtp(rtp)) = (&mut self.ear, &message) {
                ear.take(rtp, part, belief, unsealed.as_ref());
            }
            found.unsealed.extend(unsealed);
            if let Message::Unknown = message {
                labels.mark(octets.span(), Field::Unparsed, Value::None);
            } else {
                words.push(in_words(&message, sealed));
            }
            if let Message::Stun(stun) = &message
                && let Some(carried) = stun.dtls().map(Message::Dtls)
            {
                found.layers.extend(carried.layer());
                words.push(in_words(&carried, false));
            }
        }
        words
    }

    /// Names what an ICMP error quotes, and says whose packet it was and what it carried.
    fn quoted(
        &mut self,
        octets: Octets<'_>,
        message: Icmp,
        labels: &mut Labels,
        found: &mut Found,
    ) -> Option<Told> {
        let quote = decode::quote(octets, message, labels)?;
        let ends = quote.five_tuple;
        let transport = ends.transport.name();
        let mut said = told!["quotes ", ends.src, " > ", ends.dst, " ", transport];
        if let Some(datagram) = quote.datagram {
            let belief = self.tracker.beliefs(&ends);
            let dissected = dissect::datagram(datagram, &belief, labels);
            let inner = dissected
                .inner
                .map(|inner| (inner.message, inner.octets, true));
            let mut between = ": ";
            for (message, octets, relayed) in
                std::iter::once((dissected.outer, datagram, false)).chain(inner)
            {
                let part = (octets, relayed);
                let sealed = self.guards.note(&message, part, &belief, &mut found.covers);
                if let Message::Unknown = message {
                    labels.mark(octets.span(), Field::IcmpQuote, Value::None);
                } else {
                    said = said.and(between).and(in_words(&message, sealed));
                    between = " > ";
                }
            }
        }
        Some(said)
    }
}
