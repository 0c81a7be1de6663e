//! Session descriptions that were given beside the capture, and what binds them to its calls.
//!
//! Nobody saw them pass, so nothing tells when they were said or who else read them. They speak of
//! a call in the capture where something there shows it; of others they say nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use hashbrown::HashMap;

use super::description::{MediaDescription, SessionDescription};
use super::file::{DescriptionFault, GivenFault, SdpFile};
use crate::base::addr::FlowKey;
use crate::base::sample::Sample;

/// Descriptions that are taken, flows to which one is bound, and faults that are told.
const TAKEN: usize = 1 << 12;
const FLOWS: usize = 256;
const FAULTS: usize = 16;

/// A session description that was given.
#[derive(Debug, Clone)]
pub struct Given {
    /// What it says. Its packets are those that bind it.
    pub description: SessionDescription,
    /// What binds it to calls of the capture; nothing where it is of none.
    pub bonds: BTreeSet<Bond>,
    /// The flows on which these calls run.
    pub flows: BTreeSet<FlowKey>,
    /// Places of its media lines, by the addresses at which their media run.
    at: BTreeMap<SocketAddr, BTreeSet<usize>>,
}

/// What binds a description to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bond {
    /// Media run at an address that it names.
    Address,
    /// Connectivity checks carry its user fragment, and its password where it has one.
    Checks,
    /// A certificate has its fingerprint.
    Certificate,
    /// A key in it verifies the tags of a stream.
    Key,
    /// A stream has the SSRC that it names. Whoever passes a stream on may leave it that, so the
    /// sender is not known by this.
    Source,
}

impl Bond {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Checks => "ice",
            Self::Certificate => "fingerprint",
            Self::Key => "crypto",
            Self::Source => "ssrc",
        }
    }
}

/// A media line, by the place of its description and its own.
pub(in crate::flow) type Place = (usize, usize);

/// A media line, by what it is bound, and the address of whom it speaks.
pub(in crate::flow) type Found = (Place, Bond, SocketAddr);

/// All descriptions that were given.
#[derive(Debug, Default)]
pub(in crate::flow) struct AllGiven {
    all: Vec<Given>,
    faults: Vec<GivenFault>,
    by_fragment: HashMap<String, Vec<Place>>,
    by_address: HashMap<SocketAddr, Vec<Place>>,
    by_fingerprint: HashMap<String, Vec<Place>>,
    by_source: HashMap<u32, Vec<Place>>,
}

impl AllGiven {
    /// Takes the descriptions of a file; returns the media lines of those that are new.
    pub(super) fn take(&mut self, file: &SdpFile) -> Vec<Arc<MediaDescription>> {
        let mut new = Vec::new();
        for read in file.descriptions() {
            let mut known = self.all.iter();
            if known.any(|known| known.description.says_the_same(read)) {
                continue;
            }
            if self.all.len() >= TAKEN {
                self.fault(file.fault(DescriptionFault::Many));
                break;
            }
            new.extend(read.media.iter().cloned());
            self.add(read.clone());
        }
        file.faults()
            .iter()
            .for_each(|fault| self.fault(fault.clone()));
        new
    }

    fn fault(&mut self, fault: GivenFault) {
        if self.faults.len() < FAULTS {
            self.faults.push(fault);
        }
    }

    fn add(&mut self, description: SessionDescription) {
        let of = self.all.len();
        for (line, media) in description.media.iter().enumerate() {
            let place = (of, line);
            if let Some(fragment) = &media.ice_ufrag {
                self.by_fragment
                    .entry(fragment.clone())
                    .or_default()
                    .push(place);
            }
            for address in media.addresses() {
                self.by_address.entry(address).or_default().push(place);
            }
            let hashes = media.fingerprints.iter();
            for hash in hashes.filter(|hash| hash.algorithm == "sha-256") {
                self.by_fingerprint
                    .entry(hash.value.clone())
                    .or_default()
                    .push(place);
            }
            for source in media.sources.keys() {
                self.by_source.entry(*source).or_default().push(place);
            }
        }
        self.all.push(Given {
            description,
            bonds: BTreeSet::new(),
            flows: BTreeSet::new(),
            at: BTreeMap::new(),
        });
    }

    pub(super) fn all(&self) -> &[Given] {
        &self.all
    }

    pub(super) fn faults(&self) -> &[GivenFault] {
        &self.faults
    }

    /// The media lines with this user fragment.
    pub(in crate::flow) fn with_fragment(&self, fragment: &str) -> &[Place] {
        listed(self.by_fragment.get(fragment))
    }

    /// The media lines that name this address.
    pub(in crate::flow) fn with_address(&self, address: &SocketAddr) -> &[Place] {
        listed(self.by_address.get(address))
    }

    /// The media lines with this SHA-256 fingerprint, in upper-case hexadecimal.
    pub(in crate::flow) fn with_fingerprint(&self, hash: &str) -> &[Place] {
        listed(self.by_fingerprint.get(hash))
    }

    /// The media lines that name this source.
    pub(in crate::flow) fn with_source(&self, ssrc: u32) -> &[Place] {
        listed(self.by_source.get(&ssrc))
    }

    /// The media line that is this one.
    pub(in crate::flow) fn place_of(&self, media: &Arc<MediaDescription>) -> Option<Place> {
        self.all.iter().enumerate().find_map(|(of, given)| {
            let mut lines = given.description.media.iter();
            Some((of, lines.position(|line| Arc::ptr_eq(line, media))?))
        })
    }

    /// A media line.
    pub(in crate::flow) fn media(&self, (of, line): Place) -> Option<&Arc<MediaDescription>> {
        self.all.get(of)?.description.media.get(line)
    }

    /// Forgets all bonds, to find them anew.
    pub(in crate::flow) fn unbind(&mut self) {
        for given in &mut self.all {
            given.bonds.clear();
            given.flows.clear();
            given.at.clear();
            given.description.packets = Sample::default();
        }
    }

    /// Binds media lines to the call that runs on a flow, as these packets show.
    pub(in crate::flow) fn bind(&mut self, flow: FlowKey, packets: &Sample, found: Vec<Found>) {
        let mut shown = BTreeSet::new();
        for ((of, line), bond, address) in found {
            let Some(given) = self.all.get_mut(of) else {
                continue;
            };
            if given.flows.len() >= FLOWS && !given.flows.contains(&flow) {
                continue;
            }
            given.bonds.insert(bond);
            given.flows.insert(flow);
            if bond != Bond::Source {
                given.at.entry(address).or_default().insert(line);
            }
            if shown.insert(of) {
                given.description.packets.merge(packets);
            }
        }
    }
}

fn listed(places: Option<&Vec<Place>>) -> &[Place] {
    places.map_or(&[], Vec::as_slice)
}

impl Given {
    /// The addresses at which its media run in the capture, each with the media line.
    pub fn lines_at(&self) -> impl Iterator<Item = (SocketAddr, &Arc<MediaDescription>)> {
        let media = &self.description.media;
        let all = self.at.iter();
        all.flat_map(move |(address, lines)| {
            let lines = lines.iter().filter_map(|line| media.get(*line));
            lines.map(|media| (*address, media))
        })
    }

    /// The media lines of whoever is at this address.
    pub(in crate::flow) fn lines_of(
        &self,
        address: &SocketAddr,
    ) -> impl Iterator<Item = &Arc<MediaDescription>> {
        let lines = self.at.get(address).into_iter().flatten();
        lines.filter_map(|line| self.description.media.get(*line))
    }
}
