//! Whether a host passes on streams that it receives: the lengths of their packets tell, sealed
//! or not.
//!
//! Whoever ends SRTP on one leg and begins it anew on another changes keys, SSRC and numbers; the
//! length of each packet changes by the difference of tags and extensions only. Measured on every
//! leg of the collected calls: with the sequence offset fixed, all packets of the right pair have
//! one difference of length, of a wrong pair at most a seventh of them.
//!
//! Of each stream the last 64 packets are kept by number and length, and lengths in sequence stand
//! in one table of bounded size: a stream asks it who had the same, so that a thousand streams at
//! one server take a thousand times the work of one.

mod trail;
mod watch;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use super::Tracker;
use super::stream::StreamKey;
use crate::base::time::Timestamp;
use crate::dissect::rtp::Rtp;

use trail::Step;
pub(super) use trail::Trail;
pub use watch::Source;
pub(super) use watch::Watch;

/// Lengths in sequence that are remembered, of all streams: more than arrive in [`DELAY`] at a
/// busy server.
const REMEMBERED: usize = 1 << 12;
/// How long a server may take, in microseconds. Measured: 0.3 to 1.2 ms. Devices that play the same
/// a quarter of a second apart were found alike with more.
const DELAY: u32 = 50_000;

/// A packet that arrived at a host, and ended these lengths.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    lengths: u64,
    stream: StreamKey,
    packet: Packet,
}

/// What is kept of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet {
    /// Sequence number.
    pub(super) seq: u16,
    /// Octets of its payload.
    pub(super) len: u16,
    /// Microseconds, which begin anew after 71 minutes.
    pub(super) micros: u32,
}

impl Packet {
    pub(super) const fn new(seq: u16, len: u32, time: Timestamp) -> Self {
        Self {
            seq,
            len: len as u16,
            micros: time.0.div_euclid(1000).cast_unsigned() as u32,
        }
    }

    /// Whether it may be `earlier`, passed on.
    const fn may_be(self, earlier: Self) -> bool {
        self.micros.wrapping_sub(earlier.micros) <= DELAY
    }
}

/// The lengths that arrived of late, by the host at which.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// Two in each place: streams that are alike must not hide each other.
    places: Vec<[Option<Arrival>; 2]>,
}

impl Arrivals {
    /// Remembers that these lengths of a stream arrived at a host.
    pub(super) fn arrive(&mut self, host: IpAddr, lengths: u64, stream: StreamKey, last: Packet) {
        if self.places.is_empty() {
            self.places.resize(REMEMBERED, [None; 2]);
        }
        let at = place(host, lengths);
        if let Some([first, second]) = self.places.get_mut(at) {
            let other = first.take_if(|known| known.stream != stream);
            *second = other.or(*second);
            *first = Some(Arrival {
                lengths,
                stream,
                packet: last,
            });
        }
    }

    /// The streams on other flows that arrived at the host with these lengths, so that the packet
    /// may be one of theirs passed on.
    fn like(
        &self,
        host: IpAddr,
        lengths: u64,
        (stream, packet): (&StreamKey, Packet),
    ) -> impl Iterator<Item = (StreamKey, Packet)> {
        let arrived = self.places.get(place(host, lengths));
        let alike = move |arrival: &&Arrival| {
            arrival.lengths == lengths
                && arrival.stream.flow != stream.flow
                && packet.may_be(arrival.packet)
                && arrival.stream.flow.ends(arrival.stream.direction).1.ip() == host
        };
        let arrived = arrived.into_iter().flatten().flatten().filter(alike);
        arrived.map(|arrival| (arrival.stream, arrival.packet))
    }
}

/// Where lengths at a host are remembered: at the same place in every run.
fn place(host: IpAddr, lengths: u64) -> usize {
    let mut hasher = DefaultHasher::new();
    (host, lengths).hash(&mut hasher);
    hasher.finish() as usize % REMEMBERED
}

impl Tracker {
    /// Takes a bare packet of a stream that is believed: for the streams that its receiver sends,
    /// and to find it among those that its sender received.
    pub(super) fn trace(&mut self, key: &StreamKey, rtp: &Rtp<'_>, time: Timestamp) {
        let Some(stream) = self.streams.get_mut(key) else {
            return;
        };
        let packet = Packet::new(rtp.seq, rtp.payload.wire_len, time);
        let step = stream.trail.add(packet);
        // What is watched is taken out: it looks at other streams of the same table.
        let watch = stream.watch.take();
        if let Some(lengths) = step.lengths {
            let (_, receiver) = key.flow.ends(key.direction);
            self.arrivals.arrive(receiver.ip(), lengths, *key, packet);
        }
        let Some(mut watch) = watch else { return };
        let trail = |of: &StreamKey| self.streams.get(of).map(|stream| &stream.trail);
        let source = watch.add((key, packet, step), &self.arrivals, trail);
        if let Some(stream) = self.streams.get_mut(key) {
            stream.source = source;
            stream.watch = (source == Source::Open).then_some(watch);
        }
    }
}
