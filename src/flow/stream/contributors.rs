//! Sources that packets of a stream name as contributing: those that a mixer mixed.

use std::collections::BTreeSet;

use crate::base::sample::Sample;
use crate::dissect::rtp::{Rtp, Ssrc};

/// Sources that are kept of one stream: twice as many as a packet can name.
const KEPT: usize = 30;

/// The contributing sources that a stream names (RFC 3550, section 5.1).
#[derive(Debug, Clone, Default)]
pub struct Contributors {
    /// All of them, as far as they are kept.
    pub named: BTreeSet<Ssrc>,
    /// Packets that name two or more: whoever only switches between sources names one.
    pub mixed: Sample,
}

impl Contributors {
    pub(super) fn add(&mut self, number: u64, rtp: &Rtp<'_>) {
        for octets in rtp.csrcs {
            if self.named.len() < KEPT {
                self.named.insert(Ssrc(u32::from_be_bytes(*octets)));
            }
        }
        if rtp.csrcs.len() > 1 {
            self.mixed.add(number);
        }
    }
}
