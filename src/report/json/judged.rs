//! Exposures, octets and claims.

use super::evidence;
use crate::base::sample::Sample;
use crate::claim::{Gap, Judgement, Support};
use crate::exposure::{Exposure, Octets, Strength};
use crate::report::tree::{Tree, json};

pub(super) fn exposure(exposure: &Exposure) -> Tree {
    json!({
        "item": exposure.item,
        "field": exposure.field,
        "value": exposure.value.clone(),
        "leg": exposure.leg.clone(),
        "where": exposure.place,
        "first_packet": exposure.packets.first(),
        "packets": exposure.packets.total(),
        "visibility": exposure.visibility.name(),
        "inference": exposure.inference.map(Strength::name),
    })
}

pub(super) fn octets(octets: &Octets) -> Tree {
    json!({
        "total": octets.total(),
        "clear_addressing": octets.clear_addressing,
        "clear_control": octets.clear_control,
        "clear_media_header": octets.clear_media_header,
        "clear_content": octets.clear_content,
        "sealed": octets.sealed,
        "tag": octets.tag,
        "unknown": octets.unknown,
        "not_captured": octets.not_captured,
        "copies": octets.copies,
    })
}

pub(super) fn claim(judged: &Judgement) -> Tree {
    let (kind, id) = judged.scope.parts();
    let nothing = Sample::default();
    let packets = judged
        .verdict
        .evidence()
        .map_or(&nothing, |evidence| evidence.packets());
    json!({
        "id": judged.claim.id,
        "scope": { "kind": kind, "id": id },
        "observer": judged.observer.name(),
        "statement": judged.claim.statement,
        "verdict": judged.verdict.name(),
        "evidence": evidence(packets),
        "basis": judged.basis,
        "gap": judged.verdict.gap().map(Gap::text),
        "does_not_say": judged.claim.does_not_say,
        "display_filter": judged.display_filter(),
        "supporting": judged.supporting.iter().map(support).collect::<Tree>(),
        "found": judged.found.clone(),
    })
}

fn support(support: &Support) -> Tree {
    json!({ "test": support.test, "p_value": support.p_value, "n": support.n })
}
