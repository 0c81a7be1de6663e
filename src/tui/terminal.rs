//! The terminal: taken, and given back as it was, whatever happens.

use std::io::{self, Stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::cursor::Show;
use crossterm::event::{self, DisableBracketedPaste, EnableBracketedPaste, Event, KeyEvent};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

/// Set while the terminal is taken. Given back twice, it would be written on from where the cursor
/// stood when it was taken: over what was told since it was given back first.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Set once a panic has given the terminal back: nothing is drawn over what it says.
static LOST: AtomicBool = AtomicBool::new(false);

/// A terminal in raw mode on its alternate screen; given back when dropped.
#[derive(Debug)]
pub struct Taken {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

/// What came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(KeyEvent),
    /// Text that was pasted.
    Text(String),
    /// It has another size.
    Resized,
}

impl Taken {
    /// Takes the terminal.
    ///
    /// # Errors
    /// Where the system does not let it be set.
    pub fn take() -> io::Result<Self> {
        give_back_on_panic();
        enter().inspect_err(|_| give_back())?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()));
        terminal
            .map(|terminal| Self { terminal })
            .inspect_err(|_| give_back())
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn draw(&mut self, show: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if LOST.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.terminal.draw(show).map(|_| ())
    }

    /// Takes it again after it was given back, or after others wrote on it: everything is drawn
    /// anew.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn again(&mut self) -> io::Result<()> {
        // Others may have set it otherwise meanwhile: what is known of its mode is forgotten.
        disable_raw_mode()?;
        enter()?;
        execute!(io::stdout(), Clear(ClearType::All))?;
        // One that knows of nothing drawn. To clear the old one would be to ask where the cursor
        // is, and whoever waits for keys would take the answer.
        self.terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// Opens what keys come from, for a process that can open nothing later.
///
/// # Errors
/// Where there is no terminal.
pub fn open() -> io::Result<()> {
    event::poll(Duration::ZERO).map(drop)
}

/// What comes next from the terminal; waits for it.
///
/// # Errors
/// Where the terminal is gone.
pub fn input() -> io::Result<Input> {
    loop {
        return Ok(match event::read()? {
            Event::Key(key) => Input::Key(key),
            Event::Paste(text) => Input::Text(text),
            Event::Resize(..) => Input::Resized,
            _ => continue,
        });
    }
}

/// Whether this kind of terminal, as `TERM` names it, has a screen that can be drawn on.
pub fn can_draw(term: &str) -> bool {
    !matches!(term, "" | "dumb" | "unknown")
}

fn enter() -> io::Result<()> {
    TAKEN.store(true, Ordering::Relaxed);
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

/// Gives the terminal back where it is taken. What fails here has nobody left to be told.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::Relaxed) {
        return;
    }
    let _ = execute!(
        io::stdout(),
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

/// A panic is printed on a terminal that can show it.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            LOST.store(true, Ordering::Relaxed);
            give_back();
            before(panic);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_without_a_screen_is_not_drawn_on() {
        assert!(!can_draw("dumb"));
        assert!(!can_draw(""));
        assert!(can_draw("xterm-256color"));
    }
}
