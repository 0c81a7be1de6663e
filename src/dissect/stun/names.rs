//! Numbers of STUN and TURN and their registered names.
//!
//! Source: IANA "STUN Parameters"; RFC 8489, 8656, 8445, 5780, 6062, 7635, 7982, 8016; libwebrtc
//! for the attributes of its own, [MS-TURN], [MS-ICE2] and [MS-TURNBWM] for those of Microsoft.

use std::fmt;

/// Method and class of a message (RFC 8489, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageType(pub u16);

/// Class of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Asks for an answer.
    Request,
    /// Tells, without an answer.
    Indication,
    /// The request was granted.
    Success,
    /// The request was refused.
    Error,
}

/// Method of a message; unknown numbers survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Method(pub u16);

impl MessageType {
    /// The class: bits 4 and 8.
    pub const fn class(self) -> Class {
        match (self.0 & 0x0100 != 0, self.0 & 0x0010 != 0) {
            (false, false) => Class::Request,
            (false, true) => Class::Indication,
            (true, false) => Class::Success,
            (true, true) => Class::Error,
        }
    }

    /// The method: all other bits.
    pub const fn method(self) -> Method {
        Method((self.0 & 0x000F) | ((self.0 & 0x00E0) >> 1) | ((self.0 & 0x3E00) >> 2))
    }

    /// Whether RFC 3489 knows it: Binding and Shared Secret, each as request, answer and error.
    pub const fn is_rfc3489(self) -> bool {
        matches!(self.0, 0x0001 | 0x0101 | 0x0111 | 0x0002 | 0x0102 | 0x0112)
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = match self.class() {
            Class::Request => "request",
            Class::Indication => "indication",
            Class::Success => "success",
            Class::Error => "error",
        };
        write!(f, "{} {class}", self.method())
    }
}

macro_rules! numbers {
    ($type:ident, $digits:literal, $($constant:ident = $number:literal, $name:literal;)+) => {
        impl $type {
            $(#[doc = $name] pub const $constant: Self = Self($number);)+

            /// Its registered name.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some($name),)+ _ => None }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, concat!("{:#0", $digits, "x}"), self.0),
                }
            }
        }
    };
}

numbers! { Method, "5",
    BINDING = 0x001, "Binding";
    SHARED_SECRET = 0x002, "SharedSecret";
    ALLOCATE = 0x003, "Allocate";
    REFRESH = 0x004, "Refresh";
    SEND = 0x006, "Send";
    DATA = 0x007, "Data";
    CREATE_PERMISSION = 0x008, "CreatePermission";
    CHANNEL_BIND = 0x009, "ChannelBind";
    CONNECT = 0x00A, "Connect";
    CONNECTION_BIND = 0x00B, "ConnectionBind";
    CONNECTION_ATTEMPT = 0x00C, "ConnectionAttempt";
    GOOG_PING = 0x080, "GOOG-PING";
}

impl AttributeType {
    /// Who uses a number that nobody registered and whose meaning is not public.
    pub const fn private_to(self) -> Option<&'static str> {
        Some(match self.0 {
            0x0101 | 0x0103 => "seen of Zoom, meaning not public",
            0x4000..=0x4007 => "seen of WhatsApp, meaning not public",
            0x8006 | 0x8036 => "seen of Microsoft, meaning not public",
            0xFF03 => "seen of Google, meaning not public",
            _ => return None,
        })
    }
}

/// Type of an attribute; unknown numbers survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeType(pub u16);

numbers! { AttributeType, "6",
    MAPPED_ADDRESS = 0x0001, "MAPPED-ADDRESS";
    RESPONSE_ADDRESS = 0x0002, "RESPONSE-ADDRESS";
    CHANGE_REQUEST = 0x0003, "CHANGE-REQUEST";
    SOURCE_ADDRESS = 0x0004, "SOURCE-ADDRESS";
    CHANGED_ADDRESS = 0x0005, "CHANGED-ADDRESS";
    USERNAME = 0x0006, "USERNAME";
    PASSWORD = 0x0007, "PASSWORD";
    MESSAGE_INTEGRITY = 0x0008, "MESSAGE-INTEGRITY";
    ERROR_CODE = 0x0009, "ERROR-CODE";
    UNKNOWN_ATTRIBUTES = 0x000A, "UNKNOWN-ATTRIBUTES";
    REFLECTED_FROM = 0x000B, "REFLECTED-FROM";
    CHANNEL_NUMBER = 0x000C, "CHANNEL-NUMBER";
    LIFETIME = 0x000D, "LIFETIME";
    MS_MAGIC_COOKIE = 0x000F, "MS-TURN MAGIC-COOKIE";
    BANDWIDTH = 0x0010, "BANDWIDTH";
    XOR_PEER_ADDRESS = 0x0012, "XOR-PEER-ADDRESS";
    DATA = 0x0013, "DATA";
    REALM = 0x0014, "REALM";
    NONCE = 0x0015, "NONCE";
    XOR_RELAYED_ADDRESS = 0x0016, "XOR-RELAYED-ADDRESS";
    REQUESTED_ADDRESS_FAMILY = 0x0017, "REQUESTED-ADDRESS-FAMILY";
    EVEN_PORT = 0x0018, "EVEN-PORT";
    REQUESTED_TRANSPORT = 0x0019, "REQUESTED-TRANSPORT";
    DONT_FRAGMENT = 0x001A, "DONT-FRAGMENT";
    ACCESS_TOKEN = 0x001B, "ACCESS-TOKEN";
    MESSAGE_INTEGRITY_SHA256 = 0x001C, "MESSAGE-INTEGRITY-SHA256";
    PASSWORD_ALGORITHM = 0x001D, "PASSWORD-ALGORITHM";
    USERHASH = 0x001E, "USERHASH";
    XOR_MAPPED_ADDRESS = 0x0020, "XOR-MAPPED-ADDRESS";
    TIMER_VAL = 0x0021, "TIMER-VAL";
    RESERVATION_TOKEN = 0x0022, "RESERVATION-TOKEN";
    PRIORITY = 0x0024, "PRIORITY";
    USE_CANDIDATE = 0x0025, "USE-CANDIDATE";
    PADDING = 0x0026, "PADDING";
    RESPONSE_PORT = 0x0027, "RESPONSE-PORT";
    CONNECTION_ID = 0x002A, "CONNECTION-ID";
    LEGACY_ICMP = 0x0030, "ICMP, of a draft";
    ADDITIONAL_ADDRESS_FAMILY = 0x8000, "ADDITIONAL-ADDRESS-FAMILY";
    ADDRESS_ERROR_CODE = 0x8001, "ADDRESS-ERROR-CODE";
    PASSWORD_ALGORITHMS = 0x8002, "PASSWORD-ALGORITHMS";
    ALTERNATE_DOMAIN = 0x8003, "ALTERNATE-DOMAIN";
    ICMP = 0x8004, "ICMP";
    MS_VERSION = 0x8008, "MS-VERSION";
    MS_XOR_MAPPED_ADDRESS = 0x8020, "MS-XOR-MAPPED-ADDRESS";
    SOFTWARE = 0x8022, "SOFTWARE";
    ALTERNATE_SERVER = 0x8023, "ALTERNATE-SERVER";
    TRANSACTION_TRANSMIT_COUNTER = 0x8025, "TRANSACTION_TRANSMIT_COUNTER";
    CACHE_TIMEOUT = 0x8027, "CACHE-TIMEOUT";
    FINGERPRINT = 0x8028, "FINGERPRINT";
    ICE_CONTROLLED = 0x8029, "ICE-CONTROLLED";
    ICE_CONTROLLING = 0x802A, "ICE-CONTROLLING";
    RESPONSE_ORIGIN = 0x802B, "RESPONSE-ORIGIN";
    OTHER_ADDRESS = 0x802C, "OTHER-ADDRESS";
    ECN_CHECK = 0x802D, "ECN-CHECK STUN";
    THIRD_PARTY_AUTHORIZATION = 0x802E, "THIRD-PARTY-AUTHORIZATION";
    ORIGIN = 0x802F, "ORIGIN";
    MOBILITY_TICKET = 0x8030, "MOBILITY-TICKET";
    MS_ALTERNATE_HOST_NAME = 0x8032, "MS-ALTERNATE-HOST-NAME";
    MS_APP_ID = 0x8037, "MS-APP-ID";
    MS_SECURE_TAG = 0x8039, "MS-SECURE-TAG";
    MS_SEQUENCE_NUMBER = 0x8050, "MS-SEQUENCE-NUMBER";
    MS_CANDIDATE_IDENTIFIER = 0x8054, "MS-CANDIDATE-IDENTIFIER";
    MS_SERVICE_QUALITY = 0x8055, "MS-SERVICE-QUALITY";
    MS_BANDWIDTH_ADMISSION_CONTROL = 0x8056, "MS-BANDWIDTH-ADMISSION-CONTROL-MESSAGE";
    MS_BANDWIDTH_RESERVATION_IDENTIFIER = 0x8057, "MS-BANDWIDTH-RESERVATION-IDENTIFIER";
    MS_BANDWIDTH_RESERVATION_AMOUNT = 0x8058, "MS-BANDWIDTH-RESERVATION-AMOUNT";
    MS_REMOTE_SITE_ADDRESS = 0x8059, "MS-REMOTE-SITE-ADDRESS";
    MS_REMOTE_RELAY_SITE_ADDRESS = 0x805A, "MS-REMOTE-RELAY-SITE-ADDRESS";
    MS_LOCAL_SITE_ADDRESS = 0x805B, "MS-LOCAL-SITE-ADDRESS";
    MS_LOCAL_RELAY_SITE_ADDRESS = 0x805C, "MS-LOCAL-RELAY-SITE-ADDRESS";
    MS_REMOTE_SITE_RESPONSE = 0x805D, "MS-REMOTE-SITE-ADDRESS-RESPONSE";
    MS_REMOTE_RELAY_SITE_RESPONSE = 0x805E, "MS-REMOTE-RELAY-SITE-ADDRESS-RESPONSE";
    MS_LOCAL_SITE_RESPONSE = 0x805F, "MS-LOCAL-SITE-ADDRESS-RESPONSE";
    MS_LOCAL_RELAY_SITE_RESPONSE = 0x8060, "MS-LOCAL-RELAY-SITE-ADDRESS-RESPONSE";
    MS_SIP_DIALOG_ID = 0x8061, "MS-SIP-DIALOG-IDENTIFIER";
    MS_SIP_CALL_ID = 0x8062, "MS-SIP-CALL-IDENTIFIER";
    MS_LOCATION_PROFILE = 0x8068, "MS-LOCATION-PROFILE";
    MS_IMPLEMENTATION_VERSION = 0x8070, "MS-IMPLEMENTATION-VERSION";
    MS_ALTERNATE_MAPPED_ADDRESS = 0x8090, "MS-ALTERNATE-MAPPED-ADDRESS";
    MS_MULTIPLEXED_TURN_SESSION_ID = 0x8095, "MS-MULTIPLEXED-TURN-SESSION-ID";
    CISCO_STUN_FLOWDATA = 0xC000, "CISCO-STUN-FLOWDATA";
    ENF_FLOW_DESCRIPTION = 0xC001, "ENF-FLOW-DESCRIPTION, in libwebrtc NOMINATION";
    ENF_NETWORK_STATUS = 0xC002, "ENF-NETWORK-STATUS";
    CISCO_WEBEX_FLOW_INFO = 0xC003, "CISCO-WEBEX-FLOW-INFO";
    CITRIX_TRANSACTION_ID = 0xC056, "CITRIX-TRANSACTION-ID";
    GOOG_NETWORK_INFO = 0xC057, "GOOG-NETWORK-INFO";
    GOOG_LAST_ICE_CHECK_RECEIVED = 0xC058, "GOOG-LAST-ICE-CHECK-RECEIVED";
    GOOG_MISC_INFO = 0xC059, "GOOG-MISC-INFO";
    GOOG_OBSOLETE_1 = 0xC05A, "GOOG-OBSOLETE-1";
    GOOG_CONNECTION_ID = 0xC05B, "GOOG-CONNECTION-ID";
    GOOG_DELTA = 0xC05C, "GOOG-DELTA";
    GOOG_DELTA_ACK = 0xC05D, "GOOG-DELTA-ACK";
    GOOG_DELTA_SYNC_REQ = 0xC05E, "GOOG-DELTA-SYNC-REQ";
    GOOG_MESSAGE_INTEGRITY_32 = 0xC060, "GOOG-MESSAGE-INTEGRITY-32";
    META_DTLS_IN_STUN = 0xC070, "META-DTLS-IN-STUN";
    META_DTLS_IN_STUN_ACK = 0xC071, "META-DTLS-IN-STUN-ACKNOWLEDGEMENT";
    GOOG_RETRANSMIT_COUNT = 0xFF00, "RETRANSMIT-COUNT, of libwebrtc";
    GOOG_MULTI_MAPPING = 0xFF04, "GOOG-MULTI-MAPPING";
    GOOG_LOGGING_ID = 0xFF05, "GOOG-LOGGING-ID";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_and_class_are_interleaved() {
        assert_eq!(MessageType(0x0113).to_string(), "Allocate error");
        assert_eq!(MessageType(0x0016).to_string(), "Send indication");
        assert_eq!(MessageType(0x0200).method(), Method::GOOG_PING);
        assert_eq!(MessageType(0x3EEF).method(), Method(0xFFF));
    }

    #[test]
    fn unknown_numbers_survive() {
        assert_eq!(AttributeType(0xBEEF).to_string(), "0xbeef");
        assert_eq!(Method(0x7ff).to_string(), "0x7ff");
    }
}
