//! What the octets of a stream's payloads say: whether a cipher wrote them, and which codec if not.
//!
//! Each payload type of a stream is judged by itself, on its first packets, and again now and then,
//! since a stream may turn: between these what was gathered
//! is freed and later packets cost nothing. A payload that shows structure is readable beyond
//! doubt; one that shows none may be sealed. Payloads are never stripped of padding, since the
//! count of a sealed one is sealed.

mod chance;
mod codec;
mod gather;
mod positional;

use crate::base::sample::Sample;
use crate::dissect::rtp::Rtp;
use gather::{Gathered, OFFSETS};
use positional::Found;

pub(super) use codec::Scores;
pub use codec::{CodecGuess, Content};
pub use positional::{By, Position, Spread, Structure};

/// Payload types of one stream that are judged; further ones are left out.
const TYPES: usize = 4;
/// Packets after which a payload without structure is examined again.
const AGAIN: u32 = 2048;

/// The payloads of one stream.
///
/// Feed it every packet of one SSRC in one direction of one leg, from the moment it is believed to
/// be RTP, and ask it at any time.
#[derive(Debug, Clone, Default)]
pub struct Payload {
    types: Vec<OfType>,
}

#[derive(Debug, Clone)]
struct OfType {
    payload_type: u8,
    state: State,
    /// Packets since the last judgement.
    since: u32,
    /// What watches over the packets until the next.
    watch: Watch,
    /// What was judged before what is gathered now.
    before: Option<Box<Judgement>>,
}

/// Watches over a payload that was found uniform, at next to no cost: octets that equal those of
/// the packet before. A cipher makes one in 256 equal, a header many more.
#[derive(Debug, Clone, Default)]
struct Watch {
    last: [u8; WATCHED],
    packets: u8,
    equal: u16,
}

/// Octets of each payload that are watched, and packets over which equal ones are counted.
const WATCHED: usize = 16;
const OVER: u8 = 64;
/// Equal octets among them that no cipher makes: four are expected, and 24 happen to it less than
/// once in ten thousand million times.
const TOO_EQUAL: u16 = 24;

impl Watch {
    /// Whether the payload has changed its nature.
    fn turned(&mut self, payload: &[u8]) -> bool {
        let Some(now) = payload.first_chunk::<WATCHED>() else {
            return false;
        };
        let equal = self.last.iter().zip(now).filter(|(a, b)| a == b).count();
        self.last = *now;
        self.equal += equal as u16;
        self.packets += 1;
        if self.equal >= TOO_EQUAL {
            *self = Self::default();
            return true;
        }
        if self.packets == OVER {
            (self.packets, self.equal) = (0, 0);
        }
        false
    }
}

#[derive(Debug, Clone)]
enum State {
    Gathering(Box<Gathered>, Option<Found>),
    Judged(Box<Judgement>),
}

/// What the payloads of one payload type say.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The payload type.
    pub payload_type: u8,
    /// Whether a cipher wrote them.
    pub structure: Structure,
    /// How each of the first positions is spread.
    pub strip: [Position; OFFSETS],
    /// Packets that show the structure; empty where there is none.
    pub evidence: Sample,
    /// Packets examined, each sequence number once.
    pub packets: u32,
    /// Packets among them that were captured in part: the rest of those was not examined.
    pub cut: u32,
    audio: Option<CodecGuess>,
    video: Option<CodecGuess>,
}

impl Payload {
    /// The payloads of a stream of which nothing was seen.
    pub const fn new() -> Self {
        Self { types: Vec::new() }
    }

    /// Adds the payload of packet `number` of the capture.
    pub fn add(&mut self, rtp: &Rtp<'_>, number: u64) {
        let known = |of: &&mut OfType| of.payload_type == rtp.payload_type;
        if let Some(of) = self.types.iter_mut().find(known) {
            of.add(rtp, number);
        } else if self.types.len() < TYPES && !rtp.payload.captured.is_empty() {
            let gathered = Box::new(Gathered::new(number, rtp));
            let mut of = OfType {
                payload_type: rtp.payload_type,
                state: State::Gathering(gathered, None),
                since: 0,
                watch: Watch::default(),
                before: None,
            };
            of.add(rtp, number);
            self.types.push(of);
        }
    }

    /// Judges now and frees what was gathered, for a stream that has ended.
    pub fn settle(&mut self) {
        self.types.iter_mut().for_each(OfType::settle);
    }

    /// What each payload type says, in the order of appearance.
    pub fn judgements(&self) -> impl Iterator<Item = Judgement> {
        self.types.iter().map(OfType::judgement)
    }

    /// The judgement that speaks for the stream: one with structure if there is any, else that of
    /// the most packets.
    pub fn judgement(&self) -> Option<Judgement> {
        let weight = |judgement: &Judgement| (judgement.is_structured(), judgement.packets);
        self.judgements().max_by_key(weight)
    }

    /// Whether a cipher wrote the payloads.
    pub fn structure(&self) -> Structure {
        let few = Structure::TooFew { packets: 0 };
        self.judgement()
            .map_or(few, |judgement| judgement.structure)
    }

    /// The codec of the payload type that most packets have among those that show one.
    pub fn codec(&self, video: bool) -> Option<CodecGuess> {
        let shown =
            |judgement: Judgement| Some((judgement.packets, judgement.codec(video)?.clone()));
        let found = self.judgements().filter_map(shown);
        found
            .max_by_key(|(packets, _)| *packets)
            .map(|(_, guess)| guess)
    }

    /// Whether what follows the codec's header is readable.
    pub fn content_readable(&self, video: bool) -> Content {
        self.codec(video)
            .map_or(Content::Unknown, |guess| guess.content)
    }

    /// The packets that show the structure.
    pub fn evidence(&self) -> Sample {
        self.judgement()
            .map(|judgement| judgement.evidence)
            .unwrap_or_default()
    }
}

impl OfType {
    fn add(&mut self, rtp: &Rtp<'_>, number: u64) {
        let State::Gathering(gathered, found) = &mut self.state else {
            self.again(rtp, number);
            return;
        };
        if rtp.payload.captured.is_empty() || !gathered.add(rtp, number) {
            return;
        }
        if found.is_none() && positional::is_due(gathered.packets()) {
            *found = positional::find(gathered, &positional::strip(&gathered.heads().iter()));
        }
        if gathered.is_enough() {
            self.settle();
        }
    }

    /// Begins to gather anew where nothing was found for long: structure once found is final.
    fn again(&mut self, rtp: &Rtp<'_>, number: u64) {
        self.since += 1;
        let turned = self.watch.turned(rtp.payload.captured);
        if !turned && self.since < AGAIN || rtp.payload.captured.is_empty() {
            return;
        }
        let begun = State::Gathering(Box::new(Gathered::new(number, rtp)), None);
        match std::mem::replace(&mut self.state, begun) {
            State::Judged(judged) if !judged.is_structured() => self.before = Some(judged),
            other => self.state = other,
        }
        self.since = 0;
    }

    fn settle(&mut self) {
        if matches!(self.state, State::Gathering(..)) {
            self.state = State::Judged(Box::new(self.judgement()));
            self.before = None;
        }
    }

    fn judgement(&self) -> Judgement {
        match &self.state {
            State::Gathering(gathered, found) => {
                let now = Judgement::new(self.payload_type, gathered, *found);
                match &self.before {
                    Some(before) => before.and(now),
                    None => now,
                }
            }
            State::Judged(judgement) => Judgement::clone(judgement),
        }
    }
}

impl Judgement {
    fn new(payload_type: u8, gathered: &Gathered, found: Option<Found>) -> Self {
        let strip = positional::strip(&gathered.heads().iter());
        let found = found.or_else(|| positional::find(gathered, &strip));
        let readable = |codec: fn(&Gathered, u8) -> Option<CodecGuess>| {
            found.and_then(|_| codec(gathered, payload_type))
        };
        Self {
            payload_type,
            structure: positional::structure(gathered, found, &strip),
            evidence: positional::evidence(gathered, found),
            packets: gathered.packets(),
            cut: gathered.cut(),
            audio: readable(codec::audio),
            video: readable(codec::video),
            strip,
        }
    }

    /// This judgement with a later one: structure is final, and so is a cut.
    fn and(&self, later: Self) -> Self {
        if later.is_structured() {
            return later;
        }
        Self {
            packets: self.packets.saturating_add(later.packets),
            cut: self.cut.saturating_add(later.cut),
            ..self.clone()
        }
    }

    /// The codec that the payload shows.
    ///
    /// `video` is whether the stream is known from outside to carry pictures. The rules of audio
    /// are kept by nothing else; those of video are kept by audio too.
    pub const fn codec(&self, video: bool) -> Option<&CodecGuess> {
        match (&self.audio, &self.video) {
            (None, Some(guess)) if video => Some(guess),
            (audio, _) => audio.as_ref(),
        }
    }

    /// Whether structure was found.
    pub const fn is_structured(&self) -> bool {
        matches!(self.structure, Structure::Structured { .. })
    }
}

#[cfg(test)]
mod tests;
