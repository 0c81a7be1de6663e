//! `media-sealed`: is any octet of media payload readable?

use super::case::{Case, Keys};
use super::catalogue::MEDIA;
use super::{Evidence, Gap, Judgement, OpenedGap, Scope, Support, Verdict, layer};
use crate::base::told::{Told, told};
use crate::exposure::{Basis, Doubt, Protection, State};
use crate::flow::{RtpStream, Structure};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judge_stream = |(id, stream): (u64, &RtpStream)| {
        let protection = case.protection(stream)?;
        let (verdict, found) = verdict(case, stream, protection);
        let basis = match protection.basis {
            Some(Basis::Negotiated) => "negotiated",
            Some(Basis::Keyed) => "tags verified with keys",
            Some(Basis::Shape) => "structure of the payload",
            None => "shape only",
        };
        let judged = case.judgement(&MEDIA, Scope::Stream(id), (verdict, found), basis);
        Some(Judgement {
            supporting: support(protection),
            ..judged
        })
    };
    case.seen_streams().filter_map(judge_stream).collect()
}

fn verdict(case: &Case<'_>, stream: &RtpStream, protection: &Protection<'_>) -> (Verdict, Told) {
    let (sender, _) = stream.ends();
    let ssrc = Told::plain(stream.key.ssrc.to_string());
    let name = told![ssrc, " from ", case.behind(sender)];
    let all = || Evidence::of(stream.packets.clone());
    let inconclusive = |gap: Gap| {
        (
            Verdict::Inconclusive(gap, all()),
            told![&name, " is not decided"],
        )
    };
    match protection.state {
        State::Clear => {
            let shown = Evidence::of(protection.structured()).or_else(all);
            let words = codec(stream);
            match shown {
                Some(shown) => (Verdict::Violated(shown), told![name, " is in clear", words]),
                None => inconclusive(Gap::TooFewPackets),
            }
        }
        State::Unknown => inconclusive(match protection.doubt {
            _ if case.tracker.totals().cut > 0 => Gap::CutFrames,
            Some(Doubt::HandshakeOpen) => Gap::HandshakeOpen,
            Some(Doubt::ChoiceSealed) => Gap::ChoiceSealed,
            _ => Gap::NoHandshake,
        }),
        State::Sealed => match case.keys(stream, protection) {
            Keys::Beyond => match doubt(case, stream, protection) {
                Some(gap) => inconclusive(gap),
                None => (
                    Verdict::holds(stream.packets.clone(), Gap::TooFewPackets),
                    told![name, Told::plain(seal(stream, protection))],
                ),
            },
            Keys::Inner(layer) => {
                let words = format!(" is sealed end to end: {}", layer::in_words(&layer));
                let all = Verdict::holds(stream.packets.clone(), Gap::TooFewPackets);
                let found = (all, told![&name, Told::plain(words)]);
                layer::unopened(stream, protection).map_or(found, inconclusive)
            }
            Keys::Open(gap) => inconclusive(gap),
            Keys::Opens(packets) => {
                let words = " opens with the keys that were given";
                (Verdict::Violated(packets), told![name, words])
            }
            Keys::Reads(messages) => {
                let words = " is sealed with a key from signalling that ";
                let found = told![name, words, case.observer.text(), " reads"];
                (Verdict::Violated(messages), found)
            }
        },
    }
}

/// Why it may be that some packets are not sealed, though their stream is.
pub(super) fn doubt(
    case: &Case<'_>,
    stream: &RtpStream,
    protection: &Protection<'_>,
) -> Option<Gap> {
    let refused = protection.opened.map(|opened| opened.refused.total());
    if refused.is_some_and(|refused| refused > 0) {
        return Some(Gap::Opened(OpenedGap::Tags));
    }
    if protection.is_verified(stream) {
        return None;
    }
    if protection.is_cut() {
        return Some(Gap::CutFrames);
    }
    let uniform = protection.is_uniform() || case.has_uniform_sibling(stream);
    (!uniform).then_some(Gap::TooFewPackets)
}

/// With what a stream is sealed, and how many of its packets show it.
fn seal(stream: &RtpStream, protection: &Protection<'_>) -> String {
    let profile = protection.profile.as_deref();
    let profile = profile.unwrap_or("DTLS 1.3 hides the profile");
    let all = stream.packets.total();
    if let Some(opened) = protection.opened {
        let verified = opened.authenticated.total();
        return format!(" is sealed ({profile}); {verified} of {all} tags verified");
    }
    let octets = protection.octets.as_ref();
    let tested = octets.map_or(0, |judged| judged.packets);
    format!(" is sealed ({profile}); {tested} of {all} payloads tested")
}

/// The codec that a readable payload shows, in words.
fn codec(stream: &RtpStream) -> Told {
    match stream.codec() {
        Some((codec, _)) => Told::plain(format!(": {codec}")),
        None => Told::default(),
    }
}

/// What the statistics of the payload say; they never decide alone that it is sealed.
fn support(protection: &Protection<'_>) -> Vec<Support> {
    let Some(judged) = &protection.octets else {
        return Vec::new();
    };
    let (test, p_value) = match judged.structure {
        Structure::Structured { p_value, .. } => ("payload-structured", Some(p_value)),
        Structure::Uniform { p_value, .. } => ("payload-uniform", Some(p_value)),
        Structure::TooFew { .. } => ("payload-too-few", None),
    };
    vec![Support {
        test,
        p_value,
        n: judged.packets.into(),
    }]
}
