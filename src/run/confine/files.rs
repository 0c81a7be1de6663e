//! Where files may still be opened: Landlock.

use std::fs;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, RestrictionStatus,
    Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, Scope, make_bitflags,
};

use super::rights::threads;
use super::{Confinement, Lack, Outcome};

/// Refuses all files but those beneath the directories of `plan` and the counters of its
/// interfaces, all TCP ports, abstract sockets and signals to others.
pub(super) fn confine(plan: &Confinement<'_>) -> Outcome {
    let others = threads().count().saturating_sub(1);
    let status = match restrict(plan) {
        Ok(status) => status.ruleset,
        Err(error) => return Outcome::Not(Lack::Landlock(error)),
    };
    match (status, others) {
        (RulesetStatus::NotEnforced, _) => Outcome::Not(Lack::NoLandlock),
        (_, threads @ 1..) => Outcome::Partly(Lack::EarlierThreads(threads)),
        (RulesetStatus::PartiallyEnforced, _) => Outcome::Partly(Lack::OlderLandlock),
        (RulesetStatus::FullyEnforced, _) => Outcome::Done,
    }
}

fn restrict(plan: &Confinement<'_>) -> Result<RestrictionStatus, String> {
    let mut allowed = Vec::new();
    for directory in &plan.directories {
        // One that is left out could not be written to later: better no Landlock, and a word.
        let opened = PathFd::new(directory).map_err(|error| error.to_string())?;
        allowed.push(PathBeneath::new(opened, WRITING));
    }
    // An export that is refused is told when it is asked for.
    let exports = plan.exports.iter().flat_map(PathFd::new);
    allowed.extend(exports.map(|opened| PathBeneath::new(opened, EXPORTING)));
    let counters = plan.interfaces.iter().filter_map(|name| counters(name));
    allowed.extend(counters.map(|opened| PathBeneath::new(opened, AccessFs::ReadFile)));
    enforce(allowed).map_err(|error| error.to_string())
}

fn enforce(allowed: Vec<PathBeneath<PathFd>>) -> Result<RestrictionStatus, landlock::RulesetError> {
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    let allowed = allowed.into_iter().map(Ok::<_, landlock::RulesetError>);
    ruleset.add_rules(allowed)?.restrict_self()
}

/// The counters of an interface. An interface or a system without them has none to be read.
fn counters(interface: &str) -> Option<PathFd> {
    // The kernel keeps them where the device is, and links to it from here.
    let counters = Path::new("/sys/class/net")
        .join(interface)
        .join("statistics");
    PathFd::new(fs::canonicalize(counters).ok()?).ok()
}

/// The Landlock that the confinement was tried with. Later ones refuse more, and only by choice.
const KNOWN: ABI = ABI::V7;

const WRITING: BitFlags<AccessFs> =
    make_bitflags!(AccessFs::{ReadDir | ReadFile | WriteFile | Truncate | MakeReg | RemoveFile});

/// What a report needs that is made there: nothing that is there is read.
const EXPORTING: BitFlags<AccessFs> = make_bitflags!(AccessFs::{WriteFile | MakeReg | RemoveFile});
