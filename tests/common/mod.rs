//! Captures taken apart and put together again, and the report of what came out.
#![allow(dead_code, reason = "each test file uses the part that it needs")]

pub(crate) mod copies;
pub(crate) mod evil;
pub(crate) mod namespace;
pub(crate) mod relay;
pub(crate) mod schema;
#[cfg(unix)]
pub(crate) mod screen;
pub(crate) mod spoken;
pub(crate) mod tcp;
pub(crate) mod tls;
pub(crate) mod wrapped;

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use relayscope::base::label::Quiet;
use relayscope::capture::{Block, CaptureSummary, FileSource, PacketSource, RawPacket};
use relayscope::decode;
use relayscope::exposure::{Lens, PacketView, Vantage};
use relayscope::flow::Tracker;
use relayscope::report::live::{Board, Event};
use relayscope::report::{Question, Report, json, text};
use relayscope::run::track_on;
use serde_json::Value;

/// A record of a classic pcap file: time in microseconds, and the frame.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) micros: u64,
    pub(crate) wire_len: u32,
    pub(crate) octets: Vec<u8>,
}

/// Every capture that the project ships.
pub(crate) fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the captures are there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|e| e == "pcap" || e == "pcapng")
        })
        .collect();
    files.sort();
    assert!(files.len() >= 10);
    files
}

/// The path of one of them.
pub(crate) fn capture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("captures")
        .join(name)
}

/// Its records.
pub(crate) fn records(name: &str) -> Vec<Record> {
    let mut records = Vec::new();
    each_packet(&capture(name), |packet| {
        records.push(Record {
            micros: (packet.time.0 / 1000).unsigned_abs(),
            wire_len: packet.wire_len,
            octets: packet.octets.to_vec(),
        });
    });
    records
}

/// Calls `look` with every packet of a capture.
pub(crate) fn each_packet(path: &Path, mut look: impl FnMut(&RawPacket<'_>)) {
    let mut source = FileSource::open(path).expect("a capture");
    let mut block = Block::default();
    while source.next_block(&mut block).expect("readable") {
        block.packets().for_each(|packet| look(&packet));
    }
}

/// Follows a capture as a live one, with a round of the board after every `step` packets that
/// makes `most` parts at once.
pub(crate) fn follow(path: &Path, step: u64, most: usize) -> (Tracker, Board, Vec<Event>) {
    let (mut tracker, mut board) = (Tracker::default(), Board::new(Question::default()));
    let summary = CaptureSummary::default();
    let now = |tracker: &Tracker| tracker.totals().last.unwrap_or_default();
    let mut events = Vec::new();
    each_packet(path, |packet| {
        tracker.packet(packet, &decode::frame(packet, &mut Quiet));
        if packet.number.is_multiple_of(step) {
            tracker.settle();
            events.extend(board.update(&tracker, &summary, (now(&tracker), most)));
        }
    });
    tracker.finish();
    events.extend(board.update(&tracker, &summary, (now(&tracker), usize::MAX)));
    (tracker, board, events)
}

/// Calls `show` with every packet of a capture, and with what is to be seen of it.
pub(crate) fn each_view(
    path: &Path,
    tracker: &Tracker,
    mut show: impl FnMut(&RawPacket<'_>, PacketView),
) {
    let mut lens = Lens::new(tracker);
    each_packet(path, |packet| {
        lens.look(packet);
        settled(&mut lens, &mut show);
    });
    lens.end();
    settled(&mut lens, &mut show);
}

/// Calls `show` with what waits for nothing more.
pub(crate) fn settled(lens: &mut Lens<'_>, mut show: impl FnMut(&RawPacket<'_>, PacketView)) {
    while let Some((packet, view)) = lens.settled() {
        show(&packet.packet(), view);
    }
}

/// A classic pcap file with Ethernet frames.
pub(crate) fn file(records: &[Record]) -> Vec<u8> {
    let mut out = Vec::from([0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0]);
    out.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
    for record in records {
        for word in [
            (record.micros / 1_000_000) as u32,
            (record.micros % 1_000_000) as u32,
            record.octets.len() as u32,
            record.wire_len,
        ] {
            out.extend(word.to_le_bytes());
        }
        out.extend(&record.octets);
    }
    out
}

/// The report of a file in memory, as JSON.
pub(crate) fn report_of(octets: Vec<u8>) -> Value {
    let source = FileSource::from_reader(Box::new(Cursor::new(octets)), "test.pcap");
    report(source.expect("a capture"), &Question::default()).0
}

/// The report of records, as JSON.
pub(crate) fn report_of_records(records: &[Record]) -> Value {
    report_of(file(records))
}

/// The report of records, as JSON and as text.
pub(crate) fn reports_of_records(records: &[Record]) -> (Value, String) {
    let source = FileSource::from_reader(Box::new(Cursor::new(file(records))), "test.pcap");
    report(source.expect("a capture"), &Question::default())
}

/// The report of a shipped capture, as JSON and as text.
pub(crate) fn report_of_capture(path: &Path, observer: Option<Vantage>) -> (Value, String) {
    let question = Question {
        observer,
        ..Question::default()
    };
    report(FileSource::open(path).expect("a capture"), &question)
}

/// The report of records to a question, as JSON.
pub(crate) fn answer_of_records(records: &[Record], question: &Question) -> Value {
    answer_of(file(records), question)
}

/// The report of a file in memory to a question, as JSON.
pub(crate) fn answer_of(octets: Vec<u8>, question: &Question) -> Value {
    let source = FileSource::from_reader(Box::new(Cursor::new(octets)), "test.pcap");
    report(source.expect("a capture"), question).0
}

/// The report of a capture file, for whoever has a tracker with keys.
pub(crate) fn answer_with_keys(octets: Vec<u8>, question: &Question, tracker: Tracker) -> Value {
    let source = FileSource::from_reader(Box::new(Cursor::new(octets)), "test.pcap");
    report_by(source.expect("a capture"), question, tracker).0
}

fn report(source: FileSource, question: &Question) -> (Value, String) {
    report_by(source, question, Tracker::default())
}

fn report_by(mut source: FileSource, question: &Question, mut tracker: Tracker) -> (Value, String) {
    track_on(&mut tracker, &mut source).expect("readable");
    let report = Report::new(source.summary(), &tracker, question);
    let mut out = Vec::new();
    text::write(&report, &mut out).expect("memory");
    let plain = anstream::adapter::strip_bytes(&out).into_vec();
    let mut object = Vec::new();
    json::write(&report, &mut object).expect("memory");
    (
        serde_json::from_slice(&object).expect("JSON"),
        String::from_utf8(plain).expect("text"),
    )
}

/// The judgements of one claim: verdict, evidence packets, gap.
pub(crate) fn verdicts(report: &Value, claim: &str) -> Vec<(String, Vec<u64>, Option<String>)> {
    let claims = report["claims"].as_array().expect("claims");
    claims
        .iter()
        .filter(|judged| judged["id"] == claim)
        .map(|judged| {
            let packets = judged["evidence"]["packets"].as_array().expect("packets");
            (
                judged["verdict"].as_str().expect("verdict").to_owned(),
                packets
                    .iter()
                    .map(|number| number.as_u64().expect("number"))
                    .collect(),
                judged["gap"].as_str().map(ToOwned::to_owned),
            )
        })
        .collect()
}

/// What a report says that does not depend on times, nor on frames beside the call.
pub(crate) fn timeless(report: &Value) -> Value {
    let pick = |of: &Value, members: &[&str]| -> Value {
        members
            .iter()
            .map(|name| ((*name).to_owned(), of[*name].clone()))
            .collect()
    };
    let each = |part: &str, members: &[&str]| -> Vec<Value> {
        let all = report[part].as_array().expect("a list");
        all.iter().map(|of| pick(of, members)).collect()
    };
    serde_json::json!({
        "calls": report["summary"]["calls"],
        "claims": report["summary"]["claims"],
        "allocations": each("allocations", &["client", "server", "relayed", "username", "channels"]),
        "flows": each("flows", &["a", "b", "kind", "packets"]),
        "associations": each("associations", &["client", "server", "version", "complete", "path"]),
        "streams": each("streams", &["ssrc", "flow", "kind", "packets", "octets", "lost", "rtcp"]),
        "paths": report["paths"].as_array().expect("paths").iter().map(|path| {
            let counts = ["entered", "left", "unchanged", "altered", "duplicated"];
            [pick(&path["to_peer"], &counts), pick(&path["to_client"], &counts)]
        }).collect::<Vec<_>>(),
    })
}
