use super::*;
use crate::base::addr::Transport;
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::dissect::sip::parse;

fn heard(messages: &[&str]) -> Signalling {
    let mut signalling = Signalling::new(Room::default());
    let ends = FiveTuple {
        src: "10.0.0.1:5060".parse().expect("address"),
        dst: "10.0.0.2:5060".parse().expect("address"),
        transport: Transport::Udp,
    };
    for (number, text) in (1..).zip(messages) {
        let sip = parse(Octets::whole(text.as_bytes(), 0), &mut Quiet).expect("SIP");
        signalling.message(number, Timestamp(0), ends, &sip);
    }
    signalling
}

const INVITE: &str = "INVITE sip:bob@example.test SIP/2.0\r\n\
From: <sip:alice:password@example.test>;tag=1\r\nTo: <sip:bob@example.test>\r\n\
Call-ID: one\r\nUser-Agent: phone 1.0\r\nContent-Type: application/sdp\r\n\r\n\
v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\n\
a=fingerprint:SHA-256 0a:bc\r\na=setup:actpass\r\n\
m=audio 5000 RTP/SAVP 0 96\r\na=rtpmap:96 opus/48000/2\r\n\
a=extmap:1/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20|1:4;inline:bW9yZQ==|2^20|2:4\r\n\
a=ssrc:7 cname:alice\r\nm=video 0 RTP/SAVP 97\r\n";

const TRYING: &str = "SIP/2.0 100 Trying\r\nCall-ID: one\r\nServer: proxy\r\n\r\n";

#[test]
fn a_call_is_what_its_messages_said_together() {
    let signalling = heard(&[INVITE, INVITE, TRYING]);
    let calls = signalling.calls();
    assert_eq!(calls.len(), 1);
    let names = |values: &BTreeMap<String, Sample>| values.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&calls[0].from), ["sip:alice:**@example.test"]);
    assert_eq!(names(&calls[0].to), ["sip:bob@example.test"]);
    assert_eq!(names(&calls[0].agents), ["phone 1.0", "proxy"]);
    assert_eq!(names(&calls[0].messages), ["100", "INVITE"]);
    assert_eq!(calls[0].descriptions.len(), 1);
    assert_eq!(calls[0].descriptions[0].packets.packets(), [1, 2]);
}

#[test]
fn a_media_line_announces_its_address_and_what_runs_there() {
    let signalling = heard(&[INVITE]);
    let at = |address: &str| signalling.announced(&address.parse().expect("address"));
    let lines = at("10.0.0.1:5000");
    let [audio] = lines.as_slice() else {
        panic!("one line: {lines:?}");
    };
    assert_eq!(
        (audio.kind.as_str(), audio.protocol.as_str()),
        ("audio", "RTP/SAVP")
    );
    let opus = audio.payload_types.get(&96).expect("a codec");
    assert_eq!(
        (opus.encoding.as_str(), opus.clock_rate, opus.channels),
        ("opus", 48000, Some(2))
    );
    assert_eq!(audio.payload_types[&0].encoding, "PCMU");
    assert!(audio.extensions[&1].ends_with("audio-level"));
    assert_eq!(audio.fingerprints[0].value, "0ABC");
    assert_eq!(audio.fingerprints[0].algorithm, "sha-256");
    assert_eq!(audio.setup.as_deref(), Some("actpass"));
    assert_eq!(audio.sources[&7].as_deref(), Some("alice"));
    assert_eq!(at("10.0.0.1:5001").len(), 1);
    assert!(at("10.0.0.1:5002").is_empty());
}

#[test]
fn a_port_of_zero_announces_nothing() {
    let signalling = heard(&[INVITE]);
    let video = &signalling.calls()[0].descriptions[0].media[1];
    assert_eq!(
        (video.kind.as_str(), video.addresses().count()),
        ("video", 0)
    );
}

#[test]
fn keys_are_kept_and_never_shown() {
    let signalling = heard(&[INVITE]);
    let crypto = &signalling.calls()[0].descriptions[0].media[0].crypto;
    let keys: Vec<_> = crypto.iter().map(|line| line.key.expose()).collect();
    assert_eq!(keys, [b"c2VjcmV0".as_slice(), b"bW9yZQ=="]);
    assert_eq!(crypto[0].suite, "AES_CM_128_HMAC_SHA1_80");
    let all = format!("{signalling:?}");
    assert!(
        !all.contains("c2Vj") && !all.contains("alice:password"),
        "{all}"
    );
}

#[test]
fn candidates_announce_their_addresses_and_what_is_behind_them() {
    let text = "INVITE sip:b@c SIP/2.0\r\nCall-ID: two\r\n\r\nv=0\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp-mux\r\n\
a=candidate:1 1 UDP 1 10.0.0.9 6000 typ relay raddr 192.168.1.2 rport 7000\r\n\
a=candidate:2 1 UDP 2 name.local 6001 typ host\r\na=ice-pwd:hidden\r\n";
    let signalling = heard(&[text]);
    let lines = signalling.announced(&"10.0.0.9:6000".parse().expect("address"));
    let media = lines.first().expect("announced");
    assert_eq!(media.candidates[0].related.as_deref(), Some("192.168.1.2"));
    assert_eq!(media.candidates[1].socket, None);
    assert!(media.address.is_none() && media.ice_password.is_some());
}

/// Who serves signalling in these messages, each from one port of one host to another.
fn serving(messages: &[(u16, u16, &str)]) -> Vec<u16> {
    let mut signalling = Signalling::new(Room::default());
    for (number, (from, to, text)) in (1..).zip(messages) {
        let [src, dst] = [from, to].map(|port| SocketAddr::from(([10, 0, 0, 1], *port)));
        let ends = FiveTuple {
            src,
            dst,
            transport: Transport::Udp,
        };
        let sip = parse(Octets::whole(text.as_bytes(), 0), &mut Quiet).expect("SIP");
        signalling.message(number, Timestamp(0), ends, &sip);
    }
    let servers = signalling.calls()[0].servers();
    servers.keys().map(SocketAddr::port).collect()
}

#[test]
fn who_passes_a_request_on_serves_and_who_only_asks_others_too_does_not() {
    let bye = "BYE sip:a@c SIP/2.0\r\nFrom: <sip:bob@example.test>\r\nCall-ID: one\r\n\r\n";
    let (alice, proxy, bob) = (1, 2, 3);
    let passed_on = [(alice, proxy, INVITE), (proxy, bob, INVITE)];
    assert_eq!(serving(&passed_on), [proxy]);
    // Once they know each other, the parties may leave the proxy out.
    let directly = [
        (alice, proxy, INVITE),
        (alice, bob, INVITE),
        (bob, alice, bye),
    ];
    assert_eq!(serving(&directly), [0; 0]);
}

#[test]
fn who_registers_a_party_serves() {
    let ask = "REGISTER sip:c SIP/2.0\r\nFrom: <sip:a@c>\r\nCall-ID: one\r\n\r\n";
    let ok = "SIP/2.0 200 OK\r\nFrom: <sip:a@c>\r\nCall-ID: one\r\n\r\n";
    assert_eq!(serving(&[(1, 2, ask)]), [0; 0]);
    assert_eq!(serving(&[(1, 2, ask), (2, 1, ok)]), [2]);
}
