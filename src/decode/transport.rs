//! UDP, and of TCP and ICMP no more than that they are there.

use std::net::{IpAddr, SocketAddr};

use etherparse::{TcpHeaderSlice, UdpHeaderSlice};

use super::{Decoded, net};
use crate::base::addr::{FiveTuple, Transport};
use crate::base::anomaly::Anomaly;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::Sink;
use crate::base::span::Octets;

/// Reads what an IP packet carries; `None` where its header ends too early.
pub(super) fn read<'a, S: Sink>(
    protocol: u8,
    ips: (IpAddr, IpAddr),
    octets: Octets<'a>,
    sink: &mut S,
    decoded: &mut Decoded<'a>,
) -> Option<()> {
    match protocol {
        17 => udp(ips, octets, sink, decoded),
        6 => tcp(ips, octets, sink, decoded),
        1 | 58 => {
            icmp(protocol, octets, sink);
            Some(())
        }
        4 | 41 | 47 => {
            decoded.anomalies.insert(Anomaly::Tunnel);
            Some(())
        }
        _ => Some(()),
    }
}

fn ends((src, dst): (IpAddr, IpAddr), ports: (u16, u16), transport: Transport) -> FiveTuple {
    let (src, dst) = (SocketAddr::new(src, ports.0), SocketAddr::new(dst, ports.1));
    FiveTuple {
        src,
        dst,
        transport,
    }
}

fn udp<'a, S: Sink>(
    ips: (IpAddr, IpAddr),
    octets: Octets<'a>,
    sink: &mut S,
    decoded: &mut Decoded<'a>,
) -> Option<()> {
    let header = UdpHeaderSlice::from_slice(octets.captured).ok()?;
    if S::ACTIVE {
        let mut cursor = Cursor::new(octets, sink);
        cursor.u16(Field::UdpSrcPort).ok()?;
        cursor.u16(Field::UdpDstPort).ok()?;
        cursor.u16(Field::UdpLength).ok()?;
        cursor.u16(Field::UdpChecksum).ok()?;
    }
    let told = u32::from(header.length());
    // A length that cannot be, or zero under offload, leaves the length of the IP packet.
    let len = if (8..=octets.wire_len).contains(&told) {
        told
    } else {
        decoded.anomalies.insert(Anomaly::UdpLength);
        octets.wire_len
    };
    net::rest(octets.after(len), Field::FrameTrailer, sink);
    decoded.five_tuple = Some(ends(
        ips,
        (header.source_port(), header.destination_port()),
        Transport::Udp,
    ));
    decoded.datagram = Some(octets.part(0, len).after(8));
    Some(())
}

fn tcp<'a, S: Sink>(
    ips: (IpAddr, IpAddr),
    octets: Octets<'a>,
    sink: &mut S,
    decoded: &mut Decoded<'a>,
) -> Option<()> {
    let header = TcpHeaderSlice::from_slice(octets.captured).ok()?;
    let len = header.slice().len() as u32;
    net::rest(octets.part(0, len), Field::TcpHeader, sink);
    net::rest(octets.after(len), Field::TcpPayload, sink);
    decoded.five_tuple = Some(ends(
        ips,
        (header.source_port(), header.destination_port()),
        Transport::Tcp,
    ));
    Some(())
}

/// An ICMP error quotes a packet: an exposure of its own, never a flow.
fn icmp<S: Sink>(protocol: u8, octets: Octets<'_>, sink: &mut S) {
    let quotes = match (protocol, octets.captured.first()) {
        (1, Some(kind)) => matches!(kind, 3 | 4 | 5 | 11 | 12),
        (_, Some(kind)) => *kind < 128,
        (_, None) => false,
    };
    if quotes {
        net::rest(octets.part(0, 8), Field::IcmpMessage, sink);
        net::rest(octets.after(8), Field::IcmpQuote, sink);
    } else {
        net::rest(octets, Field::IcmpMessage, sink);
    }
}
