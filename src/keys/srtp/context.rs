//! A master key at work: packets of RTP and RTCP opened, each octet at its place.

use super::MasterKey;
use super::cryptex::Clear;
use super::rollover::Rollover;
use super::suite::SrtpSuite;
use super::transform::{Numbered, Transform, verifies};
use crate::base::span::Octets;
use crate::dissect::rtcp::{CLEAR, INDEX, Rtcp};
use crate::dissect::rtp::Rtp;
use crate::keys::NotOpened;

/// The session keys that one master key gives (RFC 3711, section 3.2).
#[derive(Debug)]
pub struct SrtpContext {
    suite: SrtpSuite,
    identifier_len: usize,
    media: Transform,
    reports: Transform,
}

/// What the trailer of an opened SRTCP packet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportIndex {
    /// Number of the packet among those of its sender, 31 bits.
    pub number: u32,
    /// The E flag: whether the packet was encrypted, and not only authenticated.
    pub encrypted: bool,
}

impl SrtpContext {
    /// Derives the session keys; `None` where the key is not as long as its suite asks.
    pub fn new(master: &MasterKey) -> Option<Self> {
        Some(Self {
            suite: master.suite,
            identifier_len: master.identifier_len,
            media: Transform::new(master, false)?,
            reports: Transform::new(master, true)?,
        })
    }

    /// Where the trailer of an SRTCP packet begins, in octets before its end.
    pub const fn trailer_offset(&self) -> u32 {
        let tag = match self.reports {
            Transform::Hmac(_) => self.suite.report_tag_len(),
            Transform::Gcm(_) => 0,
        };
        INDEX + (self.identifier_len + tag) as u32
    }

    /// The suite.
    pub const fn suite(&self) -> SrtpSuite {
        self.suite
    }

    /// Opens an RTP packet into `out`: header, extension and payload, without the tag. What
    /// Cryptex sealed is readable there, under the profile that it had before.
    ///
    /// # Errors
    /// [`NotOpened::Cut`] where the capture does not hold the packet whole, [`NotOpened::Tag`]
    /// where its tag does not verify under this rollover counter. `out` is of no use then.
    pub fn open_rtp(
        &self,
        packet: Octets<'_>,
        rtp: &Rtp<'_>,
        counter: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), NotOpened> {
        self.find(packet, rtp, counter..=counter, out).map(|_| ())
    }

    /// Opens an RTP packet of a stream of which nothing is known: under each rollover counter up
    /// to `last`, for which [`Rollover::SEARCHED`] is a good choice. Returns where the stream is.
    ///
    /// # Errors
    /// Those of [`Self::open_rtp`].
    pub fn search_rtp(
        &self,
        packet: Octets<'_>,
        rtp: &Rtp<'_>,
        last: u32,
        out: &mut Vec<u8>,
    ) -> Result<Rollover, NotOpened> {
        let counter = self.find(packet, rtp, 0..=last, out)?;
        Ok(Rollover::at(counter, rtp.seq))
    }

    /// The first of these counters under which a packet opens.
    fn find(
        &self,
        packet: Octets<'_>,
        rtp: &Rtp<'_>,
        mut counters: impl Iterator<Item = u32>,
        out: &mut Vec<u8>,
    ) -> Result<u32, NotOpened> {
        let clear = Clear::of(rtp);
        let numbered = |counter: u32| Numbered {
            ssrc: rtp.ssrc.0,
            index: u64::from(counter) << 16 | u64::from(rtp.seq),
        };
        let found = match &self.media {
            Transform::Hmac(keys) => {
                let (octets, tag) = split(packet, self.suite.tag_len())?;
                let octets = without(octets, self.identifier_len)?;
                let mac = keys.over(octets);
                let counter = counters.find(|c| verifies(&mac, c.to_be_bytes(), tag));
                fill(out, octets);
                clear.gather(out);
                if let (Some(counter), Some(sealed)) = (counter, out.get_mut(clear.len..)) {
                    keys.decrypt(numbered(counter), sealed);
                }
                counter
            }
            Transform::Gcm(keys) => {
                let (octets, _) = split(packet, self.identifier_len)?;
                fill(out, octets);
                clear.gather(out);
                let parts = out.split_at_mut_checked(clear.len);
                let (associated, sealed) = parts.ok_or(NotOpened::Tag)?;
                let counter =
                    counters.find(|c| keys.open(numbered(*c), associated, sealed).is_some());
                out.truncate(octets.len().saturating_sub(self.suite.tag_len()));
                counter
            }
        };
        clear.restore(out);
        found.ok_or(NotOpened::Tag)
    }

    /// Opens an RTCP packet into `out`: the whole compound, without trailer and tag.
    ///
    /// # Errors
    /// As those of [`Self::open_rtp`].
    pub fn open_rtcp(&self, rtcp: &Rtcp<'_>, out: &mut Vec<u8>) -> Result<ReportIndex, NotOpened> {
        let tag_len = match self.reports {
            Transform::Hmac(_) => self.suite.report_tag_len(),
            // It stands before the trailer, with what is encrypted.
            Transform::Gcm(_) => 0,
        };
        let (octets, tag) = split(rtcp.octets, tag_len)?;
        let octets = without(octets, self.identifier_len)?;
        let (octets, trailer) = octets.split_last_chunk().ok_or(NotOpened::Tag)?;
        let word = u32::from_be_bytes(*trailer);
        let index = ReportIndex {
            number: word & 0x7FFF_FFFF,
            encrypted: word >> 31 == 1,
        };
        let numbered = Numbered {
            ssrc: rtcp.ssrc.0,
            index: index.number.into(),
        };
        let clear = if index.encrypted {
            CLEAR as usize
        } else {
            let tag = octets.len().checked_sub(self.suite.report_tag_len());
            match self.reports {
                Transform::Hmac(_) => octets.len(),
                Transform::Gcm(_) => tag.ok_or(NotOpened::Tag)?,
            }
        };
        fill(out, octets);
        let parts = out.split_at_mut_checked(clear);
        let (head, sealed) = parts.ok_or(NotOpened::Tag)?;
        match &self.reports {
            Transform::Hmac(keys) => {
                if !verifies(&keys.over(octets), *trailer, tag) {
                    return Err(NotOpened::Tag);
                }
                keys.decrypt(numbered, sealed);
            }
            Transform::Gcm(keys) => {
                let associated = [&*head, trailer].concat();
                let opened = keys.open(numbered, &associated, sealed);
                opened.ok_or(NotOpened::Tag)?;
                out.truncate(octets.len().saturating_sub(self.suite.report_tag_len()));
            }
        }
        Ok(index)
    }
}

/// A packet that was captured whole, and so many octets at its end.
fn split(packet: Octets<'_>, tail: usize) -> Result<(&[u8], &[u8]), NotOpened> {
    if packet.is_cut() {
        return Err(NotOpened::Cut);
    }
    let at = packet.captured.len().checked_sub(tail);
    let parts = at.and_then(|at| packet.captured.split_at_checked(at));
    parts.ok_or(NotOpened::Tag)
}

/// Octets without so many at their end.
fn without(octets: &[u8], tail: usize) -> Result<&[u8], NotOpened> {
    let len = octets.len().checked_sub(tail);
    len.and_then(|len| octets.get(..len)).ok_or(NotOpened::Tag)
}

fn fill(out: &mut Vec<u8>, octets: &[u8]) {
    out.clear();
    out.extend(octets);
}

#[cfg(test)]
mod tests;
