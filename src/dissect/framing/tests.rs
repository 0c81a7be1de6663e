use super::*;

/// A Binding request with this many octets of attributes.
fn stun(attributes: u16) -> Vec<u8> {
    let mut message = vec![0, 1];
    message.extend(attributes.to_be_bytes());
    message.extend(COOKIE);
    message.extend([7; 12]);
    message.resize(usize::from(attributes) + 20, 0);
    message
}

/// ChannelData around a datagram, padded.
fn channel(datagram: &[u8]) -> Vec<u8> {
    let mut message = vec![0x40, 1];
    message.extend((datagram.len() as u16).to_be_bytes());
    message.extend(datagram);
    message.resize(message.len().next_multiple_of(4), 0);
    message
}

/// A datagram behind its length.
fn with_length(datagram: &[u8]) -> Vec<u8> {
    [&(datagram.len() as u16).to_be_bytes(), datagram].concat()
}

/// A message behind the framing of MS-TURN.
fn of_ms_turn(kind: u8, message: &[u8]) -> Vec<u8> {
    [&[kind, 0][..], &with_length(message)].concat()
}

const RTP: [u8; 13] = [0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 5];

#[test]
fn each_first_message_tells_its_framing_and_no_part_of_it_denies_that() {
    let sip = b"\r\n\r\nOPTIONS sip:a@b.example SIP/2.0\r\nl: 2\r\n\r\nhi".to_vec();
    let hello = [&[22, 3, 1, 0, 6, 1][..], &[0; 5]].concat();
    for (framing, octets) in [
        (Framing::Turn, stun(8)),
        (Framing::Length, with_length(&stun(8))),
        (Framing::MsTurn, of_ms_turn(2, &stun(8))),
        (Framing::Sip, sip),
        (Framing::Tls, hello),
    ] {
        assert_eq!(beginning(&octets), Beginning::Of(framing));
        assert_eq!(framing.next(&octets), Next::Message(octets.len() as u32));
        for len in 0..octets.len() {
            let part = octets.get(..len).unwrap_or_default();
            assert_ne!(beginning(part), Beginning::Foreign, "{framing:?} {len}");
            let next = framing.next(part);
            assert!(
                next == Next::Short || next == Next::Message(octets.len() as u32),
                "{framing:?} {len} {next:?}"
            );
        }
    }
}

#[test]
fn what_begins_otherwise_is_foreign() {
    let name_query = [0, 29, 0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let no_cookie = {
        let mut message = stun(8);
        message[4] = 0;
        message
    };
    for octets in [
        &b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\n",
        b"SSH-2.0-x\r\n",
        b"220 a.example ESMTP\r\n",
        &name_query,
        &no_cookie,
        &channel(&RTP),
        &[23, 3, 3, 0, 40, 9, 9],
        &[0x50, 0, 0, 1, 9, 9, 9, 9],
    ] {
        assert_eq!(beginning(octets), Beginning::Foreign, "{octets:?}");
    }
}

#[test]
fn channel_data_takes_its_padding_along() {
    for (len, all) in [(0, 4), (1, 8), (4, 8), (5, 12)] {
        let message = channel(&vec![0x80; len]);
        assert_eq!(Framing::Turn.next(&message), Next::Message(all));
    }
}

#[test]
fn in_the_middle_two_messages_must_agree() {
    let noise = [0xC3; 9];
    let inside = channel(&stun(4));
    for (octets, framing) in [
        (
            [&noise[..], &stun(8), &channel(&RTP)].concat(),
            Framing::Turn,
        ),
        ([&noise[..], &inside, &stun(0)].concat(), Framing::Turn),
        (
            [&noise[..], &with_length(&stun(8)), &with_length(&RTP)].concat(),
            Framing::Length,
        ),
    ] {
        assert_eq!(search(&octets, None), Search::Found(9, framing));
    }
    let alone = [&noise[..], &stun(8)].concat();
    assert_eq!(search(&alone, None), Search::From(9));
    assert_eq!(
        search(&alone, Some(Framing::Turn)),
        Search::Found(9, Framing::Turn)
    );
    let other = [&noise[..], &stun(8), &[0xEE; 30]].concat();
    assert!(matches!(search(&other, None), Search::From(26..)));
}

#[test]
fn sip_is_found_at_its_first_line() {
    let text = b"a=rtpmap:0 x\r\nVia: SIP/2.0/TCP a\r\nBYE sip:a@b SIP/2.0\r\nl: 0\r\n\r\n";
    assert_eq!(
        search(text, Some(Framing::Sip)),
        Search::Found(34, Framing::Sip)
    );
}

#[test]
fn a_message_of_sip_ends_where_its_content_length_says() {
    let next = |text: &[u8]| Framing::Sip.next(text);
    assert_eq!(
        next(b"SIP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nabc"),
        Next::Message(42)
    );
    assert_eq!(next(b"SIP/2.0 200 OK\r\nl: x\r\n\r\n"), Next::Nothing);
    assert_eq!(next(b"SIP/2.0 200 OK\r\n\r\n"), Next::Message(18));
    assert_eq!(next(b"SIP/2.0 200 OK\r\nl: 9999999\r\n\r\n"), Next::Nothing);
}

#[test]
fn data_of_ms_turn_may_follow_its_messages_and_begins_nothing() {
    let data = of_ms_turn(3, &RTP);
    assert_eq!(Framing::MsTurn.next(&data), Next::Message(17));
    assert!(is_ms_data(&data));
    assert_eq!(beginning(&of_ms_turn(3, &stun(8))), Beginning::Foreign);
}

#[test]
fn messages_of_ms_turn_are_found_again_though_they_are_not_padded() {
    let mut message = stun(8);
    message.push(0);
    message[3] += 1;
    let message = of_ms_turn(2, &message);
    let stream = [&[9; 5][..], &message, &message].concat();
    let found = Search::Found(5, Framing::MsTurn);
    assert_eq!(search(&stream, None), found);
    assert_eq!(search(&stream, Some(Framing::MsTurn)), found);
}

#[test]
fn behind_hellos_that_agree_on_no_keys_stands_turn() {
    let turn = stun(8);
    assert_eq!(behind_hellos(&turn), Beginning::Of(Framing::Turn));
    let ms_turn = of_ms_turn(2, &turn);
    assert_eq!(behind_hellos(&ms_turn), Beginning::Of(Framing::MsTurn));
    assert_eq!(behind_hellos(&with_length(&turn)), Beginning::Foreign);
    assert_eq!(behind_hellos(b"GET / HTTP/1.1\r\n"), Beginning::Foreign);
}
