//! Sound of G.711 as a WAV file: 16 bits linear, one channel, 8 kHz.

use std::io::{Seek, Write};

use anyhow::Result;
use hound::{SampleFormat, WavSpec, WavWriter};

use super::timeline::Timeline;
use crate::exposure::Heard;
use crate::report::extraction::Media;

/// Units of the clock, and samples, in a second (RFC 3551, section 4.5.14).
const RATE: u32 = 8_000;
/// Samples that a file has room for: readers take its size for one of 31 bits.
const ROOM: u64 = (i32::MAX as u64 - 4096) / 2;

/// How samples are companded (ITU-T G.711).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Law {
    /// µ-law, as in North America and Japan.
    Mu,
    /// A-law, as elsewhere.
    A,
}

/// A WAV file while it is written.
pub(super) struct Wav<W: Write + Seek> {
    out: WavWriter<W>,
    timeline: Timeline,
    samples: u64,
}

impl<W: Write + Seek> Wav<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn begin(out: W) -> Result<Self> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: RATE,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        Ok(Self {
            out: WavWriter::new(out, spec)?,
            timeline: Timeline::of(RATE),
            samples: 0,
        })
    }

    /// Writes a packet, and the silence before it; returns whether there was room.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn take(&mut self, law: Law, heard: &Heard, payload: &[u8]) -> Result<bool> {
        let silence = self.timeline.advance(heard, payload.len() as u32);
        let samples = self.samples + u64::from(silence) + payload.len() as u64;
        if samples > ROOM {
            return Ok(false);
        }
        for _ in 0..silence {
            self.out.write_sample(0_i16)?;
        }
        for octet in payload {
            self.out.write_sample(law.expand(*octet))?;
        }
        self.samples = samples;
        Ok(true)
    }

    /// Ends the file; returns what it holds.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn end(self) -> Result<Media> {
        self.out.finalize()?;
        Ok(self.timeline.sound(self.samples))
    }
}

impl Law {
    /// The sample that an octet stands for, in 16 bits.
    const fn expand(self, octet: u8) -> i16 {
        match self {
            // All bits are inverted; 33 was added before the segment was found (table 2a).
            Self::Mu => {
                let bits = !octet;
                let (segment, step) = (bits >> 4 & 7, (bits & 0x0F) as i16);
                let size = (((step << 3) + 0x84) << segment) - 0x84;
                if bits & 0x80 == 0 { size } else { -size }
            }
            // Every second bit is inverted (table 1a).
            Self::A => {
                let bits = octet ^ 0x55;
                let (segment, step) = (bits >> 4 & 7, (bits & 0x0F) as i16);
                let size = match segment {
                    0 => (step << 4) + 8,
                    _ => ((step << 4) + 0x108) << (segment - 1),
                };
                if bits & 0x80 == 0 { -size } else { size }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::base::time::Timestamp;
    use crate::run::extract::tests::heard;

    #[test]
    fn octets_stand_for_the_samples_of_the_tables() {
        // The ends and the middle of tables 1a and 2a, scaled to 16 bits.
        for (octet, mu, a) in [
            (0x00, -32_124, -5_504),
            (0x2A, -5_372, -32_256),
            (0x55, -716, -8),
            (0x7F, 0, -848),
            (0x80, 32_124, 5_504),
            (0xAA, 5_372, 32_256),
            (0xD5, 716, 8),
            (0xFF, 0, 848),
        ] {
            let samples = [Law::Mu, Law::A].map(|law| law.expand(octet));
            assert_eq!(samples, [mu, a], "{octet:#x}");
        }
    }

    #[test]
    fn what_is_missing_is_silence() {
        let mut octets = Cursor::new(Vec::new());
        let mut wav = Wav::begin(&mut octets).expect("memory");
        for (timestamp, time) in [(1_000, 0), (1_480, 60_000_000)] {
            let packet = Heard {
                time: Timestamp(time),
                ..heard(0, timestamp, &[0; 160])
            };
            assert!(wav.take(Law::Mu, &packet, &[0; 160]).expect("memory"));
        }
        assert_eq!(wav.samples, 640);
        wav.end().expect("memory");
        octets.set_position(0);
        let read = hound::WavReader::new(octets).expect("a WAV file");
        let samples: Vec<i16> = read.into_samples().map(|s| s.expect("a sample")).collect();
        assert_eq!(samples.len(), 640);
        assert!(samples[160..480].iter().all(|sample| *sample == 0));
        assert!(samples[..160].iter().all(|sample| *sample == -32_124));
    }
}
