//! Where a report is redacted, nothing of what names somebody is in any output.
//!
//! What must not occur is not listed by hand: it is taken from the frames, from the truth of each
//! capture, and from the outputs that hide nothing.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{capture, captures, each_view};
use relayscope::base::label::hex;
use relayscope::capture::{FileSource, PacketSource as _};
use relayscope::exposure::Vantage;
use relayscope::report::redact::Redactor;
use relayscope::report::{Question, Report, json, origin, packets, text};
use relayscope::run::track;
use serde_json::Value;

fn relayscope(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(args)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Every output that has words of a capture in it. A new one belongs here.
fn outputs(path: &Path, redactor: &Redactor) -> Vec<String> {
    let mut source = FileSource::open(path).expect("a capture");
    let tracker = track(&mut source).expect("readable");
    let mut all = vec![Vec::new()];
    for observer in Vantage::ALL {
        let question = Question {
            observer: Some(observer),
            ..Question::default()
        };
        let report = Report::new(source.summary(), &tracker, &question);
        let report = report.shown_by(redactor.clone());
        all.push(Vec::new());
        text::write(&report, all.last_mut().expect("one")).expect("memory");
        json::write(&report, &mut all[0]).expect("memory");
        origin::write(Some(&report), &mut all[0]).expect("memory");
    }
    let (mut lines, mut objects, mut dumps) = (Vec::new(), Vec::new(), Vec::new());
    let (mut first, mut dumped) = (None, BTreeSet::new());
    each_view(path, &tracker, |packet, view| {
        // The media of a call look alike: a part of them is enough.
        if packet.number > 200 && packet.number % 16 != 0 {
            return;
        }
        let first = *first.get_or_insert(packet.time);
        packets::line(packet, &view, first, redactor, &mut lines).expect("memory");
        packets::object(packet, &view, redactor, &mut objects).expect("memory");
        // Dumps are long: of each kind one.
        let words = view.words.first().and_then(|levels| levels.first());
        if dumped.insert((view.layers.clone(), words.cloned())) || packet.number < 40 {
            packets::octet_by_octet(packet, &view, redactor, &mut dumps).expect("memory");
        }
    });
    all.extend([lines, objects, dumps]);
    all.into_iter()
        .map(|out| String::from_utf8(out).expect("text"))
        .collect()
}

/// What names somebody: in text, as it must not occur between other letters and digits.
fn private(path: &Path, plain: &[String]) -> BTreeSet<String> {
    let mut names = truth(path);
    for output in plain {
        let words = output.split(|c: char| !(c.is_ascii_hexdigit() || ".:[]".contains(c)));
        // A multicast address is that of a service, and of nobody.
        let hosts = words.filter_map(address).filter(|ip| !ip.is_multicast());
        names.extend(hosts.map(|ip| ip.to_string()));
    }
    let objects = plain
        .iter()
        .filter(|output| output.starts_with("{\"number\""));
    for line in objects.flat_map(|objects| objects.lines()) {
        let packet: Value = serde_json::from_str(line).expect("JSON");
        for key in [
            "stun.att.username",
            "stun.att.realm",
            "stun.att.nonce",
            "stun.id",
            "dtls.handshake.random",
            "rtcp.sdes.text",
            "sip.Call-ID",
        ] {
            for value in each(&packet["fields"][key]) {
                names.insert(value.to_owned());
                // The halves of ICE, and the user after the expiry.
                let halves = value.split(':').filter(|half| half.len() > 3);
                names.extend(
                    halves
                        .filter(|half| !half.starts_with("17"))
                        .map(str::to_owned),
                );
            }
        }
    }
    // Users of SIP, with their host and alone.
    for output in plain {
        for uri in output.split("sip:").skip(1) {
            let end = uri.find(|c: char| !(c.is_ascii_alphanumeric() || "@._-".contains(c)));
            let uri = &uri[..end.unwrap_or(uri.len())];
            if let Some((user, _)) = uri.split_once('@') {
                names.extend([uri.to_owned(), user.to_owned()]);
            }
        }
    }
    // Certificates, as the reports tell them.
    for output in plain {
        for member in ["\"sha256\":\"", "\"subject\":\"", "\"sni\":\""] {
            let told = output.split(member).skip(1);
            names.extend(told.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
    names.insert(
        path.file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned(),
    );
    let of_nobody = |name: &str| {
        let group = name.parse().is_ok_and(|ip: IpAddr| ip.is_multicast());
        group || name.is_empty() || KEPT.contains(&name)
    };
    names.retain(|name| !of_nobody(name));
    names
}

/// Addresses of nobody.
const KEPT: [&str; 4] = ["0.0.0.0", "127.0.0.1", "::", "::1"];

fn each(value: &Value) -> Vec<&str> {
    let list = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(Value::as_str).collect()
}

fn address(word: &str) -> Option<IpAddr> {
    let bare = word.trim_end_matches(['.', ':']);
    let found = bare.parse::<SocketAddr>().map(|address| address.ip());
    found
        .or_else(|_| bare.parse())
        .ok()
        .filter(|ip: &IpAddr| ip.is_ipv4() || bare.len() > 4)
}

/// Names and addresses that the programs in the call knew.
fn truth(path: &Path) -> BTreeSet<String> {
    let text = fs::read(path.with_extension("json")).expect("truth");
    let mut names = BTreeSet::new();
    collect(
        &serde_json::from_slice(&text).expect("JSON"),
        "",
        &mut names,
    );
    names
}

fn collect(value: &Value, key: &str, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(key, value)| collect(value, key, names)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, key, names)),
        Value::String(text) => match key {
            "username" | "credential" | "localUfrag" | "ufrag" | "pwd" | "cname" => {
                let user = text.rsplit(':').next().unwrap_or(text);
                names.insert(user.to_owned());
            }
            "address" | "alice" | "bob" | "relay" => {
                names.extend(address(text).map(|ip| ip.to_string()));
            }
            "fingerprint" => {
                let octets = text.rsplit(' ').next().unwrap_or_default();
                names.insert(octets.replace(':', "").to_lowercase());
            }
            _ => {}
        },
        _ => {}
    }
}

/// Whether a name stands in a text by itself.
fn occurs(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let apart = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric());
        apart(text[..at].chars().next_back()) && apart(text[at + name.len()..].chars().next())
    })
}

/// The octets of an address or name as a dump would show them; short ones are left out, since
/// they stand anywhere.
fn hexadecimal(name: &str) -> Option<String> {
    let octets = match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.octets().to_vec(),
        Ok(IpAddr::V6(ip)) => ip.octets().to_vec(),
        Err(_) => name.as_bytes().to_vec(),
    };
    (octets.len() >= 4).then(|| hex(&octets))
}

#[test]
fn no_output_shows_what_names_somebody() {
    for path in captures() {
        let file = path.display();
        let redactor = Redactor::with_random_key().expect("a key");
        let (plain, redacted) = (outputs(&path, &Redactor::off()), outputs(&path, &redactor));
        let names = private(&path, &plain);
        let all = plain.concat();
        let known = names.iter().filter(|name| occurs(&all, name)).count();
        // A call without signalling, checks or a relay names nobody but its two hosts.
        let least = if names.len() < 10 { 2 } else { 11 };
        assert!(
            known >= least,
            "{file}: names of another capture? {names:?}"
        );
        for (place, output) in redacted.iter().enumerate() {
            for name in &names {
                assert!(!occurs(output, name), "{file}, output {place}: {name}");
            }
        }
        // In the dumps an address that is exclusive-ored is hidden as any other.
        let dumps = redacted.last().expect("the dumps").lines();
        let dumps = dumps.filter_map(|line| line.strip_prefix("      "));
        let dumps = dumps.collect::<Vec<_>>().join("\n");
        for hex in names.iter().filter_map(|name| hexadecimal(name)) {
            assert!(!dumps.contains(&hex), "{file}: {hex}");
        }
    }
}

#[test]
fn the_same_is_found_with_and_without_names() {
    let file = capture("both-clients-one-relay.pcap")
        .to_string_lossy()
        .into_owned();
    let of = |args: &[&str]| -> Value {
        let all = [&["analyze", file.as_str(), "--format", "json"], args].concat();
        serde_json::from_str(&relayscope(&all)).expect("JSON")
    };
    let (plain, redacted) = (of(&[]), of(&["--redact"]));
    assert_eq!(
        (
            &plain["summary"]["redacted"],
            &redacted["summary"]["redacted"]
        ),
        (&false.into(), &true.into())
    );
    assert_eq!(plain["summary"]["claims"], redacted["summary"]["claims"]);
    let verdicts = |report: &Value| -> Vec<Value> {
        let claims = report["claims"].as_array().expect("claims");
        claims
            .iter()
            .flat_map(|c| [c["verdict"].clone(), c["evidence"].clone()])
            .collect()
    };
    assert_eq!(verdicts(&plain), verdicts(&redacted));
    // One stand-in for one value, and another for another.
    let (mut to, mut from) = (BTreeMap::new(), BTreeMap::new());
    pairs(&plain, &redacted, &mut |a, b| {
        assert_eq!(to.entry(a.to_owned()).or_insert_with(|| b.to_owned()), b);
        assert_eq!(from.entry(b.to_owned()).or_insert_with(|| a.to_owned()), a);
    });
    assert!(
        to.iter()
            .any(|(a, b)| a.starts_with("10.77.0.10:") && b.starts_with("10."))
    );
    assert!(to.contains_key("alice-u"));
    assert_ne!(redacted, of(&["--redact"]), "another run, another key");
}

/// The texts of two reports that stand at the same place.
fn pairs(a: &Value, b: &Value, found: &mut impl FnMut(&str, &str)) {
    match (a, b) {
        (Value::String(a), Value::String(b)) => found(a, b),
        (Value::Array(a), Value::Array(b)) => a.iter().zip(b).for_each(|(a, b)| pairs(a, b, found)),
        (Value::Object(a), Value::Object(b)) => {
            a.values()
                .zip(b.values())
                .for_each(|(a, b)| pairs(a, b, found));
        }
        _ => {}
    }
}

#[test]
fn request_and_answer_are_still_known_to_belong_together() {
    let file = capture("wrong-password.pcap")
        .to_string_lossy()
        .into_owned();
    let ids = |redact: &[&str]| -> Vec<usize> {
        let all = [&["packets", file.as_str(), "--format", "json"], redact].concat();
        let text = relayscope(&all);
        let ids: Vec<Value> = text
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).expect("JSON")["fields"]["stun.id"].clone()
            })
            .collect();
        ids.iter()
            .map(|id| ids.iter().position(|other| other == id).expect("itself"))
            .collect()
    };
    assert_eq!(ids(&[]), ids(&["--redact"]));
}

#[test]
fn a_report_is_written_whole_or_not_at_all() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("output");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("writable");
    let file = capture("wrong-password.pcap")
        .to_string_lossy()
        .into_owned();
    let out = folder.join("report.txt").to_string_lossy().into_owned();
    assert_eq!(relayscope(&["analyze", &file, "-o", &out]), "");
    let text = fs::read_to_string(&out).expect("a report");
    assert_eq!(text, relayscope(&["analyze", &file]));
    let cut = folder.join("cut").to_string_lossy().into_owned();
    for (args, told) in [
        (["no-such.pcap", out.as_str()], "No such file"),
        (
            [file.as_str(), folder.to_str().expect("UTF-8")],
            "is a directory",
        ),
        (
            [file.as_str(), &format!("{cut}/report.txt")],
            "cannot write",
        ),
        ([file.as_str(), file.as_str()], "is the capture itself"),
    ] {
        let [input, output] = args;
        let run = Command::new(env!("CARGO_BIN_EXE_relayscope"))
            .args(["analyze", input, "-o", output])
            .output()
            .expect("it runs");
        let stderr = String::from_utf8(run.stderr).expect("text");
        assert_eq!(run.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
    }
    assert_eq!(fs::read_to_string(&out).expect("still there"), text);
    assert_eq!(
        fs::read_dir(&folder).expect("a folder").count(),
        1,
        "nothing is left behind"
    );
}
