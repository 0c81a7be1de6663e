//! The first picture of a VP8 stream that shows by itself, as a WebP file.
//!
//! A key frame needs no other frame, and is what a lossy WebP file holds (RFC 9649, section 2.5).
//! It counts as a picture where it decodes to its end: what a layer inside has sealed does not.

use std::io::Cursor;

use image_webp::WebPDecoder;

use crate::base::label::Quiet;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::dissect::codec::vp8;
use crate::exposure::Heard;

/// Octets of the largest key frame that is put together, and its pixels.
const OCTETS: usize = 4 << 20;
const PIXELS: u32 = 1 << 24;
/// Key frames that are tried: decoding takes time, and where so many are none the next is none.
const TRIES: u64 = 64;

/// Puts key frames together, until one is a picture.
#[derive(Debug, Default)]
pub(super) struct KeyFrames {
    /// The frame that is put together.
    open: Option<Open>,
    /// The first picture.
    pub(super) picture: Option<Picture>,
    /// Key frames that came whole.
    pub(super) tried: u64,
    /// The packets of those among them that are no picture.
    pub(super) refused: Sample,
    /// Key frames of which packets are missing.
    pub(super) torn: u64,
}

/// A picture.
#[derive(Debug)]
pub(super) struct Picture {
    /// The file.
    pub(super) octets: Vec<u8>,
    /// Width and height, in pixels.
    pub(super) size: (u32, u32),
    /// The packets that held it.
    pub(super) packets: Sample,
}

#[derive(Debug)]
struct Open {
    timestamp: u32,
    frame: Vec<u8>,
    size: (u16, u16),
    packets: Sample,
}

impl KeyFrames {
    /// Takes the next packet in order, which `follows` the one before; returns whether it is a
    /// packet of VP8.
    pub(super) fn take(&mut self, heard: &Heard, follows: bool, payload: &[u8]) -> bool {
        let Ok(packet) = vp8::parse(Octets::whole(payload, 0), &mut Quiet) else {
            self.tear();
            return false;
        };
        let goes_on = |open: &Open| follows && open.timestamp == heard.timestamp;
        if !self.open.as_ref().is_some_and(goes_on) || packet.header.is_some() {
            self.tear();
            let size = packet.header.and_then(|header| header.key_frame);
            let size = size.filter(|_| self.tried < TRIES);
            self.open = size.map(|size| Open {
                timestamp: heard.timestamp,
                frame: Vec::new(),
                size,
                packets: Sample::default(),
            });
        }
        if let Some(open) = &mut self.open {
            open.frame.extend(packet.part.captured);
            open.packets.add(heard.number);
            if open.frame.len() > OCTETS {
                self.tear();
            }
        }
        if heard.marker {
            self.close();
        }
        true
    }

    /// Packets of the frame that is put together are missing.
    pub(super) fn tear(&mut self) {
        self.torn += u64::from(self.open.take().is_some());
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        self.tried += 1;
        let octets = file(&open.frame);
        match size(&octets) {
            Some(size) if size == (open.size.0.into(), open.size.1.into()) => {
                self.picture = Some(Picture {
                    octets,
                    size,
                    packets: open.packets,
                });
            }
            _ => self.refused.merge(&open.packets),
        }
    }
}

/// A WebP file around a key frame: a RIFF header, a chunk, and an octet that makes it even.
fn file(frame: &[u8]) -> Vec<u8> {
    let odd = frame.len() % 2;
    let mut file = Vec::with_capacity(frame.len() + 21);
    file.extend(b"RIFF");
    file.extend((frame.len() as u32 + odd as u32 + 12).to_le_bytes());
    file.extend(b"WEBPVP8 ");
    file.extend((frame.len() as u32).to_le_bytes());
    file.extend(frame);
    file.extend(vec![0; odd]);
    file
}

/// Width and height of a file that decodes to its end.
fn size(file: &[u8]) -> Option<(u32, u32)> {
    let mut decoder = WebPDecoder::new(Cursor::new(file)).ok()?;
    let (width, height) = decoder.dimensions();
    let pixels = width.checked_mul(height)?;
    if pixels > PIXELS {
        return None;
    }
    let mut pixels = vec![0; decoder.output_buffer_size()?];
    decoder.read_image(&mut pixels).ok()?;
    Some((width, height))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::run::extract::tests::heard;

    /// The first packet of a key frame of 32 by 16 pixels, with octets that are no picture.
    const BEGIN: [u8; 15] = [
        0x10, 0x50, 0x01, 0x00, 0x9D, 0x01, 0x2A, 32, 0, 16, 0, 1, 2, 3, 4,
    ];

    /// A packet, and whether it is the last of its frame.
    fn packet(seq: u16, timestamp: u32, payload: &[u8], last: bool) -> Heard {
        Heard {
            marker: last,
            ..heard(seq, timestamp, payload)
        }
    }

    #[test]
    fn a_frame_that_does_not_decode_is_no_picture() {
        let mut frames = KeyFrames::default();
        assert!(frames.take(&packet(7, 0, &BEGIN, false), true, &BEGIN));
        assert!(frames.take(&packet(8, 0, &[0, 9], true), true, &[0, 9]));
        assert!(frames.picture.is_none());
        assert_eq!((frames.tried, frames.torn), (1, 0));
        assert_eq!(frames.refused.packets(), [7, 8]);
    }

    #[test]
    fn a_frame_without_one_of_its_packets_is_torn() {
        for (follows, timestamp) in [(false, 0), (true, 3_000)] {
            let mut frames = KeyFrames::default();
            frames.take(&packet(7, 0, &BEGIN, false), true, &BEGIN);
            frames.take(&packet(9, timestamp, &[0, 9], true), follows, &[0, 9]);
            assert_eq!((frames.tried, frames.torn), (0, 1));
        }
    }

    #[test]
    fn what_is_no_vp8_tears_the_frame_and_is_told() {
        let mut frames = KeyFrames::default();
        frames.take(&packet(7, 0, &BEGIN, false), true, &BEGIN);
        assert!(!frames.take(&packet(8, 0, &[0x80], true), true, &[0x80]));
        assert_eq!((frames.tried, frames.torn), (0, 1));
    }

    #[test]
    fn frames_between_key_frames_are_passed_over() {
        let mut frames = KeyFrames::default();
        let between = [0x10, 0x31, 0x02, 0x00, 9];
        assert!(frames.take(&packet(7, 0, &between, true), true, &between));
        assert_eq!((frames.tried, frames.torn), (0, 0));
    }

    #[test]
    fn a_file_has_even_length_and_says_its_own() {
        for frame in [&[1, 2][..], &[1, 2, 3]] {
            let file = file(frame);
            assert_eq!(file.len() % 2, 0);
            let told = u32::from_le_bytes(file[4..8].try_into().expect("four octets"));
            assert_eq!(told as usize, file.len() - 8);
            assert_eq!(file[16..20], (frame.len() as u32).to_le_bytes());
        }
    }

    proptest! {
        #[test]
        fn no_frame_however_it_is_written_ends_the_run(
            size in (1..64_u8, 1..64_u8),
            tag in any::<[u8; 2]>(),
            octets in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let mut payload = BEGIN[..11].to_vec();
            (payload[7], payload[9]) = size;
            (payload[1], payload[2]) = (tag[0] & 0xFE, tag[1]);
            payload.extend(octets);
            let mut frames = KeyFrames::default();
            frames.take(&packet(1, 0, &payload, true), true, &payload);
            prop_assert_eq!(frames.tried, 1);
        }
    }
}
