//! The real binary on live interfaces: in network namespaces that the tests make for themselves
//! and that end with them. Where none can be made, they say so and are skipped.

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use common::namespace::{in_namespace, ip, skip};
use common::spoken::{CALL, call, say};
use common::{capture, report_of_capture, timeless};
use serde_json::{Value, json};

#[test]
fn a_call_that_passes_is_judged_as_its_file_is() {
    in_namespace("a_call_that_passes_is_judged_as_its_file_is", || {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live.json");
        let output = file.to_string_lossy();
        let live = Live::start(&["-i", "lo", "--format", "json", "-o", &output]);
        say(&call());
        live.interrupt();
        let (code, told) = live.end();
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains(" 0 lost"), "{told}");
        let octets = std::fs::read(&file).expect("the report");
        let report: Value = serde_json::from_slice(&octets).expect("JSON");
        let (expected, _) = report_of_capture(&capture(CALL), None);
        assert_eq!(timeless(&report), timeless(&expected));
        assert_eq!(report["capture"]["sources"], json!(["lo"]));
        assert_eq!(report["capture"]["dropped"], 0);
    });
}

#[test]
fn the_report_is_that_of_the_file_that_was_saved() {
    in_namespace("the_report_is_that_of_the_file_that_was_saved", || {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let file = folder.path().join("saved.pcapng");
        let live = Live::start(&[
            "-i",
            "lo",
            "--format",
            "json",
            "--write",
            &file.to_string_lossy(),
        ]);
        say(&call());
        live.interrupt();
        let mut report = live.report();
        let (mut saved, _) = report_of_capture(&file, None);
        assert_eq!(report["capture"]["sources"].take(), json!(["lo"]));
        assert_eq!(saved["capture"]["sources"].take(), json!(["saved.pcapng"]));
        for of in [&mut report, &mut saved] {
            of["capture"]["interfaces"][0]["source"].take();
        }
        assert_eq!(report, saved);
    });
}

#[test]
fn what_changes_is_told_while_it_runs() {
    in_namespace("what_changes_is_told_while_it_runs", || {
        let mut live = Live::start(&["-i", "lo", "--format", "json", "--metrics", "39477"]);
        let stdout = live.child.stdout.take().expect("a pipe");
        let events = std::thread::spawn(|| {
            let lines = BufReader::new(stdout)
                .lines()
                .map(|line| line.expect("text"));
            let events = lines.map(|line| serde_json::from_str(&line).expect("JSON"));
            events.collect::<Vec<Value>>()
        });
        say(&call());
        std::thread::sleep(Duration::from_millis(600));
        let metrics = asked("127.0.0.1:39477");
        live.interrupt();
        assert_eq!(live.end().0, Some(0));
        let events = events.join().expect("events");
        let first = |kind: &str| events.iter().position(|event| event["event"] == kind);
        let told: Vec<_> = ["allocation-created", "call-began", "path-proven", "report"]
            .map(|kind| first(kind).unwrap_or_else(|| panic!("nothing tells {kind}")))
            .into();
        assert!(told.is_sorted(), "{told:?}");
        for line in [
            "relayscope_calls_active 1",
            "relayscope_packets_dropped_total 0",
            "relayscope_claims{claim=\"relay-forwards-unchanged\",verdict=\"holds\"} 1",
            "relayscope_exposures{item=\"account\"} 3",
        ] {
            assert!(
                metrics.lines().any(|found| found == line),
                "{line} not in {metrics}"
            );
        }
    });
}

/// The numbers that are served at an address.
fn asked(address: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).expect("a listener");
    write!(stream, "GET /metrics HTTP/1.1\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn a_filter_of_the_kernel_lets_no_claim_hold() {
    in_namespace("a_filter_of_the_kernel_lets_no_claim_hold", || {
        let live = Live::start(&["-i", "any", "-f", "udp", "--format", "json"]);
        say(&call());
        live.interrupt();
        let report = live.report();
        assert_eq!(report["capture"]["link_types"], json!(["linux-cooked-v2"]));
        assert_eq!(report["capture"]["filter"], "udp");
        assert!(report["capture"]["filtered_out"].is_null());
        assert_eq!(report["summary"]["calls"], 1);
        for (claim, verdicts) in report["summary"]["claims"].as_object().expect("claims") {
            assert_eq!(verdicts["holds"], 0, "{claim}");
        }
    });
}

#[test]
fn a_second_signal_ends_it_at_once() {
    in_namespace("a_second_signal_ends_it_at_once", || {
        let mut live = Live::start(&["-i", "lo", "--format", "json"]);
        say(&call());
        live.interrupt();
        live.wait_for(" 0 lost");
        // The report is larger than a pipe, and nobody reads: it would never end.
        live.interrupt();
        assert_eq!(live.end().0, Some(130));
    });
}

#[test]
fn an_interface_that_goes_away_ends_for_itself_only() {
    in_namespace("an_interface_that_goes_away_ends_for_itself_only", || {
        if !ip(&["link", "add", "va", "type", "veth", "peer", "name", "vb"]) {
            return skip("this kernel has no veth interfaces");
        }
        assert!(ip(&["link", "set", "va", "up"]));
        let mut both = Live::start(&["-i", "va", "-i", "lo", "--format", "json"]);
        let alone = Live::start(&["-i", "va"]);
        assert!(ip(&["link", "del", "va"]));
        let (code, told) = alone.end();
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("va cannot be captured on any more"), "{told}");
        both.wait_for("va cannot be captured on any more");
        say(&call());
        both.interrupt();
        let report = both.report();
        let early = report["capture"]["ended_early"].as_str().expect("told");
        assert!(early.starts_with("va cannot be captured on"), "{early}");
        assert_eq!(report["summary"]["calls"], 1);
    });
}

#[test]
fn a_duration_ends_it_and_a_closed_pipe_is_success() {
    in_namespace("a_duration_ends_it_and_a_closed_pipe_is_success", || {
        let mut live = Live::start(&["-i", "lo", "--duration", "1s"]);
        drop(live.child.stdout.take());
        assert_eq!(live.end().0, Some(0));
    });
}

#[test]
fn what_cannot_be_captured_is_said_in_one_line() {
    in_namespace("what_cannot_be_captured_is_said_in_one_line", || {
        let none = refused(relayscope().args(["live", "-i", "nope"]));
        assert!(
            none.contains("there is no interface nope: there are "),
            "{none}"
        );
        let default = refused(relayscope().arg("live"));
        assert!(
            default.contains("no interface is up and has an address"),
            "{default}"
        );
        let filter = refused(relayscope().args(["live", "-i", "lo", "-f", "udp prot 7"]));
        assert!(
            filter.contains("'udp prot 7'") && filter.contains("syntax error"),
            "{filter}"
        );
        let mut bare = Command::new("setpriv");
        bare.args(["--bounding-set=-net_raw", "--inh-caps=-net_raw"]);
        bare.args([env!("CARGO_BIN_EXE_relayscope"), "live", "-i", "lo"]);
        let forbidden = refused(&mut bare);
        for word in [
            "CAP_NET_RAW",
            "sudo relayscope live",
            "setcap cap_net_raw+ep",
        ] {
            assert!(forbidden.contains(word), "{forbidden}");
        }
    });
}

#[test]
fn interfaces_are_listed_without_privilege() {
    let output = relayscope()
        .args(["interfaces", "--format", "json"])
        .output();
    let text = String::from_utf8(output.expect("it runs").stdout).expect("text");
    let listed = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let loopback: Vec<_> = listed.filter(|device| device["loopback"] == true).collect();
    assert_eq!(loopback.len(), 1, "{text}");
    assert_eq!(loopback[0]["default"], false);
}

fn relayscope() -> Command {
    Command::new(env!("CARGO_BIN_EXE_relayscope"))
}

/// Runs what must be refused; gives the one line that says why.
fn refused(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    let told = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(output.stdout.is_empty());
    assert_eq!(told.lines().count(), 1, "{told}");
    told
}

/// A run of `relayscope live`.
struct Live {
    child: Child,
    lines: BufReader<ChildStderr>,
    told: String,
}

impl Live {
    /// Starts it, and waits until the kernel keeps packets for it.
    fn start(args: &[&str]) -> Self {
        let mut command = relayscope();
        command.arg("live").args(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let lines = BufReader::new(child.stderr.take().expect("a pipe"));
        let told = String::new();
        let mut live = Self { child, lines, told };
        live.wait_for("capturing on");
        live
    }

    fn wait_for(&mut self, what: &str) {
        let mut from = self.told.len();
        while !self.told[from..].contains(what) {
            from = self.told.len();
            let read = self.lines.read_line(&mut self.told).expect("text");
            assert_ne!(read, 0, "it ended without '{what}': {}", self.told);
        }
    }

    /// Ctrl-C.
    fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.expect("a shell").success());
    }

    /// What it writes to standard output until it ends well.
    fn report(mut self) -> Value {
        let mut out = String::new();
        let stdout = self.child.stdout.as_mut().expect("a pipe");
        stdout.read_to_string(&mut out).expect("text");
        let (code, told) = self.end();
        assert_eq!(code, Some(0), "{told}");
        let last = out.lines().next_back().expect("an event");
        let mut event: Value = serde_json::from_str(last).expect("JSON");
        assert_eq!(event["event"], "report");
        event["report"].take()
    }

    /// The exit code, and all that it said.
    fn end(mut self) -> (Option<i32>, String) {
        self.lines.read_to_string(&mut self.told).expect("text");
        let status = self.child.wait().expect("it ends");
        (status.code(), self.told.clone())
    }
}

/// Where a test fails, it leaves nothing running.
impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
