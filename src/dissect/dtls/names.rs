//! Numbers of TLS and DTLS and their registered names; unknown numbers survive and print as hex.
//!
//! Source: IANA "TLS Parameters", "TLS Extension Type Values", "DTLS-SRTP Protection Profiles".

/// A number with registered names.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident: $int:ty { $($value:literal = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl $name {
            /// Its registered name.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{:#06x}", self.0),
                }
            }
        }
    };
}

pub(super) use named;

named! {
    /// Content type of a record.
    ContentType: u8 {
        20 = "ChangeCipherSpec",
        21 = "alert",
        22 = "handshake",
        23 = "data",
        24 = "heartbeat",
        25 = "record with connection id",
        26 = "ACK",
    }
}

impl ContentType {
    /// `change_cipher_spec` (RFC 5246, section 7.1).
    pub const CHANGE_CIPHER_SPEC: Self = Self(20);
    /// alert (RFC 5246, section 7.2).
    pub const ALERT: Self = Self(21);
    /// handshake (RFC 5246, section 7.4).
    pub const HANDSHAKE: Self = Self(22);
    /// `application_data` (RFC 5246, section 10).
    pub const APPLICATION_DATA: Self = Self(23);
    /// ACK (RFC 9147, section 7).
    pub const ACK: Self = Self(26);
}

named! {
    /// Type of a handshake message.
    HandshakeType: u8 {
        0 = "HelloRequest",
        1 = "ClientHello",
        2 = "ServerHello",
        3 = "HelloVerifyRequest",
        4 = "NewSessionTicket",
        5 = "EndOfEarlyData",
        8 = "EncryptedExtensions",
        9 = "RequestConnectionId",
        10 = "NewConnectionId",
        11 = "Certificate",
        12 = "ServerKeyExchange",
        13 = "CertificateRequest",
        14 = "ServerHelloDone",
        15 = "CertificateVerify",
        16 = "ClientKeyExchange",
        20 = "Finished",
        21 = "CertificateURL",
        22 = "CertificateStatus",
        23 = "SupplementalData",
        24 = "KeyUpdate",
        25 = "CompressedCertificate",
    }
}

impl HandshakeType {
    /// `client_hello`
    pub const CLIENT_HELLO: Self = Self(1);
    /// `server_hello`, and in DTLS 1.3 `HelloRetryRequest` too.
    pub const SERVER_HELLO: Self = Self(2);
    /// `hello_verify_request`
    pub const HELLO_VERIFY_REQUEST: Self = Self(3);
    /// `new_session_ticket`
    pub const NEW_SESSION_TICKET: Self = Self(4);
    /// `encrypted_extensions` (RFC 8446, section 4.3.1)
    pub const ENCRYPTED_EXTENSIONS: Self = Self(8);
    /// certificate
    pub const CERTIFICATE: Self = Self(11);
    /// `server_key_exchange`
    pub const SERVER_KEY_EXCHANGE: Self = Self(12);
    /// `certificate_request`
    pub const CERTIFICATE_REQUEST: Self = Self(13);
    /// `server_hello_done`
    pub const SERVER_HELLO_DONE: Self = Self(14);
    /// `client_key_exchange`
    pub const CLIENT_KEY_EXCHANGE: Self = Self(16);
    /// finished
    pub const FINISHED: Self = Self(20);
    /// `key_update`
    pub const KEY_UPDATE: Self = Self(24);
}

named! {
    /// Version of the protocol.
    Version: u16 {
        0x0100 = "DTLS 1.0 (OpenSSL before 0.9.8f)",
        0x0300 = "SSL 3.0",
        0x0301 = "TLS 1.0",
        0x0302 = "TLS 1.1",
        0x0303 = "TLS 1.2",
        0x0304 = "TLS 1.3",
        0xFEFF = "DTLS 1.0",
        0xFEFD = "DTLS 1.2",
        0xFEFC = "DTLS 1.3",
    }
}

impl Version {
    /// TLS 1.2 (RFC 5246).
    pub const TLS_1_2: Self = Self(0x0303);
    /// TLS 1.3 (RFC 8446).
    pub const TLS_1_3: Self = Self(0x0304);
    /// DTLS 1.2 (RFC 6347).
    pub const DTLS_1_2: Self = Self(0xFEFD);
    /// DTLS 1.3 (RFC 9147).
    pub const DTLS_1_3: Self = Self(0xFEFC);
}

named! {
    /// Why a connection ends (RFC 8446, section 6).
    AlertDescription: u8 {
        0 = "close_notify",
        10 = "unexpected_message",
        20 = "bad_record_mac",
        21 = "decryption_failed",
        22 = "record_overflow",
        30 = "decompression_failure",
        40 = "handshake_failure",
        41 = "no_certificate",
        42 = "bad_certificate",
        43 = "unsupported_certificate",
        44 = "certificate_revoked",
        45 = "certificate_expired",
        46 = "certificate_unknown",
        47 = "illegal_parameter",
        48 = "unknown_ca",
        49 = "access_denied",
        50 = "decode_error",
        51 = "decrypt_error",
        52 = "too_many_cids_requested",
        60 = "export_restriction",
        70 = "protocol_version",
        71 = "insufficient_security",
        80 = "internal_error",
        86 = "inappropriate_fallback",
        90 = "user_canceled",
        100 = "no_renegotiation",
        109 = "missing_extension",
        110 = "unsupported_extension",
        111 = "certificate_unobtainable",
        112 = "unrecognized_name",
        113 = "bad_certificate_status_response",
        114 = "bad_certificate_hash_value",
        115 = "unknown_psk_identity",
        116 = "certificate_required",
        120 = "no_application_protocol",
        121 = "ech_required",
    }
}

named! {
    /// Type of a hello extension.
    ExtensionType: u16 {
        0 = "server_name",
        1 = "max_fragment_length",
        5 = "status_request",
        10 = "supported_groups",
        11 = "ec_point_formats",
        13 = "signature_algorithms",
        14 = "use_srtp",
        15 = "heartbeat",
        16 = "application_layer_protocol_negotiation",
        17 = "status_request_v2",
        18 = "signed_certificate_timestamp",
        19 = "client_certificate_type",
        20 = "server_certificate_type",
        21 = "padding",
        22 = "encrypt_then_mac",
        23 = "extended_master_secret",
        27 = "compress_certificate",
        28 = "record_size_limit",
        34 = "delegated_credential",
        35 = "session_ticket",
        41 = "pre_shared_key",
        42 = "early_data",
        43 = "supported_versions",
        44 = "cookie",
        45 = "psk_key_exchange_modes",
        47 = "certificate_authorities",
        49 = "post_handshake_auth",
        50 = "signature_algorithms_cert",
        51 = "key_share",
        53 = "connection_id (deprecated)",
        54 = "connection_id",
        0xFF01 = "renegotiation_info",
    }
}

impl ExtensionType {
    /// Name of the server, for a client that expects several (RFC 6066, section 3).
    pub const SERVER_NAME: Self = Self(0);
    /// Size of the fragments that the client can take (RFC 6066, section 4).
    pub const MAX_FRAGMENT_LENGTH: Self = Self(1);
    /// Groups for the key exchange (RFC 8446, section 4.2.7).
    pub const SUPPORTED_GROUPS: Self = Self(10);
    /// Forms of elliptic curve points (RFC 8422, section 5.1.2).
    pub const EC_POINT_FORMATS: Self = Self(11);
    /// Signatures that the sender can check (RFC 8446, section 4.2.3).
    pub const SIGNATURE_ALGORITHMS: Self = Self(13);
    /// Profiles of SRTP keyed by this handshake (RFC 5764, section 4.1.1).
    pub const USE_SRTP: Self = Self(14);
    /// Application protocol (RFC 7301).
    pub const ALPN: Self = Self(16);
    /// Largest record that the sender takes (RFC 8449).
    pub const RECORD_SIZE_LIMIT: Self = Self(28);
    /// Session ticket (RFC 5077).
    pub const SESSION_TICKET: Self = Self(35);
    /// Versions that the client offers, or the one that the server takes (RFC 8446, section 4.2.1).
    pub const SUPPORTED_VERSIONS: Self = Self(43);
    /// Cookie of a `HelloRetryRequest` (RFC 8446, section 4.2.2).
    pub const COOKIE: Self = Self(44);
    /// Ways to use a pre-shared key (RFC 8446, section 4.2.9).
    pub const PSK_KEY_EXCHANGE_MODES: Self = Self(45);
    /// Signatures in certificates that the sender can check (RFC 8446, section 4.2.3).
    pub const SIGNATURE_ALGORITHMS_CERT: Self = Self(50);
    /// Public keys for the key exchange (RFC 8446, section 4.2.8).
    pub const KEY_SHARE: Self = Self(51);
    /// Connection id (RFC 9146, section 3).
    pub const CONNECTION_ID: Self = Self(54);
    /// Secure renegotiation (RFC 5746).
    pub const RENEGOTIATION_INFO: Self = Self(0xFF01);
}

named! {
    /// Group of a key exchange.
    Group: u16 {
        0x0013 = "secp192r1",
        0x0015 = "secp224r1",
        0x0016 = "secp256k1",
        0x0017 = "secp256r1",
        0x0018 = "secp384r1",
        0x0019 = "secp521r1",
        0x001A = "brainpoolP256r1",
        0x001B = "brainpoolP384r1",
        0x001C = "brainpoolP512r1",
        0x001D = "x25519",
        0x001E = "x448",
        0x001F = "brainpoolP256r1tls13",
        0x0020 = "brainpoolP384r1tls13",
        0x0021 = "brainpoolP512r1tls13",
        0x0029 = "curveSM2",
        0x0100 = "ffdhe2048",
        0x0101 = "ffdhe3072",
        0x0102 = "ffdhe4096",
        0x0103 = "ffdhe6144",
        0x0104 = "ffdhe8192",
        0x0200 = "MLKEM512",
        0x0201 = "MLKEM768",
        0x0202 = "MLKEM1024",
        0x11EB = "SecP256r1MLKEM768",
        0x11EC = "X25519MLKEM768",
        0x11ED = "SecP384r1MLKEM1024",
        0x6399 = "X25519Kyber768Draft00",
    }
}

named! {
    /// Signature algorithm (RFC 8446, section 4.2.3), or hash and signature (RFC 5246).
    SignatureScheme: u16 {
        0x0101 = "rsa_pkcs1_md5",
        0x0201 = "rsa_pkcs1_sha1",
        0x0202 = "dsa_sha1",
        0x0203 = "ecdsa_sha1",
        0x0301 = "rsa_pkcs1_sha224",
        0x0302 = "dsa_sha224",
        0x0303 = "ecdsa_sha224",
        0x0401 = "rsa_pkcs1_sha256",
        0x0402 = "dsa_sha256",
        0x0403 = "ecdsa_secp256r1_sha256",
        0x0501 = "rsa_pkcs1_sha384",
        0x0502 = "dsa_sha384",
        0x0503 = "ecdsa_secp384r1_sha384",
        0x0601 = "rsa_pkcs1_sha512",
        0x0602 = "dsa_sha512",
        0x0603 = "ecdsa_secp521r1_sha512",
        0x0804 = "rsa_pss_rsae_sha256",
        0x0805 = "rsa_pss_rsae_sha384",
        0x0806 = "rsa_pss_rsae_sha512",
        0x0807 = "ed25519",
        0x0808 = "ed448",
        0x0809 = "rsa_pss_pss_sha256",
        0x080A = "rsa_pss_pss_sha384",
        0x080B = "rsa_pss_pss_sha512",
        0x081A = "ecdsa_brainpoolP256r1tls13_sha256",
        0x081B = "ecdsa_brainpoolP384r1tls13_sha384",
        0x081C = "ecdsa_brainpoolP512r1tls13_sha512",
        0x0904 = "mldsa44",
        0x0905 = "mldsa65",
        0x0906 = "mldsa87",
    }
}

named! {
    /// SRTP protection profile (RFC 5764, section 4.1.2; RFC 7714, 8269 and 8723).
    SrtpProfile: u16 {
        0x0001 = "SRTP_AES128_CM_HMAC_SHA1_80",
        0x0002 = "SRTP_AES128_CM_HMAC_SHA1_32",
        0x0005 = "SRTP_NULL_HMAC_SHA1_80",
        0x0006 = "SRTP_NULL_HMAC_SHA1_32",
        0x0007 = "SRTP_AEAD_AES_128_GCM",
        0x0008 = "SRTP_AEAD_AES_256_GCM",
        0x0009 = "DOUBLE_AEAD_AES_128_GCM_AEAD_AES_128_GCM",
        0x000A = "DOUBLE_AEAD_AES_256_GCM_AEAD_AES_256_GCM",
        0x000B = "SRTP_ARIA_128_CTR_HMAC_SHA1_80",
        0x000C = "SRTP_ARIA_128_CTR_HMAC_SHA1_32",
        0x000D = "SRTP_ARIA_256_CTR_HMAC_SHA1_80",
        0x000E = "SRTP_ARIA_256_CTR_HMAC_SHA1_32",
        0x000F = "SRTP_AEAD_ARIA_128_GCM",
        0x0010 = "SRTP_AEAD_ARIA_256_GCM",
    }
}

impl SrtpProfile {
    /// Whether it authenticates without encrypting (RFC 5764, section 4.1.2).
    pub const fn is_null(self) -> bool {
        matches!(self.0, 0x0005 | 0x0006)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_name_prints_as_itself() {
        assert_eq!(SrtpProfile(7).to_string(), "SRTP_AEAD_AES_128_GCM");
        assert_eq!(SrtpProfile(0x7777).to_string(), "0x7777");
        assert_eq!(Group(0x11EC).to_string(), "X25519MLKEM768");
    }

    #[test]
    fn only_the_null_profiles_leave_media_in_clear() {
        let null: Vec<_> = (0..0x20).filter(|n| SrtpProfile(*n).is_null()).collect();
        assert_eq!(null, [5, 6]);
    }
}
