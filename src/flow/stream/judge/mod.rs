//! What the streams of one direction are, judged together when a report is made.

#[cfg(test)]
mod tests;

use hashbrown::HashMap;

use super::extension::{Extension, Lane, Learned, Use};
use super::kind::Kind;
use super::{RtpStream, payload_type};
use crate::dissect::header_ext::Meaning;
use crate::dissect::rtp::Ssrc;
use crate::flow::payload::{CodecGuess, Payload};

/// Why we think so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The signalling said it.
    Negotiated,
    /// The payload type names it (RFC 3551, section 6).
    PayloadType,
    /// Its numbers, sizes and times behave like it.
    Behaviour,
    /// Timestamps of another stream, and its sizes with two octets more.
    Retransmission,
    /// The same, and the original sequence numbers are readable.
    OriginalNumber,
    /// Padding only, beside a video stream.
    Padding,
    /// Its payloads are readable and keep the rules of the codec.
    PayloadStructure,
}

impl Basis {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Negotiated => "negotiated",
            Self::PayloadType => "payload-type",
            Self::Behaviour => "behaviour",
            Self::Retransmission => "retransmission",
            Self::OriginalNumber => "original-number",
            Self::Padding => "padding",
            Self::PayloadStructure => CodecGuess::BASIS,
        }
    }
}

/// What signalling, or the payload type itself, says of a payload type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What it carries.
    pub kind: Kind,
    /// Name of the codec, as `a=rtpmap` writes it.
    pub codec: Option<Box<str>>,
    /// Clock rate, Hz.
    pub clock_rate: Option<u32>,
}

/// What was judged of a stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Judged {
    kind: Option<(Kind, Basis)>,
    repairs: Option<Ssrc>,
    codec: Option<(Box<str>, Basis)>,
    clock_rate: Option<(u32, Basis)>,
    learned: Learned,
}

/// Announcements that are kept of one stream: a payload type each.
const ANNOUNCED: usize = 16;

/// Judges the streams of one direction of a flow, those that are believed.
pub(in crate::flow) fn judge(lane: Option<&mut Box<Lane>>, streams: &mut [&mut RtpStream]) {
    for stream in &mut *streams {
        stream.judge_alone();
    }
    let beside = Beside::of(streams);
    let repairs: Vec<_> = streams
        .iter()
        .map(|stream| stream.repair(&beside))
        .collect();
    for (stream, repair) in streams.iter_mut().zip(repairs) {
        if let Some(repair) = repair {
            stream.judged.kind = repair.basis.map(|basis| (Kind::Rtx, basis));
            stream.judged.repairs = repair.of;
            stream.judged.clock_rate = None;
        }
    }
    let uses: Vec<_> = streams
        .iter()
        .map(|stream| Use {
            kind: stream.kind(),
            packets: stream.different(),
            rows: &stream.rows,
        })
        .collect();
    let Some(lane) = lane else { return };
    let learned = lane.judge(&uses);
    for stream in streams {
        stream.judged.learned.clone_from(learned);
    }
}

/// What runs in one direction, as far as a stream asks that may repair another.
struct Beside {
    kinds: HashMap<Ssrc, Kind>,
    /// Payload types of video, a bit each, and those of video whose clock is known.
    video: u128,
    steady: u128,
}

impl Beside {
    fn of(streams: &[&mut RtpStream]) -> Self {
        let kinds = streams
            .iter()
            .map(|stream| (stream.key.ssrc, stream.kind()));
        let mut beside = Self {
            kinds: kinds.collect(),
            video: 0,
            steady: 0,
        };
        for stream in streams.iter().filter(|stream| stream.kind() == Kind::Video) {
            let bit = 1 << stream.shape.payload_type();
            beside.video |= bit;
            if stream.timing.rate().is_some() {
                beside.steady |= bit;
            }
        }
        beside
    }
}

/// A stream that is no stream of its own.
struct Repair {
    /// Why it repairs another; `None` where it only cannot be told from one that does.
    basis: Option<Basis>,
    of: Option<Ssrc>,
}

impl RtpStream {
    /// What it is by itself: as announced, as its payload type names it, or as it behaves.
    fn judge_alone(&mut self) {
        let payload_type = self.shape.payload_type();
        let measured = self.timing.rate();
        let told = self.announced.iter().find(|(pt, _)| *pt == payload_type);
        let told = told.map(|(_, told)| (told.clone(), Basis::Negotiated));
        let named = || Some((self.named(payload_type)?, Basis::PayloadType));
        let told = told.or_else(named);
        self.judged = Judged::default();
        if let Some((told, basis)) = told {
            self.judged.kind = Some((told.kind, basis));
            self.judged.codec = told.codec.map(|codec| (codec, basis));
            self.judged.clock_rate = told.clock_rate.map(|rate| (rate, basis));
        } else {
            let kind = self.shape.kind(measured);
            self.judged.kind = (kind != Kind::Unknown).then_some((kind, Basis::Behaviour));
        }
        if self.judged.codec.is_none() {
            let shown = self.payload.codec(self.kind() == Kind::Video);
            let shown = shown.map(|guess| (guess.codec.into(), Basis::PayloadStructure));
            self.judged.codec = shown;
        }
        let measured = measured.map(|rate| (rate, Basis::Behaviour));
        self.judged.clock_rate = self.judged.clock_rate.or(measured);
    }

    /// What a payload type says by itself, where the clock of the stream agrees.
    fn named(&self, payload_type: u8) -> Option<Announcement> {
        let named = payload_type::named(payload_type)?;
        let measured = self.timing.rate();
        let fits = measured.is_none_or(|rate| named.clock_rate == Some(rate));
        fits.then_some(named)
    }

    /// Whether it repairs another of those beside it, or probes the path.
    fn repair(&self, beside: &Beside) -> Option<Repair> {
        if self
            .kind_basis()
            .is_some_and(|basis| basis != Basis::Behaviour)
        {
            return None;
        }
        // Whatever it repairs has another payload type.
        let others = !(1 << self.shape.payload_type());
        if let Some(of) = self.twin.of() {
            let original = beside.kinds.get(&of);
            let original = original.is_some_and(|kind| *kind != Kind::Audio);
            let basis = if self.twin.is_numbered() {
                Basis::OriginalNumber
            } else {
                Basis::Retransmission
            };
            return original.then_some(Repair {
                basis: Some(basis),
                of: Some(of),
            });
        }
        if self.twin.is_padding() {
            // Without pictures beside it, it still is nobody's stream.
            return Some(Repair {
                basis: (beside.video & others != 0).then_some(Basis::Padding),
                of: None,
            });
        }
        // Repairs of packets from long ago look like pictures, but have no clock.
        let doubtful = self.kind() == Kind::Video
            && self.timing.rate().is_none()
            && beside.steady & others != 0;
        doubtful.then_some(Repair {
            basis: None,
            of: None,
        })
    }

    /// Takes what signalling says of a payload type of this stream.
    pub fn announce(&mut self, payload_type: u8, announcement: Announcement) {
        self.announced.retain(|(known, _)| *known != payload_type);
        if self.announced.len() < ANNOUNCED {
            self.announced.push((payload_type, announcement));
        }
    }

    /// What it carries.
    pub fn kind(&self) -> Kind {
        self.judged.kind.map_or(Kind::Unknown, |(kind, _)| kind)
    }

    /// Why we think that it carries that; `None` where the kind is unknown.
    pub fn kind_basis(&self) -> Option<Basis> {
        self.judged.kind.map(|(_, basis)| basis)
    }

    /// The stream whose packets it sends again, where that was seen.
    pub const fn repairs(&self) -> Option<Ssrc> {
        self.judged.repairs
    }

    /// The codec and why we think so; `None` where neither signalling nor the payload type
    /// itself names it.
    pub fn codec(&self) -> Option<(&str, Basis)> {
        let (codec, basis) = self.judged.codec.as_ref()?;
        Some((codec, *basis))
    }

    /// The codec of one of its payload types: as signalling announced it, as the type itself names
    /// it, or as the payloads show it, in clear or opened with keys.
    pub fn codec_of(&self, payload_type: u8) -> Option<Box<str>> {
        let told = self.announced.iter().find(|(pt, _)| *pt == payload_type);
        let told = told.map(|(_, told)| told.clone());
        let told = told.or_else(|| self.named(payload_type));
        told.and_then(|told| told.codec).or_else(|| {
            let opened = self.opened().map(|opened| &opened.payload);
            let readable = [Some(&self.payload), opened].into_iter().flatten();
            let mut judged = readable.flat_map(Payload::judgements);
            let video = self.kind() == Kind::Video;
            judged.find_map(|judged| {
                let shown = judged.codec(video)?.codec;
                (judged.payload_type == payload_type).then(|| shown.into())
            })
        })
    }

    /// The clock rate, Hz; `None` where it is undecided.
    pub fn clock_rate(&self) -> Option<u32> {
        self.judged.clock_rate.map(|(rate, _)| rate)
    }

    /// Why we think that the clock runs at that rate.
    pub fn clock_basis(&self) -> Option<Basis> {
        self.judged.clock_rate.map(|(_, basis)| basis)
    }

    /// Its readable header extension elements, by id, each with what it means.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        self.rows.told(&self.judged.learned)
    }

    /// What the elements with this id mean, where that is known, and why we think so.
    pub fn meaning(&self, id: u8) -> Option<(Meaning, Basis)> {
        self.judged.learned.meaning(id)
    }

    /// Its readable element with this meaning.
    pub fn extension(&self, meaning: Meaning) -> Option<Extension<'_>> {
        self.extensions().find(|extension| extension.is(meaning))
    }
}
