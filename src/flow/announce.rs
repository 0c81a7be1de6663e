//! What session descriptions say of the streams that were seen: their codecs, and what the ids of
//! their header extensions mean.

use std::sync::Arc;

use super::{Announcement, Kind, MediaDescription, RtpStream, SdpFile, Tracker};
use crate::dissect::header_ext::Meaning;

impl Tracker {
    /// Takes session descriptions that are given beside the capture. They speak of the calls to
    /// which something in the capture binds them.
    pub fn take_sdp(&mut self, file: &SdpFile) {
        self.signalling.give(file);
        self.announce_media_keys();
    }

    /// Tells every stream what the description of its receiver, or else of its sender, says.
    pub(super) fn take_descriptions(&mut self) {
        if self.signalling.is_empty() {
            return;
        }
        self.bind_descriptions();
        let mut told = Vec::new();
        for stream in self.streams.values().filter(|stream| stream.believed) {
            for media in self.described(stream) {
                told.push((stream.key, announcements(media), meanings(media)));
            }
        }
        for (key, announcements, meanings) in told {
            for (payload_type, announcement) in announcements {
                self.announce(&key, payload_type, announcement);
            }
            for (id, meaning) in meanings {
                self.announce_extension(&key, id, meaning);
            }
        }
    }

    /// The media lines that speak of a stream.
    fn described(&self, stream: &RtpStream) -> Vec<&Arc<MediaDescription>> {
        let (src, dst) = stream.ends();
        let at = [dst, src].map(|end| self.signalling.announced(&end));
        let found = at.into_iter().find(|lines| !lines.is_empty());
        found.unwrap_or_else(|| self.signalling.given_of_source(stream.key.ssrc))
    }
}

/// The codec of each payload type.
fn announcements(media: &MediaDescription) -> Vec<(u8, Announcement)> {
    let kind = match media.kind.as_str() {
        "audio" => Kind::Audio,
        "video" => Kind::Video,
        _ => Kind::Unknown,
    };
    let types = media.payload_types.iter();
    types
        .map(|(payload_type, map)| {
            let rtx = map.encoding.eq_ignore_ascii_case("rtx");
            let announcement = Announcement {
                kind: if rtx { Kind::Rtx } else { kind },
                codec: Some(map.encoding.clone().into()),
                clock_rate: Some(map.clock_rate),
            };
            (*payload_type, announcement)
        })
        .collect()
}

/// The meaning of each extension id that is known.
fn meanings(media: &MediaDescription) -> Vec<(u8, Meaning)> {
    let known = |(id, uri): (&u16, &String)| Some((u8::try_from(*id).ok()?, Meaning::of_uri(uri)?));
    media.extensions.iter().filter_map(known).collect()
}
