use super::*;
use crate::base::addr::{Direction, FlowKey, Transport};
use crate::base::span::Octets;
use crate::dissect::rtcp::shape;
use crate::dissect::rtp::Ssrc;

fn sender() -> RtcpSender {
    let end = "10.0.0.1:5000".parse().expect("address");
    let flow = FlowKey {
        a: end,
        b: end,
        transport: Transport::Udp,
    };
    let key = StreamKey {
        flow,
        direction: Direction::AToB,
        relayed: false,
        ssrc: Ssrc(7),
    };
    RtcpSender::new(key, Timestamp(0))
}

fn send(sender: &mut RtcpSender, number: u64, octets: &[u8], around: Surroundings) -> u64 {
    let rtcp = shape(Octets::whole(octets, 0), None).expect("RTCP");
    sender.add((number, Timestamp(0)), &rtcp, around, &Room::default())
}

/// A sender report with nothing readable behind its first eight octets, then this trailer.
fn sealed(word: u32, tag: usize) -> Vec<u8> {
    let mut octets = vec![0x80, 200, 0, 6, 0, 0, 0, 7];
    octets.extend([0x11; 44]);
    octets.extend(word.to_be_bytes());
    octets.extend(vec![0x22; tag]);
    octets
}

const BYE: [u8; 8] = [0x81, 203, 0, 1, 0, 0, 0, 7];
const ALONE: Surroundings = Surroundings {
    trailer: None,
    media: false,
    counter: false,
};

#[test]
fn two_packets_whose_index_counts_make_it_sealed_and_the_first_becomes_rtcp() {
    let mut sender = sender();
    assert_eq!(send(&mut sender, 1, &sealed(0x8000_0001, 10), ALONE), 0);
    assert_eq!(send(&mut sender, 2, &sealed(0x8000_0003, 10), ALONE), 2);
    assert_eq!(sender.sealed_at(), Some(14));
    assert_eq!((sender.sealed.total(), sender.index), (2, Some((1, 3))));
}

#[test]
fn a_large_index_counts_as_well() {
    let mut sender = sender();
    send(&mut sender, 1, &sealed(0xC000_0001, 0), ALONE);
    assert_eq!((sender.trailer, sender.undecided.total()), (None, 1));
    assert_eq!(send(&mut sender, 2, &sealed(0xC000_0002, 0), ALONE), 2);
    assert_eq!((sender.sealed_at(), sender.sealed.total()), (Some(4), 2));
    assert_eq!(sender.undecided.total(), 0);
}

#[test]
fn one_packet_alone_is_probable_and_needs_media_beside_it() {
    let mut sender = sender();
    let media = Surroundings {
        media: true,
        ..ALONE
    };
    assert_eq!(send(&mut sender, 1, &sealed(0x8000_0001, 10), media), 1);
    assert_eq!(sender.trailer.map(|trailer| trailer.certain), Some(false));
}

#[test]
fn lengths_that_end_exactly_at_the_trailer_need_nothing_beside_them() {
    let empty_report = [0x80, 201, 0, 1, 0, 0, 0, 7, 0x80, 0, 0, 1];
    let octets = [empty_report.as_slice(), &[0xAA; 10]].concat();
    assert_eq!(send(&mut sender(), 1, &octets, ALONE), 1);
}

#[test]
fn a_clear_packet_of_a_sealed_sender_stays_clear() {
    let mut sender = sender();
    send(&mut sender, 1, &sealed(0x8000_0001, 10), ALONE);
    send(&mut sender, 2, &sealed(0x8000_0002, 10), ALONE);
    assert_eq!(send(&mut sender, 3, &BYE, ALONE), 1);
    assert_eq!(
        (sender.sealed.total(), sender.plain.packets()),
        (2, [3].as_slice())
    );
    assert_eq!(sender.said.bye.first(), Some(3));
}

#[test]
fn another_sender_of_the_direction_need_only_fit() {
    let known = Surroundings {
        trailer: Some(14),
        ..ALONE
    };
    let mut sender = sender();
    assert_eq!(send(&mut sender, 1, &sealed(0xFF00_0001, 10), known), 1);
    assert_eq!(sender.sealed_at(), Some(14));
}

#[test]
fn two_places_of_the_trailer_are_doubtful() {
    let mut sender = sender();
    send(&mut sender, 1, &sealed(0x8000_0001, 10), ALONE);
    send(&mut sender, 2, &sealed(0x8000_0002, 0), ALONE);
    assert_eq!((sender.sealed.total(), sender.undecided.total()), (0, 2));
    assert_eq!(sender.trailer, None);
}

#[test]
fn a_null_cipher_must_count_by_one_four_times() {
    let open = |index: u32| {
        let trailer = index.to_be_bytes();
        [BYE.as_slice(), &trailer, &[0xAA; 10]].concat()
    };
    let mut counting = sender();
    let added = [1, 2, 3, 4].map(|n| send(&mut counting, n.into(), &open(n), ALONE));
    assert_eq!(added, [0, 0, 0, 4]);
    assert_eq!(counting.null_cipher.total(), 4);
    let kind = counting.trailer.map(|trailer| trailer.kind);
    assert_eq!(kind, Some(TrailerKind::NullCipher));
    let mut jumping = sender();
    let added = [1, 2, 4, 5].map(|n| send(&mut jumping, n.into(), &open(n), ALONE));
    assert_eq!((added, jumping.null_cipher.total()), ([0; 4], 0));
}

#[test]
fn texts_are_kept_once_with_their_packets() {
    let sdes = b"\x81\xCA\0\x03\0\0\0\x07\x01\x03a@b\0\0\0";
    let mut sender = sender();
    send(&mut sender, 1, sdes, ALONE);
    send(&mut sender, 2, sdes, ALONE);
    let texts: Vec<_> = sender
        .said
        .texts
        .iter()
        .map(|t| (t.name, t.text.as_str()))
        .collect();
    assert_eq!(texts, [("CNAME", "a@b")]);
    assert_eq!(sender.said.texts[0].packets.total(), 2);
}
