//! DTLS, and what it shares with TLS.

/// Rows of the table, handed on behind those of the lower layers.
macro_rules! dtls_fields {
    ($($below:tt)*) => {
        tls_fields! {
            [
                $($below)*
                // DTLS alone.
                DtlsEpoch, "dtls.record.epoch", "epoch", Dec, Control, "how far the handshake is";
                DtlsSequence, "dtls.record.sequence_number", "record number", Dec, Control, "order, repetition, number of records";
                DtlsUnifiedHeader, "dtls.record.unified", "unified header", Hex(2), Control, "phase of the handshake";
                DtlsMaskedNumber, "dtls.record.masked_number", "record number, masked", Hex(4), Control, "";
                DtlsMessageSeq, "dtls.handshake.message_seq", "handshake message number", Dec, Control, "";
                DtlsFragmentOffset, "dtls.handshake.fragment_offset", "fragment offset", Dec, Control, "";
                DtlsFragmentLength, "dtls.handshake.fragment_length", "fragment length", Dec, Control, "";
                DtlsCookieLength, "dtls.handshake.cookie_length", "length of the cookie", Dec, Control, "";
                DtlsCookie, "dtls.handshake.cookie", "cookie", Dec, Control, "";
                DtlsProfilesLength, "dtls.use_srtp.protection_profiles_length", "length of the SRTP profiles", Dec, Control, "";
                DtlsProfile, "dtls.use_srtp.protection_profile", "SRTP profile", Hex(4), Control, "cipher and tag of the media";
                DtlsMkiLength, "dtls.use_srtp.mki_length", "length of the master key identifier", Dec, Control, "";
                DtlsMki, "dtls.use_srtp.mki", "master key identifier", Dec, Control, "";
                DtlsConnectionIdLength, "dtls.connection_id_length", "length of the connection id", Dec, Control, "";
                DtlsConnectionId, "dtls.connection_id", "connection id", Dec, Control, "the same when the address changes";
                DtlsAcksLength, "dtls.ack.record_numbers_length", "length of the record numbers", Dec, Control, "";
                DtlsAckEpoch, "dtls.ack.epoch", "epoch of a record received", Dec, Control, "";
                DtlsAckNumber, "dtls.ack.sequence_number", "number of a record received", Dec, Control, "what arrived";
            ]
            // Each a field of TLS and one of DTLS, whose names begin with the protocol.
            DtlsType TlsType, "record.content_type", "content type", Dec, Control, "handshake, alert or data";
            DtlsVersion TlsVersion, "record.version", "record version", Hex(4), Control, "";
            DtlsLength TlsLength, "record.length", "record length", Dec, Control, "exact size of the message";
            DtlsSealed TlsSealed, "record.sealed", "encrypted record", Dec, Payload, "size and time only";
            DtlsFragment TlsFragment, "record.fragment", "record content", Dec, Control, "";
            DtlsAlertLevel TlsAlertLevel, "alert_message.level", "alert level", Dec, Control, "";
            DtlsAlert TlsAlert, "alert_message.desc", "alert", Dec, Control, "end of the call, or why it failed";
            DtlsCcs TlsCcs, "change_cipher_spec", "change cipher spec", Dec, Control, "";
            DtlsHandshakeType TlsHandshakeType, "handshake.type", "handshake type", Dec, Control, "";
            DtlsHandshakeLength TlsHandshakeLength, "handshake.length", "handshake length", Dec, Control, "";
            DtlsHandshakeBody TlsHandshakeBody, "handshake.body", "handshake message", Dec, Control, "";
            DtlsHelloVersion TlsHelloVersion, "handshake.version", "version in the hello", Hex(4), Control, "";
            DtlsRandom TlsRandom, "handshake.random", "random", Dec, Control, "names this handshake, on every leg";
            DtlsSessionIdLength TlsSessionIdLength, "handshake.session_id_length", "length of the session id", Dec, Control, "";
            DtlsSessionId TlsSessionId, "handshake.session_id", "session id", Dec, Control, "links calls that resume a session";
            DtlsSuitesLength TlsSuitesLength, "handshake.cipher_suites_length", "length of the cipher suites", Dec, Control, "";
            DtlsSuite TlsSuite, "handshake.ciphersuite", "cipher suite", Hex(4), Control, "offered ones, in their order, name the software";
            DtlsCompressionsLength TlsCompressionsLength, "handshake.comp_methods_length", "length of the compression methods", Dec, Control, "";
            DtlsCompression TlsCompression, "handshake.comp_method", "compression method", Dec, Control, "";
            DtlsExtensionsLength TlsExtensionsLength, "handshake.extensions_length", "length of the extensions", Dec, Control, "";
            DtlsExtensionType TlsExtensionType, "handshake.extension.type", "extension", Dec, Control, "those sent, in their order, name the software";
            DtlsExtensionLength TlsExtensionLength, "handshake.extension.len", "extension length", Dec, Control, "";
            DtlsExtensionData TlsExtensionData, "handshake.extension.data", "extension", Dec, Control, "";
            DtlsNamesLength TlsNamesLength, "handshake.extensions_server_name_list_len", "length of the server names", Dec, Control, "";
            DtlsNameType TlsNameType, "handshake.extensions_server_name_type", "kind of name", Dec, Control, "";
            DtlsNameLength TlsNameLength, "handshake.extensions_server_name_len", "length of the server name", Dec, Control, "";
            DtlsServerName TlsServerName, "handshake.extensions_server_name", "server name", Dec, Control, "which service is called";
            DtlsSni TlsSni, "handshake.sni", "server name", Dec, Control, "which service is called";
            DtlsGroupsLength TlsGroupsLength, "handshake.extensions_supported_groups_length", "length of the groups", Dec, Control, "";
            DtlsGroup TlsGroup, "handshake.extensions_supported_group", "group of the key exchange", Hex(4), Control, "names the software";
            DtlsPointFormatsLength TlsPointFormatsLength, "handshake.extensions_ec_point_formats_length", "length of the point formats", Dec, Control, "";
            DtlsPointFormat TlsPointFormat, "handshake.extensions_ec_point_format", "point format", Dec, Control, "";
            DtlsSignaturesLength TlsSignaturesLength, "handshake.sig_hash_alg_len", "length of the signature algorithms", Dec, Control, "";
            DtlsSignature TlsSignature, "handshake.sig_hash_alg", "signature algorithm", Hex(4), Control, "names the software";
            DtlsAlpnLength TlsAlpnLength, "handshake.extensions_alpn_len", "length of the application protocols", Dec, Control, "";
            DtlsAlpnNameLength TlsAlpnNameLength, "handshake.extensions_alpn_str_len", "length of the application protocol", Dec, Control, "";
            DtlsAlpn TlsAlpn, "handshake.extensions_alpn_str", "application protocol", Dec, Control, "kind of call";
            DtlsVersionsLength TlsVersionsLength, "handshake.extensions.supported_versions_len", "length of the versions", Dec, Control, "";
            DtlsSupportedVersion TlsSupportedVersion, "handshake.extensions.supported_version", "version offered or taken", Hex(4), Control, "";
            DtlsKeySharesLength TlsKeySharesLength, "handshake.extensions_key_share_client_length", "length of the key shares", Dec, Control, "";
            DtlsKeyShareGroup TlsKeyShareGroup, "handshake.extensions_key_share_group", "group of the key share", Hex(4), Control, "";
            DtlsKeyShareLength TlsKeyShareLength, "handshake.extensions_key_share_key_exchange_length", "length of the public key", Dec, Control, "";
            DtlsKeyShare TlsKeyShare, "handshake.extensions_key_share_key_exchange", "public key of this handshake", Dec, Control, "";
            DtlsRetryGroup TlsRetryGroup, "handshake.extensions_key_share_selected_group", "group that the server asks for", Hex(4), Control, "";
            DtlsRetryCookieLength TlsRetryCookieLength, "handshake.extensions.cookie_len", "length of the retry cookie", Dec, Control, "";
            DtlsRetryCookie TlsRetryCookie, "handshake.extensions.cookie", "retry cookie", Dec, Control, "";
            DtlsPskModesLength TlsPskModesLength, "extension.psk_ke_modes_length", "length of the key exchange modes", Dec, Control, "";
            DtlsPskMode TlsPskMode, "extension.psk_ke_mode", "key exchange mode of pre-shared keys", Dec, Control, "";
            DtlsRenegotiationLength TlsRenegotiationLength, "handshake.extensions_reneg_info_len", "length of the renegotiation data", Dec, Control, "";
            DtlsRenegotiation TlsRenegotiation, "handshake.extensions_reneg_info", "renegotiation data", Dec, Control, "";
            DtlsMaxFragment TlsMaxFragment, "handshake.max_fragment_length", "largest fragment, as a code", Dec, Control, "";
            DtlsRecordLimit TlsRecordLimit, "record_size_limit", "largest record", Dec, Control, "";
            DtlsCertificateContextLength TlsCertificateContextLength, "handshake.certificate_request_context_length", "length of the certificate context", Dec, Control, "";
            DtlsCertificateContext TlsCertificateContext, "handshake.certificate_request_context", "certificate context", Dec, Control, "";
            DtlsCertificatesLength TlsCertificatesLength, "handshake.certificates_length", "length of the chain", Dec, Control, "";
            DtlsCertificateLength TlsCertificateLength, "handshake.certificate_length", "length of the certificate", Dec, Control, "";
            DtlsCertificate TlsCertificate, "handshake.certificate", "certificate", Dec, Control, "who the end is: name, key, dates; the same in every call that uses it";
            DtlsCertificateTypesCount TlsCertificateTypesCount, "handshake.cert_types_count", "number of certificate types", Dec, Control, "";
            DtlsCertificateType TlsCertificateType, "handshake.cert_type", "certificate type", Dec, Control, "";
            DtlsAuthoritiesLength TlsAuthoritiesLength, "handshake.dnames_len", "length of the authorities", Dec, Control, "";
            DtlsAuthorityLength TlsAuthorityLength, "handshake.dname_len", "length of the authority", Dec, Control, "";
            DtlsAuthority TlsAuthority, "handshake.dname", "certificate authority", Dec, Control, "whose certificates are asked for";
            DtlsTicketLifetime TlsTicketLifetime, "handshake.session_ticket_lifetime_hint", "lifetime of the ticket", Dec, Control, "";
            DtlsTicketLength TlsTicketLength, "handshake.session_ticket_length", "length of the ticket", Dec, Control, "";
            DtlsTicket TlsTicket, "handshake.session_ticket", "session ticket", Dec, Control, "links calls that resume a session";
        }
    };
}

/// Makes two fields of every row, one of DTLS and one of TLS, and hands them on.
macro_rules! tls_fields {
    (
        [$($below:tt)*]
        $($dtls:ident $tls:ident, $key:literal, $text:literal, $format:expr, $class:ident, $reveals:literal;)+
    ) => {
        media_fields! {
            $($below)*
            $($dtls, concat!("dtls.", $key), $text, $format, $class, $reveals;)+
            $($tls, concat!("tls.", $key), $text, $format, $class, $reveals;)+
        }

        impl Field {
            /// The same field in TLS, where it is one of DTLS that both have.
            #[must_use]
            pub const fn over_tls(self) -> Self {
                match self {
                    $(Self::$dtls => Self::$tls,)+
                    other => other,
                }
            }

            /// The same field in DTLS, where it is one of TLS.
            #[must_use]
            pub const fn over_dtls(self) -> Self {
                match self {
                    $(Self::$tls => Self::$dtls,)+
                    other => other,
                }
            }
        }
    };
}
