//! The frames that keys opened: what an end-to-end layer leaves on each of them, and whether what
//! stands behind a codec's header is readable.
//!
//! Sums of constant size, kept from the first packet on. What a stream carries is known only later,
//! so its frames are looked at in both ways: as sound, where each packet is one, and as pictures,
//! where they begin as VP8 says and end with the marker.

mod inner;
mod mark;

use super::payload::{Payload, Scores};
use super::stream::Kind;
use crate::base::label::Quiet;
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::dissect::codec::vp8;
use crate::dissect::rtp::Rtp;
use crate::dissect::sframe::{self, Trailer};
use mark::{Counters, Trailers};

pub use inner::{Inner, Layer, LayerMark};

/// The frames of one stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Frames {
    sound: Marks,
    picture: Marks,
    /// Which codecs' rules its packets keep.
    scores: Scores,
    /// The packets that were looked at.
    opened: Sample,
    last: Option<u16>,
}

/// What was found on the frames, taken in one way.
#[derive(Debug, Clone, Default)]
struct Marks {
    counters: Counters,
    trailers: Trailers,
    /// What stands behind the header of a codec or layer, without the trailer.
    behind: Payload,
}

/// What a packet holds of a frame.
struct Part<'a> {
    octets: Octets<'a>,
    /// Octets of a codec's header, where the frame begins here.
    begins: Option<u32>,
    /// Whether it ends here.
    ends: bool,
}

impl Frames {
    /// Takes packet `number` of the capture, which was opened; a copy of the last one says nothing.
    pub(super) fn add(&mut self, rtp: &Rtp<'_>, number: u64) {
        let octets = rtp.unpadded();
        if octets.captured.is_empty() || self.last.replace(rtp.seq) == Some(rtp.seq) {
            return;
        }
        self.opened.add(number);
        self.scores.add(rtp);
        self.sound.add((rtp, number), &sound(octets));
        self.picture.add((rtp, number), &picture(rtp, octets));
    }

    /// Judges what was gathered, and frees it: the stream has ended.
    pub(super) fn settle(&mut self) {
        self.sound.behind.settle();
        self.picture.behind.settle();
    }

    const fn marks(&self, kind: Kind) -> Option<&Marks> {
        match kind {
            Kind::Audio => Some(&self.sound),
            Kind::Video => Some(&self.picture),
            Kind::Rtx | Kind::Unknown => None,
        }
    }
}

/// Each packet is a frame, and its first octet may be the TOC of Opus.
const fn sound(octets: Octets<'_>) -> Part<'_> {
    Part {
        octets,
        begins: Some(1),
        ends: true,
    }
}

/// The descriptor of VP8 belongs to the packet; the header of the frame follows it. Where a layer
/// seals the whole frame, none can be read there.
fn picture<'a>(rtp: &Rtp<'_>, octets: Octets<'a>) -> Part<'a> {
    let read = vp8::descriptor(octets, &mut Quiet).ok();
    let read = read.filter(|descriptor| !descriptor.reserved);
    let octets = octets.after(read.map_or(0, |descriptor| descriptor.len));
    let starts = read.is_some_and(|descriptor| descriptor.starts_frame());
    let header = || vp8::header(octets, &mut Quiet).map_or(0, |header| header.len);
    Part {
        octets,
        begins: starts.then(header),
        ends: rtp.marker,
    }
}

impl Marks {
    fn add(&mut self, (rtp, number): (&Rtp<'_>, u64), part: &Part<'_>) {
        let mut rest = part.octets;
        if part.ends {
            let trailer = Trailer::of(rest.captured);
            self.trailers.add(trailer, number);
            if trailer.is_some() {
                rest = rest.part(0, rest.wire_len.saturating_sub(Trailer::LEN));
            }
        }
        if let Some(codec) = part.begins {
            let header = sframe::header(rest, &mut Quiet).ok();
            let layer = self.counters.add(header, (rtp.seq, number));
            let payload = rest.after(layer.unwrap_or(codec));
            self.behind.add(&Rtp { payload, ..*rtp }, number);
        }
    }
}

#[cfg(test)]
mod tests;
