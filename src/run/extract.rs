//! `relayscope extract`: writes what an observer can play of a call.
//!
//! The capture is read twice. The first reading tells which streams this observer can play, by the
//! same judgement as `media-sealed`, and finds their keys; in the second their packets go, in order
//! and one at a time, into files. No more of a stream is held than waits for a packet before it.

mod folder;
mod ogg;
mod order;
mod plan;
mod player;
mod timeline;
mod wav;
mod webp;

use std::io::Write;

use anyhow::{Context as _, Result, bail};
use hashbrown::HashMap;

use super::{Outcome, files, redactor, track_files, warn_if_cut};
use crate::capture::{Block, Files, PacketSource as _};
use crate::cli::{Extract, Format};
use crate::exposure::Lens;
use crate::flow::Tracker;
use crate::report::extraction::{self, Extracted, Extraction};
use crate::report::{Question, Report};
use folder::Folder;
use plan::{Choice, plan};
use player::Player;

/// What is asked for before anything is done.
const CONSENT: &str = "extract writes what people said in a call, and pictures of them: give \
    --i-may-see-this-call if the law or those who speak allow you to hear and see it";

/// Writes what the observer can play, and tells what that was.
///
/// # Errors
/// Where nobody said that it may be done, or a file cannot be read or written.
pub(super) fn run(args: &Extract, out: &mut impl Write) -> Result<Outcome> {
    if !args.i_may_see_this_call {
        bail!(CONSENT);
    }
    let mut files = files(&args.reading)?;
    files.keep()?;
    let mut first = files.open()?;
    // Looked at first: whether it can be written to is known before a long capture is read.
    let folder = Folder::prepare(&args.output, args.force)?;
    let tracker = track_files(&args.reading, &mut first)?;
    let question = Question {
        observer: args.observer.map(Into::into),
        ..Question::default()
    };
    let report = Report::new(first.summary(), &tracker, &question);
    let report = report.shown_by(redactor(args.privacy)?);
    let mut choices = plan(&report, &args.stream)?;
    let players = choices.iter_mut().filter_map(Choice::player);
    play(&files, &tracker, players.collect(), &folder)?;
    let streams = choices.into_iter().map(|choice| choice.end(&folder));
    let extraction = Extraction {
        report: &report,
        folder: folder.name(),
        streams: streams.collect::<Result<Vec<Extracted<'_>>>>()?,
    };
    match args.format {
        Format::Text => extraction::text(&extraction, out)?,
        Format::Json => extraction::json(&extraction, out)?,
    }
    warn_if_cut(first.summary(), &report.redactor)?;
    Ok(match extraction.files() {
        0 => Outcome::Open,
        _ => Outcome::Done,
    })
}

/// Reads the capture once more, and hands each player the packets of its stream.
fn play(
    files: &Files,
    tracker: &Tracker,
    players: Vec<&mut Player<'_>>,
    folder: &Folder,
) -> Result<()> {
    let by_stream = players.into_iter().map(|player| (player.key(), player));
    let mut players: HashMap<_, _> = by_stream.collect();
    if players.is_empty() {
        return Ok(());
    }
    let mut lens = Lens::new(tracker);
    lens.hear(players.values().map(|player| (player.key(), player.tag)));
    let mut source = files.open().context("cannot read the capture again")?;
    let mut block = Block::default();
    while source.next_block(&mut block)? {
        for packet in block.packets() {
            lens.look(&packet);
            while lens.settled().is_some() {}
            for heard in lens.heard() {
                if let Some(player) = players.get_mut(&heard.stream) {
                    player.take(heard, folder)?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::base::addr::{Direction, FlowKey, Transport};
    use crate::base::time::Timestamp;
    use crate::dissect::rtp::Ssrc;
    use crate::exposure::Heard;
    use crate::flow::StreamKey;

    /// A packet of a stream.
    pub(super) fn heard(seq: u16, timestamp: u32, payload: &[u8]) -> Heard {
        let end = "192.0.2.1:5000".parse().expect("an address");
        let flow = FlowKey {
            a: end,
            b: end,
            transport: Transport::Udp,
        };
        Heard {
            stream: StreamKey {
                flow,
                direction: Direction::AToB,
                relayed: false,
                ssrc: Ssrc(1),
            },
            number: seq.into(),
            time: Timestamp(0),
            seq,
            timestamp,
            payload_type: 96,
            marker: false,
            payload: Some(payload.to_vec()),
        }
    }
}
