//! Packets that came before their key: a media stream may begin before the message that brings it
//! is captured, and a key log tells of a handshake when that has passed.

use std::collections::VecDeque;

use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::dissect::dtls::{self, Dtls};
use crate::dissect::{Message, rtcp, rtp};
use crate::flow::{Place, StreamKey};

/// Packets and octets that are kept at most; then the oldest goes.
const PACKETS: usize = 512;
const OCTETS: usize = 1 << 18;

/// Packets that came before their key.
#[derive(Debug, Default)]
pub(in crate::flow) struct Early {
    packets: VecDeque<Kept>,
    octets: usize,
}

/// One of them.
#[derive(Debug)]
pub(in crate::flow) struct Kept {
    pub(super) place: Place,
    octets: Box<[u8]>,
}

impl Early {
    /// Keeps a packet that was captured whole.
    pub(super) fn keep(&mut self, place: Place, octets: Octets<'_>) {
        if octets.is_cut() {
            return;
        }
        self.octets += octets.captured.len();
        let octets = octets.captured.into();
        self.packets.push_back(Kept { place, octets });
        while self.packets.len() > PACKETS || self.octets > OCTETS {
            let gone = self.packets.pop_front();
            self.octets -= gone.map_or(0, |gone| gone.octets.len());
        }
    }

    /// All of them, in their order: they are looked at once more.
    pub(super) fn take(&mut self) -> VecDeque<Kept> {
        self.octets = 0;
        std::mem::take(&mut self.packets)
    }
}

impl Kept {
    /// The stream, or the sender of reports, to which it belongs.
    pub(super) fn stream(&self) -> Option<StreamKey> {
        let ssrc = match self.message()? {
            Message::Rtcp(rtcp) => rtcp.ssrc,
            Message::Rtp(rtp) => rtp.ssrc,
            _ => return None,
        };
        Some(self.place.stream(ssrc))
    }

    /// Records of DTLS.
    pub(super) fn dtls(&self) -> Option<Dtls<'_>> {
        dtls::parse(self.octets(), true, &mut Quiet)
    }

    /// What it is: a report or media.
    pub(super) fn message(&self) -> Option<Message<'_>> {
        let report = rtcp::shape(self.octets(), None).map(Message::Rtcp);
        report.or_else(|| rtp::parse(self.octets(), &mut Quiet).map(Message::Rtp))
    }

    pub(super) fn octets(&self) -> Octets<'_> {
        Octets::whole(&self.octets, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::addr::{Direction, FlowKey, Transport};
    use crate::base::time::Timestamp;

    #[test]
    fn the_oldest_goes_where_too_many_wait() {
        let end = "10.0.0.1:5000".parse().expect("an address");
        let flow = FlowKey {
            a: end,
            b: end,
            transport: Transport::Udp,
        };
        let mut early = Early::default();
        for number in 1..=PACKETS as u64 + 9 {
            let place = Place {
                number,
                time: Timestamp(0),
                flow,
                direction: Direction::AToB,
                relayed: false,
                peer: None,
                way: None,
            };
            early.keep(place, Octets::whole(&[0x80; 20], 0));
        }
        let kept = early.take();
        assert_eq!(kept.len(), PACKETS);
        assert_eq!(kept.front().map(|kept| kept.place.number), Some(10));
        assert!(early.take().is_empty());
    }
}
