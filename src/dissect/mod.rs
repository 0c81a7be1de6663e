//! From octets to named fields. Pure: no state, no clock, no keys.
//!
//! What a datagram is becomes known here by its shape alone. Whether that shape is to be believed
//! is for the tracker to say: the caller passes a [`Belief`], which is asked wherever a shape
//! alone proves little.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod codec;
pub mod dialect;
pub mod dtls;
pub mod framing;
pub mod header_ext;
pub mod quic;
pub mod rtcp;
pub mod rtp;
pub mod sctp;
pub mod sframe;
pub mod sip;
pub mod stun;
pub mod tls;
pub mod turn;
mod words;
pub mod zrtp;

use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Octets;
use dtls::Dtls;
use header_ext::{Meaning, explain};
use quic::Quic;
use rtcp::{Guard, Rtcp};
use rtp::{Rtp, Ssrc};
use sip::Sip;
use stun::Stun;
use turn::{ChannelData, ChannelNumber};
use zrtp::Zrtp;

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
    Rtcp(Rtcp<'a>),
    /// SIP.
    Sip(Sip<'a>),
    /// ZRTP, recognised and not read.
    Zrtp(Zrtp<'a>),
    /// QUIC, recognised and not read.
    Quic(Quic),
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
    /// RTCP of this sender, with what the datagram tells of how it is guarded.
    Rtcp(Ssrc, Guard),
    /// QUIC under a short header.
    QuicShort,
    /// A DTLS 1.3 record that begins with a unified header.
    UnifiedDtls,
}

/// Says which shapes are believed; `relayed` is whether the message is carried by TURN.
pub trait Belief {
    /// Whether this candidate is what it looks like.
    fn believes(&self, relayed: bool, candidate: Candidate) -> bool;

    /// Where the trailer of SRTCP stands in this direction, in octets before the end.
    fn trailer(&self, relayed: bool) -> Option<u32> {
        let _ = relayed;
        None
    }

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
        b'\r' | b'\n' => sip::parse(octets, sink).map(Message::Sip),
        0x10 if octets.captured.get(4..8) == Some(b"ZRTP") => {
            zrtp::parse(octets, sink).map(Message::Zrtp)
        }
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
        255 if !relayed && *second == 0x10 => {
            turn::multiplexed(octets, sink).map(Message::ChannelData)
        }
        0..=19 => None,
        64..=127 => letter_or_channel(octets, relayed, belief, sink),
        128..=191 if (192..=223).contains(second) => {
            let rtcp = rtcp::shape(octets, belief.trailer(relayed));
            let believed =
                |rtcp: &Rtcp<'_>| belief.believes(relayed, Candidate::Rtcp(rtcp.ssrc, rtcp.guard));
            rtcp.filter(believed).map(|rtcp| {
                rtcp.label(sink);
                Message::Rtcp(rtcp)
            })
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
        192..=255 => quic::parse(octets, sink).map(Message::Quic),
    };
    found.unwrap_or(Message::Unknown)
}

/// What begins with an octet from 64 to 127: a letter of SIP, the channel of TURN, or the short
/// header of QUIC (RFC 9443, section 3).
fn letter_or_channel<'a, S: Sink>(
    octets: Octets<'a>,
    relayed: bool,
    belief: &impl Belief,
    sink: &mut S,
) -> Option<Message<'a>> {
    let [first, second, ..] = octets.captured else {
        return None;
    };
    if first.is_ascii_alphabetic()
        && let Some(sip) = sip::parse(octets, sink)
    {
        return Some(Message::Sip(sip));
    }
    let channel = ChannelNumber(u16::from_be_bytes([*first, *second]));
    if !relayed
        && belief.believes(relayed, Candidate::Channel(channel))
        && let Some(data) = turn::parse(octets, sink)
    {
        return Some(Message::ChannelData(data));
    }
    let quic = !relayed && belief.believes(relayed, Candidate::QuicShort);
    quic.then(|| Message::Quic(quic::short(octets, sink)))
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
                Guard::Trailer { .. } | Guard::Open { .. } => "srtcp",
                Guard::Plain | Guard::Undecided => "rtcp",
            }),
            Self::Sip(_) => Some("sip"),
            Self::Zrtp(_) => Some("zrtp"),
            Self::Quic(_) => Some("quic"),
            Self::Unknown => None,
        }
    }
}
