//! One packet as whoever looks at it sees it: layers, fields, every octet named, and what guards it.

mod ear;
mod fragment;
mod inside;
mod lens;
mod stream;
mod tls;
mod unsealed;
mod wire;

use crate::base::addr::FiveTuple;
use crate::base::field::Class;
use crate::base::label::{Label, Value, printable};
use crate::base::span::Span;
use crate::base::told::{Name, Told, told};
use crate::decode;
use crate::dissect::rtcp::{Guard, Rtcp};
use crate::dissect::sip::secret::{masked, spans};
use crate::dissect::sip::{Sip, StartLine};
use crate::dissect::turn::ChannelNumber;
use crate::dissect::{self, Message, Words};

pub use ear::Heard;
pub use lens::Lens;
pub use unsealed::Unsealed;
pub use wire::{Region, Wire};

/// What is shown of one packet.
#[derive(Debug, Clone)]
pub struct PacketView {
    /// Ends and protocol, where there is UDP or TCP.
    pub ends: Option<FiveTuple>,
    /// Messages from outside in.
    pub layers: Vec<&'static str>,
    /// What each message is that ends here, in words, and what it carries, from outside in.
    pub words: Vec<Vec<Told>>,
    /// Every value that was read.
    pub facts: Vec<Label>,
    /// Messages that end here, and begin in an earlier frame or were opened.
    pub gathered: Vec<Gathered>,
    /// Every value that stands here and is none of this frame's: it was read in the packet that an
    /// ICMP error quotes, or in a message of which a part stands here.
    pub aside: Vec<Label>,
    /// What keys open of the datagram.
    pub unsealed: Vec<Unsealed>,
    /// Every octet of the frame, named, with what guards it.
    pub regions: Vec<Region>,
}

/// A message put together from the parts that several frames hold, or opened.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// Its octets in order.
    pub octets: Vec<u8>,
    /// Every value that was read, in places of these octets.
    pub facts: Vec<Label>,
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
    use crate::base::field::Field;
    use crate::base::time::Timestamp;
    use crate::capture::{LinkType, RawPacket};
    use crate::decode::Icmp;
    use crate::flow::Tracker;

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
        let tracker = Tracker::default();
        let mut lens = Lens::new(&tracker);
        lens.look(&packet);
        lens.settled().expect("a packet that waits for nothing").1
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
        assert_eq!(view.words, [[refused, quotes.and(request)]]);
        assert_eq!((view.ends, view.layers.len()), (None, 0));
        assert!(view.facts.iter().all(|fact| fact.field != Field::StunType));
        assert!(view.aside.iter().any(|fact| fact.field == Field::StunType));
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
