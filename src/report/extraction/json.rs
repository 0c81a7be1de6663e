//! What was extracted, as one JSON object.

use std::io::{self, Write};

use super::{Extracted, Extraction, Media};
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::base::told::{Name, Told};
use crate::report::tree::{Tree, json};

/// Version of the contract.
const SCHEMA: &str = "1.0";

/// Writes what was extracted.
///
/// # Errors
/// Those of the writer.
pub fn write(extraction: &Extraction<'_>, out: &mut impl Write) -> io::Result<()> {
    let sources = extraction.report.capture.sources.iter();
    let tree = json!({
        "schema_version": SCHEMA,
        "sources": sources.map(|name| Name::File.of(name)).collect::<Tree>(),
        "observer": extraction.report.observer.name(),
        "folder": Name::File.of(&extraction.folder),
        "files": extraction.files(),
        "streams": extraction.streams.iter().map(stream).collect::<Tree>(),
    });
    tree.write(&extraction.report.redactor, out)?;
    writeln!(out)
}

fn stream(of: &Extracted<'_>) -> Tree {
    let key = of.stream.key;
    let (src, dst) = key.flow.ends(key.direction);
    let media = of.written.as_ref().map(|written| &written.media);
    let (seconds, jumps) = match media {
        Some(Media::Sound {
            samples,
            rate,
            jumps,
        }) => (Some(seconds(*samples, *rate)), Some(*jumps)),
        _ => (None, None),
    };
    let (width, height) = match media {
        Some(Media::Picture(width, height)) => (Some(*width), Some(*height)),
        _ => (None, None),
    };
    json!({
        "id": of.id,
        "ssrc": Told::plain(key.ssrc.to_string()),
        "src": src,
        "dst": dst,
        "kind": of.stream.kind().name(),
        "codec": of.codec.clone().map(Told::plain),
        "file": of.written.as_ref().map(|written| Told::plain(written.file.clone())),
        "seconds": seconds,
        "clock_jumps": jumps,
        "width": width,
        "height": height,
        "packets": of.stream.packets.total(),
        "lost": of.stream.lost(),
        "used": numbers(&of.counts.used),
        "unopened": numbers(&of.counts.unopened),
        "refused": numbers(&of.counts.refused),
        "torn": of.counts.torn,
        "other_types": of.counts.other,
        "late": of.counts.late,
        "why": of.why.clone(),
    })
}

/// Seconds that so many samples last.
fn seconds(samples: u64, rate: u32) -> Timestamp {
    let nanos = u128::from(samples) * 1_000_000_000 / u128::from(rate.max(1));
    Timestamp(i64::try_from(nanos).unwrap_or(i64::MAX))
}

fn numbers(packets: &Sample) -> Tree {
    json!({
        "packets": packets.packets().iter().collect::<Tree>(),
        "total": packets.total(),
    })
}
