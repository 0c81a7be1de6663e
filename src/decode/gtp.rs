//! GTP-U: a mobile network's tunnel of IP in UDP (3GPP TS 29.281, section 5).
//!
//! The port alone proves nothing: version, type and length must agree, and an IP header must follow.

use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Octets;

use super::link::Ahead;
use super::walk::Walk;

/// Steps from a UDP payload, where the walk stands, into the packet that GTP-U carries there.
pub(super) fn enter<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    (src, dst): (u16, u16),
    payload: Octets<'_>,
) -> Option<Ahead> {
    if src != PORT && dst != PORT {
        return None;
    }
    let &[flags, G_PDU, l0, l1, t0, t1, t2, t3] = payload.captured.first_chunk()? else {
        return None;
    };
    let len = u32::from(u16::from_be_bytes([l0, l1]));
    // Version 1, GTP and not GTP'; the bit between is spare.
    if flags & 0xF8 != 0x30 || payload.wire_len.checked_sub(8)? != len {
        return None;
    }
    let header_len = header_len(flags, payload.captured)?;
    let inside = match payload.captured.get(header_len as usize)? >> 4 {
        4 => Ahead::Ipv4,
        6 => Ahead::Ipv6,
        _ => return None,
    };
    let tunnel = u32::from_be_bytes([t0, t1, t2, t3]);
    walk.mark(0, 4, Field::GtpHeader, Value::None);
    walk.mark(4, 8, Field::GtpTunnel, Value::Number(tunnel.into()));
    walk.enter(Field::GtpTunnel, tunnel);
    walk.mark(8, header_len, Field::GtpHeader, Value::None);
    walk.advance(header_len);
    Some(inside)
}

/// Eight octets; where any of three flags is set four more, and extension headers if they say so.
fn header_len(flags: u8, octets: &[u8]) -> Option<u32> {
    if flags.trailing_zeros() >= 3 {
        return Some(8);
    }
    let mut len = 12_usize;
    let mut next = *octets.get(11)?;
    while flags & 0x04 != 0 && next != 0 {
        // Its length is in units of four octets, and never zero.
        let words = usize::from(*octets.get(len)?).max(1);
        len = len.saturating_add(words.saturating_mul(4));
        next = *octets.get(len.saturating_sub(1))?;
    }
    Some(len as u32)
}

/// Registered for GTP-U.
const PORT: u16 = 2152;
/// The message that carries a packet.
const G_PDU: u8 = 255;

#[cfg(test)]
mod tests {
    use super::super::Payload;
    use super::super::tests::{IPV4_UDP, RAW, address, see};

    /// The sample inside GTP-U with this header, to this port.
    fn tunnel(port: [u8; 2], header: &[u8]) -> Vec<u8> {
        let mut octets = [&IPV4_UDP[..28], header, &IPV4_UDP].concat();
        let len = octets.len() as u8;
        (octets[3], octets[25]) = (len, len - 20);
        octets[22..24].copy_from_slice(&port);
        octets
    }

    const GTP: [u8; 2] = [0x08, 0x68];

    fn source(octets: &[u8]) -> Option<u16> {
        match see(RAW, octets).decoded.payload {
            Payload::Udp { five_tuple, .. } => Some(five_tuple.dst.port()),
            _ => None,
        }
    }

    #[test]
    fn the_packet_inside_is_the_one_that_is_read() {
        let plain = [0x30, 255, 0, 32, 0, 0, 0, 1];
        let extended = [0x34, 255, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 9, 0];
        for header in [&plain[..], &extended] {
            let octets = tunnel(GTP, header);
            let seen = see(RAW, &octets);
            assert_eq!(seen.udp().captured, [1, 2, 3, 4]);
            assert_eq!(seen.udp().offset as usize, octets.len() - 4);
            assert_eq!(seen.decoded.src, Some(address("192.0.2.1:0").ip()));
            assert_eq!(seen.anomalies(), []);
        }
    }

    #[test]
    fn without_its_port_its_length_or_a_packet_inside_it_is_a_datagram() {
        let header = [0x30, 255, 0, 32, 0, 0, 0, 1];
        assert_eq!(source(&tunnel(GTP, &header)), Some(3478));
        assert_eq!(source(&tunnel([0, 99], &header)), Some(99));
        assert_eq!(
            source(&tunnel(GTP, &[0x30, 255, 0, 33, 0, 0, 0, 1])),
            Some(2152)
        );
        assert_eq!(
            source(&tunnel(GTP, &[0x30, 254, 0, 32, 0, 0, 0, 1])),
            Some(2152)
        );
        let mut octets = tunnel(GTP, &header);
        octets[36] = 0x55;
        assert_eq!(source(&octets), Some(2152));
    }
}
