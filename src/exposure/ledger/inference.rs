//! What follows from what is read, without any key: marked as inference, with its strength.

use super::{On, Reader, Strength, Visibility, What};
use crate::base::addr::Direction;
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::dissect::stun::names::AttributeType;
use crate::exposure::leg::Leg;
use crate::exposure::vantage::LegKind;
use crate::flow::{Association, Flow, Kind, Level, RtpStream};

impl Reader<'_> {
    /// What follows from one leg: when the call was, who made it, what it carried.
    pub(super) fn infer(&mut self, leg: &Leg<'_>, on: &On<'_>) {
        self.caller(leg);
        // Whoever sees the client's leg has told it all there.
        if leg.kind == LegKind::Peer && self.vantage.sees(LegKind::Client) {
            return;
        }
        let level = if leg.flow.turn {
            &leg.flow.carried
        } else {
            &leg.flow.outer
        };
        self.duration(leg.flow, level);
        on.handshakes.iter().for_each(|of| self.data(of));
        for stream in &on.streams {
            self.speech(stream);
            self.codec(stream);
            self.pictures(stream);
            self.camera(stream);
        }
        self.participants(&on.streams);
    }

    fn inferred(&mut self, what: What, value: Told, packets: &Sample, strength: Strength) {
        self.entry(what, value, packets, Visibility::Readable, Some(strength));
    }

    fn duration(&mut self, flow: &Flow, level: &Level) {
        let messages = &level.messages;
        if messages.rtp + messages.dtls + messages.rtcp == 0 {
            return;
        }
        let millis = flow.last.since(flow.first).as_millis();
        let words = format!(
            "{}.{} s from the first datagram to the last",
            millis / 1000,
            millis % 1000 / 100
        );
        let what = (
            "when, how long",
            "frame.time",
            "12: call start, end, duration",
        );
        self.inferred(what, Told::plain(words), &flow.seen, Strength::Strong);
    }

    /// Whoever controls the checks has made the offer, mostly the caller (RFC 8445, section 6.1.1).
    fn caller(&mut self, leg: &Leg<'_>) {
        let level = if leg.flow.turn {
            &leg.flow.carried
        } else {
            &leg.flow.outer
        };
        for direction in [Direction::AToB, Direction::BToA] {
            let Some(controlling) = level.seen.of(AttributeType::ICE_CONTROLLING, direction) else {
                continue;
            };
            // What a relay passes on, somebody behind it has sent.
            let who = match (leg.kind, direction == leg.outwards()) {
                (LegKind::Client | LegKind::Direct, true) => leg.near,
                (LegKind::Peer | LegKind::Direct, false) => leg.far,
                _ => continue,
            };
            let what = ("who called", "stun.att.tie-breaker", "12: who is caller");
            self.inferred(what, who.into(), &controlling.packets(), Strength::Medium);
        }
    }

    fn speech(&mut self, stream: &RtpStream) {
        let sender = self.sender(stream);
        let levels = stream
            .extensions()
            .find(|extension| extension.levels().is_some());
        let what = ("who speaks when", "rtp.ext.id", "12: who speaks when");
        if let Some(levels) = levels {
            let packets = levels.packets.clone();
            self.inferred(
                what,
                told![sender, ", packet by packet"],
                &packets,
                Strength::Strong,
            );
        } else if stream.kind() == Kind::Audio {
            let [least, most] = stream.payload_sizes;
            if least != most {
                let words = format!(", by sizes from {least} to {most} octets");
                let value = told![sender, Told::plain(words)];
                self.inferred(what, value, &stream.packets, Strength::Weak);
            }
        }
    }

    /// Timestamps and sizes tell the kind of codec.
    fn codec(&mut self, stream: &RtpStream) {
        let sender = self.sender(stream);
        let words = match (stream.codec(), stream.kind(), stream.clock_rate()) {
            (Some((codec, _)), ..) => format!(" sends {codec}"),
            (None, Kind::Audio, Some(rate)) => format!(" sends sound at {rate} Hz"),
            (None, Kind::Video, Some(_)) => " sends pictures".to_owned(),
            _ => return,
        };
        let what = ("what is sent", "rtp.timestamp", "12: codec");
        let value = told![sender, Told::plain(words)];
        self.inferred(what, value, &stream.packets, Strength::Strong);
    }

    /// What marks, timestamps and sizes tell of pictures without opening them.
    fn pictures(&mut self, stream: &RtpStream) {
        let Some(rate) = stream.frame_rate() else {
            return;
        };
        let sender = self.sender(stream);
        let words = format!(", {rate} frames a second");
        let what = ("pictures", "rtp.marker", "12: video frame rate");
        let value = told![sender, Told::plain(words)];
        self.inferred(what, value, &stream.packets, Strength::Strong);
    }

    /// How the camera is held, where the element that says it is in clear.
    fn camera(&mut self, stream: &RtpStream) {
        let mut turns = 0;
        let mut packets = Sample::default();
        for extension in stream.extensions() {
            turns += extension.orientations().len();
            if !extension.orientations().is_empty() {
                packets.merge(extension.packets);
            }
        }
        if turns > 0 && stream.kind() == Kind::Video {
            let words = match turns {
                1 => ", held one way throughout".to_owned(),
                turns => format!(", turned {} times", turns - 1),
            };
            let what = ("camera", "rtp.ext.id", "12: camera orientation/switch");
            let value = told![self.sender(stream), Told::plain(words)];
            self.inferred(what, value, &packets, Strength::Strong);
        }
    }

    /// Sealed records beside the handshake are data channels: messages, files. With a relay itself
    /// they are TURN.
    fn data(&mut self, association: &Association) {
        let [from_client, from_server] = association.protected;
        let flow = self.tracker.flow(&association.flow);
        let with_relay = !association.relayed && flow.is_some_and(|of| of.turn_tls.is_some());
        if !with_relay && association.is_complete() && from_client + from_server > 8 {
            let words = format!("{} records, by sizes and times", from_client + from_server);
            let what = (
                "data channel",
                "dtls.record.length",
                "12: file transfer / chat",
            );
            let packets = &association.packets;
            self.inferred(what, Told::plain(words), packets, Strength::Medium);
        }
    }

    fn participants(&mut self, streams: &[&RtpStream]) {
        let Some(first) = streams.first() else {
            return;
        };
        let mut senders: Vec<_> = streams
            .iter()
            .filter(|stream| stream.kind() != Kind::Rtx)
            .map(|stream| (stream.ends().0, stream.key.ssrc))
            .collect();
        senders.sort();
        senders.dedup();
        let mut packets = Sample::default();
        for stream in streams {
            packets.merge(&stream.packets);
        }
        let (from, to) = first.ends();
        let mut ends = [self.behind(from), self.behind(to)];
        ends.sort();
        if senders.is_empty() {
            return;
        }
        let counted = Told::plain(senders.len().to_string());
        let words = told![counted, " between ", ends[0], " and ", ends[1]];
        let what = ("sources", "rtp.ssrc", "12: number of participants");
        self.inferred(what, words, &packets, Strength::Strong);
    }
}
