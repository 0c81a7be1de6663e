//! `account-not-named`: is a TURN user name readable on the client's leg?

use super::case::Case;
use super::catalogue::ACCOUNT;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::sample::Sample;
use crate::base::told::{Name, Told, told};
use crate::exposure::{LegKind, Vantage};
use crate::flow::TurnLeg;

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    // Whoever does not see the client's leg does not see what this claim speaks of.
    if !case.sees_leg(LegKind::Client) {
        return Vec::new();
    }
    let judge_leg = |leg: &TurnLeg| {
        if leg.messages.total() == 0 {
            return sealed(case, leg);
        }
        let (mut verdict, found) = verdict(leg, case.observer);
        // The name may stand beyond the cut.
        if case.tracker.totals().cut > 0 {
            verdict.doubt(Gap::CutFrames);
        }
        if case.is_unread(&leg.ends.key().0) {
            verdict.doubt(Gap::UnreadConnection);
        }
        let judged = (verdict, found);
        case.judgement(&ACCOUNT, Scope::Leg(leg.id), judged, "names in clear")
    };
    case.legs().map(judge_leg).collect()
}

/// A leg that is TLS: the name is for the relay to read, which opens it, and for nobody on the way.
fn sealed(case: &Case<'_>, leg: &TurnLeg) -> Judgement {
    let packets = match case.observer {
        Vantage::Relay => Sample::default(),
        _ => leg.sealed.clone(),
    };
    let found = told!["TLS seals what ", leg.ends.src, " sends on this leg"];
    let judged = (Verdict::holds(packets, Gap::UnreadConnection), found);
    case.judgement(&ACCOUNT, Scope::Leg(leg.id), judged, "names in clear")
}

fn verdict(leg: &TurnLeg, observer: Vantage) -> (Verdict, Told) {
    let mut naming = Sample::default();
    leg.usernames
        .values()
        .for_each(|packets| naming.merge(packets));
    let client = leg.ends.src;
    if let Some(evidence) = Evidence::of(naming) {
        let names = leg.usernames.keys().map(|name| Name::User.of(name));
        return (
            Verdict::Violated(evidence),
            told![client, " is ", Told::joined(names, ", ")],
        );
    }
    if observer == Vantage::Relay
        && let Some(evidence) = Evidence::of(leg.userhash.clone())
    {
        let found = told![
            client,
            " sends a hash behind which the relay knows the name"
        ];
        return (Verdict::Violated(evidence), found);
    }
    let found = told!["no USERNAME from ", client];
    (Verdict::holds(leg.nameless.clone(), Gap::NoRequest), found)
}
