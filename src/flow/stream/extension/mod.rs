//! The elements of RTP header extensions: what each id means, found out without signalling.
//!
//! What the ids mean is agreed for each direction of a transport. While packets pass, sums are
//! kept in constant memory; they are judged when the capture ends or a report is made.

mod decide;
mod level;
mod row;
mod shared;
#[cfg(test)]
mod tests;

use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::header_ext::{Form, Meaning, elements};
use crate::dissect::rtp::Rtp;
use crate::flow::stream::Basis;
use crate::flow::stream::rtx::Recent;
use row::Row;
use shared::Shared;

use decide::decide;

pub(in crate::flow) use decide::Use;
pub use level::Meter;

/// Ids that are followed in one direction.
const IDS: usize = 32;

/// One direction of a flow, bare or carried by TURN: what its RTP streams have in common.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Lane {
    pub(in crate::flow::stream) recent: Recent,
    shared: Vec<Shared>,
    /// Packets with an extension, and those whose elements do not fill it.
    extended: u64,
    misfits: u64,
    announced: Vec<(u8, Meaning)>,
    learned: Learned,
}

/// What was learned of the ids of a direction.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Learned {
    meanings: Vec<Meant>,
    /// Whether they may be no elements at all.
    doubtful: bool,
}

/// What an id means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meant {
    id: u8,
    meaning: Meaning,
    basis: Basis,
}

/// The elements of one stream, by id.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Rows(Vec<Row>);

/// The elements of one id in one stream, as reports tell them.
#[derive(Debug, Clone, Copy)]
pub struct Extension<'s> {
    /// Its id.
    pub id: u8,
    /// What it means, and why we think so; `None` where that is undecided.
    pub meaning: Option<(Meaning, Basis)>,
    /// The packets that carry it.
    pub packets: &'s Sample,
    row: &'s Row,
    doubtful: bool,
}

impl Lane {
    /// Takes what the signalling says of an id: its word counts more than any behaviour.
    pub(in crate::flow) fn announce(&mut self, id: u8, meaning: Meaning) {
        self.announced.retain(|(known, _)| *known != id);
        if self.announced.len() < IDS {
            self.announced.push((id, meaning));
        }
    }

    /// Judges what the ids mean to these streams.
    pub(in crate::flow::stream) fn judge(&mut self, streams: &[Use<'_>]) -> &Learned {
        self.learned = Learned {
            meanings: decide(self, streams),
            doubtful: !self.has_elements(),
        };
        &self.learned
    }

    /// Whether elements are what they look like: those of a sealed extension fill it by chance.
    fn has_elements(&self) -> bool {
        self.misfits * 20 <= self.extended
    }

    /// What an id means, where that is known.
    pub(in crate::flow) fn meaning(&self, id: u8) -> Option<Meaning> {
        self.learned.meaning(id).map(|(meaning, _)| meaning)
    }
}

impl Learned {
    /// What an id means, where that is known, and why we think so.
    pub(in crate::flow::stream) fn meaning(&self, id: u8) -> Option<(Meaning, Basis)> {
        let meant = self.meanings.iter().find(|meant| meant.id == id)?;
        Some((meant.meaning, meant.basis))
    }
}

impl Rows {
    /// Takes the elements of a packet, which is no copy of an earlier one; says whether any is
    /// readable.
    pub(in crate::flow::stream) fn add(
        &mut self,
        number: u64,
        time: Timestamp,
        rtp: &Rtp<'_>,
        lane: &mut Lane,
    ) -> bool {
        let Some((profile, body)) = rtp.extension else {
            return false;
        };
        let head = match Form::of(profile) {
            Form::OneByte => 1,
            Form::TwoByte => 2,
            Form::Cryptex | Form::Private => return false,
        };
        let mut filled = 0;
        for element in elements(profile, body) {
            filled += head + element.octets.wire_len;
            if let Some(shared) = lane.shared.iter_mut().find(|s| s.id == element.id) {
                shared.add(time, &element);
            } else if lane.shared.len() < IDS {
                lane.shared.push(Shared::new(element.id, time, &element));
            }
            if let Some(row) = self.0.iter_mut().find(|row| row.id == element.id) {
                row.add(number, time, rtp, &element);
            } else if self.0.len() < IDS {
                let mut row = Row::new(rtp, &element);
                row.add(number, time, rtp, &element);
                self.0.push(row);
            }
        }
        lane.extended += 1;
        let padding = body.wire_len.saturating_sub(filled);
        lane.misfits += u64::from(padding > 3 && !body.is_cut());
        filled > 0
    }

    fn of(&self, id: u8) -> Option<&Row> {
        self.0.iter().find(|row| row.id == id)
    }

    /// The ids in their order, each with what it means by `learned`.
    pub(in crate::flow::stream) fn told<'s>(
        &'s self,
        learned: &'s Learned,
    ) -> impl Iterator<Item = Extension<'s>> {
        let mut rows: Vec<&Row> = self.0.iter().collect();
        rows.sort_by_key(|row| row.id);
        rows.into_iter().map(|row| Extension {
            id: row.id,
            meaning: learned.meaning(row.id),
            packets: &row.packets,
            row,
            doubtful: learned.doubtful,
        })
    }
}

impl<'s> Extension<'s> {
    /// Whether it has this meaning.
    pub fn is(&self, meaning: Meaning) -> bool {
        self.meaning.is_some_and(|(known, _)| known == meaning)
    }

    /// Whether its values can be read: `None` where they may be sealed by themselves (RFC 6904),
    /// since all are equally frequent, or where elements do not fill the extension.
    pub fn readable(&self) -> Option<bool> {
        let octet = self.row.octet.as_ref();
        let uniform = octet.is_some_and(|octet| octet.is_uniform());
        (!uniform && !self.doubtful).then_some(true)
    }

    /// Its audio levels, if that is what it means and they can be read.
    pub fn levels(&self) -> Option<&'s Meter> {
        let octet = self.row.octet.as_ref()?;
        let levels = self.is(Meaning::AudioLevel) && self.readable().is_some();
        levels.then_some(&octet.meter)
    }

    /// The text that all its elements are: a mid, rid or repaired rid.
    pub fn text(&self) -> Option<&'s str> {
        let texts = [Meaning::Mid, Meaning::Rid, Meaning::RepairedRid];
        let is_text = texts.iter().any(|meaning| self.is(*meaning));
        self.row.text().filter(|_| is_text)
    }

    /// The orientations of the camera, each with the first packet that shows it; at most sixteen.
    pub fn orientations(&self) -> &'s [(u64, u8)] {
        let octet = self.row.octet.as_ref();
        let octet = octet.filter(|_| self.is(Meaning::VideoOrientation));
        octet.map_or(&[], |octet| &octet.changes)
    }
}
