//! From octets to named fields. Pure: no state, no clock, no keys.
//!
//! What a datagram is becomes known here by its shape alone. Whether that shape is to be believed
//! is for the tracker to say: the caller passes a [`Belief`], which is asked wherever a shape
//! alone proves little.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod dtls;
pub mod header_ext;
pub mod rtcp;
pub mod rtp;
pub mod sip;
pub mod stun;
pub mod turn;
mod words;

use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Octets;
use dtls::Dtls;
use header_ext::{Meaning, explain};
use rtcp::Rtcp;
use rtp::{Rtp, Ssrc};
use stun::Stun;
use turn::{ChannelData, ChannelNumber};

pub use words::{Words, words};

/// One message.
#[derive(Debug, Clone, Copy)]
pub enum Message<'a> {
    /// STUN, and TURN's requests, answers and indications.
    Stun(Stun<'a>),
    /// TURN's ChannelData.
    ChannelData(ChannelData<'a>),
    /// DTLS records.
    Dtls(Dtls<'a>),
    /// RTP, plain or the clear header of SRTP.
    Rtp(Rtp<'a>),
    /// RTCP, plain or the clear part of SRTCP.
    Rtcp(Rtcp),
    /// SIP, recognised and not read.
    Sip,
    /// None of these, or not believed.
    Unknown,
}

/// A datagram: its message, and the datagram that this one carries through a relay.
#[derive(Debug, Clone, Copy)]
pub struct Dissected<'a> {
    /// The message of the datagram itself.
    pub outer: Message<'a>,
    /// What ChannelData, or a Send or Data indication, carries.
    pub inner: Option<Inner<'a>>,
}

/// A datagram carried by TURN.
#[derive(Debug, Clone, Copy)]
pub struct Inner<'a> {
    /// Its octets.
    pub octets: Octets<'a>,
    /// Its message.
    pub message: Message<'a>,
}

/// A shape that alone proves little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Candidate {
    /// ChannelData of this channel.
    Channel(ChannelNumber),
    /// RTP of this stream, inside ChannelData or bare.
    Rtp(Ssrc),
    /// RTCP.
    Rtcp,
    /// A DTLS 1.3 record that begins with a unified header.
    UnifiedDtls,
}

/// Says which shapes are believed; `relayed` is whether the message is carried by TURN.
pub trait Belief {
    /// Whether this candidate is what it looks like.
    fn believes(&self, relayed: bool, candidate: Candidate) -> bool;

    /// What the extension elements with this id mean, where that is known.
    fn meaning(&self, relayed: bool, id: u8) -> Option<Meaning> {
        let _ = (relayed, id);
        None
    }
}

/// Believes every shape: the first look at a packet, before anything is known.
#[derive(Debug, Clone, Copy)]
pub struct ByShape;

impl Belief for ByShape {
    fn believes(&self, _: bool, _: Candidate) -> bool {
        true
    }
}

/// Dissects one datagram and labels all of it; octets that nothing explains stay unlabelled.
pub fn datagram<'a, S: Sink>(
    octets: Octets<'a>,
    belief: &impl Belief,
    sink: &mut S,
) -> Dissected<'a> {
    let outer = message(octets, false, belief, sink);
    let carried = match &outer {
        Message::ChannelData(channel) => Some(channel.data),
        Message::Stun(stun) => stun.data(),
        _ => None,
    };
    let inner = carried.map(|octets| {
        let message = message(octets, true, belief, sink);
        Inner { octets, message }
    });
    Dissected { outer, inner }
}

/// Demultiplexes by the first octet (RFC 7983, section 7, as updated by RFC 9443).
fn message<'a, S: Sink>(
    octets: Octets<'a>,
    relayed: bool,
    belief: &impl Belief,
    sink: &mut S,
) -> Message<'a> {
    let [first, second, ..] = octets.captured else {
        return Message::Unknown;
    };
    let found = match first {
        0..=63 if *first < 20 || octets.captured.get(4..8) == Some(&COOKIE) => {
            let stun = stun::parse(octets, sink);
            if let Some(stun) = &stun
                && relayed
                && let Some(data) = stun.data()
            {
                // Carried once only: what a carried message carries is not looked into.
                sink.mark(data.span(), Field::StunData, Value::None);
            }
            stun.map(Message::Stun)
        }
        20..=63 => {
            let unified = *first >= 32 && belief.believes(relayed, Candidate::UnifiedDtls);
            dtls::parse(octets, unified, sink).map(Message::Dtls)
        }
        64..=127 if sip::looks_like(octets) => {
            sink.mark(octets.span(), Field::SipMessage, Value::None);
            Some(Message::Sip)
        }
        64..=127 if !relayed => {
            let channel = ChannelNumber(u16::from_be_bytes([*first, *second]));
            let believed = belief.believes(relayed, Candidate::Channel(channel));
            believed
                .then(|| turn::parse(octets, sink).map(Message::ChannelData))
                .flatten()
        }
        255 if !relayed && *second == 0x10 => {
            turn::multiplexed(octets, sink).map(Message::ChannelData)
        }
        128..=191 if (192..=223).contains(second) => {
            let believed = belief.believes(relayed, Candidate::Rtcp);
            believed
                .then(|| rtcp::parse(octets, sink).map(Message::Rtcp))
                .flatten()
        }
        128..=191 => {
            let ssrc = octets.captured.get(8..).and_then(|rest| rest.first_chunk());
            let ssrc = Ssrc(ssrc.map_or(0, |ssrc| u32::from_be_bytes(*ssrc)));
            let believed = belief.believes(relayed, Candidate::Rtp(ssrc));
            let rtp = believed.then(|| rtp::parse(octets, sink)).flatten();
            if S::ACTIVE
                && let Some((profile, body)) = rtp.and_then(|rtp| rtp.extension)
            {
                explain(profile, body, |id| belief.meaning(relayed, id), sink);
            }
            rtp.map(Message::Rtp)
        }
        _ => None,
    };
    found.unwrap_or(Message::Unknown)
}

const COOKIE: [u8; 4] = stun::MAGIC_COOKIE.to_be_bytes();

impl Message<'_> {
    /// Its name among the `layers` in JSON; `None` for what is not known.
    pub fn layer(&self) -> Option<&'static str> {
        match self {
            Self::Stun(_) => Some("stun"),
            Self::ChannelData(_) => Some("channeldata"),
            Self::Dtls(_) => Some("dtls"),
            Self::Rtp(_) => Some("rtp"),
            Self::Rtcp(rtcp) => Some(match rtcp.guard {
                rtcp::Guard::Trailer { .. } => "srtcp",
                rtcp::Guard::Plain | rtcp::Guard::Undecided => "rtcp",
            }),
            Self::Sip => Some("sip"),
            Self::Unknown => None,
        }
    }
}
