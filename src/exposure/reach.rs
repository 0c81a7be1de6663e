//! Whether an observer can reach the keys of what is sealed on the wire.

use super::protection::Agreement;
use super::{Vantage, sees_message};
use crate::flow::{Association, SessionDescription, Tracker};

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
pub fn reach<'t>(tracker: &Tracker, vantage: Vantage, agreement: Agreement<'t>) -> Reach<'t> {
    match agreement {
        Agreement::Description(description) => {
            if sees_message(tracker, vantage, description) {
                Reach::Reads(description)
            } else if vantage.may_hold_keys() {
                Reach::MayEnd
            } else {
                Reach::Beyond
            }
        }
        Agreement::Handshake(_) if vantage.may_hold_keys() => Reach::MayEnd,
        Agreement::Handshake(association) if vantage == Vantage::Relay => {
            of_relay(tracker, association)
        }
        Agreement::Handshake(_) => Reach::Beyond,
    }
}

/// A relay has no part in a handshake that was seen on both its legs; in one that was seen on one
/// leg it may have.
fn of_relay<'t>(tracker: &Tracker, association: &Association) -> Reach<'t> {
    let (one, other) = association.ends();
    let place = |a: &Association| (a.flow, a.relayed);
    let all = tracker.associations();
    let elsewhere = || {
        all.iter()
            .filter(|a| place(a) != place(association))
            .copied()
    };
    if elsewhere().any(|a| a.same_handshake(association)) {
        return Reach::Beyond;
    }
    let beside = |a: &Association| {
        let ends = a.ends();
        a.server_random.is_some() && (ends == (one, other) || ends == (other, one))
    };
    if elsewhere().any(beside) {
        Reach::MayEnd
    } else {
        Reach::OneLeg
    }
}
