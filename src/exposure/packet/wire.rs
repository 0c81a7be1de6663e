//! What guards each octet of a packet on the wire, as far as the whole capture has taught.
//!
//! A field says what kind of octets it holds; whether a payload is sealed is known of its stream
//! only, and is asked once for each.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::base::field::{Class, Field};
use crate::base::label::Label;
use crate::base::span::{Octets, Span};
use crate::dissect::Message;
use crate::dissect::header_ext::Form;
use crate::dissect::rtcp::{CLEAR, Guard, Rtcp};
use crate::dissect::rtp::Rtp;
use crate::exposure::agreement::Agreements;
use crate::exposure::protection::{State, protection};
use crate::flow::{FlowBelief, RtpStream, StreamKey, TrailerKind};

/// What guards octets on the wire, whoever holds the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wire {
    /// Nothing: whoever sees the wire reads them.
    Clear,
    /// A cipher.
    Sealed,
    /// They are a tag that only keys can check.
    Tag,
    /// It cannot be told. Doubt counts as exposure.
    Unknown,
    /// The capture does not hold them.
    NotCaptured,
}

impl Wire {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Sealed => "sealed",
            Self::Tag => "tag",
            Self::Unknown => "unknown",
            Self::NotCaptured => "not-captured",
        }
    }

    const fn of(class: Class) -> Self {
        match class {
            Class::Addressing | Class::Control | Class::MediaHeader | Class::Secret => Self::Clear,
            Class::Tag => Self::Tag,
            Class::Payload | Class::Unknown => Self::Unknown,
            Class::NotCaptured => Self::NotCaptured,
        }
    }
}

impl From<State> for Wire {
    fn from(state: State) -> Self {
        match state {
            State::Sealed => Self::Sealed,
            State::Clear => Self::Clear,
            State::Unknown => Self::Unknown,
        }
    }
}

/// A part of a frame: what it is, and what guards it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Which octets, and what they are.
    pub label: Label,
    /// What guards them on the wire.
    pub wire: Wire,
}

/// What is known of how a message is guarded.
#[derive(Debug, Clone, Copy)]
enum Cover {
    /// RTP: what guards its payload, where its tag begins, and whether its extension is sealed
    /// with the payload (RFC 9335).
    Media {
        state: State,
        tag: u32,
        cryptex: bool,
    },
    /// SRTCP with a trailer that the tracker knows.
    Sealed,
    /// RTCP of which nothing is known from here on.
    Doubted(u32),
}

/// The messages of one frame whose guard is known, the inner ones last.
#[derive(Debug, Default)]
pub(super) struct Covers(Vec<(Span, Cover)>);

/// How the payloads of streams are guarded, each worked out when first asked for.
#[derive(Debug)]
pub(super) struct Guards<'t> {
    agreements: Arc<Agreements<'t>>,
    streams: HashMap<StreamKey, (State, u32)>,
}

impl<'t> Guards<'t> {
    pub(super) fn new(agreements: Arc<Agreements<'t>>) -> Self {
        Self {
            agreements,
            streams: HashMap::new(),
        }
    }

    /// Notes how a message is guarded; `true` where it is media that is sealed.
    pub(super) fn note(
        &mut self,
        message: &Message<'_>,
        (octets, relayed): (Octets<'_>, bool),
        belief: &FlowBelief<'t>,
        covers: &mut Covers,
    ) -> bool {
        let cover = match message {
            Message::Rtp(rtp) => {
                let stream = belief.stream(relayed, rtp.ssrc);
                stream.map(|stream| self.media(stream, rtp))
            }
            Message::Rtcp(rtcp) => reports(rtcp, relayed, belief),
            _ => None,
        };
        covers.0.extend(cover.map(|cover| (octets.span(), cover)));
        matches!(
            cover,
            Some(Cover::Media {
                state: State::Sealed,
                ..
            })
        )
    }

    fn media(&mut self, stream: &RtpStream, rtp: &Rtp<'_>) -> Cover {
        let agreements = &self.agreements;
        let (state, tag_octets) = *self.streams.entry(stream.key).or_insert_with(|| {
            let known = protection(agreements, stream);
            (known.state, known.tag_octets.unwrap_or(0))
        });
        let form = rtp.extension.map(|(profile, _)| Form::of(profile));
        Cover::Media {
            state,
            tag: rtp.payload.span().end.saturating_sub(tag_octets),
            cryptex: form == Some(Form::Cryptex),
        }
    }
}

/// How reports are guarded: one datagram shows a trailer, its sender whether that is believed.
fn reports(rtcp: &Rtcp<'_>, relayed: bool, belief: &FlowBelief<'_>) -> Option<Cover> {
    let (kind, offset) = match rtcp.guard {
        Guard::Plain => return None,
        Guard::Trailer { offset, .. } => (TrailerKind::Sealed, offset),
        Guard::Open { offset, .. } => (TrailerKind::NullCipher, offset),
        Guard::Undecided => (TrailerKind::Counter, 0),
    };
    let sender = belief.sender(relayed, rtcp.ssrc);
    let known = sender
        .and_then(|sender| sender.trailer)
        .is_some_and(|trailer| trailer.kind == kind && trailer.offset == offset);
    match kind {
        TrailerKind::Sealed if known => Some(Cover::Sealed),
        TrailerKind::NullCipher if known => None,
        _ => Some(Cover::Doubted(rtcp.octets.offset.saturating_add(CLEAR))),
    }
}

impl Covers {
    /// Takes what is known of a message of which `part` stands in this frame, at `offset`.
    pub(super) fn lay(&mut self, message: &Self, part: Span, offset: u32) {
        let at = |place: u32| {
            let inside = place.clamp(part.start, part.end).saturating_sub(part.start);
            offset.saturating_add(inside)
        };
        let covers = message.0.iter().map(|(span, cover)| {
            let cover = match *cover {
                Cover::Media {
                    state,
                    tag,
                    cryptex,
                } => Cover::Media {
                    state,
                    tag: at(tag),
                    cryptex,
                },
                Cover::Sealed => Cover::Sealed,
                Cover::Doubted(from) => Cover::Doubted(at(from)),
            };
            (Span::new(at(span.start), at(span.end)), cover)
        });
        self.0.extend(covers);
    }

    /// Says of every label what guards it. The tag at the end of sealed media is set apart; the
    /// headers in a quote, which are not told apart, become one.
    pub(super) fn over(&self, labels: Vec<Label>) -> Vec<Region> {
        let mut regions = Vec::<Region>::with_capacity(labels.len().saturating_add(1));
        for label in labels {
            if label.field == Field::IcmpQuoteHeader
                && let Some(last) = regions.last_mut()
                && last.label.field == label.field
            {
                last.label.span.end = label.span.end;
                continue;
            }
            let at = label.span.start;
            let around = |(span, _): &&(Span, Cover)| span.start <= at && at < span.end;
            let cover = self.0.iter().rev().find(around).map(|(_, cover)| *cover);
            let wire = wire(&label, cover);
            let mut rest = label;
            if let (Field::RtpPayload, Wire::Sealed, Some(Cover::Media { tag, .. })) =
                (label.field, wire, cover)
            {
                let Span { start, end } = label.span;
                let tag = tag.clamp(start, end);
                rest.span = Span::new(tag, end);
                rest.field = Field::SrtpTag;
                let span = Span::new(start, tag);
                regions.push(Region {
                    label: Label { span, ..label },
                    wire,
                });
            }
            regions.push(Region {
                wire: if rest.field == Field::SrtpTag {
                    Wire::Tag
                } else {
                    wire
                },
                label: rest,
            });
        }
        regions.retain(|region| !region.label.span.is_empty());
        regions
    }
}

fn wire(label: &Label, cover: Option<Cover>) -> Wire {
    match (label.field, cover) {
        (Field::NotCaptured, _) => Wire::NotCaptured,
        (Field::DtlsSealed | Field::TlsSealed, _) | (Field::SrtcpSealed, Some(Cover::Sealed)) => {
            Wire::Sealed
        }
        (Field::RtpPayload, Some(Cover::Media { state, .. })) => state.into(),
        (
            Field::RtpExtOpaque | Field::RtpCsrc,
            Some(Cover::Media {
                state,
                cryptex: true,
                ..
            }),
        ) => match state {
            State::Sealed => Wire::Sealed,
            // It says that it is sealed, and nothing bears that out.
            State::Clear | State::Unknown => Wire::Unknown,
        },
        (_, Some(Cover::Doubted(from))) if label.span.start >= from => Wire::Unknown,
        (field, _) => Wire::of(field.class()),
    }
}
