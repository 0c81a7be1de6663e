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
    /// A big-endian number of this many octets, then reserved ones up to the end.
    Number(u32, Field),
    /// Numbers of this many octets up to the end; the value is the first.
    List(u32, Field),
    Error,
    PasswordAlgorithms,
    NetworkInfo,
    Data(Field),
}

/// The layout of every attribute that is known; others are octets.
pub(super) const fn layout(kind: T) -> Layout {
    use Layout::{Address, Data, Error, List, Number, Octets, Text, XorAddress};
    match kind {
        T::MAPPED_ADDRESS => Address(Field::StunMappedAddress),
        T::RESPONSE_ADDRESS
        | T::SOURCE_ADDRESS
        | T::CHANGED_ADDRESS
        | T::REFLECTED_FROM
        | T::ALTERNATE_SERVER
        | T::RESPONSE_ORIGIN
        | T::OTHER_ADDRESS => Address(Field::StunOtherAddress),
        T::XOR_MAPPED_ADDRESS | T::MS_XOR_MAPPED_ADDRESS => XorAddress(Field::StunXorMappedAddress),
        T::XOR_PEER_ADDRESS => XorAddress(Field::StunXorPeerAddress),
        T::XOR_RELAYED_ADDRESS => XorAddress(Field::StunXorRelayedAddress),
        T::USERNAME => Text(Field::StunUsername),
        T::REALM => Text(Field::StunRealm),
        T::NONCE => Text(Field::StunNonce),
        T::SOFTWARE => Text(Field::StunSoftware),
        T::ALTERNATE_DOMAIN => Text(Field::StunAlternateDomain),
        T::THIRD_PARTY_AUTHORIZATION => Text(Field::StunThirdParty),
        T::ORIGIN => Text(Field::StunOrigin),
        T::USERHASH => Octets(Field::StunUserhash),
        T::MESSAGE_INTEGRITY | T::GOOG_MESSAGE_INTEGRITY_32 => Octets(Field::StunIntegrity),
        T::MESSAGE_INTEGRITY_SHA256 => Octets(Field::StunIntegritySha256),
        T::ACCESS_TOKEN => Octets(Field::StunAccessToken),
        T::MOBILITY_TICKET => Octets(Field::StunMobilityTicket),
        T::RESERVATION_TOKEN => Octets(Field::StunReservationToken),
        T::GOOG_MISC_INFO => Octets(Field::StunGoogMisc),
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
        T::ICMP => List(4, Field::StunIcmp),
        T::ECN_CHECK => Number(4, Field::StunEcnCheck),
        T::PASSWORD_ALGORITHM | T::PASSWORD_ALGORITHMS => Layout::PasswordAlgorithms,
        T::UNKNOWN_ATTRIBUTES => List(2, Field::StunUnknownAttribute),
        T::META_DTLS_IN_STUN_ACK => List(4, Field::StunDtlsAck),
        T::ERROR_CODE | T::ADDRESS_ERROR_CODE => Error,
        T::GOOG_NETWORK_INFO => Layout::NetworkInfo,
        T::DATA => Data(Field::StunData),
        T::META_DTLS_IN_STUN => Data(Field::StunDtls),
        T::DONT_FRAGMENT => Octets(Field::StunDontFragment),
        T::USE_CANDIDATE => Octets(Field::StunUseCandidate),
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
        | Layout::Number(_, field)
        | Layout::List(_, field)
        | Layout::Data(field) => field,
        Layout::Error => Field::StunErrorCode,
        Layout::PasswordAlgorithms => Field::StunPasswordAlgorithm,
        Layout::NetworkInfo => Field::StunNetworkId,
    }
}
