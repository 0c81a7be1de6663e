//! Rules of TURN state, on messages made here.

use super::*;
use crate::base::addr::Transport;
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::dissect::stun;
use crate::flow::allocation::{EvenPort, PeerConnection, RefusedFamily};

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
    say(turn, (client, SERVER), number, request);
    say(turn, (SERVER, client), number + 1, answer);
}

/// Takes one message.
fn say(turn: &mut Turn, (src, dst): (&str, &str), number: u64, octets: &[u8]) {
    let ends = FiveTuple {
        src: address(src),
        dst: address(dst),
        transport: Transport::Udp,
    };
    let stun = stun::parse(Octets::whole(octets, 0), &mut Quiet).expect("STUN");
    assert!(turn.message(number, Timestamp(0), ends, &stun));
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
    let mut turn = Turn::new(Room::default());
    let granted = message(0x0103, &[&relayed(50_000), &relayed(50_001), &LIFETIME]);
    ask(&mut turn, OLD, 1, [&message(0x0003, &[]), &granted]);
    let allocation = turn.allocations.values().next().expect("an allocation");
    let expected = [address("192.0.2.15:50000"), address("192.0.2.15:50001")];
    assert_eq!(allocation.relayed, expected);
}

#[test]
fn a_ticket_takes_the_allocation_to_the_new_address_of_the_client() {
    let mut turn = Turn::new(Room::default());
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
    let mut turn = Turn::new(Room::default());
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
    let mut turn = Turn::new(Room::default());
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

const TCP_TO_PEERS: [u8; 8] = [0, 0x19, 0, 4, 6, 0, 0, 0];
const EVEN_WITH_NEXT: [u8; 8] = [0, 0x18, 0, 1, 0x80, 0, 0, 0];
const TOKEN: [u8; 12] = [0, 0x22, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
const CONNECTION: [u8; 8] = [0, 0x2A, 0, 4, 0, 0, 0, 9];
/// XOR-PEER-ADDRESS 198.51.100.7:6000.
const PEER: [u8; 12] = [0, 0x12, 0, 8, 0, 1, 0x36, 0x62, 0xE7, 0x21, 0xC0, 0x45];

#[test]
fn a_family_that_is_not_granted_is_told_beside_the_one_that_is() {
    let mut turn = Turn::new(Room::default());
    let no_ipv6 = [0x80, 0x01, 0, 4, 2, 0, 4, 40];
    let granted = message(0x0103, &[&relayed(50_000), &no_ipv6, &LIFETIME]);
    ask(&mut turn, OLD, 1, [&message(0x0003, &[]), &granted]);
    let allocation = turn.allocations.values().next().expect("an allocation");
    let refused = RefusedFamily {
        family: 2,
        code: 440,
    };
    assert_eq!(allocation.refused, [refused]);
    assert_eq!(allocation.relayed.len(), 1);
}

#[test]
fn the_port_that_was_kept_is_allocated_only_to_who_shows_its_token() {
    let mut turn = Turn::new(Room::default());
    let granted = message(0x0103, &[&relayed(50_000), &TOKEN, &LIFETIME]);
    let asked = message(0x0003, &[&EVEN_WITH_NEXT]);
    ask(&mut turn, OLD, 1, [&asked, &granted]);
    assert!(turn.of_relayed(&address("192.0.2.15:50001")).is_none());
    let granted = message(0x0103, &[&relayed(50_001), &LIFETIME]);
    ask(&mut turn, NEW, 3, [&message(0x0003, &[&TOKEN]), &granted]);
    let all: Vec<_> = turn.allocations.values().collect();
    let [first, second] = all.as_slice() else {
        panic!("two allocations")
    };
    assert_eq!(first.even_port, Some(EvenPort::WithNext));
    assert!(first.reserves_next() && !second.reserves_next());
    assert_eq!(
        (first.reserved_by, second.reserved_by),
        (None, Some(first.id))
    );
}

/// The connections of the only allocation.
fn connections(turn: &Turn) -> &[PeerConnection] {
    assert_eq!(turn.allocations.len(), 1);
    let allocation = turn.allocations.values().next().expect("an allocation");
    assert_eq!(allocation.peer_transport, Some(Transport::Tcp));
    &allocation.connections
}

#[test]
fn a_connection_to_a_peer_is_joined_to_one_of_the_client_and_is_no_allocation() {
    let mut turn = Turn::new(Room::default());
    let granted = message(0x0103, &[&relayed(50_000), &LIFETIME]);
    let asked = message(0x0003, &[&TCP_TO_PEERS]);
    ask(&mut turn, OLD, 1, [&asked, &granted]);
    let connected = message(0x010A, &[&CONNECTION]);
    ask(&mut turn, OLD, 3, [&message(0x000A, &[&PEER]), &connected]);
    let [connection] = connections(&turn) else {
        panic!("one connection")
    };
    assert_eq!((connection.id, connection.peer), (9, address(NEW)));
    assert_eq!(connection.opened_by, OpenedBy::Client);
    assert_eq!(connection.flow, None);
    let bind = message(0x000B, &[&CONNECTION]);
    ask(
        &mut turn,
        "192.0.2.1:5001",
        5,
        [&bind, &message(0x010B, &[])],
    );
    let joined = connections(&turn).first().and_then(|c| c.flow);
    assert_eq!(joined.map(|flow| flow.a), Some(address("192.0.2.1:5001")));
}

#[test]
fn a_peer_that_connects_is_told_to_the_client() {
    let mut turn = Turn::new(Room::default());
    let granted = message(0x0103, &[&relayed(50_000), &LIFETIME]);
    let asked = message(0x0003, &[&TCP_TO_PEERS]);
    ask(&mut turn, OLD, 1, [&asked, &granted]);
    let told = message(0x001C, &[&PEER, &CONNECTION]);
    say(&mut turn, (SERVER, OLD), 3, &told);
    let [connection] = connections(&turn) else {
        panic!("one connection")
    };
    assert_eq!(connection.opened_by, OpenedBy::Peer);
    assert_eq!(connection.told_by, 3);
}

#[test]
fn an_id_that_comes_again_with_another_peer_names_another_connection() {
    let mut turn = Turn::new(Room::default());
    let granted = message(0x0103, &[&relayed(50_000), &LIFETIME]);
    let asked = message(0x0003, &[&TCP_TO_PEERS]);
    ask(&mut turn, OLD, 1, [&asked, &granted]);
    let mut other = PEER;
    other[7] ^= 1;
    for peer in [PEER, PEER, other] {
        let told = message(0x001C, &[&peer, &CONNECTION]);
        say(&mut turn, (SERVER, OLD), 3, &told);
    }
    let peers = connections(&turn).iter().map(|known| known.peer.port());
    assert_eq!(peers.collect::<Vec<_>>(), [6000, 6001]);
}

#[test]
fn a_connection_that_nobody_told_of_makes_no_allocation() {
    let mut turn = Turn::new(Room::default());
    let bind = message(0x000B, &[&CONNECTION]);
    ask(&mut turn, OLD, 1, [&bind, &message(0x010B, &[])]);
    assert!(turn.allocations.is_empty());
}
