//! What signalling said, in this capture or in files beside it: calls, parties, and the media that
//! they announced.
//!
//! Bounded: calls and announced addresses have a cap, texts and lists too. Keys and passwords are
//! kept in a type that never prints, for whoever opens media with them.

mod description;
mod file;
mod given;
mod held;
mod serving;
mod text;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

pub use description::{
    Candidate, Crypto, Fingerprint, MediaDescription, PayloadMap, Provenance, SessionDescription,
};
pub use file::{DescriptionFault, GivenFault, NoDescription, SdpFile};
pub(super) use given::{AllGiven, Found, Place};
pub use given::{Bond, Given};
use serving::Requests;

use super::room::{Room, Share};
use super::table::{Aged, Bounded};
use crate::base::addr::{FiveTuple, FlowKey};
use crate::base::field::Field;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::rtp::Ssrc;
use crate::dissect::sip::secret::masked;
use crate::dissect::sip::{Sip, StartLine, uri};
use crate::dissect::stun::Stun;
use crate::keys::authenticates;

/// Calls that are kept at one time, and addresses that they announced.
const CALLS: usize = 1 << 12;
const ANNOUNCED: usize = 1 << 14;
/// Values of one kind that are kept of a call, and characters of each.
const VALUES: usize = 64;
const LONGEST: usize = 256;
/// Descriptions that are kept of a call.
const DESCRIPTIONS: usize = 16;

/// A call, or any other exchange of one Call-ID.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its number, from 1, in the order of appearance.
    pub id: u64,
    /// Call-ID of its messages.
    pub call_id: String,
    /// URIs in From, each with the packets that show it.
    pub from: BTreeMap<String, Sample>,
    /// URIs in To.
    pub to: BTreeMap<String, Sample>,
    /// URIs in Contact.
    pub contacts: BTreeMap<String, Sample>,
    /// User-Agent and Server.
    pub agents: BTreeMap<String, Sample>,
    /// Methods of its requests, and codes of its responses.
    pub messages: BTreeMap<String, Sample>,
    /// Addresses at which a party asked to be registered.
    pub registrars: BTreeMap<SocketAddr, Sample>,
    requests: Requests,
    /// Addresses between which its messages went, without a direction.
    pub flows: BTreeMap<FlowKey, Sample>,
    /// Session descriptions, each different one once.
    pub descriptions: Vec<SessionDescription>,
    /// Messages with a description that found no room.
    pub undescribed: Sample,
    /// All its messages.
    pub packets: Sample,
    /// First message.
    pub first: Timestamp,
    /// Last message.
    pub last: Timestamp,
    share: Share,
}

impl Aged for Call {
    fn last(&self) -> Timestamp {
        self.last
    }
}

/// Who announced an address.
#[derive(Debug)]
struct Announced {
    /// Number of the call that announced it last.
    call: u64,
    /// The media lines of one description that name it: several where they share it.
    media: Vec<Arc<MediaDescription>>,
    last: Timestamp,
    _share: Share,
}

impl Aged for Announced {
    fn last(&self) -> Timestamp {
        self.last
    }
}

/// What signalling in a capture said.
#[derive(Debug)]
pub struct Signalling {
    calls: Bounded<String, Call>,
    announced: Bounded<SocketAddr, Announced>,
    given: AllGiven,
    made: u64,
    /// New media lines with keys, until somebody takes them.
    keyed: Vec<Arc<MediaDescription>>,
    room: Room,
}

impl Signalling {
    pub(super) fn new(room: Room) -> Self {
        Self {
            calls: Bounded::new(CALLS),
            announced: Bounded::new(ANNOUNCED),
            given: AllGiven::default(),
            made: 0,
            keyed: Vec::new(),
            room,
        }
    }

    /// All calls, in the order of appearance.
    pub fn calls(&self) -> Vec<&Call> {
        let mut calls: Vec<_> = self.calls.values().collect();
        calls.sort_by_key(|call| call.id);
        calls
    }

    /// What a session description said of the media at this address, the latest of them in the
    /// capture, or else those that were given.
    pub(super) fn announced(&self, address: &SocketAddr) -> Vec<&Arc<MediaDescription>> {
        if let Some(known) = self.announced.get(address) {
            return known.media.iter().collect();
        }
        let given = self.given.all().iter();
        let bound: Vec<_> = given.flat_map(|given| given.lines_of(address)).collect();
        if !bound.is_empty() {
            return bound;
        }
        let lines = self.given.with_address(address).iter();
        lines.filter_map(|line| self.given.media(*line)).collect()
    }

    /// What was given of whoever sends a stream with this SSRC.
    pub(super) fn given_of_source(&self, ssrc: Ssrc) -> Vec<&Arc<MediaDescription>> {
        let lines = self.given.with_source(ssrc.0).iter();
        lines.filter_map(|line| self.given.media(*line)).collect()
    }

    /// The descriptions that were given beside the capture, in their order.
    pub fn given(&self) -> &[Given] {
        self.given.all()
    }

    /// What could not be taken of the files with these.
    pub fn given_faults(&self) -> &[GivenFault] {
        self.given.faults()
    }

    /// Takes the descriptions of a file.
    pub(super) fn give(&mut self, file: &SdpFile) {
        let new = self.given.take(file).into_iter();
        self.keyed
            .extend(new.filter(|media| !media.crypto.is_empty()));
    }

    /// The descriptions that were given, bound to nothing; `None` where there are none.
    pub(super) fn given_anew(&mut self) -> Option<&mut AllGiven> {
        if self.given.all().is_empty() {
            return None;
        }
        self.given.unbind();
        Some(&mut self.given)
    }

    /// Whether a connectivity check has the password that was given for its receiver; `None` where
    /// none was given, or the message does not show it.
    pub(super) fn authenticates(&self, user: &str, check: &Stun<'_>) -> Option<bool> {
        let (receiver, _) = user.split_once(':')?;
        let lines = self.given.with_fragment(receiver).iter();
        let lines = lines.filter_map(|line| self.given.media(*line));
        let mut passwords = lines
            .filter_map(|media| media.ice_password.as_ref())
            .peekable();
        passwords.peek()?;
        let guarded = check.guarded()?;
        Some(passwords.any(|password| authenticates(password, &guarded)))
    }

    /// Whether anybody announced anything.
    pub(super) fn is_empty(&self) -> bool {
        self.made == 0 && self.given.all().is_empty()
    }

    /// Calls that the bounded table let go.
    pub const fn evicted(&self) -> u64 {
        self.calls.evicted()
    }

    /// Whether one of the ends of a flow was announced for media.
    pub(super) fn speaks_of(&self, flow: &FlowKey) -> bool {
        // Most captures hold no signalling, and this is asked for every packet of media.
        !self.is_empty()
            && [&flow.a, &flow.b].iter().any(|end| {
                self.announced.get(end).is_some() || !self.given.with_address(end).is_empty()
            })
    }

    /// Whether any call has said nothing since then.
    pub(super) fn any_before(&self, time: Timestamp) -> bool {
        self.calls.any_before(time)
    }

    /// Number of the call that announced this address last.
    pub(super) fn announcer(&self, address: &SocketAddr) -> Option<u64> {
        self.announced.get(address).map(|known| known.call)
    }

    /// Whether media flow at an address that this call was the last to announce.
    pub(super) fn is_in_use(&self, call: &Call, flows_at: impl Fn(&SocketAddr) -> bool) -> bool {
        let media = call.descriptions.iter().flat_map(|known| &known.media);
        let mut addresses = media.flat_map(|media| media.addresses());
        addresses.any(|address| self.announcer(&address) == Some(call.id) && flows_at(&address))
    }

    /// Keeps the calls of these numbers, and what they announced; returns how many others there
    /// were.
    pub(super) fn retain(&mut self, keeps: impl Fn(u64) -> bool) -> u64 {
        let gone = self.calls.retain(|call| keeps(call.id));
        self.announced.retain(|known| keeps(known.call));
        gone
    }

    /// The media lines with keys that are new since they were last taken.
    pub(super) fn take_keyed(&mut self) -> Vec<Arc<MediaDescription>> {
        std::mem::take(&mut self.keyed)
    }

    /// Takes a SIP message.
    pub(super) fn message(&mut self, number: u64, time: Timestamp, ends: FiveTuple, sip: &Sip<'_>) {
        let Some(call_id) = sip.find(Field::SipCallId).map(text) else {
            return;
        };
        let made = &mut self.made;
        let call = self.calls.entry(call_id.clone(), || {
            *made += 1;
            Call::new(*made, call_id, time)
        });
        call.note((number, time), ends, sip, &self.room);
        let Some(sdp) = sip.sdp() else { return };
        let id = call.id;
        let mut at = BTreeMap::<_, Vec<_>>::new();
        for media in call.describe((number, ends), sdp, &self.room) {
            if !media.crypto.is_empty() {
                self.keyed.push(Arc::clone(&media));
            }
            for address in media.addresses() {
                at.entry(address).or_default().push(Arc::clone(&media));
            }
        }
        for (address, media) in at {
            let held = media.iter().map(|media| media.held()).sum();
            let mut share = Share::default();
            if self.room.keep(held, &mut share) {
                let announced = Announced {
                    call: id,
                    media,
                    last: time,
                    _share: share,
                };
                self.announced.insert(address, announced);
            }
        }
    }
}

impl Call {
    fn new(id: u64, call_id: String, time: Timestamp) -> Self {
        Self {
            id,
            call_id,
            from: BTreeMap::new(),
            to: BTreeMap::new(),
            contacts: BTreeMap::new(),
            agents: BTreeMap::new(),
            messages: BTreeMap::new(),
            registrars: BTreeMap::new(),
            requests: Requests::new(),
            flows: BTreeMap::new(),
            descriptions: Vec::new(),
            undescribed: Sample::default(),
            packets: Sample::default(),
            first: time,
            last: time,
            share: Share::default(),
        }
    }

    fn note(
        &mut self,
        (number, time): (u64, Timestamp),
        ends: FiveTuple,
        sip: &Sip<'_>,
        room: &Room,
    ) {
        self.last = self.last.max(time);
        self.packets.add(number);
        let mut note = Note {
            number,
            room,
            share: &mut self.share,
        };
        let kind = match sip.start {
            StartLine::Request { method, .. } => {
                if method == b"REGISTER" {
                    note.value(&mut self.registrars, ends.dst, 0);
                }
                note.request(&mut self.requests, ends, sip);
                text(method)
            }
            StartLine::Response { code, .. } => code.to_string(),
        };
        note.text(&mut self.messages, kind);
        note.value(&mut self.flows, ends.key().0, 0);
        for header in sip.headers() {
            let (values, value) = match header.field {
                Field::SipFrom => (&mut self.from, uri(header.value)),
                Field::SipTo => (&mut self.to, uri(header.value)),
                Field::SipContact => (&mut self.contacts, uri(header.value)),
                Field::SipUserAgent | Field::SipServer => (&mut self.agents, header.value),
                _ => continue,
            };
            note.text(values, text(value));
        }
    }

    /// Keeps a description, once for each that differs; returns the media of a new one.
    fn describe(
        &mut self,
        (number, ends): (u64, FiveTuple),
        sdp: &[u8],
        room: &Room,
    ) -> Vec<Arc<MediaDescription>> {
        let carried = Provenance::Carried(ends);
        let read = SessionDescription::read(carried, Sample::of(number), sdp);
        let mut known = self.descriptions.iter_mut();
        if let Some(known) = known.find(|known| known.says_the_same(&read)) {
            known.packets.add(number);
            return Vec::new();
        }
        let media = read.media.clone();
        let held = read.media.iter().map(|media| media.held()).sum();
        if self.descriptions.len() < DESCRIPTIONS && room.keep(held, &mut self.share) {
            self.descriptions.push(read);
        } else {
            self.undescribed.add(number);
        }
        media
    }
}

/// Keeps the values that a message shows.
struct Note<'c> {
    number: u64,
    room: &'c Room,
    share: &'c mut Share,
}

impl Note<'_> {
    fn text(&mut self, values: &mut BTreeMap<String, Sample>, text: String) {
        let octets = text.len();
        self.value(values, text, octets);
    }

    fn value<K: Ord>(&mut self, values: &mut BTreeMap<K, Sample>, value: K, octets: usize) {
        if let Some(packets) = values.get_mut(&value) {
            packets.add(self.number);
        } else if values.len() < VALUES && self.room.keep(octets, self.share) {
            values.insert(value, Sample::of(self.number));
        }
    }
}

/// Text from the wire, safe to print and bounded. Masked before it is cut: half a password is
/// known for none.
fn text(octets: &[u8]) -> String {
    masked(octets).chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests;
