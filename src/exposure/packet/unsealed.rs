//! What keys open of a packet that is sealed on the wire.

use super::reports;
use crate::base::span::{Octets, Span};
use crate::dissect::{Message, rtcp};
use crate::flow::{FlowBelief, Kind, OpenedMedia, RtpStream};

/// A packet of SRTP or SRTCP, opened. No octet has left its place, and the tag is none of them.
#[derive(Debug, Clone)]
pub struct Unsealed {
    octets: Vec<u8>,
    /// Where the first of them stands in the frame.
    start: u32,
    /// What was inside.
    pub words: String,
}

impl Unsealed {
    /// Opens a message, whose octets TURN may carry; `None` where no key of it is known.
    pub(super) fn of(
        message: &Message<'_>,
        (part, relayed): (Octets<'_>, bool),
        belief: &FlowBelief<'_>,
    ) -> Option<Self> {
        let mut octets = Vec::new();
        let words = match message {
            Message::Rtp(rtp) => {
                let stream = belief.stream(relayed, rtp.ssrc)?;
                let opened = stream.opened()?;
                opened
                    .again(part, rtp, &mut octets)
                    .then(|| media(stream, opened))?
            }
            Message::Rtcp(rtcp) => {
                let opened = belief.sender(relayed, rtcp.ssrc)?.opened()?;
                opened.again(rtcp, &mut octets).then(|| {
                    let compound = rtcp::shape(Octets::whole(&octets, 0), None);
                    compound.map_or_else(String::new, |compound| reports(&compound))
                })?
            }
            _ => return None,
        };
        let start = part.offset;
        Some(Self {
            octets,
            start,
            words,
        })
    }

    /// The packet without its seal, from its first octet on.
    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The octets of a part of the frame as they were before they were sealed; `None` where it is
    /// no part of this packet.
    pub fn beside(&self, span: Span) -> Option<&[u8]> {
        let from = span.start.checked_sub(self.start)? as usize;
        let to = span.end.checked_sub(self.start)? as usize;
        self.octets.get(from..to)
    }
}

/// What the packets of a stream carry.
fn media(stream: &RtpStream, opened: &OpenedMedia) -> String {
    let guess = opened.payload.codec(stream.kind() == Kind::Video);
    let codec = guess.map(|guess| guess.codec);
    codec.unwrap_or("media").to_owned()
}
