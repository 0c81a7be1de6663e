//! One packet as values, for whoever draws it: what `packets` writes, before it is written.

use super::packets::{stands_in, values};
use super::redact::{Redactor, shows_octets};
use crate::base::field::{Class, Field};
use crate::base::label::{Label, Value};
use crate::base::told::{Told, told};
use crate::capture::RawPacket;
use crate::exposure::{self, PacketView, Region, Unsealed, Wire};

/// A part of a packet, and what it says.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Which octets, what they are, and what guards them.
    pub region: Region,
    /// What they say; nothing where they speak for themselves.
    pub words: Told,
    /// Whether the octets must not be shown: a secret, or hidden by `redactor`.
    pub masked: bool,
    /// What keys open of it, where they do.
    pub opened: Option<Opened>,
}

/// A part of a packet that is sealed on the wire, as it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What the packet carries.
    pub words: String,
    /// The octets of the part, each in its place.
    pub octets: Vec<u8>,
    /// The fields among them, as far as these are known.
    pub fields: Vec<OpenedField>,
}

/// A field of what was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedField {
    /// Which it is.
    pub field: Field,
    /// Every value in it, with its name and in words.
    pub values: Vec<(Field, String)>,
    /// Its octets.
    pub octets: Vec<u8>,
}

impl Opened {
    /// What keys open of a region; nothing for a `redactor` that hides.
    pub(super) fn of(view: &PacketView, region: &Region, redactor: &Redactor) -> Option<Self> {
        if region.wire != Wire::Sealed || redactor.is_on() {
            return None;
        }
        let beside = |unsealed: &Unsealed| {
            let octets = unsealed.beside(region.label.span)?;
            let inside = unsealed.inside.marks().iter();
            let inside = inside.filter(|mark| stands_in(mark, &region.label));
            Some(Self {
                words: unsealed.words.clone(),
                octets: octets.to_vec(),
                fields: inside.map(|mark| OpenedField::of(unsealed, mark)).collect(),
            })
        };
        view.unsealed.iter().find_map(beside)
    }

    /// The octets behind the fields that are known.
    pub(super) fn rest(&self) -> &[u8] {
        let known = self.fields.iter().map(|field| field.octets.len()).sum();
        self.octets.get(known..).unwrap_or_default()
    }
}

impl OpenedField {
    fn of(unsealed: &Unsealed, mark: &Label) -> Self {
        let facts = unsealed.inside.facts().iter();
        let values = facts
            .filter(|fact| stands_in(fact, mark))
            .filter_map(|fact| {
                // Octets speak for themselves.
                let value = fact.text(&[]).filter(|_| fact.value != Value::Octets)?;
                let words = exposure::words(fact, &[]);
                let words = words.map_or_else(String::new, |words| format!(" ({words})"));
                Some((fact.field, format!("{} = {value}{words}", fact.field.key())))
            });
        Self {
            field: mark.field,
            values: values.collect(),
            octets: unsealed.beside(mark.span).unwrap_or_default().to_vec(),
        }
    }
}

/// Every octet of a packet, from front to back.
pub fn explained(packet: &RawPacket<'_>, view: &PacketView, redactor: &Redactor) -> Vec<Explained> {
    let aside = values(packet.octets, &view.aside);
    let values: Vec<_> = values(packet.octets, &view.facts).chain(aside).collect();
    let explain = |region: &Region| {
        let label = &region.label;
        let inside = values.iter().filter(|(fact, _)| stands_in(fact, label));
        let said =
            inside.filter_map(|(fact, value)| said(packet, (fact, label), value.clone(), redactor));
        Explained {
            region: *region,
            words: Told::joined(said, ", "),
            masked: masks(label, redactor),
            opened: Opened::of(view, region, redactor),
        }
    };
    view.regions.iter().map(explain).collect()
}

/// Whether the octets of a region must not be shown.
pub(super) fn masks(region: &Label, redactor: &Redactor) -> bool {
    region.field.class() == Class::Secret || redactor.is_on() && !shows_octets(region)
}

/// What a field says in its region: named where the region is called otherwise.
fn said(
    packet: &RawPacket<'_>,
    (fact, region): (&Label, &Label),
    value: Option<Told>,
    redactor: &Redactor,
) -> Option<Told> {
    let name = (fact.field != region.field).then(|| fact.field.key());
    if fact.span.is_empty() {
        return name.map(Told::plain);
    }
    // Octets speak for themselves, unless they are hidden.
    let value = value.filter(|_| fact.value != Value::Octets || redactor.is_on());
    // Words are made of the octets, so they are told where the octets may be shown.
    let told = !redactor.is_on() || shows_octets(fact);
    let words = exposure::words(fact, packet.octets).filter(|_| told);
    let words = words.map(|words| Told::plain(words.to_string()));
    let what = match (value, words) {
        (Some(value), Some(words)) => told![value, " (", words, ")"],
        (Some(said), None) | (None, Some(said)) => said,
        (None, None) => return None,
    };
    Some(match name {
        Some(name) => told![name, " ", what],
        None => what,
    })
}
