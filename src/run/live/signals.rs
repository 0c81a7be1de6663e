//! Ctrl-C and SIGTERM.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::TERM_SIGNALS;
use signal_hook::iterator::Signals;

/// Sets `stop` at the first signal that asks for an end; at the second, ends the process at once
/// and takes the file away that it would have left unfinished.
///
/// # Errors
/// Where the system does not hand signals over.
pub(super) fn listen(stop: Arc<AtomicBool>, unfinished: Option<PathBuf>) -> io::Result<()> {
    let mut signals = Signals::new(TERM_SIGNALS)?;
    let wait = move || {
        let mut asked = false;
        for signal in signals.forever() {
            stop.store(true, Ordering::Relaxed);
            if asked {
                end(signal, unfinished.as_ref());
            }
            asked = true;
        }
    };
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(wait)?;
    Ok(())
}

/// Ends the process as the signal would have, between two lines of standard error.
pub(super) fn end(signal: i32, unfinished: Option<&PathBuf>) -> ! {
    if let Some(path) = unfinished {
        // The process ends in any case, and what is left says by its name what it is.
        let _ = fs::remove_file(path);
    }
    let _whole = io::stderr().lock();
    process::exit(128 + signal)
}
