//! Which streams an observer can play, and what it lacks for the others.
//!
//! It can play what `media-sealed` is violated by, and tries what the keys open that were given for
//! it. What of two legs is the same is played once.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Result, bail};
use hashbrown::HashMap;

use super::folder::Folder;
use super::player::{Codec, Inside, Player};
use crate::base::told::{Told, told};
use crate::claim::{Gap, Judgement, Scope, Verdict};
use crate::dissect::rtp::Ssrc;
use crate::exposure::State;
use crate::flow::{Inner, Kind, RtpStream};
use crate::report::Report;
use crate::report::extraction::Extracted;

/// The claims by which it is known what is readable.
const SEALED: &str = "media-sealed";
const LAYER: &str = "end-to-end-layer";
/// Streams that are played at most: each has a file open.
const STREAMS: usize = 256;

/// What is done with a stream.
pub(super) enum Choice<'t> {
    /// It is played.
    Play(Box<Player<'t>>),
    /// It is left alone, and why.
    Leave(Box<Extracted<'t>>),
}

impl<'t> Choice<'t> {
    /// Who plays it, if somebody does.
    pub(super) fn player(&mut self) -> Option<&mut Player<'t>> {
        match self {
            Self::Play(player) => Some(player),
            Self::Leave(_) => None,
        }
    }

    /// What came of it.
    ///
    /// # Errors
    /// Where its file cannot be written.
    pub(super) fn end(self, folder: &Folder) -> Result<Extracted<'t>> {
        match self {
            Self::Play(player) => player.end(folder),
            Self::Leave(extracted) => Ok(*extracted),
        }
    }
}

/// What is done with each stream of a report, or with those of these SSRCs where any are given.
///
/// # Errors
/// Where there is no stream with one of them.
pub(super) fn plan<'t>(report: &'t Report<'t>, wanted: &[u32]) -> Result<Vec<Choice<'t>>> {
    let streams = report.scene.numbered_streams();
    let is_wanted = |stream: &RtpStream| wanted.is_empty() || wanted.contains(&stream.key.ssrc.0);
    let streams: Vec<_> = streams.filter(|(_, stream)| is_wanted(stream)).collect();
    let is_there = |ssrc: &&u32| streams.iter().any(|(_, of)| of.key.ssrc.0 == **ssrc);
    if let Some(missing) = wanted.iter().find(|ssrc| !is_there(ssrc)) {
        bail!("there is no stream {}: analyze lists them", Ssrc(*missing));
    }
    let sight = Sight::of(report, &streams);
    let mut players = 0;
    let choose = |(id, stream): (u64, &'t RtpStream)| {
        let codecs = codecs(stream);
        let mut extracted = Extracted::nothing(id, stream, named(&codecs));
        match sight.plays(id, stream, &codecs) {
            Ok(codecs) if players < STREAMS => {
                players += 1;
                let tag = report.protections.of(stream).and_then(|of| of.tag_octets);
                let how = (codecs, tag.unwrap_or(0), sight.inside(id, stream));
                return Choice::Play(Box::new(Player::new(extracted, how)));
            }
            Ok(_) => {
                let words = format!("{STREAMS} streams are played at once: choose with --stream");
                extracted.why = Some(Told::plain(words));
            }
            Err(lack) => extracted.why = Some(lack),
        }
        Choice::Leave(Box::new(extracted))
    };
    Ok(streams.into_iter().map(choose).collect())
}

/// The codec of each payload type of a stream, by its name.
fn codecs(stream: &RtpStream) -> BTreeMap<u8, Box<str>> {
    let types = (0..128_u8).filter(|pt| stream.payload_types >> pt & 1 == 1);
    let codecs = types.filter_map(|pt| Some((pt, stream.codec_of(pt)?)));
    codecs.collect()
}

/// The name of the first codec that can be played, or else of the first.
fn named(codecs: &BTreeMap<u8, Box<str>>) -> Option<String> {
    let mut names = codecs.values();
    let playable = names.clone().find(|name| Codec::of(name).is_some());
    playable.or_else(|| names.next()).map(ToString::to_string)
}

/// What an observer sees, and can open.
struct Sight<'t> {
    report: &'t Report<'t>,
    /// How `media-sealed` was judged for each stream that is seen, and `end-to-end-layer`.
    judged: HashMap<u64, &'t Judgement>,
    layers: HashMap<u64, &'t Judgement>,
    /// Of all legs on which the same is seen, the one with the most packets.
    legs: HashMap<(Ssrc, SocketAddr, SocketAddr), (u64, u64)>,
}

impl<'t> Sight<'t> {
    fn of(report: &'t Report<'t>, streams: &[(u64, &'t RtpStream)]) -> Self {
        let of = |claim: &str| {
            let judged = report
                .claims
                .iter()
                .filter(|judged| judged.claim.id == claim);
            let judged = judged.filter_map(|judged| match judged.scope {
                Scope::Stream(id) => Some((id, judged)),
                _ => None,
            });
            judged.collect()
        };
        let mut sight = Self {
            report,
            judged: of(SEALED),
            layers: of(LAYER),
            legs: HashMap::new(),
        };
        for (id, stream) in streams {
            if sight.reads(*id, stream).is_ok() {
                let packets = stream.packets.total();
                let best = sight.legs.entry(call(stream)).or_insert((*id, packets));
                if packets > best.1 {
                    *best = (*id, packets);
                }
            }
        }
        sight
    }

    /// The codecs of a stream that the observer can play; else what it lacks.
    fn plays(
        &self,
        id: u64,
        stream: &RtpStream,
        codecs: &BTreeMap<u8, Box<str>>,
    ) -> Result<BTreeMap<u8, Codec>, Told> {
        self.reads(id, stream)?;
        if stream.kind() == Kind::Rtx {
            return Err("packets of another stream that are sent again, or padding".into());
        }
        if self
            .legs
            .get(&call(stream))
            .is_some_and(|(best, _)| *best != id)
        {
            return Err("the same on another leg".into());
        }
        let playable = codecs
            .iter()
            .filter_map(|(pt, name)| Some((*pt, Codec::of(name)?)));
        let playable: BTreeMap<_, _> = playable.collect();
        if playable.is_empty() {
            return Err(Told::plain(match named(codecs) {
                Some(_) => {
                    "this observer can play it; here only PCMU, PCMA, Opus and VP8 are written"
                }
                None => "its codec cannot be told, so it is not known how to play it",
            }));
        }
        Ok(playable)
    }

    /// Whether the observer reads the payloads of a stream, or holds keys that open them; else what
    /// it lacks.
    fn reads(&self, id: u64, stream: &RtpStream) -> Result<(), Told> {
        let observer = self.report.observer;
        let Some(judged) = self.judged.get(&id) else {
            return Err(told![observer.text(), " does not see this leg"]);
        };
        let opened = stream.opened().is_some();
        let state = self.report.protections.of(stream).map(|of| of.state);
        let who = observer.text();
        match &judged.verdict {
            _ if opened && observer.may_hold_keys() => Ok(()),
            Verdict::Violated(_) if opened || state == Some(State::Clear) => Ok(()),
            Verdict::Violated(_) => Err(told![who, " reads a key for it that does not open it"]),
            Verdict::Holds(_) if opened => Err(told![
                who,
                " lacks the keys: those that were given are another's (--observer says whose)"
            ]),
            Verdict::Holds(_) => Err(told![who, " lacks the keys with which it is sealed"]),
            Verdict::Inconclusive(Gap::KeysOfHop, _) => Err(told![
                who,
                " may hold the keys, and none that was given opens it: give them with --keylog or \
                 --srtp-keys"
            ]),
            Verdict::Inconclusive(gap, _) => Err(told![
                "whether ",
                who,
                " has the keys cannot be told: ",
                gap.text()
            ]),
        }
    }

    /// What stands inside what the keys open of a stream.
    fn inside(&self, id: u64, stream: &RtpStream) -> Inside {
        let Some(judged) = self.layers.get(&id) else {
            return Inside::Readable;
        };
        match (stream.inner(), judged.verdict.gap()) {
            (Some(Inner::Sealed(_) | Inner::Uniform), _) => Inside::Sealed(judged.found.clone()),
            (_, Some(gap)) => Inside::Doubtful(gap),
            (_, None) => Inside::Readable,
        }
    }
}

/// What of several legs is the same: source, sender and receiver.
fn call(stream: &RtpStream) -> (Ssrc, SocketAddr, SocketAddr) {
    let (sender, receiver) = stream.ends();
    (stream.key.ssrc, sender, receiver)
}
