//! Which capture is read: several files, standard input, filters, and files that are broken.

mod common;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use common::{Record, capture, file, records, verdicts};
use proptest::prelude::*;
use relayscope::capture::{Block, FileSource, PacketSource};
use serde_json::Value;

const CALL: &str = "one-client-relayed.pcap";
const CLAIM: &str = "relay-forwards-unchanged";

fn relayscope(args: &[&str]) -> Output {
    fed(args, b"")
}

/// Runs with these octets on standard input.
fn fed(args: &[&str], octets: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("piped");
    let octets = octets.to_vec();
    // A program that refuses its arguments does not read.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&octets)));
    let output = child.wait_with_output().expect("it ends");
    feeder.join().expect("fed");
    output
}

fn scratch(name: &str, octets: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, octets).expect("writable");
    path.to_string_lossy().into_owned()
}

fn path(name: &str) -> String {
    capture(name).to_string_lossy().into_owned()
}

fn analysed(args: &[&str]) -> Value {
    let output = relayscope(&[&["analyze", "--format", "json"], args].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Number and time of every packet that is shown.
fn shown(args: &[&str]) -> Vec<(u64, String)> {
    let output = relayscope(&[&["packets", "--format", "json"], args].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let text = String::from_utf8(output.stdout).expect("text");
    let packet = |line: &str| {
        let object: Value = serde_json::from_str(line).expect("JSON");
        let number = object["number"].as_u64().expect("a number");
        (number, object["time"].to_string())
    };
    text.lines().map(packet).collect()
}

/// Runs what cannot be done; gives the one line that says so.
fn refused(args: &[&str]) -> String {
    let output = relayscope(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    let told = String::from_utf8(output.stderr).expect("text");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.matches("os error").count() < 2, "{told}");
    told
}

/// The call in two files: every other packet in each.
fn halves(names: [&str; 2]) -> [String; 2] {
    let all = records(CALL);
    let mut halves = [Vec::new(), Vec::new()];
    for (place, record) in all.into_iter().enumerate() {
        halves[place % 2].push(record);
    }
    [0, 1].map(|half| scratch(names[half], &file(&halves[half])))
}

#[test]
fn several_files_are_one_capture_in_the_order_of_time() {
    let [odd, even] = halves(["odd.pcap", "even.pcap"]);
    assert_eq!(shown(&[&odd, &even]), shown(&[&path(CALL)]));
    let (mut merged, mut whole) = (analysed(&[&odd, &even]), analysed(&[&path(CALL)]));
    assert_eq!(
        merged["capture"]["sources"].to_string(),
        r#"["odd.pcap","even.pcap"]"#
    );
    assert_eq!(
        merged["capture"]["interfaces"]
            .as_array()
            .expect("two")
            .len(),
        2
    );
    for report in [&mut merged, &mut whole] {
        report.as_object_mut().expect("an object").remove("capture");
    }
    assert_eq!(merged, whole);
    let text = relayscope(&[&odd, &even]).stdout;
    let text = String::from_utf8(text).expect("text");
    assert!(
        text.starts_with("odd.pcap and 1 more: 2,838 packets"),
        "{text}"
    );
}

#[test]
fn files_of_one_capture_may_have_different_links() {
    let ethernet = scratch("ethernet.pcap", &file(&records(CALL)[..2]));
    let raw: Vec<_> = records(CALL)[2..4]
        .iter()
        .map(|record| Record {
            wire_len: record.wire_len - 14,
            octets: record.octets[14..].to_vec(),
            ..record.clone()
        })
        .collect();
    let mut raw = file(&raw);
    raw[20] = 101;
    let raw = scratch("raw.pcap", &raw);
    let report = analysed(&[&raw, &ethernet]);
    let links = report["capture"]["link_types"].to_string();
    assert_eq!(links, r#"["ethernet","raw-ip"]"#);
    let filtered = analysed(&[&raw, &ethernet, "--filter", "udp"]);
    assert_eq!(filtered["capture"]["packets"], 4);
    assert_eq!(filtered["flows"], report["flows"]);
}

#[test]
fn a_file_given_twice_or_missing_is_refused() {
    let call = path(CALL);
    let around = format!("{}/../captures/{CALL}", path("").trim_end_matches('/'));
    for command in [&["analyze"][..], &["packets"], &[]] {
        let with = |files: &[&str]| refused(&[command, files].concat());
        assert!(with(&[&call, &around]).contains("is given twice"));
        assert!(with(&[&call, "missing.pcap"]).contains("cannot open missing.pcap: give"));
        assert!(with(&[&call, env!("CARGO_TARGET_TMPDIR")]).contains("is a directory"));
        assert!(with(&["-", "-"]).contains("- is given twice"));
    }
}

#[test]
fn what_passes_a_filter_keeps_its_number() {
    let call = path(CALL);
    let all = shown(&[&call]);
    let chosen = shown(&[&call, "--filter", "src host 10.77.2.2"]);
    assert!(!chosen.is_empty() && chosen.len() < all.len());
    assert!(chosen.iter().all(|packet| all.contains(packet)));
    let report = analysed(&[&call, "--filter", "src host 10.77.2.2"]);
    assert_eq!(report["capture"]["packets"], chosen.len());
    assert_eq!(report["capture"]["filter"], "src host 10.77.2.2");
    assert_eq!(report["capture"]["filtered_out"], all.len() - chosen.len());
    let number = chosen[1].0.to_string();
    let one = relayscope(&[
        "packets",
        &call,
        "--number",
        &number,
        "--filter",
        "src host 10.77.2.2",
    ]);
    assert!(String::from_utf8_lossy(&one.stdout).starts_with(&format!("packet {number},")));
    let hidden = refused(&["packets", &call, "--number", "1", "--filter", "tcp"]);
    assert!(
        hidden.contains("has no packet 1 that passes the filter 'tcp'"),
        "{hidden}"
    );
}

#[test]
fn a_filter_that_does_not_compile_is_shown_with_the_reason() {
    let call = path(CALL);
    let empty = scratch("no-packets.pcap", &file(&[]));
    for args in [
        &["analyze", &call][..],
        &["packets", &call],
        &[&call],
        &[&empty],
    ] {
        let told = refused(&[args, &["--filter", "udp prot 3478"]].concat());
        assert!(
            told.contains("'udp prot 3478'") && told.contains("syntax error"),
            "{told}"
        );
    }
}

#[test]
fn a_filter_is_told_and_lets_nothing_hold() {
    let call = path(CALL);
    let nothing = relayscope(&[&call, "--filter", "udp or arp or icmp or ip6 or tcp"]);
    let text = String::from_utf8(nothing.stdout).expect("text");
    assert!(
        text.contains("left nothing out") && text.contains("✔ relay-forwards-unchanged"),
        "{text}"
    );
    let some = relayscope(&[
        &call,
        "--filter",
        "not arp and not ip[8] = 63 and udp port 3478",
    ]);
    let text = String::from_utf8(some.stdout).expect("text");
    assert!(
        text.contains("left") && text.contains("so none holds"),
        "{text}"
    );
    assert!(!text.contains("✔"), "{text}");
}

/// A filter that hides one datagram on both legs: RTP by its sequence number and SSRC.
fn hiding(octets: &[u8], legs: &[usize]) -> String {
    let number = |at: usize| {
        u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
    };
    let (sequence, ssrc) = (number(0) & 0xFFFF, number(8));
    let hide = |leg: &usize| {
        format!(
            "not (udp[{}:2] = {sequence} and udp[{}:4] = {ssrc})",
            leg + 2,
            leg + 8
        )
    };
    legs.iter().map(hide).collect::<Vec<_>>().join(" and ")
}

#[test]
fn a_filter_that_hides_what_was_altered_does_not_acquit_the_relay() {
    let mut records = records(CALL);
    // Bare media: after it come Ethernet, IPv4 and UDP.
    let bare = |r: &Record| r.octets[34..38].iter().all(|o| *o != 0x0D) && r.octets[42] >> 6 == 2;
    let large = |r: &Record| r.octets.len() > 500 && bare(r);
    let chosen = records.iter().position(large).expect("media");
    let media = records[chosen].octets[42..].to_vec();
    let (carried, whole) = (hiding(&media, &[8, 12]), hiding(&media, &[8]));
    let verdict = |name: &str, records: &[Record], filter: &[&str]| {
        let file = scratch(name, &file(records));
        let report = analysed(&[&[file.as_str()], filter].concat());
        verdicts(&report, CLAIM).remove(0)
    };
    // A datagram whose entering only is hidden was not made up by the relay.
    let (judged, _, gap) = verdict("one-side.pcap", &records, &["--filter", &whole]);
    assert_eq!(judged, "inconclusive");
    assert!(gap.expect("a gap").contains("filter"));
    records[chosen].octets[100] ^= 1;
    let (judged, ..) = verdict("altered.pcap", &records, &[]);
    assert_eq!(judged, "violated");
    let (judged, _, gap) = verdict("altered.pcap", &records, &["--filter", &carried]);
    assert_eq!(judged, "inconclusive");
    assert!(gap.expect("a gap").contains("filter"));
}

#[test]
fn packets_reads_standard_input_too() {
    let octets = fs::read(capture(CALL)).expect("a capture");
    let plain = relayscope(&["packets", &path(CALL)]).stdout;
    let mut zipped = Vec::new();
    let mut encoder = flate2::read::GzEncoder::new(octets.as_slice(), flate2::Compression::fast());
    encoder.read_to_end(&mut zipped).expect("compressed");
    for (name, octets) in [("-", &octets), ("-", &zipped), ("/dev/stdin", &octets)] {
        let output = fed(&["packets", name], octets);
        assert!(output.status.success());
        assert!(output.stdout == plain, "{name}");
    }
    let one = fed(&["packets", "-", "--number", "13"], &octets);
    assert!(String::from_utf8_lossy(&one.stdout).contains("alice-u"));
    let refused = fed(&["packets", "-"], b"");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("standard input is empty"));
}

#[test]
fn each_broken_file_says_where_and_keeps_what_came_before() {
    let whole = file(&records(CALL)[..9]);
    let cut = scratch("cut.pcap", &whole[..whole.len() - 1]);
    let mut broken = whole;
    let second = 24 + 16 + records(CALL)[0].octets.len();
    broken[second + 8..second + 12].copy_from_slice(&[0xFF; 4]);
    let broken = scratch("broken.pcap", &broken);
    let report = analysed(&[&cut, &broken]);
    assert_eq!(report["capture"]["packets"], 8 + 1);
    let told = report["capture"]["ended_early"]
        .as_str()
        .expect("a sentence");
    assert!(
        told.contains("cut.pcap ends in the middle of a packet record at octet "),
        "{told}"
    );
    let expected = format!("broken.pcap has a packet of an impossible length at octet {second}");
    assert!(told.contains(&expected), "{told}");
    let output = relayscope(&["packets", &cut, &broken]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 2);
}

#[test]
fn what_a_cut_file_no_longer_holds_counts_as_lost() {
    let is_client = |record: &&Record| {
        record.octets[34..38]
            .windows(2)
            .any(|port| port == [0x0D, 0x96])
    };
    let all = records(CALL);
    let (client, bare): (Vec<_>, Vec<_>) = all.iter().partition(is_client);
    let owned = |records: Vec<&Record>| records.into_iter().cloned().collect::<Vec<_>>();
    let client = scratch("client.pcap", &file(&owned(client)));
    let bare = file(&owned(bare));
    let whole = scratch("bare.pcap", &bare);
    let cut = scratch("bare-cut.pcap", &bare[..bare.len() / 2]);
    let verdict = |bare: &str| verdicts(&analysed(&[&client, bare]), CLAIM).remove(0);
    assert_eq!(verdict(&whole).0, "holds");
    let (judged, _, gap) = verdict(&cut);
    assert_eq!(judged, "inconclusive");
    assert!(gap.expect("a gap").contains("lost packets"));
}

#[test]
fn a_damaged_compressed_file_gives_what_can_be_opened() {
    let octets = fs::read(capture(CALL)).expect("a capture");
    let mut gzip = Vec::new();
    let mut encoder = flate2::read::GzEncoder::new(octets.as_slice(), flate2::Compression::fast());
    encoder.read_to_end(&mut gzip).expect("compressed");
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    encoder.include_checksum(true).expect("possible");
    encoder.write_all(&octets).expect("compressed");
    let zstd = encoder.finish().expect("compressed");
    for (name, whole) in [("damaged.gz", gzip), ("damaged.zst", zstd)] {
        let half = scratch(name, &whole[..whole.len() / 2]);
        let told = analysed(&[&half])["capture"].clone();
        assert!(told["packets"].as_u64().expect("a count") > 100, "{name}");
        let early = told["ended_early"].as_str().expect("told");
        assert!(
            early.contains("ends in the middle of its compressed form"),
            "{early}"
        );
        let mut spoilt = whole.clone();
        let middle = whole.len() / 2;
        spoilt[middle..middle + 64].fill(0xFF);
        let spoilt = scratch(name, &spoilt);
        let told = analysed(&[&spoilt])["capture"].clone();
        let early = told["ended_early"].as_str().expect("told");
        assert!(
            early.contains("compressed form") || early.contains("impossible"),
            "{early}"
        );
    }
}

#[test]
fn what_stands_beside_the_packets_is_reported_without_secrets() {
    let option = |code: u8, value: &[u8; 4]| [&[code, 0, 4, 0], &value[..]].concat();
    let block = |kind: u32, body: &[u8]| {
        let len = (body.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes(), &len[..], body, &len].concat()
    };
    let head = [[0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0], [0xFF; 8]].concat();
    let file = [
        block(0x0A0D_0D0A, &[head, option(1, b"lab ")].concat()),
        block(
            1,
            &[vec![1, 0, 0, 0, 96, 0, 0, 0], option(2, b"eth7")].concat(),
        ),
        block(
            10,
            &[
                &0x544C_534B_u32.to_le_bytes()[..],
                &[8, 0, 0, 0],
                b"SECRETS!",
            ]
            .concat(),
        ),
    ];
    let file = scratch("beside.pcapng", &file.concat());
    let report = analysed(&[&file]);
    assert!(!report.to_string().contains("SECRETS!"));
    let told = &report["capture"];
    let interface = r#"{"name":"eth7","link_type":"ethernet","snaplen":96,"dropped":null,"source":"beside.pcapng"}"#;
    assert_eq!(told["interfaces"][0].to_string(), interface);
    assert_eq!(
        told["comments"].to_string(),
        r#"[{"on":"section","number":null,"text":"lab "}]"#
    );
    assert_eq!(told["secrets"], 1);
    let hidden = analysed(&[&file, "--redact", "--filter", "host 10.77.1.2"]).to_string();
    for name in ["SECRETS!", "eth7", "lab", "beside", "10.77"] {
        assert!(!hidden.contains(name), "{hidden}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever octets of a file are changed, it is read to an end, and each frame is in bounds.
    #[test]
    fn no_change_of_a_file_breaks_its_reading(
        pcapng in any::<bool>(),
        changes in prop::collection::vec((0usize..1500, any::<u8>()), 1..6),
    ) {
        let name = if pcapng { "two-interfaces.pcapng" } else { CALL };
        let mut octets = fs::read(capture(name)).expect("a capture");
        for (at, octet) in changes {
            octets[at] = octet;
        }
        let input = Box::new(std::io::Cursor::new(octets));
        if let Ok(mut source) = FileSource::from_reader(input, name) {
            let mut block = Block::default();
            while source.next_block(&mut block).expect("memory is readable") {
                for packet in block.packets() {
                    prop_assert!(packet.octets.len() as u64 <= u64::from(packet.wire_len));
                }
            }
        }
    }
}
