//! The values of STUN and TURN in words.

use super::names::{AttributeType, MessageType};
use crate::base::field::Field;
use crate::base::label::{Label, Value};
use crate::base::time::utc;
use crate::decode::Icmp;
use crate::dissect::words::Words;

/// The value of a STUN field in words.
pub(in crate::dissect) fn words(label: &Label, _octets: &[u8]) -> Option<Words> {
    let Value::Number(number) = label.value else {
        return None;
    };
    let [.., high, low] = number.to_be_bytes();
    let short = u16::from_be_bytes([high, low]);
    Some(match label.field {
        Field::StunType => MessageType(short).to_string().into(),
        Field::StunAttrType | Field::StunUnknownAttribute => {
            let kind = AttributeType(short);
            kind.name().or_else(|| kind.private_to())?.into()
        }
        Field::StunFamily => family(low)?.into(),
        Field::StunErrorCode => error(short)?.into(),
        Field::StunTransport => transport(low)?.into(),
        Field::StunLifetime if number == 0 => "deletes what was allocated".into(),
        Field::StunUserExpiry => utc(number).into(),
        Field::StunPasswordAlgorithm => password_algorithm(short)?.into(),
        Field::StunSecurityFeatures => security_features(number),
        Field::StunEvenPort => even_port(low).into(),
        Field::StunChannel => channel(short)?.into(),
        Field::StunPriority => priority(number).into(),
        Field::StunNetworkCost => network_cost(short)?,
        Field::StunChangeRequest => change_request(low).into(),
        Field::StunEcnCheck => ecn_check(low).into(),
        Field::StunTransmitCounter => format!("request number {high}, answer number {low}").into(),
        Field::StunIcmp => icmp(short).into(),
        Field::StunMsQuality => ms_stream(number >> 16)?.into(),
        _ => return None,
    })
}

/// RFC 8489, section 14.1.
const fn family(number: u8) -> Option<&'static str> {
    match number {
        1 => Some("IPv4"),
        2 => Some("IPv6"),
        _ => None,
    }
}

/// Codes of RFC 8489, 8656, 8445, 6062 and 8016, and of RFC 3489 before them.
const fn error(code: u16) -> Option<&'static str> {
    Some(match code {
        300 => "Try Alternate",
        400 => "Bad Request",
        401 => "Unauthenticated",
        403 => "Forbidden",
        405 => "Mobility Forbidden",
        420 => "Unknown Attribute",
        430 => "Stale Credentials",
        431 => "Integrity Check Failure",
        432 => "Missing Username",
        433 => "Use TLS",
        434 => "Missing Realm",
        435 => "Missing Nonce",
        436 => "Unknown Username",
        437 => "Allocation Mismatch",
        438 => "Stale Nonce",
        440 => "Address Family not Supported",
        441 => "Wrong Credentials",
        442 => "Unsupported Transport Protocol",
        443 => "Peer Address Family Mismatch",
        446 => "Connection Already Exists",
        447 => "Connection Timeout or Failure",
        486 => "Allocation Quota Reached",
        487 => "Role Conflict",
        500 => "Server Error",
        508 => "Insufficient Capacity",
        600 => "Global Failure",
        _ => return None,
    })
}

/// Protocol between relay and peer (RFC 8656, section 18.8).
const fn transport(number: u8) -> Option<&'static str> {
    match number {
        6 => Some("TCP"),
        17 => Some("UDP"),
        _ => None,
    }
}

/// RFC 8489, section 18.5.
const fn password_algorithm(number: u16) -> Option<&'static str> {
    match number {
        1 => Some("MD5"),
        2 => Some("SHA-256"),
        _ => None,
    }
}

/// The 24 bits after the nonce cookie, the first of them the highest (RFC 8489, section 18.1).
fn security_features(bits: u64) -> Words {
    let named = [
        (0x80_0000, "password algorithms"),
        (0x40_0000, "username anonymity"),
    ];
    let set: Vec<_> = named.iter().filter(|(bit, _)| bits & bit != 0).collect();
    match set.as_slice() {
        [] => "none that is known".into(),
        set => set
            .iter()
            .map(|(_, name)| *name)
            .collect::<Vec<_>>()
            .join(", ")
            .into(),
    }
}

/// RFC 8656, section 18.7.
const fn even_port(octet: u8) -> &'static str {
    if octet & 0x80 == 0 {
        "an even port"
    } else {
        "an even port, and the next one reserved"
    }
}

/// RFC 8656, section 12.
const fn channel(number: u16) -> Option<&'static str> {
    match number {
        0x4000..=0x4FFF => None,
        0x5000..=0x7FFF => Some("a number of RFC 5766, reserved since RFC 8656"),
        _ => Some("a number that no channel may have"),
    }
}

/// Type preference, local preference and component (RFC 8445, section 5.1.2.1).
///
/// The type preferences are those that RFC 8445 recommends and those of libwebrtc.
fn priority(number: u64) -> String {
    let preference = number >> 24 & 0xFF;
    let kind = match preference {
        126 => " (host)",
        110 => " (peer reflexive)",
        100 => " (server reflexive)",
        90 => " (host over TCP, in libwebrtc)",
        80 => " (peer reflexive over TCP, in libwebrtc)",
        2 => " (relayed, in libwebrtc over UDP)",
        1 => " (relayed, in libwebrtc over TCP)",
        0 => " (relayed)",
        _ => "",
    };
    let local = number >> 8 & 0xFFFF;
    let component = 256_u64.saturating_sub(number & 0xFF);
    format!("type preference {preference}{kind}, local preference {local}, component {component}")
}

/// What libwebrtc thinks that its network costs; a VPN costs one more than what it runs on.
fn network_cost(cost: u16) -> Option<Words> {
    let name = |cost| {
        Some(match cost {
            0 => "no cost: wired or loopback",
            10 => "low: Wi-Fi",
            50 => "unknown network",
            250 => "cellular, 5G",
            500 => "cellular, 4G",
            900 => "cellular",
            910 => "cellular, 3G",
            980 => "cellular, 2G",
            999 => "the highest",
            _ => return None,
        })
    };
    let over_vpn = || name(cost.checked_sub(1)?).map(|name| format!("{name}, over a VPN").into());
    name(cost).map(Words::from).or_else(over_vpn)
}

/// Seven bits of type, nine of code (RFC 8656, section 18.13); of which ICMP, the peer tells.
fn icmp(number: u16) -> String {
    let [kind, code] = [(number >> 9) as u8, (number & 0xFF) as u8];
    let [v4, v6] = [false, true].map(|v6| Icmp { v6, kind, code }.words());
    format!("from an IPv4 peer {v4}, from an IPv6 peer {v6}")
}

/// RFC 5780, section 7.2.
const fn change_request(bits: u8) -> &'static str {
    match bits & 0x06 {
        0x06 => "answer from another address and another port",
        0x04 => "answer from another address",
        0x02 => "answer from another port",
        _ => "answer from where this arrived",
    }
}

/// RFC 6679, section 7.2.2: two bits of ECN, and whether they were seen.
fn ecn_check(bits: u8) -> String {
    let mark = match bits >> 1 & 0x03 {
        0 => "not ECT",
        1 => "ECT(1)",
        2 => "ECT(0)",
        _ => "CE",
    };
    if bits & 1 == 0 {
        "asks which ECN field arrived".to_owned()
    } else {
        format!("the ECN field arrived as {mark}")
    }
}

/// Kind of stream, in the upper half of MS-SERVICE-QUALITY ([MS-TURN] 2.2.2).
const fn ms_stream(number: u64) -> Option<&'static str> {
    match number {
        1 => Some("audio"),
        2 => Some("video"),
        3 => Some("supplemental video"),
        4 => Some("data"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Span;

    /// What is said, or nothing.
    fn say(field: Field, number: u64) -> String {
        let span = Span::new(0, 0);
        let value = Value::Number(number);
        words(&Label { span, field, value }, &[])
            .unwrap_or_default()
            .into_owned()
    }

    #[test]
    fn message_and_attribute_types_have_their_registered_names() {
        assert_eq!(say(Field::StunType, 0x0113), "Allocate error");
        assert_eq!(say(Field::StunAttrType, 0x0012), "XOR-PEER-ADDRESS");
        assert_eq!(say(Field::StunUnknownAttribute, 0xBEEF), "");
    }

    #[test]
    fn a_private_attribute_tells_whose_it_is_and_no_more() {
        let whatsapp = "seen of WhatsApp, meaning not public";
        assert_eq!(say(Field::StunAttrType, 0x4002), whatsapp);
    }

    #[test]
    fn a_priority_is_three_numbers() {
        let expected = "type preference 110 (peer reflexive), local preference 30, component 1";
        assert_eq!(say(Field::StunPriority, 1_845_501_695), expected);
    }

    #[test]
    fn a_vpn_costs_one_more_than_its_network() {
        assert_eq!(say(Field::StunNetworkCost, 900), "cellular");
        assert_eq!(say(Field::StunNetworkCost, 11), "low: Wi-Fi, over a VPN");
        assert_eq!(say(Field::StunNetworkCost, 77), "");
    }

    #[test]
    fn the_features_in_a_nonce_are_counted_from_its_first_bit() {
        let both = "password algorithms, username anonymity";
        assert_eq!(say(Field::StunSecurityFeatures, 0xC0_0000), both);
        assert_eq!(say(Field::StunSecurityFeatures, 0), "none that is known");
    }

    #[test]
    fn an_icmp_error_has_seven_bits_of_type_and_nine_of_code() {
        let port = "from an IPv4 peer destination unreachable: port unreachable, \
                    from an IPv6 peer time exceeded, code 3";
        assert_eq!(say(Field::StunIcmp, 3 << 9 | 3), port);
    }

    #[test]
    fn the_end_of_an_account_is_a_date() {
        let date = "2021-11-08 15:12:15 UTC";
        assert_eq!(say(Field::StunUserExpiry, 1_636_384_335), date);
    }
}
