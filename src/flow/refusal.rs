//! ICMP errors. What they quote is understood only with the flow that it belongs to, so they are
//! kept for a last look: a bounded number of them, and never as traffic.

use crate::base::addr::FlowKey;
use crate::base::time::Timestamp;
use crate::capture::{KeptPacket, RawPacket};

/// An ICMP error as it was captured.
#[derive(Debug, Clone)]
struct Refusal {
    /// The flow of the packet that it quotes, where that can be read.
    flow: Option<FlowKey>,
    packet: KeptPacket,
}

/// The first ICMP errors of a capture.
#[derive(Debug, Clone, Default)]
pub(super) struct Refusals(Vec<Refusal>);

/// Errors that are kept, and octets of each: a quote ends before that (RFC 1812, RFC 4443).
const KEPT: usize = 256;
const LONGEST: usize = 1536;

impl Refusals {
    /// Keeps an error; `false` where there is no room for it.
    pub(super) fn keep(&mut self, packet: &RawPacket<'_>, flow: Option<FlowKey>) -> bool {
        let fits = self.0.len() < KEPT && packet.octets.len() <= LONGEST;
        if fits {
            self.0.push(Refusal {
                flow,
                packet: packet.into(),
            });
        }
        fits
    }

    /// Keeps the errors since then, and those that quote a packet of a flow that `keeps` names;
    /// returns how many others there were, and their octets on the wire.
    pub(super) fn retain(
        &mut self,
        since: Timestamp,
        keeps: impl Fn(&FlowKey) -> bool,
    ) -> (u64, u64) {
        let mut gone = (0, 0);
        self.0.retain(|refusal| {
            let packet = refusal.packet.packet();
            let kept = packet.time >= since || refusal.flow.is_some_and(|flow| keeps(&flow));
            if !kept {
                gone = (gone.0 + 1, gone.1 + u64::from(packet.wire_len));
            }
            kept
        });
        gone
    }

    /// What was kept.
    pub(super) fn packets(&self) -> impl Iterator<Item = RawPacket<'_>> {
        self.0.iter().map(|refusal| refusal.packet.packet())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::LinkType;

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let packet = RawPacket {
            number: 7,
            time: Timestamp(0),
            wire_len: 4,
            link: LinkType::ETHERNET,
            interface: 0,
            octets: &[1, 2, 3, 4],
        };
        let mut refusals = Refusals::default();
        let kept = (0..KEPT + 3)
            .filter(|_| refusals.keep(&packet, None))
            .count();
        assert_eq!((kept, refusals.packets().count()), (KEPT, KEPT));
        let long = [0; LONGEST + 1];
        let packet = RawPacket {
            octets: &long,
            ..packet
        };
        assert!(!Refusals::default().keep(&packet, None));
    }
}
