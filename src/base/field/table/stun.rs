//! STUN and TURN.

/// Rows of the table, handed on behind those of the lower layers.
macro_rules! stun_fields {
    ($($below:tt)*) => {
        dtls_fields! {
            $($below)*
            // STUN and TURN.
            StunType, "stun.type", "message type: method and class", Hex(4), Control, "which operation is asked or answered";
            StunLength, "stun.length", "message length", Dec, Control, "";
            StunCookie, "stun.cookie", "magic cookie", Hex(8), Control, "";
            StunId, "stun.id", "transaction id", Dec, Control, "ties request and answer together, on every leg";
            StunAttrType, "stun.att.type", "attribute type", Hex(4), Control, "";
            StunAttrLength, "stun.att.length", "attribute length", Dec, Control, "";
            StunAttrPadding, "stun.att.padding", "attribute padding", Dec, Control, "";
            StunAttrValue, "stun.value", "attribute value", Dec, Control, "not known here";
            StunTrailing, "stun.trailing", "octets after the message", Dec, Unknown, "";
            StunReserved, "stun.att.reserved", "reserved", Hex(2), Control, "";
            StunFamily, "stun.att.family", "address family", Hex(2), Control, "IPv4 or IPv6";
            StunMappedAddress, "stun.att.mapped_address", "mapped address", Dec, Control, "address of whoever asked, as the answerer sees it: its NAT or VPN";
            StunXorMappedAddress, "stun.xor_mapped_address", "mapped address", Dec, Control, "address of whoever asked, as the answerer sees it: its NAT or VPN";
            StunXorPeerAddress, "stun.xor_peer_address", "peer address", Dec, Control, "who is at the other end, LAN and VPN addresses included";
            StunXorRelayedAddress, "stun.xor_relayed_address", "relayed address", Dec, Control, "key that joins the two legs of the relay";
            StunOtherAddress, "stun.att.other_address", "another address of the server or client", Dec, Control, "layout of the servers";
            StunAlternateServer, "stun.att.alternate-server", "alternate server", Dec, Control, "another relay of the operator";
            StunUsername, "stun.att.username", "user name", Dec, Control, "account at the relay, or the two ICE user fragments of the call";
            StunUserExpiry, "stun.att.username.expiry", "end of validity in the user name, Unix time", Dec, Control, "when the account was issued, where its lifetime is known";
            StunUserId, "stun.att.username.user", "user in the user name", Dec, Control, "account at the operator, often the same in every call";
            StunPassword, "stun.att.password", "password", Dec, Secret, "the password itself";
            StunUserhash, "stun.att.userhash", "hash of user name and realm", Dec, Control, "pseudonym of the account, the same in every call at this realm";
            StunRealm, "stun.att.realm", "realm", Dec, Control, "operator or application";
            StunNonce, "stun.att.nonce", "nonce", Dec, Control, "state of the server";
            StunSecurityFeatures, "stun.att.nonce.features", "security features in the nonce", Hex(6), Control, "what the server supports against attacks";
            StunSoftware, "stun.att.software", "software", Dec, Control, "product and version, and so its known flaws";
            StunIntegrity, "stun.att.hmac", "message integrity, HMAC-SHA1", Dec, Tag, "allows offline guessing of a weak password";
            StunIntegritySha256, "stun.att.hmac_sha256", "message integrity, HMAC-SHA256", Dec, Tag, "allows offline guessing of a weak password";
            StunFingerprint, "stun.att.crc32", "fingerprint, CRC-32", Hex(8), Control, "";
            StunErrorCode, "stun.att.error", "error code", Dec, Control, "policy, quota or misconfiguration";
            StunErrorReason, "stun.att.error.reason", "reason of the error", Dec, Control, "wording of the server's software";
            StunUnknownAttribute, "stun.att.unknown", "attribute that was not understood", Hex(4), Control, "what the sender does not support";
            StunChannel, "stun.channel", "channel number", Hex(4), Control, "stands for one peer";
            StunLifetime, "stun.att.lifetime", "lifetime, seconds", Dec, Control, "how long the call may last; zero is its end";
            StunBandwidth, "stun.att.bandwidth", "bandwidth", Dec, Control, "how much media is expected";
            StunTransport, "stun.att.transport", "requested transport", Dec, Control, "UDP or TCP to the peer";
            StunEvenPort, "stun.att.even-port", "even port", Hex(2), Control, "an RTP and RTCP pair of ports";
            StunReservationToken, "stun.att.reserve-next", "reservation token", Dec, Control, "joins two allocations";
            StunDontFragment, "stun.att.dont-fragment", "do not fragment", Dec, Control, "the client measures the path to the peer";
            StunData, "stun.att.data", "data carried by the indication", Dec, Unknown, "all that the datagram inside tells";
            StunPriority, "stun.att.priority", "candidate priority", Dec, Control, "type of candidate and rank of the interface";
            StunUseCandidate, "stun.att.use-candidate", "use candidate", Dec, Control, "the moment the path is chosen";
            StunTieBreaker, "stun.att.tie-breaker", "ICE tie-breaker", Hex(16), Control, "which side controls, mostly the caller; a number for the session";
            StunChangeRequest, "stun.att.change-request", "change request", Hex(8), Control, "test of the client's NAT";
            StunResponsePort, "stun.att.response-port", "response port", Dec, Control, "test of the client's NAT";
            StunCacheTimeout, "stun.att.cache-timeout", "cache timeout, seconds", Dec, Control, "how long the client keeps what it learned of its NAT";
            StunPasswordAlgorithm, "stun.att.pw_alg", "password algorithm", Hex(4), Control, "which hash guards the password";
            StunAlternateDomain, "stun.att.alternate-domain", "alternate domain", Dec, Control, "other relays";
            StunThirdParty, "stun.att.third-party", "authorisation server", Dec, Control, "who issues the tokens";
            StunAccessToken, "stun.att.access-token", "access token", Dec, Control, "opaque, sealed to the relay";
            StunMobilityTicket, "stun.att.mobility-ticket", "mobility ticket", Dec, Control, "links the same user across networks";
            StunConnectionId, "stun.att.connection-id", "connection id", Hex(8), Control, "TCP service behind the relay";
            StunTransmitCounter, "stun.att.transmit-counter", "requests and responses sent", Hex(4), Control, "loss and round trip";
            StunOrigin, "stun.att.origin", "web origin", Dec, Control, "page that makes the call";
            StunIcmp, "stun.att.icmp", "ICMP error told by the relay", Hex(8), Control, "state of the path to the peer";
            StunIcmpData, "stun.att.icmp.data", "data of the ICMP error", Hex(8), Control, "size of packet that the path to the peer allows";
            StunEcnCheck, "stun.att.ecn-check", "ECN check", Hex(8), Control, "whether the path lets ECN through";
            StunNetworkId, "stun.att.google.network_id", "network id", Dec, Control, "which of the sender's networks";
            StunNetworkCost, "stun.att.google.network_cost", "network cost", Dec, Control, "Wi-Fi, cellular generation, VPN";
            StunGoogMisc, "stun.att.google.misc", "libwebrtc information", Dec, Control, "libwebrtc and its version";
            StunGoogLastCheck, "stun.att.google.last_check", "transaction id of the last check received", Dec, Control, "ties checks of both directions together";
            StunDtls, "stun.att.dtls", "DTLS datagram carried in STUN", Dec, Unknown, "the DTLS handshake of the call";
            StunDtlsAck, "stun.att.dtls_ack", "CRC-32 of a DTLS datagram received in STUN", Hex(8), Control, "which parts of the DTLS handshake arrived";
            StunPathPadding, "stun.att.path_padding", "filler that makes the message long", Dec, Control, "test of the path's packet size";
            StunMsFraming, "stun.ms.framing", "length of the MS-TURN message that follows", Dec, Control, "exact size of the message";
            StunMsCookie, "stun.att.ms.cookie", "magic cookie of MS-TURN", Hex(8), Control, "Teams, Skype or another program of Microsoft";
            StunMsVersion, "stun.att.ms.version", "version of MS-TURN or MS-ICE2", Dec, Control, "generation of the program";
            StunMsAppId, "stun.att.ms.app_id", "program identifier", Hex(8), Control, "which program of Microsoft";
            StunMsQuality, "stun.att.ms.service_quality", "kind of stream and service", Hex(8), Control, "audio, video or data";
            StunMsConnection, "stun.att.ms.connection_id", "connection identifier", Dec, Control, "ties the requests of one allocation together";
            StunMsSequence, "stun.att.ms.sequence_number", "number of the request", Dec, Control, "";
            StunMsFoundation, "stun.att.ms.foundation", "foundation of the candidate", Dec, Control, "which candidates share an interface";
            StunMsSession, "stun.att.ms.multiplexed_turn_session_id", "session behind the shared relay port", Dec, Control, "which allocation, on every leg";
            StunMsSipId, "stun.att.ms.sip_id", "SIP dialog or call identifier", Dec, Control, "joins the call with its signalling";
            StunMsSite, "stun.att.ms.site_address", "address of a site or its relay", Dec, Control, "sites of the organisation";
            ChannelLength, "turnchannel.len", "length of the data", Dec, Control, "exact size of the message";
            ChannelPadding, "turnchannel.padding", "padding", Dec, Control, "";
        }
    };
}
