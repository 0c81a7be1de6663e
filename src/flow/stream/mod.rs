//! RTP streams: believed after probation, counted by their sequence numbers, and told by their
//! behaviour.
//!
//! Nothing is kept per packet: all sums are of constant size, kept from the first packet on, and
//! judged when a report is made.

mod contributors;
mod extension;
mod judge;
mod kind;
mod payload_type;
mod probation;
mod rtx;
mod sequence;
mod timing;

use std::net::SocketAddr;

use super::forward::{Source, Trail, Watch};
use super::frames::Inner;
use super::payload::{Payload, Structure};
use super::srtp::OpenedMedia;
use super::table::Aged;
use super::volume::MediaVolume;
use crate::base::addr::{Direction, FlowKey};
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::header_ext::Form;
use crate::dissect::rtp::{Rtp, Ssrc};
use extension::Rows;
use kind::Shape;
use probation::Probation;
use rtx::Twin;
use sequence::{Order, Sequence};
use timing::Timing;

pub use contributors::Contributors;
pub(super) use extension::Lane;
pub use extension::{Extension, Meter};
pub(super) use judge::judge;
pub use judge::{Announcement, Basis};
pub use kind::Kind;

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
    /// What the capture holds of it, header and payload.
    pub volume: MediaVolume,
    /// Payload types, a bit each.
    pub payload_types: u128,
    /// Length of the shortest and of the longest payload.
    pub payload_sizes: [u32; 2],
    /// What the octets of its payloads say.
    pub payload: Payload,
    /// What keys open of it, or try to.
    pub(super) opened: Option<Box<OpenedMedia>>,
    /// Packets with a readable header extension element.
    pub extended: Sample,
    /// Packets whose extension is sealed (RFC 9335).
    pub sealed_extensions: u64,
    /// What its packets name as their sources.
    pub contributors: Contributors,
    /// Whether its sender received it, and passes it on.
    pub source: Source,
    pub(super) trail: Trail,
    /// Until that is known.
    pub(super) watch: Option<Box<Watch>>,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    probation: Probation,
    sequence: Sequence,
    timing: Timing,
    shape: Shape,
    twin: Twin,
    rows: Rows,
    announced: Vec<(u8, Announcement)>,
    judged: judge::Judged,
}

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
            volume: MediaVolume::default(),
            payload_types: 0,
            payload_sizes: [u32::MAX, 0],
            payload: Payload::new(),
            opened: None,
            extended: Sample::default(),
            sealed_extensions: 0,
            contributors: Contributors::default(),
            source: Source::default(),
            trail: Trail::default(),
            watch: Some(Box::default()),
            first: time,
            last: time,
            probation: Probation::default(),
            sequence: Sequence::default(),
            timing: Timing::default(),
            shape: Shape::default(),
            twin: Twin::default(),
            rows: Rows::default(),
            announced: Vec::new(),
            judged: judge::Judged::default(),
        }
    }

    /// Adds a packet; `announced` is whether something on the flow says that RTP runs there, and
    /// `lane` its direction of the flow. Returns how many packets have become RTP by it: those
    /// that waited become RTP with the one that ends probation.
    pub(super) fn add(
        &mut self,
        number: u64,
        time: Timestamp,
        rtp: &Rtp<'_>,
        announced: bool,
        lane: &mut Lane,
    ) -> u64 {
        let waiting = self.packets.total();
        let was_believed = self.believed;
        self.believed =
            was_believed || announced || self.probation.passes(time.since(self.last), rtp.seq);
        self.packets.add(number);
        let size = rtp.payload.wire_len;
        self.octets += u64::from(size);
        self.volume.add(rtp);
        let [least, most] = self.payload_sizes;
        self.payload_sizes = [least.min(size), most.max(size)];
        self.payload_types |= 1 << rtp.payload_type;
        self.last = self.last.max(time);
        let order = self.sequence.add(rtp.seq);
        if self.believed {
            self.payload.add(rtp, number);
        }
        if order != Order::Again {
            self.learn(number, time, rtp, order, lane);
        }
        match (was_believed, self.believed) {
            (true, _) => 1,
            (false, true) => waiting + 1,
            (false, false) => 0,
        }
    }

    /// Takes what a packet tells that is no copy of an earlier one.
    fn learn(
        &mut self,
        number: u64,
        time: Timestamp,
        rtp: &Rtp<'_>,
        order: Order,
        lane: &mut Lane,
    ) {
        self.shape.add(rtp, order == Order::Next);
        self.contributors.add(number, rtp);
        // Dialled digits and comfort noise between speech have timestamps of their own kind.
        let usual = rtp.payload_type == self.shape.payload_type();
        if usual && order != Order::Stray {
            self.timing.add(time, rtp.timestamp, order == Order::First);
        }
        if !self.twin.look(rtp, &lane.recent) {
            lane.recent.push(rtp);
        }
        if self.rows.add(number, time, rtp, lane) {
            self.extended.add(number);
        }
        let sealed = rtp
            .extension
            .is_some_and(|(profile, _)| Form::of(profile) == Form::Cryptex);
        self.sealed_extensions += u64::from(sealed);
    }

    /// What keys opened of it; `None` where no tag verified.
    pub fn opened(&self) -> Option<&OpenedMedia> {
        let opened = self.opened.as_deref();
        opened.filter(|opened| opened.key().is_some())
    }

    /// What stands inside what keys opened of it: frames, or frames that are sealed once more.
    /// `None` where no tag verified.
    pub fn inner(&self) -> Option<Inner> {
        let opened = self.opened()?;
        let told = |basis: &Basis| matches!(basis, Basis::Negotiated | Basis::PayloadType);
        let announced = self.codec().filter(|(_, basis)| told(basis));
        let of = (self.kind(), announced.map(|(codec, _)| codec));
        Some(opened.frames.inner(&opened.payload, of))
    }

    /// The packets which show that what keys opened of it, with this inside, is readable; `None`
    /// where it may be sealed once more.
    pub fn readable(&self, inner: Option<&Inner>) -> Option<Sample> {
        let payload = &self.opened()?.payload;
        let is_uniform = || matches!(payload.structure(), Structure::Uniform { .. });
        match inner {
            Some(Inner::Readable(shown)) => Some(shown.clone()),
            Some(Inner::Unknown) | None => (!is_uniform()).then(|| payload.evidence()),
            Some(_) => None,
        }
    }

    /// The codec whose rules what keys opened of it keeps.
    pub fn inner_codec(&self) -> Option<&'static str> {
        let guess = self.opened()?.payload.codec(self.kind() == Kind::Video);
        guess.map(|guess| guess.codec)
    }

    /// Judges what was gathered of its payloads: it has ended.
    pub(super) fn settle_payloads(&mut self) {
        self.payload.settle();
        if let Some(opened) = &mut self.opened {
            opened.payload.settle();
            opened.frames.settle();
        }
    }

    /// Sender and receiver: those on the peer side where a relay carries the stream and they are
    /// known.
    pub fn ends(&self) -> (SocketAddr, SocketAddr) {
        self.pair
            .unwrap_or_else(|| self.key.flow.ends(self.key.direction))
    }

    /// Frames a second, by the marker at the end of each (RFC 3551, section 4.1); `None` where it
    /// carries no pictures, or too few to say.
    pub fn frame_rate(&self) -> Option<u64> {
        let millis = u64::try_from(self.last.since(self.first).as_millis()).ok()?;
        let frames = self.shape.marked();
        let enough = self.kind() == Kind::Video && frames >= 10 && millis >= 1000;
        enough.then(|| (frames * 1000 + millis / 2) / millis)
    }

    /// Packets without copies.
    fn different(&self) -> u64 {
        self.packets.total() - self.sequence.duplicated
    }

    /// Packets that were sent and did not come here, by the sequence numbers (RFC 3550, appendix
    /// A.3). Copies do not make up for them.
    pub fn lost(&self) -> u64 {
        self.sequence.lost()
    }

    /// Packets that came after a later one.
    pub const fn reordered(&self) -> u64 {
        self.sequence.reordered
    }

    /// Packets whose sequence number was here before.
    pub const fn duplicated(&self) -> u64 {
        self.sequence.duplicated
    }

    /// Jumps of more than 3000 sequence numbers after which the stream went on from there.
    pub const fn restarts(&self) -> u64 {
        self.sequence.restarts
    }

    /// Interarrival jitter after the last packet, and the greatest of all, in seconds (RFC 3550,
    /// section 6.4.1); `None` where the clock rate is not known.
    pub fn jitter(&self) -> Option<(f64, f64)> {
        self.timing.jitter(self.clock_rate()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::addr::Transport;
    use crate::base::label::Quiet;
    use crate::base::span::Octets;
    use crate::dissect::rtp;

    fn stream(numbers: &[u16], announced: bool) -> (RtpStream, Option<usize>) {
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
        let mut lane = Lane::default();
        let mut became = None;
        for (at, seq) in numbers.iter().enumerate() {
            let [high, low] = seq.to_be_bytes();
            let packet = [0x80, 111, high, low, 0, 0, 0, 0, 0, 0, 0, 1, 9];
            let rtp = rtp::parse(Octets::whole(&packet, 0), &mut Quiet).expect("RTP");
            if stream.add(1, Timestamp(0), &rtp, announced, &mut lane) > 1 {
                became = Some(at);
            }
        }
        (stream, became)
    }

    #[test]
    fn what_waited_becomes_rtp_with_the_packet_that_ends_probation() {
        let (stream, became) = stream(&[7, 8, 8, 9], false);
        assert_eq!(became, Some(3));
        assert_eq!((stream.believed, stream.packets.total()), (true, 4));
    }

    #[test]
    fn what_was_announced_is_believed_at_once() {
        let (stream, became) = stream(&[7], true);
        assert!(stream.believed && became.is_none());
    }

    #[test]
    fn a_copy_is_counted_and_teaches_nothing() {
        let (stream, _) = stream(&[7, 8, 8, 9], true);
        assert_eq!(
            (stream.duplicated(), stream.lost(), stream.different()),
            (1, 0, 3)
        );
    }
}
