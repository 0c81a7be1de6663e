//! Capabilities, and the promise never to gain any.

use std::fs;

use caps::errors::CapsError;
use caps::{CapSet, Capability};

use super::{Lack, Outcome};

/// Clears all sets of capabilities; only the one that goes past the permissions of files is kept
/// where it is needed to make files.
pub(super) fn clear(kept: bool) -> Outcome {
    let kept = kept.then_some(Capability::CAP_DAC_OVERRIDE);
    let refused = |error: CapsError| {
        Outcome::Not(Lack::Refused {
            call: "capset",
            source: std::io::Error::other(error),
        })
    };
    match clear_but(kept) {
        Err(error) => refused(error),
        Ok(()) if kept.is_some() => Outcome::Partly(Lack::Override),
        Ok(()) => match threads().filter(|thread| has_any(*thread)).count() {
            0 => Outcome::Done,
            threads => Outcome::Partly(Lack::EarlierThreads(threads)),
        },
    }
}

fn clear_but(kept: Option<Capability>) -> Result<(), CapsError> {
    // What programs could be given: only who may change it must, the others gain nothing by it.
    if caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP)? {
        caps::clear(None, CapSet::Bounding)?;
    }
    caps::clear(None, CapSet::Ambient)?;
    caps::clear(None, CapSet::Inheritable)?;
    let kept = kept.into_iter().collect();
    caps::set(None, CapSet::Effective, &kept)?;
    caps::set(None, CapSet::Permitted, &kept)
}

fn has_any(thread: i32) -> bool {
    // One that ended meanwhile has none.
    caps::read(Some(thread), CapSet::Permitted).is_ok_and(|left| !left.is_empty())
}

/// No program that is started has more than this process: neither set-user-ID nor capabilities of
/// files count.
pub(super) fn no_new_privileges() -> Outcome {
    match nix::sys::prctl::set_no_new_privs() {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Not(Lack::Refused {
            call: "prctl",
            source: error.into(),
        }),
    }
}

/// The threads of this process, by number; none where the system does not show them.
pub(super) fn threads() -> impl Iterator<Item = i32> {
    let shown = fs::read_dir("/proc/self/task").into_iter().flatten();
    shown.filter_map(|thread| thread.ok()?.file_name().to_str()?.parse().ok())
}
