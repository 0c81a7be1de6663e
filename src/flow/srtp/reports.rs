//! What keys opened of the reports of one sender.

use std::sync::Arc;

use super::key::MediaKey;
use super::ring::Ring;
use super::tries::{Candidates, Tries};
use crate::base::sample::Sample;
use crate::base::span::Octets;
use crate::dissect::rtcp::{self, Rtcp};
use crate::flow::sender::Said;
use crate::keys::{NotOpened, ReportIndex};

/// What keys opened of the reports of one sender.
#[derive(Debug, Clone, Default)]
pub struct OpenedReports {
    key: Option<Arc<MediaKey>>,
    tries: Tries,
    /// Packets whose tag verified.
    pub authenticated: Sample,
    /// Packets whose tag did not verify, since the key was known.
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

    /// Opens a packet into `out`; `None` where it does not.
    pub(super) fn take(
        &mut self,
        (number, rtcp): (u64, &Rtcp<'_>),
        candidates: &Candidates,
        ring: &Ring,
        out: &mut Vec<u8>,
    ) -> Option<OpenedReport> {
        let known = self.key.as_ref();
        let opened = match known.map(|key| key.context.open_rtcp(rtcp, out)) {
            Some(Ok(index)) => Some(index),
            Some(Err(NotOpened::Cut)) => return None,
            Some(Err(_)) | None => {
                let mut keys = self.tries.next(candidates, ring).into_iter();
                keys.find_map(|key| {
                    let index = key.context.open_rtcp(rtcp, out).ok()?;
                    self.key = Some(key);
                    Some(index)
                })
            }
        };
        let (Some(index), Some(key)) = (opened, &self.key) else {
            if self.key.is_some() {
                self.refused.add(number);
            }
            return None;
        };
        self.authenticated.add(number);
        if let Some(compound) = rtcp::shape(Octets::whole(out, 0), None) {
            self.said.read(number, &compound);
        }
        let offset = key.context.trailer_offset();
        Some(OpenedReport { index, offset })
    }
}
