//! What makes two datagrams that differ the same datagram, altered.

use crate::base::label::Quiet;
use crate::base::span::Octets;
use crate::dissect::rtcp::Guard;
use crate::dissect::{Belief, Candidate, Message, datagram};

/// Takes a unified DTLS header for one only where nothing else is asked.
struct Any;

impl Belief for Any {
    fn believes(&self, _: bool, _: Candidate) -> bool {
        true
    }
}

/// What a datagram keeps when its content is altered.
#[derive(Debug, PartialEq, Eq)]
enum Identity {
    /// SSRC and sequence number.
    Rtp(u32, u16),
    /// SSRC, SRTCP index and place of the trailer. Plain RTCP has no identity.
    Srtcp(u32, u32, u32),
    /// Epoch and record number; under a unified header as masked.
    Dtls(Option<u8>, u16, u64),
    /// Transaction.
    Stun(u16, [u8; 16]),
}

fn identity(octets: &[u8]) -> Option<Identity> {
    match datagram(Octets::whole(octets, 0), &Any, &mut Quiet).outer {
        Message::Rtp(rtp) => Some(Identity::Rtp(rtp.ssrc.0, rtp.seq)),
        Message::Rtcp(rtcp) => match rtcp.guard {
            Guard::Trailer { offset, index } => Some(Identity::Srtcp(rtcp.ssrc.0, index, offset)),
            Guard::Plain | Guard::Open { .. } | Guard::Undecided => None,
        },
        Message::Dtls(dtls) => {
            let content = dtls.first.content.map(|content| content.0);
            Some(Identity::Dtls(content, dtls.first.epoch, dtls.first.number))
        }
        Message::Stun(stun) => Some(Identity::Stun(stun.message_type.0, stun.id.0)),
        Message::ChannelData(_)
        | Message::Sip(_)
        | Message::Zrtp(_)
        | Message::Quic(_)
        | Message::Unknown => None,
    }
}

/// Whether `left` may be what entered with some octets altered: the same identity, or the same
/// length with three quarters of the octets equal.
pub(super) fn alike(left: &[u8]) -> impl Fn(&[u8]) -> bool {
    let known = identity(left);
    move |entered| {
        if known.is_some() && known == identity(entered) {
            return true;
        }
        let equal = entered.iter().zip(left).filter(|(a, b)| a == b).count();
        entered.len() == left.len() && equal * 4 >= left.len() * 3 && !left.is_empty()
    }
}
