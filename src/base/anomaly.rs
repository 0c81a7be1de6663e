//! What is broken ends a layer; what is odd is recorded and passed on.

use std::fmt;

use super::field::Field;

/// Why a layer could not be read to its end.
///
/// What was read before keeps its labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The octets end inside a field.
    Truncated {
        /// Field that was being read.
        field: Field,
        /// Octets that the field needs.
        needed: u32,
        /// Octets that there were.
        available: u32,
        /// Position in the frame where the field begins.
        at: u32,
    },
    /// A length field promises what cannot be.
    Length {
        /// Field whose value is impossible.
        field: Field,
        /// Value that it has.
        value: u32,
        /// Position in the frame where the field begins.
        at: u32,
    },
    /// A field holds a value that its format excludes.
    Value {
        /// Field with the value.
        field: Field,
        /// The value.
        value: u32,
        /// Position in the frame where the field begins.
        at: u32,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated {
                field,
                needed,
                available,
                at,
            } => write!(
                f,
                "{} at octet {at} needs {needed} octets, {available} are there",
                field.key()
            ),
            Self::Length { field, value, at } => {
                write!(
                    f,
                    "{} at octet {at} says {value}, which cannot be",
                    field.key()
                )
            }
            Self::Value { field, value, at } => {
                write!(
                    f,
                    "{} at octet {at} has the value {value:#x}, which it may not",
                    field.key()
                )
            }
        }
    }
}

impl std::error::Error for Malformed {}

macro_rules! anomalies {
    ($($(#[$doc:meta])* $name:ident = $kind:literal),+ $(,)?) => {
        /// Something odd that was recorded while reading went on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Anomaly { $($(#[$doc])* $name),+ }

        impl Anomaly {
            const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in reports.
            pub const fn kind(self) -> &'static str {
                match self { $(Self::$name => $kind),+ }
            }
        }
    };
}

anomalies! {
    /// The link type of the capture is not one that can be decoded.
    UnknownLink = "unknown-link-type",
    /// The capture holds fewer octets of the frame than the wire carried.
    CutFrame = "cut-frame",
    /// A link, IP or transport header ends too early or promises an impossible length.
    BadHeader = "bad-header",
    /// The IP header promises more octets than the frame has.
    IpLength = "ip-length",
    /// The UDP header promises more or fewer octets than the IP packet has.
    UdpLength = "udp-length",
    /// A fragment of an IP packet of which the capture does not hold all, or that was not put
    /// together.
    IpFragment = "ip-fragment",
    /// A fragment of an IP packet that brings octets again, cut in another way or with other
    /// content: the first ones count, and in IPv6 none (RFC 5722).
    FragmentOverlap = "ip-fragment-overlap",
    /// A fragment of an IP packet that is empty, ends beyond any packet, or where none may end.
    FragmentShape = "ip-fragment-malformed",
    /// A TCP segment that brings octets again, cut in another way: the first ones count.
    TcpOverlap = "tcp-overlap",
    /// Octets of a TCP stream that the capture never shows.
    TcpGap = "tcp-gap",
    /// A stream of messages that goes on with something else.
    StreamLost = "stream-lost",
    /// A packet with the addresses of a flow that came through another tunnel or tagged network
    /// before, in the same direction: perhaps other hosts with the same addresses.
    OtherNetwork = "same-addresses-in-another-network",
    /// A tunnel whose inside was not read.
    Tunnel = "tunnel-not-read",
    /// A STUN FINGERPRINT that does not match its message (RFC 8489, section 14.7).
    StunFingerprint = "stun-bad-fingerprint",
    /// A STUN length that is not a multiple of four (RFC 8489, section 5).
    StunLength = "stun-length-not-multiple-of-four",
    /// A STUN attribute that ends beyond its message.
    StunAttribute = "stun-attribute-overruns",
    /// A STUN attribute after MESSAGE-INTEGRITY that receivers ignore (RFC 8489, section 14.5).
    StunAfterIntegrity = "stun-attribute-after-integrity",
    /// A STUN attribute that stands twice where only the first counts (RFC 8489, section 14).
    StunRepeated = "stun-attribute-repeated",
    /// A reserved bit that is set in a STUN attribute.
    StunReserved = "stun-reserved-bits-set",
    /// A MESSAGE-INTEGRITY-SHA256 of a length that may not be (RFC 8489, section 14.6).
    StunIntegrityLength = "stun-integrity-length",
    /// Octets after the end of a STUN message.
    StunTrailing = "stun-trailing-octets",
    /// A channel number outside 0x4000 to 0x4FFF (RFC 8656, section 12).
    ChannelReserved = "channel-number-reserved",
    /// A TLS handshake record without content (RFC 8446, section 5.1).
    TlsEmptyRecord = "tls-empty-handshake-record",
    /// A TLS record between the parts of a handshake message (RFC 8446, section 5.1).
    TlsInterleaved = "tls-record-inside-handshake-message",
    /// An RTP header extension that cannot be read to its end.
    RtpExtension = "rtp-extension-malformed",
    /// A tag of SRTP or SRTCP that does not verify under the key of its stream.
    SrtpTag = "srtp-tag-mismatch",
    /// RTCP in clear where a key for sealing it is known.
    RtcpInClear = "rtcp-sent-in-clear",
    /// A Content-Length that differs from the body of its datagram (RFC 3261, section 18.3).
    SipContentLength = "sip-content-length",
}

/// The anomalies of one packet, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Anomalies(u64);

impl Anomalies {
    /// Adds one.
    pub const fn insert(&mut self, anomaly: Anomaly) {
        self.0 |= Self::bit(anomaly);
    }

    /// Adds all of `other`.
    pub const fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether `anomaly` is among them.
    pub const fn contains(self, anomaly: Anomaly) -> bool {
        self.0 & Self::bit(anomaly) != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of the layers.
    pub fn iter(self) -> impl Iterator<Item = Anomaly> {
        Anomaly::ALL
            .iter()
            .copied()
            .filter(move |anomaly| self.contains(*anomaly))
    }

    const fn bit(anomaly: Anomaly) -> u64 {
        1_u64.wrapping_shl(anomaly as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_anomaly_has_a_bit_of_its_own() {
        assert!(Anomaly::ALL.len() <= 64);
        let mut set = Anomalies::default();
        set.insert(Anomaly::StunTrailing);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Anomaly::StunTrailing]);
    }

    #[test]
    fn malformed_makes_one_sentence() {
        let bad = Malformed::Truncated {
            field: Field::StunType,
            needed: 2,
            available: 1,
            at: 42,
        };
        assert_eq!(
            bad.to_string(),
            "stun.type at octet 42 needs 2 octets, 1 are there"
        );
    }
}
