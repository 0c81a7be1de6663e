//! Dialects in words: whose they are, and what shows it.

use std::collections::BTreeMap;

use super::Report;
use super::text::thousands;
use crate::flow::Flow;

/// What is added where any of them is proprietary.
const NOT_READ: &str = "What no RFC describes of a dialect is not read, and counts as not \
    understood; its name says nothing about who can read it.";

/// The dialects of one flow.
pub(super) fn of_flow(flow: &Flow) -> Vec<String> {
    let marks = flow.dialects.marks().into_iter();
    let told = marks.map(|(mark, packets)| {
        let first = packets.first().unwrap_or_default();
        format!(
            "{}: {}, first in packet {first}",
            mark.dialect().title(),
            mark.text()
        )
    });
    told.collect()
}

/// The dialects of a capture: on how many flows, what shows them, and where first.
pub(super) fn dialects(report: &Report<'_>) -> Vec<String> {
    let mut all = BTreeMap::<_, (u64, BTreeMap<_, u64>)>::new();
    for flow in &report.scene.flows {
        let mut last = None;
        for (mark, packets) in flow.dialects.marks() {
            let dialect = mark.dialect();
            let (flows, marks) = all.entry(dialect).or_default();
            *flows += u64::from(last.replace(dialect) != Some(dialect));
            let first = packets.first().unwrap_or_default();
            let known = marks.entry(mark).or_insert(first);
            *known = first.min(*known);
        }
    }
    let proprietary = all.keys().any(|dialect| dialect.is_proprietary());
    let sentences = all.iter().map(|(dialect, (flows, marks))| {
        let marks = marks
            .iter()
            .map(|(mark, first)| format!("{} (first in packet {first})", mark.text()));
        let (flows, speak) = match flows {
            1 => ("1 flow".to_owned(), "speaks"),
            flows => (format!("{} flows", thousands(*flows)), "speak"),
        };
        let marks: Vec<_> = marks.collect();
        format!("{flows} {speak} {}: {}.", dialect.title(), marks.join(", "))
    });
    let sentences = sentences.collect::<Vec<_>>().into_iter();
    sentences
        .chain(proprietary.then(|| NOT_READ.to_owned()))
        .collect()
}
