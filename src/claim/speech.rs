//! `no-speech-activity`: does anything readable tell who speaks when?

use super::case::{Case, Keys};
use super::catalogue::SPEECH;
use super::{Evidence, Gap, Judgement, OpenedGap, Scope, Verdict};
use crate::base::told::{Told, told};
use crate::exposure::State;
use crate::flow::{Kind, RtpStream};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judge_stream = |(id, stream): (u64, &RtpStream)| {
        let (verdict, found) = verdict(case, stream)?;
        Some(case.judgement(
            &SPEECH,
            Scope::Stream(id),
            (verdict, found),
            "elements in clear",
        ))
    };
    case.seen_streams().filter_map(judge_stream).collect()
}

/// `None` where the stream is not sound.
fn verdict(case: &Case<'_>, stream: &RtpStream) -> Option<(Verdict, Told)> {
    let sender = case.behind(stream.ends().0);
    let levels = stream.extensions().find_map(|extension| {
        let meter = extension.levels()?;
        Some((extension.packets.clone(), meter.loudest, meter.quietest))
    });
    if let Some((packets, loudest, quietest)) = levels {
        let words = if quietest == loudest {
            format!(": audio level -{loudest} dBov")
        } else {
            format!(": audio level from -{quietest} to -{loudest} dBov")
        };
        return Some((
            Verdict::Violated(Evidence::of(packets)?),
            told![sender, Told::plain(words)],
        ));
    }
    if stream.kind() != Kind::Audio {
        return None;
    }
    let all = Evidence::of(stream.packets.clone())?;
    let protection = case.protection(stream)?;
    match protection.state {
        State::Clear => {
            let shown = Evidence::of(protection.structured()).unwrap_or(all);
            return Some((
                Verdict::Violated(shown),
                told![sender, ": the sound itself is readable"],
            ));
        }
        State::Unknown => {
            let found = told![sender, ": it is not known that the sound is sealed"];
            return Some((Verdict::Inconclusive(Gap::NoHandshake, Some(all)), found));
        }
        State::Sealed => {}
    }
    match case.keys(stream, protection) {
        Keys::Inner(layer) if layer.header.is_some() => {
            let found = told![sender, ": the sound is sealed, and not its header"];
            let gap = Gap::Opened(OpenedGap::CodecHeader);
            return Some((Verdict::Inconclusive(gap, Some(all)), found));
        }
        Keys::Beyond | Keys::Inner(_) => {}
        Keys::Opens(packets) => {
            let words = ": the sound opens with the keys that were given";
            return Some((Verdict::Violated(packets), told![sender, words]));
        }
        Keys::Reads(messages) => {
            let words = ": the key of the sound stands in readable signalling";
            return Some((Verdict::Violated(messages), told![sender, words]));
        }
        Keys::Open(gap) => {
            let found = told![sender, ": the sound is sealed on the wire"];
            return Some((Verdict::Inconclusive(gap, Some(all)), found));
        }
    }
    if let Some(unknown) = Evidence::of(stream.extended.clone()) {
        let found = told![
            sender,
            ": an element is readable whose meaning is not known"
        ];
        let known = stream
            .extensions()
            .all(|extension| extension.meaning.is_some());
        if !known {
            return Some((
                Verdict::Inconclusive(Gap::UnknownElement, Some(unknown)),
                found,
            ));
        }
    }
    let [least, most] = stream.payload_sizes;
    let words = if least == most {
        format!(": no element tells; every payload has {least} octets")
    } else {
        format!(": no element tells; sizes from {least} to {most} octets may")
    };
    Some((Verdict::Holds(all), told![sender, Told::plain(words)]))
}

/// What the readable elements of a stream mean, in words.
pub(super) fn meanings(stream: &RtpStream) -> Vec<String> {
    stream
        .extensions()
        .map(|extension| match extension.meaning {
            Some((meaning, _)) => meaning.name().to_owned(),
            None => format!("element {}", extension.id),
        })
        .collect()
}
