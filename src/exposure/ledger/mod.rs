//! The ledger: every value that the capture shows, for each observer who sees the leg on which it
//! stands; what is sealed there; and what cannot be told.

mod handshake;
mod inference;
mod media;
mod signalling;
mod stun;

use hashbrown::HashMap;

use super::leg::{Leg, legs, sees};
use super::protection::Protections;
use super::vantage::{LegKind, Vantage};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::flow::{Association, Call, RtcpSender, RtpStream, Scene, Tracker};

/// Whether an observer reads something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Visibility {
    /// It reads it.
    Readable,
    /// It is sealed for it.
    Hidden,
    /// It cannot be told. Doubt counts as exposure.
    Unknown,
}

impl Visibility {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Readable => "readable",
            Self::Hidden => "hidden",
            Self::Unknown => "unknown",
        }
    }
}

/// How surely something follows from what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Certain, or of published high accuracy.
    Strong,
    /// Likely.
    Medium,
    /// Under conditions only.
    Weak,
}

impl Strength {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Medium => "medium",
            Self::Weak => "weak",
        }
    }
}

/// One value, and whether an observer reads it.
#[derive(Debug, Clone)]
pub struct Exposure {
    /// What it is, in a word or two.
    pub item: &'static str,
    /// Display-filter name of the field.
    pub field: &'static str,
    /// The value.
    pub value: Told,
    /// The leg on which it stands.
    pub leg: Told,
    /// What it tells, and where that is written: a row of the table of exposures.
    pub place: &'static str,
    /// The packets that show it.
    pub packets: Sample,
    /// Whether it is read.
    pub visibility: Visibility,
    /// For what follows from other values: how surely.
    pub inference: Option<Strength>,
}

/// What is shown: item, display-filter name, and the row of the table of exposures.
type What = (&'static str, &'static str, &'static str);

/// What a scene shows to `vantage`.
pub fn ledger(scene: &Scene<'_>, protections: &Protections<'_>, vantage: Vantage) -> Vec<Exposure> {
    let mut reader = Reader {
        tracker: scene.tracker,
        protections,
        vantage,
        leg: Told::default(),
        found: Vec::new(),
    };
    let (mut streams, mut senders, mut handshakes) =
        (HashMap::new(), HashMap::new(), HashMap::new());
    let mut calls = HashMap::new();
    for stream in scene.streams.iter().copied() {
        let of: &mut Vec<_> = streams.entry(stream.key.flow).or_default();
        of.push(stream);
    }
    for sender in scene.senders.iter().copied() {
        let of: &mut Vec<_> = senders.entry(sender.key.flow).or_default();
        of.push(sender);
    }
    for association in scene.associations.iter().copied() {
        let of: &mut Vec<_> = handshakes.entry(association.flow).or_default();
        of.push(association);
    }
    for call in scene.calls.iter().copied() {
        for flow in call.flows.keys() {
            let of: &mut Vec<_> = calls.entry(*flow).or_default();
            of.push(call);
        }
    }
    for leg in legs(scene) {
        if sees(&scene.facts, vantage, &leg) {
            let key = &leg.flow.key;
            let on = On {
                streams: streams.remove(key).unwrap_or_default(),
                senders: senders.remove(key).unwrap_or_default(),
                handshakes: handshakes.remove(key).unwrap_or_default(),
                calls: calls.remove(key).unwrap_or_default(),
            };
            reader.read(&leg, &on);
        }
    }
    reader.found
}

/// What runs on one leg.
struct On<'t> {
    streams: Vec<&'t RtpStream>,
    senders: Vec<&'t RtcpSender>,
    handshakes: Vec<&'t Association>,
    calls: Vec<&'t Call>,
}

/// Reads leg after leg.
struct Reader<'t> {
    tracker: &'t Tracker,
    protections: &'t Protections<'t>,
    vantage: Vantage,
    leg: Told,
    found: Vec<Exposure>,
}

impl Reader<'_> {
    fn read(&mut self, leg: &Leg<'_>, on: &On<'_>) {
        self.leg = told![leg.near, " - ", leg.far];
        self.ends(leg);
        self.hops(leg);
        let flow = leg.flow;
        if leg.kind == LegKind::Client {
            self.turn(leg);
            self.channels(leg);
            self.checks(&flow.carried);
        } else {
            self.checks(&flow.outer);
        }
        on.handshakes.iter().for_each(|of| self.handshake(of));
        on.streams.iter().for_each(|of| self.stream(of));
        on.senders.iter().for_each(|of| self.reports(of));
        self.calls(&flow.key, &on.calls);
        let what = ("sizes and times", "frame.len", "4: packet sizes");
        self.push(what, "of every packet".into(), &flow.seen);
        self.infer(leg, on);
    }

    fn ends(&mut self, leg: &Leg<'_>) {
        let (near, far) = match leg.kind {
            LegKind::Client => ("client", "relay"),
            LegKind::Peer => ("relay", "peer"),
            LegKind::Direct | LegKind::Signalling => ("address", "address"),
        };
        for (item, end) in [(near, leg.near), (far, leg.far)] {
            let what = (item, "ip.addr", "4: src/dst IP and port");
            self.push(what, Told::from(end), &leg.flow.seen);
        }
    }

    /// What IP headers tell of the sender's system and of the kind of traffic.
    fn hops(&mut self, leg: &Leg<'_>) {
        let outwards = leg.outwards();
        for (direction, sender) in [(outwards, leg.near), (outwards.reversed(), leg.far)] {
            let hops = leg.flow.hops.get(direction.index());
            for (hop, packets) in hops.into_iter().flatten() {
                let words = format!(": {}, class {:#04x}", hop.limit, hop.class >> 2);
                let what = ("hop limit, DSCP", "ip.ttl", "4: TTL/hop limit");
                self.push(what, told![sender.ip(), Told::plain(words)], packets);
            }
        }
    }

    /// The header before each datagram that TURN carries: its exact length, and for whom.
    fn channels(&mut self, leg: &Leg<'_>) {
        let carried = leg.flow.outer.messages.channel_data;
        if carried > 0 {
            let what = ("channel data", "turnchannel.len", "3: ChannelData header");
            let words = format!("exact lengths of {carried} datagrams");
            self.push(what, Told::plain(words), &leg.flow.seen);
        }
    }

    fn push(&mut self, what: What, value: Told, packets: &Sample) {
        self.entry(what, value, packets, Visibility::Readable, None);
    }

    /// Adds an entry, unless no packet shows it.
    fn entry(
        &mut self,
        (item, field, place): What,
        value: Told,
        packets: &Sample,
        visibility: Visibility,
        inference: Option<Strength>,
    ) {
        if packets.total() == 0 {
            return;
        }
        let (leg, packets) = (self.leg.clone(), packets.clone());
        self.found.push(Exposure {
            item,
            field,
            value,
            leg,
            place,
            packets,
            visibility,
            inference,
        });
    }
}
