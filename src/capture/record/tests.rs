//! What is recorded is read again: packets, interfaces, secrets and losses.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::capture::{CaptureSummary, FileSource, Files, Frame, Losses, Order, PacketSource};

const SECOND: i64 = 1_000_000_000;

/// Interface, time, octets that were captured, octets on the wire beyond them.
type Packet = (u32, i64, Vec<u8>, u32);

fn interface(name: &str, link: LinkType) -> Interface {
    Interface {
        source: 0,
        name: Some(name.to_owned()),
        link,
        snap_len: Some(65_535),
        dropped: None,
    }
}

fn recording(division: Division) -> Recording {
    Recording {
        interfaces: vec![
            interface("eth0", LinkType::ETHERNET),
            interface("any", LinkType::LINUX_SLL2),
        ],
        secrets: vec![secrets(b"CLIENT_RANDOM 00 11")],
        division,
    }
}

fn secrets(octets: &[u8]) -> Secrets {
    Secrets {
        kind: 0x544C_534B,
        octets: octets.to_vec(),
    }
}

fn block(packets: &[Packet]) -> Block {
    let mut block = Block::default();
    for (interface, time, octets, beyond) in packets {
        block.frames.push(Frame {
            number: 0,
            time: Timestamp(*time),
            order: Order::Timed,
            wire_len: octets.len() as u32 + beyond,
            link: [LinkType::ETHERNET, LinkType::LINUX_SLL2][*interface as usize % 2],
            interface: *interface,
            start: block.octets.len(),
            len: octets.len(),
        });
        block.octets.extend(octets);
    }
    block
}

/// Packets at these seconds.
fn at(seconds: &[i64]) -> Block {
    let packets = seconds.iter().map(|s| (0, s * SECOND, vec![7], 0));
    block(&packets.collect::<Vec<_>>())
}

fn reading(interface: u32, seconds: i64, dropped: u64) -> Reading {
    Reading {
        interface,
        time: Timestamp(seconds * SECOND),
        received: dropped + 10,
        dropped,
    }
}

fn read(source: &mut impl PacketSource) -> (Vec<(u64, Packet)>, CaptureSummary) {
    let (mut block, mut packets) = (Block::default(), Vec::new());
    while source.next_block(&mut block).expect("readable") {
        packets.extend(block.packets().map(|packet| {
            let beyond = packet.wire_len - packet.octets.len() as u32;
            let octets = packet.octets.to_vec();
            (
                packet.number,
                (packet.interface, packet.time.0, octets, beyond),
            )
        }));
    }
    (packets, source.summary().clone())
}

/// The files of a folder by name.
fn files(folder: &TempDir) -> Vec<PathBuf> {
    let all = fs::read_dir(folder.path()).expect("readable");
    let mut files: Vec<_> = all.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

fn names(files: &[PathBuf]) -> Vec<&str> {
    let names = files.iter().filter_map(|file| file.file_name()?.to_str());
    names.collect()
}

fn record(folder: &TempDir, division: Division) -> Recorder {
    let path = folder.path().join("call.pcapng");
    Recorder::create(&path, recording(division), Timestamp(0)).expect("a new file")
}

fn octets(most: u64) -> Division {
    Division {
        octets: Some(most),
        duration: None,
    }
}

/// What happens in a live capture, in order.
#[derive(Debug, Clone)]
enum Event {
    Packets(Vec<(u32, u16, Vec<u8>, u32)>),
    /// Packets lost since the reading before, on the one interface and the other.
    Readings([u64; 2]),
}

fn event() -> impl Strategy<Value = Event> {
    let octets = prop::collection::vec(any::<u8>(), 0..9);
    let packet = (0_u32..2, any::<u16>(), octets, 0_u32..3);
    prop_oneof![
        prop::collection::vec(packet, 0..9).prop_map(Event::Packets),
        [0_u64..3, 0..3].prop_map(Event::Readings),
    ]
}

/// Records the events; returns all packets and what was lost as it was told meanwhile.
fn play(events: &[Event], mut recorder: Recorder) -> (Vec<Packet>, Losses) {
    let (mut losses, mut counts, mut packets) = (Losses::default(), [0; 2], Vec::new());
    (0..2).for_each(|interface| losses.read(reading(interface, 0, 0)));
    for (second, event) in (1..).zip(events) {
        match event {
            Event::Packets(those) => {
                let timed = |(interface, after, octets, beyond): &(u32, u16, Vec<u8>, u32)| {
                    let time = second * SECOND + i64::from(*after);
                    (*interface, time, octets.clone(), *beyond)
                };
                let those: Vec<_> = those.iter().map(timed).collect();
                recorder.record(&block(&those)).expect("recorded");
                packets.extend(those);
            }
            Event::Readings(lost) => {
                let readings = [0, 1].map(|interface| {
                    counts[interface] += lost[interface];
                    reading(interface as u32, second, counts[interface])
                });
                recorder.count(&readings).expect("recorded");
                for reading in readings {
                    losses.read(reading);
                }
            }
        }
    }
    let now = Timestamp(60 * SECOND);
    let all = recorder.finish(now).expect("recorded");
    assert_eq!(all.packets, packets.len() as u64);
    (packets, losses)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_recorded_is_what_is_read(events in prop::collection::vec(event(), 0..20)) {
        let folder = tempfile::tempdir().expect("a folder");
        let (packets, losses) = play(&events, record(&folder, Division::default()));
        let mut source = FileSource::open(&folder.path().join("call.pcapng")).expect("a capture");
        let (found, summary) = read(&mut source);
        let numbered: Vec<_> = (1..).zip(packets).collect();
        prop_assert_eq!(found, numbered);
        prop_assert_eq!(summary.losses.intervals(), losses.intervals());
        prop_assert_eq!(summary.dropped().unwrap_or_default(), losses.packets());
        prop_assert!(summary.ended_early.is_empty());
    }

    /// Packets of equal interface and order: those of several files are merged by time.
    #[test]
    fn divided_files_are_one_capture(events in prop::collection::vec(event(), 0..20)) {
        let folder = tempfile::tempdir().expect("a folder");
        let (packets, losses) = play(&events, record(&folder, octets(700)));
        let capture = Files::new(&files(&folder), None).and_then(|files| files.open());
        let (found, summary) = read(&mut capture.expect("captures"));
        prop_assert_eq!(found.len(), packets.len());
        prop_assert_eq!(summary.losses.intervals(), losses.intervals());
    }
}

#[test]
fn a_file_cut_anywhere_holds_every_packet_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = record(&folder, Division::default());
    let mut ends = vec![fs::metadata(recorder.path()).expect("a file").len()];
    for second in 1..4 {
        recorder.record(&at(&[second])).expect("recorded");
        ends.push(fs::metadata(recorder.path()).expect("a file").len());
    }
    let path = recorder.path().to_owned();
    recorder.finish(Timestamp(9)).expect("recorded");
    let whole = fs::read(path).expect("readable");
    for cut in 1..whole.len() {
        let input = Box::new(std::io::Cursor::new(whole[..cut].to_vec()));
        let Ok(mut source) = FileSource::from_reader(input, "cut.pcapng") else {
            assert!(cut < 4, "only without the first word of the header: {cut}");
            continue;
        };
        let (packets, summary) = read(&mut source);
        let complete = ends.iter().filter(|end| **end <= cut as u64).count();
        assert_eq!(packets.len(), complete.saturating_sub(1), "cut at {cut}");
        let between = ends.contains(&(cut as u64)) || cut as u64 > ends[3] || cut as u64 <= ends[0];
        assert!(between || !summary.ended_early.is_empty(), "cut at {cut}");
    }
}

#[test]
fn a_full_file_is_followed_by_the_next_and_each_stands_for_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = record(&folder, octets(1));
    recorder.record(&at(&[60, 61])).expect("recorded");
    recorder
        .open_with(secrets(b"CLIENT_RANDOM 22 33"))
        .expect("recorded");
    recorder.record(&at(&[62])).expect("recorded");
    let all = recorder.finish(Timestamp(63 * SECOND)).expect("recorded");
    assert_eq!((all.files, all.packets), (3, 3));
    let files = files(&folder);
    let told = [
        "call_00001_19700101000000.pcapng",
        "call_00002_19700101000101.pcapng",
        "call_00003_19700101000102.pcapng",
    ];
    assert_eq!(names(&files), told);
    let lengths = files
        .iter()
        .map(|file| fs::metadata(file).expect("a file").len());
    assert_eq!(lengths.sum::<u64>(), all.octets);
    for (file, secrets) in files.iter().zip([1, 2, 2]) {
        let (packets, summary) = read(&mut FileSource::open(file).expect("a capture"));
        assert_eq!(packets.len(), 1);
        assert_eq!(summary.secrets.len(), secrets);
        let interfaces = summary.interfaces.iter();
        let known: Vec<_> = interfaces
            .map(|i| (i.name.as_deref(), i.link, i.snap_len))
            .collect();
        let any = (Some("any"), LinkType::LINUX_SLL2, Some(65_535));
        assert_eq!(
            known,
            [(Some("eth0"), LinkType::ETHERNET, Some(65_535)), any]
        );
    }
}

#[test]
fn a_file_whose_time_is_over_ends_also_in_silence_but_never_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let division = Division {
        octets: None,
        duration: Some(Duration::from_secs(10)),
    };
    let mut recorder = record(&folder, division);
    let mut held = |seconds: &[i64], now: i64| {
        recorder.record(&at(seconds)).expect("recorded");
        recorder.tick(Timestamp(now * SECOND)).expect("recorded");
        files(&folder).len()
    };
    assert_eq!(held(&[], 11), 1);
    assert_eq!(
        held(&[12], 12),
        2,
        "the file that was opened empty is over at once"
    );
    assert_eq!(held(&[], 30), 2);
    assert_eq!(held(&[31, 32], 33), 3);
}

#[test]
fn a_full_file_waits_for_its_counters_while_they_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = record(&folder, octets(1));
    recorder.count(&[reading(0, 1, 0)]).expect("recorded");
    recorder.record(&at(&[1, 2, 3])).expect("recorded");
    assert_eq!(files(&folder).len(), 1);
    recorder.count(&[reading(0, 3, 5)]).expect("recorded");
    assert_eq!(files(&folder).len(), 2);
    recorder.record(&at(&[4, 5, 6])).expect("recorded");
    assert_eq!(files(&folder).len(), 3, "no reading for two seconds");
    let first = FileSource::open(&files(&folder)[0]).expect("a capture");
    let (_, summary) = read(&mut { first });
    assert_eq!(summary.dropped(), Some(5));
}

#[test]
fn what_is_there_already_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("call.pcapng");
    fs::write(&path, b"evidence").expect("writable");
    let refused = Recorder::create(&path, recording(Division::default()), Timestamp(0));
    assert!(matches!(refused, Err(RecordError::Exists { .. })));
    assert_eq!(fs::read(&path).expect("readable"), b"evidence");
    let refused = Recorder::create(folder.path(), Recording::default(), Timestamp(0));
    assert!(matches!(refused, Err(RecordError::Create { .. })));
    let refused = Recorder::create(Path::new("-"), recording(octets(1)), Timestamp(0));
    assert!(matches!(refused, Err(RecordError::Undivided)));
}

#[test]
fn an_interface_that_was_not_told_is_an_error_after_what_came_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = record(&folder, Division::default());
    let refused = recorder.record(&block(&[(0, 1, vec![1], 0), (2, 2, vec![2], 0)]));
    assert!(matches!(
        refused,
        Err(RecordError::Interface { interface: 2, .. })
    ));
    let (packets, _) = read(&mut FileSource::open(recorder.path()).expect("a capture"));
    assert_eq!(packets.len(), 1);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_with_what_is_safe() {
    let Err(error) = Recorder::create(Path::new("/dev/full"), Recording::default(), Timestamp(0))
    else {
        panic!("no octet fits");
    };
    let told = "cannot record on to /dev/full: it holds the 0 packets before";
    assert_eq!(error.to_string(), told);
}
