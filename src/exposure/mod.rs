//! Who can read what.
//!
//! What guards each payload is judged here, and for each observer a ledger is kept: every value
//! that the capture shows on a leg which that observer sees, what is sealed for it, what cannot be
//! told, and what follows from the rest.

mod agreement;
mod dtls;
mod ledger;
mod leg;
mod octets;
mod packet;
mod protection;
mod reach;
mod uniform;
mod vantage;

pub use agreement::Agreements;
pub use ledger::{Exposure, Strength, Visibility, ledger};
pub use leg::{Leg, leg, sees};
pub use octets::{Octets, octets, octets_by_flow, sealed_octets};
pub use packet::{Gathered, Heard, Lens, PacketView, Region, Unsealed, Wire, words};
pub use protection::{Agreement, Doubt, Protection, Protections, State};
pub use reach::{Reach, reach, reach_of_reports};
pub use uniform::Uniform;
pub use vantage::{LegKind, Vantage};

use crate::base::sample::Sample;
use crate::flow::SessionDescription;

/// Why we think so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// It looks like it.
    Shape,
    /// A handshake or signalling was seen.
    Negotiated,
    /// Tags were verified with a key.
    Keyed,
}

impl Basis {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Negotiated => "negotiated",
            Self::Keyed => "keyed",
        }
    }
}

/// Whether an observer sees a message that carried a session description, on any hop of its way.
fn sees_message(
    agreements: &Agreements<'_>,
    vantage: Vantage,
    description: &SessionDescription,
) -> bool {
    let first = [description.ends.src.ip(), description.ends.dst.ip()];
    // A description that a proxy passes on unchanged is kept once, with the packets of each hop.
    let carried = |seen: &Sample| {
        let carrying = description.packets.packets();
        seen.packets()
            .iter()
            .any(|number| carrying.contains(number))
    };
    let hops = agreements.calls.iter().flat_map(|call| &call.flows);
    let mut hops = hops.filter(|(_, seen)| carried(seen));
    let facts = &agreements.facts;
    leg::passes(facts, vantage, first)
        || hops.any(|(hop, _)| leg::passes(facts, vantage, [hop.a.ip(), hop.b.ip()]))
}
