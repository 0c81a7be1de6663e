//! The values of link and IP headers in words.

use std::borrow::Cow;

use crate::base::field::Field;
use crate::base::label::{Label, Value};

/// What a label says; `None` where its value says it already.
pub fn words(label: &Label) -> Option<Cow<'static, str>> {
    let Value::Number(number) = label.value else {
        return None;
    };
    match label.field {
        Field::EthType => ether_type(number).map(Cow::from),
        Field::IpProtocol | Field::Ipv6Next => protocol(number).map(Cow::from),
        Field::IpDsField => Some(traffic_class(number).into()),
        _ => None,
    }
}

/// IANA, "IEEE 802 Numbers".
const fn ether_type(number: u64) -> Option<&'static str> {
    Some(match number {
        0x0004 => "LLC",
        0x0007 => "PPP",
        0x0800 => "IPv4",
        0x0806 => "ARP",
        0x8100 => "802.1Q tag",
        0x86dd => "IPv6",
        0x8847 => "MPLS",
        0x8863 => "PPPoE discovery",
        0x8864 => "PPPoE session",
        0x88a8 => "802.1ad tag",
        0x88cc => "LLDP",
        0x88e5 => "MACsec",
        0x88e7 => "provider backbone bridge",
        _ => return None,
    })
}

/// IANA, "Protocol Numbers".
const fn protocol(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "hop-by-hop options",
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPv4",
        6 => "TCP",
        17 => "UDP",
        41 => "IPv6",
        43 => "routing header",
        44 => "fragment header",
        47 => "GRE",
        50 => "ESP",
        51 => "authentication header",
        58 => "ICMPv6",
        59 => "nothing",
        60 => "destination options",
        115 => "L2TP",
        132 => "SCTP",
        _ => return None,
    })
}

/// Six bits of DSCP (RFC 2474, 2597, 3246, 8622) and two of ECN (RFC 3168), and what browsers mark
/// so (RFC 8837, section 5).
fn traffic_class(octet: u64) -> String {
    let dscp = octet >> 2;
    let class = match dscp {
        0 => "best effort".to_owned(),
        1 => "lower effort".to_owned(),
        46 => "EF, which WebRTC uses for audio".to_owned(),
        34 | 36 => format!("AF4{}, which WebRTC uses for video", (dscp & 7) >> 1),
        10..=38 if dscp & 1 == 0 && dscp & 7 != 0 => format!("AF{}{}", dscp >> 3, (dscp & 7) >> 1),
        _ if dscp.is_multiple_of(8) => format!("CS{}", dscp >> 3),
        _ => format!("DSCP {dscp}"),
    };
    let ecn = match octet & 3 {
        0 => "not ECT",
        1 => "ECT(1)",
        2 => "ECT(0)",
        _ => "congestion experienced",
    };
    format!("{class}, {ecn}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_media_are_named() {
        assert_eq!(
            traffic_class(0xb8),
            "EF, which WebRTC uses for audio, not ECT"
        );
        assert_eq!(
            traffic_class(0x88),
            "AF41, which WebRTC uses for video, not ECT"
        );
        assert_eq!(traffic_class(0x2a), "AF11, ECT(0)");
        assert_eq!(traffic_class(0x03), "best effort, congestion experienced");
        assert_eq!(traffic_class(0xc0), "CS6, not ECT");
    }
}
