//! What keys opened of the reports of one sender.

use std::sync::Arc;

use super::key::MediaKey;
use super::ring::Ring;
use super::tries::{Candidates, Tries};
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::dissect::rtcp::{self, Rtcp};
use crate::flow::room::Room;
use crate::flow::sender::Said;
use crate::keys::ReportIndex;

/// What keys opened of the reports of one sender.
#[derive(Debug, Clone, Default)]
pub struct OpenedReports {
    key: Option<Arc<MediaKey>>,
    tries: Tries,
    /// Packets whose tag verified.
    pub authenticated: Sample,
    /// Packets whose tag does not verify with the key.
    pub refused: Sample,
    /// What was sealed in them.
    pub said: Said,
}

/// A report whose tag verified.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) struct OpenedReport {
    pub(in crate::flow) index: ReportIndex,
    /// Where its trailer begins, in octets before the end.
    pub(in crate::flow) offset: u32,
}

impl OpenedReports {
    /// The key with which its packets open, if any did.
    pub const fn key(&self) -> Option<&Arc<MediaKey>> {
        self.key.as_ref()
    }

    /// Opens one of its packets once more, into `out`; returns whether its tag verifies.
    pub fn again(&self, rtcp: &Rtcp<'_>, out: &mut Vec<u8>) -> bool {
        let key = self.key.as_ref();
        key.is_some_and(|key| key.context.open_rtcp(rtcp, out).is_ok())
    }

    /// Opens a packet into `out`; `None` where it does not. Adds to `refused` the packets of which
    /// is known by now that their tags do not verify.
    pub(super) fn take(
        &mut self,
        (number, rtcp, room): (u64, &Rtcp<'_>, &Room),
        candidates: &Candidates,
        (ring, refused): (&Ring, &mut Vec<u64>),
        out: &mut Vec<u8>,
    ) -> Option<OpenedReport> {
        if rtcp.octets.is_cut() {
            return None;
        }
        let known = self.key.clone();
        let opens = |key: Arc<MediaKey>, out: &mut Vec<u8>| {
            let index = key.context.open_rtcp(rtcp, out).ok()?;
            Some((key, index))
        };
        let opened = known.clone().and_then(|key| opens(key, out)).or_else(|| {
            let mut keys = self.tries.next(number, candidates, ring).into_iter();
            keys.find_map(|key| opens(key, out))
        });
        match &opened {
            Some((key, _)) if known.is_none() => {
                // It was tried on others before it was found to be that of the sender.
                let tried = self.tries.of(key, 0, ring).into_iter();
                refused.extend(tried.filter(|before| *before != number));
            }
            Some(_) => {}
            None => refused.extend(known.map(|_| number)),
        }
        for number in &*refused {
            self.refused.add(*number);
        }
        let (key, index) = opened?;
        let offset = key.context.trailer_offset();
        self.key = Some(key);
        self.authenticated.add(number);
        if let Some(compound) = rtcp::shape(Octets::whole(out, 0), None) {
            self.said.read(number, &compound, room);
        }
        Some(OpenedReport { index, offset })
    }
}
