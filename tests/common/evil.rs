//! A call whose names would drive a terminal.

use super::relay::{Capture, attribute, stun, xor_address};

/// Clears the screen, sets the title, ends a C1 sequence, turns text around, is not seen, ends the
/// line, and looks like markup and like a formula.
pub(crate) const EVIL: &str = "=E\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}m\u{202e}\u{200b}\r\n\t\u{8}<b>\"&,\
     \u{2028}\u{2066}\u{feff}\u{ad}\u{e0041}";
const CLIENT: &str = "10.0.0.1:4000";
const SERVER: &str = "192.0.2.15:3478";
const PEER: &str = "198.51.100.7:6000";

/// Whether a terminal would show a character as such, or it ends a line.
pub(crate) fn is_shown(character: char) -> bool {
    character == '\n'
        || !character.is_control()
            && !matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// A call whose every name is evil.
pub(crate) fn call() -> Capture {
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
pub(crate) fn pcapng(capture: &Capture) -> Vec<u8> {
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
