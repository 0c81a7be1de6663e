//! The rows of a call's tables: each says what it says without looking anything up.

use std::net::SocketAddr;

use crate::base::time::Timestamp;
use crate::claim::{Judgement, Scope, Verdict};
use crate::exposure::{
    Basis, Protections, State as Guard, Vantage, Visibility, leg, sealed_octets, sees,
};
use crate::flow::{
    Course, Flow, HopCount, PayloadJudgement, Position, RelayPath, RtpStream, Scene, Side, Spread,
    Structure,
};
use crate::report::{dialect, json};

/// One flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowRow {
    /// Its number.
    pub id: u64,
    /// Its ends, the lower address first.
    pub ends: [SocketAddr; 2],
    /// Protocol above IP: `udp` or `tcp`.
    pub transport: &'static str,
    /// What runs on it.
    pub kind: &'static str,
    /// Whose dialects it speaks, and how that is known.
    pub dialects: Vec<String>,
    /// Packets, from the first end and from the second.
    pub packets: [u64; 2],
    /// Octets on the wire, likewise.
    pub octets: [u64; 2],
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// Its first packets.
    pub numbers: Vec<u64>,
    /// Whether the observer sees it.
    pub seen: bool,
}

/// One path through a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRow {
    /// Number of the allocation.
    pub allocation: u64,
    /// Relayed address.
    pub relayed: Option<SocketAddr>,
    /// Peer.
    pub peer: Option<SocketAddr>,
    /// The client behind the peer's address, where it uses the same relay.
    pub peer_client: Option<SocketAddr>,
    /// Number of the channel that stands for the peer.
    pub channel: Option<u16>,
    /// Whether the relay carries TCP to the peer (RFC 6062): then octets are counted.
    pub in_octets: bool,
    /// From the client to the peer.
    pub to_peer: SideRow,
    /// From the peer to the client.
    pub to_client: SideRow,
}

/// One direction of a path, in datagrams or in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SideRow {
    /// Seen entering the relay.
    pub entered: u64,
    /// Seen leaving it.
    pub left: u64,
    /// Left as they had entered.
    pub unchanged: u64,
    /// Left altered; of octets the first one, behind which none is compared.
    pub altered: u64,
    /// Whether it is not known of all octets that left if they had entered.
    pub doubted: bool,
    /// Median and 99th percentile of the forwarding delay, in nanoseconds.
    pub delay: Option<[u64; 2]>,
}

/// One RTP stream on one leg.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamRow {
    /// Its SSRC, in hexadecimal.
    pub ssrc: String,
    /// Sender and receiver, as this leg shows them.
    pub ends: [SocketAddr; 2],
    /// Who sends it, as far as the observer knows.
    pub from: SocketAddr,
    /// `audio`, `video`, `rtx` or `unknown`.
    pub kind: &'static str,
    /// Name of the codec, and whether signalling or the payload itself tells it.
    pub codec: Option<(String, &'static str)>,
    /// Packets.
    pub packets: u64,
    /// Octets of RTP.
    pub octets: u64,
    /// Octets that are sealed on the wire.
    pub sealed: u64,
    /// Packets that are missing.
    pub lost: u64,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// Its first packets.
    pub numbers: Vec<u64>,
    /// Whether the observer sees this leg.
    pub seen: bool,
    /// What guards its payload on the wire.
    pub guard: Guard,
    /// How that is known.
    pub basis: Option<&'static str>,
    /// Packets that keys opened; `None` where no key of it is known.
    pub opened: Option<u64>,
    /// Whether the observer reads its payload.
    pub payload: Visibility,
    /// Header extensions: their id, what they mean, and whether they are in clear.
    pub extensions: Vec<(u8, Option<&'static str>, Option<bool>)>,
    /// The loudest level of each of the last tenths of a second, dB below overload.
    pub levels: Vec<(Timestamp, u8)>,
    /// How the octets at each of the first positions of the payload are spread.
    pub strip: Option<Strip>,
}

/// The first positions of a stream's payloads.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// Packets that were examined.
    pub packets: u32,
    /// How each position is spread, with its most frequent value.
    pub positions: Vec<(Spread, Position)>,
    /// What all of them say.
    pub structure: Structure,
}

pub(super) fn flows(scene: &Scene<'_>, observer: Vantage) -> Vec<FlowRow> {
    let row = |flow: &&Flow| FlowRow {
        id: flow.id,
        ends: [flow.key.a, flow.key.b],
        transport: flow.key.transport.name(),
        kind: json::flow_kind(flow).0,
        dialects: dialect::of_flow(flow),
        packets: flow.packets,
        octets: flow.octets,
        first: flow.first,
        last: flow.last,
        numbers: flow.seen.packets().to_vec(),
        seen: sees_flow(scene, observer, flow),
    };
    scene.flows.iter().map(row).collect()
}

pub(super) fn sees_flow(scene: &Scene<'_>, observer: Vantage, flow: &Flow) -> bool {
    leg(scene.tracker, flow).is_some_and(|leg| sees(&scene.facts, observer, &leg))
}

pub(super) fn paths(scene: &Scene<'_>) -> Vec<PathRow> {
    let row = |path: &RelayPath<'_>| {
        let bound = |peer| {
            let mut channels = path.allocation.channels.iter();
            channels.find(|c| Some(c.peer) == peer).map(|c| c.number)
        };
        let [to_peer, to_client] = match path.connection {
            Some(connection) => connection.courses().each_ref().map(course),
            None => [&path.to_peer, &path.to_client].map(side),
        };
        PathRow {
            allocation: path.allocation.id,
            relayed: path.relayed,
            peer: path.peer,
            peer_client: path.peer_allocation.map(|other| other.ends.src),
            channel: bound(path.peer),
            in_octets: path.connection.is_some(),
            to_peer,
            to_client,
        }
    };
    scene.paths.iter().map(row).collect()
}

fn side(side: &Side<'_>) -> SideRow {
    let of = |get: fn(&HopCount) -> u64| side.count.map_or(0, get);
    let measured = side.count.and_then(|count| count.delay.histogram());
    SideRow {
        entered: side.entered,
        left: side.left,
        unchanged: of(|count| count.unchanged),
        altered: of(|count| count.altered_total),
        doubted: false,
        delay: measured.map(|delay| [0.5, 0.99].map(|part| delay.value_at_quantile(part))),
    }
}

fn course(course: &Course) -> SideRow {
    SideRow {
        entered: course.entered(),
        left: course.left(),
        unchanged: course.unchanged,
        altered: u64::from(course.altered().is_some()),
        doubted: course.doubt().is_some(),
        delay: None,
    }
}

pub(super) fn streams(
    scene: &Scene<'_>,
    protections: &Protections<'_>,
    (observer, judged): (Vantage, &[Judgement]),
) -> Vec<StreamRow> {
    let mut rows = Vec::new();
    for (id, stream) in scene.numbered_streams() {
        let guard = protections.of(stream);
        let (from, to) = stream.key.flow.ends(stream.key.direction);
        let (sender, _) = stream.ends();
        let client = scene.tracker.relayed_by(&sender).map(|a| a.ends.src);
        let known = client.filter(|_| observer.knows_relayed());
        let flow = scene.tracker.flow(&stream.key.flow);
        rows.push(StreamRow {
            ssrc: stream.key.ssrc.to_string(),
            ends: [from, to],
            from: known.unwrap_or(sender),
            kind: stream.kind().name(),
            codec: stream
                .codec()
                .map(|(name, basis)| (name.to_owned(), basis.name())),
            packets: stream.packets.total(),
            octets: stream.octets,
            sealed: guard.map_or(0, |guard| sealed_octets(stream, guard)),
            lost: stream.lost(),
            first: stream.first,
            last: stream.last,
            numbers: stream.packets.packets().to_vec(),
            seen: flow.is_some_and(|flow| sees_flow(scene, observer, flow)),
            guard: guard.map_or(Guard::Unknown, |guard| guard.state),
            basis: guard.and_then(|guard| guard.basis).map(Basis::name),
            opened: stream.opened().map(|opened| opened.authenticated.total()),
            payload: payload(id, judged),
            extensions: extensions(stream),
            levels: levels(stream),
            strip: guard.and_then(|guard| guard.octets.as_ref()).map(strip),
        });
    }
    rows
}

/// Whether the observer reads the payload of a stream, as the claim about it was judged.
fn payload(id: u64, judged: &[Judgement]) -> Visibility {
    let of_stream = |j: &&Judgement| j.scope == Scope::Stream(id) && j.claim.id == "media-sealed";
    match judged.iter().find(of_stream).map(|judged| &judged.verdict) {
        Some(Verdict::Holds(_)) => Visibility::Hidden,
        Some(Verdict::Violated(_)) => Visibility::Readable,
        _ => Visibility::Unknown,
    }
}

fn extensions(stream: &RtpStream) -> Vec<(u8, Option<&'static str>, Option<bool>)> {
    let all = stream.extensions();
    all.map(|e| {
        (
            e.id,
            e.meaning.map(|(meaning, _)| meaning.name()),
            e.readable(),
        )
    })
    .collect()
}

fn levels(stream: &RtpStream) -> Vec<(Timestamp, u8)> {
    let meter = stream.extensions().find_map(|extension| extension.levels());
    meter.map_or_else(Vec::new, |meter| meter.series().collect())
}

fn strip(judged: &PayloadJudgement) -> Strip {
    Strip {
        packets: judged.packets,
        positions: judged.strip.iter().map(|p| (p.spread(), *p)).collect(),
        structure: judged.structure.clone(),
    }
}
