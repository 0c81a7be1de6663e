//! One stream on its way into a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use anyhow::{Context as _, Result};

use super::folder::{Folder, Place};
use super::ogg::OggOpus;
use super::order::{InOrder, Order};
use super::wav::{Law, Wav};
use super::webp::KeyFrames;
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::base::told::{Told, told};
use crate::claim::Gap;
use crate::dissect::codec::opus;
use crate::exposure::Heard;
use crate::flow::StreamKey;
use crate::report::extraction::{Counts, Extracted, Media, Written};

/// A codec that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    /// G.711, as WAV.
    G711(Law),
    /// Opus, as Ogg.
    Opus,
    /// VP8, its first picture as WebP.
    Vp8,
}

impl Codec {
    /// The codec of this name (RFC 3551, RFC 7587, RFC 7741); `None` where it is not written.
    pub(super) fn of(name: &str) -> Option<Self> {
        let codecs = [
            ("PCMU", Self::G711(Law::Mu)),
            ("PCMA", Self::G711(Law::A)),
            ("opus", Self::Opus),
            ("VP8", Self::Vp8),
        ];
        let found = codecs
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, codec)| *codec)
    }

    /// The end of the names of its files.
    const fn end(self) -> &'static str {
        match self {
            Self::G711(Law::Mu) => "pcmu.wav",
            Self::G711(Law::A) => "pcma.wav",
            Self::Opus => "opus.opus",
            Self::Vp8 => "vp8.webp",
        }
    }
}

/// What stands inside what the keys open.
#[derive(Debug, Clone)]
pub(super) enum Inside {
    /// Frames of the codec.
    Readable,
    /// That cannot be told.
    Doubtful(Gap),
    /// Frames that are sealed once more, as this shows: none is a sound or a picture.
    Sealed(Told),
}

/// Plays one stream into a file.
pub(super) struct Player<'t> {
    codecs: BTreeMap<u8, Codec>,
    /// Octets of the tag behind a payload in clear.
    pub(super) tag: u32,
    inside: Inside,
    order: Order,
    track: Track,
    extracted: Extracted<'t>,
}

/// What is written so far.
enum Track {
    Nothing,
    Wav(Wav<BufWriter<File>>, Named),
    Ogg(OggOpus<BufWriter<File>>, Named),
    Pictures(KeyFrames),
}

/// The file of a track.
struct Named {
    name: String,
    place: Place,
}

impl Named {
    /// Keeps the file, which holds this.
    fn keep(self, media: Result<Media>) -> Result<Written> {
        let media = media.with_context(|| self.place.failed())?;
        self.place.keep()?;
        Ok(Written {
            file: self.name,
            media,
        })
    }
}

impl<'t> Player<'t> {
    /// Plays a stream of these codecs, by payload type.
    pub(super) fn new(
        extracted: Extracted<'t>,
        (codecs, tag, inside): (BTreeMap<u8, Codec>, u32, Inside),
    ) -> Self {
        Self {
            codecs,
            tag,
            inside,
            order: Order::default(),
            track: Track::Nothing,
            extracted,
        }
    }

    pub(super) const fn key(&self) -> StreamKey {
        self.extracted.stream.key
    }

    /// Takes the next packet of the capture.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(super) fn take(&mut self, heard: Heard, folder: &Folder) -> Result<()> {
        self.order.push(heard);
        self.passed(folder)
    }

    /// Plays what waits for nothing any more.
    fn passed(&mut self, folder: &Folder) -> Result<()> {
        while let Some(packet) = self.order.pop() {
            self.play(&packet, folder)?;
        }
        Ok(())
    }

    fn play(&mut self, InOrder { heard, follows }: &InOrder, folder: &Folder) -> Result<()> {
        let Some(codec) = self.codecs.get(&heard.payload_type).copied() else {
            self.extracted.counts.other += 1;
            return Ok(());
        };
        let Some(payload) = heard.payload.as_deref() else {
            if let Track::Pictures(frames) = &mut self.track {
                frames.tear();
            }
            self.extracted.counts.unopened.add(heard.number);
            return Ok(());
        };
        match codec {
            _ if payload.is_empty() => self.extracted.counts.other += 1,
            Codec::Vp8 => self.picture(heard, *follows, payload),
            _ if matches!(self.inside, Inside::Sealed(_)) => {
                self.extracted.counts.refused.add(heard.number);
            }
            Codec::G711(law) => self.wav(law, heard, payload, folder)?,
            Codec::Opus => self.ogg(heard, payload, folder)?,
        }
        Ok(())
    }

    fn wav(&mut self, law: Law, heard: &Heard, payload: &[u8], folder: &Folder) -> Result<()> {
        if let Track::Nothing = self.track {
            let (out, named) = self.begin(Codec::G711(law), folder)?;
            let wav = Wav::begin(out).with_context(|| named.place.failed())?;
            self.track = Track::Wav(wav, named);
        }
        let Track::Wav(wav, named) = &mut self.track else {
            self.extracted.counts.other += 1;
            return Ok(());
        };
        let written = wav.take(law, heard, payload);
        if written.with_context(|| named.place.failed())? {
            self.extracted.counts.used.add(heard.number);
        } else {
            self.extracted.why = Some(FULL.into());
        }
        Ok(())
    }

    fn ogg(&mut self, heard: &Heard, payload: &[u8], folder: &Folder) -> Result<()> {
        let Ok(packet) = opus::parse(Octets::whole(payload, 0), &mut Quiet) else {
            self.extracted.counts.refused.add(heard.number);
            return Ok(());
        };
        if let Track::Nothing = self.track {
            let (out, named) = self.begin(Codec::Opus, folder)?;
            let serial = self.key().ssrc.0;
            let ogg = OggOpus::begin(out, serial).with_context(|| named.place.failed())?;
            self.track = Track::Ogg(ogg, named);
        }
        let Track::Ogg(ogg, named) = &mut self.track else {
            self.extracted.counts.other += 1;
            return Ok(());
        };
        let written = ogg.take(heard, &packet, payload);
        written.with_context(|| named.place.failed())?;
        self.extracted.counts.used.add(heard.number);
        Ok(())
    }

    fn picture(&mut self, heard: &Heard, follows: bool, payload: &[u8]) {
        if let Track::Nothing = self.track {
            self.track = Track::Pictures(KeyFrames::default());
        }
        match &mut self.track {
            Track::Pictures(frames) if frames.picture.is_some() => {}
            Track::Pictures(frames) => {
                if !frames.take(heard, follows, payload) {
                    self.extracted.counts.refused.add(heard.number);
                }
            }
            _ => self.extracted.counts.other += 1,
        }
    }

    fn begin(&self, codec: Codec, folder: &Folder) -> Result<(BufWriter<File>, Named)> {
        let ssrc = self.key().ssrc;
        let name = format!("{}-{ssrc}-{}", self.extracted.id, codec.end());
        let (out, place) = folder.begin(&name)?;
        Ok((out, Named { name, place }))
    }

    /// Ends the file; returns what came of the stream.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn end(mut self, folder: &Folder) -> Result<Extracted<'t>> {
        self.order.end();
        self.passed(folder)?;
        self.extracted.counts.late = self.order.late;
        self.extracted.written = match std::mem::replace(&mut self.track, Track::Nothing) {
            Track::Wav(wav, named) => Some(named.keep(wav.end())?),
            Track::Ogg(ogg, named) => Some(named.keep(ogg.end())?),
            Track::Pictures(frames) => self.show(frames, folder)?,
            Track::Nothing => None,
        };
        let lack = match (&self.inside, &self.extracted.written) {
            (Inside::Sealed(layer), _) => Some(sealed(layer)),
            (_, None) => Some(self.lack().into()),
            (Inside::Doubtful(gap), Some(_)) => Some(doubtful(*gap)),
            (Inside::Readable, Some(_)) => None,
        };
        self.extracted.why = self.extracted.why.or(lack);
        Ok(self.extracted)
    }

    /// Writes the first picture, if there is one.
    fn show(&mut self, frames: KeyFrames, folder: &Folder) -> Result<Option<Written>> {
        let counts = &mut self.extracted.counts;
        counts.refused.merge(&frames.refused);
        counts.torn = frames.torn;
        let Some(picture) = frames.picture else {
            return Ok(None);
        };
        if let Inside::Sealed(_) = self.inside {
            counts.refused.merge(&picture.packets);
            return Ok(None);
        }
        counts.used = picture.packets;
        let (mut out, named) = self.begin(Codec::Vp8, folder)?;
        let written = out.write_all(&picture.octets).and_then(|()| out.flush());
        let (width, height) = picture.size;
        let media = written.map(|()| Media::Picture(width, height));
        named.keep(media.map_err(Into::into)).map(Some)
    }

    /// Why nothing was written, though the observer holds what it needs.
    fn lack(&self) -> &'static str {
        let Counts {
            unopened,
            refused,
            torn,
            ..
        } = &self.extracted.counts;
        match (refused.total() + torn, unopened.total()) {
            (1.., _) => "no frame of its codec came whole and could be read",
            (0, 1..) => "no packet of it opened whole",
            (0, 0) => "nothing of it that shows or sounds by itself was sent in this time",
        }
    }
}

/// What is said where it cannot be told what stands inside.
fn doubtful(gap: Gap) -> Told {
    told![
        "whether a layer inside seals it, so that it is noise, cannot be told: ",
        gap.text()
    ]
}

/// What is said where what the keys of the hop open is sealed once more.
fn sealed(layer: &Told) -> Told {
    told![
        "it was tried, and is neither sound nor picture: ",
        layer.clone(),
        "; whoever holds these keys, the server too, could not play it either"
    ]
}

/// What is said of a file that holds no more.
const FULL: &str = "a WAV file holds no more: the rest is not written";
