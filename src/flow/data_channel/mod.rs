//! Data channels whose DTLS keys open: which messages each end sent on which stream, and how long
//! they were (RFC 8831). What they say is not kept.

mod arrival;
mod pieces;

use std::collections::BTreeMap;

use crate::base::sample::Sample;
use crate::dissect::sctp::{Data, PayloadProtocol, Sctp};
use arrival::Arrived;
use pieces::{Message, Pieces};

/// Streams of one sender that are kept, and kinds of messages of one stream.
const STREAMS: usize = 256;
const KINDS: usize = 8;

/// What one end sent.
#[derive(Debug, Clone, Default)]
pub struct DataSender {
    channels: BTreeMap<u16, DataChannel>,
    arrived: Arrived,
    pieces: Pieces,
    /// Pieces that came again.
    pub repeated: u64,
    /// Messages on streams beyond those that are kept.
    pub others: u64,
}

/// What one end sent on one stream.
#[derive(Debug, Clone, Default)]
pub struct DataChannel {
    /// Messages of the application, each by the packet in which its last part came.
    pub messages: Sample,
    /// Messages by which the channel was opened.
    pub control: Sample,
    /// What the application says of its messages, each once.
    pub kinds: Vec<PayloadProtocol>,
    /// Octets of the messages of the application.
    pub octets: u64,
    /// Length of the shortest of them, and of the longest.
    pub lengths: Option<(u64, u64)>,
}

impl DataSender {
    /// The streams in the order of their numbers.
    pub fn channels(&self) -> impl Iterator<Item = (u16, &DataChannel)> {
        self.channels
            .iter()
            .map(|(stream, channel)| (*stream, channel))
    }

    /// Messages of which parts are missing.
    pub fn incomplete(&self) -> u64 {
        self.pieces.incomplete()
    }

    /// Takes a packet of this sender.
    pub(in crate::flow) fn packet(&mut self, number: u64, sctp: &Sctp<'_>) {
        for data in sctp.data() {
            self.data(number, &data);
        }
    }

    fn data(&mut self, number: u64, data: &Data) {
        let Some(position) = self.arrived.take(data.tsn) else {
            self.repeated += 1;
            return;
        };
        let Some(message) = self.pieces.add(position, data) else {
            return;
        };
        let room = self.channels.len() < STREAMS;
        if !room && !self.channels.contains_key(&data.stream) {
            self.others += 1;
            return;
        }
        let channel = self.channels.entry(data.stream).or_default();
        channel.message(number, message);
    }
}

impl DataChannel {
    fn message(&mut self, number: u64, message: Message) {
        let Message { protocol, len } = message;
        if protocol == PayloadProtocol::CONTROL {
            self.control.add(number);
            return;
        }
        self.messages.add(number);
        self.octets += len;
        let (least, most) = self.lengths.unwrap_or((len, len));
        self.lengths = Some((least.min(len), most.max(len)));
        if self.kinds.len() < KINDS && !self.kinds.contains(&protocol) {
            self.kinds.push(protocol);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(tsn: u32, (begins, ends): (bool, bool), len: u32) -> Data {
        Data {
            tsn,
            stream: 1,
            protocol: Some(PayloadProtocol(53)),
            begins,
            ends,
            unordered: false,
            part: None,
            len,
        }
    }

    fn sent(pieces: &[Data]) -> DataSender {
        let mut sender = DataSender::default();
        for (number, data) in (1..).zip(pieces) {
            sender.data(number, data);
        }
        sender
    }

    #[test]
    fn a_message_is_as_long_as_its_parts_in_whatever_order_they_come() {
        let begins = piece(u32::MAX, (true, false), 1000);
        let (goes_on, ends) = (piece(0, (false, false), 1000), piece(1, (false, true), 500));
        let next = piece(2, (true, true), 7);
        let sender = sent(&[begins, next, ends, goes_on, ends]);
        let (stream, channel) = sender.channels().next().expect("a channel");
        assert_eq!((stream, channel.octets), (1, 2507));
        assert_eq!(channel.messages.packets(), [2, 4]);
        assert_eq!(channel.lengths, Some((7, 2500)));
        assert_eq!((sender.repeated, sender.incomplete()), (1, 0));
    }

    #[test]
    fn a_message_with_a_part_that_is_missing_is_told() {
        let sender = sent(&[
            piece(5, (true, false), 9),
            piece(7, (false, true), 9),
            piece(8, (true, true), 4),
        ]);
        let (_, channel) = sender.channels().next().expect("a channel");
        assert_eq!((channel.messages.total(), channel.octets), (1, 4));
        assert_eq!(sender.incomplete(), 2);
    }

    #[test]
    fn parts_of_two_messages_may_mingle() {
        let mingled = |tsn, message, part, (begins, ends): (bool, bool)| Data {
            part: Some((message, part)),
            protocol: begins.then_some(PayloadProtocol(51)),
            ..piece(tsn, (begins, ends), 10)
        };
        let sender = sent(&[
            mingled(1, 0, 0, (true, false)),
            mingled(2, 1, 0, (true, false)),
            mingled(3, 0, 1, (false, true)),
            mingled(4, 1, 1, (false, true)),
        ]);
        let (_, channel) = sender.channels().next().expect("a channel");
        assert_eq!((channel.messages.total(), channel.octets), (2, 40));
        assert_eq!(channel.kinds, [PayloadProtocol(51)]);
    }

    #[test]
    fn streams_beyond_the_bound_are_counted() {
        let of = |stream: u16| Data {
            stream,
            ..piece(stream.into(), (true, true), 1)
        };
        let all: Vec<_> = (0..STREAMS as u16 + 3).map(of).collect();
        assert_eq!(sent(&all).others, 3);
    }
}
