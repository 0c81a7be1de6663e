//! `client-leg-encrypted`: is the leg between client and relay TLS or DTLS?

use super::case::Case;
use super::catalogue::LEG;
use super::{Evidence, Judgement, Scope, Verdict};
use crate::base::told::told;
use crate::exposure::LegKind;

/// Legs on which TURN is readable. What runs inside TLS is not read yet, so none is known that
/// would hold.
pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    if !case.sees_leg(LegKind::Client) {
        return Vec::new();
    }
    let legs = case.scene.legs.iter();
    legs.filter_map(|leg| {
        let evidence = Evidence::of(leg.messages.clone())?;
        let found = told![leg.ends.src, " speaks TURN in clear with ", leg.ends.dst];
        let (scope, verdict) = (Scope::Leg(leg.id), Verdict::Violated(evidence));
        Some(case.judgement(&LEG, scope, (verdict, found), "messages in clear"))
    })
    .collect()
}
