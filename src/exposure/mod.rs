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
/// Of one that was given nobody knows its way: who signalling passes has it, and its parties.
fn sees_message(
    agreements: &Agreements<'_>,
    vantage: Vantage,
    description: &SessionDescription,
) -> bool {
    if description.given_in().is_some() {
        return matches!(vantage, Vantage::Signalling | Vantage::Endpoint);
    }
    let mut hops = agreements.hops_of(description);
    hops.any(|hop| leg::passes(&agreements.facts, vantage, hop))
}
