//! Whether the octets at each position of a stream's payloads are spread as a cipher spreads them.
//!
//! A codec writes a header, and a header repeats: one value of one position occurs more often than
//! chance allows. That refutes sealing. Its absence supports sealing and proves nothing: G.729, and
//! whatever else has no header, passes as uniform. Nothing here knows a codec.

use super::chance;
use super::gather::{Gathered, Head, OFFSETS, UNIFORM_OCTETS};
use crate::base::sample::Sample;

/// What made the structure visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// One value of one position is too frequent.
    TopValue {
        /// Position, in octets from the first of the payload.
        offset: u8,
        /// The value.
        value: u8,
    },
    /// The values of all octets together are unevenly spread.
    Pooled,
}

/// How the octets at one position of the payload are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Its most frequent value; of equals the one that was first to be so frequent.
    pub value: u8,
    /// Packets that have that value here.
    pub count: u8,
    /// Packets that reach so far.
    pub packets: u8,
}

/// What one position says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// As a cipher spreads them.
    Uniform,
    /// As no cipher does.
    Structured,
    /// Too few packets.
    Unknown,
}

/// What the payload's octets say of sealing.
#[derive(Debug, Clone, PartialEq)]
pub enum Structure {
    /// No cipher writes this: the payload, or a header in it, is readable.
    Structured {
        /// What showed it first.
        by: By,
        /// Positions that are structured by now, a bit each.
        offsets: u32,
        /// Packets that had been seen when it was looked for and found.
        packets: u32,
        /// Chance that a cipher shows this.
        p_value: f64,
    },
    /// All tests fail on enough packets: supports sealing, does not prove it.
    Uniform {
        /// Packets examined.
        packets: u32,
        /// Octets examined.
        octets: u32,
        /// The smallest chance at any position.
        p_value: f64,
    },
    /// Too few packets or octets for either.
    TooFew {
        /// Packets examined.
        packets: u32,
    },
}

/// Chances below this power of ten are no chance. Sealed streams never came below 10^-4.2.
///
/// Pairs of equal octets (the index of coincidence) find nothing sooner, and ten deviations of them
/// in 20 packets happen to a cipher once in 240,000 positions.
const IMPOSSIBLE: f64 = -9.0;
/// No count below this is impossible, and hardly any position of a cipher reaches it.
const FEWEST: u8 = 5;
/// Deviations in the chi-square of all octets, and the octets from which they mean something.
const POOLED: (f64, u32) = (8.0, 1_280);
/// Packets that "uniform" rests on at least.
const UNIFORM_PACKETS: u32 = 50;

impl Position {
    /// The decadic logarithm of the chance of such a top value.
    fn log_p(self) -> f64 {
        chance::top_value(self.packets.into(), self.count.into())
    }

    /// Chance that a cipher makes one value so frequent.
    pub fn p_value(self) -> f64 {
        power(self.log_p())
    }

    /// Whether no cipher wrote this.
    fn is_structured(self) -> bool {
        self.count >= FEWEST && self.log_p() < IMPOSSIBLE
    }

    /// What this position says by itself.
    pub fn spread(self) -> Spread {
        if self.is_structured() {
            Spread::Structured
        } else if u32::from(self.packets) >= UNIFORM_PACKETS {
            Spread::Uniform
        } else {
            Spread::Unknown
        }
    }
}

/// How the octets at each of the first positions are spread.
pub(super) fn strip<'h>(heads: &(impl Iterator<Item = &'h Head> + Clone)) -> [Position; OFFSETS] {
    std::array::from_fn(|offset| {
        let octets = heads.clone().filter_map(|head| head.octets().get(offset));
        position(octets)
    })
}

fn position<'o>(octets: impl Iterator<Item = &'o u8>) -> Position {
    let mut counts = [0_u8; 256];
    let mut position = Position::default();
    for octet in octets {
        let Some(count) = counts.get_mut(usize::from(*octet)) else {
            continue;
        };
        *count += 1;
        position.packets += 1;
        if *count > position.count {
            (position.count, position.value) = (*count, *octet);
        }
    }
    position
}

/// The moment at which structure was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    by: By,
    packets: u32,
    log_p: f64,
}

/// Looks for structure in what is gathered so far.
pub(super) fn find(gathered: &Gathered, strip: &[Position; OFFSETS]) -> Option<Found> {
    let packets = gathered.packets();
    let mut positions = strip.iter().enumerate();
    if let Some((offset, position)) = positions.find(|(_, position)| position.is_structured()) {
        return Some(Found {
            by: By::TopValue {
                offset: offset as u8,
                value: position.value,
            },
            packets,
            log_p: position.log_p(),
        });
    }
    let z = chance::pooled_z(gathered.pooled());
    (gathered.octets() >= POOLED.1 && z > POOLED.0).then(|| Found {
        by: By::Pooled,
        packets,
        log_p: chance::pooled(z),
    })
}

/// Whether a look after so many packets is worth its time. The judgement looks once more.
pub(super) const fn is_due(packets: u32) -> bool {
    matches!(packets, 2 | 3 | 5 | 8 | 20 | 50)
}

/// What is to be said, given what was found.
pub(super) fn structure(
    gathered: &Gathered,
    found: Option<Found>,
    strip: &[Position; OFFSETS],
) -> Structure {
    let (packets, octets) = (gathered.packets(), gathered.octets());
    if let Some(found) = found {
        let structured = strip
            .iter()
            .enumerate()
            .filter(|(_, position)| position.is_structured());
        return Structure::Structured {
            by: found.by,
            offsets: structured.fold(0, |bits, (offset, _)| bits | 1 << offset),
            packets: found.packets,
            p_value: power(found.log_p),
        };
    }
    if packets < UNIFORM_PACKETS || octets < UNIFORM_OCTETS {
        return Structure::TooFew { packets };
    }
    let smallest = strip
        .iter()
        .map(|position| position.log_p())
        .fold(0.0, f64::min);
    Structure::Uniform {
        packets,
        octets,
        p_value: power(smallest),
    }
}

/// The packets that show the structure.
pub(super) fn evidence(gathered: &Gathered, found: Option<Found>) -> Sample {
    let mut sample = Sample::default();
    let Some(found) = found else {
        return sample;
    };
    for (index, head) in gathered.heads().iter().enumerate() {
        let shows = match found.by {
            By::TopValue { offset, value } => {
                head.octets().get(usize::from(offset)) == Some(&value)
            }
            By::Pooled => index < found.packets as usize,
        };
        if shows {
            sample.add(gathered.number(head));
        }
    }
    sample
}

/// The chance itself; never zero, since none of this is impossible.
pub(super) fn power(log: f64) -> f64 {
    10_f64.powf(log).max(f64::MIN_POSITIVE)
}
