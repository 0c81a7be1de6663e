//! `account-not-named`: is a TURN user name readable on the client's leg?

use super::catalogue::ACCOUNT;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::sample::Sample;
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

fn verdict(leg: &TurnLeg, observer: Vantage) -> (Verdict, String) {
    let mut naming = Sample::default();
    leg.usernames
        .values()
        .for_each(|packets| naming.merge(packets));
    let client = leg.ends.src;
    if let Some(evidence) = Evidence::of(naming) {
        let names: Vec<&str> = leg.usernames.keys().map(String::as_str).collect();
        return (
            Verdict::Violated(evidence),
            format!("{client} is {}", names.join(", ")),
        );
    }
    if observer == Vantage::Relay
        && let Some(evidence) = Evidence::of(leg.userhash.clone())
    {
        let found = format!("{client} sends a hash behind which the relay knows the name");
        return (Verdict::Violated(evidence), found);
    }
    let found = format!("no USERNAME from {client}");
    (Verdict::holds(leg.nameless.clone(), Gap::NoRequest), found)
}
