//! Whether an observer can reach the keys of what is sealed on the wire.

use super::agreement::Agreements;
use super::protection::Agreement;
use super::{Vantage, sees_message};
use crate::flow::{Association, SessionDescription};

/// What an observer can do with the keys of what is sealed.
#[derive(Debug, Clone, Copy)]
pub enum Reach<'t> {
    /// Nothing: it holds none.
    Beyond,
    /// It reads the key in this description.
    Reads(&'t SessionDescription),
    /// It is, or may be, at the end of the handshake.
    MayEnd,
    /// The handshake was seen on one leg only: it may end there or pass through.
    OneLeg,
}

/// What `vantage` can do with the keys of this agreement.
pub fn reach<'t>(
    agreements: &Agreements<'_>,
    vantage: Vantage,
    agreement: Agreement<'t>,
) -> Reach<'t> {
    match agreement {
        Agreement::Description(description) => {
            if sees_message(agreements.tracker, vantage, description) {
                Reach::Reads(description)
            } else if vantage.may_hold_keys() {
                Reach::MayEnd
            } else {
                Reach::Beyond
            }
        }
        Agreement::Handshake(_) if vantage.may_hold_keys() => Reach::MayEnd,
        Agreement::Handshake(association) if vantage == Vantage::Relay => {
            of_relay(agreements, association)
        }
        Agreement::Handshake(_) => Reach::Beyond,
    }
}

/// A relay has no part in a handshake that was seen on both its legs; in one that was seen on one
/// leg it may have.
fn of_relay<'t>(agreements: &Agreements<'_>, association: &Association) -> Reach<'t> {
    if agreements.is_elsewhere(association) {
        return Reach::Beyond;
    }
    let place = |a: &Association| (a.flow, a.relayed);
    let mut between = agreements.handshakes_between(association.ends()).iter();
    if between.any(|a| a.server_random.is_some() && place(a) != place(association)) {
        Reach::MayEnd
    } else {
        Reach::OneLeg
    }
}
