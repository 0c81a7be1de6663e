//! Reports whose tag verified with a key.

use std::mem::take;

use super::{RtcpSender, Trailer, TrailerKind};
use crate::base::time::Timestamp;
use crate::dissect::rtcp::Rtcp;
use crate::flow::srtp::{OpenedReport, OpenedReports};
use crate::flow::volume::Held;

impl RtcpSender {
    /// What keys opened of it; `None` where no tag verified.
    pub fn opened(&self) -> Option<&OpenedReports> {
        let opened = self.opened.as_deref();
        opened.filter(|opened| opened.key().is_some())
    }

    /// Adds a datagram whose tag verified; returns how many have become RTCP by it.
    pub(in crate::flow) fn add_opened(
        &mut self,
        number: u64,
        time: Timestamp,
        rtcp: &Rtcp<'_>,
        opened: OpenedReport,
    ) -> u64 {
        self.last = self.last.max(time);
        self.types |= 1 << (rtcp.packet_type.0 & 31);
        self.believed = true;
        let held = Held::of(rtcp.octets);
        let OpenedReport { index, offset } = opened;
        if index.encrypted {
            self.certain(offset);
            self.seal((number, held), index.number);
        } else {
            self.trailer = Some(Trailer {
                kind: TrailerKind::NullCipher,
                offset,
                certain: true,
            });
            self.null_cipher.add(number);
            self.octets.null_cipher += held;
            self.indexed(index.number);
        }
        1 + take(&mut self.waiting)
    }
}
