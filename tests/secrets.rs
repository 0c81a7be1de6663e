//! No output shows a key or a password, whether or not the octets around it were understood.

mod common;

use std::io::Write as _;
use std::process::Command;

use common::{Record, file};

const KEY: &str = "c2VjcmV0IGtleSBhbmQgc2FsdCBvZiBhIGNhbGw=";
const PASSWORD: &str = "w7Qxk2Zr9LmPq4Ts";

fn invite() -> String {
    format!(
        "INVITE sip:bob@example.test SIP/2.0\r\nCall-ID: one\r\n\
         From: <sip:alice:{PASSWORD}@example.test>\r\nContent-Type: application/sdp\r\n\r\n\
         v=0\r\nm=audio 5000 RTP/SAVP 0\r\na=ice-pwd:{PASSWORD}\r\n\
         a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4\r\n"
    )
}

/// An Ethernet frame of IPv4 with this protocol around a payload, ports included in `header`.
fn frame(protocol: u8, header: &[u8], payload: &[u8]) -> Record {
    let len = (20 + header.len() + payload.len()) as u16;
    let mut octets = vec![2; 12];
    octets.extend([8, 0, 0x45, 0]);
    octets.extend(len.to_be_bytes());
    octets.extend([0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    octets.extend(header);
    octets.extend(payload);
    Record {
        micros: 0,
        wire_len: octets.len() as u32,
        octets,
    }
}

fn udp(payload: &[u8]) -> Record {
    let len = (payload.len() + 8) as u16;
    let [high, low] = len.to_be_bytes();
    frame(17, &[0x13, 0xC4, 0x13, 0xC4, high, low, 0, 0], payload)
}

fn tcp(payload: &[u8]) -> Record {
    let header = [
        0x13, 0xC4, 0x13, 0xC4, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0,
    ];
    frame(6, &header, payload)
}

fn run(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_relayscope"))
        .args(args)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn hex(text: &str) -> String {
    relayscope::base::label::hex(text.as_bytes())
}

#[test]
fn a_key_is_shown_by_no_output() {
    let broken = invite().replace("INVITE sip:", "INVITE\0sip:");
    let records = [
        udp(invite().as_bytes()),
        udp(broken.as_bytes()),
        tcp(invite().as_bytes()),
    ];
    let mut capture = tempfile::NamedTempFile::new().expect("a file");
    capture.write_all(&file(&records)).expect("written");
    let path = capture.path().to_str().expect("text");
    let mut shown = String::new();
    for args in [
        vec!["packets", path],
        vec!["packets", path, "--format", "json"],
        vec!["packets", path, "--number", "1"],
        vec!["packets", path, "--number", "2"],
        vec!["packets", path, "--number", "3"],
        vec!["analyze", path],
        vec!["analyze", path, "--format", "json"],
    ] {
        shown += &run(&args);
    }
    let dense: String = shown.split_whitespace().collect();
    for secret in [KEY, PASSWORD] {
        for start in 0..secret.len() - 8 {
            let part = &secret[start..start + 8];
            assert!(!shown.contains(part), "{part}");
            assert!(!dense.contains(&hex(part)), "{part} in hexadecimal");
        }
    }
    // What is around them is shown.
    assert!(shown.contains("AES_CM_128_HMAC_SHA1_80") && shown.contains("**"));
}
