//! Handshakes of literal records.

use super::*;
use crate::base::addr::Transport;
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::dissect::dtls::parse;

/// A ClientHello with this random that offers DTLS 1.2 and two SRTP profiles.
fn client_hello(random: u8) -> Vec<u8> {
    let mut body = vec![0xFE, 0xFD];
    body.extend([random; 32]);
    body.extend([0, 0, 0, 2, 0xC0, 0x2B, 1, 0]);
    body.extend([0, 11, 0, 14, 0, 7, 0, 4, 0, 7, 0, 5, 0]);
    body
}

/// A ServerHello with this random that takes DTLS 1.2 and the first profile.
fn server_hello(random: u8) -> Vec<u8> {
    let mut body = vec![0xFE, 0xFD];
    body.extend([random; 32]);
    body.extend([0, 0xC0, 0x2B, 0, 0, 9, 0, 14, 0, 5, 0, 2, 0, 7, 0]);
    body
}

fn record(content: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![content, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0, 0, 0];
    octets.push(body.len() as u8);
    octets.extend(body);
    octets
}

/// The part of a handshake message that stands at `range`, in a record of its own.
fn part(kind: u8, message: &[u8], range: std::ops::Range<usize>) -> Vec<u8> {
    let (length, offset) = (message.len() as u8, range.start as u8);
    let mut body = vec![kind, 0, 0, length, 0, kind, 0, 0, offset];
    body.extend([0, 0, range.len() as u8]);
    body.extend(&message[range]);
    record(22, 0, &body)
}

fn whole(kind: u8, message: &[u8]) -> Vec<u8> {
    part(kind, message, 0..message.len())
}

/// A capture of datagrams on one flow, numbered from 1.
struct Feed {
    associations: Associations,
    number: u64,
    key: Key,
    in_stun: bool,
}

impl Feed {
    fn new() -> Self {
        Self {
            associations: Associations::new(),
            number: 0,
            key: Key {
                flow: FlowKey {
                    a: "10.0.0.1:1".parse().expect("address"),
                    b: "10.0.0.2:2".parse().expect("address"),
                    transport: Transport::Udp,
                },
                relayed: false,
                peer: None,
            },
            in_stun: false,
        }
    }

    fn send(&mut self, direction: Direction, datagram: &[u8]) {
        self.number += 1;
        let seen = Seen {
            number: self.number,
            time: Timestamp(self.number.cast_signed()),
            key: self.key,
            direction,
            pair: None,
            in_stun: self.in_stun,
        };
        let octets = Octets::whole(datagram, 0);
        let dtls = parse(octets, false, &mut Quiet).expect("DTLS");
        self.associations.datagram(&seen, &dtls);
    }

    /// A whole handshake of DTLS 1.2 with these randoms.
    fn shake_hands(&mut self, client: u8, server: u8) {
        self.send(UP, &whole(1, &client_hello(client)));
        self.send(DOWN, &whole(2, &server_hello(server)));
        let finished = [record(20, 0, &[1]), record(22, 1, &[7; 40])].concat();
        self.send(UP, &finished);
        self.send(DOWN, &finished);
    }

    fn all(&self) -> Vec<&Association> {
        self.associations.all()
    }
}

const UP: Direction = Direction::AToB;
const DOWN: Direction = Direction::BToA;

#[test]
fn hellos_tell_the_terms() {
    let mut feed = Feed::new();
    feed.shake_hands(1, 2);
    let [association] = feed.all()[..] else {
        panic!("one association");
    };
    assert_eq!(association.from_client, UP);
    assert_eq!(association.version, Some(Version::DTLS_1_2));
    assert_eq!(association.cipher, Some(CipherSuite(0xC02B)));
    let offered = association.offered_profiles.as_deref();
    assert_eq!(offered, Some(&[SrtpProfile(7), SrtpProfile(5)][..]));
    assert_eq!(association.offers_null_profile(), Some(true));
    assert_eq!(association.profile, Some(SrtpProfile(7)));
    assert_eq!(association.client_random, Some([1; 32]));
    assert_eq!(association.server_random, Some([2; 32]));
    assert!(association.is_complete());
    assert_eq!(association.protected, [1, 1]);
    assert_eq!(association.packets.packets(), [1, 2, 3, 4]);
}

#[test]
fn the_second_part_of_a_client_hello_may_come_first() {
    let mut feed = Feed::new();
    let hello = client_hello(1);
    feed.in_stun = true;
    feed.send(UP, &part(1, &hello, 20..hello.len()));
    assert!(feed.all().is_empty());
    feed.in_stun = false;
    feed.send(UP, &part(1, &hello, 0..40));
    let [association] = feed.all()[..] else {
        panic!("one association");
    };
    assert_eq!(association.client_hello.packets(), [1, 2]);
    assert_eq!(association.first, Timestamp(1));
    assert!(association.offered_profiles.is_some());
}

#[test]
fn a_server_hello_in_parts_is_put_together() {
    let mut feed = Feed::new();
    feed.send(UP, &whole(1, &client_hello(1)));
    let hello = server_hello(2);
    feed.send(DOWN, &part(2, &hello, 30..hello.len()));
    assert_eq!(feed.all()[0].version, None);
    feed.send(DOWN, &part(2, &hello, 0..30));
    assert_eq!(feed.all()[0].server_random, Some([2; 32]));
    assert_eq!(feed.all()[0].server_hello.packets(), [2, 3]);
}

#[test]
fn a_repeated_flight_is_the_same_handshake() {
    let mut feed = Feed::new();
    feed.send(UP, &whole(1, &client_hello(1)));
    feed.shake_hands(1, 2);
    feed.send(UP, &whole(1, &client_hello(1)));
    assert_eq!(feed.all().len(), 1);
    assert_eq!(feed.all()[0].client_hello.total(), 3);
}

#[test]
fn another_client_random_begins_another_association() {
    let mut feed = Feed::new();
    feed.shake_hands(1, 2);
    feed.shake_hands(3, 4);
    let ids: Vec<_> = feed.all().iter().map(|a| (a.id, a.client_random)).collect();
    assert_eq!(ids, [(1, Some([1; 32])), (2, Some([3; 32]))]);
    assert!(feed.all().iter().all(|a| a.is_complete()));
}

#[test]
fn two_ends_that_both_begin_make_two_and_no_more() {
    let mut feed = Feed::new();
    for _ in 0..3 {
        feed.send(UP, &whole(1, &client_hello(1)));
        feed.send(DOWN, &whole(1, &client_hello(3)));
    }
    assert_eq!(feed.all().len(), 2);
}

#[test]
fn a_server_that_asks_again_may_get_another_random() {
    let mut feed = Feed::new();
    feed.send(UP, &whole(1, &client_hello(1)));
    feed.send(DOWN, &whole(3, &[0xFE, 0xFF, 1, 9]));
    feed.shake_hands(5, 2);
    assert_eq!(feed.all().len(), 1);
    assert_eq!(feed.all()[0].client_random, Some([5; 32]));
}

#[test]
fn a_capture_that_begins_with_the_server_knows_who_is_the_client() {
    let mut feed = Feed::new();
    feed.send(DOWN, &whole(2, &server_hello(2)));
    let [association] = feed.all()[..] else {
        panic!("one association");
    };
    assert_eq!(association.from_client, UP);
    assert_eq!(association.offered_profiles, None);
    assert_eq!(association.offers_null_profile(), None);
}

#[test]
fn peers_of_one_client_are_kept_apart() {
    let mut feed = Feed::new();
    feed.key.relayed = true;
    let hello = client_hello(1);
    feed.send(UP, &part(1, &hello, 0..40));
    feed.key.peer = Some("10.0.0.3:3".parse().expect("address"));
    feed.send(UP, &part(1, &client_hello(3), 0..40));
    feed.key.peer = None;
    feed.send(UP, &part(1, &hello, 40..hello.len()));
    let known: Vec<_> = feed
        .all()
        .iter()
        .map(|a| a.offered_profiles.is_some())
        .collect();
    assert_eq!(known, [true, false]);
}

#[test]
fn both_randoms_make_two_legs_one_handshake() {
    let mut feed = Feed::new();
    feed.shake_hands(1, 2);
    feed.key.relayed = true;
    feed.shake_hands(1, 2);
    feed.key.peer = Some("10.0.0.3:3".parse().expect("address"));
    feed.shake_hands(1, 4);
    let [bare, carried, other] = feed.all()[..] else {
        panic!("three associations");
    };
    assert!(bare.same_handshake(carried));
    assert!(!bare.same_handshake(other));
}

#[test]
fn randoms_that_were_not_seen_prove_nothing() {
    let mut feed = Feed::new();
    feed.send(UP, &whole(1, &client_hello(1)));
    feed.key.relayed = true;
    feed.send(UP, &whole(1, &client_hello(1)));
    let [bare, carried] = feed.all()[..] else {
        panic!("two associations");
    };
    assert!(!bare.same_handshake(carried));
}

#[test]
fn certificates_and_alerts_are_kept_with_their_sender() {
    let mut feed = Feed::new();
    feed.send(UP, &whole(1, &client_hello(1)));
    let chain = [0, 0, 9, 0, 0, 2, 7, 7, 0, 0, 1, 8];
    feed.send(DOWN, &whole(11, &chain));
    feed.send(DOWN, &whole(11, &chain));
    feed.send(UP, &record(21, 0, &[2, 42]));
    let association = feed.all()[0];
    let roles: Vec<_> = association.certificates.iter().map(|c| c.role).collect();
    assert_eq!(roles, [Role::Server, Role::Server]);
    assert_eq!(association.certificate_packets[1].packets(), [2, 3]);
    let alerts: Vec<_> = association.alerts.keys().map(ToString::to_string).collect();
    assert_eq!(alerts, ["bad_certificate"]);
}
