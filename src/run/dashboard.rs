//! The dashboard: this thread draws, one waits for keys, one analyses: files here, interfaces in
//! [`live`](super::live).
//!
//! Whatever happens comes to the screen by one channel, so that an idle screen costs nothing; what
//! is asked goes to the analysis by another one. The analysis never waits for the screen.

mod analysis;
mod desk;
mod export;
mod playback;
mod screen;
mod shelf;

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::{env, thread};

use anyhow::{Context as _, Result};
use crossbeam_channel::{Receiver, Sender, unbounded};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, TERM_SIGNALS};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::given::GivenKeys;
use super::{Outcome, redactor, reporting};
use crate::cli::Show;
use crate::tui::terminal::{self, Input, Taken};
use crate::tui::{Effect, Snapshot, Theme};
use analysis::Analysis;
use screen::{End, Screen};
use shelf::FileShelf;

pub(super) use desk::Desk;
pub(super) use shelf::LiveShelf;

/// Something that the screen learns of.
pub(super) enum Occurrence {
    /// What came from the terminal; `None` where it is gone.
    Input(Option<Input>),
    /// A signal.
    Signal(i32),
    /// There is something new to show.
    Fresh(Arc<Snapshot>),
    /// Something to tell in a line.
    Told(String),
    /// The analysis ended, which it does not do by itself.
    Over,
}

/// Whether there is a terminal to draw on and to take keys from.
pub(super) fn is_possible() -> bool {
    let terminals = io::stdin().is_terminal() && io::stdout().is_terminal();
    terminals && terminal::can_draw(&env::var("TERM").unwrap_or_default())
}

/// Shows files until somebody ends it.
///
/// # Errors
/// Where there is no capture to read, or no terminal to draw on.
pub(super) fn run(args: &Show) -> Result<Outcome> {
    let mut files = super::files(&args.reading)?;
    files.keep()?;
    let (occur, occurrences) = unbounded();
    let (ask, asked) = unbounded();
    let question = reporting::question(&args.judging)?;
    let shelf = FileShelf::new(files);
    let desk = Desk::new(shelf, question, redactor(args.privacy)?, occur.clone());
    let given = GivenKeys::read(&args.reading)?;
    let analysis = Analysis::open(desk, given, args.speed)?;
    let first = analysis.first();
    // The threads end with the process: none of them holds anything that must be put in order.
    let console = Console::take((occur, occurrences), |_| ())?;
    spawn("analysis", move || analysis.run(&asked))?;
    if let End::Signal(signal) = console.show(first, ask)? {
        // The shell learns that it was the signal.
        emulate_default_handler(signal).context("cannot end as the signal asks")?;
    }
    Ok(Outcome::Done)
}

/// A terminal that is taken, and what occurs.
pub(super) struct Console {
    taken: Taken,
    occurrences: Receiver<Occurrence>,
}

impl Console {
    /// Takes the terminal; keys and signals are among the occurrences from now on. Signals that
    /// come after the end of the screen are for `late`.
    ///
    /// # Errors
    /// Where it cannot be drawn on, or threads cannot be started.
    pub(super) fn take(
        (occur, occurrences): (Sender<Occurrence>, Receiver<Occurrence>),
        late: impl Fn(i32) + Send + 'static,
    ) -> Result<Self> {
        let taken = Taken::take().context(NO_TERMINAL)?;
        spawn("keys", {
            let occur = occur.clone();
            move || keys(&occur)
        })?;
        listen(occur, late)?;
        Ok(Self { taken, occurrences })
    }

    /// Shows what occurs, from `first` on, until somebody or something ends it; gives the terminal
    /// back.
    ///
    /// # Errors
    /// Where the terminal cannot be drawn on any more.
    pub(super) fn show(mut self, first: Arc<Snapshot>, ask: Sender<Effect>) -> Result<End> {
        let screen = Screen::new(theme(), first, ask);
        let end = screen.run(&mut self.taken, &self.occurrences);
        end.context(NO_TERMINAL)
    }
}

const NO_TERMINAL: &str = "cannot draw on this terminal";

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).context("cannot start a thread")
}

/// Hands keys over as they come.
fn keys(occur: &Sender<Occurrence>) {
    loop {
        let input = terminal::input().ok();
        let gone = input.is_none();
        if occur.send(Occurrence::Input(input)).is_err() || gone {
            return;
        }
    }
}

/// Hands over the signals that end, stop and go on: to the screen, and after its end to `late`.
fn listen(occur: Sender<Occurrence>, late: impl Fn(i32) + Send + 'static) -> Result<()> {
    let others = [SIGHUP, SIGTSTP, SIGCONT];
    let mut signals =
        Signals::new(TERM_SIGNALS.iter().chain(&others)).context("cannot listen for signals")?;
    spawn("signals", move || {
        for signal in signals.forever() {
            if occur.send(Occurrence::Signal(signal)).is_err() {
                late(signal);
            }
        }
    })
}

/// As the environment wants it.
fn theme() -> Theme {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    Theme::of(set("NO_COLOR").is_some(), &locale.unwrap_or_default())
}
