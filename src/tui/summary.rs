//! What the overview shows: all calls taken together, or one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashSet;

use super::snapshot::Snapshot;
use super::table::{Key, Row, Tone};
use crate::base::told::Told;
use crate::claim::{CATALOGUE, Claim, Verdict};
use crate::exposure::{Octets, Visibility};
use crate::report::live::{Exposed, Judged, Part, StreamRow};
use crate::report::text;

/// A kind of octets: its name, whether it is read, and how many there are. Of tags, which only keys
/// can check, and of what was not captured it is not said.
pub(super) type Share = (&'static str, Option<Visibility>, u64);

/// All calls taken together, or one of them.
#[derive(Debug)]
pub(super) struct Summary<'s> {
    /// The calls.
    pub(super) parts: Vec<&'s Arc<Part>>,
    /// The octets that the observer sees, by kind.
    pub(super) shares: Vec<Share>,
    /// What is read and what not, those first that people ask for.
    pub(super) items: Vec<Item<'s>>,
    /// Streams that tell who speaks, one for each sender.
    pub(super) speakers: Vec<&'s StreamRow>,
    /// All claims: those first of which something is in the capture.
    pub(super) claims: Vec<Standing<'s>>,
}

/// An item, over all calls.
#[derive(Debug)]
pub(super) struct Item<'s> {
    /// As the first call has it.
    pub(super) exposed: &'s Exposed,
    /// Values in all calls.
    pub(super) values: u64,
    /// Packets that show one, on every leg.
    pub(super) packets: u64,
}

/// How a claim stands, over all calls.
#[derive(Debug)]
pub(super) struct Standing<'s> {
    /// The claim.
    pub(super) claim: &'static Claim,
    /// The verdict that weighs most, the first of its kind.
    pub(super) heaviest: Option<&'s Judged>,
    /// How often it holds, is violated, cannot be told.
    pub(super) counts: [u64; 3],
}

impl<'s> Summary<'s> {
    /// Of this call, or of all.
    pub(super) fn of(snapshot: &'s Snapshot, call: Option<u64>) -> Self {
        let wanted = |part: &&Arc<Part>| call.is_none_or(|call| part.call == call);
        let parts: Vec<_> = snapshot.parts.iter().filter(wanted).collect();
        Self {
            shares: shares(&parts),
            items: items(&parts),
            speakers: speakers(&parts),
            claims: claims(&parts),
            parts,
        }
    }

    /// What can change with the observer: items by whether they are read, claims by their verdict.
    pub(super) fn rows<'r>(&self) -> Vec<Row<'r>> {
        let items = self.items.iter().map(Item::row);
        items.chain(self.claims.iter().map(Standing::row)).collect()
    }

    /// How often the verdicts hold, are violated, cannot be told: each claim once, by its heaviest.
    pub(super) fn tally(&self) -> [usize; 3] {
        let verdicts = self.claims.iter().filter_map(|standing| standing.heaviest);
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

impl Item<'_> {
    /// The row that it stands for.
    pub(super) fn row<'r>(&self) -> Row<'r> {
        let Exposed {
            item, visibility, ..
        } = self.exposed;
        Row {
            key: Key::of((item, *visibility as u8)),
            state: Tone::Eye(*visibility),
            packet: self.exposed.first_packet,
            ..Row::default()
        }
    }
}

impl Standing<'_> {
    /// The row that it stands for.
    pub(super) fn row<'r>(&self) -> Row<'r> {
        let verdict = self.heaviest.map(|judged| &judged.judgement.verdict);
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
fn shares(parts: &[&Arc<Part>]) -> Vec<Share> {
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

fn items<'s>(parts: &[&'s Arc<Part>]) -> Vec<Item<'s>> {
    let mut places = BTreeMap::new();
    let mut firsts = HashSet::<(usize, &Told)>::new();
    let mut items = Vec::<Item<'s>>::new();
    for exposed in parts.iter().flat_map(|part| &part.exposures) {
        let key = (exposed.item, exposed.visibility);
        let place = *places.entry(key).or_insert(items.len());
        let is_new = firsts.insert((place, &exposed.value));
        match items.get_mut(place) {
            Some(known) => {
                known.values += exposed.values - u64::from(!is_new);
                known.packets += exposed.packets;
            }
            None => items.push(Item {
                exposed,
                values: exposed.values,
                packets: exposed.packets,
            }),
        }
    }
    items.sort_by_key(|item| {
        let exposed = item.exposed;
        let is_media = ["sound", "picture", "media"].contains(&exposed.item);
        // Where the call itself is read, nothing else matters as much.
        let is_read = is_media && exposed.visibility == Visibility::Readable;
        (!is_read, text::weight(exposed.item).unwrap_or(usize::MAX))
    });
    items
}

fn speakers<'s>(parts: &[&'s Arc<Part>]) -> Vec<&'s StreamRow> {
    let streams = parts.iter().flat_map(|part| &part.streams);
    let mut senders = HashSet::new();
    let telling = streams.filter(|stream| stream.seen && !stream.levels.is_empty());
    telling
        .filter(|stream| senders.insert(stream.from))
        .collect()
}

fn claims<'s>(parts: &[&'s Arc<Part>]) -> Vec<Standing<'s>> {
    let mut all: Vec<_> = CATALOGUE.iter().map(Standing::new).collect();
    for judged in parts.iter().flat_map(|part| &part.claims) {
        let id = judged.judgement.claim.id;
        if let Some(standing) = all.iter_mut().find(|s| s.claim.id == id) {
            standing.add(judged);
        }
    }
    all.sort_by_key(|standing| standing.heaviest.is_none());
    all
}

impl<'s> Standing<'s> {
    const fn new(claim: &'static Claim) -> Self {
        Self {
            claim,
            heaviest: None,
            counts: [0; 3],
        }
    }

    fn add(&mut self, judged: &'s Judged) {
        let [holds, violated, open] = &mut self.counts;
        let verdict = &judged.judgement.verdict;
        *match verdict {
            Verdict::Holds(_) => holds,
            Verdict::Violated(_) => violated,
            Verdict::Inconclusive(..) => open,
        } += 1;
        let heavier = |known: &Judged| weight(verdict) < weight(&known.judgement.verdict);
        if self.heaviest.is_none_or(heavier) {
            self.heaviest = Some(judged);
        }
    }
}
