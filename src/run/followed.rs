//! What is known of a capture while it is followed.

use super::follow;
use crate::capture::{CaptureSummary, RawPacket};
use crate::flow::Tracker;

/// The calls of a capture so far, and the capture itself.
pub(super) struct Followed {
    pub(super) tracker: Tracker,
    pub(super) summary: CaptureSummary,
    /// Number of the last packet; 0 before the first.
    pub(super) last: u64,
}

impl Followed {
    pub(super) fn new(summary: CaptureSummary) -> Self {
        Self::by(Tracker::default(), summary)
    }

    /// By a tracker that may have been given keys.
    pub(super) const fn by(tracker: Tracker, summary: CaptureSummary) -> Self {
        Self {
            tracker,
            summary,
            last: 0,
        }
    }

    pub(super) fn take(&mut self, packet: &RawPacket<'_>) {
        self.last = packet.number;
        follow(&mut self.tracker, packet);
    }
}
