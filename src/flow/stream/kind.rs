//! What a stream carries, as far as marks, timestamps and sizes tell, sealed or not.

use crate::dissect::rtp::Rtp;

/// What a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// Packets of a video stream sent again, and padding to probe the path (RFC 4588).
    Rtx,
    /// Not told.
    #[default]
    Unknown,
}

impl Kind {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Rtx => "rtx",
            Self::Unknown => "unknown",
        }
    }
}

/// Fewer packets tell nothing.
const PACKETS: u64 = 8;
/// Timestamp steps of a frame of 10 ms at 8 kHz up to 120 ms at 48 kHz.
const FRAME: std::ops::RangeInclusive<u32> = 80..=5_760;
/// Shorter steps would be those of more than ninety pictures a second.
const QUICK: u32 = 1_000;
/// Octets that no packet of speech has.
const LARGE: u32 = 500;
/// Pictures have packets of more octets than this; dialled digits and control have none.
const SMALL: u32 = 100;
const VIDEO_RATE: u32 = 90_000;

/// How the packets of the payload type that a stream uses most follow each other.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    payload_type: u8,
    votes: u64,
    packets: u64,
    marked: u64,
    longest: u32,
    /// Pairs of packets in sequence, and those of one timestamp.
    pairs: u64,
    equal: u64,
    /// The step of the timestamp that most pairs have, and how many.
    step: u32,
    step_votes: u64,
    steps: u64,
    timestamp: u32,
    in_row: bool,
}

impl Shape {
    /// Takes a packet; `next` where it follows the packet before it in sequence.
    pub(super) fn add(&mut self, rtp: &Rtp<'_>, next: bool) {
        if rtp.payload_type != self.payload_type {
            self.in_row = false;
            if self.votes > 0 {
                self.votes -= 1;
                return;
            }
            *self = Self {
                payload_type: rtp.payload_type,
                ..Self::default()
            };
        }
        self.votes += 1;
        self.packets += 1;
        self.marked += u64::from(rtp.marker);
        self.longest = self.longest.max(rtp.payload.wire_len);
        if next && self.in_row {
            self.pair(rtp.timestamp.wrapping_sub(self.timestamp));
        }
        self.timestamp = rtp.timestamp;
        self.in_row = true;
    }

    /// A majority vote in constant memory: the step that most pairs have outlives the others.
    fn pair(&mut self, step: u32) {
        self.pairs += 1;
        self.equal += u64::from(step == 0);
        if step == self.step {
            self.steps += 1;
            self.step_votes += 1;
        } else if self.step_votes > 0 {
            self.step_votes -= 1;
        } else {
            (self.step, self.step_votes, self.steps) = (step, 1, 1);
        }
    }

    /// The payload type that the stream uses most.
    pub(super) const fn payload_type(&self) -> u8 {
        self.payload_type
    }

    /// Packets with the marker.
    pub(super) const fn marked(&self) -> u64 {
        self.marked
    }

    /// Audio or video, `rate` being the clock rate where it is known.
    pub(super) fn kind(&self, rate: Option<u32>) -> Kind {
        if self.packets < PACKETS || self.pairs == 0 {
            return Kind::Unknown;
        }
        let steady = self.equal == 0 && self.steps * 100 >= self.pairs * 80;
        let even = steady && FRAME.contains(&self.step) && rate != Some(VIDEO_RATE);
        let marked = self.marked * 100 > self.packets * 30;
        let frames = marked || self.equal * 100 > self.pairs * 3;
        match rate {
            // Every video format has this clock, and no codec for speech has it (RFC 3551).
            Some(rate) if rate != VIDEO_RATE => {
                let speech = self.equal == 0 && !marked && self.longest <= LARGE;
                if even || speech {
                    Kind::Audio
                } else {
                    Kind::Unknown
                }
            }
            // Some mark every packet of sound.
            None if even && self.step < QUICK => Kind::Audio,
            _ if frames && self.longest <= SMALL => Kind::Unknown,
            _ if frames => Kind::Video,
            _ if even => Kind::Audio,
            _ if self.longest > LARGE => Kind::Video,
            _ => Kind::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Quiet;
    use crate::base::span::Octets;
    use crate::dissect::rtp;

    /// The kind of packets of payload type, mark, timestamp and length.
    fn kind(packets: impl IntoIterator<Item = (u8, bool, u16, usize)>, rate: Option<u32>) -> Kind {
        let mut shape = Shape::default();
        for (pt, marked, timestamp, len) in packets {
            let [high, low] = timestamp.to_be_bytes();
            let second = u8::from(marked) << 7 | pt;
            let mut packet = vec![0x80, second, 0, 0, 0, 0, high, low, 0, 0, 0, 1];
            packet.resize(12 + len, 7);
            let rtp = rtp::parse(Octets::whole(&packet, 0), &mut Quiet).expect("RTP");
            shape.add(&rtp, true);
        }
        shape.kind(rate)
    }

    #[test]
    fn even_steps_are_audio() {
        assert_eq!(
            kind((0..9).map(|n| (111, n == 0, n * 960, 50)), None),
            Kind::Audio
        );
        let rate = Some(VIDEO_RATE);
        assert_eq!(
            kind((0..9).map(|n| (111, n == 0, n * 960, 50)), rate),
            Kind::Unknown
        );
    }

    #[test]
    fn frames_of_several_packets_and_many_marks_are_video() {
        assert_eq!(
            kind((0..9).map(|n| (96, false, n / 2, 150)), None),
            Kind::Video
        );
        assert_eq!(
            kind((0..9).map(|n| (96, true, n * 3000, 150)), None),
            Kind::Video
        );
    }

    #[test]
    fn quick_even_steps_are_audio_though_each_packet_is_marked() {
        let marked = |step: u16| (0..9).map(move |n| (96, true, n * step, 150));
        assert_eq!(kind(marked(960), None), Kind::Audio);
        assert_eq!(kind(marked(1_500), None), Kind::Video);
        assert_eq!(kind(marked(960), Some(VIDEO_RATE)), Kind::Video);
    }

    #[test]
    fn long_packets_with_uneven_steps_are_video() {
        assert_eq!(
            kind((0..9).map(|n| (96, false, n * n, 600)), None),
            Kind::Video
        );
        assert_eq!(
            kind((0..9).map(|n| (96, false, n * n, 60)), None),
            Kind::Unknown
        );
    }

    #[test]
    fn fewer_than_eight_packets_tell_nothing() {
        assert_eq!(
            kind((0..7).map(|n| (96, true, n * 3000, 150)), None),
            Kind::Unknown
        );
    }

    #[test]
    fn dialled_digits_within_speech_are_left_out() {
        let speech = (0..20).map(|n| (111, false, n * 960, 50));
        let digit = (0..6).map(|_| (101, false, 20 * 960, 4));
        let more = (20..30).map(|n| (111, false, n * 960, 50));
        assert_eq!(kind(speech.chain(digit).chain(more), None), Kind::Audio);
    }

    #[test]
    fn dialled_digits_alone_are_no_video() {
        assert_eq!(
            kind((0..9).map(|n| (101, n == 0, 960, 4)), None),
            Kind::Unknown
        );
    }

    #[test]
    fn pauses_of_speech_do_not_hide_its_clock() {
        let pauses = (0..9).map(|n| (111, false, n * n * 960, 50));
        assert_eq!(kind(pauses, Some(48_000)), Kind::Audio);
    }

    #[test]
    fn a_clock_of_speech_is_no_video() {
        assert_eq!(
            kind((0..9).map(|n| (96, true, n / 2, 600)), Some(48_000)),
            Kind::Unknown
        );
    }
}
