//! SIP, SDP, and what is recognised by shape.

/// Rows of the table, handed on behind those of the lower layers.
macro_rules! signalling_fields {
    ($($below:tt)*) => {
        fields! {
            $($below)*
            // SIP and SDP.
            SipStartLine, "sip.start", "start line", Dec, Control, "";
            SipRequestLine, "sip.Request-Line", "request line", Dec, Control, "who is called";
            SipMethod, "sip.Method", "method", Dec, Control, "call, answer or end";
            SipRequestUri, "sip.r-uri", "request URI", Dec, Control, "who is called";
            SipStatusLine, "sip.Status-Line", "status line", Dec, Control, "";
            SipStatusCode, "sip.Status-Code", "status code", Dec, Control, "whether the call was taken";
            SipFrom, "sip.From", "From", Dec, Control, "who calls";
            SipTo, "sip.To", "To", Dec, Control, "who is called";
            SipContact, "sip.Contact", "Contact", Dec, Control, "address of the device";
            SipCallId, "sip.Call-ID", "Call-ID", Dec, Control, "ties the messages of a call together, often with a host name";
            SipVia, "sip.Via", "Via", Dec, Control, "way of the message, inner addresses";
            SipCseq, "sip.CSeq", "command sequence", Dec, Control, "";
            SipUserAgent, "sip.User-Agent", "User-Agent", Dec, Control, "product and version";
            SipServer, "sip.Server", "Server", Dec, Control, "product and version";
            SipAuthorization, "sip.Authorization", "Authorization", Dec, Control, "account, and what allows offline guessing of a weak password";
            SipProxyAuthorization, "sip.Proxy-Authorization", "Proxy-Authorization", Dec, Control, "account, and what allows offline guessing of a weak password";
            SipIdentity, "sip.P-Asserted-Identity", "P-Asserted-Identity", Dec, Control, "who calls, as the provider knows";
            SipContentType, "sip.Content-Type", "Content-Type", Dec, Control, "";
            SipContentLength, "sip.Content-Length", "Content-Length", Dec, Control, "";
            SipHeader, "sip.msg_hdr", "header", Dec, Control, "";
            SipBlank, "sip.blank", "blank line", Dec, Control, "";
            SipBody, "sip.msg_body", "body", Dec, Control, "";
            SipPassword, "sip.password", "password", Dec, Secret, "the account itself";
            SdpLine, "sdp.line", "line", Dec, Control, "";
            SdpOwner, "sdp.owner", "origin", Dec, Control, "user and address of the device";
            SdpConnection, "sdp.connection_info", "connection", Dec, Control, "address for media";
            SdpMedia, "sdp.media", "media", Dec, Control, "kinds of media, ports, codecs";
            SdpAttribute, "sdp.media_attr", "attribute", Dec, Control, "";
            SdpRtpmap, "sdp.rtpmap", "payload type map", Dec, Control, "codecs";
            SdpFmtp, "sdp.fmtp", "format parameters", Dec, Control, "codec options";
            SdpExtmap, "sdp.extmap", "header extension map", Dec, Control, "meaning of the RTP extensions";
            SdpFingerprint, "sdp.fingerprint", "certificate fingerprint", Dec, Control, "ties the handshake to the signalling";
            SdpSetup, "sdp.setup", "DTLS role", Dec, Control, "";
            SdpCandidate, "sdp.candidate", "ICE candidate", Dec, Control, "addresses of the device, inner ones too";
            SdpIceUfrag, "sdp.ice-ufrag", "ICE user fragment", Dec, Control, "ties checks to the signalling";
            SdpIcePwd, "sdp.ice-pwd", "ICE password line", Dec, Control, "";
            SdpPassword, "sdp.ice-pwd.value", "ICE password", Dec, Secret, "allows to forge connectivity checks";
            SdpCrypto, "sdp.crypto", "SRTP key line", Dec, Control, "cipher of the media";
            SdpCryptoTag, "sdp.crypto.tag", "tag", Dec, Control, "";
            SdpCryptoSuite, "sdp.crypto.crypto_suite", "crypto suite", Dec, Control, "cipher of the media";
            SdpKey, "sdp.key_and_salt", "media key and salt", Dec, Secret, "opens the media";
            SdpSsrc, "sdp.ssrc", "source", Dec, Control, "SSRC and CNAME";
            SdpRtcp, "sdp.rtcp", "port of RTCP", Dec, Control, "";
            SdpMid, "sdp.mid", "media identification", Dec, Control, "";
            SdpGroup, "sdp.group", "grouping", Dec, Control, "";
            // SCTP inside DTLS: data channels.
            SctpSrcPort, "sctp.srcport", "source port", Dec, Control, "";
            SctpDstPort, "sctp.dstport", "destination port", Dec, Control, "";
            SctpTag, "sctp.verification_tag", "verification tag", Hex(8), Control, "";
            SctpChecksum, "sctp.checksum", "checksum", Hex(8), Control, "";
            SctpChunkType, "sctp.chunk_type", "chunk type", Dec, Control, "";
            SctpChunkFlags, "sctp.chunk_flags", "chunk flags", Hex(2), Control, "";
            SctpChunkLength, "sctp.chunk_length", "chunk length", Dec, Control, "exact size of the message";
            SctpChunkValue, "sctp.chunk_value", "chunk value", Dec, Control, "";
            SctpPadding, "sctp.chunk_padding", "padding", Dec, Control, "";
            SctpTsn, "sctp.data_tsn", "transmission number", Dec, Control, "order, repetition";
            SctpStream, "sctp.data_sid", "stream", Dec, Control, "which data channel";
            SctpStreamSequence, "sctp.data_ssn", "number in the stream", Dec, Control, "number of messages";
            SctpProtocol, "sctp.data_payload_proto_id", "payload protocol", Dec, Control, "text or octets";
            SctpReserved, "sctp.data_reserved", "reserved", Dec, Control, "";
            SctpMessage, "sctp.data_mid", "message number", Dec, Control, "number of messages";
            SctpFragment, "sctp.data_fsn", "number of the part", Dec, Control, "";
            SctpData, "sctp.data", "data", Dec, Payload, "what the application sends";
            // Recognised by shape and left alone.
            ZrtpHeader, "zrtp.header", "packet header", Hex(4), Control, "";
            ZrtpSequence, "zrtp.sequence", "sequence number", Dec, Control, "";
            ZrtpCookie, "zrtp.cookie", "magic cookie", Hex(8), Control, "";
            ZrtpSsrc, "zrtp.source_id", "SSRC", Hex(8), Control, "which stream";
            ZrtpSignature, "zrtp.signature", "message signature", Hex(4), Control, "";
            ZrtpLength, "zrtp.length", "message length, words", Dec, Control, "";
            ZrtpType, "zrtp.type", "message type", Dec, Control, "how far the key agreement is";
            ZrtpBody, "zrtp.message", "message", Dec, Control, "versions, ciphers, ZID: the same in every call";
            ZrtpChecksum, "zrtp.checksum", "CRC", Hex(8), Control, "";
            QuicFirst, "quic.header_form", "first octet", Hex(2), Control, "";
            QuicVersion, "quic.version", "version", Hex(8), Control, "";
            QuicDcidLength, "quic.dcil", "length of the destination connection id", Dec, Control, "";
            QuicDcid, "quic.dcid", "destination connection id", Dec, Control, "which connection";
            QuicScidLength, "quic.scil", "length of the source connection id", Dec, Control, "";
            QuicScid, "quic.scid", "source connection id", Dec, Control, "which connection";
            QuicPayload, "quic.remaining_payload", "rest of the packet", Dec, Payload, "size and time";
        }
    };
}
