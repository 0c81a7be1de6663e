//! Signalling that passes between the hosts of a relay and of a peer, beside the leg between them:
//! whoever stands there reads it too.

use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use super::Evidence;
use crate::base::sample::Sample;
use crate::flow::Call;

/// The calls, by the hosts between which they passed.
#[derive(Debug)]
pub(super) struct Beside<'t> {
    calls: Vec<(&'t Call, HashSet<IpAddr>)>,
    /// Places in `calls`, each with the packets that passed.
    between: HashMap<[IpAddr; 2], Vec<(usize, &'t Sample)>>,
}

impl<'t> Beside<'t> {
    pub(super) fn of(calls: Vec<&'t Call>) -> Self {
        let mut between = HashMap::<_, Vec<_>>::new();
        for (place, call) in calls.iter().enumerate() {
            for (flow, packets) in &call.flows {
                let hosts = sorted(flow.a.ip(), flow.b.ip());
                between.entry(hosts).or_default().push((place, packets));
            }
        }
        let calls = calls.into_iter().map(|call| (call, named(call))).collect();
        Self { calls, between }
    }

    /// Whether any passed between these.
    pub(super) fn passed(&self, relay: IpAddr, peer: IpAddr) -> bool {
        self.between.contains_key(&sorted(relay, peer))
    }

    /// What passed between these and names a host.
    pub(super) fn naming(&self, host: IpAddr, relay: IpAddr, peer: IpAddr) -> Option<Evidence> {
        let mut all = Sample::default();
        for (place, packets) in self.between.get(&sorted(relay, peer))? {
            let call = self.calls.get(*place);
            if call.is_some_and(|(_, named)| named.contains(&host)) {
                all.merge(packets);
            }
        }
        Evidence::of(all)
    }
}

fn sorted(one: IpAddr, other: IpAddr) -> [IpAddr; 2] {
    [one.min(other), one.max(other)]
}

/// The hosts that a call names, in contacts and in session descriptions.
fn named(call: &Call) -> HashSet<IpAddr> {
    let contacts = call.contacts.keys().flat_map(|contact| hosts(contact));
    let descriptions = call.descriptions.iter();
    let described = descriptions.flat_map(|description| {
        let origin = description.origin.iter().flat_map(|origin| hosts(origin));
        let media = description.media.iter().flat_map(|media| media.addresses());
        origin.chain(media.map(|address| address.ip()))
    });
    contacts.chain(described).collect()
}

/// The addresses in a text, with or without a port, IPv6 in brackets.
fn hosts(text: &str) -> impl Iterator<Item = IpAddr> {
    let words = text.split(|letter: char| !letter.is_ascii_hexdigit() && !".:".contains(letter));
    words.filter_map(|word| {
        let without_port = word.rsplit_once(':').map(|(host, _)| host);
        let host = |text: &str| text.parse().ok();
        host(word).or_else(|| without_port.and_then(host))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_uri_is_found_whole() {
        let found = |text| hosts(text).map(|ip| ip.to_string()).collect::<Vec<_>>();
        assert_eq!(found("sip:alice@10.0.0.12:5060;ob"), ["10.0.0.12"]);
        assert_eq!(found("sip:alice@10.0.0.1"), ["10.0.0.1"]);
        assert_eq!(found("sip:alice@[2001:db8::1]:5060"), ["2001:db8::1"]);
        assert!(found("sip:alice@example.org:5060").is_empty());
    }
}
