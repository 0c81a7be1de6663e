//! Network namespaces that tests make for themselves and that end with them.

use std::io::{self, Write as _};
use std::process::Command;

/// Set where the test runs in a namespace already.
const INSIDE: &str = "RELAYSCOPE_IN_NAMESPACE";

/// Runs `test`, which is the test of this name, in a network namespace of its own.
pub(crate) fn in_namespace(name: &str, test: impl FnOnce()) {
    let up = ["link", "set", "lo", "up"];
    if std::env::var_os(INSIDE).is_some() {
        assert!(ip(&up));
        return test();
    }
    let kinds = [&["--net"][..], &["--map-root-user", "--net"]];
    let makes = |kind: &&&[&str]| {
        let made = Command::new("unshare")
            .args(**kind)
            .arg("ip")
            .args(up)
            .output();
        made.is_ok_and(|made| made.status.success())
    };
    let Some(kind) = kinds.iter().find(makes) else {
        return skip("no network namespace can be made here");
    };
    let output = Command::new("unshare")
        .args(*kind)
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("it runs");
    let [told, said] = [&output.stdout, &output.stderr].map(|out| String::from_utf8_lossy(out));
    let passed = output.status.success() && told.contains("1 passed");
    assert!(passed, "{told}{said}");
    for line in said.lines().filter(|line| line.starts_with("skipped ")) {
        let _ = writeln!(io::stderr(), "{line}");
    }
}

/// Says why a test was skipped, past what collects the output of tests that pass.
pub(crate) fn skip(why: &str) {
    let name = std::thread::current();
    let name = name.name().unwrap_or_default();
    let _ = writeln!(io::stderr(), "skipped {name}: {why}");
}

/// Runs `ip` with these arguments; tells whether it could.
pub(crate) fn ip(args: &[&str]) -> bool {
    let done = Command::new("ip").args(args).status();
    done.is_ok_and(|status| status.success())
}
