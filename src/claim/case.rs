//! What a claim is judged from: the capture as it was understood, and for whom.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{Claim, Evidence, Gap, Judgement, Limits, Scope, Verdict};
use crate::base::addr::FlowKey;
use crate::base::told::Told;
use crate::exposure::{
    Agreement, LegKind, Protection, Reach, Vantage, handshake_on, keyed_at, leg, protection, reach,
    sees,
};
use crate::flow::{Association, Call, RelayPath, RtcpSender, RtpStream, StreamKey, Tracker};

/// What an observer can do with the keys of what is sealed.
#[derive(Debug)]
pub(super) enum Keys {
    /// Nothing: it holds none.
    Beyond,
    /// It reads the key in these messages.
    Reads(Evidence),
    /// It may hold them, or this cannot be told.
    Open(Gap),
}

/// Everything that verdicts rest on, worked out once.
#[derive(Debug)]
pub(super) struct Case<'t> {
    pub(super) tracker: &'t Tracker,
    pub(super) paths: Vec<RelayPath<'t>>,
    /// The streams, in the order of their numbers.
    pub(super) streams: Vec<&'t RtpStream>,
    pub(super) observer: Vantage,
    pub(super) limits: Limits,
    protections: BTreeMap<StreamKey, Protection<'t>>,
}

impl<'t> Case<'t> {
    pub(super) fn new(tracker: &'t Tracker, observer: Vantage, limits: Limits) -> Self {
        let streams = tracker.streams();
        let protections = streams
            .iter()
            .map(|stream| (stream.key, protection(tracker, stream)))
            .collect();
        Self {
            tracker,
            paths: tracker.paths(),
            streams,
            observer,
            limits,
            protections,
        }
    }

    /// What guards a stream on the wire.
    pub(super) fn protection(&self, stream: &RtpStream) -> Option<&Protection<'t>> {
        self.protections.get(&stream.key)
    }

    /// The streams of legs that the observer sees, each with its number.
    pub(super) fn seen_streams(&self) -> impl Iterator<Item = (u64, &'t RtpStream)> {
        let numbered = self.streams.iter().zip(1..);
        numbered
            .map(|(stream, id)| (id, *stream))
            .filter(|(_, stream)| self.sees_flow(&stream.key.flow))
    }

    /// Whether the observer sees a flow.
    pub(super) fn sees_flow(&self, flow: &FlowKey) -> bool {
        let flow = self.tracker.flow(flow);
        flow.and_then(|flow| leg(self.tracker, flow))
            .is_some_and(|leg| sees(self.tracker, self.observer, &leg))
    }

    /// Whether the observer sees legs of this kind.
    pub(super) fn sees_leg(&self, kind: LegKind) -> bool {
        self.observer.sees(kind)
    }

    /// The streams of a path, on every leg of it that the observer sees.
    pub(super) fn streams_of(&self, path: &RelayPath<'_>) -> Vec<&'t RtpStream> {
        let client = path.allocation.ends.key().0;
        let on_path = |stream: &RtpStream| match (path.relayed, path.peer) {
            (Some(relayed), Some(peer)) => joins(stream.ends(), relayed, peer),
            // Begun before the capture: what the leg carries can only be that of this client.
            _ => stream.key.relayed && stream.key.flow == client,
        };
        self.seen_streams()
            .map(|(_, stream)| stream)
            .filter(|stream| on_path(stream))
            .collect()
    }

    /// The senders of reports on legs that the observer sees, each with its number.
    pub(super) fn seen_senders(&self) -> impl Iterator<Item = (u64, &'t RtcpSender)> {
        let numbered = (1..).zip(self.tracker.senders());
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
        let of_path = |a: &&Association| joins(a.ends(), relayed, peer);
        let client = path.allocation.ends.key().0;
        let all = self.tracker.associations().into_iter();
        all.filter(of_path)
            .partition(|a| a.relayed && a.flow == client)
    }

    /// What the observer can do with the keys of a stream that is sealed on the wire.
    pub(super) fn keys(&self, protection: &Protection<'_>) -> Keys {
        protection
            .agreement
            .map_or(Keys::Open(Gap::NoHandshake), |agreement| {
                self.reached(agreement)
            })
    }

    /// The same for the reports of a sender.
    pub(super) fn keys_of_reports(&self, sender: &RtcpSender) -> Keys {
        let key = &sender.key;
        if let Some(association) = handshake_on(self.tracker, key, sender.ends(), sender.last) {
            return self.reached(Agreement::Handshake(association));
        }
        let (from, _) = sender.ends();
        if let Some((description, _)) = keyed_at(self.tracker, from) {
            return self.reached(Agreement::Description(description));
        }
        // The trailer counts: they are sealed, whoever agreed on it. Some relays agree on keys
        // with their clients by ways that nobody sees.
        match self.observer {
            observer if observer.may_hold_keys() => Keys::Open(Gap::KeysOfHop),
            Vantage::Relay => Keys::Open(Gap::NoHandshake),
            // A key may stand beyond the cut.
            _ if self.tracker.totals().cut > 0 => Keys::Open(Gap::CutFrames),
            // One of the keys in signalling may be theirs, where their ends are not known.
            _ if self
                .tracker
                .signalling()
                .calls()
                .into_iter()
                .any(carries_key) =>
            {
                Keys::Open(Gap::KeyElsewhere)
            }
            _ => Keys::Beyond,
        }
    }

    fn reached(&self, agreement: Agreement<'_>) -> Keys {
        let on_path = matches!(self.observer, Vantage::PathClient | Vantage::PathPeer);
        match (reach(self.tracker, self.observer, agreement), agreement) {
            // The key passed in clear, and the rest of its way may lead by here.
            (Reach::Beyond, Agreement::Description(_)) if on_path => Keys::Open(Gap::KeyElsewhere),
            (Reach::Beyond, _) => Keys::Beyond,
            (Reach::Reads(description), _) => Evidence::of(description.packets.clone())
                .map_or(Keys::Open(Gap::NoHandshake), Keys::Reads),
            (Reach::MayEnd, _) => Keys::Open(Gap::KeysOfHop),
            (Reach::OneLeg, _) => Keys::Open(Gap::OneLeg),
        }
    }

    /// Whether another stream of the same sender under the same keys was found uniform: a sender
    /// that seals one stream of an association seals them all. One SSRC under one association is
    /// one sender on whichever way its packets go (RFC 3711 section 3.2.3: a context per SSRC),
    /// and where both ends of the association were found to seal, the sender is one of them.
    pub(super) fn has_uniform_sibling(&self, stream: &RtpStream) -> bool {
        let keyed_by = |stream: &RtpStream| {
            let agreement = self.protection(stream).and_then(|guard| guard.agreement);
            match agreement {
                Some(Agreement::Handshake(association)) => Some(association.id),
                _ => None,
            }
        };
        let way = |stream: &RtpStream| (stream.key.flow, stream.key.direction, stream.key.relayed);
        let key = keyed_by(stream);
        let uniform =
            |other: &&&RtpStream| self.protection(other).is_some_and(Protection::is_uniform);
        let shares_keys = |other: &&&RtpStream| key.is_some() && keyed_by(other) == key;
        let same_keys: Vec<_> = self
            .streams
            .iter()
            .filter(shares_keys)
            .filter(uniform)
            .collect();
        let by_sender = same_keys
            .iter()
            .any(|other| other.ends().0 == stream.ends().0 || other.key.ssrc == stream.key.ssrc);
        let by_both = same_keys.iter().any(|one| {
            let answers = |other: &&RtpStream| {
                other.key.flow == one.key.flow && other.key.direction != one.key.direction
            };
            same_keys.iter().any(|other| answers(other))
        });
        let on_its_way = |other: &&&RtpStream| way(other) == way(stream);
        by_sender
            || by_both
            || self
                .streams
                .iter()
                .filter(on_its_way)
                .any(|other| uniform(&other))
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

fn carries_key(call: &Call) -> bool {
    let media = call.descriptions.iter().flat_map(|d| &d.media);
    media.map(|media| media.crypto.len()).any(|keys| keys > 0)
}

fn joins(ends: (SocketAddr, SocketAddr), one: SocketAddr, other: SocketAddr) -> bool {
    ends == (one, other) || ends == (other, one)
}
