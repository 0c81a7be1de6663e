//! Packets that came in fragments, each laid over the frames that hold its parts.

use super::Gathered;
use super::lens::{Found, Lens};
use super::stream::Parts;
use crate::capture::RawPacket;
use crate::decode::fragment::Whole;
use crate::decode::{Decoded, Payload};

impl Lens<'_> {
    /// Takes a frame with a fragment, and looks at the packet that is whole with it.
    pub(super) fn fragment(&mut self, packet: &RawPacket<'_>, decoded: &Decoded<'_>) {
        let mut arrived = self.fragments.frame(packet, decoded);
        while let Some(whole) = arrived.whole {
            let mut labels = self.spare.pop().unwrap_or_default();
            let mut found = Found::default();
            let inside = whole.read(&mut labels);
            self.content(&inside, &mut labels, &mut found);
            let parts = Parts {
                pieces: &whole.pieces,
                held: whole.octets.len() as u32,
                named: whole.named,
                last: packet.number,
            };
            self.lay(parts, &labels, &found);
            let facts = labels.facts().to_vec();
            labels.clear();
            self.spare.push(labels);
            if let Payload::Fragment(_) = inside.payload {
                arrived = self.fragments.inside(packet, &inside, &whole);
                continue;
            }
            self.whole(packet, &whole, &inside);
            if let Some(frame) = self.frame(packet.number) {
                frame.found.layers.extend(found.layers);
                frame.found.words.extend(found.words);
                frame.found.gathered.push(Gathered {
                    octets: whole.octets,
                    facts,
                });
            }
            return;
        }
    }

    /// Follows the connection that a packet belongs to.
    fn whole(&mut self, packet: &RawPacket<'_>, whole: &Whole, decoded: &Decoded<'_>) {
        let segment = decoded.segment(packet.number);
        if let Some(frame) = self.frame(packet.number) {
            frame.ends = decoded.five_tuple();
            if segment.is_some() {
                frame.whole.clone_from(&whole.pieces);
            }
        }
        self.follow(packet, decoded);
    }
}
