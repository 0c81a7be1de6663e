//! What signalling in clear tells: parties, addresses, codecs, fingerprints, keys.

use super::{Reader, Visibility, What};
use crate::base::addr::FlowKey;
use crate::base::sample::Sample;
use crate::base::told::{Name, Told, told};
use crate::flow::{Call, SessionDescription};

impl Reader<'_> {
    /// The calls whose messages pass on this flow.
    pub(super) fn calls(&mut self, flow: &FlowKey, calls: &[&Call]) {
        for call in calls {
            self.call(call);
            let here = |d: &&SessionDescription| {
                d.carried_between()
                    .is_some_and(|ends| ends.key().0 == *flow)
            };
            call.descriptions
                .iter()
                .filter(here)
                .for_each(|d| self.description(d));
        }
    }

    fn call(&mut self, call: &Call) {
        // Only an invitation makes a call; other requests name whom they are about.
        let invites = call.messages.contains_key("INVITE");
        let (from, to) = if invites {
            ("caller", "called")
        } else {
            ("SIP name", "SIP name")
        };
        let lists = [
            (from, "sip.From", Name::Uri, &call.from),
            (to, "sip.To", Name::Uri, &call.to),
            ("contact", "sip.Contact", Name::Uri, &call.contacts),
        ];
        for (item, field, kind, values) in lists {
            for (value, packets) in values {
                let what = (item, field, "11: SIP From/To/Contact");
                self.push(what, kind.of(value.clone()), packets);
            }
        }
        for (agent, packets) in &call.agents {
            let what = ("software", "sip.User-Agent", "11: SIP From/To/Contact");
            self.push(what, Told::plain(agent.clone()), packets);
        }
        let what = ("call", "sip.Call-ID", "11: SIP From/To/Contact");
        self.push(what, Name::Id.of(call.call_id.clone()), &call.packets);
    }

    /// What a session description says, carried or given.
    pub(super) fn description(&mut self, description: &SessionDescription) {
        for media in &description.media {
            if let Some(address) = media.address {
                let what = ("media address", "sdp.media", "11: SDP candidates");
                let kind = Told::plain(media.kind.clone());
                self.said(description, what, told![kind, " at ", address]);
            }
            for candidate in &media.candidates {
                let what = ("candidate", "sdp.media_attr", "11: SDP candidates");
                let kind = Told::plain(format!("{} ", candidate.kind));
                let address = match candidate.socket {
                    Some(socket) => Told::from(socket),
                    None => Name::Host.of(candidate.address.clone()),
                };
                self.said(description, what, told![kind, address]);
            }
            let codecs: Vec<_> = media
                .payload_types
                .iter()
                .map(|(pt, map)| format!("{pt} {}", map.encoding))
                .collect();
            if !codecs.is_empty() {
                let what = ("codecs", "sdp.media_attr", "11: extmap, codecs");
                self.said(description, what, Told::plain(codecs.join(", ")));
            }
            for fingerprint in &media.fingerprints {
                let what = ("fingerprint", "sdp.media_attr", "11: a=fingerprint");
                let value = Name::Fingerprint.of(fingerprint.value.clone());
                self.said(description, what, value);
            }
            for line in &media.crypto {
                let what = ("media key", "sdp.media_attr", "11: a=crypto");
                let words = format!("for {}, not shown here", line.suite);
                self.said(description, what, Told::plain(words));
            }
        }
    }

    /// Adds what a description says, which no packet shows where it was given.
    fn said(&mut self, description: &SessionDescription, what: What, value: Told) {
        match description.given_in() {
            None => self.push(what, value, &description.packets),
            Some(_) => self.add(what, value, Sample::default(), (Visibility::Readable, None)),
        }
    }
}
