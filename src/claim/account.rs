//! `account-not-named`: is a TURN user name readable on the client's leg?

use super::catalogue::ACCOUNT;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::sample::Sample;
use crate::base::told::{Name, Told, told};
use crate::exposure::Vantage;
use crate::flow::{Tracker, TurnLeg};

pub(super) fn judge(tracker: &Tracker, observer: Vantage) -> Vec<Judgement> {
    // Whoever sees only the peer's leg does not see the one that this claim speaks of.
    if observer == Vantage::PathPeer {
        return Vec::new();
    }
    let judge_leg = |leg: &&TurnLeg| {
        let (verdict, found) = verdict(leg, observer);
        let scope = Scope::Leg(leg.id);
        Judgement {
            claim: &ACCOUNT,
            scope,
            observer,
            verdict,
            found,
            basis: "names in clear",
        }
    };
    tracker.legs().iter().map(judge_leg).collect()
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
