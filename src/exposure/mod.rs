//! Who can read what.
//!
//! A ledger for each observer: every value that the capture shows in clear on a leg which that
//! observer sees. Whether media payload is sealed is not judged here yet; it is listed for nobody.

mod association;
mod dtls;
mod packet;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::base::addr::FlowKey;
use crate::base::sample::Sample;
use crate::base::told::{Name, Told, told};
use crate::flow::{Association, Flow, Level, RtpStream, Tracker, TurnLeg};

pub use packet::{PacketView, view, words};

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
    pub value: Told,
    /// The leg on which it was read.
    pub leg: Told,
    /// What it tells, and where that is written.
    pub place: &'static str,
    /// The packets that show it.
    pub packets: Sample,
}

/// What `vantage` reads in this capture.
pub fn ledger(tracker: &Tracker, vantage: Vantage) -> Vec<Exposure> {
    let mut streams = BTreeMap::<_, Vec<_>>::new();
    for stream in tracker.streams() {
        streams
            .entry((stream.key.flow, stream.key.relayed))
            .or_default()
            .push(stream);
    }
    let mut associations = BTreeMap::<_, Vec<_>>::new();
    for association in tracker.associations() {
        associations
            .entry((association.flow, association.relayed))
            .or_default()
            .push(association);
    }
    let mut reader = Reader {
        tracker,
        associations,
        streams,
        leg: Told::default(),
        found: Vec::new(),
    };
    if vantage.sees(Leg::Client) {
        tracker
            .legs()
            .into_iter()
            .for_each(|leg| reader.client_leg(leg));
    }
    if vantage.sees(Leg::Peer) {
        let flows = tracker.flows();
        flows
            .into_iter()
            .filter(|flow| is_peer_leg(tracker, flow))
            .for_each(|flow| {
                reader.peer_leg(flow);
            });
    }
    reader.found
}

/// Whether a flow runs bare between a relayed address and a peer.
pub fn is_peer_leg(tracker: &Tracker, flow: &Flow) -> bool {
    let relayed = |address: &SocketAddr| tracker.relayed_by(address).is_some();
    !flow.turn && (relayed(&flow.key.a) || relayed(&flow.key.b))
}

/// Reads leg after leg.
struct Reader<'t> {
    tracker: &'t Tracker,
    associations: BTreeMap<(FlowKey, bool), Vec<&'t Association>>,
    streams: BTreeMap<(FlowKey, bool), Vec<&'t RtpStream>>,
    leg: Told,
    found: Vec<Exposure>,
}

/// What is read: item, display-filter name, and the row of the table of exposures.
type What = (&'static str, &'static str, &'static str);

impl Reader<'_> {
    fn push(&mut self, (item, field, place): What, value: Told, packets: &Sample) {
        if packets.total() > 0 {
            let (leg, packets) = (self.leg.clone(), packets.clone());
            self.found.push(Exposure {
                item,
                field,
                value,
                leg,
                place,
                packets,
            });
        }
    }

    fn texts(&mut self, what: What, seen: &BTreeMap<String, Sample>, told: fn(&str) -> Told) {
        for (text, packets) in seen {
            self.push(what, told(text), packets);
        }
    }

    fn peer_leg(&mut self, flow: &Flow) {
        self.leg = told![flow.key.a, " - ", flow.key.b];
        let (relayed, peer) = if self.tracker.relayed_by(&flow.key.a).is_some() {
            (flow.key.a, flow.key.b)
        } else {
            (flow.key.b, flow.key.a)
        };
        self.push(
            ("peer", "ip.addr", "4: IP and port"),
            peer.into(),
            &flow.seen,
        );
        self.push(
            ("relay", "ip.addr", "4: IP and port"),
            relayed.into(),
            &flow.seen,
        );
        self.level(flow, false);
    }

    fn client_leg(&mut self, leg: &TurnLeg) {
        let (client, server) = (leg.ends.src, leg.ends.dst);
        self.leg = told![client, " - ", server];
        let flow = self.tracker.flow(&leg.ends.key().0);
        let seen = flow.map_or(&leg.messages, |flow| &flow.seen);
        self.push(("client", "ip.addr", "4: IP and port"), client.into(), seen);
        let [client_software, server_software] = &leg.software;
        let account = ("account", "stun.att.username", "1: USERNAME");
        self.texts(account, &leg.usernames, |name| Name::User.of(name));
        let realm = ("realm", "stun.att.realm", "1: REALM");
        self.texts(realm, &leg.realms, |realm| Name::Realm.of(realm));
        for (item, software) in [
            ("client software", client_software),
            ("server software", server_software),
        ] {
            // A product names nobody.
            let what = (item, "stun.att.software", "1: SOFTWARE");
            self.texts(what, software, |product| Told::plain(product.to_owned()));
        }
        let hash = ("account", "stun.att.userhash", "1: USERHASH");
        self.push(
            hash,
            "hash of the name, the same in every call".into(),
            &leg.userhash,
        );
        for (peer, packets) in &leg.peers {
            let what = ("peer", "stun.xor_peer_address", "1: XOR-PEER-ADDRESS");
            self.push(what, (*peer).into(), packets);
        }
        if let Some((mapped, number)) = leg.mapped.filter(|(mapped, _)| *mapped != client) {
            let what = (
                "mapped address",
                "stun.xor_mapped_address",
                "1: XOR-MAPPED-ADDRESS",
            );
            self.push(what, mapped.into(), &Sample::of(number));
        }
        for allocation in self.tracker.allocations().filter(|a| a.ends == leg.ends) {
            let packets = allocation.told_by.map(Sample::of).unwrap_or_default();
            for (former, number) in &allocation.former {
                let what = (
                    "former address",
                    "stun.att.mobility-ticket",
                    "1: MOBILITY-TICKET",
                );
                self.push(what, (*former).into(), &Sample::of(*number));
            }
            for relayed in &allocation.relayed {
                let what = (
                    "relayed address",
                    "stun.xor_relayed_address",
                    "1: XOR-RELAYED-ADDRESS",
                );
                self.push(what, (*relayed).into(), &packets);
            }
        }
        if let Some(flow) = flow {
            self.level(flow, true);
        }
    }

    /// What the clear headers of one stream show.
    fn stream(&mut self, flow: &Flow, stream: &RtpStream) {
        let (sender, _) = stream
            .pair
            .unwrap_or_else(|| flow.key.ends(stream.key.direction));
        let ssrc = Told::plain(stream.key.ssrc.to_string());
        let name = told![ssrc, " from ", sender];
        let ids: Vec<String> = stream.extensions().map(|e| e.id.to_string()).collect();
        let elements = told![Told::plain(ids.join(" ")), " in ", &name];
        let level = stream.extensions().find_map(|extension| {
            let meter = extension.levels()?;
            let range = format!("-{} to -{} dBov", meter.loudest, meter.quietest);
            Some((told![Told::plain(range), " in ", &name], extension.packets))
        });
        self.push(("stream", "rtp.ssrc", "7: SSRC"), name, &stream.packets);
        let what = ("RTP extensions", "rtp.ext.id", "8: header extensions");
        self.push(what, elements, &stream.extended);
        if let Some((value, packets)) = level {
            let what = (
                "audio level",
                "rtp.ext.rfc6464.level",
                "8: ssrc-audio-level",
            );
            self.push(what, value, packets);
        }
    }

    /// What the messages of one level of a flow show: bare, or carried by TURN.
    fn level(&mut self, flow: &Flow, carried: bool) {
        let level: &Level = if carried { &flow.carried } else { &flow.outer };
        if let Some((user, packets)) = &level.ice_user {
            self.push(
                ("ICE user names", "stun.att.username", "2: USERNAME"),
                Name::IceUser.of(user),
                packets,
            );
        }
        for association in self
            .associations
            .remove(&(flow.key, carried))
            .unwrap_or_default()
        {
            for (what, value, packets) in association::rows(association) {
                self.push(what, value, &packets);
            }
        }
        let streams = self.streams.remove(&(flow.key, carried));
        for stream in streams.unwrap_or_default() {
            self.stream(flow, stream);
        }
        let reports = ("RTCP reports", "rtcp.pt", "9: plain RTCP");
        self.push(reports, "quality, clocks, names".into(), &level.plain_rtcp);
        let sizes = told!["of ", flow.seen.total(), " packets"];
        self.push(
            ("sizes and times", "frame.len", "4: packet sizes"),
            sizes,
            &flow.seen,
        );
    }
}
