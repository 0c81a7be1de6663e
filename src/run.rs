//! From a source through the pipeline to output: the only place that knows every floor.

mod claims;
pub mod confine;
mod dashboard;
mod extract;
mod followed;
mod given;
mod interfaces;
mod live;
mod metrics;
mod output;
mod pace;
mod reporting;

use std::io::{self, BufWriter, StdoutLock, Write};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::base::label::Quiet;
use crate::base::time::Timestamp;
use crate::capture::{Block, CaptureSummary, Files, PacketSource, RawPacket};
use crate::cli::{Analyze, Cli, Command, Format, Packets, Privacy, Reading, Schema};
use crate::decode;
use crate::exposure::Lens;
use crate::flow::Tracker;
use crate::report::redact::Redactor;
use crate::report::{ended_early, packets, schema};
use given::GivenKeys;
use reporting::Reporting;

/// The kind of secrets that a TLS key log is, as registered for pcapng.
const TLS_KEY_LOG: u32 = 0x544C_534B;
/// How a key log in a capture is called.
const IN_CAPTURE: &str = "the capture's own key log";

/// Does what the command line asks.
///
/// # Errors
/// What could not be done, where and why. A closed pipe is no error.
pub fn run(cli: Cli) -> Result<Outcome> {
    match cli.command() {
        Command::Show(args) if dashboard::is_possible() => dashboard::run(&args),
        Command::Live(args) if live::is_shown(&args) => live::show(&args),
        command => printing(|out| print(command, out)),
    }
}

/// Does what ends with the end of its output.
fn print(command: Command, out: &mut impl Write) -> Result<Outcome> {
    let done = |()| Outcome::Done;
    match command {
        Command::Show(args) => analyze(&args.into(), out),
        Command::Analyze(args) => analyze(&args, out),
        Command::Live(args) => live::run(&args, out),
        Command::Interfaces { format } => interfaces::run(format, out).map(done),
        Command::Packets(args) => show(&args, out).map(done),
        Command::Extract(args) => extract::run(&args, out),
        Command::Claims(args) => claims::run(&args, out).map(done),
        Command::Schema { of } => print_schema(of, out).map(done),
    }
}

/// Does what prints; nobody else writes to standard output meanwhile. Where nobody reads any more,
/// it is done.
fn printing(work: impl FnOnce(&mut Printed) -> Result<Outcome>) -> Result<Outcome> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    let outcome = work(&mut out);
    let flushed = out.flush().context("cannot write the output");
    match outcome.and_then(|outcome| flushed.map(|()| outcome)) {
        Err(error) if is_closed_pipe(&error) => Ok(Outcome::Done),
        outcome => outcome,
    }
}

/// Standard output, for one writer.
type Printed = BufWriter<anstream::AutoStream<StdoutLock<'static>>>;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// What was asked was done, and every checked claim holds.
    Done,
    /// A checked claim is violated.
    Violated,
    /// A checked claim is inconclusive, or not exercised.
    Open,
}

impl Outcome {
    /// The exit code of the program; 2 is kept for what could not be done.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Violated => 1,
            Self::Open => 3,
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(closed))
}

/// Follows a capture from front to back.
///
/// # Errors
/// Those of the source.
pub fn track(source: &mut dyn PacketSource) -> Result<Tracker> {
    let mut tracker = Tracker::default();
    track_on(&mut tracker, source)?;
    Ok(tracker)
}

/// Follows a capture from front to back with a tracker that may have been given keys. Those that
/// stand in the capture open what comes after them, as pcapng orders them.
///
/// # Errors
/// Those of the source.
pub fn track_on(tracker: &mut Tracker, source: &mut dyn PacketSource) -> Result<()> {
    let mut block = Block::default();
    let mut taken = 0;
    while source.next_block(&mut block)? {
        tracker.expect_interfaces(source.summary().interfaces.len());
        take_secrets(tracker, source.summary(), &mut taken);
        for packet in block.packets() {
            follow(tracker, &packet);
        }
    }
    tracker.finish();
    Ok(())
}

/// Takes the keys in a capture of which `taken` were taken before.
fn take_secrets(tracker: &mut Tracker, summary: &CaptureSummary, taken: &mut usize) {
    let all = &summary.secrets;
    let fresh = all.iter().skip(*taken);
    for secrets in fresh.filter(|secrets| secrets.kind == TLS_KEY_LOG) {
        tracker.take_keys(IN_CAPTURE, &secrets.octets);
    }
    *taken = all.len();
}

/// Follows the files that are to be read, with the keys that are given beside them.
fn track_files(reading: &Reading, source: &mut dyn PacketSource) -> Result<Tracker> {
    let mut tracker = GivenKeys::read(reading)?.tracker();
    track_on(&mut tracker, source)?;
    Ok(tracker)
}

fn follow(tracker: &mut Tracker, packet: &RawPacket<'_>) {
    tracker.packet(packet, &decode::frame(packet, &mut Quiet));
}

fn analyze(args: &Analyze, out: &mut impl Write) -> Result<Outcome> {
    let files = files(&args.reading)?;
    let mut source = files.open()?;
    // Opened first: whether it can be written is known before a long capture is read.
    let reporting = Reporting::prepare(&args.reporting, &args.reading.files)?;
    let tracker = track_files(&args.reading, &mut source)?;
    reporting.report(source.summary(), &tracker, out)
}

/// What shows names and addresses, or hides them under a key of this run.
fn redactor(privacy: Privacy) -> Result<Redactor> {
    if !privacy.redact {
        return Ok(Redactor::off());
    }
    let no_key = |error| anyhow!("cannot redact: the system has no random numbers: {error}");
    Redactor::with_random_key().map_err(no_key)
}

fn print_schema(of: Schema, out: &mut impl Write) -> Result<()> {
    let text = match of {
        Schema::Report => schema::REPORT,
        Schema::Packets => schema::PACKET,
        Schema::Events => schema::EVENT,
        Schema::Extract => schema::EXTRACTION,
    };
    Ok(out.write_all(text.as_bytes())?)
}

fn files(reading: &Reading) -> Result<Files> {
    Ok(Files::new(&reading.files, reading.filter.as_deref())?)
}

/// Reads the capture twice: what a packet is can depend on what follows it.
fn show(args: &Packets, out: &mut impl Write) -> Result<()> {
    let mut files = files(&args.reading)?;
    files.keep()?;
    let mut first = files.open()?;
    let tracker = track_files(&args.reading, &mut first)?;
    let summary = first.summary();
    let mut viewer = Viewer {
        lens: Lens::new(&tracker),
        first: None,
        shown: 0,
        redactor: redactor(args.privacy)?,
    };
    let mut source = files.open()?;
    let mut block = Block::default();
    let done = |viewer: &Viewer<'_>| args.number.is_some() && viewer.shown > 0;
    while !done(&viewer) && source.next_block(&mut block)? {
        for packet in block.packets() {
            viewer.take(&packet, args, out)?;
        }
    }
    viewer.lens.end();
    viewer.show(args, out)?;
    if let (Some(number), 0) = (args.number, viewer.shown) {
        let name = summary.sources.join(", ");
        match &summary.filter {
            Some(choice) => bail!(
                "{name} has no packet {number} that passes the filter '{}'",
                choice.filter
            ),
            None => bail!(
                "{name} has no packet {number}: it has {}",
                tracker.totals().packets
            ),
        }
    }
    warn_if_cut(summary, &viewer.redactor)
}

struct Viewer<'t> {
    lens: Lens<'t>,
    first: Option<Timestamp>,
    shown: u64,
    redactor: Redactor,
}

impl Viewer<'_> {
    fn take(&mut self, packet: &RawPacket<'_>, args: &Packets, out: &mut impl Write) -> Result<()> {
        self.first.get_or_insert(packet.time);
        if args.number.is_none_or(|number| number == packet.number) {
            self.lens.look(packet);
        } else {
            self.lens.pass(packet);
        }
        self.show(args, out)
    }

    /// Shows what waits for nothing more.
    fn show(&mut self, args: &Packets, out: &mut impl Write) -> Result<()> {
        while let Some((packet, view)) = self.lens.settled() {
            self.shown += 1;
            let (packet, redactor) = (&packet.packet(), &self.redactor);
            match (args.format, args.number) {
                (Format::Json, _) => packets::object(packet, &view, redactor, out)?,
                (Format::Text, Some(_)) => packets::octet_by_octet(packet, &view, redactor, out)?,
                (Format::Text, None) => {
                    let first = self.first.unwrap_or(packet.time);
                    packets::line(packet, &view, first, redactor, out)?;
                }
            }
        }
        Ok(())
    }
}

/// Says on standard error that files ended early, where the output has no place for it.
fn warn_if_cut(summary: &CaptureSummary, redactor: &Redactor) -> Result<()> {
    for early in &summary.ended_early {
        let early = redactor.show(ended_early(early));
        writeln!(anstream::stderr(), "relayscope: {early}")?;
    }
    Ok(())
}
