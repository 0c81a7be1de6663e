//! `client-leg-encrypted`: is the leg between client and relay TLS or DTLS?

use super::case::Case;
use super::catalogue::LEG;
use super::{Evidence, Judgement, Scope, Verdict};
use crate::base::told::told;
use crate::exposure::LegKind;

/// Legs on which TURN is readable, and those whose TLS handshake says that it runs inside.
pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    if !case.sees_leg(LegKind::Client) {
        return Vec::new();
    }
    let legs = case.scene.legs.iter();
    legs.filter_map(|leg| {
        let scope = Scope::Leg(leg.id);
        if let Some(evidence) = Evidence::of(leg.messages.clone()) {
            let found = told![leg.ends.src, " speaks TURN in clear with ", leg.ends.dst];
            let judged = (Verdict::Violated(evidence), found);
            return Some(case.judgement(&LEG, scope, judged, "messages in clear"));
        }
        let evidence = Evidence::of(leg.sealed.clone())?;
        let found = told![
            leg.ends.src,
            " says in its TLS handshake with ",
            leg.ends.dst,
            " that TURN runs inside; the relay, where this leg ends, reads all of it"
        ];
        let judged = (Verdict::Holds(evidence), found);
        Some(case.judgement(&LEG, scope, judged, "application protocol of the handshake"))
    })
    .collect()
}
