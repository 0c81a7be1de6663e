//! Connections sealed here under fixed keys, opened by the tracker.

use super::*;
use crate::base::addr::{FiveTuple, Transport};
use crate::base::label::hex;
use crate::base::span::Octets;
use crate::decode::TcpFlags;
use crate::decode::tcp::Segment;
use crate::flow::{Flow, Inside, Place, Tracker};
use crate::keys::{MASTER, RANDOMS, sealed_record};

fn ends() -> FiveTuple {
    FiveTuple {
        src: "192.0.2.1:40000".parse().expect("an address"),
        dst: "192.0.2.2:443".parse().expect("an address"),
        transport: Transport::Tcp,
    }
}

fn record(content: u8, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u16).to_be_bytes();
    [&[content, 3, 3], len.as_slice(), body].concat()
}

/// A hello with this random, which offers or takes `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
fn hello(kind: u8, random: &[u8; 32]) -> Vec<u8> {
    let suites: &[u8] = match kind {
        1 => &[0, 0, 2, 0xC0, 0x2F, 1, 0],
        _ => &[0, 0xC0, 0x2F, 0],
    };
    let body = [&[3, 3], random.as_slice(), suites].concat();
    record(
        22,
        &[&[kind, 0, 0, body.len() as u8], body.as_slice()].concat(),
    )
}

/// An Allocate request without attributes.
fn allocate() -> Vec<u8> {
    let mut message = vec![0, 3, 0, 0, 0x21, 0x12, 0xA4, 0x42];
    message.resize(20, 7);
    message
}

/// Two hellos, then the keys are used for these contents of records, from the client.
fn talk(contents: &[&[u8]]) -> [Vec<u8>; 2] {
    let mut client = [hello(1, &RANDOMS[0]), record(20, &[1])].concat();
    for (number, content) in (0..).zip(contents) {
        client.extend(sealed_record(number, content));
    }
    [client, hello(2, &RANDOMS[1])]
}

/// What a tracker with these lines of a key log knows once all was sent, each direction in
/// segments of so many octets; the client waits for the hello of the server.
fn followed(log: &str, talk: &[Vec<u8>; 2], size: usize) -> Tracker {
    followed_without(log, talk, size, &(0..0))
}

/// The same without the octets of the client in these places, which the server acknowledges.
fn followed_without(
    log: &str,
    [client, server]: &[Vec<u8>; 2],
    size: usize,
    gap: &std::ops::Range<usize>,
) -> Tracker {
    let mut tracker = Tracker::default();
    tracker.take_keys("keys.log", log.as_bytes());
    let (key, up) = ends().key();
    tracker.flows.insert(key, Flow::new(1, key, Timestamp(0)));
    let mut number = 0;
    let mut send = |direction: Direction, (seq, ack): (usize, usize), octets: &[u8]| {
        number += 1;
        let place = Place {
            number,
            time: Timestamp(0),
            flow: key,
            direction,
            relayed: false,
            peer: None,
            way: None,
        };
        let flags = match (octets.is_empty(), ack) {
            (true, 0) => TcpFlags::SYN,
            (_, 0) => TcpFlags(0),
            _ => TcpFlags::ACK,
        };
        let segment = Segment {
            number,
            seq: seq as u32,
            ack: ack as u32,
            flags,
            payload: Octets::whole(octets, 54),
        };
        tracker.segment(place, &segment);
    };
    let asked = hello(1, &RANDOMS[0]).len();
    send(up, (0, 0), &[]);
    send(up.reversed(), (0, 0), &[]);
    send(up, (1, 0), &client[..asked]);
    for (at, part) in (0..).zip(server.chunks(size)) {
        send(up.reversed(), (1 + at * size, 0), part);
    }
    let behind = gap.end.max(asked);
    for (start, end) in [(asked, gap.start.max(asked)), (behind, client.len())] {
        for (at, part) in (0..).zip(client[start..end].chunks(size)) {
            send(up, (1 + start + at * size, 0), part);
        }
        send(up.reversed(), (1 + server.len(), 1 + client.len()), &[]);
    }
    tracker
}

fn log(random: u8) -> String {
    format!("CLIENT_RANDOM {} {}\n", hex(&[random; 32]), hex(&MASTER))
}

fn inside(tracker: &Tracker) -> Option<&Flow> {
    tracker.flow(&ends().key().0.inside())
}

fn around(tracker: &Tracker) -> &Flow {
    tracker.flow(&ends().key().0).expect("the connection")
}

#[test]
fn messages_are_found_wherever_segments_and_records_were_cut() {
    let message = allocate();
    let both = message.repeat(2);
    for contents in [vec![&both[..]], vec![&both[..7], &both[7..31], &both[31..]]] {
        for size in [1, 13, 4000] {
            let tracker = followed(&log(1), &talk(&contents), size);
            let flow = inside(&tracker).expect("what is inside");
            assert_eq!((flow.outer.messages.stun, flow.turn), (2, true), "{size}");
            let around = around(&tracker);
            assert_eq!((around.turn_tls, around.unread), (Some(Inside::Keyed), 0));
            let opened = tracker.openings().opened(&around.key);
            assert_eq!(opened, contents.len() as u64);
        }
    }
}

#[test]
fn keys_of_another_handshake_open_nothing_and_what_is_sealed_is_not_read() {
    let sealed = talk(&[&allocate()]);
    let tracker = followed(&log(9), &sealed, 4000);
    assert!(inside(&tracker).is_none() && around(&tracker).turn_tls.is_none());
    assert!(around(&tracker).unread > 0);
    let told = tracker.opened_flows();
    assert_eq!((told[0].opened, told[0].why), (0, Some(NotOpened::Unknown)));
}

#[test]
fn a_record_that_was_changed_opens_no_more_and_is_told() {
    let mut sealed = talk(&[&allocate(), &allocate()]);
    *sealed[0].last_mut().expect("a tag") ^= 1;
    let tracker = followed(&log(1), &sealed, 4000);
    let flow = inside(&tracker).expect("what is inside");
    assert_eq!(flow.outer.messages.stun, 1);
    assert!(flow.unread > 0 && around(&tracker).unread > 0);
    assert_eq!(tracker.opened_flows()[0].why, Some(NotOpened::Tag));
}

#[test]
fn what_is_no_turn_inside_is_left() {
    let tracker = followed(&log(1), &talk(&[b"GET / HTTP/1.1\r\n\r\n"]), 4000);
    assert!(inside(&tracker).is_none() && around(&tracker).turn_tls.is_none());
    assert!(!tracker.reads_tls(&around(&tracker).key) && around(&tracker).unread > 0);
}

#[test]
fn behind_a_gap_records_are_found_and_opened_again() {
    // ChannelData, which only its place tells.
    let (message, channel) = (allocate(), [&[0x40, 0, 0, 16][..], &[7; 16]].concat());
    let mut contents = [&message[..]; 12];
    contents[5..].fill(&channel);
    let [client, server] = talk(&contents);
    let record = sealed_record(0, &message).len();
    let asked = hello(1, &RANDOMS[0]).len();
    // The third and a part of the fourth are missing.
    let gap = client.len() - 10 * record..client.len() - 9 * record + 20;
    for size in [13, 4000] {
        let tracker = followed_without(&log(1), &[client.clone(), server.clone()], size, &gap);
        let flow = inside(&tracker).expect("what is inside");
        let messages = &flow.outer.messages;
        assert_eq!((messages.stun, messages.channel_data), (3, 7), "{size}");
        assert!(flow.unread > 0 && gap.start > asked);
        assert_eq!(tracker.opened_flows()[0].closed, 0);
    }
}
