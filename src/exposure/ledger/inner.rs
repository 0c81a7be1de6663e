//! What an end-to-end layer leaves readable for whoever holds the keys of the hop: the header of
//! the codec, and its own mark on each frame.

use super::Reader;
use crate::base::told::{Told, told};
use crate::dissect::codec::opus::Toc;
use crate::exposure::protection::Protection;
use crate::exposure::vantage::Vantage;
use crate::flow::{CodecGuess, Inner, Kind, Layer, LayerMark, OpenedMedia, RtpStream};

/// Where the table of exposures tells of it.
const CODEC: &str = "10: codec payload descriptors";
const TRAILER: &str = "10: JFrame trailer";
const SFRAME: &str = "10: SFrame header";

impl Reader<'_> {
    /// Whether all of a stream opens, and its frames are sealed once more for this observer.
    pub(super) fn is_sealed_inside(
        &self,
        (stream, protection): (&RtpStream, &Protection<'_>),
        inner: Option<&Inner>,
    ) -> bool {
        matches!(self.vantage, Vantage::Sfu | Vantage::Mcu)
            && inner.and_then(Inner::layer).is_some()
            && protection.is_verified(stream)
    }

    /// Whether keys opened a stream for this observer, and what is inside is readable: of packets
    /// that are sent again, what those hold that they repeat.
    pub(super) fn reads_inside(&self, stream: &RtpStream, inner: Option<&Inner>) -> bool {
        let opened = stream.opened().filter(|_| self.reads_opened(true));
        let readable = || match self.tracker.repaired(stream) {
            Some(of) if of.opened().is_some() => of.readable(of.inner().as_ref()),
            _ => stream.readable(inner),
        };
        opened.is_some() && readable().is_some_and(|shown| shown.total() > 0)
    }

    /// Each part of the frames that is readable around what is sealed once more, or may be.
    pub(super) fn around(&mut self, stream: &RtpStream, inner: Option<&Inner>, name: &Told) {
        let opened = stream.opened().filter(|_| self.vantage.may_hold_keys());
        let (Some(opened), Some(inner)) = (opened, inner) else {
            return;
        };
        if matches!(inner, Inner::Readable(_) | Inner::Unknown) {
            return;
        }
        let guess = opened.payload.codec(stream.kind() == Kind::Video);
        let layer = inner.layer();
        if let Some(guess) = guess.filter(|_| layer.is_none_or(|layer| layer.header.is_some())) {
            self.codec_header(opened, &guess, name);
        }
        if let Some(layer) = layer {
            self.mark(layer, name);
        }
    }

    fn codec_header(&mut self, opened: &OpenedMedia, guess: &CodecGuess, name: &Told) {
        let packets = &opened.authenticated;
        let mut item = |what: (&'static str, &'static str), words: String| {
            let value = told![Told::plain(words), " in ", name];
            self.push((what.0, what.1, CODEC), value, packets);
        };
        match guess.codec {
            "opus" => {
                let judged = opened.payload.judgement();
                let first = judged.and_then(|judged| judged.strip.first().copied());
                let toc = Toc(first.unwrap_or_default().value);
                let words = format!("first octet of each frame, {:#04x}: {}", toc.0, toc.text());
                item(("codec header", "opus.TOC"), words);
            }
            "VP8" => {
                let words = "descriptor of each packet: where frames begin, picture numbers";
                item(("codec header", "vp8.pld.first"), words.to_owned());
                let words = "first 3 octets of each frame: which are key frames, and the length \
                             of the first partition";
                item(("codec header", "vp8.hdr"), words.to_owned());
                for (width, height) in &guess.pictures {
                    let words = format!("octets 4 to 10 of key frames: {width} by {height}");
                    item(("picture size", "vp8.keyframe.width"), words);
                }
            }
            codec => item(
                ("codec header", "rtp.payload"),
                format!("header of {codec}"),
            ),
        }
    }

    fn mark(&mut self, layer: &Layer, name: &Told) {
        let (what, words) = match &layer.mark {
            LayerMark::Trailer(keys) => (
                ("frame trailer", "sframe.key_index", TRAILER),
                format!(
                    "last 14 octets of each frame: IV, its length, key {}",
                    list(keys)
                ),
            ),
            LayerMark::Sframe(keys) => (
                ("SFrame header", "sframe.kid", SFRAME),
                format!("key {}, and a counter of frames", list(keys)),
            ),
            LayerMark::Refused { .. } => return,
        };
        let value = told![Told::plain(words), " in ", name];
        self.push(what, value, &layer.frames);
    }
}

fn list(keys: &[u64]) -> String {
    let keys: Vec<_> = keys.iter().map(u64::to_string).collect();
    keys.join(", ")
}
