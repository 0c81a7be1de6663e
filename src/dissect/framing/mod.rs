//! Where one message of a stream ends and the next begins. Pure: octets in, lengths out.
//!
//! Ports are no proof. A stream whose beginning was seen has the framing of its first message; one
//! that is come upon in the middle has that in which two messages follow one another, the first of
//! them STUN with its magic cookie.

mod search;

use super::{COOKIE, sip};
use crate::base::field::Field;
use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::dissect::stun::HEADER_LEN;
use crate::dissect::stun::names::{Class, MessageType, Method};

pub use search::{Search, search};

/// How messages follow one another in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// STUN by its length, and ChannelData padded to four octets (RFC 8656, section 12.5).
    Turn,
    /// A length of two octets before each message: ICE-TCP (RFC 4571, RFC 6544).
    Length,
    /// A kind, a zero and a length of two octets before each message ([MS-TURN] 2.1.4).
    MsTurn,
    /// SIP by its Content-Length (RFC 3261, section 18.3).
    Sip,
    /// Records of TLS.
    Tls,
}

/// What stands at the beginning of octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A message of so many octets, with what frames it.
    Message(u32),
    /// Too few octets to tell.
    Short,
    /// No message of this framing.
    Nothing,
}

/// The framing of a stream that begins with these octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// This one.
    Of(Framing),
    /// Too few octets to tell.
    Short,
    /// None of these.
    Foreign,
}

/// Octets of a message at most: the longest body of SIP that was met, twice.
pub const LONGEST: u32 = 1 << 17;
/// Octets of the longest first line.
const LONGEST_LINE: usize = 1 << 11;
/// Octets of a TLS record at most (RFC 8446, section 5.2; RFC 5246, section 6.2.3).
const LONGEST_RECORD: u16 = (1 << 14) + 2048;
/// What the framing of MS-TURN stands before: a message of TURN, or data between two ends.
const MS_CONTROL: u8 = 2;
const MS_DATA: u8 = 3;

/// The framing of a stream of which these are the first octets.
pub fn beginning(octets: &[u8]) -> Beginning {
    first_of([
        (Framing::Turn, stun_at(octets, 0)),
        (Framing::Length, stun_at(octets, 2)),
        (Framing::MsTurn, ms_control(octets)),
        (Framing::Tls, hello(octets)),
        (Framing::Sip, first_line(octets)),
    ])
}

/// The framing of what follows records of TLS and is none: some clients of TURN exchange hellos
/// that agree on no keys, to pass for TLS, and go on in clear ([MS-TURN] 2.1.1).
pub fn behind_hellos(octets: &[u8]) -> Beginning {
    first_of([
        (Framing::Turn, stun_at(octets, 0)),
        (Framing::MsTurn, ms_control(octets)),
    ])
}

fn first_of<const N: usize>(framings: [(Framing, Next); N]) -> Beginning {
    let mut short = false;
    for (framing, next) in framings {
        match next {
            Next::Message(_) => return Beginning::Of(framing),
            Next::Short => short = true,
            Next::Nothing => {}
        }
    }
    if short {
        Beginning::Short
    } else {
        Beginning::Foreign
    }
}

impl Framing {
    /// What stands at the beginning of `octets`.
    pub fn next(self, octets: &[u8]) -> Next {
        match self {
            Self::Turn => turn(octets),
            Self::Length => length(octets),
            Self::MsTurn => ms_turn(octets),
            Self::Sip => sip_message(octets),
            Self::Tls => record(octets),
        }
    }

    /// Octets that frame a message and stand before it.
    pub const fn before(self) -> u32 {
        match self {
            Self::Length => 2,
            Self::MsTurn => 4,
            Self::Turn | Self::Sip | Self::Tls => 0,
        }
    }
}

/// Whether a message in the framing of MS-TURN is data between two ends, which have a framing of
/// their own in it.
pub const fn is_ms_data(message: &[u8]) -> bool {
    matches!(message, [MS_DATA, ..])
}

/// Whether this is a ConnectionBind, and of which class: a client asks to be joined to a peer's
/// connection, whose octets follow on both sides without any framing once the server has granted it
/// (RFC 6062, section 5.4).
pub fn binds(message: &[u8]) -> Option<Class> {
    let kind = message.first_chunk().copied().map(u16::from_be_bytes)?;
    let kind = MessageType(kind);
    (kind.method() == Method::CONNECTION_BIND).then(|| kind.class())
}

fn turn(octets: &[u8]) -> Next {
    let Some([first, _, l0, l1]) = octets.first_chunk() else {
        return Next::Short;
    };
    let len = u32::from(u16::from_be_bytes([*l0, *l1]));
    match first {
        0..=0x3F if !len.is_multiple_of(4) => Next::Nothing,
        0..=0x3F => match cookie_at(octets, 4) {
            Next::Message(_) => Next::Message(len.saturating_add(HEADER_LEN)),
            other => other,
        },
        0x40..=0x7F => Next::Message(len.saturating_add(4).next_multiple_of(4)),
        _ => Next::Nothing,
    }
}

fn length(octets: &[u8]) -> Next {
    let Some(len) = octets.first_chunk() else {
        return Next::Short;
    };
    let len = u32::from(u16::from_be_bytes(*len));
    match octets.get(2) {
        None if len > 0 => Next::Short,
        // STUN, ZRTP, DTLS, RTP and RTCP (RFC 7983, section 7): this is no TURN.
        Some(0..=3 | 16..=63 | 128..=191) => Next::Message(len.saturating_add(2)),
        _ if len == 0 => Next::Message(2),
        Some(_) | None => Next::Nothing,
    }
}

fn ms_turn(octets: &[u8]) -> Next {
    match octets {
        [MS_CONTROL | MS_DATA, 0, l0, l1, ..] => {
            Next::Message(u32::from(u16::from_be_bytes([*l0, *l1])).saturating_add(4))
        }
        [MS_CONTROL | MS_DATA] | [MS_CONTROL | MS_DATA, 0] | [MS_CONTROL | MS_DATA, 0, _] | [] => {
            Next::Short
        }
        _ => Next::Nothing,
    }
}

/// Whether the framing of MS-TURN stands here before STUN with its cookie, or may do so.
fn ms_control(octets: &[u8]) -> Next {
    match (ms_turn(octets), octets.first()) {
        (Next::Nothing, _) | (_, Some(&MS_DATA)) => Next::Nothing,
        _ => stun_at(octets, 4),
    }
}

fn record(octets: &[u8]) -> Next {
    match octets {
        [20..=23, 3, 0..=4, l0, l1, ..] => match u16::from_be_bytes([*l0, *l1]) {
            len @ 0..=LONGEST_RECORD => Next::Message(u32::from(len).saturating_add(5)),
            _ => Next::Nothing,
        },
        [20..=23] | [20..=23, 3] | [20..=23, 3, 0..=4] | [20..=23, 3, 0..=4, _] | [] => Next::Short,
        _ => Next::Nothing,
    }
}

/// A record that holds a ClientHello or a ServerHello.
fn hello(octets: &[u8]) -> Next {
    match (record(octets), octets.first(), octets.get(5)) {
        (Next::Message(len), Some(22), Some(1 | 2)) => Next::Message(len),
        (Next::Message(_) | Next::Short, Some(22) | None, None) => Next::Short,
        _ => Next::Nothing,
    }
}

/// Whether STUN with its cookie stands at `at`, or may do so.
fn stun_at(octets: &[u8], at: usize) -> Next {
    match octets.get(at) {
        Some(0x40..) => Next::Nothing,
        _ => cookie_at(octets, at.saturating_add(4)),
    }
}

/// Whether the cookie stands at `at`, or may do so.
fn cookie_at(octets: &[u8], at: usize) -> Next {
    let there = octets.get(at..).unwrap_or_default();
    match (there.starts_with(&COOKIE), COOKIE.starts_with(there)) {
        (true, _) => Next::Message(0),
        (_, true) => Next::Short,
        _ => Next::Nothing,
    }
}

/// Whether the first line is one of SIP.
fn first_line(octets: &[u8]) -> Next {
    let text = octets.trim_ascii_start();
    let Some(end) = text.iter().position(|octet| *octet == b'\n') else {
        let may_be = text.len() < LONGEST_LINE && is_text(text);
        return if may_be { Next::Short } else { Next::Nothing };
    };
    let line = text.get(..=end).unwrap_or_default();
    match sip::parse(Octets::whole(line, 0), &mut Quiet) {
        Some(_) => Next::Message(0),
        None => Next::Nothing,
    }
}

/// Whether this may be the begin of a line.
fn is_text(part: &[u8]) -> bool {
    let line = part.strip_suffix(b"\r").unwrap_or(part);
    line.iter().all(|octet| (b' '..=b'~').contains(octet))
}

/// A message of SIP with its body, and the empty lines before it.
fn sip_message(octets: &[u8]) -> Next {
    match first_line(octets) {
        Next::Message(_) => {}
        other => return other,
    }
    let blank = octets.len().saturating_sub(octets.trim_ascii_start().len());
    let head = octets.get(blank..).unwrap_or_default();
    let end = [&b"\r\n\r\n"[..], b"\n\n"].into_iter().find_map(|end| {
        let at = head.windows(end.len()).position(|window| window == end)?;
        at.checked_add(end.len())
    });
    let Some(end) = end else {
        return if octets.len() < LONGEST as usize {
            Next::Short
        } else {
            Next::Nothing
        };
    };
    let headers = head.get(..end).unwrap_or_default();
    let parsed = sip::parse(Octets::whole(headers, 0), &mut Quiet);
    let len = parsed.and_then(|sip| sip.find(Field::SipContentLength).map(sip::number));
    // Without the header, which a stream must have, the message ends with its headers.
    let Some(body) = len.unwrap_or(Some(0)) else {
        return Next::Nothing;
    };
    let all = blank.saturating_add(end).saturating_add(body);
    match u32::try_from(all) {
        Ok(all) if all <= LONGEST => Next::Message(all),
        _ => Next::Nothing,
    }
}

#[cfg(test)]
mod tests;
