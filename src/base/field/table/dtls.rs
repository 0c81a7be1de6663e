//! DTLS.

/// Rows of the table, handed on behind those of the lower layers.
macro_rules! dtls_fields {
    ($($below:tt)*) => {
        media_fields! {
            $($below)*
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
            DtlsHelloVersion, "dtls.handshake.version", "version in the hello", Hex(4), Control, "";
            DtlsRandom, "dtls.handshake.random", "random", Dec, Control, "names this handshake, on every leg";
            DtlsSessionIdLength, "dtls.handshake.session_id_length", "length of the session id", Dec, Control, "";
            DtlsSessionId, "dtls.handshake.session_id", "session id", Dec, Control, "links calls that resume a session";
            DtlsCookieLength, "dtls.handshake.cookie_length", "length of the cookie", Dec, Control, "";
            DtlsCookie, "dtls.handshake.cookie", "cookie", Dec, Control, "";
            DtlsSuitesLength, "dtls.handshake.cipher_suites_length", "length of the cipher suites", Dec, Control, "";
            DtlsSuite, "dtls.handshake.ciphersuite", "cipher suite", Hex(4), Control, "offered ones, in their order, name the software";
            DtlsCompressionsLength, "dtls.handshake.comp_methods_length", "length of the compression methods", Dec, Control, "";
            DtlsCompression, "dtls.handshake.comp_method", "compression method", Dec, Control, "";
            DtlsExtensionsLength, "dtls.handshake.extensions_length", "length of the extensions", Dec, Control, "";
            DtlsExtensionType, "dtls.handshake.extension.type", "extension", Dec, Control, "those sent, in their order, name the software";
            DtlsExtensionLength, "dtls.handshake.extension.len", "extension length", Dec, Control, "";
            DtlsExtensionData, "dtls.handshake.extension.data", "extension", Dec, Control, "";
            DtlsNamesLength, "dtls.handshake.extensions_server_name_list_len", "length of the server names", Dec, Control, "";
            DtlsNameType, "dtls.handshake.extensions_server_name_type", "kind of name", Dec, Control, "";
            DtlsNameLength, "dtls.handshake.extensions_server_name_len", "length of the server name", Dec, Control, "";
            DtlsServerName, "dtls.handshake.extensions_server_name", "server name", Dec, Control, "which service is called";
            DtlsSni, "dtls.handshake.sni", "server name", Dec, Control, "which service is called";
            DtlsGroupsLength, "dtls.handshake.extensions_supported_groups_length", "length of the groups", Dec, Control, "";
            DtlsGroup, "dtls.handshake.extensions_supported_group", "group of the key exchange", Hex(4), Control, "names the software";
            DtlsPointFormatsLength, "dtls.handshake.extensions_ec_point_formats_length", "length of the point formats", Dec, Control, "";
            DtlsPointFormat, "dtls.handshake.extensions_ec_point_format", "point format", Dec, Control, "";
            DtlsSignaturesLength, "dtls.handshake.sig_hash_alg_len", "length of the signature algorithms", Dec, Control, "";
            DtlsSignature, "dtls.handshake.sig_hash_alg", "signature algorithm", Hex(4), Control, "names the software";
            DtlsProfilesLength, "dtls.use_srtp.protection_profiles_length", "length of the SRTP profiles", Dec, Control, "";
            DtlsProfile, "dtls.use_srtp.protection_profile", "SRTP profile", Hex(4), Control, "cipher and tag of the media";
            DtlsMkiLength, "dtls.use_srtp.mki_length", "length of the master key identifier", Dec, Control, "";
            DtlsMki, "dtls.use_srtp.mki", "master key identifier", Dec, Control, "";
            DtlsAlpnLength, "dtls.handshake.extensions_alpn_len", "length of the application protocols", Dec, Control, "";
            DtlsAlpnNameLength, "dtls.handshake.extensions_alpn_str_len", "length of the application protocol", Dec, Control, "";
            DtlsAlpn, "dtls.handshake.extensions_alpn_str", "application protocol", Dec, Control, "kind of call";
            DtlsVersionsLength, "dtls.handshake.extensions.supported_versions_len", "length of the versions", Dec, Control, "";
            DtlsSupportedVersion, "dtls.handshake.extensions.supported_version", "version offered or taken", Hex(4), Control, "";
            DtlsKeySharesLength, "dtls.handshake.extensions_key_share_client_length", "length of the key shares", Dec, Control, "";
            DtlsKeyShareGroup, "dtls.handshake.extensions_key_share_group", "group of the key share", Hex(4), Control, "";
            DtlsKeyShareLength, "dtls.handshake.extensions_key_share_key_exchange_length", "length of the public key", Dec, Control, "";
            DtlsKeyShare, "dtls.handshake.extensions_key_share_key_exchange", "public key of this handshake", Dec, Control, "";
            DtlsRetryGroup, "dtls.handshake.extensions_key_share_selected_group", "group that the server asks for", Hex(4), Control, "";
            DtlsRetryCookieLength, "dtls.handshake.extensions.cookie_len", "length of the retry cookie", Dec, Control, "";
            DtlsRetryCookie, "dtls.handshake.extensions.cookie", "retry cookie", Dec, Control, "";
            DtlsPskModesLength, "dtls.extension.psk_ke_modes_length", "length of the key exchange modes", Dec, Control, "";
            DtlsPskMode, "dtls.extension.psk_ke_mode", "key exchange mode of pre-shared keys", Dec, Control, "";
            DtlsRenegotiationLength, "dtls.handshake.extensions_reneg_info_len", "length of the renegotiation data", Dec, Control, "";
            DtlsRenegotiation, "dtls.handshake.extensions_reneg_info", "renegotiation data", Dec, Control, "";
            DtlsConnectionIdLength, "dtls.connection_id_length", "length of the connection id", Dec, Control, "";
            DtlsConnectionId, "dtls.connection_id", "connection id", Dec, Control, "the same when the address changes";
            DtlsMaxFragment, "dtls.handshake.max_fragment_length", "largest fragment, as a code", Dec, Control, "";
            DtlsRecordLimit, "dtls.record_size_limit", "largest record", Dec, Control, "";
            DtlsCertificatesLength, "dtls.handshake.certificates_length", "length of the chain", Dec, Control, "";
            DtlsCertificateLength, "dtls.handshake.certificate_length", "length of the certificate", Dec, Control, "";
            DtlsCertificate, "dtls.handshake.certificate", "certificate", Dec, Control, "who the end is: name, key, dates; the same in every call that uses it";
            DtlsCertificateTypesCount, "dtls.handshake.cert_types_count", "number of certificate types", Dec, Control, "";
            DtlsCertificateType, "dtls.handshake.cert_type", "certificate type", Dec, Control, "";
            DtlsAuthoritiesLength, "dtls.handshake.dnames_len", "length of the authorities", Dec, Control, "";
            DtlsAuthorityLength, "dtls.handshake.dname_len", "length of the authority", Dec, Control, "";
            DtlsAuthority, "dtls.handshake.dname", "certificate authority", Dec, Control, "whose certificates are asked for";
            DtlsTicketLifetime, "dtls.handshake.session_ticket_lifetime_hint", "lifetime of the ticket", Dec, Control, "";
            DtlsTicketLength, "dtls.handshake.session_ticket_length", "length of the ticket", Dec, Control, "";
            DtlsTicket, "dtls.handshake.session_ticket", "session ticket", Dec, Control, "links calls that resume a session";
            DtlsAcksLength, "dtls.ack.record_numbers_length", "length of the record numbers", Dec, Control, "";
            DtlsAckEpoch, "dtls.ack.epoch", "epoch of a record received", Dec, Control, "";
            DtlsAckNumber, "dtls.ack.sequence_number", "number of a record received", Dec, Control, "what arrived";
        }
    };
}
