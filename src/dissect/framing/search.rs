//! Messages found again in the middle of a stream.

use super::{COOKIE, Framing, LONGEST, Next};
use crate::dissect::stun::HEADER_LEN;

/// What was found in the middle of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// A message of this framing begins at this octet.
    Found(usize, Framing),
    /// None is found yet, and none begins before this octet.
    From(usize),
}

/// Octets before a cookie in which its message begins: a header of ChannelData, then that of STUN.
const BEFORE: usize = 8;
/// Kind and zero of a message of MS-TURN.
const MS_MESSAGE: u16 = 0x0200;

/// Looks for the first message, in a stream whose framing is known or not.
pub fn search(octets: &[u8], known: Option<Framing>) -> Search {
    let stun = match known {
        None | Some(Framing::Turn | Framing::Length | Framing::MsTurn) => stun(octets, known),
        Some(Framing::Tls) => return record(octets),
        Some(Framing::Sip) => Search::From(octets.len()),
    };
    match known {
        None | Some(Framing::Sip) => earlier(stun, sip(octets)),
        _ => stun,
    }
}

fn earlier(one: Search, other: Search) -> Search {
    match (one, other) {
        (found @ Search::Found(..), _) | (_, found @ Search::Found(..)) => found,
        (Search::From(one), Search::From(other)) => Search::From(one.min(other)),
    }
}

/// Looks for STUN. Where the framing is not known, another message must follow in it.
fn stun(octets: &[u8], known: Option<Framing>) -> Search {
    let mut at = 0_usize;
    while let Some(rest) = octets.get(at..)
        && let Some(found) = rest
            .windows(COOKIE.len())
            .position(|window| window == COOKIE)
    {
        let cookie = at.saturating_add(found);
        at = cookie.saturating_add(1);
        let Some((start, framing)) = around(octets, cookie) else {
            continue;
        };
        if known.is_some_and(|known| known != framing) {
            continue;
        }
        let message = octets.get(start..).unwrap_or_default();
        if known.is_some() {
            if matches!(framing.next(message), Next::Message(_)) {
                return Search::Found(start, framing);
            }
            continue;
        }
        match agrees(message, framing) {
            Next::Message(_) => return Search::Found(start, framing),
            Next::Short => return Search::From(start),
            Next::Nothing => {}
        }
    }
    let tail = BEFORE.saturating_add(COOKIE.len()).saturating_sub(1);
    Search::From(octets.len().saturating_sub(tail))
}

/// Where the message begins whose cookie stands here, and what frames it.
fn around(octets: &[u8], cookie: usize) -> Option<(usize, Framing)> {
    let header = cookie.checked_sub(4)?;
    let number = |at: Option<usize>| {
        let octets = octets.get(at?..)?.first_chunk()?;
        Some(u16::from_be_bytes(*octets))
    };
    let len = u32::from(number(header.checked_add(2))?);
    if number(Some(header))? >= 0x4000 {
        return None;
    }
    let message = len.saturating_add(HEADER_LEN);
    let told = header.checked_sub(2);
    let before = header.checked_sub(4);
    let framed = number(told).map(u32::from) == Some(message);
    match number(before) {
        // MS-TURN pads nothing.
        Some(MS_MESSAGE) if framed => Some((before?, Framing::MsTurn)),
        _ if !len.is_multiple_of(4) => None,
        _ if !framed => Some((header, Framing::Turn)),
        Some(0x4000..=0x4FFF) => Some((before?, Framing::Turn)),
        _ => Some((told?, Framing::Length)),
    }
}

/// Whether the message that follows the first one is one of this framing too.
fn agrees(octets: &[u8], framing: Framing) -> Next {
    let Next::Message(len) = framing.next(octets) else {
        return Next::Nothing;
    };
    if len > LONGEST {
        return Next::Nothing;
    }
    let after = octets.get(len as usize..).unwrap_or_default();
    match (framing.next(after), framing, after) {
        // A datagram of a size that networks carry, and a channel that may be bound.
        (Next::Message(_), Framing::Length, [16..=255, ..] | [0, 0, ..])
        | (Next::Message(_), Framing::Turn, [0x50..=255, ..]) => Next::Nothing,
        (next, ..) => next,
    }
}

/// Looks for a record of TLS that another follows: two headers in their places are an accident once
/// in 10^12 octets.
fn record(octets: &[u8]) -> Search {
    let mut at = 0_usize;
    while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
        match Framing::Tls.next(rest) {
            Next::Message(len) => {
                match rest.get(len as usize..).map(|next| Framing::Tls.next(next)) {
                    Some(Next::Message(_)) => return Search::Found(at, Framing::Tls),
                    None | Some(Next::Short) => return Search::From(at),
                    Some(Next::Nothing) => {}
                }
            }
            Next::Short => return Search::From(at),
            Next::Nothing => {}
        }
        at = at.saturating_add(1);
    }
    Search::From(at)
}

/// Looks for the first line of a SIP message.
fn sip(octets: &[u8]) -> Search {
    let mut at = 0_usize;
    while let Some(line) = octets.get(at..) {
        let end = line.iter().position(|octet| *octet == b'\n');
        let Some(end) = end else { break };
        let text = line.get(..=end).unwrap_or_default();
        let said = text.windows(VERSION.len()).any(|window| window == VERSION);
        if said && super::first_line(text) == Next::Message(0) && !text.trim_ascii().is_empty() {
            return Search::Found(at, Framing::Sip);
        }
        at = at.saturating_add(end).saturating_add(1);
    }
    let last = octets.get(at..).unwrap_or_default();
    if last.len() < super::LONGEST_LINE && super::is_text(last) {
        Search::From(at)
    } else {
        Search::From(octets.len())
    }
}

const VERSION: &[u8] = b"SIP/2.0";
