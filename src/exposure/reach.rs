//! Whether an observer can reach the keys of what is sealed on the wire.

use super::agreement::Agreements;
use super::protection::Agreement;
use super::{Vantage, sees_message};
use crate::flow::{Association, OpenedReports, RtcpSender, SessionDescription};

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
    agreements: &Agreements<'t>,
    vantage: Vantage,
    agreement: Agreement<'t>,
) -> Reach<'t> {
    match agreement {
        Agreement::Description(description) => {
            let mut carrying = agreements.with_keys_of(description);
            let seen = carrying.find(|carrier| sees_message(agreements, vantage, carrier));
            match seen {
                Some(read) => Reach::Reads(read),
                None if vantage.may_hold_keys() => Reach::MayEnd,
                // Its way may be longer than the hops in the capture, and lead by hosts of the
                // observer of which nothing is known.
                None => Reach::Elsewhere,
            }
        }
        Agreement::Handshake(_) if vantage.may_hold_keys() => Reach::MayEnd,
        Agreement::Handshake(association) if vantage == Vantage::Relay => {
            of_relay(agreements, association)
        }
        Agreement::Handshake(_) => Reach::Beyond,
    }
}

/// What `vantage` can do with the keys of the sealed reports of this sender.
pub fn reach_of_reports<'t>(
    agreements: &Agreements<'t>,
    vantage: Vantage,
    sender: &RtcpSender,
) -> Reach<'t> {
    let opened = sender.opened().and_then(OpenedReports::key);
    if let Some(agreement) = opened.and_then(|key| agreements.of_key(key, &sender.key)) {
        return reach(agreements, vantage, agreement);
    }
    let (from, to) = sender.ends();
    let handshake = agreements.handshake_on(&sender.key, (from, to), sender.last);
    // One that is known to offer no SRTP made no keys of reports.
    let offers = |of: &&Association| {
        of.offered_profiles
            .as_ref()
            .is_none_or(|all| !all.is_empty())
    };
    if let Some(association) = handshake.filter(offers) {
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

/// A relay has no part in a handshake that was seen on both its legs and ends at neither with it;
/// in one that was seen on one leg it may have.
fn of_relay<'t>(agreements: &Agreements<'_>, association: &Association) -> Reach<'t> {
    if agreements.is_elsewhere(association) {
        return match agreements.end_at_relay(association) {
            Some(_) => Reach::MayEnd,
            None => Reach::Beyond,
        };
    }
    let place = |a: &Association| (a.flow, a.relayed);
    let mut between = agreements.handshakes_between(association.ends()).iter();
    if between.any(|a| a.server_random.is_some() && place(a) != place(association)) {
        Reach::MayEnd
    } else {
        Reach::OneLeg
    }
}
