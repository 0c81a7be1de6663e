//! RTP streams, believed after probation.

use std::net::SocketAddr;
use std::time::Duration;

use super::table::Aged;
use crate::base::addr::{Direction, FlowKey};
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::header_ext::{self, Form};
use crate::dissect::rtp::{Rtp, Ssrc};

/// What names a stream: one SSRC in one direction of one flow, bare or carried by TURN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// Flow in which it was seen.
    pub flow: FlowKey,
    /// Direction in that flow.
    pub direction: Direction,
    /// Whether TURN carries it there.
    pub relayed: bool,
    /// Its synchronisation source.
    pub ssrc: Ssrc,
}

/// All packets of one SSRC in one direction on one leg.
#[derive(Debug, Clone)]
pub struct RtpStream {
    /// Which stream it is.
    pub key: StreamKey,
    /// Sender and receiver on the peer side of the relay, for a relayed stream.
    pub pair: Option<(SocketAddr, SocketAddr)>,
    /// Whether it is RTP beyond doubt of its shape.
    pub believed: bool,
    /// Its packets.
    pub packets: Sample,
    /// Octets of its payloads.
    pub octets: u64,
    /// Payload types, a bit each.
    pub payload_types: u128,
    /// Readable header extension elements, a bit for each id below 64, with where they first were.
    pub extensions: u64,
    /// Packets with a readable header extension element.
    pub extended: Sample,
    /// Packets whose extension is sealed (RFC 9335).
    pub sealed_extensions: u64,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    highest: u16,
    in_row: u8,
}

/// Distinct sequence numbers near each other that make RTP of a shape. Measured: no other
/// protocol in the collected captures shows even two.
const PROBATION: u8 = 3;
/// How far from the highest number the next may lie.
const NEAR: u16 = 100;
/// After so long a pause probation starts again.
const IDLE: Duration = Duration::from_secs(10);

impl Aged for RtpStream {
    fn last(&self) -> Timestamp {
        self.last
    }
}

impl RtpStream {
    pub(super) fn new(key: StreamKey, time: Timestamp) -> Self {
        Self {
            key,
            pair: None,
            believed: false,
            packets: Sample::default(),
            octets: 0,
            payload_types: 0,
            extensions: 0,
            extended: Sample::default(),
            sealed_extensions: 0,
            first: time,
            last: time,
            highest: 0,
            in_row: 0,
        }
    }

    /// Adds a packet; `announced` is whether something on the flow says that RTP runs there.
    /// Returns how many packets have become RTP by it.
    pub(super) fn add(
        &mut self,
        number: u64,
        time: Timestamp,
        rtp: &Rtp<'_>,
        announced: bool,
    ) -> u64 {
        let waiting = self.packets.total();
        let was_believed = self.believed;
        self.believed |= announced || self.on_probation(time, rtp.seq);
        self.packets.add(number);
        self.octets += u64::from(rtp.payload.wire_len);
        self.payload_types |= 1 << rtp.payload_type;
        self.last = self.last.max(time);
        if let Some((profile, body)) = rtp.extension {
            let mut readable = false;
            for element in header_ext::elements(profile, body) {
                self.extensions |= 1 << (element.id & 63);
                readable = true;
            }
            if readable {
                self.extended.add(number);
            }
            self.sealed_extensions += u64::from(Form::of(profile) == Form::Cryptex);
        }
        match (was_believed, self.believed) {
            (true, _) => 1,
            (false, true) => waiting + 1,
            (false, false) => 0,
        }
    }

    fn on_probation(&mut self, time: Timestamp, seq: u16) -> bool {
        let ahead = seq.wrapping_sub(self.highest);
        let behind = self.highest.wrapping_sub(seq);
        if self.in_row == 0 || ahead.min(behind) > NEAR || time.since(self.last) > IDLE {
            self.in_row = 1;
            self.highest = seq;
        } else if ahead != 0 {
            self.in_row = self.in_row.saturating_add(1);
            if ahead <= NEAR {
                self.highest = seq;
            }
        }
        self.in_row >= PROBATION
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::addr::Transport;
    use crate::base::label::Quiet;
    use crate::base::span::Octets;
    use crate::dissect::rtp;

    fn believed_after(numbers: &[u16], announced: bool) -> Option<usize> {
        let end: SocketAddr = "10.0.0.1:5000".parse().expect("address");
        let flow = FlowKey {
            a: end,
            b: end,
            transport: Transport::Udp,
        };
        let key = StreamKey {
            flow,
            direction: Direction::AToB,
            relayed: false,
            ssrc: Ssrc(1),
        };
        let mut stream = RtpStream::new(key, Timestamp(0));
        numbers.iter().position(|seq| {
            let [high, low] = seq.to_be_bytes();
            let packet = [0x80, 111, high, low, 0, 0, 0, 0, 0, 0, 0, 1, 9];
            let rtp = rtp::parse(Octets::whole(&packet, 0), &mut Quiet).expect("RTP");
            stream.add(1, Timestamp(0), &rtp, announced) > 0
        })
    }

    #[test]
    fn the_third_number_near_the_others_makes_it_rtp() {
        assert_eq!(believed_after(&[7, 8, 9], false), Some(2));
        assert_eq!(believed_after(&[65535, 0, 2], false), Some(2));
    }

    #[test]
    fn equal_numbers_prove_nothing() {
        assert_eq!(believed_after(&[7, 7, 7, 7], false), None);
    }

    #[test]
    fn numbers_far_apart_start_again() {
        assert_eq!(believed_after(&[7, 900, 8, 4000], false), None);
    }

    #[test]
    fn what_was_announced_is_believed_at_once() {
        assert_eq!(believed_after(&[7], true), Some(0));
    }
}
