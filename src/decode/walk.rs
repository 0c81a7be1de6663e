//! The way through one frame, from the outside in.

use crate::base::anomaly::{Anomalies, Anomaly};
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::{Octets, Span};
use crate::capture::RawPacket;

use super::fragment::Fragment;
use super::{Cooked, Network};

/// The octets still ahead in a frame, and what was found odd on the way to them.
pub(super) struct Walk<'a, 's, S> {
    ahead: Octets<'a>,
    sink: &'s mut S,
    pub(super) anomalies: Anomalies,
    pub(super) cooked: Option<Cooked>,
    pub(super) network: Network,
    /// What the IP header said last of a fragment.
    pub(super) fragment: Option<Fragment<'a>>,
}

impl<'a, 's, S: Sink> Walk<'a, 's, S> {
    /// At the first octet of `packet`.
    pub(super) fn new(packet: &RawPacket<'a>, sink: &'s mut S) -> Self {
        let whole = Octets::whole(packet.octets, 0);
        let ahead = Octets {
            wire_len: packet.wire_len.max(whole.wire_len),
            ..whole
        };
        let mut walk = Self::at(ahead, sink);
        if ahead.is_cut() {
            walk.odd(Anomaly::CutFrame);
        }
        walk
    }

    /// At the first of `ahead`, which stand somewhere in a frame.
    pub(super) fn at(ahead: Octets<'a>, sink: &'s mut S) -> Self {
        Self {
            ahead,
            sink,
            anomalies: Anomalies::default(),
            cooked: None,
            network: Network::default(),
            fragment: None,
        }
    }

    /// The octets ahead, up to the end of the innermost packet.
    pub(super) fn ahead(&self) -> Octets<'a> {
        self.ahead
    }

    /// The captured ones of the octets ahead.
    pub(super) fn captured(&self) -> &'a [u8] {
        self.ahead.captured
    }

    /// Names the octets from `start` up to `end`, counted from here.
    pub(super) fn mark(&mut self, start: u32, end: u32, field: Field, value: Value) {
        if S::ACTIVE {
            self.sink.mark(self.span(start, end), field, value);
        }
    }

    /// A value that stands in octets already named, counted from here.
    pub(super) fn fact(&mut self, start: u32, end: u32, field: Field, value: Value) {
        if S::ACTIVE {
            self.sink.fact(self.span(start, end), field, value);
        }
    }

    /// Steps over `len` octets.
    pub(super) fn advance(&mut self, len: u32) {
        self.ahead = self.ahead.after(len);
    }

    /// The packet ahead ends after `len` octets: what follows is padding of the link.
    pub(super) fn limit(&mut self, len: u32) {
        self.mark(len, self.ahead.wire_len, Field::FrameTrailer, Value::None);
        self.ahead = self.ahead.part(0, len);
    }

    /// What follows belongs to the network that `field` names so.
    pub(super) fn enter(&mut self, field: Field, id: u32) {
        self.network = self.network.within(field as u32, id);
    }

    /// Records something odd.
    pub(super) fn odd(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// The octets end inside a header: the capture's doing, or else a broken header.
    pub(super) fn short(&mut self) {
        if !self.ahead.is_cut() {
            self.odd(Anomaly::BadHeader);
        }
    }

    fn span(&self, start: u32, end: u32) -> Span {
        let offset = self.ahead.offset;
        Span::new(offset.saturating_add(start), offset.saturating_add(end))
    }
}
