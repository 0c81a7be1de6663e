//! Octets by who can read them: of a stream, of a flow, of the capture.
//!
//! What runs on the wire was counted by shape while packets passed; protection is applied here.
//! Every octet of every frame is in exactly one sum.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::packet::{Lens, Region, Wire};
use super::protection::{Protection, Protections, State};
use crate::base::addr::FlowKey;
use crate::base::field::Class;
use crate::base::sample::Sample;
use crate::dissect::rtcp::{Beside, CLEAR, INDEX};
use crate::flow::{
    Flow, MediaVolume, ReportVolume, RtcpSender, RtpStream, Scene, StreamKey, Tracker, Volume,
};

/// Octets by what they are and what guards them on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Octets {
    /// Link, network and transport headers.
    pub clear_addressing: u64,
    /// STUN, TURN, handshakes and record headers, reports as far as they are in clear, signalling.
    pub clear_control: u64,
    /// Headers of media packets.
    pub clear_media_header: u64,
    /// Media in clear.
    pub clear_content: u64,
    /// Sealed under keys that were agreed on in sight.
    pub sealed: u64,
    /// Tags of media, reports and STUN, which only keys can check.
    pub tag: u64,
    /// Not understood, or not known to be sealed: counts as exposed.
    pub unknown: u64,
    /// Cut off by the snap length of the capture.
    pub not_captured: u64,
    /// Frames whose datagram was captured before on another interface, whole: what they hold is
    /// counted there.
    pub copies: u64,
}

impl Octets {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.clear_addressing
            + self.clear_control
            + self.clear_media_header
            + self.clear_content
            + self.sealed
            + self.tag
            + self.unknown
            + self.not_captured
            + self.copies
    }

    /// Those of a flow whose streams and senders are not counted yet. Where TURN is known to run
    /// inside TLS, its records are understood.
    fn of_flow(tracker: &Tracker, flow: &Flow) -> Self {
        if flow.key.transport.is_inside() {
            return Self::default();
        }
        let mut sum = Self::of(&flow.volume);
        if let (Some(_), Some(session)) = (flow.turn_tls, tracker.tls(&flow.key)) {
            let [clear, sealed] = session.octets;
            sum.unknown = sum.unknown.saturating_sub(clear + sealed);
            sum.clear_control += clear;
            sum.sealed += sealed;
        }
        sum
    }

    const fn of(volume: &Volume) -> Self {
        Self {
            clear_addressing: volume.addressing,
            clear_control: volume.control,
            clear_media_header: 0,
            clear_content: 0,
            sealed: volume.sealed,
            tag: volume.tag,
            unknown: volume.unknown,
            not_captured: volume.not_captured,
            copies: volume.copies,
        }
    }

    /// Takes a part of a frame.
    pub fn count(&mut self, region: &Region) {
        *match (region.wire, region.label.field.class()) {
            (Wire::Sealed, _) => &mut self.sealed,
            (Wire::Tag, _) => &mut self.tag,
            (Wire::Unknown, _) => &mut self.unknown,
            (Wire::NotCaptured, _) => &mut self.not_captured,
            (Wire::Clear, Class::Addressing) => &mut self.clear_addressing,
            (Wire::Clear, Class::MediaHeader) => &mut self.clear_media_header,
            (Wire::Clear, Class::Payload) => &mut self.clear_content,
            (Wire::Clear, _) => &mut self.clear_control,
        } += u64::from(region.label.span.len());
    }

    /// Adds those of another sum.
    pub fn add(&mut self, other: &Self) {
        self.clear_addressing += other.clear_addressing;
        self.clear_control += other.clear_control;
        self.clear_media_header += other.clear_media_header;
        self.clear_content += other.clear_content;
        self.sealed += other.sealed;
        self.tag += other.tag;
        self.unknown += other.unknown;
        self.not_captured += other.not_captured;
        self.copies += other.copies;
    }
}

/// The octets of each flow on the wire: of what runs inside TLS or DTLS, none.
pub fn octets_by_flow(
    scene: &Scene<'_>,
    protections: &Protections<'_>,
) -> HashMap<FlowKey, Octets> {
    let flows = scene.flows.iter();
    let mut sums: HashMap<_, _> = flows
        .map(|flow| (flow.key, Octets::of_flow(scene.tracker, flow)))
        .collect();
    let on_wire = |key: &StreamKey| !key.flow.transport.is_inside();
    let streams = scene.streams.iter().chain(&scene.doubted_streams);
    for stream in streams.filter(|of| on_wire(&of.key)) {
        if let Some(sum) = sums.get_mut(&stream.key.flow) {
            media(protections, stream, sum);
        }
    }
    let senders = scene.senders.iter().chain(&scene.doubted_senders);
    for sender in senders.filter(|of| on_wire(&of.key)) {
        if let Some(sum) = sums.get_mut(&sender.key.flow) {
            reports(sender, sum);
        }
    }
    sums
}

/// The octets of each flow, by its number, and those of the capture, frames of no flow included.
pub fn octets(scene: &Scene<'_>, protections: &Protections<'_>) -> (BTreeMap<u64, Octets>, Octets) {
    let tracker = scene.tracker;
    let by_flow = octets_by_flow(scene, protections);
    let mut all = Octets::of(&tracker.elsewhere());
    let mut lens = Lens::new(tracker);
    for refusal in tracker.refusals() {
        lens.look(&refusal);
    }
    while let Some((_, view)) = lens.settled() {
        view.regions.iter().for_each(|region| all.count(region));
    }
    by_flow.values().for_each(|sum| all.add(sum));
    let numbered = by_flow
        .into_iter()
        .filter_map(|(key, sum)| Some((tracker.flow(&key)?.id, sum)));
    (numbered.collect(), all)
}

/// Octets of a stream that are sealed on the wire, without their tags.
pub fn sealed_octets(stream: &RtpStream, guard: &Protection<'_>) -> u64 {
    if guard.state != State::Sealed {
        return 0;
    }
    let volume = &stream.volume;
    let tags = volume.tags(guard.tag_octets.unwrap_or(0));
    volume.sealed_header + volume.payload - tags
}

fn media(protections: &Protections<'_>, stream: &RtpStream, sum: &mut Octets) {
    let MediaVolume {
        header,
        sealed_header,
        private,
        payload,
        ..
    } = stream.volume;
    let Some(guard) = protections.of(stream) else {
        sum.unknown += header + sealed_header + private + payload;
        return;
    };
    sum.clear_media_header += header;
    sum.unknown += private;
    if guard.state == State::Sealed {
        sum.tag += stream.volume.tags(guard.tag_octets.unwrap_or(0));
        sum.sealed += sealed_octets(stream, guard);
        return;
    }
    sum.unknown += sealed_header;
    *match guard.state {
        State::Clear => &mut sum.clear_content,
        _ => &mut sum.unknown,
    } += payload;
}

fn reports(sender: &RtcpSender, sum: &mut Octets) {
    let ReportVolume {
        plain,
        sealed,
        null_cipher,
        counted,
        undecided,
    } = sender.octets;
    if !sender.believed {
        for held in [plain, sealed, null_cipher, counted, undecided] {
            sum.unknown += held.octets;
        }
        return;
    }
    sum.clear_control += plain.octets;
    let offset = sender.trailer.map_or(0, |trailer| trailer.offset);
    let beside = Beside::trailer_at(offset);
    let of = |octets: u32, packets: &Sample| u64::from(octets) * packets.total();

    // Where a trailer was read, only the tag behind it may be cut.
    let clear = of(CLEAR + INDEX + beside.key, &sender.sealed).min(sealed.octets);
    let tags = of(beside.aead_tag + beside.tag, &sender.sealed).saturating_sub(sealed.cut);
    let tags = tags.min(sealed.octets - clear);
    sum.clear_control += clear;
    sum.tag += tags;
    sum.sealed += sealed.octets - clear - tags;

    let tags = of(beside.tag, &sender.null_cipher).saturating_sub(null_cipher.cut);
    let tags = tags.min(null_cipher.octets);
    sum.tag += tags;
    sum.clear_control += null_cipher.octets - tags;

    let doubted = counted.octets + undecided.octets;
    let clear = of(CLEAR, &sender.counted) + of(CLEAR, &sender.undecided);
    let clear = clear.min(doubted);
    sum.clear_control += clear;
    sum.unknown += doubted - clear;
}
