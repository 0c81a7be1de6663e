//! The rules that tell what an extension id means by how its elements behave, each measured on
//! calls whose signalling is known. What more than one meaning explains stays undecided.

use super::row::Row;
use super::shared::Shared;
use super::{Lane, Meant, Rows};
use crate::dissect::header_ext::Meaning;
use crate::flow::stream::Basis;
use crate::flow::stream::kind::Kind;

/// A stream with fewer packets, whose kind cannot be told, does not stand in the way of a rule.
const FEW: u64 = 8;
/// Kinds of streams that carry pictures, for the first or another time.
const PICTURES: [Kind; 2] = [Kind::Video, Kind::Rtx];
/// A name seen fewer times may be any octets.
const NAMED: u64 = 4;
/// A transmission offset above a second, at 90 kHz, is none.
const OFFSET: u32 = 90_000;

/// One stream of a direction: its kind, its different packets, and its elements.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) struct Use<'s> {
    pub(in crate::flow) kind: Kind,
    pub(in crate::flow) packets: u64,
    pub(in crate::flow) rows: &'s Rows,
}

/// All uses of one id.
struct Uses<'s> {
    shared: &'s Shared,
    rows: Vec<(Kind, u64, &'s Row)>,
    others: &'s [Use<'s>],
}

/// Whether elements are names, and what of.
enum Name {
    Of(Meaning),
    Undecided,
    No,
}

/// What the ids of a direction mean, as far as that can be told.
pub(super) fn decide(lane: &Lane, streams: &[Use<'_>]) -> Vec<Meant> {
    let mut found: Vec<(u8, Meaning)> = Vec::new();
    for shared in &lane.shared {
        let mut rows = Vec::new();
        for stream in streams {
            if let Some(row) = stream.rows.of(shared.id) {
                rows.push((stream.kind, stream.packets, row));
            }
        }
        let uses = Uses {
            shared,
            rows,
            others: streams,
        };
        let announced = lane.announced.iter().any(|(id, _)| *id == shared.id);
        let told = !announced && lane.has_elements();
        if let Some(meaning) = uses.meaning().filter(|_| told) {
            found.push((shared.id, meaning));
        }
    }
    let twice = |meaning| found.iter().filter(|(_, other)| *other == meaning).count() > 1;
    let behaves = found.iter().filter(|(_, meaning)| !twice(*meaning));
    let meant = |basis| {
        move |(id, meaning): &(u8, Meaning)| Meant {
            id: *id,
            meaning: *meaning,
            basis,
        }
    };
    let announced = lane.announced.iter().map(meant(Basis::Negotiated));
    announced
        .chain(behaves.map(meant(Basis::Behaviour)))
        .collect()
}

impl Uses<'_> {
    fn meaning(&self) -> Option<Meaning> {
        if self.rows.is_empty() {
            return None;
        }
        match self.shared.len() {
            Some(2) if self.shared.counts_packets() => return Some(Meaning::TransportCc),
            Some(3) if self.shared.is_clock() => return Some(Meaning::AbsSendTime),
            _ => {}
        }
        match self.name() {
            Name::Of(meaning) => return Some(meaning),
            Name::Undecided => return None,
            Name::No => {}
        }
        if self.follows_sources() {
            return Some(Meaning::MixerLevel);
        }
        match self.shared.len() {
            Some(1) if self.is_level() => Some(Meaning::AudioLevel),
            Some(1) if self.is_orientation() => Some(Meaning::VideoOrientation),
            _ if self.pictures(|row| row.marked && row.fits(Meaning::VideoTiming)) => {
                Some(Meaning::VideoTiming)
            }
            _ if self.is_colour_space() => Some(Meaning::ColorSpace),
            Some(8 | 16)
                if self.all(|row| row.fits(Meaning::AbsCaptureTime) && row.packets.total() > 1) =>
            {
                Some(Meaning::AbsCaptureTime)
            }
            _ if self.is_dependency() => Some(Meaning::DependencyDescriptor),
            Some(3) if self.shared.is_long() => self.three(),
            _ => None,
        }
    }

    fn all(&self, rule: impl Fn(&Row) -> bool) -> bool {
        self.rows.iter().all(|(.., row)| rule(row))
    }

    /// Whether all streams that have it are of `kinds`, and there is one.
    fn only(&self, kinds: &[Kind]) -> bool {
        let mut streams = self.rows.iter();
        let fits = |(kind, packets, _): &(Kind, u64, &Row)| {
            kinds.contains(kind) || *kind == Kind::Unknown && *packets < FEW
        };
        streams.all(fits) && kinds.iter().any(|kind| self.on(*kind))
    }

    fn on(&self, kind: Kind) -> bool {
        self.rows.iter().any(|(of, ..)| *of == kind)
    }

    /// Whether only pictures have it, and all elements keep a rule.
    fn pictures(&self, rule: impl Fn(&Row) -> bool) -> bool {
        self.only(&PICTURES) && self.all(rule)
    }

    /// A name that is constant in each stream: a section, a layer, a layer that is repaired.
    fn name(&self) -> Name {
        let names: Option<Vec<&str>> = self.rows.iter().map(|(.., row)| row.text()).collect();
        let Some(mut names) = names else {
            return Name::No;
        };
        let long = names.iter().any(|name| name.len() > 1);
        let partly = |(_, packets, row): &(Kind, u64, &Row)| row.packets.total() < *packets;
        let partly = self.rows.iter().any(partly);
        let packets: u64 = self.rows.iter().map(|(.., row)| row.packets.total()).sum();
        if packets < NAMED {
            return Name::Undecided;
        }
        names.sort_unstable();
        names.dedup();
        let several = names.len() > 1;
        let pictures = PICTURES.iter().any(|kind| self.on(*kind));
        if !(long || partly || several || pictures) {
            // A character on every packet of one stream may be a loudness.
            return Name::Undecided;
        }
        let (meaning, sure) = if self.only(&[Kind::Rtx]) {
            let repaired = names.iter().all(|name| self.names_a_layer(name));
            (Meaning::RepairedRid, repaired)
        } else if self.on(Kind::Audio) || !several {
            (Meaning::Mid, true)
        } else {
            // Layers have a section too; sections of several pictures are names of one id only.
            let layered = self.pictures(|row| self.has_other_name(row.id));
            (Meaning::Rid, layered)
        };
        if sure {
            Name::Of(meaning)
        } else {
            Name::Undecided
        }
    }

    /// Whether another id names a stream of pictures so.
    fn names_a_layer(&self, name: &str) -> bool {
        let videos = self
            .others
            .iter()
            .filter(|stream| stream.kind == Kind::Video);
        let mut rows = videos.flat_map(|stream| &stream.rows.0);
        rows.any(|row| row.id != self.shared.id && row.text() == Some(name))
    }

    /// Whether a stream of pictures with this id has a name under another id.
    fn has_other_name(&self, id: u8) -> bool {
        let mut named = self
            .others
            .iter()
            .filter(|stream| stream.rows.of(id).is_some());
        named.any(|stream| {
            let mut rows = stream.rows.0.iter();
            rows.any(|row| row.id != id && row.text().is_some())
        })
    }

    /// As many octets as contributing sources. One octet for one source is a loudness, and
    /// cannot be told whose.
    fn follows_sources(&self) -> bool {
        let varied =
            |(_, _, row): &(Kind, u64, &Row)| row.sources.is_some_and(|(_, most)| most > 1);
        self.rows.iter().any(varied) && self.all(|row| row.sources.is_some())
    }

    fn is_level(&self) -> bool {
        let whose = self.all(|row| row.sources == Some((1, 1)));
        let most = |(_, packets, row): &(Kind, u64, &Row)| row.packets.total() * 10 >= packets * 9;
        self.only(&[Kind::Audio]) && self.rows.iter().all(most) && !whose
    }

    fn is_orientation(&self) -> bool {
        let now_and_then = |(kind, packets, row): &(Kind, u64, &Row)| {
            *kind != Kind::Video || row.packets.total() < *packets
        };
        self.pictures(|row| row.octet.as_ref().is_some_and(|octet| octet.small))
            && self.rows.iter().all(now_and_then)
    }

    fn is_colour_space(&self) -> bool {
        let now_and_then = |(kind, packets, row): &(Kind, u64, &Row)| {
            *kind != Kind::Video || row.packets.total() < *packets
        };
        self.pictures(|row| row.marked && row.fits(Meaning::ColorSpace) && row.constant)
            && self.rows.iter().all(now_and_then)
    }

    fn is_dependency(&self) -> bool {
        let numbered =
            |(kind, _, row): &(Kind, u64, &Row)| *kind != Kind::Video || row.frames.are_numbered();
        self.on(Kind::Video) && self.only(&PICTURES) && self.rows.iter().all(numbered)
    }

    /// Three octets that are no clock: an offset near zero that varies, or a pair of delays.
    fn three(&self) -> Option<Meaning> {
        if !(self.on(Kind::Video) && self.only(&PICTURES)) {
            return None;
        }
        if !self.all(|row| row.constant) {
            let near = self.all(|row| row.greatest <= OFFSET);
            return near.then_some(Meaning::TransmissionOffset);
        }
        let delays = self.all(|row| {
            let (a, b, c) = row.first();
            let least = u16::from_be_bytes([a, b]) >> 4;
            let most = u16::from_be_bytes([b & 0x0F, c]);
            least <= most && most > 0
        });
        delays.then_some(Meaning::PlayoutDelay)
    }
}
