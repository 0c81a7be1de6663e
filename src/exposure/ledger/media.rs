//! What media tells: the clear header of RTP, its extensions, the payload as far as it is
//! readable, and the reports.

use std::net::SocketAddr;

use super::{Reader, Visibility};
use crate::base::told::{Name, Told, told};
use crate::exposure::protection::{Doubt, Protection, State};
use crate::exposure::reach::{Reach, reach, reach_of_reports};
use crate::exposure::vantage::Vantage;
use crate::flow::{Content, Kind, OpenedMedia, RtcpSender, RtpStream, SdesText, Structure};

impl Reader<'_> {
    /// One stream on the leg that is read.
    pub(super) fn stream(&mut self, stream: &RtpStream) {
        let name = self.named(stream);
        let packets = &stream.packets;
        self.push(("stream", "rtp.ssrc", "7: SSRC"), name.clone(), packets);
        let carried = (0..128_u8).filter(|pt| stream.payload_types >> pt & 1 == 1);
        let types: Vec<_> = carried.map(|pt| pt.to_string()).collect();
        let kind = told![Told::plain(format!("{} in ", types.join(" "))), &name];
        self.push(("payload type", "rtp.p_type", "7: PT"), kind, packets);
        let lost = format!("{} lost, {} late in ", stream.lost(), stream.reordered());
        let lost = told![Told::plain(lost), &name];
        self.push(("losses", "rtp.seq", "7: sequence number"), lost, packets);
        if let Some(rate) = stream.clock_rate() {
            let words = told![Told::plain(format!("{rate} Hz in ")), &name];
            self.push(("clock", "rtp.timestamp", "7: timestamp"), words, packets);
        }
        self.extensions(stream, &name);
        self.payload(stream, &name);
    }

    /// A stream by its SSRC and sender.
    fn named(&self, stream: &RtpStream) -> Told {
        let ssrc = Told::plain(stream.key.ssrc.to_string());
        told![ssrc, " from ", self.sender(stream)]
    }

    /// Who sends a stream, as this observer knows: behind a relayed address stands its client.
    pub(super) fn sender(&self, stream: &RtpStream) -> SocketAddr {
        let (sender, _) = stream.ends();
        self.behind(sender)
    }

    pub(super) fn behind(&self, address: SocketAddr) -> SocketAddr {
        let client = self.tracker.relayed_by(&address).map(|a| a.ends.src);
        client
            .filter(|_| self.vantage.knows_relayed())
            .unwrap_or(address)
    }

    fn extensions(&mut self, stream: &RtpStream, name: &Told) {
        for extension in stream.extensions() {
            let known = extension.meaning.map(|(meaning, _)| meaning.name());
            let (item, value) = match (known, extension.levels(), extension.text()) {
                (_, Some(meter), _) => {
                    let (low, high) = (meter.quietest, meter.loudest);
                    let levels = format!(", -{low} to -{high} dBov, ");
                    let ssrc = stream.key.ssrc.to_string();
                    let value = told![self.sender(stream), Told::plain(levels), Told::plain(ssrc)];
                    ("who speaks", value)
                }
                (Some(meaning), _, Some(text)) => {
                    let value = told![meaning, " ", Name::Id.of(text), " in ", name];
                    ("RTP extension", value)
                }
                (Some(meaning), ..) => ("RTP extension", told![meaning, " in ", name]),
                (None, ..) => {
                    let words = format!("element {}, not known, in ", extension.id);
                    ("RTP extension", told![Told::plain(words), name])
                }
            };
            let what = (item, "rtp.ext.id", "8: header extensions");
            self.push(what, value, extension.packets);
        }
        self.opened_elements(stream, name);
    }

    /// Elements that are sealed and that keys opened, for whoever may hold those.
    fn opened_elements(&mut self, stream: &RtpStream, name: &Told) {
        let Some(opened) = stream.opened().filter(|_| self.reads_opened(true)) else {
            return;
        };
        for (id, packets) in &opened.elements {
            let words = match stream.meaning(*id) {
                Some((meaning, _)) => format!("{}, element {id}, opened, in ", meaning.name()),
                None => format!("element {id}, opened, in "),
            };
            let what = ("RTP extension", "rtp.ext.id", "8: header extensions");
            let value = told![Told::plain(words), name];
            self.push(what, value, packets);
        }
    }

    /// The payload: readable, sealed for this observer, or not to be told.
    fn payload(&mut self, stream: &RtpStream, name: &Told) {
        let Some(protection) = self.protections.of(stream) else {
            return;
        };
        let item = match stream.kind() {
            Kind::Audio => "sound",
            Kind::Video => "picture",
            Kind::Rtx => "repeated media",
            Kind::Unknown => "media",
        };
        let inner = stream.inner();
        let (mut visibility, mut why) = self.reads(protection);
        if self.is_sealed_inside((stream, protection), inner.as_ref()) {
            (visibility, why) = (Visibility::Hidden, ", sealed end to end inside".into());
        } else if visibility == Visibility::Unknown && self.reads_inside(stream, inner.as_ref()) {
            let words = ": readable with the keys that were given";
            (visibility, why) = (Visibility::Readable, words.into());
        }
        if let Some(opened) = protection.opened.filter(|_| self.vantage.may_hold_keys()) {
            why = told![why, opened_words(opened, stream.kind() == Kind::Video)];
        }
        let amount = format!(
            ": {} payloads, {} octets",
            stream.packets.total(),
            stream.octets
        );
        let value = told![name, Told::plain(amount), why];
        let what = (item, "rtp.payload", "7: payload");
        self.entry(what, value, &stream.packets, visibility, None);
        self.around(stream, inner.as_ref(), name);
    }

    /// Whether this observer reads what is guarded so, and why.
    fn reads(&self, protection: &Protection<'_>) -> (Visibility, Told) {
        let agreement = match (protection.state, protection.agreement) {
            (State::Clear, _) => return (Visibility::Readable, ", in clear".into()),
            (State::Sealed, Some(agreement)) => agreement,
            (State::Sealed, None) if self.vantage == Vantage::Endpoint => {
                return self.opens(Reach::NotSeen);
            }
            (State::Sealed, None) => {
                let why = ": a key that was given opens it, and who agreed on that was not seen";
                return (Visibility::Unknown, why.into());
            }
            _ => {
                let doubt = protection.doubt.map_or("", Doubt::text);
                return (Visibility::Unknown, told![": ", doubt]);
            }
        };
        let sealed = protection.profile.clone();
        let sealed = sealed.unwrap_or_else(|| "DTLS 1.3 hides the profile".to_owned());
        match reach(&self.protections.agreements, self.vantage, agreement) {
            Reach::Beyond if self.vantage != Vantage::Endpoint => (
                Visibility::Hidden,
                Told::plain(format!(", sealed ({sealed})")),
            ),
            reach => self.opens(reach),
        }
    }

    /// Whether an observer with this reach reads what is sealed, and why.
    fn opens(&self, reach: Reach<'_>) -> (Visibility, Told) {
        if self.vantage == Vantage::Endpoint {
            return (Visibility::Readable, ": a party holds the keys".into());
        }
        let (visibility, why) = match reach {
            Reach::Beyond => (Visibility::Hidden, ""),
            Reach::Reads(_) => (Visibility::Readable, ": the key stands in signalling"),
            Reach::MayEnd => (
                Visibility::Unknown,
                ": readable where the handshake ends here",
            ),
            Reach::OneLeg => (
                Visibility::Unknown,
                ": the handshake was seen on one leg only",
            ),
            Reach::Elsewhere => (
                Visibility::Unknown,
                ": the key stands in signalling of which hops are missing",
            ),
            Reach::NotSeen => (Visibility::Unknown, ": no key agreement was seen"),
            Reach::Cut => (Visibility::Unknown, ": frames are cut short"),
        };
        (visibility, why.into())
    }

    /// What a sender told of itself in reports that keys opened, for whoever may hold those.
    fn opened_texts(&mut self, sender: &RtcpSender) {
        let opened = sender.opened().filter(|_| self.reads_opened(true));
        for text in opened.into_iter().flat_map(|opened| &opened.said.texts) {
            let what = ("participant", "rtcp.sdes.text", "9: the rest of SRTCP");
            self.push(what, in_words(text), &text.packets);
        }
    }

    /// The reports of one sender.
    pub(super) fn reports(&mut self, sender: &RtcpSender) {
        let ssrc = Told::plain(sender.key.ssrc.to_string());
        let (from, _) = sender.ends();
        let name = told![ssrc, " from ", self.behind(from)];
        let clear = ("reports", "rtcp.pt", "9: plain RTCP");
        let words = told!["quality, clocks and names of ", &name];
        self.push(clear, words, &sender.plain);
        let null = told!["authenticated at most, of ", &name];
        self.push(
            ("reports", "rtcp.pt", "9: NULL ciphers"),
            null,
            &sender.null_cipher,
        );
        for text in &sender.said.texts {
            let what = ("participant", "rtcp.sdes.text", "9: plain RTCP");
            self.push(what, in_words(text), &text.packets);
        }
        self.opened_texts(sender);
        self.push(
            ("goodbye", "rtcp.pt", "9: plain RTCP"),
            name.clone(),
            &sender.said.bye,
        );
        let head = ("report headers", "rtcp.pt", "9: SRTCP first 8 bytes");
        let index = ("report counter", "srtcp.index", "9: E flag and index");
        let what_kind = told!["type and sender of ", &name];
        self.push(head, what_kind, &sender.sealed);
        if let Some((first, last)) = sender.index {
            let words = told![Told::plain(format!("{first} to {last} of ")), &name];
            self.push(index, words, &sender.sealed);
        }
        let sealed = ("reports", "srtcp.payload", "9: the rest of SRTCP");
        let agreements = &self.protections.agreements;
        let reach = reach_of_reports(agreements, self.vantage, sender);
        let opened = sender.opened().filter(|_| self.reads_opened(true));
        let (visibility, why) = match opened.map(|opened| opened.authenticated.total()) {
            Some(opened) if opened > 0 => {
                let words = format!(": {opened} open with the keys that were given");
                (Visibility::Readable, Told::plain(words))
            }
            _ => self.opens(reach),
        };
        let words = told![sender.sealed.total(), " of ", &name, why];
        self.entry(sealed, words, &sender.sealed, visibility, None);
        let doubtful = ("reports", "rtcp.pt", "9: plain RTCP");
        let words = told![&name, ": neither a clear report nor a trailer"];
        self.entry(
            doubtful,
            words,
            &sender.undecided,
            Visibility::Unknown,
            None,
        );
    }
}

/// A text of a source description.
fn in_words(text: &SdesText) -> Told {
    if text.kind == CNAME {
        Name::Cname.of(text.text.clone())
    } else {
        told![text.name, " ", Name::Text.of(text.text.clone())]
    }
}

/// What stands inside what was opened.
fn opened_words(opened: &OpenedMedia, video: bool) -> Told {
    let count = opened.authenticated.total();
    let inside = match opened.payload.codec(video) {
        Some(guess) if matches!(guess.content, Content::HeaderOnly { .. }) => {
            format!("{}, uniform behind its header", guess.codec)
        }
        Some(guess) => guess.codec.to_owned(),
        None if matches!(opened.payload.structure(), Structure::Uniform { .. }) => {
            "uniform, as a cipher leaves it".to_owned()
        }
        None => return Told::plain(format!("; {count} were opened")),
    };
    Told::plain(format!("; {count} were opened: {inside}"))
}

/// Type of the canonical name (RFC 3550, section 6.5.1).
const CNAME: u8 = 1;
