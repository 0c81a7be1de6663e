//! What happens while a capture runs, in lines on standard error; while a dashboard has the
//! terminal, in its footer, and on standard error after that.
//!
//! They are for whoever runs the capture and are not redacted: he named the interfaces himself.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write as _;
use std::mem;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::capture::{CaptureSummary, Interface, RecordError, Recorded};
use crate::cli;
use crate::flow::Tracker;
use crate::run::dashboard::Occurrence;

/// Time between two lines about losses, which can go on for long.
const BETWEEN_LOSSES: Duration = Duration::from_secs(10);
/// Lines that are kept while they cannot be written: the last ones.
const KEPT: usize = 64;

/// Where it is said, and what was said already.
pub(super) struct Status {
    /// The screen, while there is one.
    screen: Option<Sender<Occurrence>>,
    /// What was said there.
    kept: VecDeque<String>,
    dropped: u64,
    dropped_at: Option<Instant>,
}

impl Status {
    pub(super) fn new() -> Self {
        Self {
            screen: None,
            kept: VecDeque::new(),
            dropped: 0,
            dropped_at: None,
        }
    }

    /// Says on what is captured, and for how long.
    pub(super) fn begin(&mut self, summary: &CaptureSummary, args: &cli::Live) {
        if args.interface.is_empty() {
            self.say(
                "no interface was named with -i: the first that is up and has an address is taken",
            );
        }
        let interfaces: Vec<_> = summary.interfaces.iter().map(described).collect();
        let interfaces = interfaces.join(", ");
        match args.duration {
            Some(time) => self.say(format_args!(
                "capturing on {interfaces} for {} s; Ctrl-C ends it before",
                time.as_secs()
            )),
            None => self.say(format_args!("capturing on {interfaces}; Ctrl-C ends it")),
        }
    }

    /// Says that more was lost, where it was.
    pub(super) fn losses(&mut self, summary: &CaptureSummary) {
        let now = Instant::now();
        let dropped = summary.dropped().unwrap_or_default();
        let just_said = |at: Instant| now.duration_since(at) < BETWEEN_LOSSES;
        if dropped > self.dropped && !self.dropped_at.is_some_and(just_said) {
            self.dropped = dropped;
            self.dropped_at = Some(now);
            self.say(format_args!(
                "{dropped} packets were lost so far: a larger --buffer or a --filter helps"
            ));
        }
    }

    /// Says what was captured.
    pub(super) fn end(&mut self, summary: &CaptureSummary, tracker: &Tracker) {
        let packets = tracker.totals().packets;
        let dropped = summary.dropped().unwrap_or_default();
        self.say(format_args!("{packets} packets, {dropped} lost"));
    }

    /// Says what was recorded, or why no more was.
    pub(super) fn recorded(&mut self, recorded: &Result<Recorded, RecordError>) {
        match recorded {
            Ok(Recorded {
                files: 1, packets, ..
            }) => {
                self.say(format_args!("{packets} packets were recorded"));
            }
            Ok(Recorded { files, packets, .. }) => {
                self.say(format_args!(
                    "{packets} packets were recorded in {files} files"
                ));
            }
            Err(error) => self.say(error),
        }
    }

    /// From now on it is said on a screen.
    pub(super) fn go_on_screen(&mut self, screen: Sender<Occurrence>) {
        self.screen = Some(screen);
    }

    /// The screen is gone: what was said there is said in lines.
    pub(super) fn leave_screen(&mut self) {
        self.screen = None;
        for line in mem::take(&mut self.kept) {
            self.say(line);
        }
    }

    pub(super) fn say(&mut self, what: impl fmt::Display) {
        let Some(screen) = &self.screen else {
            // Where standard error is gone, the capture goes on: the report does not depend on it.
            let _ = writeln!(anstream::stderr(), "relayscope: {what}");
            return;
        };
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(what.to_string());
        // Where the screen is gone too, it is said in lines later.
        let _ = screen.send(Occurrence::Told(what.to_string()));
    }
}

fn described(interface: &Interface) -> String {
    let name = interface.name.as_deref().unwrap_or_default();
    format!("{name} ({})", interface.link.name())
}
