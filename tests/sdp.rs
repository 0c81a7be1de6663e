//! Session descriptions that are given beside a capture join the calls of which they are, and no
//! others.

mod common;

use std::fs;
use std::process::{Command, Output};

use common::schema::{assert_fits, closed};
use common::{answer_with_keys, capture, file, records, verdicts};
use relayscope::exposure::Vantage;
use relayscope::flow::{SdpFile, Tracker};
use relayscope::report::Question;
use relayscope::report::schema::REPORT;
use serde_json::Value;

/// The truth that stands beside a capture.
fn truth(name: &str) -> Value {
    let text = fs::read(capture(&format!("{name}.json"))).expect("the truth");
    serde_json::from_slice(&text).expect("JSON")
}

/// The session descriptions of both parties, as the truth has them.
fn descriptions(name: &str) -> String {
    let truth = truth(name);
    let parties = truth["participants"].as_object().expect("parties").values();
    let texts = parties.map(|party| {
        let local = party.get("localSdp");
        let local = local.unwrap_or_else(|| &party["pcs"]["main"]["localSdp"]);
        local.as_str().expect("a description").to_owned()
    });
    texts.collect::<Vec<_>>().join("\r\n")
}

/// The report of a capture beside which this text was given.
fn report(name: &str, sdp: &str, observer: Option<Vantage>) -> Value {
    let octets = fs::read(capture(&format!("{name}.pcap"))).expect("a capture");
    report_of(octets, sdp, observer)
}

fn report_of(octets: Vec<u8>, sdp: &str, observer: Option<Vantage>) -> Value {
    let mut tracker = Tracker::default();
    tracker.take_sdp(&SdpFile::read("call.sdp", sdp.as_bytes()).expect("descriptions"));
    let question = Question {
        observer,
        ..Question::default()
    };
    answer_with_keys(octets, &question, tracker)
}

/// What binds each description.
fn bonds(report: &Value) -> Vec<Vec<&str>> {
    let given = report["capture"]["given"]["descriptions"].as_array();
    let bonds = given.expect("descriptions").iter().map(|given| {
        let bonds = given["bound_by"].as_array().expect("bonds");
        bonds
            .iter()
            .map(|bond| bond.as_str().expect("a bond"))
            .collect()
    });
    bonds.collect()
}

/// Verdicts of a claim, each with what was found.
fn found<'r>(report: &'r Value, claim: &str) -> Vec<(&'r str, &'r str)> {
    let claims = report["claims"].as_array().expect("claims").iter();
    let text = |value: &'r Value| value.as_str().expect("a text");
    claims
        .filter(|judged| judged["id"] == claim)
        .map(|judged| (text(&judged["verdict"]), text(&judged["found"])))
        .collect()
}

#[test]
fn a_certificate_is_compared_with_the_fingerprint_that_is_given() {
    let sdp = descriptions("dtls12-aes-gcm");
    let given = report("dtls12-aes-gcm", &sdp, None);
    assert_eq!(bonds(&given), [["ice", "fingerprint", "ssrc"]; 2]);
    let words = "2 certificates, each of them announced, given in call.sdp";
    assert_eq!(
        found(&given, "certificate-matches-signalling"),
        [("holds", words); 2]
    );
    // One octet of the fingerprint of whoever is called is another.
    let other = report("dtls12-aes-gcm", &sdp.replace("B3:43:B5", "B3:43:B6"), None);
    let verdicts = found(&other, "certificate-matches-signalling");
    assert!(verdicts.iter().all(|(verdict, found)| {
        *verdict == "violated" && found.ends_with("compared with call.sdp")
    }));
    assert_eq!(verdicts.len(), 2);
}

#[test]
fn keys_open_the_certificates_that_dtls_1_3_seals_for_the_same_comparison() {
    let sdp = descriptions("firefox-dtls13");
    for (text, expected) in [
        (sdp.clone(), "holds"),
        (sdp.replace("97:0F:9E", "97:0F:9F"), "violated"),
    ] {
        let mut tracker = Tracker::default();
        tracker.take_sdp(&SdpFile::read("call.sdp", text.as_bytes()).expect("descriptions"));
        let log = fs::read(capture("firefox-dtls13.keys")).expect("a key log");
        tracker.take_keys("keys.log", &log);
        let octets = fs::read(capture("firefox-dtls13.pcap")).expect("a capture");
        let report = answer_with_keys(octets, &Question::default(), tracker);
        let verdicts = found(&report, "certificate-matches-signalling");
        assert_eq!(verdicts.len(), 2);
        assert!(verdicts.iter().all(|(verdict, _)| *verdict == expected));
    }
}

#[test]
fn codecs_and_extensions_have_the_meaning_that_is_given() {
    let given = report(
        "one-client-relayed",
        &descriptions("one-client-relayed"),
        None,
    );
    assert_eq!(bonds(&given), [["ice", "ssrc"]; 2]);
    let streams = given["streams"].as_array().expect("streams");
    assert!(streams.iter().all(|stream| stream["codec"].is_string()));
    let extensions = streams
        .iter()
        .flat_map(|stream| stream["extensions"].as_array().expect("a list"));
    let bases: Vec<_> = extensions
        .map(|extension| extension["basis"].clone())
        .collect();
    assert!(
        !bases.is_empty() && bases.iter().all(|basis| basis == "negotiated"),
        "{bases:?}"
    );
    assert_fits(&closed(REPORT), &given, "a report with descriptions");
}

#[test]
fn who_reads_signalling_reads_what_is_given() {
    let sdp = descriptions("dtls12-aes-gcm");
    let given = report("dtls12-aes-gcm", &sdp, Some(Vantage::Signalling));
    let read = |observer: &str| {
        let read = given["exposures"][observer]
            .as_array()
            .expect("a list")
            .iter();
        let read = read.filter(|entry| entry["leg"] == "given in call.sdp");
        read.map(|entry| {
            assert_eq!(
                (&entry["first_packet"], &entry["packets"]),
                (&Value::Null, &Value::from(0))
            );
            entry["item"].as_str().expect("an item").to_owned()
        })
        .collect::<Vec<_>>()
    };
    assert!(read("relay").is_empty() && read("path-client").is_empty());
    let items = read("signalling");
    for item in ["media address", "candidate", "codecs", "fingerprint"] {
        assert!(items.iter().any(|known| known == item), "{item}");
    }
    let certificates = verdicts(&given, "certificate-matches-signalling");
    assert!(certificates.iter().all(|(verdict, ..)| verdict == "holds") && certificates.len() == 2);
}

#[test]
fn a_description_that_names_its_makers_own_address_refutes_that_there_is_only_the_relay() {
    let endpoint = Some(Vantage::Endpoint);
    let hidden = report(
        "seen-by-one-client",
        &descriptions("seen-by-one-client"),
        endpoint,
    );
    let [(verdict, ..)] = verdicts(&hidden, "relay-only")
        .try_into()
        .expect("one session");
    assert_eq!(verdict, "holds");
    let sdp = descriptions("seen-by-one-client").replace("raddr 0.0.0.0", "raddr 192.168.7.7");
    let named = report("seen-by-one-client", &sdp, endpoint);
    let [(verdict, found)] = found(&named, "relay-only").try_into().expect("one session");
    assert_eq!(verdict, "violated");
    assert!(
        found.ends_with(" names 192.168.7.7, given in call.sdp"),
        "{found}"
    );
}

#[test]
fn a_description_of_another_call_says_nothing() {
    let octets = fs::read(capture("dtls12-aes-gcm.pcap")).expect("a capture");
    let other = descriptions("both-clients-one-relay");
    let given = report_of(octets, &other, None);
    assert_eq!(bonds(&given), [[""; 0]; 2]);
    let [(verdict, ..)] = verdicts(&given, "keys-not-in-signalling")
        .try_into()
        .expect("one");
    assert_eq!(verdict, "inconclusive");
    assert!(
        found(&given, "certificate-matches-signalling")
            .iter()
            .all(|(verdict, _)| { *verdict == "inconclusive" })
    );
}

#[test]
fn fragments_that_are_the_same_by_chance_bind_nothing_without_their_password() {
    let sdp = descriptions("one-client-relayed");
    let lines = sdp
        .lines()
        .map(|line| match line.strip_prefix("a=ice-pwd:") {
            Some(_) => "a=ice-pwd:anotherpasswordof22char",
            None if line.starts_with("a=ssrc") => "a=x-left-out",
            None => line,
        });
    let given = report(
        "one-client-relayed",
        &lines.collect::<Vec<_>>().join("\r\n"),
        None,
    );
    assert_eq!(bonds(&given), [[""; 0]; 2]);
}

/// The SIP messages of a capture whose signalling is then left out, and what is left.
fn without_signalling(name: &str) -> (String, Vec<u8>) {
    let mut packets = records(name);
    let sip = |octets: &[u8]| octets.windows(7).position(|begin| begin == b"SIP/2.0");
    let mut messages = String::new();
    packets.retain(|packet| {
        let is_sip = sip(&packet.octets).is_some();
        if is_sip {
            messages.push_str(&String::from_utf8_lossy(&packet.octets));
            messages.push_str("\r\n\r\n");
        }
        !is_sip
    });
    (messages, file(&packets))
}

#[test]
fn a_key_that_is_given_opens_the_media_and_is_a_key_in_signalling() {
    let (log, octets) = without_signalling("sip-key-in-signalling.pcap");
    let given = report_of(octets, &log, Some(Vantage::Relay));
    assert_eq!(bonds(&given), [["address", "crypto", "ssrc"]; 2]);
    let (_, found) = found(&given, "keys-not-in-signalling")[0];
    assert_eq!(
        found,
        "keys in clear for AES_CM_128_HMAC_SHA1_80 given in call.sdp"
    );
    let [(verdict, packets, _)] = verdicts(&given, "keys-not-in-signalling")
        .try_into()
        .expect("one");
    assert!(verdict == "violated" && !packets.is_empty());
    let streams = given["streams"].as_array().expect("streams");
    assert!(
        streams
            .iter()
            .all(|stream| stream["protection"]["basis"] == "keyed")
    );
    // Nobody knows by which way the descriptions went.
    let sealed = verdicts(&given, "media-sealed");
    assert!(sealed.iter().all(|(verdict, _, gap)| {
        verdict == "inconclusive" && gap.as_deref().is_some_and(|gap| gap.contains("signalling"))
    }));
    assert!(!given.to_string().contains("inline:"));
}

fn relayscope(sdp: &str) -> Output {
    let mut given = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut given, sdp.as_bytes()).expect("room");
    Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .arg("analyze")
        .arg(capture("dtls12-aes-gcm.pcap"))
        .arg("--sdp")
        .arg(given.path())
        .output()
        .expect("it runs")
}

#[test]
fn a_file_without_descriptions_is_told_and_one_that_breaks_off_is_used_as_far_as_it_goes() {
    let none = relayscope("m=audio 9 RTP/AVP 0\r\n");
    let told = String::from_utf8_lossy(&none.stderr).into_owned();
    assert_eq!(none.status.code(), Some(2));
    assert!(
        told.contains("cannot use ") && told.contains("v=0"),
        "{told}"
    );
    let description = Value::from(descriptions("dtls12-aes-gcm"));
    let broken = relayscope(&format!("{{\"sdp\":{description}}}\n{{\"sdp\":\"v=0"));
    let told = String::from_utf8_lossy(&broken.stdout).into_owned();
    assert_eq!(broken.status.code(), Some(0));
    assert!(
        told.contains("2 session descriptions were given in "),
        "{told}"
    );
    assert!(told.contains("no JSON from there on"), "{told}");
}
