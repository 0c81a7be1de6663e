//! Who can read what.
//!
//! What guards each payload is judged here, and for each observer a ledger is kept: every value
//! that the capture shows on a leg which that observer sees, what is sealed for it, what cannot be
//! told, and what follows from the rest.

mod dtls;
mod ledger;
mod leg;
mod octets;
mod packet;
mod protection;
mod reach;
mod vantage;

pub use ledger::{Exposure, Strength, Visibility, ledger};
pub use leg::{Leg, leg, legs, sees};
pub use octets::{Octets, octets};
pub use packet::{Lens, PacketView, Region, Wire, words};
pub use protection::{
    Agreement, Doubt, Protection, State, handshake_of, handshake_on, keyed_at, protection,
};
pub use reach::{Reach, reach};
pub use vantage::{LegKind, Vantage};

use crate::flow::{SessionDescription, Tracker};

/// Why we think so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// It looks like it.
    Shape,
    /// A handshake or signalling was seen.
    Negotiated,
}

impl Basis {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Negotiated => "negotiated",
        }
    }
}

/// Whether an observer sees the message that carried a session description.
pub fn sees_message(tracker: &Tracker, vantage: Vantage, description: &SessionDescription) -> bool {
    let ends = [description.ends.src.ip(), description.ends.dst.ip()];
    leg::passes(tracker, vantage, ends)
}
