//! The dashboard: this thread draws, one waits for keys, one analyses.
//!
//! Whatever happens comes to the screen by one channel, so that an idle screen costs nothing; what
//! is asked goes to the analysis by another one. The analysis never waits for the screen.

mod analysis;
mod desk;
mod export;
mod page;
mod playback;
mod screen;
mod shelf;

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::{env, thread};

use anyhow::{Context as _, Result};
use crossbeam_channel::{Sender, unbounded};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, TERM_SIGNALS};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::{Outcome, redactor, reporting};
use crate::cli::Show;
use crate::tui::terminal::{self, Input, Taken};
use crate::tui::{Snapshot, Theme};
use analysis::Analysis;
use desk::Desk;
use screen::{End, Screen};
use shelf::FileShelf;

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
    let analysis = Analysis::open(desk, args.speed)?;
    let first = analysis.first();
    let mut taken = Taken::take().context("cannot draw on this terminal")?;
    // They end with the process: none of them holds anything that must be put in order.
    spawn("analysis", move || analysis.run(&asked))?;
    spawn("keys", {
        let occur = occur.clone();
        move || keys(&occur)
    })?;
    listen(occur)?;
    let end = Screen::new(theme(), first, ask).run(&mut taken, &occurrences);
    drop(taken);
    if let End::Signal(signal) = end.context("cannot draw on this terminal")? {
        // The shell learns that it was the signal.
        emulate_default_handler(signal).context("cannot end as the signal asks")?;
    }
    Ok(Outcome::Done)
}

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

/// Hands over the signals that end, stop and go on.
fn listen(occur: Sender<Occurrence>) -> Result<()> {
    let others = [SIGHUP, SIGTSTP, SIGCONT];
    let mut signals =
        Signals::new(TERM_SIGNALS.iter().chain(&others)).context("cannot listen for signals")?;
    spawn("signals", move || {
        for signal in signals.forever() {
            if occur.send(Occurrence::Signal(signal)).is_err() {
                return;
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
