//! What signalling in clear tells: parties, addresses, codecs, fingerprints, keys.

use super::Reader;
use crate::base::addr::FlowKey;
use crate::base::told::{Name, Told, told};
use crate::flow::{Call, SessionDescription};

impl Reader<'_> {
    /// The calls whose messages pass on this flow.
    pub(super) fn calls(&mut self, flow: &FlowKey, calls: &[&Call]) {
        for call in calls {
            self.call(call);
            let here = |d: &&SessionDescription| d.ends.key().0 == *flow;
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

    fn description(&mut self, description: &SessionDescription) {
        for media in &description.media {
            let packets = &description.packets;
            if let Some(address) = media.address {
                let what = ("media address", "sdp.media", "11: SDP candidates");
                let kind = Told::plain(media.kind.clone());
                self.push(what, told![kind, " at ", address], packets);
            }
            for candidate in &media.candidates {
                let what = ("candidate", "sdp.media_attr", "11: SDP candidates");
                let kind = Told::plain(format!("{} ", candidate.kind));
                let address = match candidate.socket {
                    Some(socket) => Told::from(socket),
                    None => Name::Host.of(candidate.address.clone()),
                };
                self.push(what, told![kind, address], packets);
            }
            let codecs: Vec<_> = media
                .payload_types
                .iter()
                .map(|(pt, map)| format!("{pt} {}", map.encoding))
                .collect();
            if !codecs.is_empty() {
                let what = ("codecs", "sdp.media_attr", "11: extmap, codecs");
                self.push(what, Told::plain(codecs.join(", ")), packets);
            }
            for fingerprint in &media.fingerprints {
                let what = ("fingerprint", "sdp.media_attr", "11: a=fingerprint");
                self.push(
                    what,
                    Name::Fingerprint.of(fingerprint.value.clone()),
                    packets,
                );
            }
            for line in &media.crypto {
                let what = ("media key", "sdp.media_attr", "11: a=crypto");
                let words = format!("for {}, not shown here", line.suite);
                self.push(what, Told::plain(words), packets);
            }
        }
    }
}
