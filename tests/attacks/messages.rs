//! Messages of which loads are made.

/// Letters that differ for each number.
pub(crate) fn words(number: u32, len: usize) -> Vec<u8> {
    let mut words = format!("{number:08x}").into_bytes();
    words.resize(len, b'x');
    words
}

/// A TLS record with handshake messages, or a part of one.
pub(crate) fn record(messages: &[u8]) -> Vec<u8> {
    let [high, low] = (messages.len() as u16).to_be_bytes();
    [&[22, 3, 3, high, low], messages].concat()
}

/// A DTLS record with a part of a handshake message: where it begins, and how long the whole is.
pub(crate) fn handshake(kind: u8, part: &[u8], [offset, len]: [u32; 2]) -> Vec<u8> {
    let three = |number: u32| {
        let [_, three @ ..] = number.to_be_bytes();
        three
    };
    let mut message = vec![kind];
    message.extend(three(len));
    message.extend([0, 0]);
    message.extend(three(offset));
    message.extend(three(part.len() as u32));
    message.extend(part);
    let mut record = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0];
    record.extend((message.len() as u16).to_be_bytes());
    record.extend(message);
    record
}

/// A ClientHello with a random of its own.
pub(crate) fn client_hello(number: u32, extensions: &[u8]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend(words(number, 32));
    body.extend([0, 0, 2, 0xC0, 0x2F, 1, 0]);
    body.extend((extensions.len() as u16).to_be_bytes());
    body.extend(extensions);
    let len = body.len() as u8;
    [&[1, 0, 0, len], &body[..]].concat()
}

/// A DER sequence that is no certificate, and that nobody has sent before.
pub(crate) fn certificate(number: u32) -> Vec<u8> {
    [&[0x30, 0x82, 1, 0][..], &words(number, 256)].concat()
}

/// An INVITE of a call of its own, whose description has so many candidates for all of so many
/// media.
pub(crate) fn invite(number: u32, candidates: u32, media: u32) -> Vec<u8> {
    let mut body = format!("v=0\r\no=- {number} 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\n");
    for place in 0..candidates {
        let [_, high, middle, low] = (number * 64 + place).to_be_bytes();
        let line = format!("a=candidate:1 1 UDP 1 10.{high}.{middle}.{low} 5000 typ host\r\n");
        body.push_str(&line);
    }
    for place in 0..media {
        let line = format!("m=audio {} RTP/AVP 0\r\n", 10_000 + place);
        body.push_str(&line);
    }
    let head = format!(
        "INVITE sip:{number}@x SIP/2.0\r\nCall-ID: {number}\r\nFrom: <sip:{number}@x>\r\n\
         To: <sip:b@x>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}
