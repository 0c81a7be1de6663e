//! `end-to-end-layer`: is what the keys of a hop open sealed once more?

use super::case::Case;
use super::catalogue::LAYER;
use super::{Evidence, Gap, Judgement, OpenedGap, Scope, Support, Verdict};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::{Protection, State};
use crate::flow::{Content, Inner, Kind, Layer, LayerMark, OpenedMedia, RtpStream};

/// Whoever holds the keys of the hop, or is at an end of it, may find frames inside; a stream that
/// repeats another carries no frames of its own.
pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judge_stream = |(id, stream): (u64, &RtpStream)| {
        let protection = case.protection(stream)?;
        let inner = stream.inner();
        let (verdict, words) = match (protection.opened, &inner) {
            (Some(opened), Some(inner)) => opened_frames((stream, protection), opened, inner),
            _ => frames_on_the_wire(case, stream, protection)?,
        };
        let ssrc = Told::plain(stream.key.ssrc.to_string());
        let name = told![ssrc, " from ", case.behind(stream.ends().0)];
        let found = (verdict, told![name, Told::plain(words)]);
        let basis = match inner {
            Some(_) => "frames opened with keys",
            None => "structure of the payload",
        };
        let judged = case.judgement(&LAYER, Scope::Stream(id), found, basis);
        Some(Judgement {
            supporting: inner.iter().filter_map(support).collect(),
            ..judged
        })
    };
    let streams = case.seen_streams();
    let own = streams.filter(|(_, stream)| stream.kind() != Kind::Rtx);
    own.filter_map(judge_stream).collect()
}

/// What stands inside what keys opened.
fn opened_frames(
    (stream, protection): (&RtpStream, &Protection<'_>),
    opened: &OpenedMedia,
    inner: &Inner,
) -> (Verdict, String) {
    let all = || opened.authenticated.clone();
    let open = |gap: OpenedGap, packets: Sample| {
        Verdict::Inconclusive(Gap::Opened(gap), Evidence::of(packets))
    };
    match inner {
        Inner::Readable(shown) => {
            let codec = stream.inner_codec().unwrap_or("media");
            let words = format!(" opens with the keys that were given, and inside is {codec}");
            (Verdict::violated(shown.clone(), TOO_FEW), words)
        }
        Inner::Sealed(layer) => {
            let frames = layer.frames.clone();
            let verdict = match unopened(stream, protection) {
                Some(gap) => Verdict::Inconclusive(gap, Evidence::of(frames)),
                None => Verdict::holds(frames, TOO_FEW),
            };
            (verdict, format!(": {}", in_words(layer)))
        }
        Inner::Partly(bare) => {
            let words = format!(": {} frames bear no mark of the layer", bare.total());
            (open(OpenedGap::Unmarked, bare.clone()), words)
        }
        Inner::Uniform => {
            let words = " opens to a cipher's octets".into();
            (open(OpenedGap::InnerLayer, all()), words)
        }
        Inner::TooFew => {
            let words = " opens, and its frames bear marks".into();
            (open(OpenedGap::TooFewFrames, all()), words)
        }
        Inner::Unknown => {
            let few = opened.authenticated.total() < FRAMES;
            let gap = if few {
                OpenedGap::TooFewFrames
            } else {
                OpenedGap::BehindHeader
            };
            (open(gap, all()), " opens".into())
        }
    }
}

const TOO_FEW: Gap = Gap::Opened(OpenedGap::TooFewFrames);
/// Frames that can be told from a cipher's, at least.
const FRAMES: u64 = 80;

/// A stream that no key opened: in clear, or sealed by a handshake at whose end the observer may
/// be. Of any other nothing is known that lies inside.
fn frames_on_the_wire(
    case: &Case<'_>,
    stream: &RtpStream,
    protection: &Protection<'_>,
) -> Option<(Verdict, String)> {
    if protection.state == State::Clear {
        let judged = protection.octets.as_ref();
        let guess = judged.and_then(|judged| judged.codec(stream.kind() == Kind::Video));
        let guess = guess.filter(|guess| guess.content == Content::Readable);
        let all = Evidence::of(stream.packets.clone());
        return Some(match guess {
            Some(guess) => {
                let words = format!(" is in clear, and is {}", guess.codec);
                let shown = protection.structured();
                (
                    Verdict::violated(shown, Gap::Opened(OpenedGap::BehindHeader)),
                    words,
                )
            }
            None => (
                Verdict::Inconclusive(Gap::Opened(OpenedGap::BehindHeader), all),
                " is in clear".into(),
            ),
        });
    }
    case.may_end(protection).then(|| {
        let packets = Evidence::of(stream.packets.clone());
        let words = " was not opened".to_owned();
        (Verdict::Inconclusive(Gap::KeysOfHop, packets), words)
    })
}

/// Why some packets were not looked into, though others were.
pub(super) fn unopened(stream: &RtpStream, protection: &Protection<'_>) -> Option<Gap> {
    let opened = protection.opened?;
    match (opened.refused.total(), opened.cut) {
        (1.., _) => Some(Gap::Opened(OpenedGap::Tags)),
        (_, 1..) => Some(Gap::CutFrames),
        _ => (!protection.is_verified(stream)).then_some(Gap::KeysOfHop),
    }
}

/// What shows the layer, and what it leaves in clear.
pub(super) fn in_words(layer: &Layer) -> String {
    let count = layer.frames.total();
    let keys = |keys: &[u64]| {
        let keys: Vec<_> = keys.iter().map(u64::to_string).collect();
        keys.join(", ")
    };
    let shown = match &layer.mark {
        LayerMark::Trailer(all) => {
            let keys = keys(all);
            format!("an IV of 12 octets and key {keys} end each of {count} frames")
        }
        LayerMark::Sframe(all) => {
            let keys = keys(all);
            format!("the SFrame header of {count} frames counts, under key {keys}")
        }
        LayerMark::Refused { codec, kept, pairs } => {
            format!("announced as {codec}, whose rules {kept} of {pairs} pairs of packets keep")
        }
    };
    let left = match layer.header {
        Some("opus") => "; in clear is the first octet of each frame, the TOC of Opus",
        Some("VP8") => "; in clear are the first 3 octets of each frame of VP8, 10 of key frames",
        _ => "",
    };
    format!("{shown}{left}")
}

/// What the spread of the octets says; it never decides alone.
fn support(inner: &Inner) -> Option<Support> {
    let (packets, p_value) = inner.layer()?.uniform;
    Some(Support {
        test: "frames-uniform",
        p_value: Some(p_value),
        n: packets.into(),
    })
}
