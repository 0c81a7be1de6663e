//! What session descriptions say of the streams that were seen: their codecs, and what the ids of
//! their header extensions mean.

use super::{Announcement, Kind, MediaDescription, Tracker};
use crate::dissect::header_ext::Meaning;

impl Tracker {
    /// Tells every stream what the description of its receiver, or else of its sender, says.
    pub(super) fn take_descriptions(&mut self) {
        if self.signalling.calls().is_empty() {
            return;
        }
        let mut told = Vec::new();
        for stream in self.streams.values().filter(|stream| stream.believed) {
            let (src, dst) = stream.ends();
            let media = [dst, src]
                .iter()
                .find_map(|end| self.signalling.announced(end));
            if let Some(media) = media {
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
