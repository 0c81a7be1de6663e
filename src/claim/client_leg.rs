//! `client-leg-encrypted`: is the leg between client and relay TLS or DTLS?

use super::case::Case;
use super::catalogue::LEG;
use super::{Evidence, Gap, Judgement, Scope, Support, Verdict};
use crate::base::addr::Transport;
use crate::base::told::{Told, told};
use crate::exposure::LegKind;
use crate::flow::{Inside, Likeness, TurnLeg};

/// Legs on which TURN is readable, and those of which something says that it runs inside TLS.
pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    if !case.sees_leg(LegKind::Client) {
        return Vec::new();
    }
    // What was opened of a leg is not the leg.
    let legs = case.scene.legs.iter();
    let legs = legs.filter(|leg| !leg.ends.transport.is_inside());
    legs.filter_map(|leg| {
        if let Some(evidence) = Evidence::of(leg.messages.clone()) {
            let found = told![leg.ends.src, " speaks TURN in clear with ", leg.ends.dst];
            let judged = (Verdict::Violated(evidence), found);
            let scope = Scope::Leg(leg.id);
            return Some(case.judgement(&LEG, scope, judged, "messages in clear"));
        }
        Some(sealed(case, leg, Evidence::of(leg.sealed.clone())?))
    })
    .collect()
}

/// A leg that is TLS, by what is known of its inside.
fn sealed(case: &Case<'_>, leg: &TurnLeg, evidence: Evidence) -> Judgement {
    let key = leg.ends.key().0;
    let inside = case.tracker.flow(&key).and_then(|flow| flow.turn_tls);
    let over_udp = key.transport == Transport::Udp;
    let session = case.tracker.tls(&key);
    let likeness = session.and_then(|of| of.likeness.as_ref());
    let likeness = likeness.filter(|_| inside == Some(Inside::Lengths));
    let (says, basis) = match inside {
        Some(Inside::Keyed) if over_udp => {
            (" speaks TURN inside DTLS with ", "opened with its keys")
        }
        Some(Inside::Keyed) => (" speaks TURN inside TLS with ", "opened with its keys"),
        Some(Inside::Lengths) => (
            " sends and gets records in TLS that are TURN by their lengths and times, with ",
            "records beside datagrams",
        ),
        Some(Inside::Server) => (
            " sends and gets records in TLS that are as long as messages of TURN, with ",
            "lengths of records, and what else their server speaks",
        ),
        Some(Inside::Negotiated) | None if over_udp => (
            " says in its DTLS handshake that TURN runs inside, with ",
            "application protocol of the handshake",
        ),
        Some(Inside::Negotiated) | None => (
            " says in its TLS handshake that TURN runs inside, with ",
            "application protocol of the handshake",
        ),
    };
    let agree = likeness.map_or_else(Told::default, words);
    let mut verdict = Verdict::Holds(evidence);
    let rest = if inside == Some(Inside::Server) {
        verdict.doubt(Gap::OnlyLengths);
        "; its server speaks TURN elsewhere"
    } else if inside == Some(Inside::Negotiated) && !has_sealed(case, leg) {
        verdict.doubt(Gap::HandshakeOpen);
        "; nothing sealed was captured"
    } else {
        "; the relay, where this leg ends, reads all of it"
    };
    let found = told![leg.ends.src, says, leg.ends.dst, agree, rest];
    Judgement {
        supporting: likeness.map(support).into_iter().collect(),
        ..case.judgement(&LEG, Scope::Leg(leg.id), (verdict, found), basis)
    }
}

/// Whether anything sealed was captured of a leg, and not its handshake alone.
fn has_sealed(case: &Case<'_>, leg: &TurnLeg) -> bool {
    let key = leg.ends.key().0;
    let records = case.tracker.tls(&key).map(|session| session.octets[1]);
    let datagrams = case.tracker.flow(&key).map(|flow| flow.volume.sealed);
    records.or(datagrams).is_some_and(|octets| octets > 0)
}

fn words(likeness: &Likeness) -> Told {
    let Likeness {
        agree,
        of,
        elsewhere,
        chance,
        ..
    } = likeness;
    Told::plain(format!(
        ": {agree} of {of} came with a datagram of one peer, within 5 ms and each as long as \
         ChannelData makes it; at other times {elsewhere:.1} did (by accident: less than 1 in 10^{})",
        -chance.log10().ceil()
    ))
}

fn support(likeness: &Likeness) -> Support {
    Support {
        test: "records-beside-datagrams",
        p_value: Some(likeness.chance),
        n: likeness.of.into(),
    }
}
