//! ICMP (RFC 792) and `ICMPv6` (RFC 4443), and the packets that their errors quote.
//!
//! A quote is read for whoever looks at the error: it shows whose packet was refused, and is no
//! traffic of this frame.

use std::borrow::Cow;

use crate::base::addr::FiveTuple;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::{Octets, Span};

use super::link::Version;
use super::transport::{self, Content};
use super::walk::Walk;
use super::{Payload, ipv4, ipv6};

/// Type and code of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icmp {
    /// Whether it is `ICMPv6`.
    pub v6: bool,
    /// Type.
    pub kind: u8,
    /// Code, which the type gives its meaning.
    pub code: u8,
}

/// The packet that an error quotes, or the beginning of it.
#[derive(Debug, Clone, Copy)]
pub struct Quote<'a> {
    /// Who sent it to whom.
    pub five_tuple: FiveTuple,
    /// What is quoted of its payload, where it is UDP.
    pub datagram: Option<Octets<'a>>,
}

/// Reads a message; what an error quotes is left without a label.
pub(super) fn read<'a, S: Sink>(walk: &mut Walk<'a, '_, S>, v6: bool) -> Content<'a> {
    let Some(&[kind, code, ..]) = walk.captured().first_chunk::<4>() else {
        walk.short();
        return Content::unread();
    };
    let message = Icmp { v6, kind, code };
    walk.mark(0, 1, Field::IcmpType, named(kind, message.type_name()));
    walk.mark(1, 2, Field::IcmpCode, named(code, message.code_name()));
    if !message.is_error() {
        let end = walk.ahead().wire_len;
        walk.mark(2, end, Field::IcmpMessage, Value::None);
        let quote = None;
        return Content::of(Payload::Icmp { message, quote });
    }
    if walk.captured().len() < 8 {
        walk.short();
    }
    let header_len = walk.ahead().wire_len.min(8);
    walk.mark(2, header_len, Field::IcmpMessage, Value::None);
    if let (true, Some(&[.., a, b, c, d])) =
        (message.tells_mtu(), walk.captured().first_chunk::<8>())
    {
        let mtu = u32::from_be_bytes([a, b, c, d]);
        walk.fact(4, 8, Field::IcmpMtu, Value::Number(mtu.into()));
    }
    walk.advance(header_len);
    let quote = Some(walk.ahead());
    Content::of(Payload::Icmp { message, quote })
}

fn named(number: u8, name: Option<&'static str>) -> Value {
    let number = u64::from(number);
    name.map_or(Value::Number(number), |name| Value::Named(number, name))
}

/// Reads the headers of a quoted packet, labelling all of it as a quote but the payload of UDP.
///
/// `None` where it ends before the ports, or is none of UDP and TCP.
pub fn quote<'a, S: Sink>(quoted: Octets<'a>, message: Icmp, sink: &mut S) -> Option<Quote<'a>> {
    let mut sink = Quoting(sink);
    let mut walk = Walk::at(quoted, &mut sink);
    let ip = match message.version() {
        Version::V4 => ipv4::read(&mut walk),
        Version::V6 => ipv6::read(&mut walk),
    };
    let payload = match &ip {
        Some(ip) if ip.part != transport::Part::Later => transport::read(&mut walk, ip).payload,
        _ => Payload::Other,
    };
    let rest = walk.ahead();
    match payload {
        Payload::Udp {
            five_tuple,
            payload,
        } => Some(Quote {
            five_tuple,
            datagram: Some(payload),
        }),
        Payload::Tcp { five_tuple, .. } => Some(Quote {
            five_tuple,
            datagram: None,
        }),
        _ => {
            sink.mark(rest.span(), Field::IcmpQuote, Value::None);
            None
        }
    }
}

/// Names the fields of a quoted packet as such.
struct Quoting<'s, S>(&'s mut S);

impl<S: Sink> Sink for Quoting<'_, S> {
    const ACTIVE: bool = S::ACTIVE;

    fn mark(&mut self, span: Span, field: Field, value: Value) {
        let (field, value) = quoted(field, value);
        self.0.mark(span, field, value);
    }

    fn fact(&mut self, span: Span, field: Field, value: Value) {
        let (field, value) = quoted(field, value);
        self.0.fact(span, field, value);
    }
}

const fn quoted(field: Field, value: Value) -> (Field, Value) {
    let field = match field {
        Field::IpSrc | Field::Ipv6Src => Field::IcmpQuoteSrc,
        Field::IpDst | Field::Ipv6Dst => Field::IcmpQuoteDst,
        Field::UdpSrcPort => Field::IcmpQuoteSrcPort,
        Field::UdpDstPort => Field::IcmpQuoteDstPort,
        Field::TcpPayload => Field::IcmpQuote,
        // What follows the quote is a part of the error (RFC 4884).
        Field::FrameTrailer => return (Field::IcmpMessage, value),
        _ => return (Field::IcmpQuoteHeader, Value::None),
    };
    (field, value)
}

impl Icmp {
    const fn version(self) -> Version {
        if self.v6 { Version::V6 } else { Version::V4 }
    }

    /// Whether it quotes the packet that caused it.
    const fn is_error(self) -> bool {
        if self.v6 {
            // Below 128 every message is an error (RFC 4443, section 2.1).
            self.kind < 128
        } else {
            matches!(self.kind, 3 | 4 | 5 | 11 | 12)
        }
    }

    const fn tells_mtu(self) -> bool {
        matches!(
            (self.v6, self.kind, self.code),
            (false, 3, 4) | (true, 2, _)
        )
    }

    const fn type_name(self) -> Option<&'static str> {
        Some(match (self.v6, self.kind) {
            (false, 0) | (true, 129) => "echo reply",
            (false, 3) | (true, 1) => "destination unreachable",
            (false, 4) => "source quench",
            (false, 5) | (true, 137) => "redirect",
            (false, 8) | (true, 128) => "echo request",
            (false, 9) | (true, 134) => "router advertisement",
            (false, 10) | (true, 133) => "router solicitation",
            (false, 11) | (true, 3) => "time exceeded",
            (false, 12) | (true, 4) => "parameter problem",
            (false, 13) => "timestamp request",
            (false, 14) => "timestamp reply",
            (true, 2) => "packet too big",
            (true, 130) => "multicast listener query",
            (true, 131) => "multicast listener report",
            (true, 132) => "multicast listener done",
            (true, 135) => "neighbour solicitation",
            (true, 136) => "neighbour advertisement",
            (true, 143) => "multicast listener report, version 2",
            _ => return None,
        })
    }

    const fn code_name(self) -> Option<&'static str> {
        Some(match (self.v6, self.kind, self.code) {
            (false, 3, 0) => "network unreachable",
            (false, 3, 1) => "host unreachable",
            (false, 3, 2) => "protocol unreachable",
            (false, 3, 3) | (true, 1, 4) => "port unreachable",
            (false, 3, 4) => "fragmentation needed",
            (false, 3, 5) => "source route failed",
            (false, 3, 6) => "network unknown",
            (false, 3, 7) => "host unknown",
            (false, 3, 9) => "network prohibited",
            (false, 3, 10) => "host prohibited",
            (false, 3, 13) | (true, 1, 1) => "prohibited by a filter",
            (true, 1, 0) => "no route",
            (true, 1, 2) => "beyond the scope of the source",
            (true, 1, 3) => "address unreachable",
            (true, 1, 5) => "source failed the policy",
            (true, 1, 6) => "route rejected",
            (false, 11, 0) | (true, 3, 0) => "in transit",
            (false, 11, 1) | (true, 3, 1) => "while putting fragments together",
            _ => return None,
        })
    }

    /// Type and code in words.
    pub fn words(self) -> Cow<'static, str> {
        let Self { kind, code, .. } = self;
        match (self.type_name(), self.code_name()) {
            (Some(name), Some(reason)) => format!("{name}: {reason}").into(),
            (Some(name), None) if code == 0 => name.into(),
            (Some(name), None) => format!("{name}, code {code}").into(),
            (None, _) => format!("type {kind}, code {code}").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{IPV4_TCP, IPV4_UDP, IPV6_UDP, RAW, address, see};
    use super::*;
    use crate::base::label::{Labels, Quiet};

    /// An error of type 3 or 1 that quotes `quoted`.
    fn error(quoted: &[u8]) -> Vec<u8> {
        let mut octets = [&IPV4_UDP[..20], &[3, 3, 0, 0, 0, 0, 0, 0], quoted].concat();
        (octets[3], octets[9]) = (octets.len() as u8, transport::ICMP);
        octets
    }

    fn quote_of(octets: &[u8]) -> (Octets<'_>, Icmp) {
        match see(RAW, octets).decoded.payload {
            Payload::Icmp {
                message,
                quote: Some(quote),
            } => (quote, message),
            other => panic!("no quote: {other:?}"),
        }
    }

    #[test]
    fn an_error_quotes_the_packet_that_caused_it() {
        let v4 = error(&IPV4_UDP);
        let mut v6 = [&IPV6_UDP[..40], &[1, 4, 0, 0, 0, 0, 0, 0], &IPV6_UDP].concat();
        (v6[5], v6[6]) = (60, transport::ICMPV6);
        for (octets, start, src) in [(v4, 28, "192.0.2.1:4660"), (v6, 48, "[2001:db8::1]:4660")] {
            let (quoted, message) = quote_of(&octets);
            assert_eq!(quoted.offset, start);
            assert_eq!(message.words(), "destination unreachable: port unreachable");
            let found = quote(quoted, message, &mut Quiet).expect("a quote");
            assert_eq!(found.five_tuple.src, address(src));
            let datagram = found.datagram.map(|datagram| datagram.captured);
            assert_eq!(datagram, Some(&[1, 2, 3, 4][..]));
        }
    }

    #[test]
    fn a_quoted_field_never_bears_the_name_of_a_field_of_the_frame() {
        for packet in [&IPV4_UDP[..], &IPV4_TCP] {
            let octets = error(packet);
            let (quoted, message) = quote_of(&octets);
            let mut labels = Labels::default();
            quote(quoted, message, &mut labels);
            let end = octets.len() as u32;
            let regions = labels.regions(end, end);
            let inside = regions.iter().filter(|r| r.span.start >= 28);
            assert!(inside.clone().count() > 3);
            for region in inside.filter(|r| r.field != Field::Unparsed) {
                assert!(region.field.key().starts_with("icmp.quote"));
            }
        }
    }

    #[test]
    fn a_quote_of_eight_octets_still_tells_the_ports() {
        let octets = error(&IPV4_UDP[..28]);
        let (quoted, message) = quote_of(&octets);
        let found = quote(quoted, message, &mut Quiet).expect("a quote");
        assert_eq!(found.five_tuple.dst, address("198.51.100.2:3478"));
        assert_eq!(found.datagram.map(|datagram| datagram.wire_len), Some(0));
    }

    #[test]
    fn a_quote_that_ends_before_the_ports_is_a_quote_of_nobody() {
        let octets = error(&IPV4_UDP[..22]);
        let (quoted, message) = quote_of(&octets);
        assert!(quote(quoted, message, &mut Quiet).is_none());
    }

    #[test]
    fn an_echo_quotes_nothing() {
        let mut octets = [&IPV4_UDP[..20], &[8, 0, 0, 0, 0, 1, 0, 1, 9, 9, 9, 9]].concat();
        octets[9] = transport::ICMP;
        let seen = see(RAW, &octets);
        assert!(matches!(
            seen.decoded.payload,
            Payload::Icmp { quote: None, .. }
        ));
        assert_eq!(seen.regions().pop(), Some((22, 32, Field::IcmpMessage)));
    }
}
