//! What a claim is judged from: the capture as it was understood, and for whom.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{Claim, Evidence, Judgement, Limits, Scope, Verdict};
use crate::base::addr::FlowKey;
use crate::base::sample::Sample;
use crate::base::told::Told;
use crate::exposure::{Agreement, LegKind, Protection, Vantage, leg, protection, sees_message};
use crate::flow::{
    Association, RelayPath, RtcpSender, RtpStream, SessionDescription, StreamKey, Tracker,
};

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
            .is_some_and(|leg| self.observer.sees(leg.kind))
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

    /// The key of a stream in a message that the observer reads: the messages, and who reads it.
    pub(super) fn key_in_sight(&self, protection: &Protection<'_>) -> Option<Evidence> {
        let Some(Agreement::Description(description)) = protection.agreement else {
            return None;
        };
        let seen = self.reads(description);
        Evidence::of(description.packets.clone()).filter(|_| seen)
    }

    /// Whether the observer reads a session description. Between relay and peer passes also what
    /// signalling exchanges with that peer, where its server stands beside the relay.
    fn reads(&self, description: &SessionDescription) -> bool {
        if sees_message(self.tracker, self.observer, description) {
            return true;
        }
        let calls = self.tracker.signalling().calls().into_iter();
        let mut calls = calls.filter(|call| {
            let mut all = call.descriptions.iter();
            all.any(|other| std::ptr::eq(other, description))
        });
        self.observer == Vantage::PathPeer
            && calls.any(|call| call.flows.keys().any(|flow| self.runs_beside(flow)))
    }

    /// Whether a flow runs between the hosts of a relay and of a peer.
    fn runs_beside(&self, flow: &FlowKey) -> bool {
        let ends = (flow.a.ip(), flow.b.ip());
        self.paths.iter().any(|path| {
            let (server, peer) = (path.allocation.ends.dst.ip(), path.peer.map(|p| p.ip()));
            peer.is_some_and(|peer| ends == (server, peer) || ends == (peer, server))
        })
    }

    /// The key of reports in a message that the observer reads, where no handshake keys them.
    pub(super) fn key_of_reports(&self, sender: &RtcpSender) -> Option<Evidence> {
        let (one, other) = sender.ends();
        let associations = self.tracker.associations();
        if associations.iter().any(|a| joins(a.ends(), one, other)) {
            return None;
        }
        let calls = self.tracker.signalling().calls().into_iter();
        let descriptions = calls.flat_map(|call| &call.descriptions);
        let mut packets = Sample::default();
        descriptions
            .filter(|description| {
                let mut media = description.media.iter().filter(|m| !m.crypto.is_empty());
                media.any(|m| m.addresses().any(|end| end == one || end == other))
            })
            .filter(|description| self.reads(description))
            .for_each(|description| packets.merge(&description.packets));
        Evidence::of(packets)
    }

    /// Whether another stream of the same sender under the same keys was found uniform: a sender
    /// that seals one stream of an association seals them all.
    pub(super) fn has_uniform_sibling(&self, stream: &RtpStream) -> bool {
        let here = |other: &&&RtpStream| {
            let (one, other) = (&stream.key, &other.key);
            (one.flow, one.direction, one.relayed) == (other.flow, other.direction, other.relayed)
        };
        let uniform =
            |other: &RtpStream| self.protection(other).is_some_and(Protection::is_uniform);
        self.streams.iter().filter(here).any(|other| uniform(other))
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

fn joins(ends: (SocketAddr, SocketAddr), one: SocketAddr, other: SocketAddr) -> bool {
    ends == (one, other) || ends == (other, one)
}
