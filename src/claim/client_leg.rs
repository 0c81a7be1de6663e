//! `client-leg-encrypted`: is the leg between client and relay TLS or DTLS?

use super::case::Case;
use super::catalogue::LEG;
use super::{Evidence, Judgement, Scope, Verdict};
use crate::base::addr::Transport;
use crate::base::told::told;
use crate::exposure::LegKind;
use crate::flow::Inside;

/// Legs on which TURN is readable, and those whose TLS handshake says that it runs inside.
pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    if !case.sees_leg(LegKind::Client) {
        return Vec::new();
    }
    // What was opened of a leg is not the leg.
    let legs = case.scene.legs.iter();
    let legs = legs.filter(|leg| leg.ends.transport != Transport::Tls);
    legs.filter_map(|leg| {
        let scope = Scope::Leg(leg.id);
        if let Some(evidence) = Evidence::of(leg.messages.clone()) {
            let found = told![leg.ends.src, " speaks TURN in clear with ", leg.ends.dst];
            let judged = (Verdict::Violated(evidence), found);
            return Some(case.judgement(&LEG, scope, judged, "messages in clear"));
        }
        let evidence = Evidence::of(leg.sealed.clone())?;
        let flow = case.tracker.flow(&leg.ends.key().0);
        let (says, basis) = match flow.and_then(|flow| flow.turn_tls) {
            Some(Inside::Keyed) => (" speaks TURN inside TLS with ", "opened with its keys"),
            _ => (
                " says in its TLS handshake that TURN runs inside, with ",
                "application protocol of the handshake",
            ),
        };
        let rest = "; the relay, where this leg ends, reads all of it";
        let found = told![leg.ends.src, says, leg.ends.dst, rest];
        let judged = (Verdict::Holds(evidence), found);
        Some(case.judgement(&LEG, scope, judged, basis))
    })
    .collect()
}
