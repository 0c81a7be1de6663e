//! What the process may still do once everything is open.
//!
//! `live` reads hostile octets, on the host of a relay, for days. A fault in a parser must not
//! become a way into that host, so what is no longer needed is given away. This is the order:
//!
//! 1. outputs are opened, then the capture device, then the listener of the metrics;
//! 2. [`Confinement::close`]: root becomes the invoking user (also for files that are made later),
//!    capabilities go, no program can be started that has more, files can be opened only where
//!    [`Confinement::writing_in`] or [`Confinement::exporting_to`] allows it, and system calls are
//!    those of the list in `calls`;
//! 3. threads are started. They inherit all of it.
//!
//! What is open stays open and works on. A layer that cannot be closed is told by its [`Step`] and
//! ends nothing: the other layers stand. Refused calls fail with `EPERM` or `EACCES`, and no signal
//! is sent: they are errors like any other.
//!
//! What `--no-sandbox` loses: a fault in the reading of frames then holds all that the process was
//! started with. It may read and replace every file of that user (as root, every file), start
//! programs, and send what it saw to anybody. No verdict depends on it.
//!
//! What stays open in any case: the frames that the capture device hands over, the files that are
//! open, and whoever asks for metrics. A packet socket can also send; nothing takes that from it.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod rights;
#[cfg(target_os = "linux")]
mod user;

use std::fmt;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use crate::base::label::printable_path;

/// What the process needs from now on; all else is given away.
#[derive(Debug, Clone, Default)]
pub struct Confinement<'a> {
    directories: Vec<PathBuf>,
    outputs: Vec<&'a File>,
    exports: Vec<PathBuf>,
    interfaces: Vec<String>,
    listening: bool,
    drawing: bool,
}

impl<'a> Confinement<'a> {
    /// Nothing but what is open: frames are read, open files are written.
    pub fn new() -> Self {
        Self::default()
    }

    /// Beneath this directory files are still made, read, written, renamed and removed.
    ///
    /// The user that root becomes is one who may do so.
    #[must_use]
    pub fn writing_in(mut self, directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        let here = directory.as_os_str().is_empty();
        self.directories
            .push(if here { ".".into() } else { directory });
        self
    }

    /// Beneath this directory files are still made, and none is read, where the user that root
    /// becomes may do so.
    ///
    /// That user is not chosen for it, and root does not stay for it.
    #[must_use]
    pub fn exporting_to(mut self, directory: impl Into<PathBuf>) -> Self {
        self.exports.push(directory.into());
        self
    }

    /// This file was made by this process, and shall belong to whom root becomes.
    #[must_use]
    pub fn handing_over(mut self, output: &'a File) -> Self {
        self.outputs.push(output);
        self
    }

    /// The losses of this interface are still read from the kernel's files.
    ///
    /// libpcap does so for an interface in promiscuous mode. Where it may not, it takes the counter
    /// for zero, and adds a loss of four thousand million frames.
    #[must_use]
    pub fn counting(mut self, interface: impl Into<String>) -> Self {
        self.interfaces.push(interface.into());
        self
    }

    /// Connections to a listener that is open are still taken and answered.
    #[must_use]
    pub fn listening(mut self) -> Self {
        self.listening = true;
        self
    }

    /// A terminal that is open is still set, drawn on and waited for.
    #[must_use]
    pub fn drawing(mut self) -> Self {
        self.drawing = true;
        self
    }

    /// Gives away all else, for good. Call it once, before threads are started.
    ///
    /// One step for each layer, in the order in which they were closed.
    #[cfg(target_os = "linux")]
    pub fn close(&self) -> Vec<Step> {
        let departure = user::leave_root(&self.directories, &self.outputs);
        let step = |layer, outcome| Step { layer, outcome };
        vec![
            step(Layer::Outputs, departure.outputs),
            step(Layer::User, departure.user),
            step(Layer::Capabilities, rights::clear(departure.kept)),
            step(Layer::Privileges, rights::no_new_privileges()),
            step(Layer::Files, files::confine(self)),
            step(Layer::Calls, calls::limit(self)),
        ]
    }

    /// Says that nothing can be given away here.
    #[cfg(not(target_os = "linux"))]
    pub fn close(&self) -> Vec<Step> {
        Layer::ALL
            .into_iter()
            .map(|layer| Step {
                layer,
                outcome: Outcome::Not(Lack::NotLinux),
            })
            .collect()
    }
}

/// What became of one layer. As text it is a line for whoever runs the program.
#[derive(Debug)]
pub struct Step {
    /// Which layer.
    pub layer: Layer,
    /// Whether it is closed.
    pub outcome: Outcome,
}

impl Step {
    /// Whether nothing is left to warn of.
    pub const fn is_done(&self) -> bool {
        matches!(self.outcome, Outcome::Done)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sandbox, {}: ", self.layer)?;
        match &self.outcome {
            Outcome::Done => f.write_str("done"),
            Outcome::Partly(lack) => write!(f, "done in part: {lack}"),
            Outcome::Not(lack) => write!(f, "not done: {lack}"),
        }
    }
}

/// What is given away, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Output files belong to the invoking user.
    Outputs,
    /// The process is the invoking user, and was root.
    User,
    /// No capability is left.
    Capabilities,
    /// No program that it starts has more than it has.
    Privileges,
    /// Files are opened only where they must be, and TCP not at all (Landlock).
    Files,
    /// Only listed system calls are made (seccomp).
    Calls,
}

impl Layer {
    /// All layers, in order.
    pub const ALL: [Self; 6] = [
        Self::Outputs,
        Self::User,
        Self::Capabilities,
        Self::Privileges,
        Self::Files,
        Self::Calls,
    ];
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outputs => "owner of the outputs",
            Self::User => "user",
            Self::Capabilities => "capabilities",
            Self::Privileges => "new privileges",
            Self::Files => "files",
            Self::Calls => "system calls",
        })
    }
}

/// Whether a layer is closed.
#[derive(Debug)]
pub enum Outcome {
    /// It is, or was before.
    Done,
    /// Some of it is.
    Partly(Lack),
    /// It is as open as before.
    Not(Lack),
}

/// Why a layer is not closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Lack {
    /// Another system.
    #[error("only Linux can do it; run it as a user who may capture and do little else")]
    NotLinux,
    /// Nobody else may write where files are to be made.
    #[error("it stays root, for nobody else may make files in {}", printable_path(.0))]
    OnlyRoot(PathBuf),
    /// A call of the system was refused.
    #[error("{call} is refused: {source}")]
    Refused {
        /// The system call.
        call: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The capability that goes past the permissions of files is needed where files are made.
    #[error("it keeps CAP_DAC_OVERRIDE, without which it cannot make its files")]
    Override,
    /// Threads that were there before.
    #[error("threads that were started before keep what they had: {0}")]
    EarlierThreads(usize),
    /// No Landlock at all.
    #[error("this kernel has no Landlock (Linux 5.13 and later do), or it is not switched on")]
    NoLandlock,
    /// A Landlock that knows less.
    #[error("the Landlock of this kernel is an older one, which leaves some ways open")]
    OlderLandlock,
    /// Landlock was not to be had.
    #[error("Landlock is refused: {0}")]
    Landlock(String),
    /// No filter of system calls.
    #[error("the filter is refused: {0}")]
    Seccomp(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_line_that_says_what_is_missing() {
        let step = Step {
            layer: Layer::Files,
            outcome: Outcome::Not(Lack::NoLandlock),
        };
        assert_eq!(
            step.to_string(),
            "sandbox, files: not done: this kernel has no Landlock (Linux 5.13 and later do), or \
             it is not switched on"
        );
        assert!(!step.is_done());
    }

    #[test]
    fn the_directory_of_a_bare_name_is_the_current_one() {
        let plan = Confinement::new().writing_in("");
        assert_eq!(plan.directories, [PathBuf::from(".")]);
    }
}
