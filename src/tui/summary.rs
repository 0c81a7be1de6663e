//! What the overview shows: all calls taken together, or one of them.

use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use super::snapshot::Snapshot;
use super::table::{Key, Row, Tone};
use crate::claim::{CATALOGUE, Claim, Verdict};
use crate::exposure::{Octets, Visibility};
use crate::flow::Topology;
use crate::report::live::{Exposed, Judged, Part, StreamRow};
use crate::report::text;

/// Speakers that are shown with their meters.
const SPEAKERS: usize = 2;

/// A kind of octets: its name, whether it is read, and how many there are. Of tags, which only keys
/// can check, and of what was not captured it is not said.
pub(super) type Share = (&'static str, Option<Visibility>, u64);

/// All calls taken together, or one of them.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    /// The parties of each call that has any, and the way they meet.
    pub(super) talks: Vec<(Vec<IpAddr>, Topology)>,
    /// The octets that the observer sees, by kind.
    pub(super) shares: Vec<Share>,
    /// Octets that were not understood.
    pub(super) not_understood: u64,
    /// What is read and what not, those first that people ask for.
    pub(super) items: Vec<Exposed>,
    /// The first streams that tell who speaks, one for each sender.
    pub(super) speakers: Vec<StreamRow>,
    /// All claims: those first of which something is in the capture.
    pub(super) claims: Vec<Standing>,
}

/// How a claim stands, over all calls.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    /// The claim.
    pub(super) claim: &'static Claim,
    /// The verdict that weighs most, the first of its kind.
    pub(super) heaviest: Option<Judged>,
    /// How often it holds, is violated, cannot be told.
    pub(super) counts: [u64; 3],
}

impl Summary {
    /// Of this call, or of all.
    pub(super) fn of(snapshot: &Snapshot, call: Option<u64>) -> Self {
        let parts = snapshot.parts.iter().map(AsRef::as_ref);
        let wanted = |part: &&Part| call.is_none_or(|call| part.call == call);
        let parts: Vec<_> = parts.filter(wanted).collect();
        Self {
            talks: parts.iter().copied().filter_map(talk).collect(),
            shares: shares(&parts),
            not_understood: parts.iter().map(|part| part.octets.unknown).sum(),
            items: items(&parts),
            speakers: speakers(&parts),
            claims: claims(&parts),
        }
    }

    /// The items that are read.
    pub(super) fn read(&self) -> impl Iterator<Item = &'static str> {
        let items = self.items.iter();
        let read = items.filter(|item| item.visibility == Visibility::Readable);
        read.map(|item| item.item)
    }

    /// What can change with the observer: items by whether they are read, claims by their verdict.
    pub(super) fn rows(&self) -> Vec<Row> {
        let items = self.items.iter().map(item_row);
        items.chain(self.claims.iter().map(Standing::row)).collect()
    }

    /// How often the verdicts hold, are violated, cannot be told: each claim once, by its heaviest.
    pub(super) fn tally(&self) -> [usize; 3] {
        let verdicts = self.claims.iter().filter_map(|s| s.heaviest.as_ref());
        let mut tally = [0; 3];
        for judged in verdicts {
            let [holds, violated, open] = &mut tally;
            match judged.judgement.verdict {
                Verdict::Holds(_) => *holds += 1,
                Verdict::Violated(_) => *violated += 1,
                Verdict::Inconclusive(..) => *open += 1,
            }
        }
        tally
    }
}

/// The parties of a call, where it has any, and the way they meet.
fn talk(part: &Part) -> Option<(Vec<IpAddr>, Topology)> {
    Some((part.parties.clone()?, part.topology))
}

/// The row that an item stands for.
pub(super) fn item_row(exposed: &Exposed) -> Row {
    let (item, visibility) = (exposed.item, exposed.visibility);
    Row {
        key: Key::of((item, visibility as u8)),
        state: Tone::Eye(visibility),
        packet: exposed.first_packet,
        ..Row::default()
    }
}

impl Standing {
    /// The row that it stands for.
    pub(super) fn row(&self) -> Row {
        let judged = self.heaviest.as_ref();
        let verdict = judged.map(|judged| &judged.judgement.verdict);
        Row {
            key: Key::of(("standing", self.claim.id)),
            state: verdict.map_or(Tone::Faint, Tone::of),
            ..Row::default()
        }
    }
}

/// What weighs more comes first: a violation above all.
pub(super) const fn weight(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Violated(_) => 0,
        Verdict::Inconclusive(..) => 1,
        Verdict::Holds(_) => 2,
    }
}

/// Kinds of octets, how they are called, and whether the observer reads them.
fn shares(parts: &[&Part]) -> Vec<Share> {
    let mut all = Octets::default();
    let [mut read, mut open, mut hidden] = [0; 3];
    for part in parts {
        all.add(&part.octets);
        let [of_read, of_open, of_hidden] = part.sealed();
        read += of_read;
        open += of_open;
        hidden += of_hidden;
    }
    let readable = Some(Visibility::Readable);
    let unknown = Some(Visibility::Unknown);
    let shares = [
        ("media", readable, all.clear_content),
        ("sealed on the wire", readable, read),
        ("addressing", readable, all.clear_addressing),
        ("control", readable, all.clear_control),
        ("media headers", readable, all.clear_media_header),
        ("not understood", unknown, all.unknown),
        ("sealed on the wire", unknown, open),
        ("sealed", Some(Visibility::Hidden), hidden),
        ("tags", None, all.tag),
        ("not captured", None, all.not_captured),
    ];
    shares.into_iter().filter(|(.., sum)| *sum > 0).collect()
}

fn items(parts: &[&Part]) -> Vec<Exposed> {
    let mut items = Exposed::merged(parts.iter().flat_map(|part| &part.exposures));
    items.sort_by_key(|exposed| {
        let is_media = ["sound", "picture", "media"].contains(&exposed.item);
        // Where the call itself is read, nothing else matters as much.
        let is_read = is_media && exposed.visibility == Visibility::Readable;
        (!is_read, text::weight(exposed.item).unwrap_or(usize::MAX))
    });
    items
}

fn speakers(parts: &[&Part]) -> Vec<StreamRow> {
    let streams = parts.iter().flat_map(|part| &part.streams);
    let mut senders = HashSet::new();
    let telling = streams.filter(|stream| stream.seen && !stream.levels.is_empty());
    let each = telling.filter(|stream| senders.insert(stream.from));
    each.take(SPEAKERS).cloned().collect()
}

fn claims(parts: &[&Part]) -> Vec<Standing> {
    let mut by_claim = HashMap::<_, Vec<&Judged>>::new();
    for judged in parts.iter().flat_map(|part| &part.claims) {
        let all = by_claim.entry(judged.judgement.claim.id).or_default();
        all.push(judged);
    }
    let of_claim = |claim: &'static Claim| {
        let all = by_claim.get(claim.id);
        Standing::of(claim, all.map_or(&[], Vec::as_slice))
    };
    let mut all: Vec<_> = CATALOGUE.iter().map(of_claim).collect();
    all.sort_by_key(|standing| standing.heaviest.is_none());
    all
}

impl Standing {
    fn of(claim: &'static Claim, all: &[&Judged]) -> Self {
        let mut counts = [0; 3];
        for judged in all {
            let [holds, violated, open] = &mut counts;
            *match judged.judgement.verdict {
                Verdict::Holds(_) => holds,
                Verdict::Violated(_) => violated,
                Verdict::Inconclusive(..) => open,
            } += 1;
        }
        let weight = |judged: &&&Judged| weight(&judged.judgement.verdict);
        Self {
            claim,
            heaviest: all
                .iter()
                .min_by_key(weight)
                .map(|judged| Judged::clone(judged)),
            counts,
        }
    }
}
