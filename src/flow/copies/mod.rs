//! Which frames are copies: a datagram that was captured on several interfaces counts once.
//!
//! A copy has the ends, the identification and the octets of a datagram that was captured shortly
//! before on another interface; hop limit, checksums and link header may have been changed on the
//! way. The same octets once more on an interface that the datagram has passed already are a
//! second datagram, never a copy.
//!
//! Hashes only say where to look: octets are compared with octets, which are kept for a bounded
//! time and in a bounded number. Nothing is kept while there is one interface.

use std::hash::BuildHasher as _;
use std::ops::Range;
use std::time::Duration;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::base::addr::FiveTuple;
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use crate::decode::{Cooked, Decoded, Payload, TcpFlags};

/// Copies are captured within this time. A bridge takes microseconds, the queue of a router
/// milliseconds; what sends a datagram again on purpose waits longer than this.
const APART: Duration = Duration::from_millis(100);

/// Octets that are kept in each half; when one is full, the older half goes early.
const CAP: usize = 32 << 20;

/// Datagrams of one hash that are compared: more come only from who wants to take time.
const COMPARED: usize = 64;

/// The datagrams of which copies may still come.
#[derive(Debug, Default)]
pub(super) struct Copies {
    /// Whether the capture has several interfaces.
    several: bool,
    /// The younger half and the older one, which goes when all of it is past.
    halves: [Half; 2],
    hasher: DefaultHashBuilder,
    /// Frames that are copies.
    pub(super) found: u64,
    /// Frames that are not, because an address was translated on the way.
    pub(super) translated: u64,
    /// Datagrams that went before their time.
    pub(super) squeezed_out: u64,
}

#[derive(Debug)]
struct Half {
    datagrams: HashTable<Kept>,
    /// Their payloads, one behind the other.
    octets: Vec<u8>,
    /// When the latest of them was captured.
    latest: Timestamp,
}

/// A datagram as it was captured first.
#[derive(Debug)]
struct Kept {
    hash: u64,
    ends: FiveTuple,
    head: Head,
    payload: Range<usize>,
    time: Timestamp,
    tap: Tap,
    /// Where its copies were captured.
    further: Vec<Tap>,
}

/// A datagram, or a copy of one, as it stands in a frame.
#[derive(Debug, Clone, Copy)]
struct Sighting<'a> {
    ends: FiveTuple,
    head: Head,
    payload: &'a [u8],
    time: Timestamp,
    tap: Tap,
}

/// What no hop changes in the headers of a datagram, but for the ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Head {
    /// Identification of the IPv4 header.
    ip_id: Option<u16>,
    /// Sequence number, acknowledgement and control bits of a TCP segment.
    segment: Option<(u32, u32, TcpFlags)>,
    /// Octets of the payload on the wire.
    wire_len: u32,
}

/// Where a frame was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tap {
    interface: u32,
    cooked: Option<Cooked>,
}

impl Copies {
    /// Tells how many interfaces the capture has, as far as it was read.
    pub(super) const fn expect_interfaces(&mut self, count: usize) {
        self.several = count > 1;
    }

    /// Whether a frame is a copy of one before it. `now` is the time up to which every interface
    /// has been read.
    pub(super) fn is_copy(
        &mut self,
        packet: &RawPacket<'_>,
        decoded: &Decoded<'_>,
        now: Timestamp,
    ) -> bool {
        if !self.several && decoded.cooked.is_none() {
            return false;
        }
        let Some(sighting) = Sighting::of(packet, decoded) else {
            return false;
        };
        self.pass(now);
        let hash = self.hasher.hash_one((sighting.head, sighting.front()));
        let (mut nearest, mut translated) = (None, false);
        for kept in self
            .halves
            .iter_mut()
            .flat_map(|half| half.alike(hash, sighting))
        {
            let apart = sighting.time.nanos_since(kept.time).unsigned_abs();
            if u128::from(apart) > APART.as_nanos() || kept.passed(sighting.tap) {
                continue;
            }
            if kept.ends != sighting.ends {
                translated |= sighting.is_translated(kept);
            } else if nearest.as_ref().is_none_or(|(least, _)| apart < *least) {
                nearest = Some((apart, kept));
            }
        }
        if let Some((_, kept)) = nearest {
            kept.further.push(sighting.tap);
            self.found += 1;
            return true;
        }
        self.translated += u64::from(translated);
        let [younger, _] = &mut self.halves;
        younger.keep(hash, &sighting);
        false
    }

    /// Lets the older half go when all of it is past, or when the younger one is full.
    fn pass(&mut self, now: Timestamp) {
        let [younger, older] = &mut self.halves;
        let past = now.since(older.latest) > APART;
        if !past && younger.size() < CAP {
            return;
        }
        if !past {
            self.squeezed_out += older.datagrams.len() as u64;
        }
        std::mem::swap(younger, older);
        younger.clear();
    }
}

impl Half {
    /// The datagrams that have this head and, as far as both were captured, this payload.
    fn alike<'h>(
        &'h mut self,
        hash: u64,
        sighting: Sighting<'h>,
    ) -> impl Iterator<Item = &'h mut Kept> {
        let octets = &self.octets;
        let Sighting { head, payload, .. } = sighting;
        let same = move |kept: &&mut Kept| {
            let known = octets.get(kept.payload.clone()).unwrap_or_default();
            let both = known.len().min(payload.len());
            kept.head == head && known.get(..both) == payload.get(..both)
        };
        let datagrams = self.datagrams.iter_hash_mut(hash);
        datagrams.take(COMPARED).filter(same)
    }

    fn keep(&mut self, hash: u64, sighting: &Sighting<'_>) {
        let start = self.octets.len();
        self.octets.extend_from_slice(sighting.payload);
        self.latest = self.latest.max(sighting.time);
        let kept = Kept {
            hash,
            ends: sighting.ends,
            head: sighting.head,
            payload: start..self.octets.len(),
            time: sighting.time,
            tap: sighting.tap,
            further: Vec::new(),
        };
        self.datagrams.insert_unique(hash, kept, |kept| kept.hash);
    }

    fn size(&self) -> usize {
        self.octets.len() + self.datagrams.len() * size_of::<Kept>()
    }

    fn clear(&mut self) {
        self.datagrams.clear();
        self.octets.clear();
        self.latest = Timestamp(i64::MIN);
    }
}

impl Default for Half {
    fn default() -> Self {
        Self {
            datagrams: HashTable::new(),
            octets: Vec::new(),
            latest: Timestamp(i64::MIN),
        }
    }
}

impl Kept {
    /// Whether it was captured there before.
    fn passed(&self, tap: Tap) -> bool {
        self.tap == tap || self.further.contains(&tap)
    }
}

impl<'a> Sighting<'a> {
    /// What can be told from its copies: `None` for a fragment, which is not yet a datagram,
    /// and for what has no ports.
    fn of(packet: &RawPacket<'_>, decoded: &Decoded<'a>) -> Option<Self> {
        let (ends, segment, payload) = match decoded.payload {
            Payload::Udp {
                five_tuple,
                payload,
            } => (five_tuple, None, payload),
            Payload::Tcp {
                five_tuple,
                seq,
                ack,
                flags,
                payload,
            } => (five_tuple, Some((seq, ack, flags)), payload),
            Payload::Icmp { .. } | Payload::Fragment(_) | Payload::Other | Payload::None => {
                return None;
            }
        };
        Some(Self {
            ends,
            head: Head {
                ip_id: decoded.identity.ip_id,
                segment,
                wire_len: payload.wire_len,
            },
            payload: payload.captured,
            time: packet.time,
            tap: Tap {
                interface: packet.interface,
                cooked: decoded.cooked,
            },
        })
    }

    /// The octets at its front, which hold what tells datagrams apart (sequence number, record
    /// number, transaction), and are there in cut frames too.
    fn front(&self) -> &'a [u8] {
        self.payload.get(..16).unwrap_or(self.payload)
    }

    /// Whether one end of a datagram, and only one, was given another address, beyond doubt: its
    /// identification is not the zero that many write where they forbid fragments.
    fn is_translated(&self, kept: &Kept) -> bool {
        let (one, other) = (&self.ends, &kept.ends);
        let source = one.dst == other.dst && one.src.ip() != other.src.ip();
        let destination = one.src == other.src && one.dst.ip() != other.dst.ip();
        (source || destination) && self.head.ip_id.is_some_and(|id| id != 0)
    }
}

#[cfg(test)]
mod tests;
