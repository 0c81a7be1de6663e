//! What is claimed about relays, and what the packets say to it.
//!
//! A verdict that holds or is violated cannot be made without a packet: [`Evidence`] has no other
//! constructor than one that asks for them. What cannot be shown is inconclusive, with its gap.

mod account;
mod beside;
mod case;
mod catalogue;
mod certificate;
mod client_leg;
mod connection;
mod forwards;
mod gap;
mod header;
mod layer;
mod life;
mod media;
pub mod origin;
mod outside;
mod own_address;
mod peers;
mod relay_only;
mod rtcp;
mod server;
mod signalling;
mod speech;
mod subject;
mod torn;

use case::Case;

use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::capture::Loss;
use crate::exposure::{Protections, Vantage};
use crate::flow::Scene;

pub use catalogue::{CATALOGUE, Claim, find};
pub use gap::{Gap, OpenedGap};
pub use subject::Subject;

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

    /// Violated by these packets; without any, what `gap` says.
    fn violated(packets: Sample, gap: Gap) -> Self {
        Evidence::of(packets).map_or(Self::Inconclusive(gap, None), Self::Violated)
    }

    /// Holds on these packets; without any, what `gap` says.
    fn holds(packets: Sample, gap: Gap) -> Self {
        Evidence::of(packets).map_or(Self::Inconclusive(gap, None), Self::Holds)
    }
}

/// What a judgement speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A path, by its number.
    Path(u64),
    /// A leg between client and relay, by its number.
    Leg(u64),
    /// An RTP stream, by its number.
    Stream(u64),
    /// A sender of RTCP, by its number.
    RtcpSender(u64),
    /// A DTLS association, by its number.
    Association(u64),
    /// A server, by its number.
    Server(u64),
    /// A session, by its number.
    Session(u64),
    /// The whole capture.
    Capture,
}

impl Scope {
    /// Kind and number; the capture has none.
    pub const fn parts(self) -> (&'static str, Option<u64>) {
        match self {
            Self::Path(id) => ("path", Some(id)),
            Self::Leg(id) => ("leg", Some(id)),
            Self::Stream(id) => ("stream", Some(id)),
            Self::RtcpSender(id) => ("rtcp-sender", Some(id)),
            Self::Association(id) => ("association", Some(id)),
            Self::Server(id) => ("server", Some(id)),
            Self::Session(id) => ("session", Some(id)),
            Self::Capture => ("capture", None),
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
    /// Statistics that agree; they never decide alone.
    pub supporting: Vec<Support>,
}

/// A statistic that agrees with a verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Support {
    /// Which test.
    pub test: &'static str,
    /// The chance that it errs; `None` where it could not be made.
    pub p_value: Option<f64>,
    /// Packets that it rests on.
    pub n: u64,
}

impl Judgement {
    /// A display filter that shows the evidence in other tools.
    pub fn display_filter(&self) -> Option<Told> {
        let packets = self.verdict.evidence()?.packets().packets();
        let numbers = packets.iter().map(|number| Told::from(*number));
        Some(told!["frame.number in {", Told::joined(numbers, ", "), "}"])
    }
}

/// What is known beside the packets, and bounds every verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// When packets were lost: they bound the verdicts on what was alive then, and no others.
    pub losses: Vec<Loss>,
    /// Packets that a filter left out.
    pub hidden: u64,
    /// SHA-256 fingerprints that the user knows, in upper-case hexadecimal without colons.
    pub fingerprints: Vec<String>,
}

/// Judges every claim of the catalogue that the scene exercises, in the order of the catalogue.
pub fn judge(
    scene: &Scene<'_>,
    protections: &Protections<'_>,
    observer: Vantage,
    limits: Limits,
) -> Vec<Judgement> {
    let case = Case::new(scene, protections, observer, limits);
    let claims = [
        forwards::judge,
        outside::judge,
        media::judge,
        rtcp::judge,
        header::judge,
        speech::judge,
        peers::judge,
        account::judge,
        client_leg::judge,
        signalling::judge,
        certificate::judge,
        server::judge,
        layer::judge,
        relay_only::judge,
    ];
    let mut judged: Vec<_> = claims
        .into_iter()
        .flat_map(|of_claim| of_claim(&case))
        .collect();
    let short_of_room = case.tracker.is_short_of_room();
    let evicted = case.tracker.evicted().iter().any(|(_, count)| *count > 0);
    for judgement in &mut judged {
        // What holds, holds of all packets. One that nobody looked at could have refuted it.
        if case.limits.hidden > 0 {
            judgement.verdict.doubt(Gap::Filtered);
        }
        if case.touched.scope(judgement.scope) {
            judgement.verdict.doubt(Gap::Dropped);
        }
        if case.torn.scope(judgement.scope) {
            judgement.verdict.doubt(Gap::Fragments);
        }
        // A name may be among the values that found no room, and a call with a key among those
        // that were let go.
        if short_of_room || (judgement.scope == Scope::Capture && evicted) {
            judgement.verdict.doubt(Gap::Evicted);
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
