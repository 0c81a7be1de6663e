use super::*;
use crate::base::label::{Labels, MASK, Quiet};

fn sip(text: &[u8]) -> Option<Sip<'_>> {
    parse(Octets::whole(text, 0), &mut Quiet)
}

/// Every value read from a message that is this field.
fn values(text: &[u8], field: Field) -> Vec<String> {
    let mut labels = Labels::default();
    parse(Octets::whole(text, 0), &mut labels).expect("SIP");
    let regions = labels.regions(text.len() as u32, text.len() as u32);
    assert!(regions.iter().all(|region| region.field != Field::Unparsed));
    let facts = labels.facts().iter().filter(|fact| fact.field == field);
    facts.filter_map(|fact| fact.text(text)).collect()
}

const INVITE: &[u8] = b"INVITE sip:bob@example.test SIP/2.0\r\n\
f: \"Alice\" <sip:alice@example.test>;tag=1\r\nTo: <sip:bob@example.test>\r\n\
Subject: one\r\n  folded\r\ni: call@host\r\nc: application/sdp\r\nl: 99999\r\n\r\n\
v=0\r\no=alice 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\n\
m=audio 5000 RTP/SAVP 0 96\r\na=rtpmap:96 opus/48000/2\r\n\
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0IGtleQ==|2^20|1:4\r\n\
a=ice-pwd:notforeyes\r\na=rtcp-mux\r\n";

#[test]
fn a_first_line_makes_sip() {
    assert!(sip(b"SIP/2.0 200 OK\r\n").is_some());
    assert!(sip(b"INVITE sip:bob@example.test SIP/2.0\r\nVia: x").is_some());
    assert!(sip(b"NEWMETHOD sip:bob@example.test SIP/2.0\n").is_some());
    assert!(sip(b"\r\n\r\nBYE sip:bob@example.test SIP/2.0\r\n\r\n").is_some());
    assert!(sip(b"OPTIONS / HTTP/1.1\r\n").is_none());
    assert!(sip(b"NOTIFY * HTTP/1.1\r\nHOST: x").is_none());
}

#[test]
fn a_first_line_that_is_no_text_makes_none() {
    assert!(sip(b"REGISTER sip:a\0b SIP/2.0\r\n").is_none());
    assert!(sip(b"SIP/2.0 40  Request Timeout\r\n").is_none());
    assert!(sip(b"SIP/2.0 \x8500 Trying\r\n").is_none());
}

#[test]
fn compact_headers_and_folded_lines_are_headers_like_others() {
    let message = sip(INVITE).expect("SIP");
    assert_eq!(
        message.find(Field::SipCallId),
        Some(b"call@host".as_slice())
    );
    let from = message.find(Field::SipFrom).map(uri);
    assert_eq!(from, Some(b"sip:alice@example.test".as_slice()));
    assert_eq!(
        values(INVITE, Field::SipHeader),
        ["Subject: one\\r\\n  folded"]
    );
}

#[test]
fn lines_may_end_without_a_carriage_return() {
    let text = b"SIP/2.0 200 OK\nCall-ID: x\n\nv=0\nm=audio 1 RTP/AVP 0\n";
    let message = sip(text).expect("SIP");
    assert_eq!(message.find(Field::SipCallId), Some(b"x".as_slice()));
    assert_eq!(values(text, Field::SdpMedia), ["audio 1 RTP/AVP 0"]);
}

#[test]
fn a_content_length_that_lies_is_odd_and_the_body_is_read() {
    let message = sip(INVITE).expect("SIP");
    assert!(message.anomalies.contains(Anomaly::SipContentLength));
    assert_eq!(
        values(INVITE, Field::SdpOwner),
        ["alice 1 1 IN IP4 10.0.0.1"]
    );
}

#[test]
fn a_description_is_found_in_a_part_of_a_body() {
    let text = b"INVITE sip:b@c SIP/2.0\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n\
--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=audio 1 RTP/AVP 0\r\n--x\r\n\r\nother\r\n--x--\r\n";
    let sdp = sip(text).and_then(|message| message.sdp());
    assert_eq!(sdp, Some(b"v=0\r\nm=audio 1 RTP/AVP 0\r\n".as_slice()));
}

#[test]
fn no_label_reaches_over_a_key_or_a_password() {
    let mut labels = Labels::default();
    parse(Octets::whole(INVITE, 0), &mut labels).expect("SIP");
    let texts: Vec<_> = labels
        .facts()
        .iter()
        .filter_map(|f| f.text(INVITE))
        .collect();
    let all = texts.join("\n");
    assert!(!all.contains("c2Vj") && !all.contains("notfor"), "{all}");
    assert_eq!(values(INVITE, Field::SdpKey), [MASK]);
    assert_eq!(values(INVITE, Field::SdpPassword), [MASK]);
    assert_eq!(
        values(INVITE, Field::SdpCryptoSuite),
        ["AES_CM_128_HMAC_SHA1_80"]
    );
}

#[test]
fn secrets_are_found_in_any_text() {
    let masked = secret::masked;
    assert_eq!(masked(b"x inline:abc|1 y"), "x inline:**|1 y");
    assert_eq!(masked(b"<sip:alice:pass@host>"), "<sip:alice:**@host>");
    assert_eq!(masked(b"<sip:alice@host:5060>"), "<sip:alice@host:5060>");
    assert_eq!(
        masked(b"AUTHORIZATION: Basic abcd\r\nx"),
        "AUTHORIZATION: Basic **\\r\\nx"
    );
    assert_eq!(masked(b"a=ice-pwd:"), "a=ice-pwd:");
}
