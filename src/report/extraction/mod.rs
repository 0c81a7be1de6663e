//! What was written of the media of a capture, stream by stream, and why not more.

mod json;
mod text;

use super::Report;
use crate::base::sample::Sample;
use crate::base::told::Told;
use crate::flow::RtpStream;

pub use json::write as json;
pub use text::write as text;

/// What was extracted of a capture, for the observer of its report.
#[derive(Debug)]
pub struct Extraction<'t> {
    /// What else is known of the capture.
    pub report: &'t Report<'t>,
    /// Name of the folder, safe to print.
    pub folder: String,
    /// The streams that were asked for.
    pub streams: Vec<Extracted<'t>>,
}

/// What was extracted of one stream.
#[derive(Debug)]
pub struct Extracted<'t> {
    /// Its number in the report.
    pub id: u64,
    /// The stream.
    pub stream: &'t RtpStream,
    /// Its codec, where that is known.
    pub codec: Option<String>,
    /// What was written.
    pub written: Option<Written>,
    /// Why nothing was written, or what else must be said.
    pub why: Option<Told>,
    /// What became of its packets.
    pub counts: Counts,
}

impl<'t> Extracted<'t> {
    /// A stream of which nothing was extracted yet.
    pub fn nothing(id: u64, stream: &'t RtpStream, codec: Option<String>) -> Self {
        Self {
            id,
            stream,
            codec,
            written: None,
            why: None,
            counts: Counts::default(),
        }
    }
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name.
    pub file: String,
    /// What it holds.
    pub media: Media,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// Sound.
    Sound {
        /// How long it lasts, in samples.
        samples: u64,
        /// Samples in a second.
        rate: u32,
        /// How often the clock of the stream went on from elsewhere: what was silent there is not
        /// in the file.
        jumps: u64,
    },
    /// A picture: width and height in pixels.
    Picture(u32, u32),
}

/// What became of the packets that were heard of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Packets whose payload is in the file.
    pub used: Sample,
    /// Packets that no key opened, or that the capture does not hold whole.
    pub unopened: Sample,
    /// Packets whose payload is none of the codec, or belongs to a frame that is none.
    pub refused: Sample,
    /// Pictures that show by themselves and of which packets are missing.
    pub torn: u64,
    /// Packets of other payload types: dialled digits, comfort noise; and of padding alone.
    pub other: u64,
    /// Copies, and packets that came too late.
    pub late: u64,
}

impl Extraction<'_> {
    /// How many files were written.
    pub fn files(&self) -> usize {
        let written = self.streams.iter().filter(|of| of.written.is_some());
        written.count()
    }
}
