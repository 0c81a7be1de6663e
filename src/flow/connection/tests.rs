//! Rules of connections, on segments made here.

use super::*;

const CLIENT: u32 = 1000;
const SERVER: u32 = 9000;

/// A Binding request with this many words of attributes.
fn stun(words: u8) -> Vec<u8> {
    let mut message = vec![0, 1, 0, words * 4, 0x21, 0x12, 0xA4, 0x42];
    message.resize(20 + usize::from(words) * 4, 7);
    message
}

/// ChannelData around so many octets, padded.
fn channel(len: u8) -> Vec<u8> {
    let mut message = vec![0x40, 1, 0, len];
    message.resize(4 + usize::from(len).next_multiple_of(4), 0x80);
    message
}

/// What came out: the octets of each message with the numbers of its frames, and everything else.
#[derive(Debug, Default)]
struct Out {
    messages: Vec<(Vec<u8>, Vec<u64>)>,
    passed: Vec<Vec<u8>>,
    odd: Vec<Anomaly>,
    lost: u64,
    resumed: usize,
}

#[derive(Default)]
struct Talk {
    connection: Connection,
    out: Out,
    number: u64,
}

impl Talk {
    fn begun() -> Self {
        let mut talk = Self::default();
        talk.send(Direction::AToB, CLIENT - 1, 0, TcpFlags::SYN.0, b"");
        let both = TcpFlags::SYN.0 | TcpFlags::ACK.0;
        talk.send(Direction::BToA, SERVER - 1, CLIENT, both, b"");
        talk
    }

    fn send(&mut self, direction: Direction, seq: u32, ack: u32, flags: u8, octets: &[u8]) {
        self.number += 1;
        let segment = Segment {
            number: self.number,
            seq,
            ack,
            flags: TcpFlags(flags),
            payload: Octets::whole(octets, 54),
        };
        let Self {
            connection, out, ..
        } = self;
        let at = (Timestamp(0), direction);
        connection.segment(at, &segment, &mut |event| match event {
            Event::Message(message) => {
                let frames = message.pieces.iter().map(|piece| piece.number);
                out.messages
                    .push((message.octets.to_vec(), frames.collect()));
            }
            Event::Passed(run) => out.passed.push(run.octets.to_vec()),
            Event::Again | Event::Begun => {}
            Event::Odd(anomaly) => out.odd.push(anomaly),
            Event::Lost(len) => out.lost += len,
            Event::Resumed => out.resumed += 1,
        });
    }

    /// The client sends octets of its stream.
    fn up(&mut self, at: usize, octets: &[u8]) {
        let seq = CLIENT + at as u32;
        self.send(Direction::AToB, seq, SERVER, TcpFlags::ACK.0, octets);
    }

    /// The server acknowledges all before `at`, and sends octets of its own.
    fn down(&mut self, at: usize, octets: &[u8]) {
        let ack = CLIENT + at as u32;
        self.send(Direction::BToA, SERVER, ack, TcpFlags::ACK.0, octets);
    }

    /// The server sends octets at this place of its stream, and acknowledges nothing.
    fn later(&mut self, at: usize, octets: &[u8]) {
        let seq = SERVER + at as u32;
        self.send(Direction::BToA, seq, CLIENT, TcpFlags::ACK.0, octets);
    }

    fn lens(&self) -> Vec<usize> {
        self.out
            .messages
            .iter()
            .map(|(octets, _)| octets.len())
            .collect()
    }
}

#[test]
fn messages_come_out_whole_wherever_the_stream_is_cut() {
    let parts = [stun(2), channel(5), channel(0), stun(0), channel(9)];
    let stream = parts.concat();
    for size in 1..stream.len() {
        let mut talk = Talk::begun();
        for (n, part) in stream.chunks(size).enumerate() {
            talk.up(n * size, part);
        }
        let messages: Vec<_> = talk.out.messages.iter().map(|(octets, _)| octets).collect();
        assert_eq!(messages, parts.iter().collect::<Vec<_>>(), "{size}");
        assert!(talk.out.odd.is_empty() && talk.connection.held() == 0);
    }
}

#[test]
fn a_message_knows_the_frames_that_hold_it() {
    let mut talk = Talk::begun();
    let stream = [stun(2), channel(8)].concat();
    talk.up(0, &stream[..10]);
    assert!(talk.connection.holds(3));
    talk.up(10, &stream[10..]);
    assert!(!talk.connection.holds(3));
    let frames: Vec<_> = talk.out.messages.iter().map(|(_, frames)| frames).collect();
    assert_eq!(frames, [&vec![3, 4], &vec![4]]);
}

#[test]
fn one_direction_tells_the_framing_of_the_other() {
    let mut talk = Talk::begun();
    talk.down(0, &channel(4));
    assert_eq!(talk.connection.carries(), Carries::Other);
    let mut talk = Talk::begun();
    talk.up(0, &stun(1));
    talk.down(24, &channel(4));
    assert_eq!(talk.lens(), [24, 8]);
}

#[test]
fn records_of_tls_are_handed_on_until_nobody_reads_them() {
    let (hello, finished) = ([22, 3, 1, 0, 4, 1, 0, 0, 0], [20, 3, 3, 0, 1, 1]);
    let mut talk = Talk::begun();
    talk.up(0, &hello[..6]);
    talk.up(6, &hello[6..]);
    talk.down(0, &hello);
    assert_eq!(talk.lens(), [9, 9]);
    assert_eq!(talk.connection.carries(), Carries::Messages(Framing::Tls));
    talk.up(9, &finished);
    assert_eq!(talk.lens(), [9, 9, 6]);
    talk.up(15, &hello[..5]);
    assert_eq!(talk.connection.open(), 5);
    talk.connection.leave(&mut |_| ());
    talk.up(20, &hello[5..]);
    assert_eq!(talk.connection.carries(), Carries::Tls);
    assert_eq!((talk.lens().len(), talk.connection.held()), (3, 0));
    assert_eq!(talk.out.lost, 4);
}

#[test]
fn of_what_is_foreign_nothing_is_kept() {
    for foreign in [&b"GET / HTTP/1.1\r\n"[..], &[23, 3, 3, 0, 2, 1, 0]] {
        let mut talk = Talk::begun();
        talk.up(0, foreign);
        talk.up(foreign.len() + 100, &stun(1));
        assert_eq!(talk.connection.held(), 0);
        assert!(!matches!(talk.connection.carries(), Carries::Messages(_)));
        assert!(talk.out.messages.is_empty());
    }
}

#[test]
fn after_a_gap_messages_are_found_again_at_the_next_cookie() {
    let stream = [stun(1), channel(12), channel(12), stun(3), channel(4)].concat();
    let mut talk = Talk::begun();
    talk.up(0, &stream[..30]);
    talk.up(40, &stream[40..]);
    assert_eq!(talk.lens(), [24]);
    talk.down(stream.len(), b"");
    assert_eq!(talk.lens(), [24, 32, 8]);
    assert_eq!(talk.out.odd, [Anomaly::TcpGap]);
    // Six octets of the first ChannelData, the gap, and the rest of the second.
    assert_eq!((talk.out.lost, talk.out.resumed), (32, 1));
}

#[test]
fn a_connection_in_the_middle_is_read_from_two_messages_on() {
    let mut talk = Talk::default();
    let stream = [vec![0x99; 37], stun(1), channel(4), channel(8)].concat();
    talk.up(0, &stream);
    assert_eq!(talk.lens(), [24, 8, 12]);
    assert_eq!((talk.out.lost, talk.out.resumed), (37, 1));
}

#[test]
fn a_stream_that_goes_on_with_something_else_is_told() {
    let mut talk = Talk::begun();
    talk.up(0, &[stun(1), vec![0xFF; 40], stun(2)].concat());
    assert_eq!(talk.lens(), [24, 28]);
    assert_eq!(talk.out.odd, [Anomaly::StreamLost]);
}

#[test]
fn a_first_line_of_sip_without_a_readable_length_is_passed_over() {
    let mut talk = Talk::begun();
    talk.up(
        0,
        &b"OPTIONS sip:a@b.example SIP/2.0\r\nl: x\r\n\r\n".repeat(2),
    );
    assert!(talk.out.messages.is_empty());
    assert!(talk.out.odd.contains(&Anomaly::StreamLost));
}

#[test]
fn stun_of_a_type_that_its_framing_does_not_carry_is_passed_over() {
    let first = [vec![0, 24], stun(1)].concat();
    let mut broken = [vec![0, 20], stun(0)].concat();
    broken[2] = 4;
    let mut talk = Talk::begun();
    talk.up(0, &[first.clone(), broken, first].concat());
    assert_eq!(talk.lens(), [26, 26]);
    assert_eq!((talk.out.odd.len(), talk.out.lost), (1, 22));
}

#[test]
fn another_connection_between_the_same_ports_begins_anew() {
    let mut talk = Talk::begun();
    talk.up(0, b"GET / HTTP/1.1\r\n");
    talk.send(Direction::AToB, 77, 0, TcpFlags::SYN.0, b"");
    talk.send(Direction::AToB, 78, 0, 0, &stun(0));
    assert_eq!(talk.lens(), [20]);
}

#[test]
fn what_waits_is_given_up_where_there_is_no_room() {
    let mut talk = Talk::begun();
    talk.up(0, &stun(1));
    talk.up(24, &channel(12)[..7]);
    talk.up(90, &channel(12));
    let Talk {
        connection, out, ..
    } = &mut talk;
    connection.give_up(&mut |event| {
        if let Event::Lost(len) = event {
            out.lost += len;
        }
    });
    assert_eq!((connection.held(), out.lost), (0, 7 + 59 + 16));
}

#[test]
fn after_the_answer_to_a_connection_bind_the_octets_are_those_of_a_peer() {
    let mut talk = Talk::begun();
    talk.up(0, &bind(0));
    talk.down(28, &bind(1));
    talk.up(28, &channel(4));
    assert_eq!((talk.lens(), talk.out.lost), (vec![28, 28], 0));
    assert_eq!(talk.out.passed, [channel(4)]);
    assert_eq!(talk.connection.carries(), Carries::Joined);
}

#[test]
fn what_follows_a_connection_bind_waits_for_the_answer() {
    let (ask, grant, refuse) = (bind(0), bind(1), bind_refused());
    let mut talk = Talk::begun();
    talk.up(0, &ask);
    talk.up(28, &channel(4));
    assert_eq!((talk.lens(), talk.out.passed.len()), (vec![28], 0));
    talk.later(0, &grant);
    assert_eq!(talk.out.passed, [channel(4)]);
    talk.later(28, b"octets of the peer");
    assert_eq!(talk.out.passed.len(), 2);

    let mut talk = Talk::begun();
    talk.up(0, &ask);
    talk.later(0, &refuse);
    talk.up(28, &ask);
    talk.later(28, &grant);
    talk.up(56, b"GET");
    assert_eq!(talk.lens(), [28; 4]);
    assert_eq!(talk.out.passed, [b"GET"]);
}

#[test]
fn octets_that_were_lost_before_the_answer_leave_nothing_to_be_told() {
    let mut talk = Talk::begun();
    talk.up(0, &bind(0));
    talk.later(28, b"octets of the peer");
    let (seq, ack) = (CLIENT + 28, SERVER + 46);
    talk.send(Direction::AToB, seq, ack, TcpFlags::ACK.0, b"");
    assert!(talk.out.passed.is_empty());
    assert_eq!(talk.connection.carries(), Carries::Other);
}

/// A ConnectionBind, asked for or granted.
fn bind(class: u8) -> Vec<u8> {
    let mut message = stun(2);
    message[..2].copy_from_slice(&[class, 0x0B]);
    message
}

fn bind_refused() -> Vec<u8> {
    let mut message = bind(1);
    message[1] = 0x1B;
    message
}
