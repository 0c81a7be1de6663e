//! Packets as the screen shows them.

use std::sync::Arc;

use super::shelf::Seen;
use crate::base::field::Field;
use crate::base::label::Value;
use crate::base::told::{Told, told};
use crate::exposure::{PacketView, Visibility};
use crate::report::live::Part;
use crate::report::redact::Redactor;
use crate::report::{explained, packets};
use crate::tui::{Look, LookRegion, PacketRow, Page};

/// Rows on each side of the chosen packet.
pub(super) const ROWS: usize = 48;

/// Packets around the one that was asked for; where there is none of this number, around the next.
pub(super) fn page(asked: u64, packets: &[Seen], parts: &[Arc<Part>], redactor: &Redactor) -> Page {
    let place = packets.partition_point(|(kept, _)| kept.packet().number < asked);
    let place = place.min(packets.len().saturating_sub(1));
    let rows = packets.iter().skip(place.saturating_sub(ROWS));
    Page {
        asked,
        rows: rows.take(2 * ROWS + 1).map(row).collect(),
        look: packets.get(place).map(|seen| look(seen, parts, redactor)),
        missing: None,
    }
}

fn row((kept, view): &Seen) -> PacketRow {
    let packet = kept.packet();
    let octets = || Told::plain(format!("{} octets", packet.wire_len));
    PacketRow {
        number: packet.number,
        time: packet.time,
        ends: view
            .ends
            .map_or_else(octets, |ends| told![ends.src, " > ", ends.dst]),
        words: packets::words(view),
    }
}

fn look((kept, view): &Seen, parts: &[Arc<Part>], redactor: &Redactor) -> Look {
    let packet = kept.packet();
    let ends = view.ends.as_ref();
    let call = ends.and_then(|ends| parts.iter().find_map(|part| Some((part, part.flow(ends)?))));
    let ssrc = ssrc(view);
    let mut octets = packet.octets.to_vec();
    let regions = explained(&packet, view, redactor).into_iter().map(|known| {
        let span = known.region.label.span;
        let (start, end) = (span.start as usize, span.end as usize);
        if known.masked {
            let end = end.min(octets.len());
            octets.get_mut(start..end).unwrap_or_default().fill(0);
        }
        let between = ends.map(|ends| [ends.src, ends.dst]);
        let visibility = match call.zip(between) {
            Some(((part, _), between)) => part.reads(&known.region, between, ssrc.as_deref()),
            // It belongs to no call: what is sealed may be so for anybody.
            None => Part::wire(&known.region).map(|wire| match wire {
                Visibility::Hidden => Visibility::Unknown,
                told => told,
            }),
        };
        LookRegion {
            start,
            end,
            field: known.region.label.field.key(),
            words: known.words,
            masked: known.masked,
            visibility,
        }
    });
    Look {
        number: packet.number,
        regions: regions.collect(),
        octets,
        seen: call.is_none_or(|(_, flow)| flow.seen),
    }
}

/// The stream of the media that a packet carries.
fn ssrc(view: &PacketView) -> Option<String> {
    let facts = view.facts.iter();
    let mut ssrcs = facts.filter(|fact| fact.field == Field::RtpSsrc);
    ssrcs.find_map(|fact| match fact.value {
        Value::Number(number) | Value::Named(number, _) => Some(format!("0x{number:08x}")),
        _ => None,
    })
}
