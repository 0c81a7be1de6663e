//! Who agreed on keys, and what shows that they were taken: found by the two ends of a stream.
//!
//! Made once for a report, so that no stream asks through all handshakes and descriptions. What
//! follows from an agreement is not decided here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hashbrown::HashMap;

use super::protection::Agreement;
use crate::base::addr::FlowKey;
use crate::base::sample::Sample;
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::dissect::dtls::Random;
use crate::flow::{
    Association, Call, Crypto, Facts, KeySource, MediaDescription, MediaKey, RtcpSender, RtpStream,
    Scene, SessionDescription, StreamKey, Tracker, TrailerKind,
};

/// All agreements of a capture, by the addresses for which they were made.
#[derive(Debug)]
pub struct Agreements<'t> {
    /// Handshakes between two ends, in the order of appearance.
    handshakes: HashMap<Ends, Vec<&'t Association>>,
    /// Handshakes beside the same connectivity checks, in the order of appearance.
    checked: HashMap<Checks<'t>, Vec<&'t Association>>,
    /// Senders between two ends whose trailers count, in the order of their first packet.
    counting: HashMap<Ends, Vec<(&'t RtcpSender, u32)>>,
    /// Handshakes by the randoms of client and server: one for each leg on which it was seen.
    twins: HashMap<(Random, Random), Vec<&'t Association>>,
    /// Media lines of session descriptions by their addresses: those that were given, then those
    /// of the capture in its order.
    announced: HashMap<SocketAddr, Vec<(&'t SessionDescription, &'t MediaDescription)>>,
    /// Session descriptions by the keys in them, those of the capture first: who passes one on may
    /// change what stands beside its key.
    carrying: HashMap<&'t Secret, Vec<&'t SessionDescription>>,
    /// Calls of signalling.
    calls: Vec<&'t Call>,
    pub(super) facts: Arc<Facts<'t>>,
    pub(super) tracker: &'t Tracker,
}

/// Two ends, the lower address first.
type Ends = [SocketAddr; 2];
/// The two user fragments of connectivity checks, in order.
type Checks<'t> = [&'t str; 2];

impl<'t> Agreements<'t> {
    /// Sorts what is known.
    pub fn new(scene: &Scene<'t>) -> Self {
        let tracker = scene.tracker;
        let mut all = Self {
            handshakes: HashMap::new(),
            checked: HashMap::new(),
            counting: HashMap::new(),
            twins: HashMap::new(),
            announced: HashMap::new(),
            carrying: HashMap::new(),
            calls: scene.calls.clone(),
            facts: Arc::clone(&scene.facts),
            tracker,
        };
        for association in scene.associations.iter().copied() {
            let between = all.handshakes.entry(unordered(association.ends()));
            between.or_default().push(association);
            if let Some(randoms) = association.client_random.zip(association.server_random) {
                all.twins.entry(randoms).or_default().push(association);
            }
            if let Some(checks) = checks_of(tracker, &association.flow, association.relayed) {
                all.checked.entry(checks).or_default().push(association);
            }
        }
        for sender in scene.senders.iter().copied() {
            if let Some(offset) = counts_at(sender) {
                let between = all.counting.entry(unordered(sender.ends()));
                between.or_default().push((sender, offset));
            }
        }
        for given in &scene.given {
            for (address, media) in given.lines_at() {
                let lines = all.announced.entry(address).or_default();
                lines.push((&given.description, &**media));
            }
        }
        for description in scene.calls.iter().flat_map(|call| &call.descriptions) {
            for media in &description.media {
                for address in media.addresses() {
                    let lines = all.announced.entry(address).or_default();
                    lines.push((description, &**media));
                }
            }
        }
        for description in scene.descriptions() {
            for line in description.media.iter().flat_map(|media| &media.crypto) {
                let carrying = all.carrying.entry(octets(line)).or_default();
                carrying.push(description);
            }
        }
        all
    }

    /// Who knows everything else.
    pub const fn tracker(&self) -> &'t Tracker {
        self.tracker
    }

    /// The handshake that keys a stream: the last one before it on the same flow and level between
    /// the same two, or on another flow with the same connectivity checks.
    pub fn handshake_of(&self, stream: &RtpStream) -> Option<&'t Association> {
        let (key, ends) = (&stream.key, stream.ends());
        let here = self.handshake_on(key, ends, stream.first);
        here.or_else(|| self.handshake_on(key, ends, stream.last))
            .or_else(|| {
                let checks = checks_of(self.tracker, &key.flow, key.relayed)?;
                let mut same = self.checked.get(&checks)?.iter().rev();
                same.find(|a| a.first <= stream.first).copied()
            })
    }

    /// Who agreed on a key that opens a stream, or the reports of a sender; `None` where that was
    /// not seen.
    pub(super) fn of_key(&self, key: &MediaKey, stream: &StreamKey) -> Option<Agreement<'t>> {
        match &key.source {
            KeySource::Handshake(randoms, _) => self.handshake_with(randoms, stream),
            // What was given may stand in signalling too.
            KeySource::Signalling(_) | KeySource::Given => self.description_with(&key.master.key),
        }
    }

    /// The handshake with these randoms: as it was seen beside a stream, if it was.
    fn handshake_with(
        &self,
        randoms: &(Random, Random),
        stream: &StreamKey,
    ) -> Option<Agreement<'t>> {
        let legs = self.twins.get(randoms)?;
        let beside = |a: &&&Association| place(a) == (stream.flow, stream.relayed);
        let found = legs.iter().find(beside).or_else(|| legs.first());
        found.copied().map(Agreement::Handshake)
    }

    /// The first description in which a key stands.
    fn description_with(&self, key: &Secret) -> Option<Agreement<'t>> {
        let first = self.carrying.get(key)?.first();
        first.copied().map(Agreement::Description)
    }

    /// The descriptions in which a key of this one stands: itself, and as others passed it on.
    pub(super) fn with_keys_of(
        &self,
        description: &SessionDescription,
    ) -> impl Iterator<Item = &'t SessionDescription> {
        let lines = description.media.iter().flat_map(|media| &media.crypto);
        let carrying = lines.filter_map(|line| self.carrying.get(octets(line)));
        carrying.flatten().copied()
    }

    /// The hosts between which a session description passed, on each hop of its way that was seen.
    pub fn hops_of<'a>(
        &'a self,
        description: &'a SessionDescription,
    ) -> impl Iterator<Item = [IpAddr; 2]> + use<'a, 't> {
        let first = description.carried_between();
        let first = first.map(|ends| [ends.src.ip(), ends.dst.ip()]);
        // A description that a proxy passes on unchanged is kept once, with the packets of each hop.
        let carrying = description.packets.packets();
        let carried = move |seen: &Sample| seen.packets().iter().any(|n| carrying.contains(n));
        let hops = self.calls.iter().flat_map(|call| &call.flows);
        let hops = hops.filter(move |(_, seen)| first.is_some() && carried(seen));
        let hops = hops.map(|(hop, _)| [hop.a.ip(), hop.b.ip()]);
        first.into_iter().chain(hops)
    }

    /// The last handshake up to a time on this flow and level, between these two.
    pub fn handshake_on(
        &self,
        key: &StreamKey,
        ends: (SocketAddr, SocketAddr),
        until: Timestamp,
    ) -> Option<&'t Association> {
        let mut between = self.handshakes_between(ends).iter().rev();
        let found =
            between.find(|a| a.flow == key.flow && a.relayed == key.relayed && a.first <= until);
        found.copied()
    }

    /// Whether a handshake was seen on another flow or level too.
    pub fn is_elsewhere(&self, association: &Association) -> bool {
        let randoms = association.client_random.zip(association.server_random);
        let twins = randoms.and_then(|randoms| self.twins.get(&randoms));
        twins.is_some_and(|twins| twins.iter().any(|a| place(a) != place(association)))
    }

    /// The end of a handshake that stands at the host of a relay and is no address at which the
    /// relay was seen to relay for a client.
    pub fn end_at_relay(&self, association: &Association) -> Option<SocketAddr> {
        let (one, other) = association.ends();
        let at_relay = |end: &SocketAddr| {
            self.facts.relays.contains(&end.ip()) && self.tracker.relayed_by(end).is_none()
        };
        [one, other].into_iter().find(at_relay)
    }

    /// The handshakes between two ends, whichever of them began, in the order of appearance.
    pub fn handshakes_between(&self, ends: (SocketAddr, SocketAddr)) -> &[&'t Association] {
        let found = self.handshakes.get(&unordered(ends));
        found.map_or(&[], Vec::as_slice)
    }

    /// The media lines that announced this address, each with its session description: those that
    /// were given, then those of the capture in its order.
    pub fn announced_at(
        &self,
        end: SocketAddr,
    ) -> impl DoubleEndedIterator<Item = (&'t SessionDescription, &'t MediaDescription)> {
        let lines = self.announced.get(&end).map_or(&[][..], Vec::as_slice);
        lines.iter().copied()
    }

    /// The last description with keys that announced this address for media.
    pub fn keyed_at(
        &self,
        end: SocketAddr,
    ) -> Option<(&'t SessionDescription, &'t MediaDescription)> {
        let mut lines = self.announced_at(end).rev();
        lines.find(|(_, media)| !media.crypto.is_empty())
    }

    /// Where the trailer of SRTCP stands that counts beside a stream, in its direction or the other.
    pub fn counting_reports(&self, stream: &RtpStream) -> Option<u32> {
        let beside = self.counting.get(&unordered(stream.ends()))?;
        let (_, offset) = beside.iter().find(|(sender, _)| {
            sender.key.flow == stream.key.flow && sender.key.relayed == stream.key.relayed
        })?;
        Some(*offset)
    }
}

/// Where the trailer of a sender stands, if it was seen to count and seals.
fn counts_at(sender: &RtcpSender) -> Option<u32> {
    let trailer = sender.trailer?;
    (trailer.certain && trailer.kind == TrailerKind::Sealed).then_some(trailer.offset)
}

/// The user fragments of the connectivity checks on a flow.
fn checks_of<'t>(tracker: &'t Tracker, flow: &FlowKey, relayed: bool) -> Option<Checks<'t>> {
    let flow = tracker.flow(flow)?;
    let level = if relayed { &flow.carried } else { &flow.outer };
    level.checks()
}

/// The key of a line by itself; one of a suite that is not opened with all that stands beside it.
fn octets(line: &Crypto) -> &Secret {
    line.master.as_ref().map_or(&line.key, |master| &master.key)
}

/// Where a handshake was seen.
const fn place(association: &Association) -> (FlowKey, bool) {
    (association.flow, association.relayed)
}

/// Two ends without a direction.
fn unordered((one, other): (SocketAddr, SocketAddr)) -> Ends {
    [one.min(other), one.max(other)]
}
