//! What keys open of a packet that is sealed on the wire.

use super::{inside, reports};
use crate::base::label::{Labels, Quiet};
use crate::base::span::{Octets, Span};
use crate::dissect::{Message, rtcp, rtp};
use crate::flow::FlowBelief;

/// A packet of SRTP or SRTCP, opened. No octet has left its place, and the tag is none of them.
#[derive(Debug, Clone)]
pub struct Unsealed {
    octets: Vec<u8>,
    /// Where the first of them stands in the frame.
    start: u32,
    /// What was inside.
    pub words: String,
    /// What its payload is, octet by octet, as far as that is known; in places of the frame.
    pub inside: Labels,
}

impl Unsealed {
    /// Opens a message, whose octets TURN may carry; `None` where no key of it is known.
    pub(super) fn of(
        message: &Message<'_>,
        (part, relayed): (Octets<'_>, bool),
        belief: &FlowBelief<'_>,
    ) -> Option<Self> {
        let mut octets = Vec::new();
        let mut inside = Labels::default();
        let start = part.offset;
        let words = match message {
            Message::Rtp(rtp) => {
                let stream = belief.stream(relayed, rtp.ssrc)?;
                let opened = stream.opened()?;
                if !opened.again(part, rtp, &mut octets) {
                    return None;
                }
                let opened = rtp::parse(Octets::whole(&octets, start), &mut Quiet)?;
                let codec = stream.inner_codec().unwrap_or("media");
                match inside::label(stream, &opened, &mut inside) {
                    Ok(()) => codec.to_owned(),
                    Err(odd) => format!("{codec}; {odd}"),
                }
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
        Some(Self {
            octets,
            start,
            words,
            inside,
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
