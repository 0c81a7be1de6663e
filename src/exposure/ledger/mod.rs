//! The ledger: every value that the capture shows, for each observer who sees the leg on which it
//! stands; what is sealed there; and what cannot be told.

mod handshake;
mod inference;
mod inner;
mod media;
mod signalling;
mod stun;
mod tls;

use hashbrown::HashMap;

use super::leg::{Leg, legs, sees};
use super::protection::Protections;
use super::sees_message;
use super::vantage::{LegKind, Vantage};
use crate::base::addr::FlowKey;
use crate::base::sample::Sample;
use crate::base::told::{Name, Told, told};
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
    /// The leg on which it stands, or the file in which it was given.
    pub leg: Told,
    /// What it tells, and where that is written: a row of the table of exposures.
    pub place: &'static str,
    /// The packets that show it; none where it was given beside the capture.
    pub packets: Sample,
    /// Whether it is read.
    pub visibility: Visibility,
    /// For what follows from other values: how surely.
    pub inference: Option<Strength>,
}

/// What is shown: item, display-filter name, and the row of the table of exposures.
type What = (&'static str, &'static str, &'static str);

/// What a scene shows to `vantage`, leg by leg: read one after the other, so that all of a long
/// capture need not be held at once.
pub fn ledger<'s>(
    scene: &'s Scene<'s>,
    protections: &'s Protections<'s>,
    vantage: Vantage,
) -> impl Iterator<Item = Exposure> {
    let mut running = Running::of(scene);
    let reader = move |leg: Told| Reader {
        tracker: scene.tracker,
        protections,
        vantage,
        leg,
        found: Vec::new(),
    };
    let legs = legs(scene).into_iter();
    let seen = legs.filter(move |leg| sees(&scene.facts, vantage, leg));
    let on_legs = seen.flat_map(move |leg| {
        let mut reader = reader(told![leg.near, " - ", leg.far]);
        reader.read(&leg, &running.on(&leg.flow.key));
        reader.found
    });
    let given = scene.descriptions().filter_map(move |description| {
        let file = description.given_in()?;
        let mut reader = reader(told!["given in ", Name::File.of(file)]);
        let has_it = sees_message(&protections.agreements, vantage, description);
        has_it.then(|| reader.description(description));
        Some(reader.found)
    });
    on_legs.chain(given.flatten())
}

/// What runs on each flow.
struct Running<'t> {
    streams: HashMap<FlowKey, Vec<&'t RtpStream>>,
    senders: HashMap<FlowKey, Vec<&'t RtcpSender>>,
    handshakes: HashMap<FlowKey, Vec<&'t Association>>,
    calls: HashMap<FlowKey, Vec<&'t Call>>,
}

/// What runs on one leg.
struct On<'t> {
    streams: Vec<&'t RtpStream>,
    senders: Vec<&'t RtcpSender>,
    handshakes: Vec<&'t Association>,
    calls: Vec<&'t Call>,
}

impl<'t> Running<'t> {
    fn of(scene: &Scene<'t>) -> Self {
        let streams = scene.streams.iter().map(|of| (of.key.flow, *of));
        let senders = scene.senders.iter().map(|of| (of.key.flow, *of));
        let handshakes = scene.associations.iter().map(|of| (of.flow, *of));
        let calls = scene.calls.iter();
        let calls = calls.flat_map(|call| call.flows.keys().map(|flow| (*flow, *call)));
        Self {
            streams: by_flow(streams),
            senders: by_flow(senders),
            handshakes: by_flow(handshakes),
            calls: by_flow(calls),
        }
    }

    /// Takes out what runs on a leg.
    fn on(&mut self, flow: &FlowKey) -> On<'t> {
        On {
            streams: self.streams.remove(flow).unwrap_or_default(),
            senders: self.senders.remove(flow).unwrap_or_default(),
            handshakes: self.handshakes.remove(flow).unwrap_or_default(),
            calls: self.calls.remove(flow).unwrap_or_default(),
        }
    }
}

fn by_flow<T>(all: impl Iterator<Item = (FlowKey, T)>) -> HashMap<FlowKey, Vec<T>> {
    let mut sorted = HashMap::<_, Vec<_>>::new();
    for (flow, of) in all {
        sorted.entry(flow).or_default().push(of);
    }
    sorted
}

/// Reads one leg.
struct Reader<'t> {
    tracker: &'t Tracker,
    protections: &'t Protections<'t>,
    vantage: Vantage,
    leg: Told,
    found: Vec<Exposure>,
}

impl Reader<'_> {
    fn read(&mut self, leg: &Leg<'_>, on: &On<'_>) {
        self.ends(leg);
        self.hops(leg);
        let flow = leg.flow;
        if leg.kind == LegKind::Client {
            self.turn(leg);
            self.tls(leg);
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
        what: What,
        value: Told,
        packets: &Sample,
        visibility: Visibility,
        inference: Option<Strength>,
    ) {
        if packets.total() > 0 {
            self.add(what, value, packets.clone(), (visibility, inference));
        }
    }

    fn add(
        &mut self,
        (item, field, place): What,
        value: Told,
        packets: Sample,
        (visibility, inference): (Visibility, Option<Strength>),
    ) {
        self.found.push(Exposure {
            item,
            field,
            value,
            leg: self.leg.clone(),
            place,
            packets,
            visibility,
            inference,
        });
    }
}
