//! The command-line program: parse, run, print what went wrong, exit.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match relayscope::run::run(relayscope::cli::Cli::from_args()) {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(error) => {
            // Where standard error is gone too, the exit code still tells.
            let _ = writeln!(anstream::stderr(), "relayscope: {error:#}");
            ExitCode::from(2)
        }
    }
}
