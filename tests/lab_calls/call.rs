//! A call, and what must be true of its report.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use super::common::namespace::skip;
use super::common::{report_of_capture, timeless};
use serde_json::Value;

/// A call that was made just now.
pub(crate) struct Call {
    /// What the file of the server's side says.
    pub(crate) report: Value,
    /// What was said live, at the same place.
    live: Value,
    /// What the programs in the call say.
    pub(crate) truth: Value,
}

impl Call {
    /// Makes the call of a scenario; `None`, and told, where no such call can be made.
    pub(crate) fn made(scenario: &str) -> Option<Self> {
        if let Some(why) = missing() {
            skip(why);
            return None;
        }
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/lab");
        let output = Command::new(lab)
            .args([scenario, "--seconds", "4", "--out"])
            .arg(folder.path())
            .args(["--watcher", env!("CARGO_BIN_EXE_relayscope")])
            .output()
            .expect("it runs");
        let [told, said] = [&output.stdout, &output.stderr].map(|out| String::from_utf8_lossy(out));
        assert!(output.status.success(), "{told}{said}");
        let file = |ending: &str| folder.path().join(format!("{scenario}.{ending}"));
        let json = |ending: &str| {
            let octets = std::fs::read(file(ending)).expect("a file");
            serde_json::from_slice(&octets).expect("JSON")
        };
        Some(Self {
            report: report_of_capture(&file("pcap"), None).0,
            live: json("live.json"),
            truth: json("json"),
        })
    }

    pub(crate) fn is_the_same_live(&self) {
        assert_eq!(timeless(&self.live), timeless(&self.report));
    }

    /// One session, of the hosts on which the parties ran.
    pub(crate) fn has_its_parties(&self, topology: &str) {
        let sessions = list(&self.report, "sessions");
        assert_eq!(sessions.len(), 1, "{sessions:#?}");
        assert_eq!(sessions[0]["topology"], topology);
        let found: BTreeSet<_> = list(&sessions[0], "parties").iter().map(text).collect();
        let participants = self.truth["participants"].as_object().expect("parties");
        let hosts = participants
            .keys()
            .map(|name| text(&self.truth["network"][name][0]));
        assert_eq!(found, hosts.collect());
    }

    /// The allocations that the server made, and what passed on each in its own count: where two
    /// are joined, it counts a hop that the capture does not show.
    pub(crate) fn has_the_allocations_of_the_server(&self) {
        let told = list(&self.truth, "allocations");
        let found = list(&self.report, "allocations");
        assert_eq!(found.len(), told.len());
        for told in told.iter().filter(|told| !told["client"].is_null()) {
            let found = found.iter().find(|found| found["client"] == told["client"]);
            let found = found.unwrap_or_else(|| panic!("no allocation is {told}"));
            assert_eq!(found["username"], told["user"]);
            assert_eq!(found["server"], told["server"]);
            let paths = list(&self.report, "paths").iter();
            let mut at_peer = paths.clone().map(|path| &path["peer_client"]);
            let own = paths.filter(|path| path["allocation"] == found["id"]);
            let joined = |path: &Value| !path["peer_client"].is_null();
            if at_peer.any(|client| client == &told["client"]) || own.clone().any(joined) {
                continue;
            }
            let sum = |way: &str, what: &str| -> u64 {
                own.clone().map(|path| number(&path[way][what])).sum()
            };
            assert_eq!(sum("to_peer", "left"), number(&told["to_peer"]), "{told}");
            let from_peer = number(&told["from_peer"]);
            assert_eq!(sum("to_client", "entered"), from_peer, "{told}");
        }
    }

    /// On so many legs each stream that a party sent, and no other but short ones, in which lost
    /// packets are sent again: of these the parties do not tell.
    pub(crate) fn has_the_streams_of_its_parties(&self, legs: usize) {
        let found = list(&self.report, "streams");
        let lost = self.truth["wire"]["lost"].as_u64().unwrap_or(0);
        let mut known = BTreeSet::new();
        let participants = self.truth["participants"].as_object().expect("parties");
        let connections = participants
            .values()
            .flat_map(|party| party["pcs"].as_object().expect("connections").values());
        for told in connections.flat_map(|connection| list(connection, "outbound")) {
            let ssrc = format!("{:#010x}", number(&told["ssrc"]));
            let seen = found.iter().filter(|found| found["ssrc"] == *ssrc);
            assert_eq!(seen.clone().count(), legs, "{told}");
            let sent = number(&told["packets"]);
            // Browsers count what they send again with the pictures that it repairs.
            let repairs = if told["kind"] == "video" { 30 } else { 0 };
            // It went on for a moment after the party was asked, for longer on a busy machine.
            let expected = sent.saturating_sub(lost + repairs)..sent + 200;
            for leg in seen {
                assert_eq!(leg["kind"], told["kind"], "{ssrc}");
                assert!(expected.contains(&number(&leg["packets"])), "{told}: {leg}");
            }
            known.insert(ssrc);
        }
        let long = found
            .iter()
            .filter(|stream| number(&stream["packets"]) > 20);
        let ssrcs: BTreeSet<_> = long.map(|stream| text(&stream["ssrc"])).collect();
        assert_eq!(ssrcs, known.iter().map(String::as_str).collect());
    }

    /// Each of these claims was judged, and everywhere so.
    pub(crate) fn judged(&self, expected: &[(&str, &str)]) {
        self.each_judged(expected, |verdict, expected| verdict == expected);
    }

    /// This claim was refuted somewhere.
    pub(crate) fn refuted(&self, claim: &str) {
        let mut judged = list(&self.report, "claims").iter();
        let refuted = |judged: &Value| judged["id"] == claim && judged["verdict"] == "violated";
        assert!(judged.any(refuted), "{claim} is not refuted");
    }

    /// Each was judged so, but for places where it is not decided.
    pub(crate) fn judged_or_left_open(&self, expected: &[(&str, &str)]) {
        self.each_judged(expected, |verdict, expected| {
            verdict == expected || verdict == "inconclusive"
        });
    }

    fn each_judged(&self, expected: &[(&str, &str)], fits: impl Fn(&str, &str) -> bool) {
        for (claim, expected) in expected {
            let judged = list(&self.report, "claims").iter();
            let judged: Vec<_> = judged.filter(|judged| judged["id"] == *claim).collect();
            assert!(!judged.is_empty(), "{claim} was not judged");
            for judged in judged {
                let verdict = text(&judged["verdict"]);
                assert!(fits(verdict, expected), "{claim} {expected}: {judged:#}");
            }
        }
    }
}

/// Why no call can be made on this machine, if so.
fn missing() -> Option<&'static str> {
    let mut boxed = Command::new("unshare");
    let boxed = boxed.args(["--net", "--mount", "--pid", "--fork", "true"]);
    let can = |made: std::io::Result<Output>| made.is_ok_and(|made| made.status.success());
    match () {
        () if !rustix::process::geteuid().is_root() => Some("a call is made as root"),
        () if !Path::new("/usr/bin/apt-get").exists() => Some("the software of calls is Debian's"),
        () if !can(boxed.output()) => Some("no namespace can be made here"),
        () => None,
    }
}

pub(crate) fn list<'a>(of: &'a Value, member: &str) -> &'a [Value] {
    of[member].as_array().expect("a list")
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}
