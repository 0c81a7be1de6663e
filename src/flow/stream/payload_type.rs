//! Payload types that name a codec by themselves (RFC 3551, section 6).

use super::Announcement;
use super::kind::Kind;

/// What a static payload type names; `None` for those that only signalling can name.
pub(super) fn named(payload_type: u8) -> Option<Announcement> {
    let (kind, codec, clock_rate) = match payload_type {
        0 => (Kind::Audio, "PCMU", 8_000),
        3 => (Kind::Audio, "GSM", 8_000),
        4 => (Kind::Audio, "G723", 8_000),
        5 => (Kind::Audio, "DVI4", 8_000),
        6 => (Kind::Audio, "DVI4", 16_000),
        7 => (Kind::Audio, "LPC", 8_000),
        8 => (Kind::Audio, "PCMA", 8_000),
        // The clock of G.722 is half its sampling rate, for an error of old (section 4.5.2).
        9 => (Kind::Audio, "G722", 8_000),
        10 | 11 => (Kind::Audio, "L16", 44_100),
        12 => (Kind::Audio, "QCELP", 8_000),
        13 => (Kind::Audio, "CN", 8_000),
        14 => (Kind::Audio, "MPA", 90_000),
        15 => (Kind::Audio, "G728", 8_000),
        16 => (Kind::Audio, "DVI4", 11_025),
        17 => (Kind::Audio, "DVI4", 22_050),
        18 => (Kind::Audio, "G729", 8_000),
        25 => (Kind::Video, "CelB", 90_000),
        26 => (Kind::Video, "JPEG", 90_000),
        28 => (Kind::Video, "nv", 90_000),
        31 => (Kind::Video, "H261", 90_000),
        32 => (Kind::Video, "MPV", 90_000),
        33 => (Kind::Video, "MP2T", 90_000),
        34 => (Kind::Video, "H263", 90_000),
        _ => return None,
    };
    Some(Announcement {
        kind,
        codec: Some(codec.into()),
        clock_rate: Some(clock_rate),
    })
}
