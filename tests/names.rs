//! Names that would drive a terminal, from wherever a capture can bring them: nothing that is
//! written holds a character that is not seen.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::relay::{Capture, attribute, stun, xor_address};
use common::{file, follow};
use relayscope::report::live;
use relayscope::report::redact::Redactor;

/// Clears the screen, sets the title, ends a C1 sequence, turns text around, is not seen, ends the
/// line, and looks like markup and like a formula.
const EVIL: &str = "=E\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}m\u{202e}\u{200b}\r\n\t\u{8}<b>\"&,";
const CLIENT: &str = "10.0.0.1:4000";
const SERVER: &str = "192.0.2.15:3478";
const PEER: &str = "198.51.100.7:6000";

/// Whether a terminal would show a character as such, or it ends a line.
fn is_shown(character: char) -> bool {
    character == '\n'
        || !character.is_control()
            && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
}

fn check(what: &str, octets: &[u8]) {
    let text = std::str::from_utf8(octets).expect("UTF-8");
    let line = text.lines().find(|line| !line.chars().all(is_shown));
    assert!(line.is_none(), "{what}: {line:?}");
}

/// A call whose every name is evil.
fn evil_call() -> Capture {
    let mut capture = Capture::default();
    let named = [(6, EVIL), (0x14, EVIL), (0x8022, EVIL)];
    let mut asked: Vec<_> = named
        .map(|(kind, name)| attribute(kind, name.as_bytes()))
        .to_vec();
    asked.push(attribute(0x19, &[17, 0, 0, 0]));
    let told = [
        xor_address(0x16, "192.0.2.15:50000"),
        xor_address(0x20, CLIENT),
        attribute(0x8022, EVIL.as_bytes()),
        attribute(0x0D, &600_u32.to_be_bytes()),
    ];
    let [request, answer] = capture.exchange(3, &asked, &told);
    capture.datagram(CLIENT, SERVER, &request);
    capture.datagram(SERVER, CLIENT, &answer);
    let check = stun(1, 9, &[attribute(6, EVIL.as_bytes())]);
    for payload in [check, sdes(), tls_hello()] {
        let send = stun(
            0x16,
            8,
            &[xor_address(0x12, PEER), attribute(0x13, &payload)],
        );
        capture.datagram(CLIENT, SERVER, &send);
        capture.datagram("192.0.2.15:50000", PEER, &payload);
    }
    capture.datagram("10.0.0.1:5060", "192.0.2.15:5060", invite().as_bytes());
    capture.connect("10.0.0.1:4001", "192.0.2.15:5349");
    capture.octets("10.0.0.1:4001", "192.0.2.15:5349", &tls_hello());
    capture
}

/// A receiver report, and a source description with each kind of text (RFC 3550, section 6.5).
fn sdes() -> Vec<u8> {
    let mut chunk = vec![0, 0, 0, 7];
    for kind in 1..=8 {
        chunk.extend([kind, EVIL.len() as u8]);
        chunk.extend(EVIL.as_bytes());
    }
    chunk.push(0);
    chunk.resize(chunk.len().next_multiple_of(4), 0);
    let words = ((chunk.len() / 4) as u16).to_be_bytes();
    let mut compound = vec![0x80, 201, 0, 1, 0, 0, 0, 7, 0x81, 202];
    compound.extend(words);
    compound.extend(chunk);
    compound
}

/// A ClientHello that names the server, and the protocols inside.
fn tls_hello() -> Vec<u8> {
    let name = EVIL.as_bytes();
    let len = |octets: &[u8], more: usize| ((octets.len() + more) as u16).to_be_bytes();
    let sni = [
        &[0, 0],
        &len(name, 5),
        &len(name, 3),
        &[0][..],
        &len(name, 0),
        name,
    ]
    .concat();
    let alpn = [
        &[0, 16],
        &len(name, 3),
        &len(name, 1),
        &[name.len() as u8][..],
        name,
    ]
    .concat();
    let extensions = [sni, alpn].concat();
    let mut body = vec![3, 3];
    body.extend([9; 32]);
    body.extend([0, 0, 2, 0x13, 1, 1, 0]);
    body.extend(len(&extensions, 0));
    body.extend(extensions);
    let hello = [&[1, 0], &len(&body, 0)[..], &body].concat();
    [&[22, 3, 1], &len(&hello, 0)[..], &hello].concat()
}

/// An INVITE; what ends a line in SIP cannot stand in its names.
fn invite() -> String {
    let name = EVIL.replace(['\r', '\n'], "");
    let media = format!(
        "v=0\r\no={name} 1 1 IN IP4 10.0.0.1\r\ns={name}\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
         m=audio 4002 RTP/AVP 96\r\na=rtpmap:96 {name}/8000\r\na=mid:{name}\r\n\
         a=ice-ufrag:{name}\r\na=fingerprint:sha-256 {name}\r\n"
    );
    format!(
        "INVITE sip:{name}@x SIP/2.0\r\nCall-ID: {name}\r\nFrom: {name} <sip:{name}@x>\r\n\
         To: <sip:{name}@x>\r\nUser-Agent: {name}\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{media}",
        media.len()
    )
}

/// The same packets as pcapng, with evil words beside them.
fn pcapng(capture: &Capture) -> Vec<u8> {
    let option = |code: u16| {
        let mut option = code.to_le_bytes().to_vec();
        option.extend((EVIL.len() as u16).to_le_bytes());
        option.extend(EVIL.as_bytes());
        option.resize(option.len().next_multiple_of(4), 0);
        option
    };
    let block = |kind: u32, body: &[u8]| {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let len = (body.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes()[..], &len, &body, &len].concat()
    };
    let section = [
        &0x1A2B_3C4D_u32.to_le_bytes()[..],
        &[1, 0, 0, 0],
        &[0xFF; 8],
        &option(1),
    ];
    let interface = [&[1, 0, 0, 0, 0, 0, 4, 0][..], &option(2), &option(1)];
    let keys = format!("CLIENT_RANDOM {EVIL}\n{EVIL}\n");
    let secrets = [
        &0x544C_534B_u32.to_le_bytes()[..],
        &(keys.len() as u32).to_le_bytes(),
    ];
    let mut out = block(0x0A0D_0D0A, &section.concat());
    out.extend(block(1, &interface.concat()));
    out.extend(block(10, &[&secrets.concat(), keys.as_bytes()].concat()));
    for record in &capture.records {
        let len = (record.octets.len() as u32).to_le_bytes();
        let micros = (record.micros as u32).to_le_bytes();
        let mut body = [&[0; 8][..], &micros, &len, &len, &record.octets].concat();
        body.resize(body.len().next_multiple_of(4), 0);
        out.extend(block(6, &[body, option(1)].concat()));
    }
    out
}

fn relayscope(args: &[&str], path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relayscope"));
    let [name, rest @ ..] = args else {
        panic!("a command");
    };
    command.arg(name).arg(path).args(rest);
    command.output().expect("it runs")
}

/// A file with an evil name.
fn scratch(end: &str, octets: &[u8]) -> PathBuf {
    let name = format!("{}{end}", EVIL.replace('/', ""));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, octets).expect("writable");
    path
}

#[test]
fn no_name_reaches_the_output_as_it_is() {
    let capture = evil_call();
    let files = [
        scratch(".pcap", &file(&capture.records)),
        scratch(".pcapng", &pcapng(&capture)),
        scratch("-cut.pcap", &file(&capture.records)[..900]),
    ];
    let commands: [&[&str]; 9] = [
        &["analyze"],
        &["analyze", "--format", "json"],
        &["analyze", "--observer", "signalling"],
        &["analyze", "--redact"],
        &["analyze", "--redact", "--format", "json"],
        &["packets"],
        &["packets", "--format", "json"],
        &["packets", "--number", "1"],
        &["packets", "--number", "999999"],
    ];
    for path in &files {
        for args in commands {
            let output = relayscope(args, path);
            check(&format!("{args:?}"), &output.stdout);
            check(&format!("{args:?}, what went wrong"), &output.stderr);
        }
    }
    let told = relayscope(&["analyze", "--format", "json"], &files[0]).stdout;
    let told = String::from_utf8(told).expect("text");
    assert!(told.contains("=E\\\\u{1b}[2J"), "the names are told");
    for number in 1..=capture.records.len() {
        let number = number.to_string();
        let output = relayscope(&["packets", "--number", &number], &files[0]);
        assert!(output.status.success());
        check(&number, &output.stdout);
    }
}

#[test]
fn what_went_wrong_is_told_in_one_line_whatever_the_file_is_called() {
    let missing = PathBuf::from(format!("no such {}", EVIL.replace('/', "")));
    let foreign = scratch(".pdf", b"%PDF-1.7 is no capture at all");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(EVIL.replace('/', ""));
    fs::create_dir_all(&folder).expect("a folder");
    for path in [missing, foreign, folder, scratch(".empty", b"")] {
        let output = relayscope(&["analyze"], &path);
        assert_eq!(output.status.code(), Some(2));
        check("stderr", &output.stderr);
        let told = String::from_utf8(output.stderr).expect("text");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains("=E\\u{1b}[2J"), "{told}");
    }
}

#[test]
fn no_name_reaches_the_lines_of_a_live_capture_as_it_is() {
    let path = scratch("-live.pcap", &file(&evil_call().records));
    let (_, _, events) = follow(&path, 1, usize::MAX);
    assert!(events.len() > 2);
    let mut out = Vec::new();
    for event in &events {
        live::text_line(event, &Redactor::off(), &mut out).expect("memory");
        live::json_line(event, &Redactor::off(), &mut out).expect("memory");
    }
    check("live", &out);
}
