//! Octets by what they are, counted while packets pass.
//!
//! Media and reports are counted by their streams and senders, which may be believed only later;
//! everything else by the flow. Every captured octet of a frame is counted once, as whoever looks
//! at the frame sees it named.

use std::ops::AddAssign;

use crate::base::field::Class;
use crate::base::label::Labels;
use crate::base::span::Octets;
use crate::capture::RawPacket;
use crate::decode;
use crate::decode::fragment::Whole;
use crate::dissect::Message;
use crate::dissect::dtls::Dtls;
use crate::dissect::header_ext::Form;
use crate::dissect::rtp::Rtp;
use crate::dissect::stun::attribute::Attribute;
use crate::dissect::stun::names::AttributeType;

/// Octets of a flow that belong to no stream of media and to no sender of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Volume {
    /// Link, network and transport headers.
    pub addressing: u64,
    /// STUN, TURN, handshakes, record headers, signalling.
    pub control: u64,
    /// Sealed DTLS records.
    pub sealed: u64,
    /// Message integrity of STUN.
    pub tag: u64,
    /// Not understood.
    pub unknown: u64,
    /// Cut off by the snap length.
    pub not_captured: u64,
    /// Frames that are copies of others, whole.
    pub copies: u64,
}

impl Volume {
    /// Takes the headers of a frame, with all that stands around its UDP or TCP payload.
    pub(super) fn frame(&mut self, packet: &RawPacket<'_>, payload: u64) {
        let captured = packet.octets.len() as u64;
        self.addressing += captured.saturating_sub(payload);
        self.not_captured += u64::from(packet.wire_len).saturating_sub(captured);
    }

    /// Takes the headers of a frame in which not all around its payload was understood.
    pub(super) fn odd_frame(&mut self, packet: &RawPacket<'_>, payload: u64, labels: &mut Labels) {
        self.other_frame(packet, labels);
        self.unknown -= payload;
    }

    /// Takes a frame without UDP or TCP, as far as it was understood.
    pub(super) fn other_frame(&mut self, packet: &RawPacket<'_>, labels: &mut Labels) {
        labels.clear();
        decode::frame(packet, labels);
        self.named(labels, packet.octets.len() as u32, packet.wire_len);
    }

    /// Counts no longer what fragments brought of this packet, frame by frame; returns how many
    /// octets that was.
    pub(super) fn give_up(&mut self, whole: &Whole) -> u64 {
        let held = whole.octets.len() as u64;
        let named = held.min(whole.named.into());
        self.addressing = self.addressing.saturating_sub(named);
        self.unknown = self.unknown.saturating_sub(held - named);
        held
    }

    /// Takes a packet that was put together, but for its UDP or TCP payload, which its messages
    /// count.
    pub(super) fn whole(&mut self, whole: &Whole, labels: &mut Labels) {
        let held = whole.octets.len() as u32;
        labels.clear();
        let payload = whole.read(labels).held();
        self.named(labels, held, held);
        self.unknown -= payload;
    }

    fn named(&mut self, labels: &Labels, captured_len: u32, wire_len: u32) {
        for region in labels.regions(captured_len, wire_len) {
            let octets = u64::from(region.span.len());
            *match region.field.class() {
                Class::Addressing => &mut self.addressing,
                Class::NotCaptured => &mut self.not_captured,
                _ => &mut self.unknown,
            } += octets;
        }
    }

    /// Takes a message that is neither media nor a report; what STUN carries is taken by itself
    /// where it was `opened`.
    pub(super) fn message(&mut self, message: &Message<'_>, octets: Octets<'_>, opened: bool) {
        let all = octets.captured.len() as u64;
        match message {
            Message::Stun(stun) => {
                let carried = stun.data().map_or(0, |data| data.captured.len() as u64);
                let message = (stun.octets.captured.len() as u64).min(all);
                let mut rest = message.saturating_sub(carried);
                for attribute in stun.attributes().filter(is_integrity) {
                    let tag = (attribute.octets.len() as u64).min(rest);
                    self.tag += tag;
                    rest -= tag;
                }
                if let Some(inside) = stun.dtls() {
                    let inside = self.sealed_in(&inside, rest);
                    rest -= inside;
                }
                self.control += rest;
                self.unknown += all - message;
                if !opened {
                    self.unknown += carried;
                }
            }
            Message::Dtls(dtls) => self.records(dtls, all),
            Message::Sip(_) | Message::Zrtp(_) => self.control += all,
            Message::Quic(quic) => {
                let header = u64::from(quic.header_len).min(all);
                self.control += header;
                self.unknown += all - header;
            }
            Message::Unknown => self.unknown += all,
            Message::ChannelData(_) | Message::Rtp(_) | Message::Rtcp(_) => {}
        }
    }

    /// Takes DTLS that was not understood when it passed for what it is.
    pub(super) const fn believe(&mut self, doubted: DoubtedDtls) {
        self.unknown -= doubted.header + doubted.sealed;
        self.control += doubted.header;
        self.sealed += doubted.sealed;
    }

    fn records(&mut self, dtls: &Dtls<'_>, all: u64) {
        self.control += all - self.sealed_in(dtls, all);
    }

    /// Counts the sealed records among `all` octets of DTLS, and tells how many octets they are.
    fn sealed_in(&mut self, dtls: &Dtls<'_>, all: u64) -> u64 {
        let sealed = sealed(dtls).min(all);
        self.sealed += sealed;
        sealed
    }
}

/// Octets of the sealed records that the capture holds.
fn sealed(dtls: &Dtls<'_>) -> u64 {
    let sealed = dtls.records().filter(|record| !record.is_clear());
    sealed.map(|record| record.body.captured.len() as u64).sum()
}

/// DTLS of which the headers prove nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DoubtedDtls {
    /// Datagrams.
    pub(super) messages: u64,
    header: u64,
    sealed: u64,
}

impl DoubtedDtls {
    pub(super) fn add(&mut self, dtls: &Dtls<'_>, octets: Octets<'_>) {
        let all = octets.captured.len() as u64;
        let sealed = sealed(dtls).min(all);
        self.messages += 1;
        self.header += all - sealed;
        self.sealed += sealed;
    }
}

/// Whether only the holder of a key can check an attribute (RFC 8489, sections 14.5 and 14.6).
fn is_integrity(attribute: &Attribute<'_>) -> bool {
    matches!(
        attribute.kind,
        AttributeType::MESSAGE_INTEGRITY
            | AttributeType::MESSAGE_INTEGRITY_SHA256
            | AttributeType::GOOG_MESSAGE_INTEGRITY_32
    )
}

/// What the capture holds of a stream of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MediaVolume {
    /// Headers that can be read, with their extensions.
    pub header: u64,
    /// Extensions that are sealed with the payload, and the contributing sources, which are so
    /// too (RFC 9335, section 6).
    pub sealed_header: u64,
    /// Extensions of a form of their own, which may be sealed or not.
    pub private: u64,
    /// Payloads, tags among them.
    pub payload: u64,
    /// Payloads that were captured to the end and are longer than any tag.
    whole: u64,
    /// Of all others, what a tag of each length has of them.
    ends: [u64; TAGS.len()],
}

/// Lengths of the tags of SRTP (RFC 3711, RFC 7714).
const TAGS: [u32; 3] = [4, 10, 16];

impl MediaVolume {
    pub(super) fn add(&mut self, rtp: &Rtp<'_>) {
        let Octets {
            captured, wire_len, ..
        } = rtp.payload;
        let held = captured.len() as u32;
        self.payload += u64::from(held);
        if held == wire_len && wire_len >= 16 {
            self.whole += 1;
        } else {
            for (tag, end) in TAGS.into_iter().zip(&mut self.ends) {
                let before = wire_len.saturating_sub(tag);
                *end += u64::from(held.saturating_sub(before));
            }
        }
        let Some((profile, body)) = rtp.extension else {
            self.header += u64::from(rtp.header_len);
            return;
        };
        let inside = body.captured.len() as u64;
        let around = u64::from(rtp.header_len.saturating_sub(body.wire_len));
        match Form::of(profile) {
            Form::OneByte | Form::TwoByte => self.header += around + inside,
            Form::Cryptex => {
                let sources = 4 * rtp.csrcs.len() as u64;
                self.header += around - sources;
                self.sealed_header += inside + sources;
            }
            Form::Private => {
                self.header += around;
                self.private += inside;
            }
        }
    }

    /// Octets of the tags, where each packet ends in one of `len` octets.
    pub fn tags(&self, len: u32) -> u64 {
        let place = TAGS.iter().position(|tag| *tag == len);
        let ends = place.and_then(|place| self.ends.get(place)).copied();
        u64::from(len) * self.whole + ends.unwrap_or(0)
    }
}

/// What the capture holds of the reports of a sender, by what they were found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportVolume {
    /// Those in clear.
    pub plain: Held,
    /// Those with an SRTCP trailer that says encrypted.
    pub sealed: Held,
    /// Those with an SRTCP trailer that says not encrypted.
    pub null_cipher: Held,
    /// Those that end in the counter of an application.
    pub counted: Held,
    /// Those of which neither can be said.
    pub undecided: Held,
}

/// Octets that the capture holds, and those that it cut off behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Octets that it holds.
    pub octets: u64,
    /// Octets that it does not.
    pub cut: u64,
}

impl Held {
    pub(super) fn of(octets: Octets<'_>) -> Self {
        let held = octets.captured.len() as u64;
        Self {
            octets: held,
            cut: u64::from(octets.wire_len).saturating_sub(held),
        }
    }
}

impl AddAssign for Held {
    fn add_assign(&mut self, other: Self) {
        self.octets += other.octets;
        self.cut += other.cut;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Quiet;
    use crate::dissect::rtp;

    fn held(packet: &[u8], cut: u32) -> MediaVolume {
        let octets = Octets {
            captured: packet,
            offset: 0,
            wire_len: packet.len() as u32 + cut,
        };
        let mut volume = MediaVolume::default();
        volume.add(&rtp::parse(octets, &mut Quiet).expect("RTP"));
        volume
    }

    /// A header, an extension of this profile with one word, and a payload.
    fn packet(profile: [u8; 2], payload: usize) -> Vec<u8> {
        let mut packet = vec![0x91, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
        packet.extend(profile);
        packet.extend([0, 1, 9, 9, 9, 9]);
        packet.extend(vec![7; payload]);
        packet
    }

    #[test]
    fn what_cryptex_seals_of_a_header_is_its_sources_and_the_inside_of_its_extension() {
        let open = held(&packet([0xBE, 0xDE], 20), 0);
        assert_eq!((open.header, open.sealed_header, open.private), (24, 0, 0));
        let sealed = held(&packet([0xC0, 0xDE], 20), 0);
        assert_eq!((sealed.header, sealed.sealed_header), (16, 8));
        let private = held(&packet([0xDE, 0xBE], 20), 0);
        assert_eq!((private.header, private.private), (20, 4));
    }

    #[test]
    fn of_a_tag_only_that_is_counted_which_the_capture_holds() {
        let tags = |payload, cut| {
            let volume = held(&packet([0xBE, 0xDE], payload), cut);
            TAGS.map(|len| volume.tags(len))
        };
        assert_eq!(tags(30, 0), [4, 10, 16]);
        assert_eq!(tags(30, 6), [0, 4, 10]);
        assert_eq!(tags(30, 40), [0, 0, 0]);
        assert_eq!(tags(5, 0), [4, 5, 5]);
    }
}
