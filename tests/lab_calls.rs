//! Calls that are made now, with real software: their reports, live and from the file, against
//! what the programs in them say themselves.
//!
//! Ignored unless asked for, since they take root, Debian's packages and their time.
//! `cargo test --test lab_calls -- --ignored quick` makes those that need no browser.
#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use common::namespace::skip;
use common::{report_of_capture, timeless};
use serde_json::Value;

/// Calls of coturn's own load client and of aiortc.
mod quick {
    use super::*;

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn dtls12_aes_gcm() {
        a_sealed_call_is_relayed("dtls12-aes-gcm");
    }

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn turn_over_tcp() {
        a_sealed_call_is_relayed("turn-over-tcp");
    }

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn load_test_filler() {
        let Some(call) = Call::made("load-test-filler") else {
            return;
        };
        call.has_the_allocations_of_the_server();
        call.is_the_same_live();
        assert_eq!(call.report["streams"].as_array().map(Vec::len), Some(0));
        call.judged(&[("relay-forwards-unchanged", "inconclusive")]);
    }

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn wrong_password() {
        let Some(call) = Call::made("wrong-password") else {
            return;
        };
        call.is_the_same_live();
        assert_eq!(call.truth["allocations"], Value::Array(Vec::new()));
        assert_eq!(call.report["allocations"], Value::Array(Vec::new()));
        call.judged(&[("account-not-named", "violated")]);
    }

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn tampering_relay() {
        let Some(call) = Call::made("tampering-relay") else {
            return;
        };
        call.has_its_parties("relayed");
        call.is_the_same_live();
        let [path] = list(&call.report, "paths") else {
            panic!("one path")
        };
        for (did, seen) in [
            ("altered", "altered"),
            ("invented", "left_only"),
            ("dropped", "entered_only"),
        ] {
            assert_eq!(path["to_peer"][seen], call.truth["wire"][did], "{path:#}");
        }
        call.judged(&[
            ("relay-forwards-unchanged", "violated"),
            ("relay-outside-key-agreement", "inconclusive"),
            ("server-without-media-keys", "inconclusive"),
            ("media-sealed", "holds"),
        ]);
    }

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn man_in_the_middle() {
        let Some(call) = Call::made("man-in-the-middle") else {
            return;
        };
        call.is_the_same_live();
        call.judged(&[
            ("relay-forwards-unchanged", "holds"),
            ("relay-outside-key-agreement", "violated"),
            ("server-without-media-keys", "violated"),
            ("certificate-matches-signalling", "inconclusive"),
        ]);
        // It is not beyond whoever runs the relay, on any leg of which they see both sides.
        let sealed = list(&call.report, "claims").iter();
        let sealed = sealed.filter(|judged| judged["id"] == "media-sealed");
        assert!(sealed.clone().count() > 0);
        for judged in sealed {
            assert_eq!(judged["verdict"], "inconclusive", "{judged:#}");
        }
    }

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn loss_and_reordering() {
        a_sealed_call_is_relayed("loss-and-reordering");
    }

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn relay_rebooted() {
        let Some(call) = Call::made("relay-rebooted") else {
            return;
        };
        call.has_its_parties("relayed");
        call.is_the_same_live();
        call.judged(SEALED);
    }

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn symmetric_nat() {
        let Some(call) = Call::made("symmetric-nat") else {
            return;
        };
        assert_eq!(call.report["summary"]["calls"], 1);
        call.has_the_streams_of_its_parties(2);
        call.is_the_same_live();
        call.judged(&SEALED[1..]);
    }

    #[test]
    #[ignore = "makes a call with real software, as root"]
    fn mesh_of_three() {
        let Some(call) = Call::made("mesh-of-three") else {
            return;
        };
        call.has_its_parties("mesh");
        call.has_the_streams_of_its_parties(1);
        call.is_the_same_live();
        call.judged(&[("media-sealed", "holds"), ("rtcp-sealed", "holds")]);
    }
}

/// What is judged of a call that a relay forwards as it should.
const SEALED: &[(&str, &str)] = &[
    ("relay-forwards-unchanged", "holds"),
    ("relay-outside-key-agreement", "holds"),
    ("media-sealed", "holds"),
    ("rtcp-sealed", "holds"),
    ("server-without-media-keys", "holds"),
    ("peers-not-identified", "violated"),
    ("client-leg-encrypted", "violated"),
    ("account-not-named", "violated"),
];

/// A call of two parties whose relay does what it should.
fn a_sealed_call_is_relayed(scenario: &str) {
    let Some(call) = Call::made(scenario) else {
        return;
    };
    call.has_its_parties("relayed");
    call.has_the_allocations_of_the_server();
    call.has_the_streams_of_its_parties(2);
    call.is_the_same_live();
    call.judged(SEALED);
}

/// A call that was made just now.
struct Call {
    /// What the file of the server's side says.
    report: Value,
    /// What was said live, at the same place.
    live: Value,
    /// What the programs in the call say.
    truth: Value,
}

impl Call {
    /// Makes the call of a scenario; `None`, and told, where no such call can be made.
    fn made(scenario: &str) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            skip("a call is made as root");
            return None;
        }
        if !Path::new("/usr/bin/apt-get").exists() {
            skip("the software of the call is Debian's");
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

    fn is_the_same_live(&self) {
        assert_eq!(timeless(&self.live), timeless(&self.report));
    }

    /// One session, of the hosts on which the parties ran.
    fn has_its_parties(&self, topology: &str) {
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

    /// The allocations that the server made, and what passed on each in its own count.
    fn has_the_allocations_of_the_server(&self) {
        let told = list(&self.truth, "allocations");
        let found = list(&self.report, "allocations");
        assert_eq!(found.len(), told.len());
        for told in told.iter().filter(|told| !told["client"].is_null()) {
            let found = found.iter().find(|found| found["client"] == told["client"]);
            let found = found.unwrap_or_else(|| panic!("no allocation is {told}"));
            assert_eq!(found["username"], told["user"]);
            assert_eq!(found["server"], told["server"]);
            let paths = list(&self.report, "paths").iter();
            let paths: Vec<_> = paths
                .filter(|path| path["allocation"] == found["id"])
                .collect();
            let sum = |way: &str, what: &str| -> u64 {
                paths.iter().map(|path| number(&path[way][what])).sum()
            };
            assert_eq!(sum("to_peer", "left"), number(&told["to_peer"]), "{told}");
            assert_eq!(
                sum("to_client", "entered"),
                number(&told["from_peer"]),
                "{told}"
            );
        }
    }

    /// On so many legs each stream that a party sent, and no other but short ones, in which lost
    /// packets are sent again: of these the parties do not tell.
    fn has_the_streams_of_its_parties(&self, legs: usize) {
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
            // It went on for a moment after the party was asked.
            let expected = sent.saturating_sub(lost)..sent + 60;
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
    fn judged(&self, expected: &[(&str, &str)]) {
        for (claim, expected) in expected {
            let judged = list(&self.report, "claims").iter();
            let judged: Vec<_> = judged.filter(|judged| judged["id"] == *claim).collect();
            assert!(!judged.is_empty(), "{claim} was not judged");
            for judged in judged {
                assert_eq!(judged["verdict"], *expected, "{judged:#}");
            }
        }
    }
}

fn list<'a>(of: &'a Value, member: &str) -> &'a [Value] {
    of[member].as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}
