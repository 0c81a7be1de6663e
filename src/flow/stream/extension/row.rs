//! What the elements of one id in one stream look like, in bounded memory.

use super::level::Octet;
use crate::base::sample::Sample;
use crate::base::time::Timestamp;
use crate::dissect::header_ext::{Element, Meaning};
use crate::dissect::rtp::Rtp;

/// The longest text of a mid or rid in the one-octet form (RFC 8285, section 4.2).
const TEXT: usize = 16;
/// Seconds from the epoch of NTP to that of Unix.
const NTP_EPOCH: i64 = 2_208_988_800;
/// How far a sender's clock may be from that of the capture, seconds.
const SKEW: i64 = 86_400;

/// The elements of one id in one stream.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: u8,
    /// Packets that carry it.
    pub(super) packets: Sample,
    /// Length of all elements; `None` where they differ.
    pub(super) len: Option<u8>,
    /// All elements are the same octets.
    pub(super) constant: bool,
    /// Every packet that carries it has the marker bit.
    pub(super) marked: bool,
    /// The first octets of the first element.
    first: [u8; TEXT],
    /// As many octets as the packet has contributing sources, and how many that is at least and
    /// at most; `None` where the length is another.
    pub(super) sources: Option<(u8, u8)>,
    /// What its length may mean, as long as the values fit.
    could_be: Option<Meaning>,
    /// The greatest value of three octets with a sign.
    pub(super) greatest: u32,
    pub(super) frames: Frames,
    pub(super) octet: Option<Box<Octet>>,
}

/// Whether an element goes on as a dependency descriptor does.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frames {
    last: Option<(u16, u16, bool)>,
    steps: u64,
    good: u64,
    starts: u64,
}

impl Row {
    pub(super) fn new(rtp: &Rtp<'_>, element: &Element<'_>) -> Self {
        let octets = element.octets.captured;
        let mut first = [0; TEXT];
        for (to, from) in first.iter_mut().zip(octets) {
            *to = *from;
        }
        Self {
            id: element.id,
            packets: Sample::default(),
            len: u8::try_from(octets.len()).ok(),
            constant: true,
            marked: true,
            first,
            sources: Some((rtp.csrcs.len() as u8, rtp.csrcs.len() as u8)),
            could_be: match octets.len() {
                4 | 28 => Some(Meaning::ColorSpace),
                8 | 16 => Some(Meaning::AbsCaptureTime),
                12 | 13 => Some(Meaning::VideoTiming),
                _ => None,
            },
            greatest: 0,
            frames: Frames::default(),
            octet: None,
        }
    }

    /// Takes an element; its packet is no copy of an earlier one.
    pub(super) fn add(
        &mut self,
        number: u64,
        time: Timestamp,
        rtp: &Rtp<'_>,
        element: &Element<'_>,
    ) {
        let octets = element.octets.captured;
        self.packets.add(number);
        self.marked &= rtp.marker;
        if self.len.is_none_or(|len| usize::from(len) != octets.len()) {
            self.len = None;
            self.constant = false;
        }
        let kept = octets.len().min(TEXT);
        self.constant = self.constant && self.first.get(..kept) == octets.get(..kept);
        let csrcs = rtp.csrcs.len() as u8;
        self.sources = self
            .sources
            .filter(|_| octets.len() == usize::from(csrcs))
            .map(|(least, most)| (least.min(csrcs), most.max(csrcs)));
        match octets {
            [octet] => {
                let values = self.octet.get_or_insert_with(|| Box::new(Octet::new()));
                values.add(number, time, *octet);
            }
            [a, b, c] => {
                let value = u32::from_be_bytes([0, *a, *b, *c]);
                self.greatest = self.greatest.max(value.min((1 << 24) - value));
                self.frames.add(rtp, octets);
            }
            _ => {
                self.could_be = self.could_be.filter(|meaning| match meaning {
                    Meaning::VideoTiming => is_timing(octets),
                    Meaning::ColorSpace => is_colour_space(octets),
                    _ => is_capture_time(time, octets),
                });
                self.frames.add(rtp, octets);
            }
        }
    }

    /// Whether all elements have the form of this meaning.
    pub(super) fn fits(&self, meaning: Meaning) -> bool {
        self.could_be == Some(meaning)
    }

    /// The text that every element is, if it is one that names a section or layer.
    pub(super) fn text(&self) -> Option<&str> {
        let len = self.len.filter(|_| self.constant)?;
        let text = self.first.get(..usize::from(len))?;
        let named = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        let is_name = !text.is_empty() && text.iter().all(named);
        std::str::from_utf8(text).ok().filter(|_| is_name)
    }

    /// The first three octets of the first element.
    pub(super) const fn first(&self) -> (u8, u8, u8) {
        let [a, b, c, ..] = self.first;
        (a, b, c)
    }
}

impl Frames {
    /// Start and end of frame, and a frame number that goes up by one at each start.
    fn add(&mut self, rtp: &Rtp<'_>, octets: &[u8]) {
        let [flags, high, low, ..] = octets else {
            return;
        };
        let (start, end) = (flags & 0x80 != 0, flags & 0x40 != 0);
        let number = u16::from_be_bytes([*high, *low]);
        let last = self.last.replace((rtp.seq, number, end));
        let Some((seq, before, ended)) = last else {
            return;
        };
        if rtp.seq != seq.wrapping_add(1) {
            return;
        }
        self.steps += 1;
        self.starts += u64::from(start);
        let goes_on = number == before.wrapping_add(u16::from(start));
        self.good += u64::from(goes_on && start == ended && (end || !rtp.marker));
    }

    pub(super) const fn are_numbered(&self) -> bool {
        self.steps >= 20 && self.starts >= 3 && self.good * 100 >= self.steps * 95
    }
}

/// Flags, where there are any, and six times of a frame, the first four in order.
fn is_timing(octets: &[u8]) -> bool {
    let times = octets.get(octets.len().saturating_sub(12)..);
    let times = times.unwrap_or_default().chunks_exact(2).take(4);
    let times = times.map(|time| time.iter().fold(0, |n, octet| n << 8 | u16::from(*octet)));
    matches!(octets.len(), 12 | 13) && times.is_sorted()
}

/// Primaries, transfer and matrix of ITU-T H.273, tables 2 to 4.
const fn is_colour_space(octets: &[u8]) -> bool {
    matches!(octets, [primaries, transfer, matrix, ..]
        if *primaries <= 22 && *transfer <= 18 && *matrix <= 14)
        && matches!(octets.len(), 4 | 28)
}

/// NTP seconds near the time of arrival.
fn is_capture_time(time: Timestamp, octets: &[u8]) -> bool {
    let Some(seconds) = octets.first_chunk().copied().map(u32::from_be_bytes) else {
        return false;
    };
    let arrival = time.0 / 1_000_000_000 + NTP_EPOCH;
    let off = (i64::from(seconds) - arrival).rem_euclid(1 << 32);
    matches!(octets.len(), 8 | 16) && off.min((1 << 32) - off) <= SKEW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_a_frame_do_not_fall() {
        assert!(is_timing(&[1, 0, 1, 0, 2, 0, 2, 0, 9, 0, 0, 0, 0]));
        assert!(!is_timing(&[1, 0, 3, 0, 2, 0, 2, 0, 9, 0, 0, 0, 0]));
        assert!(!is_timing(&[0, 1, 0, 2]));
    }

    #[test]
    fn a_colour_space_has_numbers_of_h273() {
        assert!(is_colour_space(&[6, 6, 6, 0x10]));
        assert!(!is_colour_space(&[77, 6, 6, 0x10]));
    }

    #[test]
    fn a_time_of_capture_is_near_the_arrival() {
        let arrival = Timestamp(1_700_000_000_000_000_000);
        let seconds = (1_700_000_003 + NTP_EPOCH) as u32;
        let mut octets = seconds.to_be_bytes().to_vec();
        octets.extend([0; 4]);
        assert!(is_capture_time(arrival, &octets));
        assert!(!is_capture_time(Timestamp(0), &octets));
    }
}
