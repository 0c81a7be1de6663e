//! What was extracted, as text.

use std::io::{self, Write};

use super::{Extracted, Extraction, Media, Written};
use crate::base::sample::Sample;
use crate::base::told::{Name, Told, told};
use crate::report::Report;
use crate::report::text::{heading, packets, thousands, title, wrapped};

/// Writes what was extracted.
///
/// # Errors
/// Those of the writer.
pub fn write(extraction: &Extraction<'_>, out: &mut impl Write) -> io::Result<()> {
    let report = extraction.report;
    title(report, out)?;
    writeln!(out)?;
    wrapped(out, 2, &report.show(sentence(extraction)))?;
    let (written, others): (Vec<_>, Vec<_>) = extraction
        .streams
        .iter()
        .partition(|of| of.written.is_some());
    if !written.is_empty() {
        heading(out, "WRITTEN")?;
    }
    for of in written {
        if let Some(written) = &of.written {
            writeln!(out, "  {}", written.file)?;
            wrapped(out, 6, &report.show(holds(of, written)))?;
            rest(of, 6, out)?;
            if let Some(why) = &of.why {
                wrapped(out, 6, &report.show(why.clone()))?;
            }
        }
    }
    if !others.is_empty() {
        heading(out, "NOT WRITTEN")?;
    }
    for (why, streams) in by_reason(report, others) {
        wrapped(out, 2, &why)?;
        for of in streams {
            writeln!(out, "      {}", report.show(named(of)))?;
            rest(of, 10, out)?;
        }
    }
    Ok(())
}

/// The streams with the same reason together, in the order of the first of them.
fn by_reason<'e, 't>(
    report: &Report<'_>,
    streams: Vec<&'e Extracted<'t>>,
) -> Vec<(String, Vec<&'e Extracted<'t>>)> {
    let mut reasons: Vec<(String, Vec<_>)> = Vec::new();
    for of in streams {
        let why = report.show(of.why.clone().unwrap_or_default());
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, streams)) => streams.push(of),
            None => reasons.push((why, vec![of])),
        }
    }
    reasons
}

/// What came of it all.
fn sentence(extraction: &Extraction<'_>) -> Told {
    let who = extraction.report.observer.text();
    let (files, streams) = (extraction.files(), extraction.streams.len());
    match (files, streams) {
        (_, 0) => Told::plain("No stream of media was seen, so nothing was written."),
        (0, _) => Told::plain(format!(
            "Nothing was written: {who} can play none of {streams} streams."
        )),
        (files, _) => told![
            Told::plain(format!(
                "{files} of {streams} streams, as {who} can play them, were written to "
            )),
            Name::File.of(&extraction.folder),
            "."
        ],
    }
}

/// What a file holds.
fn holds(of: &Extracted<'_>, written: &Written) -> Told {
    let (used, all) = (of.counts.used.total(), of.stream.packets.total());
    match written.media {
        Media::Sound { samples, rate, .. } => {
            let tenths = samples * 10 / u64::from(rate.max(1));
            let lasts = format!("{}.{} s of sound, ", tenths / 10, tenths % 10);
            let used = format!(": {} of {} packets", thousands(used), thousands(all));
            told![Told::plain(lasts), named(of), Told::plain(used)]
        }
        Media::Picture(width, height) => {
            let size = format!("a picture of {width} by {height}, ");
            let used = format!(" [{}]", packets(&of.counts.used));
            told![Told::plain(size), named(of), Told::plain(used)]
        }
    }
}

/// A stream by its SSRC, sender and codec.
fn named(of: &Extracted<'_>) -> Told {
    let key = of.stream.key;
    let (sender, _) = key.flow.ends(key.direction);
    let ssrc = Told::plain(key.ssrc.to_string());
    let codec = of.codec.as_deref().unwrap_or(of.stream.kind().name());
    told![ssrc, " from ", sender, Told::plain(format!(" ({codec})"))]
}

/// What became of the packets that are in no file.
fn rest(of: &Extracted<'_>, indent: usize, out: &mut impl Write) -> io::Result<()> {
    let sample = |what: &str, sample: &Sample| match sample.total() {
        0 => None,
        total => Some(format!("{} {what} [{}]", thousands(total), packets(sample))),
    };
    let number =
        |what: &str, count: u64| (count > 0).then(|| format!("{} {what}", thousands(count)));
    let (lost, jumps) = match of.written.as_ref().map(|written| &written.media) {
        Some(Media::Sound { jumps, .. }) => (of.stream.lost(), *jumps),
        _ => (0, 0),
    };
    let counts = [
        number("lost", lost),
        sample("not opened, or not captured whole", &of.counts.unopened),
        sample("refused: no frames of the codec", &of.counts.refused),
        number("pictures with packets missing", of.counts.torn),
        number("of other payload types, or padding", of.counts.other),
        number("copies or too late", of.counts.late),
        number("times the clock jumped, without silence in between", jumps),
    ];
    let counts: Vec<_> = counts.into_iter().flatten().collect();
    if counts.is_empty() {
        return Ok(());
    }
    wrapped(out, indent, &counts.join("; "))
}
