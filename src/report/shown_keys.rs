//! The keys that opened media, for whoever asks to see them: one line each, as they can be given
//! again. Nothing else writes a key.

use std::sync::Arc;

use super::Report;
use super::tree::{Tree, json};
use crate::base::label::hex;
use crate::base::told::Told;
use crate::flow::{KeySource, MediaKey};

/// A sentence for each key; none unless they are to be shown.
pub(super) fn sentences(report: &Report<'_>) -> Vec<String> {
    let keys = opening(report).into_iter();
    keys.map(|(key, streams)| {
        let plural = if streams.len() == 1 { "" } else { "s" };
        let numbers: Vec<_> = streams.iter().map(ToString::to_string).collect();
        let numbers = numbers.join(", ");
        format!(
            "Key of stream{plural} {numbers}, {}: {}",
            source(&key),
            line(&key)
        )
    })
    .collect()
}

/// The member `capture.keys.shown`: null unless they are to be shown.
pub(super) fn member(report: &Report<'_>) -> Tree {
    if !report.shows_keys {
        return Tree::from(None::<u64>);
    }
    let keys = opening(report).into_iter().map(|(key, streams)| {
        json!({
            "line": Told::plain(line(&key)),
            "source": source(&key),
            "streams": streams.into_iter().collect::<Tree>(),
        })
    });
    keys.collect()
}

/// Each key that opened a stream, with the numbers of its streams.
fn opening(report: &Report<'_>) -> Vec<(Arc<MediaKey>, Vec<u64>)> {
    let mut found = Vec::<(Arc<MediaKey>, Vec<u64>)>::new();
    if !report.shows_keys {
        return found;
    }
    for (id, stream) in report.scene.numbered_streams() {
        let Some(key) = stream.opened().and_then(|opened| opened.key()) else {
            continue;
        };
        match found.iter_mut().find(|(known, _)| Arc::ptr_eq(known, key)) {
            Some((_, streams)) => streams.push(id),
            None => found.push((Arc::clone(key), vec![id])),
        }
    }
    found
}

/// Suite, then key and salt in hexadecimal.
fn line(key: &MediaKey) -> String {
    let master = &key.master;
    let (secret, salt) = (hex(master.key.expose()), hex(master.salt.expose()));
    format!("{} {secret}{salt}", master.suite.name())
}

const fn source(key: &MediaKey) -> &'static str {
    match key.source {
        KeySource::Handshake(..) => "handshake",
        KeySource::Signalling(_) => "signalling",
        KeySource::Given => "given",
    }
}
