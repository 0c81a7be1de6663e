//! Media that is heard on the way: packets of chosen streams as they were before they were sealed.
//!
//! Nothing is kept but what nobody has taken yet.

use hashbrown::HashMap;

use super::Unsealed;
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use crate::dissect::rtp::{self, Rtp};
use crate::flow::{FlowBelief, StreamKey};

/// A packet of media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its stream.
    pub stream: StreamKey,
    /// Number of the frame with which it was whole.
    pub number: u64,
    /// Time of that frame.
    pub time: Timestamp,
    /// Sequence number.
    pub seq: u16,
    /// Media timestamp, in units of the codec's clock.
    pub timestamp: u32,
    /// Payload type, 7 bits.
    pub payload_type: u8,
    /// Marker bit.
    pub marker: bool,
    /// Its payload without padding and tag; `None` where the capture does not hold it whole, or
    /// where it is sealed and no key of its stream opens it.
    pub payload: Option<Vec<u8>>,
}

/// Hears the packets of chosen streams.
#[derive(Debug)]
pub(super) struct Ear {
    /// The streams, each with the octets of the tag that stands behind a payload in clear.
    streams: HashMap<StreamKey, u32>,
    heard: Vec<Heard>,
    /// The frame that is looked at.
    number: u64,
    time: Timestamp,
}

impl Ear {
    pub(super) fn of(streams: impl IntoIterator<Item = (StreamKey, u32)>) -> Self {
        Self {
            streams: streams.into_iter().collect(),
            heard: Vec::new(),
            number: 0,
            time: Timestamp::default(),
        }
    }

    /// Goes on to this frame.
    pub(super) const fn turn(&mut self, packet: &RawPacket<'_>) {
        (self.number, self.time) = (packet.number, packet.time);
    }

    /// Takes a packet, which TURN may carry, and what keys open of it.
    pub(super) fn take(
        &mut self,
        rtp: &Rtp<'_>,
        (part, relayed): (Octets<'_>, bool),
        belief: &FlowBelief<'_>,
        unsealed: Option<&Unsealed>,
    ) {
        let Some(stream) = belief.stream(relayed, rtp.ssrc) else {
            return;
        };
        let Some(tag) = self.streams.get(&stream.key) else {
            return;
        };
        let payload = match (unsealed, stream.opened()) {
            (Some(unsealed), _) => payload(Octets::whole(unsealed.octets(), 0)),
            (None, None) if !part.is_cut() => {
                payload(part.part(0, part.wire_len.saturating_sub(*tag)))
            }
            (None, _) => None,
        };
        self.heard.push(Heard {
            stream: stream.key,
            number: self.number,
            time: self.time,
            seq: rtp.seq,
            timestamp: rtp.timestamp,
            payload_type: rtp.payload_type,
            marker: rtp.marker,
            payload,
        });
    }

    /// What was heard since the last time.
    pub(super) fn heard(&mut self) -> std::vec::Drain<'_, Heard> {
        self.heard.drain(..)
    }
}

/// The payload of a packet without a seal.
fn payload(packet: Octets<'_>) -> Option<Vec<u8>> {
    let rtp = rtp::parse(packet, &mut Quiet)?;
    Some(rtp.unpadded().captured.to_vec())
}
