//! Rules of TLS handshakes, on records made here.

use super::*;
use crate::base::addr::Transport;
use crate::base::span::Octets;
use crate::dissect::dtls::handshake::{Carrier, parse};
use crate::dissect::dtls::names::HandshakeType;

fn session() -> TlsSession {
    let [a, b] = ["192.0.2.1:1", "192.0.2.2:2"].map(|text| text.parse().expect("an address"));
    let transport = Transport::Tcp;
    TlsSession::new(FlowKey { a, b, transport }, Direction::AToB)
}

/// A hello with one extension, that of the application protocols.
fn hello(kind: HandshakeType, names: &[&str]) -> Vec<u8> {
    let mut list = Vec::new();
    for name in names {
        list.push(name.len() as u8);
        list.extend(name.as_bytes());
    }
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.push(0);
    body.extend(match kind {
        HandshakeType::CLIENT_HELLO => &[0, 2, 0xC0, 0x2F, 1, 0][..],
        _ => &[0xC0, 0x2F, 0],
    });
    let len = list.len() as u8;
    if !names.is_empty() {
        body.extend([0, len + 6, 0, 16, 0, len + 2, 0, len]);
        body.extend(list);
    }
    body
}

/// What follows from what the client offers and the server takes.
fn speaks_turn(offered: &[&str], taken: Option<&[&str]>) -> bool {
    let mut session = session();
    let hellos = [
        (HandshakeType::CLIENT_HELLO, Direction::AToB, Some(offered)),
        (HandshakeType::SERVER_HELLO, Direction::BToA, taken),
    ];
    for (kind, direction, names) in hellos {
        if let Some(names) = names {
            let body = hello(kind, names);
            let read = parse(kind, Carrier::Stream, Octets::whole(&body, 0));
            session.message(1, direction, &read);
        }
    }
    session.speaks_turn()
}

#[test]
fn turn_is_what_the_server_takes_or_all_that_the_client_offers() {
    assert!(speaks_turn(&["stun.turn"], None));
    assert!(speaks_turn(&["stun.turn"], Some(&[])));
    assert!(speaks_turn(&["h2", "stun.turn"], Some(&["stun.turn"])));
    assert!(!speaks_turn(&["h2", "stun.turn"], None));
    assert!(!speaks_turn(&["h2", "stun.turn"], Some(&["h2"])));
    assert!(!speaks_turn(&["stun.nat-discovery"], None));
    assert!(!speaks_turn(&[], Some(&[])));
}

#[test]
fn only_a_suite_that_encrypts_seals() {
    let mut session = session();
    assert!(!session.seals());
    for (suite, seals) in [
        (0xC02F, true),
        (0x003B, false),
        (0xC0B4, false),
        (0x7777, false),
    ] {
        session.cipher = Some(CipherSuite(suite));
        assert_eq!(session.seals(), seals, "{suite:#x}");
    }
}

#[test]
fn the_client_is_whoever_sends_the_client_hello() {
    let mut session = session();
    let body = hello(HandshakeType::CLIENT_HELLO, &["stun.turn"]);
    let read = parse(
        HandshakeType::CLIENT_HELLO,
        Carrier::Stream,
        Octets::whole(&body, 0),
    );
    session.message(1, Direction::BToA, &read);
    let (client, server) = session.ends();
    assert_eq!((client.port(), server.port()), (2, 1));
    assert_eq!(session.offered_versions, [Version::TLS_1_2]);
}
