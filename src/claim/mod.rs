//! What is claimed about relays, and what the packets say to it.
//!
//! A verdict that holds or is violated cannot be made without a packet: [`Evidence`] has no other
//! constructor than one that asks for them. What cannot be shown is inconclusive, with its gap.

mod account;
mod catalogue;
mod forwards;
mod peers;

use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::exposure::Vantage;
use crate::flow::Tracker;

pub use catalogue::{CATALOGUE, Claim, find};

/// The packets on which a verdict rests: never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence(Sample);

impl Evidence {
    /// Evidence of these packets; `None` where there is none.
    pub fn of(packets: Sample) -> Option<Self> {
        (packets.total() > 0).then_some(Self(packets))
    }

    /// The packets, the first of them and their count.
    pub const fn packets(&self) -> &Sample {
        &self.0
    }
}

/// Why a claim cannot be judged, and what would decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// The relayed address was told before the capture began.
    BeganMidCall,
    /// Only one of the two legs is in the capture.
    OneLeg,
    /// Too few datagrams were compared.
    TooLittle,
    /// Frames were cut, so that datagrams were compared in part.
    CutFrames,
    /// The capture says that it lost packets.
    Dropped,
    /// A filter left packets out.
    Filtered,
    /// Something left that did not enter while the entering leg may not have been captured whole.
    LeftUnexplained,
    /// The peer was told before the capture began.
    PeerUnknown,
    /// Nobody identified himself on this leg while it was captured.
    NoRequest,
    /// Octets that were not understood may name what is asked for.
    NotUnderstood,
    /// The bounded tables let something go that is needed.
    Evicted,
}

impl Gap {
    /// The gap in a sentence, with what would close it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::BeganMidCall => {
                "the capture began after the relayed address was told: capture from before the call"
            }
            Self::OneLeg => {
                "only one side of the relay is in the capture: capture on all its interfaces"
            }
            Self::TooLittle => {
                "fewer than 100 media datagrams and no DTLS handshake were compared: capture a call"
            }
            Self::CutFrames => {
                "frames were cut, so octets beyond the cut were not compared: capture without -s"
            }
            Self::Dropped => "the capture lost packets, which may hide a difference: capture again",
            Self::Filtered => {
                "a filter left packets out, which may hide what refutes it: analyse without --filter"
            }
            Self::LeftUnexplained => {
                "datagrams left while what entered was not captured whole: capture from before the \
                 call to its end, on all interfaces"
            }
            Self::PeerUnknown => {
                "no message that names the peer was captured: capture from before the call"
            }
            Self::NoRequest => {
                "no request was granted while this leg was captured: capture from before the call"
            }
            Self::NotUnderstood => "octets that were not understood may name the client",
            Self::Evicted => "tables were full and let datagrams go: analyse a shorter capture",
        }
    }
}

/// What the packets say to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Proven by these packets; where it speaks of all packets, these were examined.
    Holds(Evidence),
    /// Refuted by these packets.
    Violated(Evidence),
    /// Neither, and why; the packets that there were.
    Inconclusive(Gap, Option<Evidence>),
}

impl Verdict {
    /// The word in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Holds(_) => "holds",
            Self::Violated(_) => "violated",
            Self::Inconclusive(..) => "inconclusive",
        }
    }

    /// The packets behind it.
    pub const fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Holds(evidence) | Self::Violated(evidence) => Some(evidence),
            Self::Inconclusive(_, evidence) => evidence.as_ref(),
        }
    }

    /// Why it is inconclusive.
    pub const fn gap(&self) -> Option<Gap> {
        match self {
            Self::Inconclusive(gap, _) => Some(*gap),
            _ => None,
        }
    }

    /// Makes what holds inconclusive.
    fn doubt(&mut self, gap: Gap) {
        if let Self::Holds(evidence) = self {
            *self = Self::Inconclusive(gap, Some(evidence.clone()));
        }
    }

    /// Holds on these packets; without any, what `gap` says.
    fn holds(packets: Sample, gap: Gap) -> Self {
        Evidence::of(packets).map_or(Self::Inconclusive(gap, None), Self::Holds)
    }
}

/// What a judgement speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A path, by its number.
    Path(u64),
    /// A leg between client and relay, by its number.
    Leg(u64),
}

impl Scope {
    /// Kind and number.
    pub const fn parts(self) -> (&'static str, u64) {
        match self {
            Self::Path(id) => ("path", id),
            Self::Leg(id) => ("leg", id),
        }
    }
}

/// One claim, judged for one scope.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Which claim.
    pub claim: &'static Claim,
    /// What it speaks of.
    pub scope: Scope,
    /// For whom it was judged.
    pub observer: Vantage,
    /// The verdict.
    pub verdict: Verdict,
    /// What was found, in a line.
    pub found: Told,
    /// How that is known.
    pub basis: &'static str,
}

impl Judgement {
    /// A display filter that shows the evidence in other tools.
    pub fn display_filter(&self) -> Option<Told> {
        let packets = self.verdict.evidence()?.packets().packets();
        let numbers = packets.iter().map(|number| Told::from(*number));
        Some(told!["frame.number in {", Told::joined(numbers, ", "), "}"])
    }
}

/// What is known of the capture that bounds every verdict.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Packets that the capturing side lost.
    pub dropped: u64,
    /// Packets that a filter left out.
    pub hidden: u64,
}

/// Judges every claim of the catalogue that the capture exercises.
pub fn judge(tracker: &Tracker, observer: Vantage, limits: Limits) -> Vec<Judgement> {
    let mut judged = forwards::judge(tracker, observer, limits);
    judged.extend(peers::judge(tracker, observer));
    judged.extend(account::judge(tracker, observer));
    // What holds, holds of all packets. One that nobody looked at could have refuted it.
    if limits.hidden > 0 {
        for judgement in &mut judged {
            judgement.verdict.doubt(Gap::Filtered);
        }
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_evidence_can_be_made_without_a_packet() {
        assert!(Evidence::of(Sample::default()).is_none());
        let verdict = Verdict::holds(Sample::default(), Gap::TooLittle);
        assert_eq!(verdict, Verdict::Inconclusive(Gap::TooLittle, None));
    }

    #[test]
    fn doubt_touches_only_what_holds() {
        let one = || Evidence::of(Sample::of(1)).expect("a packet");
        let (mut holds, mut violated) = (Verdict::Holds(one()), Verdict::Violated(one()));
        holds.doubt(Gap::Filtered);
        violated.doubt(Gap::Filtered);
        assert_eq!(holds, Verdict::Inconclusive(Gap::Filtered, Some(one())));
        assert_eq!(violated, Verdict::Violated(one()));
    }
}
