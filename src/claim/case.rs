//! What a claim is judged from: the capture as it was understood, and for whom.

use std::net::{IpAddr, SocketAddr};

use hashbrown::HashMap;

use super::life::Touched;
use super::torn::Torn;
use super::{Claim, Evidence, Gap, Judgement, Limits, OpenedGap, Scope, Verdict};
use crate::base::addr::FlowKey;
use crate::base::told::Told;
use crate::exposure::{
    Agreements, LegKind, Protection, Protections, Reach, Uniform, Vantage, leg, reach,
    reach_of_reports, sees,
};
use crate::flow::{
    Allocation, Association, Inner, Layer, RelayPath, RtcpSender, RtpStream, Scene, Tracker,
    TurnLeg,
};

/// What an observer can do with the keys of what is sealed.
#[derive(Debug)]
pub(super) enum Keys {
    /// Nothing: it holds none.
    Beyond,
    /// It reads the key in these messages.
    Reads(Evidence),
    /// It opens these packets, with the keys that were given.
    Opens(Evidence),
    /// It opens all packets with the keys that were given, and inside the frames are sealed once
    /// more.
    Inner(Layer),
    /// It may hold them, or this cannot be told.
    Open(Gap),
}

/// Everything that verdicts rest on, worked out once.
#[derive(Debug)]
pub(super) struct Case<'t> {
    pub(super) tracker: &'t Tracker,
    pub(super) scene: &'t Scene<'t>,
    pub(super) observer: Vantage,
    pub(super) limits: Limits,
    pub(super) touched: Touched,
    pub(super) torn: Torn,
    protections: &'t Protections<'t>,
    /// The streams of legs that the observer sees, each with its number.
    seen: Vec<(u64, &'t RtpStream)>,
    /// Places in `seen` of those from one end to another, and of those on a flow.
    between: HashMap<(SocketAddr, SocketAddr), Vec<usize>>,
    on: HashMap<FlowKey, Vec<usize>>,
    uniform: Uniform,
}

impl<'t> Case<'t> {
    pub(super) fn new(
        scene: &'t Scene<'t>,
        protections: &'t Protections<'t>,
        observer: Vantage,
        limits: Limits,
    ) -> Self {
        let mut case = Self {
            tracker: scene.tracker,
            touched: Touched::by(&limits.losses, scene),
            torn: Torn::of(scene),
            scene,
            observer,
            limits,
            protections,
            seen: Vec::new(),
            between: HashMap::new(),
            on: HashMap::new(),
            uniform: Uniform::of(&scene.streams, protections),
        };
        for (id, stream) in scene.numbered_streams() {
            if case.sees_flow(&stream.key.flow) {
                let place = case.seen.len();
                case.between.entry(stream.ends()).or_default().push(place);
                case.on.entry(stream.key.flow).or_default().push(place);
                case.seen.push((id, stream));
            }
        }
        case
    }

    /// What guards a stream on the wire.
    pub(super) fn protection(&self, stream: &RtpStream) -> Option<&'t Protection<'t>> {
        self.protections.of(stream)
    }

    /// Who agreed on keys.
    pub(super) const fn agreements(&self) -> &'t Agreements<'t> {
        &self.protections.agreements
    }

    /// The streams of legs that the observer sees, each with its number.
    pub(super) fn seen_streams(&self) -> impl Iterator<Item = (u64, &'t RtpStream)> {
        self.seen.iter().copied()
    }

    /// Whether the observer sees a flow.
    pub(super) fn sees_flow(&self, flow: &FlowKey) -> bool {
        let flow = self.tracker.flow(flow);
        flow.and_then(|flow| leg(self.tracker, flow))
            .is_some_and(|leg| sees(&self.scene.facts, self.observer, &leg))
    }

    /// Whether octets of a connection were not read, or not captured.
    pub(super) fn is_unread(&self, flow: &FlowKey) -> bool {
        let flow = self.tracker.flow(flow);
        flow.is_some_and(|flow| flow.unread > 0)
    }

    /// The legs between clients and servers that the observer reads: of one that was opened what
    /// is inside, where the observer holds its keys, and else what stands around it.
    pub(super) fn legs(&self) -> impl Iterator<Item = &'t TurnLeg> {
        let is_inside = |key: &FlowKey| key.transport.is_inside();
        let is_opened = |key: &FlowKey| self.tracker.leg(&key.inside()).is_some();
        let legs = self.scene.legs.iter().copied();
        legs.filter(move |leg| {
            let key = leg.ends.key().0;
            if self.observer.opens_tls() {
                is_inside(&key) || !is_opened(&key)
            } else {
                !is_inside(&key)
            }
        })
    }

    /// Whether the observer reads what an allocation carries, if it sees its leg: what was opened
    /// is for who holds the keys.
    pub(super) fn opens(&self, allocation: &Allocation) -> bool {
        !allocation.ends.transport.is_inside() || self.observer.opens_tls()
    }

    /// Whether no part of a path is known only to who holds keys that the observer has not.
    pub(super) fn knows(&self, path: &RelayPath<'_>) -> bool {
        let mut both = [Some(path.allocation), path.peer_allocation].into_iter();
        both.all(|allocation| allocation.is_none_or(|allocation| self.opens(allocation)))
    }

    /// The paths that are known to the observer.
    pub(super) fn paths(&self) -> impl Iterator<Item = &RelayPath<'t>> {
        self.scene.paths.iter().filter(|path| self.knows(path))
    }

    /// Whether the observer sees legs of this kind.
    pub(super) fn sees_leg(&self, kind: LegKind) -> bool {
        self.observer.sees(kind)
    }

    /// The streams of a path, on every leg of it that the observer sees.
    pub(super) fn streams_of(&self, path: &RelayPath<'_>) -> Vec<&'t RtpStream> {
        let places = match (path.relayed, path.peer) {
            (Some(relayed), Some(peer)) => {
                let ways = [(relayed, peer), (peer, relayed)];
                ways.map(|ends| self.between.get(&ends))
            }
            // Begun before the capture: what the leg carries can only be that of this client.
            _ => [self.on.get(&path.allocation.ends.key().0), None],
        };
        let mut places: Vec<_> = places.into_iter().flatten().flatten().collect();
        places.sort_unstable();
        places.dedup();
        let streams = places.into_iter().filter_map(|place| self.seen.get(*place));
        let streams = streams.map(|(_, stream)| *stream);
        let told = path.relayed.is_some() && path.peer.is_some();
        streams
            .filter(|stream| told || stream.key.relayed)
            .collect()
    }

    /// The senders of reports on legs that the observer sees, each with its number.
    pub(super) fn seen_senders(&self) -> impl Iterator<Item = (u64, &'t RtcpSender)> {
        let numbered = self.scene.numbered_senders();
        numbered.filter(|(_, sender)| self.sees_flow(&sender.key.flow))
    }

    /// The handshakes of a path: on the client's leg, and on the other leg, bare or that of the
    /// other client.
    pub(super) fn handshakes(
        &self,
        path: &RelayPath<'_>,
    ) -> (Vec<&'t Association>, Vec<&'t Association>) {
        let (Some(relayed), Some(peer)) = (path.relayed, path.peer) else {
            return (Vec::new(), Vec::new());
        };
        let client = path.allocation.ends.key().0;
        let all = self.agreements().handshakes_between((relayed, peer)).iter();
        all.partition(|a| a.relayed && a.flow == client)
    }

    /// What the observer can do with the keys of a stream that is sealed on the wire. Where it may
    /// hold keys, those that were given are taken for its own.
    pub(super) fn keys(&self, stream: &RtpStream, protection: &Protection<'_>) -> Keys {
        let opened = protection.opened;
        if let Some(opened) = opened.filter(|_| self.observer.may_hold_keys()) {
            // What sends packets again carries what they carry, behind their numbers.
            let repaired = self.tracker.repaired(stream);
            let Some(of) = repaired.filter(|of| of.opened().is_some()) else {
                return inside(stream);
            };
            let own = Evidence::of(opened.authenticated.clone());
            return match (inside(of), own) {
                (Keys::Opens(_), Some(own)) => Keys::Opens(own),
                // That it repeats those frames, and no others, is not known.
                (Keys::Inner(_), _) => Keys::Open(Gap::Opened(OpenedGap::InnerLayer)),
                (keys, _) => keys,
            };
        }
        protection
            .agreement
            .map_or(Keys::Open(Gap::NoHandshake), |agreement| {
                reached(reach(self.agreements(), self.observer, agreement))
            })
    }

    /// Whether the keys of a stream may end at the observer.
    pub(super) fn may_end(&self, protection: &Protection<'_>) -> bool {
        let reached = |agreement| reach(self.agreements(), self.observer, agreement);
        let agreement = protection.agreement;
        agreement.is_some_and(|agreement| matches!(reached(agreement), Reach::MayEnd))
    }

    /// The same for the reports of a sender.
    pub(super) fn keys_of_reports(&self, sender: &RtcpSender) -> Keys {
        let opened = sender.opened();
        let opened = opened.and_then(|opened| Evidence::of(opened.authenticated.clone()));
        if let Some(opened) = opened.filter(|_| self.observer.may_hold_keys()) {
            return Keys::Opens(opened);
        }
        reached(reach_of_reports(self.agreements(), self.observer, sender))
    }

    /// Whether another stream of the same sender under the same keys was found uniform.
    pub(super) fn has_uniform_sibling(&self, stream: &RtpStream) -> bool {
        let guard = self.protection(stream);
        guard.is_some_and(|guard| self.uniform.has_sibling_of(stream, guard))
    }

    /// Whether a host relays for anybody.
    pub(super) fn is_relay(&self, host: IpAddr) -> bool {
        self.scene.facts.relays.contains(&host)
    }

    /// Who stands behind an address, as the observer knows: behind a relayed one its client.
    pub(super) fn behind(&self, address: SocketAddr) -> SocketAddr {
        let client = self.tracker.relayed_by(&address).map(|a| a.ends.src);
        client
            .filter(|_| self.observer.knows_relayed())
            .unwrap_or(address)
    }

    /// One claim, judged.
    pub(super) fn judgement(
        &self,
        claim: &'static Claim,
        scope: Scope,
        (verdict, found): (Verdict, Told),
        basis: &'static str,
    ) -> Judgement {
        Judgement {
            claim,
            scope,
            observer: self.observer,
            verdict,
            found,
            basis,
            supporting: Vec::new(),
        }
    }
}

/// What a stream that was opened lets be read: its frames may be sealed once more.
fn inside(stream: &RtpStream) -> Keys {
    let inner = stream.inner();
    let shown = stream.readable(inner.as_ref());
    let gap = match inner {
        Some(Inner::Sealed(layer)) => return Keys::Inner(layer),
        Some(Inner::Partly(_)) => OpenedGap::Unmarked,
        Some(Inner::TooFew) => OpenedGap::TooFewFrames,
        Some(Inner::Uniform | Inner::Readable(_) | Inner::Unknown) | None => OpenedGap::InnerLayer,
    };
    let Some(shown) = shown else {
        return Keys::Open(Gap::Opened(gap));
    };
    Evidence::of(shown).map_or(Keys::Open(Gap::TooFewPackets), Keys::Opens)
}

fn reached(reach: Reach<'_>) -> Keys {
    match reach {
        Reach::Beyond => Keys::Beyond,
        Reach::Reads(description) => Evidence::of(description.packets.clone())
            .map_or(Keys::Open(Gap::NoHandshake), Keys::Reads),
        Reach::MayEnd => Keys::Open(Gap::KeysOfHop),
        Reach::OneLeg => Keys::Open(Gap::OneLeg),
        Reach::Elsewhere => Keys::Open(Gap::KeyElsewhere),
        Reach::NotSeen => Keys::Open(Gap::NoHandshake),
        Reach::Cut => Keys::Open(Gap::CutFrames),
    }
}
