//! IPv4 and IPv6 headers.

use std::net::IpAddr;

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};

use super::{Decoded, transport};
use crate::base::anomaly::Anomaly;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::{Octets, Span};

/// Reads an IP packet and what it carries.
pub(super) fn read<'a, S: Sink>(octets: Octets<'a>, sink: &mut S, decoded: &mut Decoded<'a>) {
    let understood = match octets.captured.first().map(|first| first >> 4) {
        Some(4) => ipv4(octets, sink, decoded),
        Some(6) => ipv6(octets, sink, decoded),
        _ => None,
    };
    if understood.is_none() {
        decoded.anomalies.insert(Anomaly::BadHeader);
    }
}

fn ipv4<'a, S: Sink>(octets: Octets<'a>, sink: &mut S, decoded: &mut Decoded<'a>) -> Option<()> {
    let header = Ipv4HeaderSlice::from_slice(octets.captured).ok()?;
    let len = header.slice().len() as u32;
    if S::ACTIVE {
        label_ipv4(octets, len, sink);
    }
    // Offload leaves the total length zero: then the frame says how long the packet is.
    let told = u32::from(header.total_len());
    let packet = packet(
        octets,
        if told == 0 { octets.wire_len } else { told },
        sink,
        decoded,
    );
    if header.is_fragmenting_payload() {
        decoded.anomalies.insert(Anomaly::IpFragment);
        return Some(());
    }
    let ips = (
        IpAddr::from(header.source_addr()),
        IpAddr::from(header.destination_addr()),
    );
    transport::read(header.protocol().0, ips, packet.after(len), sink, decoded)
}

fn ipv6<'a, S: Sink>(octets: Octets<'a>, sink: &mut S, decoded: &mut Decoded<'a>) -> Option<()> {
    let header = Ipv6HeaderSlice::from_slice(octets.captured).ok()?;
    if S::ACTIVE {
        label_ipv6(octets, sink);
    }
    let told = u32::from(header.payload_length());
    let told = if told == 0 {
        octets.wire_len
    } else {
        told.saturating_add(40)
    };
    let mut rest = packet(octets, told, sink, decoded).after(40);
    let mut next = header.next_header().0;
    // Hop-by-hop, routing and destination options, each with its length in units of 8 octets.
    while matches!(next, 0 | 43 | 60) {
        let [kind, units, ..] = rest.captured else {
            return None;
        };
        let len = u32::from(*units).saturating_add(1).saturating_mul(8);
        next = *kind;
        sink.mark(rest.part(0, len).span(), Field::Ipv6Extension, Value::None);
        rest = rest.after(len);
    }
    if next == 44 {
        sink.mark(rest.part(0, 8).span(), Field::Ipv6Extension, Value::None);
        decoded.anomalies.insert(Anomaly::IpFragment);
        return Some(());
    }
    let ips = (
        IpAddr::from(header.source_addr()),
        IpAddr::from(header.destination_addr()),
    );
    transport::read(next, ips, rest, sink, decoded)
}

/// The packet without what the link added after it.
fn packet<'a, S: Sink>(
    octets: Octets<'a>,
    told: u32,
    sink: &mut S,
    decoded: &mut Decoded<'a>,
) -> Octets<'a> {
    if told > octets.wire_len {
        decoded.anomalies.insert(Anomaly::IpLength);
    }
    let trailer = octets.after(told);
    sink.mark(trailer.span(), Field::FrameTrailer, Value::None);
    octets.part(0, told)
}

fn label_ipv4<S: Sink>(octets: Octets<'_>, len: u32, sink: &mut S) {
    let mut cursor = Cursor::new(octets.part(0, len), sink);
    let mut read = || {
        cursor.skip(1, Field::IpHeader)?;
        cursor.u8(Field::IpDsField)?;
        cursor.skip(2, Field::IpHeader)?;
        cursor.u16(Field::IpId)?;
        cursor.skip(2, Field::IpHeader)?;
        cursor.u8(Field::IpTtl)?;
        cursor.skip(3, Field::IpHeader)?;
        for field in [Field::IpSrc, Field::IpDst] {
            let ip = cursor
                .ahead()
                .captured
                .first_chunk::<4>()
                .copied()
                .unwrap_or_default();
            cursor.value(4, field, Value::Ip(ip.into()))?;
        }
        cursor.skip(cursor.left(), Field::IpOptions)
    };
    // The header was found whole before it is labelled.
    let _ = read();
}

fn label_ipv6<S: Sink>(octets: Octets<'_>, sink: &mut S) {
    let mut cursor = Cursor::new(octets.part(0, 40), sink);
    let mut read = || {
        cursor.u32(Field::Ipv6Flow)?;
        cursor.skip(3, Field::Ipv6Header)?;
        cursor.u8(Field::Ipv6HopLimit)?;
        for field in [Field::Ipv6Src, Field::Ipv6Dst] {
            let ip = cursor
                .ahead()
                .captured
                .first_chunk::<16>()
                .copied()
                .unwrap_or_default();
            cursor.value(16, field, Value::Ip(ip.into()))?;
        }
        cursor.skip(0, Field::Ipv6Header)
    };
    // The header was found whole before it is labelled.
    let _ = read();
}

/// What an IP packet is marked with where it is not read further.
pub(super) fn rest<S: Sink>(octets: Octets<'_>, field: Field, sink: &mut S) {
    sink.mark(
        Span::new(octets.offset, octets.span().end),
        field,
        Value::None,
    );
}
