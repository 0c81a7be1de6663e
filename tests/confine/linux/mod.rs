//! Each test runs in a process of its own, which has one thread until the test starts more: as
//! whoever runs the tests and, where that is root, once more as nobody.
#![expect(
    clippy::print_stdout,
    reason = "a test says what it could not try here"
)]

mod open;
mod refused;
mod threads;
mod user;

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Trial};
use nix::unistd::{Pid, Uid};
use relayscope::run::confine::{Lack, Layer, Outcome, Step};

pub(super) fn main() -> ExitCode {
    let Some(place) = env::var_os(PLACE) else {
        return run_all();
    };
    let asked = env::args().nth(1);
    let test = TESTS
        .iter()
        .find(|(name, _)| Some(*name) == asked.as_deref());
    let (_, test) = test.expect("the name of a test");
    test(Path::new(&place));
    ExitCode::SUCCESS
}

/// Each gets an empty directory.
type Test = (&'static str, fn(&Path));

const TESTS: [Test; 13] = [
    (
        "what_is_not_needed_is_refused",
        refused::what_is_not_needed_is_refused,
    ),
    (
        "files_are_made_only_in_the_output_directory",
        refused::files_are_made_only_in_the_output_directory,
    ),
    (
        "reports_are_made_and_nothing_is_read_beside_them",
        refused::reports_are_made_and_nothing_is_read_beside_them,
    ),
    ("what_is_open_works_on", open::what_is_open_works_on),
    (
        "a_terminal_is_set_and_no_more",
        open::a_terminal_is_set_and_no_more,
    ),
    ("metrics_are_served", open::metrics_are_served),
    (
        "frames_and_losses_are_still_read",
        open::frames_and_losses_are_still_read,
    ),
    ("root_becomes_the_owner", user::root_becomes_the_owner),
    (
        "root_becomes_who_called_sudo",
        user::root_becomes_who_called_sudo,
    ),
    (
        "root_stays_root_where_nobody_else_may_write",
        user::root_stays_root_where_nobody_else_may_write,
    ),
    (
        "threads_begin_and_end_and_panic_as_ever",
        threads::threads_begin_and_end_and_panic_as_ever,
    ),
    (
        "threads_that_were_there_are_limited_too",
        threads::threads_that_were_there_are_limited_too,
    ),
    (
        "signals_reach_nobody_else",
        threads::signals_reach_nobody_else,
    ),
];

fn assert_all_done(steps: &[Step]) {
    assert_eq!(steps.len(), Layer::ALL.len());
    assert!(steps.iter().all(may_be_left), "{steps:?}");
}

/// Whether a layer is closed, or the kernel has none of it, which is told.
fn may_be_left(step: &Step) -> bool {
    let lacking = |lack: &Lack| matches!(lack, Lack::NoLandlock | Lack::OlderLandlock);
    match &step.outcome {
        Outcome::Done => true,
        Outcome::Partly(lack) | Outcome::Not(lack) => {
            println!("{step}");
            lacking(lack)
        }
    }
}

/// Whether a layer was not closed.
fn is_open(steps: &[Step], layer: Layer) -> bool {
    let open = |step: &Step| step.layer == layer && !step.is_done();
    steps.iter().any(open)
}

fn run_all() -> ExitCode {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let open = Permissions::from_mode(0o755);
    fs::set_permissions(folder.path(), open).expect("an open directory");
    // Nobody may not look where the tests are built. Copied once: while a file is written, in
    // whatever process, it cannot be run.
    let program = folder.path().join("program");
    let own = env::current_exe().expect("a program has a file");
    fs::copy(own, &program).expect("a copy");
    let trial = |(name, _)| {
        let program = program.clone();
        Trial::test(name, move || {
            alone(name, &program);
            Ok(())
        })
    };
    let trials = TESTS.into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Runs the test of this name in processes of its own.
fn alone(name: &str, program: &Path) {
    let place = |user| program.with_file_name(format!("{name}-{user}"));
    run(name, program, &place("same"), None);
    if Uid::effective().is_root() {
        run(name, program, &place("nobody"), Some(NOBODY));
    }
}

fn run(name: &str, program: &Path, place: &Path, user: Option<u32>) {
    fs::create_dir(place).expect("a new directory");
    let mut command = Command::new(program);
    command.arg(name).env(PLACE, place);
    command.env("RUST_BACKTRACE", "1").env_remove("PKEXEC_UID");
    command.env_remove("SUDO_UID").env_remove("SUDO_GID");
    if name.ends_with("sudo") {
        command.env("SUDO_UID", CALLER).env("SUDO_GID", CALLER);
    }
    if let Some(user) = user {
        chown(place, Some(user), Some(user)).expect("root may");
        command.uid(user).gid(user);
    }
    let output = command.output().expect("it starts");
    print!("{}", String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
}

/// Where a test that runs alone works.
const PLACE: &str = "RELAYSCOPE_CONFINED_IN";
const LOOPBACK: &str = "127.0.0.1:0";
const NOBODY: u32 = 65534;
/// Who called sudo: a user of no name.
const CALLER: &str = "54321";
/// All processes of the test's group (kill(2)).
const GROUP: Pid = Pid::from_raw(0);
