//! What a sender of RTCP says of itself: names and goodbyes.

use crate::base::label::printable;
use crate::base::sample::Sample;
use crate::dissect::rtcp::{PacketType, Rtcp, SdesType};
use crate::flow::room::{Room, Share};

/// Texts that are kept of one sender.
const TEXTS: usize = 32;

/// A text of a source description that was readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdesText {
    /// Type of the item (RFC 3550, section 6.5): 1 is CNAME.
    pub kind: u8,
    /// Name of that type.
    pub name: &'static str,
    /// The text.
    pub text: String,
    /// Packets that show it.
    pub packets: Sample,
    octets: Box<[u8]>,
}

/// What a sender said: names and goodbyes.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Texts that it told of itself.
    pub texts: Vec<SdesText>,
    /// Goodbyes.
    pub bye: Sample,
    share: Share,
}

impl Said {
    /// Keeps what a readable packet says.
    pub(in crate::flow) fn read(&mut self, number: u64, rtcp: &Rtcp<'_>, room: &Room) {
        for packet in rtcp.packets() {
            if packet.packet_type == PacketType::BYE {
                self.bye.add(number);
            }
            for (kind, octets) in packet.items() {
                self.text((number, room), kind, octets);
            }
        }
    }

    fn text(&mut self, (number, room): (u64, &Room), kind: SdesType, octets: &[u8]) {
        let same = |known: &&mut SdesText| known.kind == kind.0 && *known.octets == *octets;
        if let Some(known) = self.texts.iter_mut().find(same) {
            known.packets.add(number);
        } else if self.texts.len() < TEXTS && room.keep(2 * octets.len(), &mut self.share) {
            self.texts.push(SdesText {
                kind: kind.0,
                name: kind.name().unwrap_or("item"),
                text: printable(octets),
                packets: Sample::of(number),
                octets: octets.into(),
            });
        }
    }
}
