//! One packet as whoever looks at it sees it: layers, fields, and every octet named.

use crate::base::addr::FiveTuple;
use crate::base::field::Field;
use crate::base::label::{Label, Labels, Sink};
use crate::base::told::Told;
use crate::capture::RawPacket;
use crate::decode;
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
                labels.mark(
                    octets.span(),
                    Field::Unparsed,
                    crate::base::label::Value::None,
                );
            } else {
                words.push(in_words(&message));
            }
            if let Message::Stun(stun) = &message
                && let Some(carried) = stun.dtls().map(Message::Dtls)
            {
                layers.extend(carried.layer());
                words.push(in_words(&carried));
            }
        }
    }
    let facts = labels.facts();
    PacketView {
        ends: decoded.five_tuple(),
        layers,
        words,
        facts: facts.to_vec(),
        regions: labels.regions(packet.octets.len() as u32, packet.wire_len),
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
        Message::Dtls(dtls) => return super::dtls::in_words(dtls),
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
