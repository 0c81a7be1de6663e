//! `rtcp-sealed`: does every report of a sender travel sealed?

use super::case::{Case, Keys};
use super::catalogue::RTCP;
use super::{Evidence, Gap, Judgement, OpenedGap, Scope, Verdict};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::flow::{RtcpSender, TrailerKind};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judge_sender = |(id, sender): (u64, &RtcpSender)| {
        let judged = verdict(case, sender);
        let verified = sender
            .opened()
            .is_some_and(|of| of.authenticated.total() == sender.total());
        let basis = if verified {
            "tags verified with keys"
        } else {
            "trailers of SRTCP"
        };
        case.judgement(&RTCP, Scope::RtcpSender(id), judged, basis)
    };
    case.seen_senders().map(judge_sender).collect()
}

fn verdict(case: &Case<'_>, sender: &RtcpSender) -> (Verdict, Told) {
    let (from, _) = sender.ends();
    let ssrc = Told::plain(sender.key.ssrc.to_string());
    let name = told![ssrc, " from ", case.behind(from)];
    let count = |packets: &Sample| format!("{} of {}", packets.total(), sender.total());
    let mut open = sender.plain.clone();
    open.merge(&sender.null_cipher);
    if let Some(evidence) = Evidence::of(open) {
        let words = format!(": {} reports are in clear", count(evidence.packets()));
        return (Verdict::Violated(evidence), told![name, Told::plain(words)]);
    }
    let inconclusive = |gap, packets: &Sample, words: &'static str| {
        let counted = Told::plain(format!(": {} reports ", count(packets)));
        let verdict = Verdict::Inconclusive(gap, Evidence::of(packets.clone()));
        (verdict, told![&name, counted, words])
    };
    if sender.undecided.total() > 0 {
        return inconclusive(Gap::NoTrailer, &sender.undecided, "show no trailer");
    }
    if sender.counted.total() > 0 {
        return inconclusive(
            Gap::NoTrailer,
            &sender.counted,
            "end in a counter of the application",
        );
    }
    if let Some(opened) = sender.opened().filter(|opened| opened.refused.total() > 0) {
        let words = "have a tag that does not verify";
        return inconclusive(Gap::Opened(OpenedGap::Tags), &opened.refused, words);
    }
    let counts = sender
        .trailer
        .is_some_and(|trailer| trailer.certain && trailer.kind == TrailerKind::Sealed);
    if !counts {
        return inconclusive(
            Gap::NoCount,
            &sender.sealed,
            "have a trailer that does not count yet",
        );
    }
    match case.keys_of_reports(sender) {
        // Layers seal frames of media, and no reports.
        Keys::Beyond | Keys::Inner(_) => {}
        Keys::Reads(messages) => {
            let words = ": the reports are sealed with a key from signalling that ";
            let found = told![name, words, case.observer.text(), " reads"];
            return (Verdict::Violated(messages), found);
        }
        Keys::Opens(packets) => {
            let words = ": the reports open with the keys that were given";
            return (Verdict::Violated(packets), told![name, words]);
        }
        // Whoever ends the handshake reads the reports; the trailer says nothing of that.
        Keys::Open(gap) => return inconclusive(gap, &sender.sealed, "are sealed on the wire"),
    }
    let words = format!(": {} reports are sealed", count(&sender.sealed));
    (
        Verdict::holds(sender.sealed.clone(), Gap::NoTrailer),
        told![name, Told::plain(words)],
    )
}
