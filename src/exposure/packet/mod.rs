//! One packet as whoever looks at it sees it: layers, fields, every octet named, and what guards it.

mod wire;

use crate::base::addr::FiveTuple;
use crate::base::field::{Class, Field};
use crate::base::label::{Label, Labels, Sink, Value, printable};
use crate::base::span::{Octets, Span};
use crate::base::told::{Name, Told, told};
use crate::capture::RawPacket;
use crate::decode::{self, Icmp, Payload};
use crate::dissect::rtcp::{Guard, Rtcp};
use crate::dissect::sip::secret::{masked, spans};
use crate::dissect::sip::{Sip, StartLine};
use crate::dissect::turn::ChannelNumber;
use crate::dissect::{self, Message, Words};
use crate::flow::{FlowBelief, Tracker};
use wire::{Covers, Guards};

pub use wire::{Region, Wire};

/// What is shown of one packet.
#[derive(Debug, Clone)]
pub struct PacketView {
    /// Ends and protocol, where there is UDP or TCP.
    pub ends: Option<FiveTuple>,
    /// Messages from outside in.
    pub layers: Vec<&'static str>,
    /// What the messages are, in words, from outside in.
    pub words: Vec<Told>,
    /// Every value that was read.
    pub facts: Vec<Label>,
    /// Every value that was read in the packet that an ICMP error quotes: none of this frame's.
    pub quoted: Vec<Label>,
    /// Every octet of the frame, named, with what guards it.
    pub regions: Vec<Region>,
}

/// Looks at packets again, with what the whole capture has taught.
#[derive(Debug)]
pub struct Lens<'t> {
    tracker: &'t Tracker,
    guards: Guards<'t>,
    labels: Labels,
}

impl<'t> Lens<'t> {
    /// A lens for the packets that `tracker` has followed.
    pub fn new(tracker: &'t Tracker) -> Self {
        Self {
            tracker,
            guards: Guards::new(tracker),
            labels: Labels::default(),
        }
    }

    /// What is to be seen of a packet.
    pub fn look(&mut self, packet: &RawPacket<'_>) -> PacketView {
        self.labels.clear();
        let decoded = decode::frame(packet, &mut self.labels);
        let mut found = Found::default();
        if let (Some(ends), Some(octets)) = (decoded.five_tuple(), decoded.datagram()) {
            self.datagram(octets, &self.tracker.beliefs(&ends), &mut found);
        }
        let facts = self.labels.facts().to_vec();
        if let Payload::Icmp { message, quote } = decoded.payload {
            found
                .words
                .push(told!["ICMP ", Told::plain(message.words())]);
            let quoted = quote.and_then(|quote| self.quoted(quote, message, &mut found.covers));
            found.words.extend(quoted);
        }
        let quoted = self.labels.facts().get(facts.len()..).unwrap_or_default();
        let labels = self
            .labels
            .regions(packet.octets.len() as u32, packet.wire_len);
        PacketView {
            ends: decoded.five_tuple(),
            layers: found.layers,
            words: found.words,
            quoted: quoted.to_vec(),
            facts,
            regions: found.covers.over(with_secrets(labels, packet.octets)),
        }
    }

    /// Names what a datagram is, and what it carries.
    fn datagram(&mut self, octets: Octets<'_>, belief: &FlowBelief<'t>, found: &mut Found) {
        let dissected = dissect::datagram(octets, belief, &mut self.labels);
        let inner = dissected
            .inner
            .map(|inner| (inner.message, inner.octets, true));
        for (message, octets, relayed) in
            std::iter::once((dissected.outer, octets, false)).chain(inner)
        {
            let part = (octets, relayed);
            let sealed = self.guards.note(&message, part, belief, &mut found.covers);
            let layer = if sealed {
                Some("srtp")
            } else {
                message.layer()
            };
            found.layers.extend(layer);
            if let Message::Unknown = message {
                self.labels
                    .mark(octets.span(), Field::Unparsed, Value::None);
            } else {
                found.words.push(in_words(&message, sealed));
            }
            if let Message::Stun(stun) = &message
                && let Some(carried) = stun.dtls().map(Message::Dtls)
            {
                found.layers.extend(carried.layer());
                found.words.push(in_words(&carried, false));
            }
        }
    }

    /// Names what an ICMP error quotes, and says whose packet it was and what it carried.
    fn quoted(&mut self, octets: Octets<'_>, message: Icmp, covers: &mut Covers) -> Option<Told> {
        let quote = decode::quote(octets, message, &mut self.labels)?;
        let ends = quote.five_tuple;
        let transport = ends.transport.name();
        let mut said = told!["quotes ", ends.src, " > ", ends.dst, " ", transport];
        if let Some(datagram) = quote.datagram {
            let belief = self.tracker.beliefs(&ends);
            let dissected = dissect::datagram(datagram, &belief, &mut self.labels);
            let inner = dissected
                .inner
                .map(|inner| (inner.message, inner.octets, true));
            let mut between = ": ";
            for (message, octets, relayed) in
                std::iter::once((dissected.outer, datagram, false)).chain(inner)
            {
                let sealed = self
                    .guards
                    .note(&message, (octets, relayed), &belief, covers);
                if let Message::Unknown = message {
                    self.labels
                        .mark(octets.span(), Field::IcmpQuote, Value::None);
                } else {
                    said = said.and(between).and(in_words(&message, sealed));
                    between = " > ";
                }
            }
        }
        Some(said)
    }
}

/// What was found in a frame.
#[derive(Debug, Default)]
struct Found {
    layers: Vec<&'static str>,
    words: Vec<Told>,
    covers: Covers,
}

/// What a label says in words; `None` where its bare value says all there is.
pub fn words(label: &Label, frame: &[u8]) -> Option<Words> {
    if let Value::Named(_, name) = label.value {
        return Some(name.into());
    }
    decode::words(label).or_else(|| dissect::words(label, frame))
}

/// What a message is; `sealed` where it is media known to be so.
fn in_words(message: &Message<'_>, sealed: bool) -> Told {
    Told::plain(match message {
        Message::Stun(stun) => stun.name().into_owned(),
        Message::ChannelData(channel) if channel.channel == ChannelNumber::MULTIPLEXED => {
            "MS-TURN at a shared port".to_owned()
        }
        Message::ChannelData(channel) => format!("ChannelData {}", channel.channel),
        Message::Dtls(dtls) => return super::dtls::in_words(dtls),
        Message::Rtp(rtp) => format!(
            "{} {} pt {} seq {} ts {}{}, payload {}",
            if sealed { "SRTP" } else { "RTP" },
            rtp.ssrc,
            rtp.payload_type,
            rtp.seq,
            rtp.timestamp,
            if rtp.marker { " mark" } else { "" },
            rtp.payload.wire_len
        ),
        Message::Rtcp(rtcp) => reports(rtcp),
        Message::Sip(sip) => return request_or_response(sip),
        Message::Zrtp(zrtp) => {
            let name = printable(zrtp.message_type.trim_ascii());
            format!("ZRTP {name} of {}", zrtp.ssrc)
        }
        Message::Quic(quic) => match quic.version {
            Some(0) => "QUIC version negotiation".to_owned(),
            Some(version) => format!("QUIC version {version:#x}"),
            None => "QUIC".to_owned(),
        },
        Message::Unknown => "not understood".to_owned(),
    })
}

/// The first line of a SIP message.
fn request_or_response(sip: &Sip<'_>) -> Told {
    match sip.start {
        StartLine::Request { method, uri } => {
            let method = Told::plain(format!("SIP {} ", printable(method)));
            told![method, Name::Uri.of(masked(uri))]
        }
        StartLine::Response { code, reason } => {
            let code = Told::plain(format!("SIP {code}"));
            if reason.is_empty() {
                return code;
            }
            told![code, " ", Name::Text.of(masked(reason))]
        }
    }
}

/// The packets of a compound as far as they can be read, and whose they are.
fn reports(rtcp: &Rtcp<'_>) -> String {
    let sealed = |index: u32| {
        let (kind, ssrc) = (rtcp.packet_type, rtcp.ssrc);
        format!("SRTCP {kind} of {ssrc}, index {index}")
    };
    match rtcp.guard {
        Guard::Trailer { index, .. } => sealed(index),
        Guard::Open { index, .. } => format!("{}, not encrypted", sealed(index)),
        Guard::Undecided => format!("RTCP {} of {}", rtcp.packet_type, rtcp.ssrc),
        Guard::Plain => {
            let kinds = rtcp.packets().map(|packet| packet.packet_type.to_string());
            let kinds: Vec<_> = kinds.collect();
            format!("RTCP {} of {}", kinds.join(", "), rtcp.ssrc)
        }
    }
}

/// The regions with every key and password in octets that nobody understood set apart.
fn with_secrets(regions: Vec<Label>, frame: &[u8]) -> Vec<Label> {
    let doubted = |region: &Label| region.field.class() == Class::Unknown;
    if !regions.iter().any(doubted) {
        return regions;
    }
    let mut out = Vec::with_capacity(regions.len());
    for region in regions {
        let Span { start, end } = region.span;
        let mut at = start;
        if doubted(&region) {
            for (from, to, field) in spans(region.octets(frame)) {
                let from = start.saturating_add(from as u32);
                let to = start.saturating_add(to as u32);
                let parts = [(at, from, region.field), (from, to, field)];
                out.extend(parts.iter().map(|(from, to, field)| Label {
                    span: Span::new(*from, *to),
                    field: *field,
                    value: Value::None,
                }));
                at = to;
            }
        }
        out.push(Label {
            span: Span::new(at, end),
            ..region
        });
    }
    out.retain(|region| !region.span.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::base::time::Timestamp;
    use crate::capture::LinkType;

    /// A port unreachable that quotes a Binding request of 192.0.2.1:4660 to 198.51.100.2:3478.
    const REFUSED: [u8; 76] = [
        0x45, 0, 0, 76, 0, 0, 0, 0, 64, 1, 0, 0, 198, 51, 100, 2, 192, 0, 2, 1, //
        3, 3, 0, 0, 0, 0, 0, 0, //
        0x45, 0, 0, 48, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, //
        0x12, 0x34, 0x0d, 0x96, 0, 28, 0, 0, //
        0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ];

    fn seen(octets: &[u8]) -> PacketView {
        let packet = RawPacket {
            number: 1,
            time: Timestamp(0),
            wire_len: octets.len() as u32,
            link: LinkType(101),
            interface: 0,
            octets,
        };
        Lens::new(&Tracker::default()).look(&packet)
    }

    #[test]
    fn what_an_icmp_error_quotes_is_named_and_is_nothing_of_the_frame() {
        let view = seen(&REFUSED);
        let message = Icmp {
            v6: false,
            kind: 3,
            code: 3,
        };
        let [client, server] = ["192.0.2.1:4660", "198.51.100.2:3478"];
        let [client, server]: [SocketAddr; 2] =
            [client, server].map(|text| text.parse().expect("an address"));
        let refused = told!["ICMP ", Told::plain(message.words())];
        let quotes = told!["quotes ", client, " > ", server, " ", "udp", ": "];
        let request = Told::plain("Binding request");
        assert_eq!(view.words, [refused, quotes.and(request)]);
        assert_eq!((view.ends, view.layers.len()), (None, 0));
        assert!(view.facts.iter().all(|fact| fact.field != Field::StunType));
        assert!(view.quoted.iter().any(|fact| fact.field == Field::StunType));
        let named = |region: &Region| region.label.field != Field::Unparsed;
        assert!(view.regions.iter().all(named));
    }

    #[test]
    fn a_quote_is_named_whatever_of_it_there_is() {
        for len in 28..REFUSED.len() {
            let mut octets = REFUSED[..len].to_vec();
            octets[3] = len as u8;
            let regions = seen(&octets).regions;
            let inside = |region: &&Region| region.label.span.start >= 28 && len >= 48;
            let mut inside = regions.iter().filter(inside);
            assert!(
                inside.all(|region| region.label.field != Field::Unparsed),
                "{len}"
            );
        }
    }
}
