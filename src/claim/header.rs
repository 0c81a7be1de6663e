//! `only-srtp-header-readable`: what of RTP datagrams is readable beyond their fixed header?

use super::case::{Case, Keys};
use super::catalogue::HEADER;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::sample::Sample;
use crate::base::told::Told;
use crate::exposure::State;
use crate::flow::{RelayPath, RtpStream};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judge_path = |path: &RelayPath<'_>| {
        let streams = case.streams_of(path);
        let (verdict, found) = verdict(case, &streams)?;
        Some(case.judgement(
            &HEADER,
            Scope::Path(path.id),
            (verdict, found),
            "octets in clear",
        ))
    };
    case.scene.paths.iter().filter_map(judge_path).collect()
}

fn verdict(case: &Case<'_>, streams: &[&RtpStream]) -> Option<(Verdict, Told)> {
    let (mut elements, mut payload, mut all) =
        (Sample::default(), Sample::default(), Sample::default());
    let (mut doubt, mut keys, mut marks) = (None, None, Sample::default());
    for stream in streams {
        all.merge(&stream.packets);
        elements.merge(&stream.extended);
        let Some(protection) = case.protection(stream) else {
            continue;
        };
        match protection.state {
            // Where the cipher is NULL no structure need show.
            State::Clear if protection.structured().total() == 0 => payload.merge(&stream.packets),
            State::Clear => payload.merge(&protection.structured()),
            State::Sealed => match case.keys(stream, protection) {
                Keys::Beyond => doubt = doubt.or(super::media::doubt(case, stream, protection)),
                Keys::Opens(packets) => payload.merge(packets.packets()),
                Keys::Inner(layer) => marks.merge(&layer.frames),
                Keys::Reads(messages) => keys = keys.or(Some(messages)),
                Keys::Open(gap) => doubt = doubt.or(Some(gap)),
            },
            State::Unknown => doubt = doubt.or(Some(Gap::NoHandshake)),
        }
    }
    let examined = Evidence::of(all.clone())?;
    let mut names: Vec<String> = streams
        .iter()
        .flat_map(|s| super::speech::meanings(s))
        .collect();
    names.sort();
    names.dedup();
    let found = |what: &str, packets: &Sample| {
        Told::plain(format!(
            "{} of {} packets {what}",
            packets.total(),
            all.total()
        ))
    };
    if let Some(shown) = Evidence::of(payload) {
        let (shown_by, all) = (shown.packets().total(), all.total());
        let words = format!("payload in clear, as {shown_by} of {all} packets show");
        let words = Told::plain(words);
        return Some((Verdict::Violated(shown), words));
    }
    if let Some(shown) = Evidence::of(elements) {
        let words = found(&format!("tell {}", names.join(", ")), shown.packets());
        return Some((Verdict::Violated(shown), words));
    }
    if let Some(shown) = Evidence::of(marks) {
        let words = found(
            "show what an end-to-end layer leaves in clear",
            shown.packets(),
        );
        return Some((Verdict::Violated(shown), words));
    }
    if let Some(messages) = keys {
        let words = Told::plain("the key of the payload stands in readable signalling");
        return Some((Verdict::Violated(messages), words));
    }
    if let Some(gap) = doubt {
        let words = Told::plain("it is not known of every stream that its payload is sealed");
        return Some((Verdict::Inconclusive(gap, Some(examined)), words));
    }
    let words = Told::plain(format!("no element is readable in {} packets", all.total()));
    Some((Verdict::Holds(examined), words))
}
