//! Which codec wrote a payload, by the rules that its packets keep from one to the next.
//!
//! Only readable payloads are asked. A codec found means that its header is readable; whether what
//! follows the header is readable too is a question of its own, since a layer that seals frames end
//! to end leaves the header clear. No signalling is looked at.

mod audio;
mod nal;
mod video;

use super::gather::{Gathered, Head};
use super::positional::{self, Position, Spread};
use crate::dissect::rtp::Rtp;

/// The codec that a payload's octets show.
#[derive(Debug, Clone, PartialEq)]
pub struct CodecGuess {
    /// Its name as in SDP, or `AV1-like`, which says no more than that.
    pub codec: &'static str,
    /// Share of the pairs that keep the codec's rule.
    pub share: f64,
    /// Pairs of consecutive packets examined.
    pub pairs: u32,
    /// Whether what follows the codec's header is readable.
    pub content: Content,
    /// Width and height of VP8 key frames, each size once, at most four.
    pub pictures: Vec<(u16, u16)>,
    /// Events of RFC 4733. Which keys were pressed is readable, and is not kept.
    pub events: u32,
}

impl CodecGuess {
    /// Why we think so.
    pub const BASIS: &'static str = "payload-structure";

    /// Packets after which what stands behind its header, still uniform, is sealed; `None` where it
    /// is not known of every packet where its header ends.
    pub fn sealed_after(&self) -> Option<u32> {
        let mut rules = audio::RULES.iter().chain(&video::RULES);
        rules.find(|rule| rule.codec == self.codec)?.sealed_after
    }
}

/// Whether what follows the codec's header is readable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Content {
    /// It is structured beyond the header.
    Readable,
    /// It is uniform beyond the header, which is how a layer inside looks. Supports such a layer,
    /// does not prove it.
    HeaderOnly {
        /// Packets examined.
        packets: u32,
        /// The smallest chance at any position examined.
        p_value: f64,
    },
    /// Cannot be told.
    Unknown,
}

/// What a codec's packets keep.
struct Rule {
    codec: &'static str,
    /// Whether two consecutive packets keep it.
    keeps: fn(&Head, &Head) -> bool,
    /// Step of the timestamp beyond which there was silence, and they say nothing.
    longest_step: u32,
    /// Octet of the packet at which content begins at the latest; `None` where the packet is not
    /// to be asked.
    content: fn(&Head) -> Option<usize>,
    /// Packets after which content that is still uniform is sealed: well above what readable
    /// content was measured to need. `None` where that is not known.
    sealed_after: Option<u32>,
    /// Pairs that are enough.
    pairs: u32,
}

/// Share of the pairs that must keep the rule. Sealed streams reach 0.52, true ones 1.
const SHARE: f64 = 0.95;
/// Pairs that are enough for a rule that chance keeps now and then.
const PAIRS: u32 = 20;
/// Content is looked at before this octet: an end-to-end layer adds a constant trailer.
const CONTENT_END: usize = 16;
/// The decadic logarithm of the chance above which a position is uniform beyond doubt.
const UNIFORM: f64 = -6.0;
/// The most that another codec may reach where AV1 is thought of.
const RIVAL: f64 = 0.5;

/// How a codec's rule fares.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::flow) struct Score {
    /// Pairs of consecutive packets that keep it.
    pub(in crate::flow) kept: u32,
    /// Pairs that it says anything of.
    pub(in crate::flow) pairs: u32,
}

impl Score {
    fn add(&mut self, rule: &Rule, one: &Head, other: &Head) {
        if other.timestamp.wrapping_sub(one.timestamp) <= rule.longest_step {
            self.pairs = self.pairs.saturating_add(1);
            let kept = (rule.keeps)(one, other);
            self.kept = self.kept.saturating_add(kept.into());
        }
    }

    pub(in crate::flow) fn share(self) -> f64 {
        f64::from(self.kept) / f64::from(self.pairs.max(1))
    }
}

/// How the rules of all codecs fare, from a stream's first packet on.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Scores {
    last: Option<Head>,
    audio: [Score; audio::RULES.len()],
    video: [Score; video::RULES.len()],
}

impl Scores {
    /// Takes the next packet; where it does not follow the last one, no pair is examined.
    pub(in crate::flow) fn add(&mut self, rtp: &Rtp<'_>) {
        let head = Head::of(rtp, 0);
        let follows = |last: &Head| head.seq == last.seq.wrapping_add(1);
        let last = self.last.replace(head);
        let Some(last) = last.filter(|last| follows(last) && !last.padding && !head.padding) else {
            return;
        };
        let audio = self.audio.iter_mut().zip(&audio::RULES);
        let video = self.video.iter_mut().zip(&video::RULES);
        for (score, rule) in audio.chain(video) {
            score.add(rule, &last, &head);
        }
    }

    /// The score of the codec that signalling calls so, whatever its case.
    pub(in crate::flow) fn of(&self, codec: &str) -> Option<(&'static str, Score)> {
        let is = |name: &str| name.eq_ignore_ascii_case(codec);
        let companded = audio::COMPANDED.iter().any(|name| is(name));
        let audio = self.audio.iter().zip(&audio::RULES);
        let mut all = audio.chain(self.video.iter().zip(&video::RULES));
        all.find(|(_, rule)| is(rule.codec) || companded && rule.codec == audio::G711)
            .map(|(score, rule)| (rule.codec, *score))
    }
}

/// The audio codec, or the events beside it.
pub(super) fn audio(gathered: &Gathered, payload_type: u8) -> Option<CodecGuess> {
    let pairs = pairs(gathered);
    let (rule, score) = first_kept(&audio::RULES, &pairs)?;
    let mut guess = guess(rule, score, gathered);
    if rule.codec == audio::G711 {
        guess.codec = audio::companding(payload_type, gathered.pooled())?;
    } else if rule.codec == audio::EVENT {
        guess.events = audio::events(gathered.heads());
    }
    Some(guess)
}

/// The video codec.
pub(super) fn video(gathered: &Gathered, payload_type: u8) -> Option<CodecGuess> {
    let pairs = pairs(gathered);
    if let Some((rule, score)) = first_kept(&video::RULES, &pairs) {
        let mut guess = guess(rule, score, gathered);
        if rule.codec == video::VP8 {
            guess.pictures = video::pictures(gathered.heads());
        }
        return Some(guess);
    }
    let rivalled = video::RULES
        .iter()
        .any(|rule| score(rule, &pairs).share() >= RIVAL);
    let dynamic = matches!(payload_type, 35..=63 | 96..=127);
    let av1 = (dynamic && !rivalled).then_some(std::slice::from_ref(&video::AV1))?;
    let (rule, score) = first_kept(av1, &pairs)?;
    Some(guess(rule, score, gathered))
}

fn first_kept<'r>(rules: &'r [Rule], pairs: &[(&Head, &Head)]) -> Option<(&'r Rule, Score)> {
    let mut scores = rules.iter().map(|rule| (rule, score(rule, pairs)));
    scores.find(|(rule, score)| score.pairs >= rule.pairs && score.share() >= SHARE)
}

/// Consecutive packets of which neither is padding.
fn pairs(gathered: &Gathered) -> Vec<(&Head, &Head)> {
    let heads = gathered.in_order();
    let next = heads.iter().skip(1);
    heads
        .iter()
        .zip(next)
        .map(|(one, other)| (*one, *other))
        .filter(|(one, other)| other.seq == one.seq.wrapping_add(1))
        .filter(|(one, other)| !one.padding && !other.padding)
        .collect()
}

fn score(rule: &Rule, pairs: &[(&Head, &Head)]) -> Score {
    let mut score = Score::default();
    for (one, other) in pairs {
        score.add(rule, one, other);
    }
    score
}

fn guess(rule: &Rule, score: Score, gathered: &Gathered) -> CodecGuess {
    CodecGuess {
        codec: rule.codec,
        share: score.share(),
        pairs: score.pairs,
        content: content(rule, gathered),
        pictures: Vec::new(),
        events: 0,
    }
}

/// Looks beyond the header of the codec, at the same positions of all packets.
fn content(rule: &Rule, gathered: &Gathered) -> Content {
    let heads = gathered.heads().iter().filter(|head| !head.padding);
    let start = heads.clone().filter_map(rule.content).max();
    if start == Some(0) {
        return Content::Readable;
    }
    let asked: Vec<&Head> = heads
        .filter(|head| (rule.content)(head).is_some())
        .collect();
    let strip = positional::strip(&asked.iter().copied());
    let window = start.and_then(|start| strip.get(start..CONTENT_END));
    let window = window.unwrap_or_default();
    let packets = window
        .iter()
        .map(|position| u32::from(position.packets))
        .min();
    let (packets, p_value) = (packets.unwrap_or(0), smallest(window));
    if window
        .iter()
        .any(|position| position.spread() == Spread::Structured)
    {
        Content::Readable
    } else if rule.sealed_after.is_some_and(|enough| packets >= enough)
        && p_value > positional::power(UNIFORM)
    {
        Content::HeaderOnly { packets, p_value }
    } else {
        Content::Unknown
    }
}

fn smallest(window: &[Position]) -> f64 {
    window
        .iter()
        .map(|position| position.p_value())
        .fold(1.0, f64::min)
}
