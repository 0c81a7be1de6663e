//! What audio payloads keep: Opus (RFC 6716, RFC 7587), G.711 (RFC 3551), events (RFC 4733).

use super::{PAIRS, Rule};
use crate::base::label::Quiet;
use crate::dissect::codec::opus::{self, Opus};
use crate::flow::payload::gather::Head;

pub(super) const G711: &str = "G711";
/// Codecs of its shape.
pub(super) const COMPANDED: [&str; 3] = ["PCMU", "PCMA", "G722"];
pub(super) const EVENT: &str = "telephone-event";

/// In the order in which they are tried; the first that is kept names the codec.
pub(super) const RULES: [Rule; 3] = [
    Rule {
        codec: EVENT,
        keeps: event,
        longest_step: u32::MAX,
        content: |_| Some(0),
        sealed_after: None,
        // Four octets cannot hold a tag, and chance keeps a pair once in thousands.
        pairs: 3,
    },
    Rule {
        codec: G711,
        keeps: g711,
        longest_step: 960,
        content: |_| Some(0),
        sealed_after: None,
        pairs: PAIRS,
    },
    Rule {
        codec: "opus",
        keeps: keeps_opus,
        longest_step: opus::LONGEST,
        content: opus_header,
        // Mixed speech, the slowest, needed 68.
        sealed_after: Some(80),
        pairs: PAIRS,
    },
];

/// The frames of a packet last as long as the timestamp moves on to the next.
fn keeps_opus(one: &Head, other: &Head) -> bool {
    let step = other.timestamp.wrapping_sub(one.timestamp);
    read_opus(one).is_some_and(|packet| packet.duration() == step)
}

fn read_opus(head: &Head) -> Option<Opus<'_>> {
    opus::parse(head.payload(), &mut Quiet).ok()
}

/// Where the frames begin.
fn opus_header(head: &Head) -> Option<usize> {
    read_opus(head).map(|packet| packet.header_len as usize)
}

/// An octet for each unit of 8 kHz, in steps of 10 ms.
fn g711(one: &Head, other: &Head) -> bool {
    let step = other.timestamp.wrapping_sub(one.timestamp);
    one.len > 0 && one.len.is_multiple_of(80) && step == u32::from(one.len)
}

/// Which codec of this shape it is: by a payload type that is assigned (RFC 3551, section 6), else
/// by the values of silence, which every pause is full of.
pub(super) fn companding(payload_type: u8, pooled: &[u16; 256]) -> Option<&'static str> {
    match payload_type {
        0 => return Some("PCMU"),
        8 => return Some("PCMA"),
        9 => return Some("G722"),
        _ => {}
    }
    let count = |value: usize| pooled.get(value).map_or(0, |count| u32::from(*count));
    let total: u32 = pooled.iter().map(|count| u32::from(*count)).sum();
    let (mu, a) = (count(0xFF) + count(0x7F), count(0xD5) + count(0x55));
    // Chance gives two of 256 values a 128th.
    let silent = |own: u32, other: u32| own > total / 32 && own > other.saturating_mul(4);
    match (silent(mu, a), silent(a, mu)) {
        (true, _) => Some("PCMU"),
        (_, true) => Some("PCMA"),
        _ => None,
    }
}

/// One event lasts on under one timestamp (RFC 4733, section 2.5).
fn event(one: &Head, other: &Head) -> bool {
    let (Some((event, lasted)), Some((next, lasts))) = (read_event(one), read_event(other)) else {
        return false;
    };
    let goes_on = one.timestamp == other.timestamp;
    !goes_on || event == next && lasted <= lasts
}

/// Event and duration of a key of a telephone.
fn read_event(head: &Head) -> Option<(u8, u16)> {
    let [event @ 0..=15, flags, high, low] = head.octets() else {
        return None;
    };
    let is_whole = head.len == 4 && flags & 0x40 == 0;
    is_whole.then_some((*event, u16::from_be_bytes([*high, *low])))
}

/// How many keys were pressed.
pub(super) fn events(heads: &[Head]) -> u32 {
    let mut starts: Vec<u32> = heads.iter().map(|head| head.timestamp).collect();
    starts.sort_unstable();
    starts.dedup();
    starts.len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_or_an_assigned_type_tells_the_companding() {
        let mut pooled = [4; 256];
        assert_eq!(companding(8, &pooled), Some("PCMA"));
        assert_eq!(companding(100, &pooled), None);
        pooled[0xFF] = 900;
        assert_eq!(companding(100, &pooled), Some("PCMU"));
        pooled[0xD5] = 9_000;
        assert_eq!(companding(100, &pooled), Some("PCMA"));
    }
}
