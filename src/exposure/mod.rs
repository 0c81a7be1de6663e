//! Who can read what.
//!
//! A ledger for each observer: every value that the capture shows in clear on a leg which that
//! observer sees. Whether media payload is sealed is not judged here yet; it is listed for nobody.

mod packet;

use std::net::SocketAddr;

use crate::base::sample::Sample;
use crate::flow::{Flow, Level, Tracker, TurnLeg};

pub use packet::{PacketView, view};

/// An observer of a relayed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vantage {
    /// Somebody on the way between client and relay.
    PathClient,
    /// Whoever runs the relay.
    Relay,
    /// Somebody on the way between relay and peer.
    PathPeer,
}

impl Vantage {
    /// All of them, from the client to the peer.
    pub const ALL: [Self; 3] = [Self::PathClient, Self::Relay, Self::PathPeer];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PathClient => "path-client",
            Self::Relay => "relay",
            Self::PathPeer => "path-peer",
        }
    }

    /// Who that is, in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::PathClient => "somebody between client and relay",
            Self::Relay => "the relay",
            Self::PathPeer => "somebody between relay and peer",
        }
    }

    /// Whether this observer sees a leg of this kind.
    const fn sees(self, leg: Leg) -> bool {
        matches!(
            (self, leg),
            (Self::Relay, _) | (Self::PathClient, Leg::Client) | (Self::PathPeer, Leg::Peer)
        )
    }
}

/// Kind of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leg {
    /// Between a client and the relay.
    Client,
    /// Between the relay and a peer.
    Peer,
}

/// One value that an observer reads.
#[derive(Debug, Clone)]
pub struct Exposure {
    /// What it is, in a word or two.
    pub item: &'static str,
    /// Display-filter name of the field.
    pub field: &'static str,
    /// The value.
    pub value: String,
    /// The leg on which it was read.
    pub leg: String,
    /// What it tells, and where that is written.
    pub place: &'static str,
    /// The packets that show it.
    pub packets: Sample,
}

/// What `vantage` reads in this capture.
pub fn ledger(tracker: &Tracker, vantage: Vantage) -> Vec<Exposure> {
    let mut found = Vec::new();
    for leg in tracker.legs() {
        if vantage.sees(Leg::Client) {
            client_leg(tracker, leg, &mut found);
        }
    }
    for flow in tracker.flows() {
        if vantage.sees(Leg::Peer) && is_peer_leg(tracker, flow) {
            let name = format!("{} - {}", flow.key.a, flow.key.b);
            let (relayed, peer) = if tracker.relayed_by(&flow.key.a).is_some() {
                (flow.key.a, flow.key.b)
            } else {
                (flow.key.b, flow.key.a)
            };
            let mut push = pusher(&name, &mut found);
            push(
                "peer",
                "ip.addr",
                peer.to_string(),
                "section 4: IP and port",
                &flow.seen,
            );
            push(
                "relay",
                "ip.addr",
                relayed.to_string(),
                "section 4: IP and port",
                &flow.seen,
            );
            level(tracker, flow, false, &name, &mut found);
        }
    }
    found
}

/// Whether a flow runs bare between a relayed address and a peer.
pub fn is_peer_leg(tracker: &Tracker, flow: &Flow) -> bool {
    let relayed = |address: &SocketAddr| tracker.relayed_by(address).is_some();
    !flow.turn && (relayed(&flow.key.a) || relayed(&flow.key.b))
}

/// Adds an entry for one leg.
fn pusher<'a>(
    leg: &'a str,
    found: &'a mut Vec<Exposure>,
) -> impl FnMut(&'static str, &'static str, String, &'static str, &Sample) + 'a {
    move |item, field, value, place, packets| {
        if packets.total() > 0 {
            let (leg, packets) = (leg.to_owned(), packets.clone());
            found.push(Exposure {
                item,
                field,
                value,
                leg,
                place,
                packets,
            });
        }
    }
}

fn client_leg(tracker: &Tracker, leg: &TurnLeg, found: &mut Vec<Exposure>) {
    let (client, server) = (leg.ends.src, leg.ends.dst);
    let name = format!("{client} - {server}");
    let flow = tracker.flow(&leg.ends.key().0);
    let seen = flow.map_or(&leg.messages, |flow| &flow.seen);
    let mut push = pusher(&name, found);
    push(
        "client",
        "ip.addr",
        client.to_string(),
        "section 4: IP and port",
        seen,
    );
    for (username, packets) in &leg.usernames {
        push(
            "account",
            "stun.att.username",
            username.clone(),
            "section 1: USERNAME",
            packets,
        );
    }
    push(
        "account hash",
        "stun.att.userhash",
        String::new(),
        "section 1: USERHASH",
        &leg.userhash,
    );
    for (realm, packets) in &leg.realms {
        push(
            "realm",
            "stun.att.realm",
            realm.clone(),
            "section 1: REALM",
            packets,
        );
    }
    let [client_software, server_software] = &leg.software;
    for (software, packets) in client_software.iter().chain(server_software) {
        push(
            "software",
            "stun.att.software",
            software.clone(),
            "section 1: SOFTWARE",
            packets,
        );
    }
    for (peer, packets) in &leg.peers {
        let place = "section 1: XOR-PEER-ADDRESS";
        push(
            "peer",
            "stun.xor_peer_address",
            peer.to_string(),
            place,
            packets,
        );
    }
    if let Some((mapped, number)) = leg.mapped
        && mapped != client
    {
        let mut packets = Sample::default();
        packets.add(number);
        let place = "section 1: XOR-MAPPED-ADDRESS";
        push(
            "mapped address",
            "stun.xor_mapped_address",
            mapped.to_string(),
            place,
            &packets,
        );
    }
    for allocation in tracker.allocations().filter(|a| a.ends == leg.ends) {
        let mut packets = Sample::default();
        allocation
            .told_by
            .iter()
            .for_each(|number| packets.add(*number));
        for relayed in &allocation.relayed {
            let place = "section 1: XOR-RELAYED-ADDRESS";
            let value = relayed.to_string();
            push(
                "relayed address",
                "stun.xor_relayed_address",
                value,
                place,
                &packets,
            );
        }
    }
    drop(push);
    if let Some(flow) = flow {
        level(tracker, flow, true, &name, found);
    }
}

/// What the messages of one level of a flow show: bare, or carried by TURN.
fn level(tracker: &Tracker, flow: &Flow, carried: bool, name: &str, found: &mut Vec<Exposure>) {
    let level: &Level = if carried { &flow.carried } else { &flow.outer };
    let mut push = pusher(name, found);
    if let Some((user, packets)) = &level.ice_user {
        push(
            "ICE user names",
            "stun.att.username",
            user.clone(),
            "section 2: USERNAME",
            packets,
        );
    }
    let hello = "versions, ciphers, extensions".to_owned();
    let place = "sections 5 and 6: ClientHello";
    push(
        "DTLS handshake",
        "dtls.handshake.type",
        hello,
        place,
        &level.handshake,
    );
    for stream in tracker.streams() {
        if stream.key.flow != flow.key || stream.key.relayed != carried {
            continue;
        }
        let (src, _) = flow.key.ends(stream.key.direction);
        let src = stream.pair.map_or(src, |(src, _)| src);
        let ssrc = format!("{} from {src}", stream.key.ssrc);
        push(
            "stream",
            "rtp.ssrc",
            ssrc.clone(),
            "section 7: SSRC",
            &stream.packets,
        );
        let ids: Vec<String> = (0..64)
            .filter(|id| stream.extensions >> id & 1 == 1)
            .map(|id| id.to_string())
            .collect();
        let value = format!("{} of {ssrc}", ids.join(" "));
        let place = "section 8: header extensions";
        push(
            "RTP extensions",
            "rtp.ext.id",
            value,
            place,
            &stream.extended,
        );
    }
    let reports = "reports in clear".to_owned();
    push(
        "RTCP",
        "rtcp.pt",
        reports,
        "section 9: plain RTCP",
        &level.plain_rtcp,
    );
    let octets = flow.octets.iter().sum::<u64>();
    let sizes = format!("every size and time of {octets} octets");
    push(
        "sizes and times",
        "frame.len",
        sizes,
        "section 4: packet sizes",
        &flow.seen,
    );
}
