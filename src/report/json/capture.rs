//! The member `capture`: what was read, and what stands in the files beside packets.

use super::{Tree, json};
use crate::base::time::Timestamp;
use crate::base::told::{Name, Told};
use crate::capture::{Comment, Interface, Loss};
use crate::flow::Forgotten;
use crate::report::{Report, given, keys};

pub(super) fn capture(report: &Report<'_>) -> Tree {
    let tracker = report.scene.tracker;
    let totals = tracker.totals();
    let known = report.capture;
    let source = |source: &String| Name::File.of(source);
    let interface = |interface: &Interface| {
        json!({
            "name": interface.name.as_ref().map(|name| Name::Text.of(name)),
            "link_type": Told::plain(interface.link.name()),
            "snaplen": interface.snap_len,
            "dropped": interface.dropped,
            "source": known.sources.get(interface.source).map(source),
        })
    };
    let ends: Vec<Told> = report.ended_early().collect();
    let links = known.link_types.iter();
    json!({
        "sources": known.sources.iter().map(source).collect::<Tree>(),
        "packets": totals.packets,
        "octets": totals.octets,
        "first": totals.first,
        "last": totals.last,
        "link_types": links.map(|l| Told::plain(l.name())).collect::<Tree>(),
        "truncated_packets": totals.cut,
        "copies": tracker.copies(),
        "translated": tracker.translated(),
        "unawaited": tracker.unawaited(),
        "dropped": known.dropped(),
        "losses": known.losses.intervals().iter().map(loss).collect::<Tree>(),
        "ended_early": (!ends.is_empty()).then(|| Told::joined(ends, "; ")),
        "interfaces": known.interfaces.iter().map(interface).collect::<Tree>(),
        "comments": known.comments.iter().map(comment).collect::<Tree>(),
        "more_comments": known.more_comments,
        "secrets": known.secrets.len() as u64 + known.more_secrets,
        "keys": keys::member(report),
        "given": given::member(report),
        "filter": known.filter.as_ref().map(|choice| Name::Text.of(&choice.filter)),
        "filtered_out": known.filter.as_ref().map_or(Some(0), |choice| choice.hidden),
        "forgotten": forgotten(&report.scene.tracker.forgotten()),
    })
}

fn forgotten(gone: &Forgotten) -> Tree {
    json!({
        "packets": gone.packets,
        "octets": gone.octets,
        "flows": gone.flows,
        "streams": gone.streams,
        "rtcp_senders": gone.senders,
        "associations": gone.associations,
        "allocations": gone.allocations,
        "pairs": gone.pairs,
        "calls": gone.calls,
    })
}

/// An end that is open is null.
pub(in crate::report) fn loss(loss: &Loss) -> Tree {
    json!({
        "from": Some(loss.from).filter(|from| *from != Timestamp::MIN),
        "to": Some(loss.to).filter(|to| *to != Timestamp::MAX),
        "packets": loss.packets,
    })
}

fn comment(comment: &Comment) -> Tree {
    json!({
        "on": comment.on.name(),
        "number": comment.on.number(),
        "text": Name::Text.of(&comment.text),
    })
}
