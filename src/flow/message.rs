//! What each message tells the tracker, and whether its shape is believed.

use super::association::Seen;
use super::compare::Content;
use super::sender::RtcpSender;
use super::{Messages, Place, RtpStream, Tracker};
use crate::base::addr::FiveTuple;
use crate::base::span::Octets;
use crate::dissect::Message;
use crate::dissect::dtls::Dtls;
use crate::dissect::dtls::names::HandshakeType;
use crate::dissect::quic::Quic;
use crate::dissect::rtcp::{Guard, Rtcp};
use crate::dissect::rtp::Rtp;
use crate::dissect::sip::Sip;
use crate::dissect::stun::Stun;

impl Tracker {
    /// Counts a message and takes what it says; tells what it is for the comparison. What STUN
    /// carries is taken by itself where the message was `opened`.
    pub(super) fn message(
        &mut self,
        place: Place,
        ends: FiveTuple,
        (message, octets, opened): (&Message<'_>, Octets<'_>, bool),
    ) -> Content {
        let content = match message {
            Message::Stun(stun) => self.stun(place, ends, stun),
            Message::Dtls(dtls) => self.dtls(place, dtls, octets),
            Message::Rtp(rtp) => {
                let content = self.rtp(place, rtp);
                self.open_media(place, place.stream(rtp.ssrc), octets);
                content
            }
            Message::Rtcp(rtcp) => self.rtcp(place, rtcp),
            // ChannelData is counted when it is believed.
            Message::ChannelData(_) => Content::Other,
            Message::Sip(sip) => self.sip(place, ends, sip),
            Message::Zrtp(_) => self.counted(place, |messages| &mut messages.zrtp),
            Message::Quic(quic) => self.quic(place, *quic),
            Message::Unknown => self.foreign(place, octets),
        };
        // Media and reports are counted by whom they belong to, ChannelData when it is believed.
        let counted = matches!(
            message,
            Message::Rtp(_) | Message::Rtcp(_) | Message::ChannelData(_)
        );
        if !counted && let Some(flow) = self.flows.get_mut(&place.flow) {
            let doubted = content == Content::Unknown;
            let message = if doubted { &Message::Unknown } else { message };
            flow.volume.message(message, octets, opened);
        }
        content
    }

    fn stun(&mut self, place: Place, ends: FiveTuple, stun: &Stun<'_>) -> Content {
        for anomaly in stun.anomalies.iter() {
            self.odd(anomaly, place.number);
        }
        let Some(flow) = self.flows.get_mut(&place.flow) else {
            return Content::Other;
        };
        flow.dialects.stun(place.number, stun);
        let level = flow.level(place.relayed);
        level.messages.stun += 1;
        if let Some(checker) = level.ice(place.number, place.between(), stun) {
            checker.authentic = self.signalling.authenticates(&checker.user, stun);
        }
        level.addresses(place.number, stun);
        level
            .seen
            .note(place.number, place.direction, stun, &self.room);
        if !place.relayed && self.turn.message(place.number, place.time, ends, stun) {
            flow.turn = true;
        }
        stun.dtls().map_or(Content::Other, |carried| {
            let content = self.handshake(place, &carried, true);
            self.open_dtls(place, &carried);
            content
        })
    }

    fn dtls(&mut self, place: Place, dtls: &Dtls<'_>, octets: Octets<'_>) -> Content {
        let Some(flow) = self.flows.get_mut(&place.flow) else {
            return Content::Other;
        };
        let level = flow.level(place.relayed);
        // A unified header proves little until a handshake or ICE was seen.
        if dtls.first.content.is_none() && !level.bears_dtls() {
            level.doubted.add(dtls, octets);
            return self.unknown(place);
        }
        level.messages.dtls += 1;
        let content = self.handshake(place, dtls, false);
        self.turn_in_dtls(place);
        self.open_dtls(place, dtls);
        content
    }

    /// Takes DTLS records, bare, carried by TURN or inside STUN.
    fn handshake(&mut self, place: Place, dtls: &Dtls<'_>, in_stun: bool) -> Content {
        // Most datagrams hold sealed data only: nothing more is read of these.
        let clear = dtls.clear.then(|| dtls.records()).into_iter().flatten();
        let (mut handshake, mut server_hello) = (false, false);
        for fragment in clear.flat_map(|record| record.fragments()) {
            handshake = true;
            server_hello |=
                fragment.kind == HandshakeType::SERVER_HELLO && !fragment.begins_retry();
        }
        let seen = Seen {
            pair: place.way.filter(|_| handshake).map(|way| way.pair),
            in_stun,
            ..Seen::at(place)
        };
        self.associations.datagram(&seen, dtls);
        if !handshake {
            return Content::Other;
        }
        if server_hello {
            self.learn_media_keys(seen.key);
        }
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            flow.level(place.relayed).server_hello |= server_hello;
        }
        Content::Handshake
    }

    fn rtcp(&mut self, place: Place, rtcp: &Rtcp<'_>) -> Content {
        let key = place.stream(rtcp.ssrc);
        self.senders.entry(key, || RtcpSender::new(key, place.time));
        let opened = self.open_report(place, key, rtcp);
        let Some(flow) = self.flows.get_mut(&place.flow) else {
            return Content::Other;
        };
        let level = flow.level(place.relayed);
        let lane = place.direction.index();
        if let Some(tail) = level.tails.get_mut(lane).filter(|_| !rtcp.octets.is_cut()) {
            tail.add(rtcp.octets.captured);
        }
        let around = level.surroundings(place.direction);
        let sender = self.senders.entry(key, || RtcpSender::new(key, place.time));
        let at = (place.number, place.time);
        let believed = match opened {
            Some(opened) => sender.add_opened(place.number, place.time, rtcp, opened),
            None => sender.add(at, rtcp, around, &self.room),
        };
        if let Some(way) = place.way {
            sender.pair = Some(way.pair);
        }
        if let (Some(offset), Some(trailer)) = (sender.sealed_at(), level.trailers.get_mut(lane)) {
            *trailer = Some(offset);
        }
        if believed == 0 {
            return self.unknown(place);
        }
        level.messages.rtcp += believed;
        level.messages.unknown = level.messages.unknown.saturating_sub(believed - 1);
        if rtcp.guard == Guard::Plain {
            level.messages.rtcp_plain += 1;
            level.plain_rtcp.add(place.number);
        }
        Content::Media
    }

    fn sip(&mut self, place: Place, ends: FiveTuple, sip: &Sip<'_>) -> Content {
        for anomaly in sip.anomalies.iter() {
            self.odd(anomaly, place.number);
        }
        self.signalling.message(place.number, place.time, ends, sip);
        self.announce_media_keys();
        self.counted(place, |messages| &mut messages.sip)
    }

    /// Under a short header it is QUIC only where a long one was seen.
    fn quic(&mut self, place: Place, quic: Quic) -> Content {
        let flow = self.flows.get(&place.flow);
        let seen = flow.is_some_and(|flow| flow.outer.messages.quic > 0);
        if quic.version.is_none() && !seen {
            return self.unknown(place);
        }
        self.counted(place, |messages| &mut messages.quic)
    }

    fn counted(&mut self, place: Place, kind: fn(&mut Messages) -> &mut u64) -> Content {
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            *kind(&mut flow.level(place.relayed).messages) += 1;
        }
        Content::Other
    }

    /// No message of an RFC: perhaps one whose maker is known.
    fn foreign(&mut self, place: Place, octets: Octets<'_>) -> Content {
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            flow.dialects.unknown(place.number, place.direction, octets);
        }
        self.unknown(place)
    }

    fn unknown(&mut self, place: Place) -> Content {
        if let Some(flow) = self.flows.get_mut(&place.flow) {
            flow.level(place.relayed).messages.unknown += 1;
        }
        Content::Unknown
    }

    fn rtp(&mut self, place: Place, rtp: &Rtp<'_>) -> Content {
        for anomaly in rtp.anomalies.iter() {
            self.odd(anomaly, place.number);
        }
        let Some(flow) = self.flows.get_mut(&place.flow) else {
            return Content::Other;
        };
        let level = flow.level(place.relayed);
        if let Some(tail) = level.tails.get_mut(place.direction.index()) {
            tail.add(rtp.payload.captured);
        }
        level.announced = level.announced || self.signalling.speaks_of(&place.flow);
        let announced = level.ice.total() > 0 || level.server_hello || level.announced;
        let key = place.stream(rtp.ssrc);
        let stream = self.streams.entry(key, || RtpStream::new(key, place.time));
        let Some(lane) = level.lanes.get_mut(place.direction.index()) else {
            return Content::Other;
        };
        let lane = lane.get_or_insert_default();
        let believed = stream.add(place.number, place.time, rtp, announced, lane);
        if let Some(way) = place.way {
            stream.pair = Some(way.pair);
        }
        if believed == 0 {
            return self.unknown(place);
        }
        level.messages.rtp += believed;
        level.messages.unknown = level.messages.unknown.saturating_sub(believed - 1);
        flow.dialects.rtp(place.number, rtp);
        if !place.relayed {
            self.trace(&key, rtp, place.time);
        }
        Content::Media
    }
}
