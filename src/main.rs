//! The command-line program: parse, run, print what went wrong, exit.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match relayscope::run::run(relayscope::cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is gone too, the exit code still tells.
            let _ = writeln!(anstream::stderr(), "relayscope: {error:#}");
            ExitCode::from(2)
        }
    }
}
