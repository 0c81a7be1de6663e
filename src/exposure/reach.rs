//! Whether an observer can reach the keys of what is sealed on the wire.

use super::agreement::Agreements;
use super::protection::Agreement;
use super::{Vantage, sees_message};
use crate::flow::{Association, RtcpSender, SessionDescription};

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
    /// The key passed in signalling, in clear, and the rest of its way may lead by here.
    Elsewhere,
    /// Nothing shows who agreed on the keys.
    NotSeen,
    /// What would show who agreed on the keys may stand beyond the cut of a frame.
    Cut,
}

/// What `vantage` can do with the keys of this agreement.
pub fn reach<'t>(
    agreements: &Agreements<'_>,
    vantage: Vantage,
    agreement: Agreement<'t>,
) -> Reach<'t> {
    match agreement {
        Agreement::Description(description) => {
            if sees_message(agreements, vantage, description) {
                Reach::Reads(description)
            } else if vantage.may_hold_keys() {
                Reach::MayEnd
            } else if description.given_in().is_none() && is_known(agreements, vantage) {
                Reach::Beyond
            } else {
                Reach::Elsewhere
            }
        }
        Agreement::Handshake(_) if vantage.may_hold_keys() => Reach::MayEnd,
        Agreement::Handshake(association) if vantage == Vantage::Relay => {
            of_relay(agreements, association)
        }
        Agreement::Handshake(_) => Reach::Beyond,
    }
}

/// Whether all hosts of an observer are known, so that what does not pass them does not pass it: a
/// relay whose answers are not in the capture may be any host.
fn is_known(agreements: &Agreements<'_>, vantage: Vantage) -> bool {
    match vantage {
        Vantage::PathClient | Vantage::PathPeer => false,
        Vantage::Relay => !agreements.facts.servers.is_empty(),
        _ => true,
    }
}

/// What `vantage` can do with the keys of the sealed reports of this sender.
pub fn reach_of_reports<'t>(
    agreements: &Agreements<'t>,
    vantage: Vantage,
    sender: &RtcpSender,
) -> Reach<'t> {
    let (from, to) = sender.ends();
    if let Some(association) = agreements.handshake_on(&sender.key, (from, to), sender.last) {
        return reach(agreements, vantage, Agreement::Handshake(association));
    }
    if let Some((description, _)) = agreements.keyed_at(from) {
        return reach(agreements, vantage, Agreement::Description(description));
    }
    // The trailer counts: they are sealed, whoever agreed on it. Some relays agree on keys with
    // their clients by ways that nobody sees.
    match vantage {
        vantage if vantage.may_hold_keys() => Reach::MayEnd,
        Vantage::Relay => Reach::NotSeen,
        _ if agreements.tracker.totals().cut > 0 => Reach::Cut,
        // One of the keys in signalling may be theirs, where their ends are not known.
        _ if agreements.facts.media_key => Reach::Elsewhere,
        _ => Reach::Beyond,
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
