//! The thread that draws.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::low_level::emulate_default_handler;

use super::Occurrence;
use crate::tui::terminal::{self, Input, Taken};
use crate::tui::{self, Action, App, Effect, Snapshot, Theme};

/// Time between two frames that nobody asked for, at least; keys and answers do not wait.
const FRAME: Duration = Duration::from_millis(100);

/// What is on the screen.
pub(super) struct Screen {
    app: App,
    theme: Theme,
    snapshot: Arc<Snapshot>,
    ask: Sender<Effect>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum End {
    /// Somebody wanted it to, or the terminal is gone.
    Asked,
    /// A signal.
    Signal(i32),
}

/// When the next frame is due.
struct Frames {
    drawn: Instant,
    due: Option<Instant>,
}

impl Screen {
    pub(super) fn new(theme: Theme, snapshot: Arc<Snapshot>, ask: Sender<Effect>) -> Self {
        Self {
            app: App::default(),
            theme,
            snapshot,
            ask,
        }
    }

    /// Draws what occurs, until the end.
    ///
    /// # Errors
    /// Where the terminal cannot be drawn on.
    pub(super) fn run(
        mut self,
        taken: &mut Taken,
        occurrences: &Receiver<Occurrence>,
    ) -> io::Result<End> {
        let mut frames = Frames::new(Instant::now());
        loop {
            let now = Instant::now();
            // What happened already is drawn with it, so that no key waits for an older frame.
            let is_late = occurrences.is_empty() || now >= frames.drawn + FRAME;
            if is_late && frames.due.is_some_and(|due| due <= now) {
                let (app, snapshot) = (&mut self.app, &self.snapshot);
                taken.draw(|frame| tui::draw(frame, app, snapshot, self.theme))?;
                frames.drew(now);
            }
            let occurrence = match frames.due {
                None => occurrences.recv().map_err(RecvTimeoutError::from),
                Some(due) => {
                    occurrences.recv_timeout(due.saturating_duration_since(Instant::now()))
                }
            };
            let occurrence = match occurrence {
                Ok(occurrence) => occurrence,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Ok(End::Asked),
            };
            frames.note(self.is_awaited(&occurrence), Instant::now());
            if let Some(end) = self.take(occurrence, taken)? {
                return Ok(end);
            }
        }
    }

    /// Whether somebody waits for this: a key was pressed, or it is the answer to one.
    fn is_awaited(&self, occurrence: &Occurrence) -> bool {
        match occurrence {
            Occurrence::Input(_) => true,
            Occurrence::Fresh(snapshot) => snapshot.answers(&self.snapshot),
            _ => false,
        }
    }

    fn take(&mut self, occurrence: Occurrence, taken: &mut Taken) -> io::Result<Option<End>> {
        match occurrence {
            Occurrence::Input(Some(input)) => return self.input(input, taken),
            Occurrence::Input(None) | Occurrence::Over => return Ok(Some(End::Asked)),
            Occurrence::Signal(SIGTSTP) => suspend(taken)?,
            Occurrence::Signal(SIGCONT) => taken.again()?,
            Occurrence::Signal(signal) => return Ok(Some(End::Signal(signal))),
            Occurrence::Fresh(snapshot) => self.show(snapshot),
            Occurrence::Told(words) => self.app.message = Some(words),
        }
        Ok(None)
    }

    fn show(&mut self, snapshot: Arc<Snapshot>) {
        // Where no packet has the number that was asked for, the one beside it is looked at.
        if let Some(look) = &snapshot.page.look
            && snapshot.page.asked == self.app.packet
        {
            self.app.packet = look.number;
        }
        self.snapshot = snapshot;
    }

    fn input(&mut self, input: Input, taken: &mut Taken) -> io::Result<Option<End>> {
        match input {
            Input::Key(key) => {
                if let Some(action) = tui::action(key, self.app.typing) {
                    return self.act(action, taken);
                }
            }
            Input::Text(text) if self.app.typing => {
                for letter in text.chars().filter(|letter| !letter.is_control()) {
                    self.act(Action::Type(letter), taken)?;
                }
            }
            Input::Text(_) | Input::Resized => {}
        }
        Ok(None)
    }

    fn act(&mut self, action: Action, taken: &mut Taken) -> io::Result<Option<End>> {
        match self.app.update(action, &self.snapshot) {
            Some(Effect::Quit) => return Ok(Some(End::Asked)),
            Some(Effect::Suspend) => suspend(taken)?,
            // Where the analysis is gone, its end is on its way.
            Some(asked) => drop(self.ask.send(asked)),
            None => {}
        }
        Ok(None)
    }
}

impl Frames {
    fn new(now: Instant) -> Self {
        Self {
            drawn: now,
            due: Some(now),
        }
    }

    /// Notes that there is something new to draw.
    fn note(&mut self, is_awaited: bool, now: Instant) {
        let due = if is_awaited {
            now
        } else {
            now.max(self.drawn + FRAME)
        };
        self.due = Some(self.due.map_or(due, |known| known.min(due)));
    }

    fn drew(&mut self, now: Instant) {
        self.drawn = now;
        self.due = None;
    }
}

/// Gives the terminal to the shell until it says to go on.
fn suspend(taken: &mut Taken) -> io::Result<()> {
    terminal::give_back();
    emulate_default_handler(SIGTSTP)?;
    taken.again()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_keep_their_distance_and_keys_do_not_wait() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let mut frames = Frames::new(begun);
        frames.drew(begun);
        frames.note(false, at(30));
        assert_eq!(frames.due, Some(at(100)));
        frames.drew(at(100));
        frames.note(true, at(120));
        assert_eq!(frames.due, Some(at(120)));
        frames.drew(at(120));
        frames.note(false, at(130));
        assert_eq!(frames.due, Some(at(220)));
        frames.note(true, at(140));
        assert_eq!(frames.due, Some(at(140)));
    }
}
