//! Rules of TURN state, on messages made here.

use super::*;
use crate::base::addr::Transport;
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::dissect::stun;

const OLD: &str = "192.0.2.1:5000";
const NEW: &str = "198.51.100.7:6000";
const SERVER: &str = "203.0.113.9:3478";

/// A message with these attributes; requests and answers share one transaction.
fn message(kind: u16, attributes: &[&[u8]]) -> Vec<u8> {
    let attributes = attributes.concat();
    let mut message = kind.to_be_bytes().to_vec();
    message.extend((attributes.len() as u16).to_be_bytes());
    message.extend([0x21, 0x12, 0xA4, 0x42]);
    message.extend([9; 12]);
    message.extend(attributes);
    message
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// Takes a request of `client` and its answer.
fn ask(turn: &mut Turn, client: &str, number: u64, [request, answer]: [&[u8]; 2]) {
    let up = FiveTuple {
        src: address(client),
        dst: address(SERVER),
        transport: Transport::Udp,
    };
    let down = FiveTuple {
        src: up.dst,
        dst: up.src,
        ..up
    };
    for (number, ends, octets) in [(number, up, request), (number + 1, down, answer)] {
        let stun = stun::parse(Octets::whole(octets, 0), &mut Quiet).expect("STUN");
        assert!(turn.message(number, Timestamp(0), ends, &stun));
    }
}

/// XOR-RELAYED-ADDRESS of 192.0.2.15 with this port.
fn relayed(port: u16) -> Vec<u8> {
    let [high, low] = (port ^ 0x2112).to_be_bytes();
    vec![0, 0x16, 0, 8, 0, 1, high, low, 0xE1, 0x12, 0xA6, 0x4D]
}

const LIFETIME: [u8; 8] = [0, 0x0D, 0, 4, 0, 0, 2, 0x58];
const NO_LIFETIME: [u8; 8] = [0, 0x0D, 0, 4, 0, 0, 0, 0];
const TICKET: [u8; 8] = [0x80, 0x30, 0, 4, 1, 2, 3, 4];
const OTHER_TICKET: [u8; 8] = [0x80, 0x30, 0, 4, 5, 6, 7, 8];
const MS_COOKIE: [u8; 8] = [0, 0x0F, 0, 4, 0x72, 0xC6, 0x4B, 0xC6];

#[test]
fn an_answer_may_grant_two_relayed_addresses() {
    let mut turn = Turn::new();
    let granted = message(0x0103, &[&relayed(50_000), &relayed(50_001), &LIFETIME]);
    ask(&mut turn, OLD, 1, [&message(0x0003, &[]), &granted]);
    let allocation = turn.allocations.values().next().expect("an allocation");
    let expected = [address("192.0.2.15:50000"), address("192.0.2.15:50001")];
    assert_eq!(allocation.relayed, expected);
}

#[test]
fn a_ticket_takes_the_allocation_to_the_new_address_of_the_client() {
    let mut turn = Turn::new();
    let granted = message(0x0103, &[&relayed(50_000), &LIFETIME, &TICKET]);
    ask(&mut turn, OLD, 1, [&message(0x0003, &[]), &granted]);
    let refreshed = message(0x0104, &[&LIFETIME, &OTHER_TICKET]);
    ask(
        &mut turn,
        NEW,
        3,
        [&message(0x0004, &[&TICKET]), &refreshed],
    );
    let allocation = turn.allocations.values().next().expect("an allocation");
    assert_eq!(allocation.ends.src, address(NEW));
    assert_eq!(allocation.former, [(address(OLD), 3)]);
    assert_eq!(turn.allocations.len(), 1);
}

#[test]
fn a_ticket_that_nobody_was_given_moves_nothing() {
    let mut turn = Turn::new();
    let granted = message(0x0103, &[&relayed(50_000), &LIFETIME, &TICKET]);
    ask(&mut turn, OLD, 1, [&message(0x0003, &[]), &granted]);
    let request = message(0x0004, &[&OTHER_TICKET]);
    ask(
        &mut turn,
        NEW,
        3,
        [&request, &message(0x0104, &[&LIFETIME])],
    );
    let [first, second] = [1, 2].map(|id| turn.allocations.get(&id).expect("two allocations"));
    assert!(first.former.is_empty());
    assert!(second.inferred);
}

#[test]
fn ms_turn_allocates_in_the_clear_and_deletes_with_allocate() {
    let mut turn = Turn::new();
    let mapped = [0, 1, 0, 8, 0, 1, 0xC3, 0x50, 192, 0, 2, 15];
    let request = message(0x0003, &[&MS_COOKIE]);
    let granted = message(0x0103, &[&MS_COOKIE, &mapped, &LIFETIME]);
    ask(&mut turn, OLD, 1, [&request, &granted]);
    let deleted = message(0x0103, &[&MS_COOKIE, &mapped, &NO_LIFETIME]);
    ask(&mut turn, OLD, 3, [&request, &deleted]);
    let allocation = turn.allocations.values().next().expect("an allocation");
    assert_eq!(allocation.relayed, [address("192.0.2.15:50000")]);
    assert_eq!(allocation.state, State::Deleted);
    assert_eq!(turn.allocations.len(), 1);
}

#[test]
fn a_connection_to_a_peer_is_no_allocation() {
    let mut turn = Turn::new();
    let id = [0, 0x2A, 0, 4, 0, 0, 0, 9];
    ask(
        &mut turn,
        OLD,
        1,
        [&message(0x000B, &[&id]), &message(0x010B, &[])],
    );
    assert!(turn.allocations.is_empty());
}
