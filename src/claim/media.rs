//! `media-sealed`: is any octet of media payload readable?

use super::case::Case;
use super::catalogue::MEDIA;
use super::{Evidence, Gap, Judgement, Scope, Support, Verdict};
use crate::base::told::{Told, told};
use crate::exposure::{Basis, Doubt, Protection, State};
use crate::flow::{RtpStream, Structure};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judge_stream = |(id, stream): (u64, &RtpStream)| {
        let protection = case.protection(stream)?;
        let (verdict, found) = verdict(case, stream, protection);
        let basis = match protection.basis {
            Some(Basis::Negotiated) => "negotiated",
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
    let name = told![Told::plain(stream.key.ssrc.to_string()), " from ", sender];
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
            Some(Doubt::HandshakeOpen) => Gap::HandshakeOpen,
            Some(Doubt::ChoiceSealed) => Gap::ChoiceSealed,
            _ => Gap::NoHandshake,
        }),
        State::Sealed => {
            if let Some(messages) = case.key_in_sight(protection) {
                let who = case.observer.text();
                let found = told![
                    name,
                    " is sealed with a key from signalling that ",
                    who,
                    " reads"
                ];
                return (Verdict::Violated(messages), found);
            }
            if case.observer.may_hold_keys() {
                return inconclusive(Gap::KeysOfHop);
            }
            if protection.is_cut() {
                return inconclusive(Gap::CutFrames);
            }
            if !protection.is_uniform() && !case.has_uniform_sibling(stream) {
                return inconclusive(Gap::TooFewPackets);
            }
            let profile = protection.profile.clone();
            let profile = profile.unwrap_or_else(|| "a profile that DTLS 1.3 seals".to_owned());
            let found = told![name, " is sealed, ", Told::plain(profile)];
            (
                Verdict::holds(stream.packets.clone(), Gap::TooFewPackets),
                found,
            )
        }
    }
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
