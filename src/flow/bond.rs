//! Which calls of the capture the descriptions that were given speak of.
//!
//! Found anew whenever it is asked, from what is known of flows then: most captures come without
//! such descriptions, and no packet waits for them.

use std::net::SocketAddr;

use super::signalling::{AllGiven, Bond, Found, Place};
use super::{
    Association, Checker, Flow, KeySource, OpenedMedia, Role, RtpStream, StreamKey, Tracker,
};
use crate::base::addr::FlowKey;
use crate::base::label::hex;

impl Tracker {
    /// Binds every description that was given to the calls of which it speaks.
    pub(super) fn bind_descriptions(&mut self) {
        let Some(given) = self.signalling.given_anew() else {
            return;
        };
        let mut flows: Vec<_> = self.flows.values().collect();
        flows.sort_by_key(|flow| flow.id);
        for flow in flows {
            for checker in flow.outer.checkers.iter().chain(&flow.carried.checkers) {
                let found = by_checks(given, flow, checker);
                given.bind(flow.key, &checker.packets, found);
            }
        }
        let flows = &self.flows;
        let checked = |flow: &FlowKey, relayed: bool| {
            let flow = flows.get(flow);
            let level = flow.map(|flow| if relayed { &flow.carried } else { &flow.outer });
            level.is_some_and(|level| !level.checkers.is_empty())
        };
        for association in self.associations.all() {
            let checked = checked(&association.flow, association.relayed);
            let found = by_certificates(given, association, checked);
            given.bind(association.flow, &association.packets, found);
        }
        let mut streams: Vec<_> = self.streams.values().filter(|s| s.believed).collect();
        streams.sort_by_key(|stream| stream.key);
        for stream in streams {
            let StreamKey { flow, relayed, .. } = stream.key;
            let found = by_media(given, stream, checked(&flow, relayed));
            given.bind(flow, &stream.packets, found);
        }
    }
}

/// Binds by user fragments, and by the addresses between which checks pass.
fn by_checks(given: &AllGiven, flow: &Flow, checker: &Checker) -> Vec<Found> {
    let (sender, receiver) = checker.ends;
    // What TURN carries for a peer that is not known stands for neither end of its leg.
    if flow.turn && [flow.key.a, flow.key.b].contains(&sender) {
        return Vec::new();
    }
    let mut found = by_addresses(given, checker.ends, true);
    // A password tells apart calls whose short fragments are the same by chance.
    let refuted = checker.authentic == Some(false);
    if let Some((of_receiver, of_sender)) = checker.user.split_once(':').filter(|_| !refuted) {
        for (fragment, address) in [(of_sender, sender), (of_receiver, receiver)] {
            let lines = given.with_fragment(fragment).iter();
            found.extend(lines.map(|line| (*line, Bond::Checks, address)));
        }
    }
    found
}

/// Binds by the addresses of what passes. Others may have had these at another time, so where
/// checks pass beside it they alone tell whose it is, of all who use checks.
fn by_addresses(
    given: &AllGiven,
    (one, other): (SocketAddr, SocketAddr),
    checked: bool,
) -> Vec<Found> {
    let tells = |line: &&Place| {
        let media = given.media(**line);
        !checked || media.is_some_and(|media| media.ice_ufrag.is_none())
    };
    let lines = |address: SocketAddr| {
        let lines = given.with_address(&address).iter().filter(tells);
        lines.map(move |line| (*line, Bond::Address, address))
    };
    lines(one).chain(lines(other)).collect()
}

/// Binds by addresses and by certificates.
fn by_certificates(given: &AllGiven, association: &Association, checked: bool) -> Vec<Found> {
    let (client, server) = association.ends();
    let mut found = by_addresses(given, (client, server), checked);
    for (role, end) in [(Role::Client, client), (Role::Server, server)] {
        let mut own = association.certificates.iter();
        if let Some(own) = own.find(|own| own.role == role) {
            let hash = hex(&own.sha256).to_uppercase();
            let lines = given.with_fingerprint(&hash).iter();
            found.extend(lines.map(|line| (*line, Bond::Certificate, end)));
        }
    }
    found
}

/// Binds by addresses, keys and sources.
fn by_media(given: &AllGiven, stream: &RtpStream, checked: bool) -> Vec<Found> {
    let mut found = by_addresses(given, stream.ends(), checked);
    let (sender, _) = stream.ends();
    let lines = given.with_source(stream.key.ssrc.0).iter();
    found.extend(lines.map(|line| (*line, Bond::Source, sender)));
    let key = stream.opened().and_then(OpenedMedia::key);
    if let Some(KeySource::Signalling(media)) = key.map(|key| &key.source) {
        let line = given.place_of(media);
        found.extend(line.map(|line| (line, Bond::Key, sender)));
    }
    found
}
