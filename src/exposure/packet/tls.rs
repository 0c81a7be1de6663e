//! Records of TLS in which TURN is known to run: each laid over its frames, and what was opened of
//! it told at the frame in which it ends; so is what was opened of DTLS. On the wire it is sealed,
//! opened or not.

use super::Gathered;
use super::lens::{Found, Lens};
use super::stream::Parts;
use crate::base::addr::{Direction, FiveTuple, FlowKey, Transport};
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::base::time::Timestamp;
use crate::base::told::Told;
use crate::dissect::dtls;
use crate::dissect::dtls::names::HandshakeType;
use crate::dissect::tls::{self, Record};
use crate::flow::{Event, StreamMessage};

impl Lens<'_> {
    /// Looks at a record, if TURN is known to run inside.
    pub(super) fn record(&mut self, key: FlowKey, time: Timestamp, message: &StreamMessage<'_>) {
        let known = self.tracker.flow(&key);
        let inside = known.is_some_and(|flow| flow.turn_tls.is_some());
        let Some(session) = self.tracker.tls(&key).filter(|_| inside) else {
            return;
        };
        let mut labels = self.spare.pop().unwrap_or_default();
        let records = self.records.entry(key).or_default();
        let before = records.before(message.direction);
        if let Ok(record) = tls::parse(message.message(), before, &mut labels) {
            let mut ended = Vec::new();
            records.follow(
                message.direction,
                &record,
                session.version,
                &mut |message| {
                    ended.push(message.kind);
                },
            );
            self.lay(Parts::of(message), &labels, &Found::default());
            if let Some(frame) = self.frame(message.number()) {
                frame.found.layers.push("tls");
                frame.found.words.push(vec![in_words(&record, &ended)]);
            }
            if record.sealed && self.tracker.openings().opened(&key) > 0 {
                self.openings.begin(session, self.tracker.keys());
                self.open(key, time, message, &record);
            }
        }
        labels.clear();
        self.spare.push(labels);
    }

    /// Forgets the records of a flow: another connection begins.
    pub(super) fn restart(&mut self, key: &FlowKey) {
        self.records.remove(key);
        self.openings.remove(key);
    }

    /// Octets of a connection are missing, and behind them its records are found again.
    pub(super) fn resume(&mut self, key: &FlowKey) {
        if let Some(records) = self.records.get_mut(key) {
            records.lost();
        }
        self.openings.lost(key);
    }

    /// Looks at the messages that end with a record.
    fn open(
        &mut self,
        key: FlowKey,
        time: Timestamp,
        message: &StreamMessage<'_>,
        record: &Record<'_>,
    ) {
        let number = message.number();
        let of = (&key, message.direction);
        // They stand aside while what they hand on is looked at.
        let mut openings = std::mem::take(&mut self.openings);
        openings.record(of, (number, time), record, &mut |event| {
            if let Event::Message(message) = event {
                self.opened(key, number, &message);
            }
        });
        self.openings = openings;
    }

    fn opened(&mut self, key: FlowKey, number: u64, message: &StreamMessage<'_>) {
        if self.frame(number).is_none() {
            return;
        }
        let mut found = Found::default();
        let at = (key, message.direction);
        self.inside(at, message.octets, message.message(), &mut found);
        if let Some(frame) = self.frame(number) {
            frame.found.layers.extend(found.layers);
            frame.found.words.extend(found.words);
            frame.found.gathered.extend(found.gathered);
        }
    }

    /// Looks at what is opened of the records of a datagram of DTLS.
    pub(super) fn opened_of(&mut self, octets: Octets<'_>, ends: &FiveTuple, found: &mut Found) {
        let (key, direction) = ends.key();
        if ends.transport != Transport::Udp || self.tracker.flow(&key.inside()).is_none() {
            return;
        }
        let Some(dtls) = dtls::parse(octets, true, &mut Quiet) else {
            return;
        };
        // They stand aside while what they open is looked at.
        let mut openings = std::mem::take(&mut self.dtls_openings);
        for record in dtls.records().filter(|record| !record.is_clear()) {
            let of = (&key, direction);
            if let Some(content) = self.tracker.open_again(of, &record, &mut openings) {
                let content = Octets::whole(content, 0);
                self.inside((key, direction), content.captured, content, found);
            }
        }
        self.dtls_openings = openings;
    }

    /// Names what was opened of a flow: `message` in `octets`.
    fn inside(
        &mut self,
        (key, direction): (FlowKey, Direction),
        octets: &[u8],
        message: Octets<'_>,
        found: &mut Found,
    ) {
        let ends = key.inside().five_tuple(direction);
        let belief = self.tracker.beliefs(&ends);
        let mut labels = self.spare.pop().unwrap_or_default();
        let mut of_message = Found::default();
        let words = self.datagram(message, &belief, &mut labels, &mut of_message);
        found.layers.extend(of_message.layers);
        found.words.push(words);
        found.gathered.push(Gathered {
            octets: octets.to_vec(),
            facts: labels.facts().to_vec(),
        });
        labels.clear();
        self.spare.push(labels);
    }
}

/// What a record is, and the handshake messages that end with it.
fn in_words(record: &Record<'_>, ended: &[HandshakeType]) -> Told {
    let what = match ended {
        _ if record.sealed => format!("record of {} octets, sealed", record.body.wire_len),
        [] => record.content.to_string(),
        ended => {
            let names: Vec<_> = ended.iter().map(ToString::to_string).collect();
            names.join(", ")
        }
    };
    Told::plain(format!("TLS {what}"))
}
