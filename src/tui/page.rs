//! Packets as the screen shows them, by what is known of their calls.

use std::sync::Arc;

use super::snapshot::{Look, LookRegion, PacketRow, Page};
use crate::base::addr::{FiveTuple, Transport};
use crate::base::field::Field;
use crate::base::label::Value;
use crate::base::told::{Told, told};
use crate::capture::KeptPacket;
use crate::exposure::{PacketView, Region, Visibility};
use crate::flow::Tracker;
use crate::report::live::Part;
use crate::report::redact::Redactor;
use crate::report::{explained, packets};

/// A packet, and what is to be seen of it.
pub type Seen = (KeptPacket, PacketView);

/// Rows on each side of the chosen packet.
const ROWS: usize = 48;

const NOT_UNDERSTOOD: &str = "not understood";

/// What packets are read by.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// What knows their flows.
    pub tracker: &'a Tracker,
    /// The calls that they may belong to.
    pub parts: &'a [Arc<Part>],
    /// What hides names and addresses, and their octets.
    pub redactor: &'a Redactor,
    /// The number of the packet from which on connections were followed.
    pub from: u64,
}

impl Page {
    /// Whether there is room for packets behind the last one.
    pub fn is_short(&self) -> bool {
        let rows = self.rows.iter();
        rows.filter(|row| row.number > self.asked).count() < ROWS
    }
}

impl Reader<'_> {
    /// Packets around the one that was asked for; where there is none of this number, around the
    /// next.
    pub fn page(&self, asked: u64, packets: &[Seen]) -> Page {
        let place = packets.partition_point(|(kept, _)| kept.packet().number < asked);
        let place = place.min(packets.len().saturating_sub(1));
        let rows = packets.iter().skip(place.saturating_sub(ROWS));
        let rows = rows.take(2 * ROWS + 1);
        Page {
            asked,
            rows: rows.map(|seen| self.row(seen)).collect(),
            look: packets.get(place).map(|seen| self.look(seen)),
            missing: None,
        }
    }

    fn row(&self, (kept, view): &Seen) -> PacketRow {
        let packet = kept.packet();
        let octets = || Told::plain(format!("{} octets", packet.wire_len));
        PacketRow {
            number: packet.number,
            time: packet.time,
            ends: view
                .ends
                .map_or_else(octets, |ends| told![ends.src, " > ", ends.dst]),
            words: match view.ends {
                Some(ends) if view.words.is_empty() => self.unworded(view, &ends),
                _ => packets::words(view),
            },
        }
    }

    /// What is said of a packet in which no message ends.
    fn unworded(&self, view: &PacketView, ends: &FiveTuple) -> Told {
        let has = |field| {
            view.regions
                .iter()
                .any(|region| region.label.field == field)
        };
        let (transport, why) = if ends.transport == Transport::Tcp {
            let is_unnamed = has(Field::TcpPayload);
            ("TCP", is_unnamed.then(|| self.unnamed(ends)))
        } else {
            ("UDP", has(Field::Unparsed).then_some(NOT_UNDERSTOOD))
        };
        let why = why.map_or(Told::default(), |why| told![", ", why]);
        told![transport, why]
    }

    /// Why octets of a connection have no name.
    fn unnamed(&self, ends: &FiveTuple) -> &'static str {
        let flow = self.tracker.flow(&ends.key().0);
        let first = flow.and_then(|flow| flow.seen.first());
        if first.is_none_or(|first| first >= self.from) {
            NOT_UNDERSTOOD
        } else {
            "not understood: the beginning of the connection is not kept"
        }
    }

    fn look(&self, (kept, view): &Seen) -> Look {
        let packet = kept.packet();
        let ends = view.ends.as_ref();
        let mut parts = self.parts.iter();
        let call = ends.and_then(|ends| parts.find_map(|part| Some((part, part.flow(ends)?))));
        let ssrc = ssrc(view);
        let mut octets = packet.octets.to_vec();
        let regions = explained(&packet, view, self.redactor).into_iter();
        let regions = regions.map(|known| {
            let (region, span) = (&known.region, known.region.label.span);
            let (start, end) = (span.start as usize, span.end as usize);
            if known.masked {
                let end = end.min(octets.len());
                octets.get_mut(start..end).unwrap_or_default().fill(0);
            }
            let between = ends.map(|ends| [ends.src, ends.dst]);
            let (visibility, holds_keys) = match call.zip(between) {
                Some(((part, flow), between)) => {
                    let reads = part.reads(region, between, ssrc.as_deref());
                    let is_read = reads == Some(Visibility::Readable);
                    (
                        reads,
                        flow.seen && (is_read || part.observer.may_hold_keys()),
                    )
                }
                None => (of_nobody(region), false),
            };
            let unnamed = ends.filter(|_| region.label.field == Field::TcpPayload);
            LookRegion {
                start,
                end,
                field: region.label.field.key(),
                words: unnamed.map_or(known.words, |ends| self.unnamed(ends).into()),
                masked: known.masked,
                visibility,
                opened: known.opened.filter(|_| holds_keys),
            }
        });
        Look {
            number: packet.number,
            call: call.map(|(part, _)| part.call),
            regions: regions.collect(),
            octets,
            seen: call.is_none_or(|(_, flow)| flow.seen),
        }
    }
}

/// Whether a part of a packet is read that belongs to no call: what is sealed may be so for anybody.
fn of_nobody(region: &Region) -> Option<Visibility> {
    Part::wire(region).map(|wire| match wire {
        Visibility::Hidden => Visibility::Unknown,
        told => told,
    })
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

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;
    use crate::base::label::Quiet;
    use crate::capture::{Block, FileSource, PacketSource as _};
    use crate::decode;
    use crate::exposure::Lens;

    /// Every line of packets behind the one of this number, where nothing before them was kept.
    fn lines(behind: u64, from: u64) -> String {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/captures/turn-inside-tls.pcap");
        let mut source = FileSource::open(file.as_ref()).expect("a capture");
        let (mut tracker, mut block) = (Tracker::default(), Block::default());
        let mut kept = Vec::<KeptPacket>::new();
        while source.next_block(&mut block).expect("whole") {
            for packet in block.packets() {
                tracker.packet(&packet, &decode::frame(&packet, &mut Quiet));
                kept.extend((packet.number > behind).then(|| (&packet).into()));
            }
        }
        tracker.finish();
        let mut lens = Lens::new(&tracker);
        for kept in kept.iter().take(ROWS) {
            lens.look(&kept.packet());
        }
        lens.end();
        let packets: Vec<_> = iter::from_fn(|| lens.settled()).collect();
        let redactor = Redactor::off();
        let reader = Reader {
            tracker: &tracker,
            parts: &[],
            redactor: &redactor,
            from,
        };
        let page = reader.page(behind + 1, &packets);
        let words = page.rows.into_iter().map(|row| redactor.show(row.words));
        words.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn octets_of_a_connection_whose_beginning_is_gone_are_said_to_be_so() {
        let gone = "TCP, not understood: the beginning of the connection is not kept";
        assert!(lines(9, 10).contains(gone), "{}", lines(9, 10));
        assert!(!lines(9, 0).contains("not kept"));
        assert!(!lines(0, 1).contains("not kept"));
    }
}
