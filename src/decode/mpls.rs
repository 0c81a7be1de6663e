//! MPLS, and the Ethernet frames that it carries between the ends of a pseudowire.

use crate::base::anomaly::Anomaly;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};

use super::link::{Ahead, version};
use super::walk::Walk;

/// A label of a stack (RFC 3032). What follows the last is told by its first octets alone.
pub(super) fn label<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let Some(&[_, _, bottom, _]) = walk.captured().first_chunk::<4>() else {
        walk.short();
        return None;
    };
    walk.mark(0, 4, Field::LinkHeader, Value::None);
    walk.advance(4);
    if bottom & 1 == 0 {
        return Some(Ahead::Mpls);
    }
    match version(walk)? {
        4 => Some(Ahead::Ipv4),
        6 => Some(Ahead::Ipv6),
        _ => pseudowire(walk),
    }
}

/// Ethernet over MPLS (RFC 4448), mostly behind a control word (RFC 4385).
///
/// Only the two ends know whether there is one. Its first four bits are zero, which an Ethernet
/// address may begin with too, so it is the type of the frame that tells.
fn pseudowire<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Option<Ahead> {
    let octets = walk.captured();
    let is_frame_at = |at: usize| match octets.get(at..).and_then(<[u8]>::first_chunk::<14>) {
        Some(&[.., high, low]) => is_known(u16::from_be_bytes([high, low])),
        None => false,
    };
    if octets.first().is_some_and(|first| first >> 4 == 0) && is_frame_at(4) {
        walk.mark(0, 4, Field::LinkHeader, Value::None);
        walk.advance(4);
        return Some(Ahead::Ethernet);
    }
    if is_frame_at(0) {
        return Some(Ahead::Ethernet);
    }
    let too_short = octets.len() < 18;
    if !(too_short && walk.ahead().is_cut()) {
        walk.odd(Anomaly::Tunnel);
    }
    None
}

/// `EtherTypes` that are common enough to recognise a frame by: IP, ARP, tags, MPLS, `PPPoE`.
const fn is_known(ether_type: u16) -> bool {
    matches!(
        ether_type,
        0x0800 | 0x0806 | 0x86dd | 0x8100 | 0x88a8 | 0x8847 | 0x8848 | 0x8864
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ETHERNET, ETHERNET_IPV4, IPV4_UDP, see};
    use super::*;

    #[test]
    fn a_stack_of_mpls_labels_is_stepped_over() {
        let labels = [0x88, 0x47, 0, 0, 0x10, 64, 0, 0, 0x21, 64];
        let octets = [&ETHERNET_IPV4[..12], &labels, &IPV4_UDP].concat();
        assert_eq!(see(ETHERNET, &octets).udp().offset, 50);
    }

    /// The sample in a frame, behind a label and what else stands before the frame.
    fn carried(before: &[u8], destination: u8) -> Vec<u8> {
        let labels = [0x88, 0x47, 0, 0, 0x11, 64];
        let mut inner = ETHERNET_IPV4;
        inner[0] = destination;
        [&ETHERNET_IPV4[..12], &labels, before, &inner, &IPV4_UDP].concat()
    }

    #[test]
    fn a_frame_in_a_pseudowire_is_read_with_a_control_word_and_without() {
        for (before, destination, offset) in
            [(&[0, 0, 0, 9][..], 2, 64), (&[], 2, 60), (&[], 0x92, 60)]
        {
            let octets = carried(before, destination);
            let seen = see(ETHERNET, &octets);
            assert_eq!(seen.udp().offset, offset);
            assert_eq!(seen.field_at(18 + before.len() as u32), Field::EthDst);
            assert_eq!(seen.anomalies(), []);
        }
    }

    #[test]
    fn what_is_no_known_frame_is_told() {
        let octets = [
            &ETHERNET_IPV4[..12],
            &[0x88, 0x47, 0, 0, 0x11, 64],
            &[0x10; 40],
        ]
        .concat();
        assert_eq!(see(ETHERNET, &octets).anomalies(), [Anomaly::Tunnel]);
    }
}
