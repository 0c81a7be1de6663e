//! Rules of data connections, on segments made here.

use super::*;
use crate::base::addr::{FiveTuple, FlowKey, Transport};
use crate::base::span::Octets;

const CLIENT: &str = "192.0.2.1:5001";

fn address(text: &str) -> std::net::SocketAddr {
    text.parse().expect("an address")
}

/// Relayed address and peer.
fn ends() -> Ends {
    (address("203.0.113.9:50000"), address("198.51.100.7:6000"))
}

/// The flow of a client's connection.
fn flow() -> FlowKey {
    let ends = FiveTuple {
        src: address(CLIENT),
        dst: address("203.0.113.9:3478"),
        transport: Transport::Tcp,
    };
    ends.key().0
}

/// A table in which the connection of the client is joined to that of the peer.
fn joined() -> DataConnections {
    let mut table = DataConnections::new();
    table.told(1, ends(), Timestamp(0));
    table.join(flow(), address(CLIENT), ends());
    table
}

/// The relay sends these octets to the peer, at this place of the stream.
fn to_peer(table: &mut DataConnections, seq: u32, flags: TcpFlags, octets: &[u8]) {
    let segment = Segment {
        number: 2,
        seq,
        ack: 0,
        flags,
        payload: Octets::whole(octets, 54),
    };
    table.at_peer(Timestamp(0), (1, ends()), true, &segment);
}

/// The client sends these octets.
fn from_client(table: &mut DataConnections, octets: &[u8]) {
    let (key, direction) = FiveTuple {
        src: address(CLIENT),
        dst: address("203.0.113.9:3478"),
        transport: Transport::Tcp,
    }
    .key();
    let run = Arrived::Run(1, Octets::whole(octets, 54));
    table.at_client(Timestamp(0), (key, direction), run);
}

fn course(table: &DataConnections) -> &Course {
    let [to_peer, _] = table.all().first().expect("a connection").courses();
    to_peer
}

#[test]
fn a_connection_whose_beginning_was_not_captured_is_not_compared() {
    let mut table = joined();
    from_client(&mut table, b"abc");
    to_peer(&mut table, 100, TcpFlags::ACK, b"abc");
    let course = course(&table);
    assert_eq!((course.entered(), course.left()), (3, 3));
    assert_eq!(
        (course.unchanged, course.doubt()),
        (0, Some(Doubt::Missing))
    );
}

#[test]
fn another_connection_to_the_same_peer_waits_to_be_joined_itself() {
    let mut table = joined();
    to_peer(&mut table, 99, TcpFlags::SYN, b"");
    from_client(&mut table, b"abc");
    to_peer(&mut table, 100, TcpFlags::ACK, b"abc");
    to_peer(&mut table, 7000, TcpFlags::SYN, b"");
    from_client(&mut table, b"late octets of the first");
    table.join(flow(), address(CLIENT), ends());
    from_client(&mut table, b"de");
    to_peer(&mut table, 7001, TcpFlags::ACK, b"de");
    let course = course(&table);
    assert_eq!((course.left(), course.unchanged), (5, 5));
    assert_eq!((course.altered(), course.doubt()), (None, None));
}

#[test]
fn what_waits_without_an_end_is_given_up() {
    let mut table = joined();
    let octets = vec![0; 1 << 20];
    for _ in 0..5 {
        from_client(&mut table, &octets);
    }
    let course = course(&table);
    assert_eq!((course.doubt(), course.held()), (Some(Doubt::Full), 0));
}

#[test]
fn nothing_is_listed_of_which_no_relay_told() {
    let mut table = DataConnections::new();
    to_peer(&mut table, 99, TcpFlags::SYN, b"");
    assert!(table.all().is_empty());
    table.told(1, ends(), Timestamp(0));
    table.retain(|allocation| allocation != 1);
    assert!(table.all().is_empty());
}
