//! Who serves signalling: whoever passes requests on, and whoever accepts a party.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{Call, Note, VALUES, text};
use crate::base::addr::FiveTuple;
use crate::base::field::Field;
use crate::base::sample::Sample;
use crate::dissect::sip::Sip;

/// Requests by their From, which nobody changes who passes one on: who sent them, and to whom.
pub(super) type Requests = BTreeMap<String, [BTreeMap<SocketAddr, Sample>; 2]>;

impl Note<'_> {
    pub(super) fn request(&mut self, requests: &mut Requests, ends: FiveTuple, sip: &Sip<'_>) {
        let Some(from) = sip.find(Field::SipFrom).map(text) else {
            return;
        };
        if !requests.contains_key(&from) {
            if requests.len() >= VALUES || !self.room.keep(from.len(), self.share) {
                return;
            }
            requests.insert(from.clone(), Default::default());
        }
        if let Some([senders, receivers]) = requests.get_mut(&from) {
            self.value(senders, ends.src, 0);
            self.value(receivers, ends.dst, 0);
        }
    }
}

impl Call {
    /// Who passed requests on, and who registered a party: those who serve signalling, each with
    /// the packets that show it.
    pub(in crate::flow) fn servers(&self) -> BTreeMap<SocketAddr, Sample> {
        let mut servers = BTreeMap::<_, Sample>::new();
        for [senders, receivers] in self.requests.values() {
            for (address, received) in receivers {
                if let Some(sent) = senders.get(address) {
                    let shown = servers.entry(*address).or_default();
                    shown.merge(received);
                    shown.merge(sent);
                }
            }
        }
        // One that accepts a party (RFC 3261, section 10.3).
        let accepted = self.messages.get("200");
        for (address, asked) in &self.registrars {
            if let Some(accepted) = accepted {
                let shown = servers.entry(*address).or_default();
                shown.merge(asked);
                shown.merge(accepted);
            }
        }
        servers
    }
}
