//! Small files of blocks, put together by hand.

use std::sync::Arc;

use super::super::pcap::tests::read;
use super::super::{CaptureSummary, Commented, FileSource, PacketSource};
use super::Pcapng;
use crate::base::time::Timestamp;
use crate::capture::Block;

pub(in crate::capture) fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let len = (body.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes(), len.as_slice(), &body, &len].concat()
}

pub(in crate::capture) fn option(code: u16, value: &[u8]) -> Vec<u8> {
    let mut option = code.to_le_bytes().to_vec();
    option.extend((value.len() as u16).to_le_bytes());
    option.extend(value);
    option.resize(option.len().next_multiple_of(4), 0);
    option
}

pub(in crate::capture) fn section_with(options: &[u8]) -> Vec<u8> {
    let mut body = 0x1A2B_3C4D_u32.to_le_bytes().to_vec();
    body.extend([1, 0, 0, 0]);
    body.extend([0xFF; 8]);
    body.extend(options);
    block(0x0A0D_0D0A, &body)
}

pub(in crate::capture) fn section() -> Vec<u8> {
    section_with(&[])
}

pub(in crate::capture) fn interface_with(link: u8, options: &[u8]) -> Vec<u8> {
    let body = [&[link, 0, 0, 0, 0, 0, 4, 0], options].concat();
    block(1, &body)
}

pub(in crate::capture) fn interface(resolution: u8) -> Vec<u8> {
    interface_with(1, &option(9, &[resolution]))
}

pub(in crate::capture) fn packet_with(
    interface: u8,
    units: u32,
    octet: u8,
    options: &[u8],
) -> Vec<u8> {
    let mut body = vec![interface, 0, 0, 0, 0, 0, 0, 0];
    body.extend(units.to_le_bytes());
    body.extend([1, 0, 0, 0, 60, 0, 0, 0, octet, 0, 0, 0]);
    body.extend(options);
    block(6, &body)
}

pub(in crate::capture) fn packet(interface: u8, units: u32, octet: u8) -> Vec<u8> {
    packet_with(interface, units, octet, &[])
}

fn summary(file: &[Vec<u8>]) -> CaptureSummary {
    let input = Box::new(std::io::Cursor::new(file.concat()));
    let mut source = FileSource::from_reader(input, "test.pcapng").expect("a capture");
    let mut block = Block::default();
    while source.next_block(&mut block).expect("readable") {}
    source.summary().clone()
}

fn broken(file: &[Vec<u8>]) -> (usize, String) {
    let (packets, early) = read(file.concat());
    (packets.len(), early.expect("told"))
}

#[test]
fn each_interface_has_its_own_resolution() {
    let file = [
        section(),
        interface(3),
        interface(0x81),
        packet(0, 1500, 7),
        packet(1, 3, 8),
    ];
    let (packets, early) = read(file.concat());
    assert_eq!(packets, [(1, "1.5".into(), 7), (2, "1.5".into(), 8)]);
    assert_eq!(early, None);
}

#[test]
fn an_interface_counts_its_time_from_its_offset() {
    let hour = option(14, &3600_u64.to_le_bytes());
    let file = [section(), interface_with(1, &hour), packet(0, 5, 1)];
    assert_eq!(read(file.concat()).0, [(1, "3600.000005".into(), 1)]);
}

#[test]
fn a_place_in_a_file_has_no_list_of_interfaces_of_its_own() {
    let pcapng = Pcapng::default();
    assert!(Arc::ptr_eq(&pcapng.again().interfaces, &pcapng.interfaces));
}

#[test]
fn a_second_section_counts_its_interfaces_anew() {
    let file = [
        section(),
        interface(6),
        section(),
        interface(9),
        packet(0, 5, 1),
    ];
    assert_eq!(read(file.concat()).0, [(1, "0.000000005".into(), 1)]);
    assert_eq!(summary(&file).interfaces.len(), 2);
}

#[test]
fn sections_may_have_either_byte_order() {
    let big = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_be_bytes()).collect() };
    let file = [
        section(),
        interface(6),
        packet(0, 5, 1),
        big(&[0x0A0D_0D0A, 28, 0x1A2B_3C4D, 0x0001_0000, !0, !0, 28]),
        big(&[1, 20, 101 << 16, 0, 20]),
        big(&[6, 36, 0, 0, 7, 1, 60, 0x0900_0000, 36]),
    ];
    let (packets, early) = read(file.concat());
    assert_eq!(
        packets,
        [(1, "0.000005".into(), 1), (2, "0.000007".into(), 9)]
    );
    assert_eq!(early, None);
    assert_eq!(summary(&file).interfaces[1].link.0, 101);
}

#[test]
fn simple_and_obsolete_packets_are_packets() {
    let obsolete = [
        0, 0, 2, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0, 0, 7,
    ];
    let file = [
        section(),
        interface(6),
        block(2, &obsolete),
        block(3, &[60, 0, 0, 0, 8]),
    ];
    let (packets, _) = read(file.concat());
    assert_eq!(
        packets,
        [(1, "0.000009".into(), 7), (2, "0.000009".into(), 8)]
    );
    assert_eq!(summary(&file).dropped(), Some(2));
}

#[test]
fn names_comments_and_losses_go_to_the_summary() {
    let lost = |count: u64| option(4, &count.to_le_bytes());
    let file = [
        section_with(&option(1, b"the whole")),
        interface_with(1, &[option(2, b"eth0"), option(1, b"a port")].concat()),
        interface_with(113, &[]),
        packet_with(0, 5, 1, &[option(1, b"look\x1b here"), lost(3)].concat()),
        packet_with(0, 6, 1, &lost(4)),
        packet(1, 5, 1),
        block(
            5,
            &[
                &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                option(5, &[8, 0, 0, 0, 0, 0, 0, 0]).as_slice(),
            ]
            .concat(),
        ),
    ];
    let summary = summary(&file);
    let names: Vec<_> = summary
        .interfaces
        .iter()
        .map(|i| i.name.as_deref())
        .collect();
    assert_eq!(names, [Some("eth0"), None]);
    let dropped: Vec<_> = summary.interfaces.iter().map(|i| i.dropped).collect();
    assert_eq!(dropped, [Some(7), Some(8)]);
    let comments: Vec<_> = summary
        .comments
        .iter()
        .map(|c| (c.on, c.text.as_str()))
        .collect();
    let told = [
        (Commented::Section, "the whole"),
        (Commented::Interface(0), "a port"),
        (Commented::Packet(1), "look\\u{1b} here"),
    ];
    assert_eq!(comments, told);
}

/// Interface statistics: time in microseconds, and these options.
fn statistics(micros: u32, options: &[u8]) -> Vec<u8> {
    let time = micros.to_le_bytes();
    block(5, &[&[0; 8], time.as_slice(), options].concat())
}

fn counted(dropped: u64) -> Vec<u8> {
    option(5, &dropped.to_le_bytes())
}

/// From, to and packets, in microseconds, of a file with one interface and packets at 5 and 9.
fn losses(before: &[u8], after: &[Vec<u8>]) -> Vec<(i64, i64, u64)> {
    let packets = [packet_with(0, 5, 1, &[]), packet_with(0, 9, 1, before)];
    let file = [section(), interface(6), packets.concat(), after.concat()];
    let micros = |time: Timestamp| match time {
        Timestamp::MIN | Timestamp::MAX => time.0,
        Timestamp(nanos) => nanos / 1000,
    };
    let told = summary(&file).losses;
    let told = told.intervals().iter();
    told.map(|l| (micros(l.from), micros(l.to), l.packets))
        .collect()
}

#[test]
fn counters_tell_when_packets_were_lost() {
    assert_eq!(
        losses(&[], &[statistics(10, &counted(3))]),
        [(i64::MIN, 10, 3)]
    );
    let several = [0, 2, 2].into_iter().zip([6, 7, 10]);
    let several: Vec<_> = several
        .map(|(lost, time)| statistics(time, &counted(lost)))
        .collect();
    assert_eq!(
        losses(&[], &several),
        [(6, 7, 2)],
        "also behind later packets"
    );
    let by_system = [counted(3), option(7, &4_u64.to_le_bytes())].concat();
    assert_eq!(
        losses(&[], &[statistics(10, &by_system)]),
        [(i64::MIN, 10, 7)]
    );
    assert_eq!(
        losses(&[], &[statistics(10, &[])]),
        [],
        "nothing was counted"
    );
}

#[test]
fn the_time_at_which_an_interface_began_to_count_is_believed_unless_packets_are_older() {
    let began = |micros: u32| {
        let time = [0_u32.to_le_bytes(), micros.to_le_bytes()].concat();
        statistics(30_000_000, &[option(2, &time), counted(3)].concat())
    };
    assert_eq!(losses(&[], &[began(4)]), [(4, 30_000_000, 3)]);
    assert_eq!(
        losses(&[], &[began(9_000_000)]),
        [(9_000_000, 30_000_000, 3)]
    );
    assert_eq!(
        losses(&[], &[began(11_000_000)]),
        [(i64::MIN, 30_000_000, 3)]
    );
}

#[test]
fn a_counter_without_a_time_that_makes_sense_covers_the_whole_file() {
    let whole = [(i64::MIN, i64::MAX, 3)];
    assert_eq!(losses(&[], &[statistics(0, &counted(3))]), whole);
    let mut late = statistics(10, &counted(3));
    late[12] = 99;
    assert_eq!(losses(&[], &[late]), whole);
}

#[test]
fn packets_tell_what_was_lost_before_them_and_counters_do_not_tell_it_again() {
    let lost = option(4, &3_u64.to_le_bytes());
    assert_eq!(losses(&lost, &[]), [(5, 9, 3)]);
    assert_eq!(losses(&lost, &[statistics(10, &counted(3))]), [(5, 9, 3)]);
    assert_eq!(
        losses(&lost, &[statistics(10, &counted(5))]),
        [(i64::MIN, 10, 2), (5, 9, 3)]
    );
}

#[test]
fn secrets_are_kept_without_their_padding() {
    let body = [&0x544C_534B_u32.to_le_bytes()[..], &[5, 0, 0, 0], b"A B C"].concat();
    let secrets = summary(&[section(), block(10, &body)]).secrets;
    assert_eq!(secrets.len(), 1);
    assert_eq!(
        (secrets[0].kind, secrets[0].octets.as_slice()),
        (0x544C_534B, &b"A B C"[..])
    );
}

#[test]
fn what_is_broken_ends_the_file_and_says_why() {
    let good = [section(), interface(6), packet(0, 5, 1)];
    let with = |bad: Vec<u8>| broken(&[good.concat(), bad]);
    let mut longer = packet(0, 5, 1);
    longer[20] = 200;
    let mut unequal = packet(0, 5, 1);
    let last = unequal.len() - 4;
    unequal[last] ^= 4;
    let mut version = section();
    version[12] = 9;
    let mut order = section();
    order[8] = 0;
    for (bad, word) in [
        (packet(9, 5, 1), "a packet without its interface"),
        (longer, "a packet longer than its block"),
        (unequal, "a block whose two lengths differ"),
        (
            vec![6, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0],
            "a block of an impossible length",
        ),
        (
            vec![6, 0, 0, 0, 0, 0, 0, 0x7F, 0, 0, 0, 0],
            "a block of an impossible length",
        ),
        (version, "a section of an unknown version"),
        (order, "a section of unknown byte order"),
        (vec![6, 0, 0], "ends in the middle of a block"),
    ] {
        let (packets, told) = with(bad);
        assert_eq!(packets, 1, "{word}");
        assert!(told.contains(word), "{told}");
        assert!(told.contains("at octet 92"), "{told}");
    }
}

#[test]
fn a_file_cut_anywhere_gives_every_whole_packet() {
    let file = [section(), interface(6), packet(0, 5, 1), packet(0, 6, 2)].concat();
    for cut in 4..file.len() {
        let (packets, early) = read(file[..cut].to_vec());
        assert_eq!(packets.len(), usize::from(cut >= 92), "cut at {cut}");
        assert_eq!(
            early.is_some(),
            ![28, 56, 92].contains(&cut),
            "cut at {cut}"
        );
    }
}
