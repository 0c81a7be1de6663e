//! One packet as whoever looks at it sees it: layers, fields, and every octet named.

use crate::base::addr::FiveTuple;
use crate::base::field::{Class, Field};
use crate::base::label::{Label, Labels, Sink, Value, printable};
use crate::base::span::Span;
use crate::base::told::{Name, Told, told};
use crate::capture::RawPacket;
use crate::decode;
use crate::dissect::rtcp::{Guard, Rtcp};
use crate::dissect::sip::secret::{masked, spans};
use crate::dissect::sip::{Sip, StartLine};
use crate::dissect::{self, Message, Words};
use crate::flow::Tracker;

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
    /// Every octet of the frame, named.
    pub regions: Vec<Label>,
}

/// Looks at a packet again, with what the whole capture has taught.
pub fn view(packet: &RawPacket<'_>, tracker: &Tracker, labels: &mut Labels) -> PacketView {
    labels.clear();
    let decoded = decode::frame(packet, labels);
    let mut layers = Vec::new();
    let mut words = Vec::new();
    if let (Some(ends), Some(octets)) = (decoded.five_tuple(), decoded.datagram()) {
        let dissected = dissect::datagram(octets, &tracker.beliefs(&ends), labels);
        let inner = dissected.inner.map(|inner| (inner.message, inner.octets));
        for (message, octets) in std::iter::once((dissected.outer, octets)).chain(inner) {
            layers.extend(message.layer());
            if let Message::Unknown = message {
                labels.mark(octets.span(), Field::Unparsed, Value::None);
            } else {
                words.push(in_words(&message));
            }
        }
    }
    let facts = labels.facts();
    PacketView {
        ends: decoded.five_tuple(),
        layers,
        words,
        facts: facts.to_vec(),
        regions: with_secrets(
            labels.regions(packet.octets.len() as u32, packet.wire_len),
            packet.octets,
        ),
    }
}

/// What a label says in words; `None` where its bare value says all there is.
pub fn words(label: &Label, frame: &[u8]) -> Option<Words> {
    dissect::words(label, frame)
}

fn in_words(message: &Message<'_>) -> Told {
    Told::plain(match message {
        Message::Stun(stun) => stun.message_type.to_string(),
        Message::ChannelData(channel) => format!("ChannelData {}", channel.channel),
        Message::Dtls(dtls) => match (dtls.first.handshake, dtls.first.content) {
            (Some((kind, _)), _) => format!("DTLS {}", kind.name()),
            (None, Some(_)) => format!("DTLS epoch {}", dtls.first.epoch),
            (None, None) => format!("DTLS 1.3 sealed, epoch {}", dtls.first.epoch),
        },
        Message::Rtp(rtp) => format!(
            "RTP {} pt {} seq {} ts {}{}, payload {}",
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
    let mut out = Vec::with_capacity(regions.len());
    for region in regions {
        let Span { start, end } = region.span;
        let mut at = start;
        if region.field.class() == Class::Unknown {
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
