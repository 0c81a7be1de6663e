//! The name of every octet that can be read.
//!
//! One table: the display-filter key where a usual one exists, what the field is, how its number
//! prints, what kind of octets they are, and what they reveal. Values with names (message types,
//! attributes, cipher suites) stand with their protocol in `dissect`.

/// How the number in a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Decimal.
    Dec,
    /// Hexadecimal with this many digits at least, after `0x`.
    Hex(u8),
}

/// What kind of octets a field holds, before it is asked who can read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Link, network and transport headers.
    Addressing,
    /// STUN, TURN, DTLS handshake and record headers, RTCP, signalling.
    Control,
    /// Headers of media packets: RTP header and its extensions, the first octets of SRTCP.
    MediaHeader,
    /// What an application carries: media, data. Whether it is sealed is judged elsewhere.
    Payload,
    /// Authentication tags and other octets that only keys can check.
    Tag,
    /// Not understood. Doubt counts as exposure.
    Unknown,
    /// Cut off by the snap length of the capture.
    NotCaptured,
}

impl Class {
    /// What guards such octets on the wire as far as one packet can tell: the word of the
    /// `regions` in JSON.
    pub const fn on_the_wire(self) -> &'static str {
        match self {
            Self::Addressing | Self::Control | Self::MediaHeader => "clear",
            Self::Tag => "tag",
            Self::Payload | Self::Unknown => "unknown",
            Self::NotCaptured => "not-captured",
        }
    }
}

macro_rules! fields {
    ($($name:ident, $key:literal, $text:literal, $format:expr, $class:ident, $reveals:literal;)+) => {
        /// A named field of a frame.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Field { $(#[doc = $text] $name),+ }

        impl Field {
            /// Every field, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Display-filter name, the usual one where there is one.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key),+ }
            }

            /// What the field is, in words.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// How its number is written.
            pub const fn format(self) -> Format {
                match self { $(Self::$name => $format),+ }
            }

            /// What kind of octets it holds.
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class),+ }
            }

            /// What it tells whoever reads it; empty where that is only the form of the message.
            pub const fn reveals(self) -> &'static str {
                match self { $(Self::$name => $reveals),+ }
            }
        }
    };
}

use Format::{Dec, Hex};

fields! {
    // What is around and between the messages.
    Unparsed, "data", "octets that were not understood", Dec, Unknown, "";
    NotCaptured, "frame.not_captured", "octets cut off by the snap length", Dec, NotCaptured, "";
    FrameTrailer, "eth.trailer", "octets after the packet, link padding", Dec, Addressing, "";
    // Link and network.
    EthDst, "eth.dst", "Ethernet destination", Dec, Addressing, "network card of the next hop";
    EthSrc, "eth.src", "Ethernet source", Dec, Addressing, "network card of the last hop";
    EthType, "eth.type", "EtherType", Hex(4), Addressing, "";
    EthLength, "eth.len", "802.3 length", Dec, Addressing, "";
    LlcHeader, "llc", "LLC and SNAP header", Dec, Addressing, "";
    VlanTag, "vlan", "VLAN tag", Dec, Addressing, "network segment";
    LinkHeader, "link", "link header", Dec, Addressing, "";
    SllHeader, "sll", "Linux cooked header", Dec, Addressing, "";
    IpHeader, "ip", "IPv4 header", Dec, Addressing, "";
    IpSrc, "ip.src", "source address", Dec, Addressing, "who sends, at this hop";
    IpDst, "ip.dst", "destination address", Dec, Addressing, "who receives, at this hop";
    IpDsField, "ip.dsfield", "traffic class and ECN", Hex(2), Addressing, "media class, where the sender marks it";
    IpTtl, "ip.ttl", "time to live", Dec, Addressing, "distance and system of the sender";
    IpId, "ip.id", "identification", Hex(4), Addressing, "order of the sender's packets";
    IpOptions, "ip.options", "IPv4 options", Dec, Addressing, "";
    Ipv6Header, "ipv6", "IPv6 header", Dec, Addressing, "";
    Ipv6Src, "ipv6.src", "source address", Dec, Addressing, "who sends, at this hop";
    Ipv6Dst, "ipv6.dst", "destination address", Dec, Addressing, "who receives, at this hop";
    Ipv6Flow, "ipv6.flow", "traffic class and flow label", Hex(5), Addressing, "media class; one number for each flow";
    Ipv6HopLimit, "ipv6.hlim", "hop limit", Dec, Addressing, "distance and system of the sender";
    Ipv6Extension, "ipv6.ext", "IPv6 extension headers", Dec, Addressing, "";
    UdpSrcPort, "udp.srcport", "source port", Dec, Addressing, "which program sends";
    UdpDstPort, "udp.dstport", "destination port", Dec, Addressing, "which program receives";
    UdpLength, "udp.length", "UDP length", Dec, Addressing, "exact size of the message";
    UdpChecksum, "udp.checksum", "UDP checksum", Hex(4), Addressing, "";
    TcpHeader, "tcp", "TCP header", Dec, Addressing, "ports, order, clock of the sender";
    TcpPayload, "tcp.payload", "TCP payload", Dec, Unknown, "";
    IcmpMessage, "icmp", "ICMP message", Dec, Addressing, "what the path refused";
    IcmpQuote, "icmp.quote", "packet quoted by an ICMP error", Dec, Unknown, "part of another packet";
    // STUN and TURN.
    StunType, "stun.type", "message type: method and class", Hex(4), Control, "which operation is asked or answered";
    StunLength, "stun.length", "message length", Dec, Control, "";
    StunCookie, "stun.cookie", "magic cookie", Hex(8), Control, "";
    StunId, "stun.id", "transaction id", Dec, Control, "ties request and answer together, on every leg";
    StunAttrType, "stun.att.type", "attribute type", Hex(4), Control, "";
    StunAttrLength, "stun.att.length", "attribute length", Dec, Control, "";
    StunAttrPadding, "stun.att.padding", "attribute padding", Dec, Control, "";
    StunAttrValue, "stun.value", "attribute value", Dec, Control, "";
    StunTrailing, "stun.trailing", "octets after the message", Dec, Unknown, "";
    StunReserved, "stun.att.reserved", "reserved", Hex(2), Control, "";
    StunFamily, "stun.att.family", "address family", Hex(2), Control, "IPv4 or IPv6";
    StunMappedAddress, "stun.att.mapped_address", "mapped address", Dec, Control, "address of the client as the server sees it";
    StunXorMappedAddress, "stun.xor_mapped_address", "mapped address", Dec, Control, "address of the client as the server sees it";
    StunXorPeerAddress, "stun.xor_peer_address", "peer address", Dec, Control, "who is at the other end, LAN and VPN addresses included";
    StunXorRelayedAddress, "stun.xor_relayed_address", "relayed address", Dec, Control, "key that joins the two legs of the relay";
    StunOtherAddress, "stun.att.other_address", "another address of the server or client", Dec, Control, "layout of the servers";
    StunUsername, "stun.att.username", "user name", Dec, Control, "account at the relay, or the two ICE user fragments of the call";
    StunUserhash, "stun.att.userhash", "hash of user name and realm", Dec, Control, "pseudonym of the account, the same in every call";
    StunRealm, "stun.att.realm", "realm", Dec, Control, "operator or application";
    StunNonce, "stun.att.nonce", "nonce", Dec, Control, "state of the server";
    StunSoftware, "stun.att.software", "software", Dec, Control, "product and version";
    StunIntegrity, "stun.att.hmac", "message integrity, HMAC-SHA1", Dec, Tag, "allows offline guessing of a weak password";
    StunIntegritySha256, "stun.att.hmac_sha256", "message integrity, HMAC-SHA256", Dec, Tag, "allows offline guessing of a weak password";
    StunFingerprint, "stun.att.crc32", "fingerprint, CRC-32", Hex(8), Control, "";
    StunErrorCode, "stun.att.error", "error code", Dec, Control, "policy, quota or misconfiguration";
    StunErrorReason, "stun.att.error.reason", "reason of the error", Dec, Control, "";
    StunUnknownAttribute, "stun.att.unknown", "attribute that was not understood", Hex(4), Control, "";
    StunChannel, "stun.channel", "channel number", Hex(4), Control, "stands for one peer";
    StunLifetime, "stun.att.lifetime", "lifetime, seconds", Dec, Control, "start and end of the call";
    StunBandwidth, "stun.att.bandwidth", "bandwidth", Dec, Control, "";
    StunTransport, "stun.att.transport", "requested transport", Dec, Control, "UDP or TCP to the peer";
    StunEvenPort, "stun.att.even-port", "even port", Hex(2), Control, "an RTP and RTCP pair of ports";
    StunReservationToken, "stun.att.reserve-next", "reservation token", Dec, Control, "joins two allocations";
    StunDontFragment, "stun.att.dont-fragment", "do not fragment", Dec, Control, "";
    StunData, "stun.att.data", "data carried by the indication", Dec, Unknown, "";
    StunPriority, "stun.att.priority", "candidate priority", Dec, Control, "type of candidate and rank of the interface";
    StunUseCandidate, "stun.att.use-candidate", "use candidate", Dec, Control, "the moment the path is chosen";
    StunTieBreaker, "stun.att.tie-breaker", "ICE tie-breaker", Hex(16), Control, "who called, and a number for the session";
    StunChangeRequest, "stun.att.change-request", "change request", Hex(8), Control, "test of the client's NAT";
    StunResponsePort, "stun.att.response-port", "response port", Dec, Control, "test of the client's NAT";
    StunCacheTimeout, "stun.att.cache-timeout", "cache timeout, seconds", Dec, Control, "";
    StunPasswordAlgorithm, "stun.att.pw_alg", "password algorithm", Hex(4), Control, "";
    StunAlternateDomain, "stun.att.alternate-domain", "alternate domain", Dec, Control, "other relays";
    StunThirdParty, "stun.att.third-party", "authorisation server", Dec, Control, "who issues the tokens";
    StunAccessToken, "stun.att.access-token", "access token", Dec, Control, "opaque, sealed to the relay";
    StunMobilityTicket, "stun.att.mobility-ticket", "mobility ticket", Dec, Control, "links the same user across networks";
    StunConnectionId, "stun.att.connection-id", "connection id", Hex(8), Control, "TCP service behind the relay";
    StunTransmitCounter, "stun.att.transmit-counter", "requests and responses sent", Hex(4), Control, "loss and round trip";
    StunOrigin, "stun.att.origin", "web origin", Dec, Control, "page that makes the call";
    StunIcmp, "stun.att.icmp", "ICMP error told by the relay", Hex(8), Control, "state of the path to the peer";
    StunEcnCheck, "stun.att.ecn-check", "ECN check", Hex(8), Control, "";
    StunNetworkId, "stun.att.google.network_id", "network id", Dec, Control, "which of the sender's networks";
    StunNetworkCost, "stun.att.google.network_cost", "network cost", Dec, Control, "Wi-Fi, cellular generation, VPN";
    StunGoogMisc, "stun.att.google.misc", "libwebrtc information", Dec, Control, "libwebrtc and its version";
    StunDtls, "stun.att.dtls", "DTLS datagram carried in STUN", Dec, Unknown, "";
    StunDtlsAck, "stun.att.dtls_ack", "CRC-32 of a DTLS datagram received in STUN", Hex(8), Control, "";
    ChannelLength, "turnchannel.len", "length of the data", Dec, Control, "exact size of the message";
    ChannelPadding, "turnchannel.padding", "padding", Dec, Control, "";
    // DTLS.
    DtlsType, "dtls.record.content_type", "content type", Dec, Control, "handshake, alert or data";
    DtlsVersion, "dtls.record.version", "record version", Hex(4), Control, "";
    DtlsEpoch, "dtls.record.epoch", "epoch", Dec, Control, "how far the handshake is";
    DtlsSequence, "dtls.record.sequence_number", "record number", Dec, Control, "order, repetition, number of records";
    DtlsLength, "dtls.record.length", "record length", Dec, Control, "exact size of the message";
    DtlsUnifiedHeader, "dtls.record.unified", "unified header", Hex(2), Control, "phase of the handshake";
    DtlsMaskedNumber, "dtls.record.masked_number", "record number, masked", Hex(4), Control, "";
    DtlsSealed, "dtls.record.sealed", "encrypted record", Dec, Payload, "size and time only";
    DtlsFragment, "dtls.record.fragment", "record content", Dec, Control, "";
    DtlsAlertLevel, "dtls.alert_message.level", "alert level", Dec, Control, "";
    DtlsAlert, "dtls.alert_message.desc", "alert", Dec, Control, "end of the call, or why it failed";
    DtlsCcs, "dtls.change_cipher_spec", "change cipher spec", Dec, Control, "";
    DtlsHandshakeType, "dtls.handshake.type", "handshake type", Dec, Control, "";
    DtlsHandshakeLength, "dtls.handshake.length", "handshake length", Dec, Control, "";
    DtlsMessageSeq, "dtls.handshake.message_seq", "handshake message number", Dec, Control, "";
    DtlsFragmentOffset, "dtls.handshake.fragment_offset", "fragment offset", Dec, Control, "";
    DtlsFragmentLength, "dtls.handshake.fragment_length", "fragment length", Dec, Control, "";
    DtlsHandshakeBody, "dtls.handshake.body", "handshake message", Dec, Control, "";
    // RTP.
    RtpFirst, "rtp.first", "version, padding, extension, CSRC count", Hex(2), MediaHeader, "";
    RtpVersion, "rtp.version", "version", Dec, MediaHeader, "";
    RtpPadding, "rtp.padding", "padding bit", Dec, MediaHeader, "that padding is used";
    RtpExtBit, "rtp.ext", "extension bit", Dec, MediaHeader, "";
    RtpCsrcCount, "rtp.cc", "CSRC count", Dec, MediaHeader, "number of mixed sources";
    RtpSecond, "rtp.second", "marker and payload type", Hex(2), MediaHeader, "";
    RtpMarker, "rtp.marker", "marker bit", Dec, MediaHeader, "frame boundaries, or the start of speech";
    RtpPayloadType, "rtp.p_type", "payload type", Dec, MediaHeader, "codec, once the number is mapped";
    RtpSeq, "rtp.seq", "sequence number", Dec, MediaHeader, "loss, order, packets sent";
    RtpTimestamp, "rtp.timestamp", "timestamp", Dec, MediaHeader, "clock rate, frame rate, drift of the sender's clock";
    RtpSsrc, "rtp.ssrc", "synchronisation source", Hex(8), MediaHeader, "which stream, on every leg";
    RtpCsrc, "rtp.csrc", "contributing source", Hex(8), MediaHeader, "who is in the mix";
    RtpExtProfile, "rtp.ext.profile", "extension profile", Hex(4), MediaHeader, "";
    RtpExtLength, "rtp.ext.len", "extension length, words", Dec, MediaHeader, "";
    RtpExtId, "rtp.ext.id", "extension element id", Dec, MediaHeader, "";
    RtpExtElementLength, "rtp.ext.element_len", "extension element length", Dec, MediaHeader, "";
    RtpExtData, "rtp.ext.data", "extension element", Dec, MediaHeader, "loudness, clock, camera, layers: depends on the element";
    RtpExtPadding, "rtp.ext.padding", "extension padding", Dec, MediaHeader, "";
    RtpExtOpaque, "rtp.ext.opaque", "extension, private or sealed", Dec, Payload, "";
    RtpPayload, "rtp.payload", "media payload", Dec, Payload, "exact size";
    // RTCP.
    RtcpFirst, "rtcp.first", "version, padding, count", Hex(2), MediaHeader, "";
    RtcpVersion, "rtcp.version", "version", Dec, MediaHeader, "";
    RtcpPadding, "rtcp.padding", "padding bit", Dec, MediaHeader, "";
    RtcpCount, "rtcp.rc", "report count or format", Dec, MediaHeader, "number of streams received";
    RtcpType, "rtcp.pt", "packet type", Dec, MediaHeader, "which kind of report";
    RtcpLength, "rtcp.length", "length, words less one", Dec, MediaHeader, "";
    RtcpSenderSsrc, "rtcp.senderssrc", "SSRC of the sender", Hex(8), MediaHeader, "which stream, on every leg";
    RtcpBody, "rtcp.body", "report", Dec, Control, "quality, clocks and names";
    RtcpCname, "rtcp.sdes.cname", "canonical name", Dec, Control, "user and host, the same in every call";
    RtcpText, "rtcp.sdes.text", "source description", Dec, Control, "name, address, tool of the user";
    SrtcpSealed, "srtcp.payload", "encrypted report", Dec, Payload, "size and time";
    SrtcpIndex, "srtcp.index", "E flag and index", Hex(8), MediaHeader, "encrypted or not; number of reports";
    SrtcpTag, "srtcp.auth_tag", "authentication tag", Dec, Tag, "";
    // Recognised by shape and left alone.
    SipMessage, "sip", "SIP message", Dec, Control, "parties, devices, media addresses";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_key_names_one_field() {
        let keys: BTreeSet<_> = Field::ALL.iter().map(|field| field.key()).collect();
        assert_eq!(keys.len(), Field::ALL.len());
    }
}
