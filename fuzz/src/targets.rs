//! What is fuzzed. Each target takes any octets, and panics where something that is promised for
//! any octets is not so: labels that do not cover all octets once, a report that is no JSON.

use std::io::Cursor;

use relayscope::base::addr::{Direction, FlowKey, Transport};
use relayscope::base::label::{Labels, Quiet};
use relayscope::base::span::Octets;
use relayscope::base::time::Timestamp;
use relayscope::capture::{Block, FileSource, LinkType, PacketSource, RawPacket};
use relayscope::decode::tcp::Segment;
use relayscope::decode::{self, TcpFlags};
use relayscope::dissect::{
    ByShape, datagram, dialect, dtls, header_ext, rtcp, rtp, sctp, sip, stun, tls, turn,
};
use relayscope::exposure::{Lens, PacketView};
use relayscope::flow::{Connections, SdpFile, Tracker};
use relayscope::keys::KeyLog;
use relayscope::report::{Question, Report, json, text};
use relayscope::run::track_on;

/// A target.
pub type Target = fn(&[u8]);

/// Every target, by its name.
pub const TARGETS: [(&str, Target); 16] = [
    ("capture_file", capture_file),
    ("frame", frame),
    ("any_datagram", any_datagram),
    ("stun_message", stun_message),
    ("channel_data", channel_data),
    ("dtls_records", dtls_records),
    ("tls_records", tls_records),
    ("rtp_packet", rtp_packet),
    ("rtcp_compound", rtcp_compound),
    ("header_extension", header_extension),
    ("sctp_packet", sctp_packet),
    ("sip_message", sip_message),
    ("sdp_file", sdp_file),
    ("stream", stream),
    ("key_log", key_log),
    ("whole_capture", whole_capture),
];

/// Link types of which `frame` takes one by its first octet.
pub const LINKS: [u16; 8] = [1, 101, 113, 276, 0, 108, 12, 228];

/// The readers of capture files, also compressed.
pub fn capture_file(octets: &[u8]) {
    let reader = Box::new(Cursor::new(octets.to_vec()));
    let Ok(mut source) = FileSource::from_reader(reader, "fuzz") else {
        return;
    };
    let (mut block, mut last) = (Block::default(), 0);
    while matches!(source.next_block(&mut block), Ok(true)) {
        for packet in block.packets() {
            assert!(packet.number > last, "numbers go up");
            last = packet.number;
            assert!(packet.octets.len() as u64 <= u64::from(packet.wire_len));
        }
    }
}

/// The headers of one frame, of a link type that the first octet chooses.
pub fn frame(octets: &[u8]) {
    let Some((link, octets)) = octets.split_first() else {
        return;
    };
    let link = LINKS.get(usize::from(*link) % LINKS.len());
    labelled(octets, |whole, labels| {
        let packet = RawPacket {
            number: 1,
            time: Timestamp(0),
            wire_len: whole.wire_len,
            link: LinkType(link.copied().unwrap_or_default()),
            interface: 0,
            octets: whole.captured,
        };
        decode::frame(&packet, labels);
    });
}

/// A datagram, with what it carries, by its first octet.
pub fn any_datagram(octets: &[u8]) {
    dialect::own(Octets::whole(octets, 0));
    labelled(octets, |whole, labels| {
        datagram(whole, &ByShape, labels);
    });
}

/// A STUN message.
pub fn stun_message(octets: &[u8]) {
    labelled(octets, |whole, labels| {
        let Some(stun) = stun::parse(whole, labels) else {
            return;
        };
        dialect::of_stun(&stun).count();
        let read = (stun.name(), stun.data(), stun.fingerprint(), stun.dtls());
        assert!(!read.0.is_empty());
    });
}

/// ChannelData, and what stands where it does.
pub fn channel_data(octets: &[u8]) {
    labelled(octets, |whole, labels| {
        turn::parse(whole, labels);
    });
    labelled(octets, |whole, labels| {
        turn::multiplexed(whole, labels);
    });
}

/// Records of DTLS, with and without the short header of 1.3.
pub fn dtls_records(octets: &[u8]) {
    for unified in [false, true] {
        labelled(octets, |whole, labels| {
            let dtls = dtls::parse(whole, unified, labels);
            for record in dtls.iter().flat_map(dtls::Dtls::records) {
                record.alert();
                record.fragments().for_each(|fragment| {
                    fragment.message();
                    dtls::sealed::parse(fragment.kind, fragment.body);
                });
            }
        });
    }
}

/// Records of TLS, one after the other, and the handshake messages in them.
pub fn tls_records(octets: &[u8]) {
    labelled(octets, |whole, labels| {
        let mut rest = whole;
        let before = tls::Before {
            open: &[],
            keyed: false,
        };
        while let Ok(record) = tls::parse(rest, before, labels) {
            record.alert();
            let mut messages = record.body;
            while let Some(message) = tls::message(messages) {
                message.read();
                messages = messages.after(message.len);
            }
            rest = rest.after(record.body.wire_len + 5);
        }
    });
}

/// An RTP packet.
pub fn rtp_packet(octets: &[u8]) {
    labelled(octets, |whole, labels| {
        if let Some(rtp) = rtp::parse(whole, labels) {
            let all = rtp.header_len.checked_add(rtp.payload.wire_len);
            assert_eq!(all, Some(whole.wire_len));
        }
    });
}

/// Packets of RTCP.
pub fn rtcp_compound(octets: &[u8]) {
    for known in [None, Some(4), Some(14)] {
        labelled(octets, |whole, labels| {
            if let Some(rtcp) = rtcp::shape(whole, known) {
                rtcp.packets().count();
                rtcp.label(labels);
            }
        });
    }
}

/// The header extension of RTP: profile and length, then its elements.
pub fn header_extension(octets: &[u8]) {
    let Some((profile, _)) = octets.split_first_chunk() else {
        return;
    };
    labelled(octets, |whole, labels| {
        let (profile, body) = (u16::from_be_bytes(*profile), whole.after(4));
        // What is broken keeps the labels that it has.
        header_ext::label(profile, whole.part(0, 4), body, labels).ok();
        header_ext::elements(profile, body).count();
    });
}

/// A file of session descriptions that is given beside a capture.
pub fn sdp_file(octets: &[u8]) {
    if let Ok(file) = SdpFile::read("fuzz", octets) {
        let mut tracker = Tracker::default();
        tracker.take_sdp(&file);
        tracker.take_sdp(&file);
        tracker.finish();
    }
}

/// A SIP message, and the session description in it.
pub fn sip_message(octets: &[u8]) {
    labelled(octets, |whole, labels| {
        let Some(sip) = sip::parse(whole, labels) else {
            return;
        };
        sip.headers().count();
        for line in sip.sdp().iter().flat_map(|text| sip::sdp::lines(text)) {
            if let Some((_, value)) = line.attribute() {
                sip::sdp::words(value).count();
            }
        }
    });
}

/// A packet of SCTP, as it is opened, and the pieces of messages in it.
pub fn sctp_packet(octets: &[u8]) {
    let sctp = sctp::parse(Octets::whole(octets, 0));
    sctp.iter().flat_map(sctp::Sctp::data).for_each(|data| {
        assert!(u64::from(data.len) <= octets.len() as u64);
    });
}

/// Segments of one connection, put in order and cut into messages: of each its direction and
/// flags, how far it stands from the one before it, its length, and its octets.
pub fn stream(octets: &[u8]) {
    let ends = ["10.0.0.1:5000", "10.0.0.2:3478"].map(str::parse);
    let [Ok(a), Ok(b)] = ends else { return };
    let transport = Transport::Tcp;
    let key = FlowKey { a, b, transport };
    let mut connections = Connections::default();
    let (mut rest, mut number, mut next) = (octets, 0, [u32::MAX - 40; 2]);
    while let [how, apart, len, ahead @ ..] = rest {
        let (payload, after) = ahead.split_at(usize::from(*len).min(ahead.len()));
        rest = after;
        number += 1;
        let way = usize::from(how & 1);
        let seq = next[way].wrapping_add_signed(i32::from(apart.cast_signed()));
        let flags = TcpFlags(how >> 1 & 0x07 | 0x10);
        next[way] = seq
            .wrapping_add(payload.len() as u32)
            .wrapping_add(u32::from(flags.contains(TcpFlags::SYN)));
        let segment = Segment {
            number,
            seq,
            ack: next[1 - way],
            flags,
            payload: Octets::whole(payload, 0),
        };
        let direction = [Direction::AToB, Direction::BToA][way];
        let at = (key, direction);
        connections.segment(at, Timestamp(0), &segment, &mut |event| {
            if let relayscope::flow::Event::Message(message) = event {
                assert!(!message.pieces.is_empty());
                datagram(message.message(), &ByShape, &mut Quiet);
            }
        });
    }
}

/// A key log, read whole and as one that grows.
pub fn key_log(octets: &[u8]) {
    let mut whole = KeyLog::default();
    whole.read("fuzz", octets);
    let (head, tail) = octets.split_at(octets.len() / 2);
    let mut grown = KeyLog::default();
    grown.read("fuzz", head);
    grown.read_on("fuzz", 2, tail);
}

/// A capture file, from its octets to the report and to each packet.
pub fn whole_capture(octets: &[u8]) {
    let open = || FileSource::from_reader(Box::new(Cursor::new(octets.to_vec())), "fuzz");
    let Ok(mut source) = open() else { return };
    let mut tracker = Tracker::default();
    if track_on(&mut tracker, &mut source).is_err() {
        return;
    }
    let report = Report::new(source.summary(), &tracker, &Question::default());
    let mut out = Vec::new();
    json::write(&report, &mut out).expect("memory");
    serde_json::from_slice::<serde_json::Value>(&out).expect("the report is JSON");
    out.clear();
    text::write(&report, &mut out).expect("memory");
    let Ok(mut source) = open() else { return };
    let mut block = Block::default();
    let mut lens = Lens::new(&tracker);
    let settled = |lens: &mut Lens<'_>| {
        while let Some((packet, view)) = lens.settled() {
            partitioned(&view, packet.packet().wire_len);
        }
    };
    while matches!(source.next_block(&mut block), Ok(true)) {
        for packet in block.packets() {
            lens.look(&packet);
            settled(&mut lens);
        }
    }
    lens.end();
    settled(&mut lens);
}

fn partitioned(view: &PacketView, wire_len: u32) {
    covers(
        view.regions.iter().map(|region| region.label.span),
        wire_len,
    );
}

/// Reads octets twice, whole and without their last third; all must have a name once.
fn labelled(octets: &[u8], read: impl Fn(Octets<'_>, &mut Labels)) {
    let cut = octets.get(..octets.len() / 3 * 2).unwrap_or_default();
    for captured in [octets, cut] {
        let mut labels = Labels::default();
        let wire_len = octets.len() as u32;
        let offset = 0;
        let octets = Octets {
            captured,
            offset,
            wire_len,
        };
        read(octets, &mut labels);
        let regions = labels.regions(captured.len() as u32, wire_len);
        covers(regions.iter().map(|label| label.span), wire_len);
    }
}

fn covers(spans: impl Iterator<Item = relayscope::base::span::Span>, wire_len: u32) {
    let mut at = 0;
    for span in spans {
        assert!(span.start == at && span.end > at, "{span:?} after {at}");
        at = span.end;
    }
    assert_eq!(at, wire_len, "all octets have a name");
}
