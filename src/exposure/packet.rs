//! One packet as whoever looks at it sees it: layers, fields, and every octet named.

use crate::base::addr::FiveTuple;
use crate::base::field::Field;
use crate::base::label::{Label, Labels, Sink, Value};
use crate::base::span::Octets;
use crate::base::told::{Told, told};
use crate::capture::RawPacket;
use crate::decode::{self, Icmp, Payload};
use crate::dissect::turn::ChannelNumber;
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
    /// Every value that was read in the packet that an ICMP error quotes: none of this frame's.
    pub quoted: Vec<Label>,
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
    let facts = labels.facts().to_vec();
    if let Payload::Icmp { message, quote } = decoded.payload {
        words.push(told!["ICMP ", Told::plain(message.words())]);
        words.extend(quote.and_then(|quote| quoted(quote, message, tracker, labels)));
    }
    let quoted = labels.facts().get(facts.len()..).unwrap_or_default();
    PacketView {
        ends: decoded.five_tuple(),
        layers,
        words,
        quoted: quoted.to_vec(),
        facts,
        regions: labels.regions(packet.octets.len() as u32, packet.wire_len),
    }
}

/// Names what an ICMP error quotes, and says whose packet it was and what it carried.
fn quoted(
    octets: Octets<'_>,
    message: Icmp,
    tracker: &Tracker,
    labels: &mut Labels,
) -> Option<Told> {
    let quote = decode::quote(octets, message, labels)?;
    let ends = quote.five_tuple;
    let transport = ends.transport.name();
    let mut said = told!["quotes ", ends.src, " > ", ends.dst, " ", transport];
    if let Some(datagram) = quote.datagram {
        let dissected = dissect::datagram(datagram, &tracker.beliefs(&ends), labels);
        match dissected.outer {
            Message::Unknown => labels.mark(datagram.span(), Field::IcmpQuote, Value::None),
            message => said = said.and(": ").and(in_words(&message)),
        }
    }
    Some(said)
}

/// What a label says in words; `None` where its bare value says all there is.
pub fn words(label: &Label, frame: &[u8]) -> Option<Words> {
    dissect::words(label, frame)
}

fn in_words(message: &Message<'_>) -> Told {
    Told::plain(match message {
        Message::Stun(stun) => stun.name().into_owned(),
        Message::ChannelData(channel) if channel.channel == ChannelNumber::MULTIPLEXED => {
            "MS-TURN at a shared port".to_owned()
        }
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
        Message::Rtcp(rtcp) => format!(
            "{} {} of {}",
            if message.layer() == Some("srtcp") {
                "SRTCP"
            } else {
                "RTCP"
            },
            rtcp.packet_type,
            rtcp.ssrc
        ),
        Message::Sip => "SIP".to_owned(),
        Message::Unknown => "not understood".to_owned(),
    })
}
