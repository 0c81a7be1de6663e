//! How the value of each attribute is laid out: a table.

use super::names::AttributeType as T;
use crate::base::field::Field;

/// How the value of an attribute is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layout {
    Address(Field),
    XorAddress(Field),
    Text(Field),
    Octets(Field),
    /// Octets that are never told: a password.
    Secret(Field),
    /// A big-endian number of this many octets, then reserved ones up to the end.
    Number(u32, Field),
    /// Numbers of this many octets up to the end; the value is the first.
    List(u32, Field),
    Username,
    Nonce,
    Error,
    /// An error that holds for one address family.
    AddressError,
    Icmp,
    PasswordAlgorithms,
    NetworkInfo,
    /// Which connection, and which request of it.
    MsSequence,
    Data(Field),
}

/// The layout of every attribute that is known; others are octets.
pub(super) const fn layout(kind: T) -> Layout {
    use Layout::{Address, Data, List, Number, Octets, Text, XorAddress};
    match kind {
        T::MAPPED_ADDRESS => Address(Field::StunMappedAddress),
        T::ALTERNATE_SERVER => Address(Field::StunAlternateServer),
        T::RESPONSE_ADDRESS
        | T::SOURCE_ADDRESS
        | T::CHANGED_ADDRESS
        | T::REFLECTED_FROM
        | T::RESPONSE_ORIGIN
        | T::OTHER_ADDRESS
        | T::MS_ALTERNATE_MAPPED_ADDRESS => Address(Field::StunOtherAddress),
        T::XOR_MAPPED_ADDRESS | T::MS_XOR_MAPPED_ADDRESS => XorAddress(Field::StunXorMappedAddress),
        T::XOR_PEER_ADDRESS => XorAddress(Field::StunXorPeerAddress),
        T::XOR_RELAYED_ADDRESS => XorAddress(Field::StunXorRelayedAddress),
        T::USERNAME => Layout::Username,
        T::PASSWORD => Layout::Secret(Field::StunPassword),
        T::REALM => Text(Field::StunRealm),
        T::NONCE => Layout::Nonce,
        T::SOFTWARE => Text(Field::StunSoftware),
        T::ALTERNATE_DOMAIN | T::MS_ALTERNATE_HOST_NAME => Text(Field::StunAlternateDomain),
        T::THIRD_PARTY_AUTHORIZATION => Text(Field::StunThirdParty),
        T::ORIGIN => Text(Field::StunOrigin),
        T::USERHASH => Octets(Field::StunUserhash),
        T::MESSAGE_INTEGRITY | T::GOOG_MESSAGE_INTEGRITY_32 => Octets(Field::StunIntegrity),
        T::MESSAGE_INTEGRITY_SHA256 => Octets(Field::StunIntegritySha256),
        T::ACCESS_TOKEN => Octets(Field::StunAccessToken),
        T::MOBILITY_TICKET => Octets(Field::StunMobilityTicket),
        T::RESERVATION_TOKEN => Octets(Field::StunReservationToken),
        T::PADDING => Octets(Field::StunPathPadding),
        T::FINGERPRINT => Number(4, Field::StunFingerprint),
        T::CHANNEL_NUMBER => Number(2, Field::StunChannel),
        T::LIFETIME => Number(4, Field::StunLifetime),
        T::BANDWIDTH => Number(4, Field::StunBandwidth),
        T::REQUESTED_ADDRESS_FAMILY | T::ADDITIONAL_ADDRESS_FAMILY => Number(1, Field::StunFamily),
        T::EVEN_PORT => Number(1, Field::StunEvenPort),
        T::REQUESTED_TRANSPORT => Number(1, Field::StunTransport),
        T::PRIORITY => Number(4, Field::StunPriority),
        T::ICE_CONTROLLED | T::ICE_CONTROLLING => Number(8, Field::StunTieBreaker),
        T::CHANGE_REQUEST => Number(4, Field::StunChangeRequest),
        T::RESPONSE_PORT => Number(2, Field::StunResponsePort),
        T::CACHE_TIMEOUT => Number(4, Field::StunCacheTimeout),
        T::CONNECTION_ID => Number(4, Field::StunConnectionId),
        T::TRANSACTION_TRANSMIT_COUNTER => Number(4, Field::StunTransmitCounter),
        T::ICMP | T::LEGACY_ICMP => Layout::Icmp,
        T::ECN_CHECK => Number(4, Field::StunEcnCheck),
        T::PASSWORD_ALGORITHM | T::PASSWORD_ALGORITHMS => Layout::PasswordAlgorithms,
        T::UNKNOWN_ATTRIBUTES => List(2, Field::StunUnknownAttribute),
        T::ERROR_CODE => Layout::Error,
        T::ADDRESS_ERROR_CODE => Layout::AddressError,
        T::DATA => Data(Field::StunData),
        T::DONT_FRAGMENT => Octets(Field::StunDontFragment),
        T::USE_CANDIDATE => Octets(Field::StunUseCandidate),
        _ => of_vendor(kind),
    }
}

/// The layouts that vendors made.
const fn of_vendor(kind: T) -> Layout {
    use Layout::{Address, Data, List, Number, Octets, Text};
    match kind {
        T::GOOG_NETWORK_INFO => Layout::NetworkInfo,
        T::GOOG_MISC_INFO => List(2, Field::StunGoogMisc),
        T::GOOG_LAST_ICE_CHECK_RECEIVED => Octets(Field::StunGoogLastCheck),
        T::META_DTLS_IN_STUN => Data(Field::StunDtls),
        T::META_DTLS_IN_STUN_ACK => List(4, Field::StunDtlsAck),
        T::MS_MAGIC_COOKIE => Number(4, Field::StunMsCookie),
        T::MS_VERSION | T::MS_IMPLEMENTATION_VERSION => Number(4, Field::StunMsVersion),
        T::MS_APP_ID => Number(4, Field::StunMsAppId),
        T::MS_SERVICE_QUALITY => Number(4, Field::StunMsQuality),
        T::MS_SEQUENCE_NUMBER => Layout::MsSequence,
        T::MS_CANDIDATE_IDENTIFIER => Text(Field::StunMsFoundation),
        T::MS_MULTIPLEXED_TURN_SESSION_ID => Octets(Field::StunMsSession),
        T::MS_SIP_DIALOG_ID | T::MS_SIP_CALL_ID => Text(Field::StunMsSipId),
        T::MS_REMOTE_SITE_ADDRESS
        | T::MS_REMOTE_RELAY_SITE_ADDRESS
        | T::MS_LOCAL_SITE_ADDRESS
        | T::MS_LOCAL_RELAY_SITE_ADDRESS => Address(Field::StunMsSite),
        _ => Octets(Field::StunAttrValue),
    }
}

/// The field of a value.
pub(super) const fn field_of(layout: Layout) -> Field {
    match layout {
        Layout::Address(field)
        | Layout::XorAddress(field)
        | Layout::Text(field)
        | Layout::Octets(field)
        | Layout::Secret(field)
        | Layout::Number(_, field)
        | Layout::List(_, field)
        | Layout::Data(field) => field,
        Layout::Username => Field::StunUsername,
        Layout::Nonce => Field::StunNonce,
        Layout::Error | Layout::AddressError => Field::StunErrorCode,
        Layout::Icmp => Field::StunIcmp,
        Layout::PasswordAlgorithms => Field::StunPasswordAlgorithm,
        Layout::NetworkInfo => Field::StunNetworkId,
        Layout::MsSequence => Field::StunMsSequence,
    }
}

/// The bits of a value that are reserved and zero when sent; none where nothing is.
pub(super) const fn reserved_bits(kind: T) -> &'static [u8] {
    match kind {
        T::MAPPED_ADDRESS
        | T::XOR_MAPPED_ADDRESS
        | T::XOR_PEER_ADDRESS
        | T::XOR_RELAYED_ADDRESS
        | T::ALTERNATE_SERVER
        | T::RESPONSE_ORIGIN
        | T::OTHER_ADDRESS => &[0xFF],
        T::ERROR_CODE => &[0xFF, 0xFF, 0xF8],
        T::ADDRESS_ERROR_CODE => &[0, 0xFF, 0xF8],
        T::EVEN_PORT => &[0x7F],
        T::CHANNEL_NUMBER => &[0, 0, 0xFF, 0xFF],
        T::REQUESTED_TRANSPORT | T::REQUESTED_ADDRESS_FAMILY | T::ADDITIONAL_ADDRESS_FAMILY => {
            &[0, 0xFF, 0xFF, 0xFF]
        }
        T::ICMP | T::TRANSACTION_TRANSMIT_COUNTER => &[0xFF, 0xFF],
        T::CHANGE_REQUEST => &[0xFF, 0xFF, 0xFF, 0xF9],
        T::ECN_CHECK => &[0xFF, 0xFF, 0xFF, 0xF8],
        _ => &[],
    }
}

/// Whether a message may carry more than one of an attribute; of the others only the first counts
/// (RFC 8489, section 14). Of what vendors made nobody knows.
pub(super) const fn may_repeat(kind: T) -> bool {
    let is_registered = matches!(kind.0, 0x0001..=0x002A | 0x8000..=0x8004 | 0x8022..=0x8030);
    let peers = matches!(kind, T::XOR_PEER_ADDRESS | T::XOR_RELAYED_ADDRESS);
    peers || !is_registered
}
