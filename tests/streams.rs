//! What the streams of the shipped captures are, against the statistics and the session
//! descriptions of the programs in the call.

mod common;

use std::collections::BTreeMap;

use common::{capture, captures, report_of_capture};
use serde_json::Value;

/// What a program in the call knew of a stream.
struct Known {
    kind: String,
    clock_rate: Option<u64>,
    meanings: BTreeMap<u64, String>,
}

/// What was known of each SSRC of a call; empty where no program told.
fn known(name: &str) -> BTreeMap<String, Known> {
    let mut known = BTreeMap::new();
    let Ok(text) = std::fs::read(capture(&format!("{name}.json"))) else {
        return known;
    };
    let truth: Value = serde_json::from_slice(&text).expect("JSON");
    for party in truth["participants"].as_object().into_iter().flatten() {
        let main = &party.1["pcs"]["main"];
        for direction in ["outbound", "inbound"] {
            for stream in main[direction].as_array().into_iter().flatten() {
                let meanings = || meanings(main["localSdp"].as_str().expect("SDP"));
                let ssrc = |key: &str| Some(format!("{:#010x}", stream[key].as_u64()?));
                let media = Known {
                    kind: stream["kind"].as_str().expect("a kind").to_owned(),
                    clock_rate: stream["clock"].as_u64(),
                    meanings: meanings(),
                };
                known.insert(ssrc("ssrc").expect("an SSRC"), media);
                if let Some(ssrc) = ssrc("rtxSsrc") {
                    let rtx = Known {
                        kind: "rtx".to_owned(),
                        clock_rate: None,
                        meanings: meanings(),
                    };
                    known.insert(ssrc, rtx);
                }
            }
        }
    }
    known
}

/// The lines `a=extmap:ID URI`.
fn meanings(sdp: &str) -> BTreeMap<u64, String> {
    let lines = sdp
        .lines()
        .filter_map(|line| line.strip_prefix("a=extmap:"));
    lines
        .filter_map(|line| {
            let (id, uri) = line.split_once(' ')?;
            Some((id.split('/').next()?.parse().ok()?, uri.to_owned()))
        })
        .collect()
}

/// The end of a registered URI, as reports name it.
fn is_named(meaning: &str, uri: &str) -> bool {
    let named = match meaning {
        "audio-level" => "ssrc-audio-level",
        "transport-cc" => "transport-wide-cc-extensions-01",
        "rid" => "sdes:rtp-stream-id",
        "repaired-rid" => "repaired-rtp-stream-id",
        other => other,
    };
    uri.ends_with(named)
}

/// Whether a stream is too short to show what it is: what is told of it must be right all the same.
fn is_short(stream: &Value) -> bool {
    stream["packets"].as_u64().expect("a number") < 20
}

/// Whether a stream is what a server has mixed for one client.
fn is_mixed(name: &str, stream: &Value) -> bool {
    let from = stream["src"].as_str().expect("an address");
    name == "mixing-server" && from.starts_with("10.77.0.10:")
}

#[test]
fn kinds_and_clocks_are_those_of_the_programs() {
    let mut right = 0;
    for path in captures() {
        let name = path.file_stem().and_then(|n| n.to_str()).expect("a name");
        let known = known(name);
        let report = report_of_capture(&path, None).0;
        for stream in report["streams"].as_array().expect("streams") {
            let Some(known) = known.get(stream["ssrc"].as_str().expect("an SSRC")) else {
                continue;
            };
            let few = is_short(stream);
            if !(few && stream["kind"] == "unknown") {
                assert_eq!(stream["kind"], known.kind.as_str(), "{name}: {stream}");
            }
            if known.clock_rate.is_some() && !(few && stream["clock_rate"].is_null()) {
                assert_eq!(
                    stream["clock_rate"].as_u64(),
                    known.clock_rate,
                    "{name}: {stream}"
                );
            }
            right += 1;
        }
    }
    assert!(right > 100, "{right} streams");
}

#[test]
fn extensions_mean_what_the_programs_agreed() {
    let (mut right, mut undecided) = (0, 0);
    for path in captures() {
        let name = path.file_stem().and_then(|n| n.to_str()).expect("a name");
        let known = known(name);
        let report = report_of_capture(&path, None).0;
        for stream in report["streams"].as_array().expect("streams") {
            let Some(known) = known.get(stream["ssrc"].as_str().expect("an SSRC")) else {
                continue;
            };
            // One character that never changes, on all packets of the only stream of its leg: it
            // may be the name of the medium or a level.
            let lone = is_mixed(name, stream);
            for extension in stream["extensions"].as_array().expect("extensions") {
                let Some(meaning) = extension["meaning"].as_str() else {
                    undecided += u32::from(!is_short(stream) && !lone);
                    continue;
                };
                let id = extension["id"].as_u64().expect("an id");
                let agreed = known.meanings.get(&id).expect("an agreed id");
                assert!(is_named(meaning, agreed), "{name}: {meaning} is {agreed}");
                right += 1;
            }
        }
    }
    assert!(right > 400 && undecided == 0, "{right} and {undecided}");
}

#[test]
fn sealed_extensions_have_neither_ids_nor_levels() {
    let report = report_of_capture(&capture("header-extensions-sealed.pcap"), None).0;
    for stream in report["streams"].as_array().expect("streams") {
        assert_eq!(stream["extensions"].as_array().map(Vec::len), Some(0));
        assert_eq!(stream["extensions_sealed"], stream["packets"]);
        assert!(stream["audio_level"].is_null());
    }
}
