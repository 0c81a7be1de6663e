//! What stands inside what keys opened: readable frames, or frames that are sealed once more.
//!
//! A layer is shown by its mark on every frame, or by a codec that is known to be spoken and whose
//! rules the frames break. That they are uniform never shows it alone; that they are not refutes it,
//! whatever marks they bear.

use super::{Frames, Marks};
use crate::base::sample::Sample;
use crate::flow::payload::{CodecGuess, Content, Judgement, Payload, Structure};
use crate::flow::stream::Kind;

/// What stands inside.
#[derive(Debug, Clone, PartialEq)]
pub enum Inner {
    /// Frames that are readable, as these packets show.
    Readable(Sample),
    /// Frames that are sealed once more.
    Sealed(Layer),
    /// Most frames bear the mark of a layer; these do not, and may be readable.
    Partly(Sample),
    /// As a cipher leaves it behind any header of a codec, without a mark: a layer may lie inside.
    Uniform,
    /// All frames bear the mark of a layer, and are too few to tell whether they are sealed.
    TooFew,
    /// Too few frames, or of a codec of which it is not known what stands behind its header.
    Unknown,
}

impl Inner {
    /// The layer, where one is shown.
    pub const fn layer(&self) -> Option<&Layer> {
        match self {
            Self::Sealed(layer) => Some(layer),
            _ => None,
        }
    }
}

/// An end-to-end layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// What shows it.
    pub mark: LayerMark,
    /// The packets that show it, of all frames.
    pub frames: Sample,
    /// The codec whose header is left in clear in front of what is sealed; behind a header of SFrame
    /// the whole frame is.
    pub header: Option<&'static str>,
    /// Frames whose octets behind the header were tested, and the chance that a cipher spreads them
    /// so unevenly.
    pub uniform: (u32, f64),
}

/// What shows an end-to-end layer.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerMark {
    /// A trailer on every frame, with these key indices.
    Trailer(Vec<u64>),
    /// The header of SFrame on every frame, counting under these keys (RFC 9605, section 4.3).
    Sframe(Vec<u64>),
    /// Frames that break the rules of the codec that was announced: of so many pairs of packets so
    /// many keep them.
    Refused {
        /// The codec.
        codec: &'static str,
        /// Pairs of consecutive packets that keep its rules.
        kept: u32,
        /// Pairs that were examined.
        pairs: u32,
    },
}

/// Frames that bear a mark at least.
const FRAMES: u64 = 20;
/// Frames whose octets behind the header were tested at least, where the codec does not say. Mixed
/// speech in clear, the slowest, was told from a cipher within 68.
const TESTED: u32 = 80;
/// Share of the pairs that keep a codec's rules at most, where another one wrote them or a cipher.
/// Sealed streams reach 0.52.
const REFUSED: f64 = 0.6;

impl Frames {
    /// What stands inside; `payload` is what the opened payloads say without looking for a layer,
    /// and `announced` the codec that signalling names.
    pub(in crate::flow) fn inner(
        &self,
        payload: &Payload,
        (kind, announced): (Kind, Option<&str>),
    ) -> Inner {
        let Some(marks) = self.marks(kind) else {
            return Inner::Unknown;
        };
        let video = kind == Kind::Video;
        let judged = payload.judgement();
        if let Some(shown) = readable(judged.as_ref(), marks, video) {
            return Inner::Readable(shown);
        }
        let guess = judged.as_ref().and_then(|judged| judged.codec(video));
        let header = guess.map(|guess| guess.codec);
        let enough = guess.map_or(Some(TESTED), CodecGuess::sealed_after);
        let uniform = enough.and_then(|enough| marks.uniform(enough));
        let layer = |mark: LayerMark, frames: &Sample, uniform| Layer {
            header: header.filter(|_| !matches!(mark, LayerMark::Sframe(_))),
            mark,
            frames: frames.clone(),
            uniform,
        };
        match (marks.found(header.is_some() || !video), uniform) {
            (Some((_, _, bare)), _) if bare.total() > 0 => return Inner::Partly(bare.clone()),
            (Some((mark, marked, _)), Some(uniform)) => {
                return Inner::Sealed(layer(mark, marked, uniform));
            }
            (Some(_), None) if enough.is_some() && !marks.is_structured() => return Inner::TooFew,
            _ => {}
        }
        let Structure::Uniform {
            packets, p_value, ..
        } = payload.structure()
        else {
            return match uniform {
                Some(_) if header.is_some() => Inner::Uniform,
                _ => Inner::Unknown,
            };
        };
        match self.refused(announced) {
            Some(mark) => Inner::Sealed(layer(mark, &self.opened, (packets, p_value))),
            None => Inner::Uniform,
        }
    }

    /// The codec that signalling names, where the frames are none of it.
    fn refused(&self, announced: Option<&str>) -> Option<LayerMark> {
        let (codec, score) = self.scores.of(announced?)?;
        let refused = score.pairs >= TESTED && score.share() <= REFUSED;
        refused.then_some(LayerMark::Refused {
            codec,
            kept: score.kept,
            pairs: score.pairs,
        })
    }
}

/// The packets that show that frames are readable, if any do.
fn readable(judged: Option<&Judgement>, marks: &Marks, video: bool) -> Option<Sample> {
    let judged = judged?;
    let guess = judged.codec(video)?;
    if guess.sealed_after().is_none() {
        return (guess.content == Content::Readable).then(|| judged.evidence.clone());
    }
    let behind = marks.behind.judgement()?;
    behind.is_structured().then_some(behind.evidence)
}

impl Marks {
    /// Frames that were tested behind their header, where they are uniform there and enough.
    fn uniform(&self, enough: u32) -> Option<(u32, f64)> {
        match self.behind.structure() {
            Structure::Uniform {
                packets, p_value, ..
            } if packets >= enough => Some((packets, p_value)),
            _ => None,
        }
    }

    fn is_structured(&self) -> bool {
        matches!(self.behind.structure(), Structure::Structured { .. })
    }

    /// The mark that most frames bear, the packets with it and those without. Trailers say nothing
    /// where it is not known where frames end.
    fn found(&self, ends: bool) -> Option<(LayerMark, &Sample, &Sample)> {
        let is_mark = |marked: &Sample, bare: &Sample| {
            marked.total() >= FRAMES && marked.total() > bare.total()
        };
        let Self {
            counters, trailers, ..
        } = self;
        if is_mark(&counters.marked, &counters.bare) {
            let mark = LayerMark::Sframe(counters.keys.clone());
            return Some((mark, &counters.marked, &counters.bare));
        }
        (ends && is_mark(&trailers.marked, &trailers.bare)).then(|| {
            let mark = LayerMark::Trailer(trailers.keys.clone());
            (mark, &trailers.marked, &trailers.bare)
        })
    }
}
