//! Octets by who can read them: of a stream, of a flow, of the capture.
//!
//! What runs on the wire was counted by shape while packets passed; protection is applied here.
//! Every octet of every frame is in exactly one sum.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::protection::{State, protection};
use crate::flow::{RtcpSender, RtpStream, Tracker, TrailerKind, Volume};

/// Octets by what they are and what guards them on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Octets {
    /// Link, network and transport headers.
    pub clear_addressing: u64,
    /// STUN, TURN, handshakes and record headers, reports in clear, signalling.
    pub clear_control: u64,
    /// Headers of media packets, and the clear octets of sealed reports.
    pub clear_media_header: u64,
    /// Media in clear.
    pub clear_content: u64,
    /// Sealed under keys that were agreed on in sight.
    pub sealed: u64,
    /// Tags that only keys can check.
    pub tag: u64,
    /// Not understood, or not known to be sealed: counts as exposed.
    pub unknown: u64,
    /// Cut off by the snap length of the capture.
    pub not_captured: u64,
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
    }

    const fn of(volume: &Volume) -> Self {
        Self {
            clear_addressing: volume.addressing,
            clear_control: volume.control,
            clear_media_header: 0,
            clear_content: 0,
            sealed: volume.sealed,
            tag: 0,
            unknown: volume.unknown,
            not_captured: volume.not_captured,
        }
    }

    fn add(&mut self, other: &Self) {
        self.clear_addressing += other.clear_addressing;
        self.clear_control += other.clear_control;
        self.clear_media_header += other.clear_media_header;
        self.clear_content += other.clear_content;
        self.sealed += other.sealed;
        self.tag += other.tag;
        self.unknown += other.unknown;
        self.not_captured += other.not_captured;
    }
}

/// The octets of each flow, by its number, and those of the capture, frames of no flow included.
pub fn octets(tracker: &Tracker) -> (BTreeMap<u64, Octets>, Octets) {
    let mut by_flow: HashMap<_, _> = tracker
        .flows()
        .into_iter()
        .map(|flow| (flow.key, Octets::of(&flow.volume)))
        .collect();
    for stream in tracker.every_stream() {
        if let Some(sum) = by_flow.get_mut(&stream.key.flow) {
            media(tracker, stream, sum);
        }
    }
    for sender in tracker.every_sender() {
        if let Some(sum) = by_flow.get_mut(&sender.key.flow) {
            reports(sender, sum);
        }
    }
    let mut all = Octets::of(&tracker.elsewhere());
    by_flow.values().for_each(|sum| all.add(sum));
    let numbered = by_flow
        .into_iter()
        .filter_map(|(key, sum)| Some((tracker.flow(&key)?.id, sum)));
    (numbered.collect(), all)
}

fn media(tracker: &Tracker, stream: &RtpStream, sum: &mut Octets) {
    if !stream.believed {
        sum.unknown += stream.header_octets + stream.captured_octets;
        return;
    }
    sum.clear_media_header += stream.header_octets;
    let guard = protection(tracker, stream);
    match guard.state {
        State::Clear => sum.clear_content += stream.captured_octets,
        State::Unknown => sum.unknown += stream.captured_octets,
        State::Sealed => {
            let tags = u64::from(guard.tag_octets.unwrap_or(0)) * stream.packets.total();
            let tags = tags.min(stream.captured_octets);
            sum.tag += tags;
            sum.sealed += stream.captured_octets - tags;
        }
    }
}

/// Octets that stand in clear before the sealed part of a report (RFC 3711, section 3.4), and
/// those of its index.
const HEAD: u64 = 8;
const INDEX: u64 = 4;

fn reports(sender: &RtcpSender, sum: &mut Octets) {
    let [clear, guarded] = sender.octets;
    if !sender.believed {
        sum.unknown += clear + guarded;
        return;
    }
    sum.clear_control += clear;
    let sealed = sender
        .trailer
        .filter(|trailer| trailer.kind == TrailerKind::Sealed);
    let Some(trailer) = sealed else {
        sum.unknown += guarded;
        return;
    };
    let packets = sender.sealed.total();
    let doubted = sender.undecided.total() + sender.null_cipher.total() + sender.counted.total();
    // Of a sender with both, the share of the doubted is not known: doubt counts for all.
    if doubted > 0 {
        sum.unknown += guarded;
        return;
    }
    let head = ((HEAD + INDEX) * packets).min(guarded);
    // Of AEAD the tag stands before the trailer, of HMAC behind it (RFC 7714, section 9.2).
    let tag = match u64::from(trailer.offset) {
        behind @ 10.. => behind - INDEX,
        _ => 16,
    };
    let tag = (tag * packets).min(guarded - head);
    sum.clear_media_header += head;
    sum.tag += tag;
    sum.sealed += guarded - head - tag;
}
