//! Octets by what they are, counted while packets pass.
//!
//! Media and reports are counted by their streams and senders, which may be believed only later;
//! everything else here. Every captured octet of a frame is counted once.

use crate::base::field::Class;
use crate::base::label::Labels;
use crate::base::span::Octets;
use crate::capture::RawPacket;
use crate::decode;
use crate::dissect::Message;
use crate::dissect::dtls::Dtls;

/// Octets of a flow that belong to no stream of media and to no sender of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Volume {
    /// Link, network and transport headers.
    pub addressing: u64,
    /// STUN, TURN, handshakes, record headers, signalling.
    pub control: u64,
    /// Sealed DTLS records.
    pub sealed: u64,
    /// Not understood.
    pub unknown: u64,
    /// Cut off by the snap length.
    pub not_captured: u64,
}

impl Volume {
    /// Takes the headers of a frame, with all that stands around its UDP or TCP payload.
    pub(super) fn frame(&mut self, packet: &RawPacket<'_>, payload: u64) {
        let captured = packet.octets.len() as u64;
        self.addressing += captured.saturating_sub(payload);
        self.not_captured += u64::from(packet.wire_len).saturating_sub(captured);
    }

    /// Takes a frame without UDP or TCP, as far as it was understood.
    pub(super) fn other_frame(&mut self, packet: &RawPacket<'_>, labels: &mut Labels) {
        labels.clear();
        decode::frame(packet, labels);
        for region in labels.regions(packet.octets.len() as u32, packet.wire_len) {
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
                self.control += message.saturating_sub(carried);
                self.unknown += all - message;
                if !opened {
                    self.unknown += carried;
                }
            }
            Message::Dtls(dtls) => self.records(dtls, all),
            Message::Sip(_) | Message::Zrtp(_) => self.control += all,
            Message::Quic(_) | Message::Unknown => self.unknown += all,
            Message::ChannelData(_) | Message::Rtp(_) | Message::Rtcp(_) => {}
        }
    }

    fn records(&mut self, dtls: &Dtls<'_>, all: u64) {
        let mut left = all;
        for record in dtls.records() {
            let body = (record.body.captured.len() as u64).min(left);
            if record.is_clear() {
                self.control += body;
            } else {
                self.sealed += body;
            }
            left -= body;
        }
        // What is left are the headers of the records.
        self.control += left;
    }
}
