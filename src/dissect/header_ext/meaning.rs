//! What an element of an RTP header extension means, once the meaning of its id is known: by the
//! signalling, or by how its values behave. Reads values; decides nothing.

use super::{Element, elements};
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Octets;

/// Registered meaning of an extension element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meaning {
    /// Loudness and voice activity of the sender (RFC 6464).
    AudioLevel,
    /// Loudness of each contributing source of a mix (RFC 6465).
    MixerLevel,
    /// Media section of the signalling (RFC 9143, section 15).
    Mid,
    /// Layer of a simulcast (RFC 8852).
    Rid,
    /// Layer that this stream repairs (RFC 8852).
    RepairedRid,
    /// Number of the packet over all streams of the transport (draft-holmer-rmcat-transport-wide-cc).
    TransportCc,
    /// Clock of the sender when it sent, 6.18 fixed point seconds.
    AbsSendTime,
    /// NTP time of capture.
    AbsCaptureTime,
    /// Time between the media timestamp and the sending (RFC 5450).
    TransmissionOffset,
    /// How the camera is held (3GPP TS 26.114, section 7.4.5).
    VideoOrientation,
    /// Least and greatest delay before playing.
    PlayoutDelay,
    /// Whether the picture is a screen.
    VideoContentType,
    /// Times of encoding and sending of a frame.
    VideoTiming,
    /// Colours and dynamic range.
    ColorSpace,
    /// Resolutions, frame rates and bit rates of every layer.
    VideoLayers,
    /// Frame number, layers and what depends on what (AV1 RTP specification).
    DependencyDescriptor,
}

/// Name in reports and registered URI of every meaning.
const NAMES: [(Meaning, &str, &str); 16] = [
    (
        Meaning::AudioLevel,
        "audio-level",
        "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    ),
    (
        Meaning::MixerLevel,
        "csrc-audio-level",
        "urn:ietf:params:rtp-hdrext:csrc-audio-level",
    ),
    (Meaning::Mid, "mid", "urn:ietf:params:rtp-hdrext:sdes:mid"),
    (
        Meaning::Rid,
        "rid",
        "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    ),
    (
        Meaning::RepairedRid,
        "repaired-rid",
        "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    ),
    (
        Meaning::TransportCc,
        "transport-cc",
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    ),
    (
        Meaning::AbsSendTime,
        "abs-send-time",
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    ),
    (
        Meaning::AbsCaptureTime,
        "abs-capture-time",
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    ),
    (
        Meaning::TransmissionOffset,
        "toffset",
        "urn:ietf:params:rtp-hdrext:toffset",
    ),
    (
        Meaning::VideoOrientation,
        "video-orientation",
        "urn:3gpp:video-orientation",
    ),
    (
        Meaning::PlayoutDelay,
        "playout-delay",
        "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    ),
    (
        Meaning::VideoContentType,
        "video-content-type",
        "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
    ),
    (
        Meaning::VideoTiming,
        "video-timing",
        "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
    ),
    (
        Meaning::ColorSpace,
        "color-space",
        "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
    ),
    (
        Meaning::VideoLayers,
        "video-layers-allocation",
        "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
    ),
    (
        Meaning::DependencyDescriptor,
        "dependency-descriptor",
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    ),
];

impl Meaning {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(meaning, ..)| *meaning == self);
        named.map_or("unknown", |(_, name, _)| name)
    }

    /// The meaning that a URI in `a=extmap` announces (RFC 8285, section 5).
    pub fn of_uri(uri: &str) -> Option<Self> {
        let named = NAMES.iter().find(|(.., registered)| *registered == uri);
        named.map(|(meaning, ..)| *meaning)
    }

    /// Lays the values of one element as facts over its octets.
    fn facts<S: Sink>(self, element: Element<'_>, sink: &mut S) {
        let span = element.octets.span();
        let mut fact = |field, number: u64| sink.fact(span, field, Value::Number(number));
        match (self, element.octets.captured) {
            (Self::AudioLevel, [octet]) => {
                fact(Field::RtpExtLevel, (octet & 0x7F).into());
                fact(Field::RtpExtVoice, (octet >> 7).into());
            }
            (Self::MixerLevel, levels) => {
                for level in levels {
                    fact(Field::RtpExtMixerLevel, (level & 0x7F).into());
                }
            }
            (Self::Mid, _) => sink.fact(span, Field::RtpExtMid, Value::Text),
            (Self::Rid, _) => sink.fact(span, Field::RtpExtRid, Value::Text),
            (Self::RepairedRid, _) => sink.fact(span, Field::RtpExtRepairedRid, Value::Text),
            (Self::TransportCc, [high, low, ..]) => {
                fact(
                    Field::RtpExtTransportCc,
                    u16::from_be_bytes([*high, *low]).into(),
                );
            }
            (Self::AbsSendTime, octets) => fact(Field::RtpExtAbsSendTime, number(octets)),
            (Self::AbsCaptureTime, octets) => {
                let time = octets.get(..8).unwrap_or(octets);
                fact(Field::RtpExtAbsCaptureTime, number(time));
            }
            (Self::TransmissionOffset, octets) => fact(Field::RtpExtToffset, number(octets)),
            (Self::VideoOrientation, [octet]) => {
                fact(Field::RtpExtCamera, (octet >> 3 & 1).into());
                fact(Field::RtpExtFlip, (octet >> 2 & 1).into());
                fact(
                    Field::RtpExtRotation,
                    u64::from(octet & 3).saturating_mul(90),
                );
            }
            (Self::PlayoutDelay, [a, b, c]) => {
                let (least, most) = (
                    u16::from_be_bytes([*a, *b]) >> 4,
                    u16::from_be_bytes([b & 0x0F, *c]),
                );
                fact(
                    Field::RtpExtPlayoutLeast,
                    u64::from(least).saturating_mul(10),
                );
                fact(Field::RtpExtPlayoutMost, u64::from(most).saturating_mul(10));
            }
            (Self::VideoContentType, [octet]) => fact(Field::RtpExtContentType, (*octet).into()),
            (Self::VideoTiming, _) => sink.fact(span, Field::RtpExtVideoTiming, Value::Octets),
            (Self::ColorSpace, _) => sink.fact(span, Field::RtpExtColorSpace, Value::Octets),
            (Self::VideoLayers, _) => sink.fact(span, Field::RtpExtVideoLayers, Value::Octets),
            (Self::DependencyDescriptor, [flags, high, low, ..]) => {
                fact(Field::RtpExtFrameStart, (flags >> 7).into());
                fact(Field::RtpExtFrameEnd, (flags >> 6 & 1).into());
                fact(
                    Field::RtpExtFrameNumber,
                    u16::from_be_bytes([*high, *low]).into(),
                );
            }
            _ => {}
        }
    }
}

/// Lays the values of every element whose meaning is known.
pub fn explain<S: Sink>(
    profile: u16,
    body: Octets<'_>,
    meaning: impl Fn(u8) -> Option<Meaning>,
    sink: &mut S,
) {
    for element in elements(profile, body) {
        if let Some(meaning) = meaning(element.id) {
            meaning.facts(element, sink);
        }
    }
}

/// The number in at most eight octets, in network order.
fn number(octets: &[u8]) -> u64 {
    octets
        .iter()
        .take(8)
        .fold(0, |number, octet| number << 8 | u64::from(*octet))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Labels;

    fn explained(meaning: Meaning, body: &[u8]) -> Vec<(&'static str, String)> {
        let mut labels = Labels::default();
        explain(
            0xBEDE,
            Octets::whole(body, 0),
            |_| Some(meaning),
            &mut labels,
        );
        let facts = labels.facts().iter();
        facts
            .map(|fact| (fact.field.key(), fact.text(body).expect("a value")))
            .collect()
    }

    #[test]
    fn an_audio_level_is_voice_and_loudness() {
        assert_eq!(
            explained(Meaning::AudioLevel, &[0x10, 0xA0, 0, 0]),
            [
                ("rtp.ext.rfc6464.level", "32".to_owned()),
                ("rtp.ext.rfc6464.voice", "1".to_owned())
            ]
        );
    }

    #[test]
    fn a_mid_is_text() {
        assert_eq!(
            explained(Meaning::Mid, &[0x41, b'a', b'1', 0]),
            [("rtp.ext.mid", "a1".to_owned())]
        );
    }

    #[test]
    fn the_orientation_of_a_camera_is_read_bit_by_bit() {
        assert_eq!(
            explained(Meaning::VideoOrientation, &[0xD0, 0x0B]),
            [
                ("rtp.ext.orientation.camera", "1".to_owned()),
                ("rtp.ext.orientation.flip", "0".to_owned()),
                ("rtp.ext.orientation.rotation", "270".to_owned())
            ]
        );
    }

    #[test]
    fn every_meaning_has_one_uri_and_one_name() {
        for (meaning, name, uri) in NAMES {
            assert_eq!(
                (Meaning::of_uri(uri), meaning.name()),
                (Some(meaning), name)
            );
        }
    }
}
