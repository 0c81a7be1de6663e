//! What `extract` writes, and what it does not: the real binary on captures of this project.

mod common;

use std::f64::consts::TAU;
use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::schema::{assert_fits, closed};
use common::{Record, capture, file, records};
use image_webp::WebPDecoder;
use relayscope::base::label::Quiet;
use relayscope::base::span::Octets;
use relayscope::dissect::codec::opus;
use relayscope::report::schema::EXTRACTION;
use serde_json::Value;

/// A folder that is not there yet.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("extract-{name}"));
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn run(capture: &Path, out: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(["extract", "--i-may-see-this-call", "-o"])
        .args([out, capture])
        .args(args)
        .output()
        .expect("it runs")
}

/// What it says of this capture as JSON, which fits the schema, and its exit code.
fn extracted(capture: &Path, out: &Path, args: &[&str]) -> (Value, Option<i32>) {
    let output = run(capture, out, &[args, &["--format", "json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    let said = serde_json::from_slice(&output.stdout);
    let said = said.unwrap_or_else(|error| panic!("{error}: {errors}"));
    assert_fits(&closed(EXTRACTION), &said, "an extraction");
    (said, output.status.code())
}

/// Keys beside a shipped capture.
fn keys(name: &str) -> String {
    capture(name).to_string_lossy().into_owned()
}

/// A capture of these records.
fn scratch(name: &str, records: &[Record]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("extract-{name}.pcap"));
    fs::write(&path, file(records)).expect("writable");
    path
}

/// The streams that were written: file, and what is said of it.
fn written(said: &Value) -> Vec<(&str, &Value)> {
    let streams = said["streams"].as_array().expect("streams").iter();
    let files = streams.filter_map(|stream| Some((stream["file"].as_str()?, stream)));
    files.collect()
}

fn samples(path: &Path) -> Vec<i16> {
    let read = hound::WavReader::open(path).expect("a WAV file");
    assert_eq!((read.spec().channels, read.spec().sample_rate), (1, 8_000));
    read.into_samples()
        .map(|sample| sample.expect("a sample"))
        .collect()
}

/// How strong a frequency is in a second of sound (Goertzel).
fn strength(second: &[i16], hertz: f64) -> f64 {
    let step = 2.0 * (TAU * hertz / 8_000.0).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for sample in second {
        (one, two) = (f64::from(*sample) + step * one - two, one);
    }
    one * one + two * two - step * one * two
}

/// The strongest of the frequencies of speech, in steps of 10 Hz.
fn tone(second: &[i16]) -> u32 {
    let strongest = (10..380).map(|tens| tens * 10).max_by(|one, other| {
        let [one, other] = [one, other].map(|hertz| strength(second, f64::from(*hertz)));
        one.total_cmp(&other)
    });
    strongest.expect("frequencies")
}

/// Width and height of a picture, which decodes to its end.
fn picture(octets: &[u8]) -> (u32, u32) {
    let mut decoder = WebPDecoder::new(Cursor::new(octets)).expect("a WebP file");
    let mut pixels = vec![0; decoder.output_buffer_size().expect("a size")];
    decoder.read_image(&mut pixels).expect("a picture");
    decoder.dimensions()
}

/// Samples that the packets of an Ogg file last, and those that its last page counts.
fn lasting(path: &Path) -> (u64, u64) {
    let mut read = ogg::PacketReader::new(File::open(path).expect("a file"));
    let (mut lasting, mut counted) = (0, 0);
    while let Some(packet) = read.read_packet().expect("pages with right sums") {
        if packet.absgp_page() > 0 {
            let opus = opus::parse(Octets::whole(&packet.data, 0), &mut Quiet).expect("Opus");
            lasting += u64::from(opus.duration());
            counted = packet.absgp_page();
        }
    }
    (lasting, counted)
}

#[test]
fn sound_in_clear_is_heard_by_whoever_stands_on_its_way() {
    for observer in ["path-client", "relay", "path-peer"] {
        let out = folder(&format!("clear-{observer}"));
        let call = capture("sip-unencrypted-media.pcap");
        let (said, code) = extracted(&call, &out, &["--observer", observer]);
        assert_eq!((code, &said["files"]), (Some(0), &2.into()), "{observer}");
        for (name, stream) in written(&said) {
            let samples = samples(&out.join(name));
            assert_eq!(samples.len(), 601 * 160);
            assert_eq!(stream["seconds"], 12.02);
            assert_eq!(stream["used"]["total"], 601);
            assert_eq!(tone(&samples[24_000..32_000]), 440, "{observer} {name}");
        }
    }
}

#[test]
fn the_server_at_which_keys_end_hears_and_sees() {
    let out = folder("server");
    let args = ["--keylog", &keys("media-server.keys")];
    let (said, code) = extracted(&capture("media-server.pcap"), &out, &args);
    assert_eq!((code, &said["observer"]), (Some(0), &"sfu".into()));
    let files = written(&said);
    assert_eq!(files.len(), 8);
    for (name, stream) in files {
        let path = out.join(name);
        if path.extension().is_some_and(|end| end == "webp") {
            let size = picture(&fs::read(path).expect("a file"));
            assert_eq!(size, (320, 180));
            assert_eq!(
                (&stream["width"], &stream["height"]),
                (&320.into(), &180.into())
            );
        } else {
            let (packets, page) = lasting(&path);
            assert_eq!(packets, page);
            assert_eq!(packets, stream["packets"].as_u64().expect("a count") * 960);
        }
    }
}

#[test]
fn frames_that_are_sealed_end_to_end_are_tried_and_none_is_written() {
    let out = folder("end-to-end");
    let args = ["--keylog", &keys("frames-sealed-end-to-end.keys")];
    let call = capture("frames-sealed-end-to-end.pcapng");
    let (said, code) = extracted(&call, &out, &args);
    assert_eq!((code, &said["files"]), (Some(3), &0.into()));
    assert!(!out.exists());
    let streams = said["streams"].as_array().expect("streams").iter();
    let own: Vec<_> = streams.filter(|stream| stream["kind"] != "rtx").collect();
    assert_eq!(own.len(), 8);
    for stream in own {
        let why = stream["why"].as_str().expect("a reason");
        assert!(why.contains("could not play it either"), "{why}");
        let refused = stream["refused"]["total"].as_u64().expect("a count");
        let wanted = match stream["kind"].as_str() {
            Some("audio") => stream["packets"].as_u64().expect("a count"),
            _ => 1,
        };
        assert!(refused >= wanted, "{stream}");
    }
}

#[test]
fn a_key_in_signalling_is_for_whoever_reads_that() {
    let call = capture("sip-key-in-signalling.pcap");
    let (said, _) = extracted(&call, &folder("signalled"), &["--observer", "relay"]);
    assert_eq!(said["files"], 2);
    let (said, code) = extracted(&call, &folder("unsignalled"), &["--observer", "signalling"]);
    assert_eq!((code, &said["files"]), (Some(3), &0.into()));
}

#[test]
fn without_the_keys_nothing_is_written_and_it_is_said_what_is_missing() {
    let server = capture("media-server.pcap");
    let others = keys("firefox-dtls13.keys");
    let relayed = capture("dtls12-aes-gcm.pcap");
    let party = keys("dtls12-aes-gcm.keys");
    for (name, call, args, lacks) in [
        (
            "none",
            &server,
            &[][..],
            "may hold the keys, and none that was given",
        ),
        (
            "wrong",
            &server,
            &["--keylog", &others],
            "none that was given opens it",
        ),
        ("relay", &relayed, &[], "the relay lacks the keys"),
        (
            "party",
            &relayed,
            &["--keylog", &party],
            "--observer says whose",
        ),
        (
            "away",
            &server,
            &["--observer", "relay"],
            "the relay does not see this leg",
        ),
    ] {
        let out = folder(name);
        let (said, code) = extracted(call, &out, args);
        assert_eq!((code, written(&said).len()), (Some(3), 0), "{name}");
        let streams = said["streams"].as_array().expect("streams");
        for stream in streams {
            let why = stream["why"].as_str().expect("a reason");
            assert!(why.contains(lacks), "{name}: {why}");
        }
        assert!(!streams.is_empty() && !out.exists(), "{name}");
        let text = run(call, &out, args).stdout;
        let text = String::from_utf8(text).expect("text");
        assert!(text.contains("Nothing was written"), "{text}");
    }
}

#[test]
fn nothing_is_done_before_somebody_says_that_it_may_be() {
    let out = folder("consent");
    let output = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .arg("extract")
        .arg(capture("sip-unencrypted-media.pcap"))
        .arg("-o")
        .arg(&out)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && !out.exists());
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(told.contains("--i-may-see-this-call"), "{told}");
    assert_eq!(told.lines().count(), 1);
}

#[test]
fn files_are_for_their_owner_and_none_is_written_over_another() {
    let (out, call) = (folder("twice"), capture("sip-unencrypted-media.pcap"));
    let ssrc = ["--stream", "0x5fe19bf5"];
    let (said, _) = extracted(&call, &out, &ssrc);
    let files = written(&said);
    let [(name, _)] = files.as_slice() else {
        panic!("one stream was asked for: {said}");
    };
    let path = out.join(name);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&out)), (0o600, 0o700));
    }
    let whole = fs::metadata(&path).expect("there").len();
    fs::write(&path, "mine").expect("writable");
    let again = run(&call, &out, &ssrc);
    assert_eq!(again.status.code(), Some(2));
    let told = String::from_utf8(again.stderr).expect("text");
    assert!(
        told.contains("is there already") && told.contains("--force"),
        "{told}"
    );
    assert_eq!(fs::read(&path).expect("there"), b"mine");
    assert!(
        run(&call, &out, &[&ssrc[..], &["--force"]].concat())
            .status
            .success()
    );
    assert_eq!(fs::metadata(&path).expect("there").len(), whole);
    assert_eq!(fs::read_dir(&out).expect("there").count(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_and_a_stream_that_is_not_there_are_told() {
    let call = capture("sip-unencrypted-media.pcap");
    let taken = folder("taken");
    fs::write(&taken, "a file").expect("writable");
    for (out, args, told) in [
        (taken.clone(), &[][..], "is no folder"),
        (taken.join("in-a-file"), &[], "cannot write to"),
        (folder("deep").join("in-no-folder"), &[], "No such file"),
        (
            folder("missing"),
            &["--stream", "0x1"],
            "there is no stream 0x00000001",
        ),
        (
            folder("none"),
            &["--stream", "alice"],
            "an SSRC is a number",
        ),
    ] {
        let output = run(&call, &out, args);
        let errors = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(told), "{errors}");
        assert!(!out.exists() || out == taken);
    }
}

#[test]
fn standard_input_is_read_twice_too() {
    let out = folder("stdin");
    let mut child = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(["extract", "-", "--i-may-see-this-call", "-o"])
        .arg(&out)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let octets = fs::read(capture("sip-unencrypted-media.pcap")).expect("a capture");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(&octets).expect("read");
    drop(input);
    assert!(child.wait().expect("it ends").success());
    assert_eq!(fs::read_dir(&out).expect("a folder").count(), 2);
}

/// The SSRC of RTP that is bare in UDP over IPv4, and where in the frame RTP and its payload begin.
fn bare(record: &Record) -> Option<([u8; 4], usize, usize)> {
    let (octets, at) = (&record.octets, 42);
    let is_udp = octets.get(12..15)? == [8, 0, 0x45] && octets.get(23)? == &17;
    let rtp = octets.get(at..at + 16)?;
    let is_rtp = rtp[0] & 0xEF == 0x80 && !(192..224).contains(&rtp[1]);
    let extension = match rtp[0] & 0x10 {
        0 => 0,
        _ => 4 + 4 * usize::from(u16::from_be_bytes([rtp[14], rtp[15]])),
    };
    let ssrc = rtp[8..12].try_into().expect("four octets");
    (is_udp && is_rtp).then_some((ssrc, at, at + 12 + extension))
}

#[test]
fn what_was_lost_is_silent_and_what_came_late_stands_in_its_place() {
    let ssrc = 0x5FE1_9BF5_u32.to_be_bytes();
    let of_stream = |record: &Record| bare(record).is_some_and(|(own, ..)| own == ssrc);
    let all = records("sip-unencrypted-media.pcap");
    let args = ["--stream", "0x5fe19bf5", "--observer", "path-peer"];
    let whole = {
        let out = folder("whole");
        let (said, _) = extracted(&scratch("whole", &all), &out, &args);
        samples(&out.join(written(&said)[0].0))
    };
    let mut packets: Vec<_> = all.clone();
    let places: Vec<_> = (0..all.len()).filter(|at| of_stream(&all[*at])).collect();
    let [one, other] = [places[200], places[203]];
    let (early, late) = (packets[one].octets.clone(), packets[other].octets.clone());
    (packets[one].octets, packets[other].octets) = (late, early);
    for at in places[400..410].iter().rev() {
        packets.remove(*at);
    }
    let out = folder("holes");
    let (said, _) = extracted(&scratch("holes", &packets), &out, &args);
    let files = written(&said);
    let (name, stream) = files[0];
    let holes = samples(&out.join(name));
    assert_eq!(holes.len(), whole.len());
    assert_eq!(holes[..400 * 160], whole[..400 * 160]);
    assert!(
        holes[400 * 160..410 * 160]
            .iter()
            .all(|sample| *sample == 0)
    );
    assert_eq!(holes[410 * 160..], whole[410 * 160..]);
    assert_eq!(
        (&stream["lost"], &stream["used"]["total"]),
        (&10.into(), &591.into())
    );
}

#[test]
fn hostile_payloads_end_no_run_and_fill_no_disk() {
    let all = records("unencrypted-media.pcap");
    for round in 0..6_usize {
        let (mut packets, mut changed) = (all.clone(), 0);
        for (number, record) in packets.iter_mut().enumerate() {
            let Some((_, at, payload)) = bare(record) else {
                continue;
            };
            // Numbers, timestamps and payloads; not who it is.
            let places = [at + 2, at + 4, at + 5]
                .into_iter()
                .chain(payload..payload + 60);
            let end = record.octets.len();
            for place in places.filter(|place| *place < end) {
                let mixed = (number * 64 + place + round).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
                if mixed.is_multiple_of(20) {
                    record.octets[place] ^= (mixed >> 8) as u8;
                    changed += 1;
                }
            }
        }
        assert!(changed > 1000);
        let call = scratch(&format!("hostile-{round}"), &packets);
        let out = folder(&format!("hostile-{round}"));
        let (said, code) = extracted(&call, &out, &["--observer", "path-peer"]);
        assert!(matches!(code, Some(0 | 3)), "{said}");
        let sizes = fs::read_dir(&out).into_iter().flatten().map(|entry| {
            let entry = entry.expect("readable").metadata();
            entry.expect("readable").len()
        });
        assert!(sizes.sum::<u64>() < 1 << 20, "{said}");
    }
}
