use super::*;
use crate::base::field::Field;
use crate::base::label::{Label, Labels, Value};

fn guard_of(octets: &[u8]) -> Option<Guard> {
    shape(Octets::whole(octets, 0), None).map(|rtcp| rtcp.guard)
}

/// Every value read from a datagram, in order.
fn read(octets: &[u8]) -> Vec<(Field, String)> {
    let mut labels = Labels::default();
    shape(Octets::whole(octets, 0), None)
        .expect("RTCP")
        .label(&mut labels);
    let regions = labels.regions(octets.len() as u32, octets.len() as u32);
    assert!(regions.iter().all(|region| region.field != Field::Unparsed));
    let text = |label: &Label| (label.field, label.text(octets).unwrap_or_default());
    labels.facts().iter().map(text).collect()
}

fn value(octets: &[u8], field: Field) -> Vec<String> {
    let of_field = |(known, text): (Field, String)| (known == field).then_some(text);
    read(octets).into_iter().filter_map(of_field).collect()
}

const BYE: [u8; 8] = [0x81, 203, 0, 1, 0, 0, 0, 7];
const SENDER: [u8; 4] = [0, 0, 0, 7];

/// A packet of this first octet and type, padded to words.
fn packet(first: u8, packet_type: u8, body: &[u8]) -> Vec<u8> {
    let words = (body.len() / 4) as u8;
    [&[first, packet_type, 0, words], body].concat()
}

#[test]
fn a_compound_that_ends_exactly_is_plain() {
    assert_eq!(guard_of(&BYE), Some(Guard::Plain));
    assert_eq!(guard_of(&[BYE, BYE].concat()), Some(Guard::Plain));
}

#[test]
fn a_trailer_with_the_e_flag_is_sealed() {
    let mut sealed = BYE.to_vec();
    sealed.extend([0x80, 0, 0, 1]);
    sealed.extend([0xAA; 10]);
    let (offset, index) = (14, 1);
    assert_eq!(guard_of(&sealed), Some(Guard::Trailer { offset, index }));
    assert_eq!(value(&sealed, Field::SrtcpIndex), ["1"]);
}

#[test]
fn an_index_too_large_for_one_packet_is_read_where_the_place_is_known() {
    let sealed = [BYE.as_slice(), &[9; 20], &[0xFF, 0, 0, 1]].concat();
    assert_eq!(guard_of(&sealed), Some(Guard::Undecided));
    let known = shape(Octets::whole(&sealed, 0), Some(4)).map(|rtcp| rtcp.guard);
    let (offset, index) = (4, 0x7F00_0001);
    assert_eq!(known, Some(Guard::Trailer { offset, index }));
}

#[test]
fn a_trailer_with_e_zero_may_stand_where_the_lengths_end() {
    let open = [BYE.as_slice(), &[0, 0, 0, 5], &[0xAA; 10]].concat();
    let (offset, index) = (14, 5);
    assert_eq!(guard_of(&open), Some(Guard::Open { offset, index }));
    assert_eq!(value(&open, Field::RtcpSsrc), ["0x00000007"]);
}

#[test]
fn a_name_server_answer_is_not_rtcp() {
    let answer = [0x81, 0xC8, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    assert_eq!(guard_of(&answer), None);
}

#[test]
fn a_cut_frame_is_plain_only_where_every_header_was_captured() {
    let cut = |captured, wire_len| Octets {
        captured,
        offset: 0,
        wire_len,
    };
    let guard = |octets| shape(octets, None).map(|rtcp| rtcp.guard);
    let report = packet(0x80, 201, &SENDER);
    assert_eq!(guard(cut(&report, 8)), Some(Guard::Plain));
    let long = [0x81, 201, 0, 7, 0, 0, 0, 7];
    assert_eq!(guard(cut(&long, 32)), Some(Guard::Plain));
    assert_eq!(guard(cut(&long, 60)), Some(Guard::Undecided));
}

#[test]
fn a_report_block_says_loss_with_its_sign() {
    let block = [
        0, 0, 0, 9, 64, 0xFF, 0xFF, 0xFE, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5,
    ];
    let report = packet(0x81, 201, &[SENDER.as_slice(), &block].concat());
    assert_eq!(value(&report, Field::RtcpCumulative), ["-2"]);
    assert_eq!(value(&report, Field::RtcpHighest), ["65538"]);
    assert_eq!(value(&report, Field::RtcpJitter), ["3"]);
    assert_eq!(value(&report, Field::RtcpDelaySinceSr), ["5"]);
}

#[test]
fn every_item_of_every_chunk_is_read() {
    let mut body = SENDER.to_vec();
    body.extend(b"\x01\x03a@b\x06\x04tool");
    body.extend([0]);
    body.extend(b"\0\0\0\x08\x08\x05\x02pxvw\0\0\0\0\0");
    let sdes = packet(0x82, 202, &body);
    assert_eq!(value(&sdes, Field::RtcpSdesText), ["a@b", "tool", "vw"]);
    assert_eq!(value(&sdes, Field::RtcpSdesPrefix), ["px"]);
    assert_eq!(value(&sdes, Field::RtcpSsrc), ["0x00000007", "0x00000008"]);
    let items = shape(Octets::whole(&sdes, 0), None).map(|rtcp| {
        let items = rtcp
            .packets()
            .flat_map(|packet| packet.items().collect::<Vec<_>>());
        items.map(|(kind, text)| (kind.0, text.to_vec())).collect()
    });
    let expected = vec![
        (1, b"a@b".to_vec()),
        (6, b"tool".to_vec()),
        (8, b"\x02pxvw".to_vec()),
    ];
    assert_eq!(items, Some(expected));
}

#[test]
fn a_goodbye_may_give_its_reason() {
    let bye = packet(0x81, 203, b"\0\0\0\x07\x03bye");
    assert_eq!(value(&bye, Field::RtcpByeReason), ["bye"]);
}

#[test]
fn an_application_packet_has_a_name() {
    let app = packet(0x80, 204, b"\0\0\0\x07PINGPONG");
    assert_eq!(value(&app, Field::RtcpAppName), ["PING"]);
    assert_eq!(value(&app, Field::RtcpAppData), ["504f4e47"]);
}

#[test]
fn feedback_says_which_packets_are_missing() {
    let nack = packet(0x81, 205, b"\0\0\0\x07\0\0\0\x09\x12\x34\0\x01");
    assert_eq!(value(&nack, Field::RtcpNackPid), ["4660"]);
    assert_eq!(value(&nack, Field::RtcpNackBlp), ["0x0001"]);
    let body = b"\0\0\0\x07\0\0\0\x09\0\x01\0\x02\xFF\xFF\xFF\x03\x20\x02\x10\x10";
    let congestion = packet(0x8F, 205, body);
    assert_eq!(value(&congestion, Field::RtcpTccTime), ["-1"]);
    assert_eq!(value(&congestion, Field::RtcpTccCount), ["2"]);
}

#[test]
fn an_estimate_says_bit_rate_and_streams() {
    let body = b"\0\0\0\x07\0\0\0\0REMB\x01\x0B\xD0\x90\0\0\0\x09";
    let remb = packet(0x8F, 206, body);
    assert_eq!(value(&remb, Field::RtcpRembBitrate), ["1000000"]);
    assert_eq!(value(&remb, Field::RtcpRembSsrc), ["0x00000009"]);
}

#[test]
fn an_extended_report_is_read_block_by_block() {
    let mut body = SENDER.to_vec();
    body.extend([4, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
    body.extend([5, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0, 4]);
    body.extend([99, 0, 0, 1, 1, 2, 3, 4]);
    let report = packet(0x80, 207, &body);
    assert_eq!(value(&report, Field::RtcpXrType), ["4", "5", "99"]);
    assert_eq!(
        value(&report, Field::RtcpXrTimestamp),
        ["0x0000000100000002"]
    );
    assert_eq!(value(&report, Field::RtcpXrDelay), ["4"]);
}

#[test]
fn the_padding_of_the_last_packet_is_no_part_of_its_report() {
    let report = packet(0xA0, 201, b"\0\0\0\x07\0\0\0\x04");
    assert_eq!(value(&report, Field::RtcpPaddingCount), ["4"]);
    assert!(value(&report, Field::RtcpProfileExtension).is_empty());
}

#[test]
fn a_count_that_promises_too_much_ends_its_packet_only() {
    let both = [packet(0x9F, 201, &SENDER), BYE.to_vec()].concat();
    assert_eq!(value(&both, Field::RtcpType), ["201", "203"]);
}

#[test]
fn an_unknown_type_keeps_its_octets() {
    let unknown = packet(0x80, 222, b"\0\0\0\x07rest");
    let mut labels = Labels::default();
    let rtcp = shape(Octets::whole(&unknown, 0), None).expect("RTCP");
    rtcp.label(&mut labels);
    let regions = labels.regions(12, 12);
    assert_eq!(
        regions.last().map(|r| (r.field, r.value)),
        Some((Field::RtcpBody, Value::None))
    );
}

#[test]
fn beside_a_trailer_stands_what_its_distance_from_the_end_leaves_room_for() {
    let beside = |offset| {
        let Beside { aead_tag, key, tag } = Beside::trailer_at(offset);
        (aead_tag, key, tag)
    };
    assert_eq!(beside(4), (16, 0, 0));
    assert_eq!(beside(7), (16, 3, 0));
    assert_eq!(beside(8), (0, 0, 4));
    assert_eq!(beside(14), (0, 0, 10));
    assert_eq!(beside(18), (0, 4, 10));
}
